use super::*;
use metrics::histogram;

/// What somebody is told who asks after something was measured.
fn rendered(measure: impl FnOnce()) -> String {
    let recorder = builder().unwrap().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        let measurements = Measurements::of(handle);
        measure();
        measurements.upkeep();
        measurements.render()
    })
}

/// The bounds of the buckets of a histogram.
fn buckets(text: &str, name: &str) -> Vec<String> {
    let bucket = format!("{name}_bucket{{le=\"");
    let bounds = text.lines().filter_map(|line| line.strip_prefix(&bucket)?.split_once('"'));
    bounds.map(|(bound, _)| bound.to_owned()).collect()
}

#[test]
fn times_fall_into_buckets_that_fit_what_takes_them() {
    let text = rendered(|| {
        for name in ["xtrem_http_request_duration_seconds", "xtrem_password_hash_wait_seconds"] {
            histogram!(name).record(0.003);
        }
        for name in ["xtrem_database_statement_duration_seconds", "xtrem_database_connection_wait_seconds"] {
            histogram!(name).record(0.003);
        }
    });
    for name in ["xtrem_http_request_duration_seconds", "xtrem_password_hash_wait_seconds"] {
        let bounds = buckets(&text, name);
        assert_eq!((bounds.len(), bounds[0].as_str(), bounds[15].as_str()), (17, "0.0005", "30"));
    }
    for name in ["xtrem_database_statement_duration_seconds", "xtrem_database_connection_wait_seconds"] {
        let bounds = buckets(&text, name);
        assert_eq!((bounds.len(), bounds[0].as_str(), bounds[7].as_str()), (9, "0.0001", "2.5"));
    }
    assert!(text.contains("xtrem_http_request_duration_seconds_bucket{le=\"0.0025\"} 0"), "{text}");
    assert!(text.contains("xtrem_http_request_duration_seconds_bucket{le=\"0.005\"} 1"), "{text}");
    assert!(!text.contains("quantile"), "{text}");
}

#[test]
fn whoever_asks_is_told_of_the_process_and_of_the_version() {
    let text = rendered(|| tell_version("9.8.7"));
    assert!(text.contains("xtrem_build_info{version=\"9.8.7\"} 1"), "{text}");
    assert!(text.contains(&format!("{DROPPED} 0")), "{text}");
    for name in ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"] {
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        assert!(value.unwrap().parse::<f64>().unwrap() >= 0.0, "{name}");
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
    }
    assert!(!text.contains("tokio_"), "outside of a runtime there is none to tell of");
}

#[tokio::test]
async fn inside_a_runtime_whoever_asks_is_told_of_it() {
    let text = rendered(|| {});
    for name in [WORKERS, TASKS, QUEUED, BUSY, PARKED] {
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
        assert!(text.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}");
    }
    assert!(text.contains(&format!("{WORKERS} 1")), "{text}");
}

#[test]
fn a_value_in_a_label_can_t_begin_a_line_of_its_own() {
    let text = rendered(|| counter!("x_total", "kind" => "a\"} 1\nforged 1").increment(1));
    assert!(!text.lines().any(|line| line.starts_with("forged")), "{text}");
}
