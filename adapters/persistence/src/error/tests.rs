use super::*;

fn name(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Conflict => "conflict",
        Judgement::Lost => "lost",
        Judgement::Unavailable => "unavailable",
        Judgement::Broken => "broken",
    }
}

#[test]
fn what_sqlite_says_is_understood() {
    for (code, expected) in [
        (5, "unavailable"),   // locked by another process
        (517, "unavailable"), // the same, seen from an old snapshot
        (13, "unavailable"),  // the disk is full
        (778, "unavailable"), // a write failed
        (11, "unavailable"),  // a page is damaged
        (2067, "conflict"),   // unique
        (1555, "conflict"),   // primary key
        (787, "conflict"),    // foreign key
        (275, "broken"),      // check
        (1, "broken"),        // no such table
    ] {
        assert_eq!(name(&sqlite::judge(code)), expected, "{code}");
    }
}

#[test]
fn what_postgresql_says_is_understood() {
    for (code, expected) in [
        ("57P01", "lost"),        // the server is shutting down
        ("08006", "lost"),        // the connection failed
        ("25P03", "lost"),        // idle in a transaction for too long
        ("57P03", "unavailable"), // the server is starting up
        ("53300", "unavailable"), // too many connections
        ("53100", "unavailable"), // the disk is full
        ("55P03", "unavailable"), // a lock did not come in time
        ("57014", "unavailable"), // the statement took too long
        ("25006", "unavailable"), // read-only
        ("58030", "unavailable"), // a write failed
        ("28P01", "unavailable"), // the password is no longer right
        ("40001", "conflict"),    // could not serialise
        ("40P01", "conflict"),    // deadlock
        ("23505", "conflict"),    // unique
        ("23503", "conflict"),    // foreign key
        ("23514", "broken"),      // check
        ("42P01", "broken"),      // no such table
        ("", "broken"),
    ] {
        assert_eq!(name(&postgres(code)), expected, "{code}");
    }
}

#[test]
fn a_connection_that_broke_is_lost_and_one_that_says_nothing_is_not() {
    let io = |kind| Error::Io(std::io::Error::from(kind));
    assert!(is_lost(&io(std::io::ErrorKind::ConnectionReset)));
    assert!(!is_lost(&io(std::io::ErrorKind::TimedOut)));
    assert!(matches!(translate(&io(std::io::ErrorKind::TimedOut)), StoreError::Unavailable(_)));
}

#[test]
fn a_row_that_does_not_read_back_is_named_without_its_content() {
    let told = unreadable("users", 7, "role").to_string();
    assert!(told.contains("users 7: role"), "{told}");
}

/// A server that died between the two was heard to answer "0x00" to the question whether it speaks TLS.
#[test]
fn who_gets_no_connection_may_come_again_whatever_was_heard() {
    let heard = Error::Protocol("unexpected response from SSLRequest: 0x00".to_owned());
    assert!(matches!(unconnected(&heard), StoreError::Unavailable(_)));
    assert!(matches!(translate(&heard), StoreError::Broken(_)));
}
