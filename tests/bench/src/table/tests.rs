use super::*;

fn load(rate: f64) -> Measured {
    Measured { rate, done: 10, p99_ms: 1.5, ..Measured::default() }
}

#[test]
fn a_goal_is_met_at_its_bound_unless_it_says_below() {
    assert_eq!(Goal::AtLeast(0.4).is_met_by(0.4), Some(true));
    assert_eq!(Goal::AtLeast(0.4).is_met_by(0.399), Some(false));
    assert_eq!(Goal::AtMost(1.5).is_met_by(1.5), Some(true));
    assert_eq!(Goal::AtMost(1.5).is_met_by(1.6), Some(false));
    assert_eq!(Goal::Below(2.0).is_met_by(2.0), Some(false));
    assert_eq!(Goal::None.is_met_by(0.0), None);
}

#[test]
fn no_figure_can_meet_a_goal_by_being_no_number() {
    for goal in [Goal::AtLeast(0.0), Goal::AtMost(1.0), Goal::Below(1.0)] {
        assert_eq!(goal.is_met_by(f64::NAN), Some(false));
    }
}

#[test]
fn a_load_that_failed_meets_no_goal_and_shows_no_figure() {
    let wrong = Measured { failed: 1, first_failure: Some("500: oh".to_owned()), ..load(90.0) };
    let lines = [
        Line::part_of("ours", &wrong, &load(100.0), 0.9, Goal::AtLeast(0.4)),
        Line::part_of("theirs", &load(90.0), &wrong, 0.9, Goal::AtLeast(0.4)),
        Line::figure("latency", 1.0, " ms", Goal::Below(2.0)).under(&wrong),
        Line::failed("nothing", "no server".to_owned()),
    ];
    assert!(lines.iter().all(|line| line.verdict() == "FAILED"));
    let table = render(&lines);
    assert!(table.contains("500: oh") && table.contains("no server"), "{table}");
    assert!(!table.contains("met") && !table.contains("0.90"), "{table}");
}

#[test]
fn the_columns_of_a_table_stand_below_each_other() {
    let line = Line::part_of("µs and more", &load(1234.0), &load(2000.0), 0.617, Goal::AtLeast(0.4));
    let table = render(&[line, Line::figure("x", 3.0, " MiB", Goal::None)]);
    let widths: Vec<_> = table.lines().map(|line| line.chars().count()).collect();
    assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{table}");
    assert!(
        table.contains("| 1234/s ") && table.contains("| 0.62 ") && table.contains("| ≥ 0.40 | met "),
        "{table}"
    );
}

#[test]
fn figures_have_three_digits() {
    for (figure, told) in [(0.0, "0"), (0.0123, "0.012"), (0.5, "0.50"), (12.34, "12.3"), (12_345.6, "12346")]
    {
        assert_eq!(short(figure), told);
    }
}
