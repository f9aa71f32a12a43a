use super::*;

#[test]
fn files_of_the_log_are_kept_for_whole_days_in_a_folder_that_is_named() {
    let log = file("[log]\ndir = \"/var/log/xtrem\"\nkeep_days = 3\n").load().config.log;
    assert_eq!((log.dir.as_deref().and_then(|dir| dir.to_str()), log.keep_days), (Some("/var/log/xtrem"), 3));
    for bad in ["0", "3651", "1.5"] {
        let told = Case::new().variable("XTREM_LOG__KEEP_DAYS", bad).refused();
        assert!(told.contains("it takes a whole number from 1 to 3650"), "{told}");
    }
    assert!(file("[log]\ndir = \"\"\n").refused().contains("log.dir (config.toml, line 2): is empty"));
}

#[test]
fn metrics_are_told_at_an_address_of_their_own_or_not_at_all() {
    let listen = |value: &str| Case::new().variable("XTREM_METRICS__LISTEN", value);
    let told = |value: &str| listen(value).load().config.metrics_listen.map(|address| address.to_string());
    assert_eq!(told("0.0.0.0:9100").as_deref(), Some("0.0.0.0:9100"));
    assert_eq!((told("off"), told("127.0.0.1:0").as_deref()), (None, Some("127.0.0.1:0")));
    assert!(listen("off").load().report.to_string().contains("listen = \"off\""));
    for bad in ["localhost:9464", "9464", "false"] {
        let refused = listen(bad).refused();
        assert!(
            refused.contains("is no address with a port") && refused.ends_with("or write off"),
            "{refused}"
        );
    }
}

#[test]
fn the_service_and_its_metrics_never_want_the_same_port() {
    let both = |server: &str, metrics: &str| {
        let text = format!("[metrics]\nlisten = \"{metrics}\"\n[server]\nlisten = \"{server}\"\n");
        file(&text).variable("XTREM_SERVER__PUBLIC_URL", "https://example.com")
    };
    for (server, metrics) in
        [("127.0.0.1:80", "127.0.0.1:80"), ("0.0.0.0:80", "127.0.0.1:80"), ("10.0.0.1:80", "[::]:80")]
    {
        let told = both(server, metrics).refused();
        let expected = format!("metrics.listen (config.toml, line 2): metrics would be told at {metrics}");
        assert!(told.contains(&expected) && told.contains("a port of its own"), "{told}");
    }
    both("127.0.0.1:80", "127.0.0.1:81").load();
    both("10.0.0.1:80", "127.0.0.1:80").load();
    both("127.0.0.1:0", "127.0.0.1:0").load();
    let told = file("[server]\nlisten = \"127.0.0.1:9464\"\n").refused();
    assert!(told.contains("server.listen (config.toml, line 2): metrics would be told at"), "{told}");
}

#[test]
fn spans_go_to_a_collector_by_its_whole_address() {
    let traces = |endpoint: &str| {
        let case = Case::new().variable("XTREM_TRACES__ENDPOINT", endpoint);
        case.variable("XTREM_TRACES__SAMPLE_PERCENT", "25").load().config.traces.unwrap()
    };
    let named = traces("http://127.0.0.1:4318/otlp/v1/traces");
    assert_eq!((named.endpoint.as_str(), named.ratio), ("http://127.0.0.1:4318/otlp/v1/traces", 0.25));
    for short in ["http://127.0.0.1:4318", "http://127.0.0.1:4318/"] {
        assert_eq!(traces(short).endpoint, "http://127.0.0.1:4318/v1/traces");
    }
    for (bad, because) in [
        ("collector:4318", "is neither http nor https"),
        ("grpc://collector:4317", "is neither http nor https"),
        ("127.0.0.1", "is no absolute address"),
        ("https://collector.example.com/v1/traces", "put a collector on this machine"),
        ("http://127.0.0.1/v1/traces?key=x", "has something behind the path"),
    ] {
        let told = Case::new().variable("XTREM_TRACES__ENDPOINT", bad).refused();
        assert!(told.contains(because), "{told}");
    }
    for bad in ["-1", "101", "0.5"] {
        let told = Case::new().variable("XTREM_TRACES__SAMPLE_PERCENT", bad).refused();
        assert!(told.contains("it takes a whole number from 0 to 100"), "{told}");
    }
}

#[test]
fn a_collector_gets_no_credentials_by_its_address_but_headers_from_a_file() {
    for bad in ["http://ann:hunter2@127.0.0.1:4318", "http://hunter2@127.0.0.1", "//ann:hunter2@[::1"] {
        let told = Case::new().variable("XTREM_TRACES__ENDPOINT", bad).refused();
        assert!(told.contains("traces.headers_file") && !told.contains("hunter2"), "{told}");
    }
    let with = |lines: &str| {
        let case = Case::new().file("headers", lines);
        let path = case.path("headers");
        case.variable("XTREM_TRACES__HEADERS_FILE", &path)
    };
    let case = with("Authorization: Bearer hunter2:x\n\nx-house:  ours \n");
    assert!(case.load().warnings.join("").contains("no effect without traces.endpoint"));
    let loaded = case.variable("XTREM_TRACES__ENDPOINT", "http://127.0.0.1:4318").load();
    let headers = loaded.config.traces.as_ref().unwrap().headers.clone();
    let exposed: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    assert_eq!(exposed, [("authorization", "Bearer hunter2:x"), ("x-house", "ours")]);
    let shown = format!("{} {loaded:?}", loaded.report);
    assert!(!shown.contains("hunter2") && shown.contains("headers_file = "), "{shown}");
    let told = with("x-house: ours\nhunter2\nbad name: hunter2\nempty:\n").refused();
    assert!(told.contains("line 2, 3, 4 is no header") && !told.contains("hunter2"), "{told}");
}

#[test]
fn a_collector_elsewhere_is_warned_of() {
    let warnings =
        |endpoint: &str| Case::new().variable("XTREM_TRACES__ENDPOINT", endpoint).load().warnings.join("\n");
    assert!(warnings("http://collector:4318").contains("can be read on the way"));
    assert_eq!(warnings("http://localhost:4318"), "");
}

#[test]
fn free_space_and_draining_have_bounds() {
    let case = file("[health]\nminimum_free_mib = 0\n[server]\ndrain_seconds = 300\n").load().config;
    assert_eq!((case.least_free, case.server.drain), (0, Duration::from_mins(5)));
    for (name, bad, bounds) in [
        ("XTREM_HEALTH__MINIMUM_FREE_MIB", "1048577", "from 0 to 1048576"),
        ("XTREM_SERVER__DRAIN_SECONDS", "301", "from 0 to 300"),
    ] {
        assert!(Case::new().variable(name, bad).refused().contains(bounds), "{name}");
    }
}
