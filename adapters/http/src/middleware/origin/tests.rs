use super::*;
use domain::Timestamp;
use proptest::prelude::*;

fn seen(peer: &str, forwarded: &[&[u8]]) -> String {
    let trusted: Vec<Network> =
        ["10.0.0.0/8", "fd00::/8", "192.0.2.1"].map(|text| text.parse().unwrap()).to_vec();
    let mut headers = HeaderMap::new();
    for line in forwarded {
        headers.append("x-forwarded-for", poem::http::HeaderValue::from_bytes(line).unwrap());
    }
    headers.insert("forwarded", "for=198.51.100.9".parse().unwrap());
    headers.insert("x-real-ip", "198.51.100.9".parse().unwrap());
    client(peer.parse().unwrap(), &trusted, &headers).to_string()
}

/// C7, L6.
#[test]
fn nobody_but_a_trusted_proxy_is_believed() {
    for line in ["198.51.100.1", "10.0.0.9", "a", "", "127.0.0.1, 10.0.0.1"] {
        assert_eq!(seen("203.0.113.7", &[line.as_bytes()]), "203.0.113.7", "{line}");
    }
}

#[test]
fn the_client_is_the_right_most_address_that_is_no_proxy_of_ours() {
    assert_eq!(seen("10.0.0.1", &[b"198.51.100.1"]), "198.51.100.1");
    assert_eq!(seen("10.0.0.1", &[b"1.1.1.1, 198.51.100.1 ,10.9.9.9"]), "198.51.100.1");
    assert_eq!(seen("10.0.0.1", &[b"1.1.1.1", b"198.51.100.1, 192.0.2.1"]), "198.51.100.1");
    assert_eq!(seen("fd00::1", &[b"2001:db8::5"]), "2001:db8::5");
    assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
}

#[test]
fn where_all_are_proxies_it_is_the_first_of_them() {
    assert_eq!(seen("10.0.0.1", &[b"10.0.0.3, 10.0.0.2"]), "10.0.0.3");
}

#[test]
fn what_cannot_be_read_leaves_the_last_address_that_somebody_vouches_for() {
    let bad: [&[u8]; 9] =
        [b"a", b"unknown", b"_hidden", b"", b",", b"198.51.100.1 5", b"1.2.3.4.5", b"\xff\xfe", b"[::1"];
    for line in bad {
        assert_eq!(seen("10.0.0.1", &[line]), "10.0.0.1", "{}", String::from_utf8_lossy(line));
    }
    assert_eq!(seen("10.0.0.1", &[b"198.51.100.1, junk, 10.0.0.2"]), "10.0.0.2");
}

#[test]
fn ports_brackets_and_mapped_addresses_are_read_as_the_address() {
    assert_eq!(seen("10.0.0.1", &[b"198.51.100.1:4711"]), "198.51.100.1");
    assert_eq!(seen("10.0.0.1", &[b"[2001:db8::5]:443"]), "2001:db8::5");
    assert_eq!(seen("10.0.0.1", &[b"[2001:db8::5]"]), "2001:db8::5");
    assert_eq!(seen("10.0.0.1", &[b"::ffff:198.51.100.1"]), "198.51.100.1");
    assert_eq!(seen("::ffff:10.0.0.1", &[b"198.51.100.1"]), "198.51.100.1");
}

/// L6.
#[test]
fn a_zone_is_passed_over_wherever_it_stands_and_whatever_it_is_called() {
    for zoned in ["fe80::1%eth0", "fe80::1%1", "[fe80::1%eth0]", "[fe80::1%25eth0]:443", "[fe80::1%7]:443"] {
        assert_eq!(seen("10.0.0.1", &[zoned.as_bytes()]), "fe80::1", "{zoned}");
    }
    for junk in [
        "198.51.100.1%eth0",
        "%eth0",
        "[%eth0]:443",
        "fe80::1%eth0]",
        "[fe80::1%eth0",
        "fe80::1%25eth0:443x]",
    ] {
        assert_eq!(seen("10.0.0.1", &[junk.as_bytes()]), "10.0.0.1", "{junk}");
    }
}

#[test]
fn a_hundred_hops_are_walked_from_the_right() {
    let strangers = "203.0.113.9, ".repeat(100);
    assert_eq!(seen("10.0.0.1", &[format!("{strangers}198.51.100.1").as_bytes()]), "198.51.100.1");
    let ours = "10.0.0.7, ".repeat(100);
    assert_eq!(seen("10.0.0.1", &[format!("{ours}10.0.0.8").as_bytes()]), "10.0.0.7");
    let lines = [b"198.51.100.1".as_slice(); 100];
    assert_eq!(seen("10.0.0.1", &lines), "198.51.100.1");
    assert_eq!(seen("203.0.113.7", &lines), "203.0.113.7");
}

proptest! {
    /// L6: bytes that look like what proxies write, in any order.
    #[test]
    fn whatever_a_proxy_forwards_there_is_an_address(line in "[0-9a-f:.,%\\[\\] \"x-]{0,60}") {
        let address: IpAddr = seen("10.0.0.1", &[line.as_bytes()]).parse().unwrap();
        prop_assert_eq!(address, address.to_canonical());
        prop_assert_eq!(seen("203.0.113.7", &[line.as_bytes()]), "203.0.113.7");
    }
}

#[test]
fn a_request_without_a_socket_has_no_address_and_a_browser_only_a_printable_name() {
    let id = RequestId::new(Timestamp::from_micros(0), &[0; 10]);
    let request = Request::builder().header("user-agent", b"  Fire\xc3\xa9fox\t\xff ".as_slice()).finish();
    let origin = of(&request, &[], id);
    assert_eq!(origin.address, None);
    assert_eq!(origin.request_id, Some(id));
    assert_eq!(origin.user_agent.as_deref(), Some("Fire\u{e9}fox\u{fffd}"));
    let long = "x".repeat(5_000);
    let request = Request::builder().header("user-agent", long).finish();
    assert_eq!(of(&request, &[], id).user_agent.map(|text| text.len()), Some(LONGEST_AGENT));
}
