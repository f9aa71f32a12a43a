//! Charts, drawn here as SVG: a bar for each day, and the same in words for those who don't see it.

use crate::words::Words;
use domain::Timestamp;

/// The size of the drawing, in its own units.
const WIDTH: u64 = 300;
/// Where the bars stand, from above.
const FLOOR: u64 = 116;
/// How high the highest bar may be.
const HEIGHT: u64 = 96;
/// What is left free between two bars.
const GAP: u64 = 2;

/// One chart.
pub(super) struct Chart {
    /// What the parts of the drawing are called by.
    pub(super) id: &'static str,
    pub(super) title: String,
    /// What there is to see, in words.
    pub(super) summary: String,
    pub(super) total: u64,
    pub(super) bars: Vec<Bar>,
    pub(super) lines: Vec<Line>,
    pub(super) first: String,
    pub(super) last: String,
}

/// A day.
pub(super) struct Bar {
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) said: String,
}

/// A line to measure by.
pub(super) struct Line {
    pub(super) y: u64,
    /// Where its figure stands.
    pub(super) above: u64,
    pub(super) figure: u64,
}

impl Chart {
    /// Draws the days in their order.
    pub(super) fn draw(words: Words, id: &'static str, title: String, days: &[(Timestamp, u64)]) -> Self {
        let top = ceiling(days.iter().map(|(_, count)| *count).max().unwrap_or_default());
        let slot = WIDTH / u64::try_from(days.len()).unwrap_or(1).max(1);
        let day = |at: Option<&(Timestamp, u64)>| at.map(|(day, _)| words.day(*day)).unwrap_or_default();
        let bars = days.iter().zip(0..).map(|((at, count), place)| {
            let height = height(*count, top);
            let said = format!("{}{} {count}", words.day(*at), words.say("form-colon"));
            Bar { x: place * slot, y: FLOOR - height, width: slot.saturating_sub(GAP), height, said }
        });
        let line = |figure| {
            let y = FLOOR - height(figure, top);
            Line { y, above: y - 4, figure }
        };
        Self {
            id,
            title,
            summary: summary(words, days),
            total: total(days),
            bars: bars.collect(),
            lines: [top, top / 2].map(line).into(),
            first: day(days.first()),
            last: day(days.last()),
        }
    }
}

fn total(days: &[(Timestamp, u64)]) -> u64 {
    days.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
}

fn summary(words: Words, days: &[(Timestamp, u64)]) -> String {
    let most = days.iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0);
    let Some((day, count)) = most else { return words.say("chart-nothing") };
    let total = words.say_with("chart-total", "count", total(days));
    format!("{total} {}{} {count} ({}).", words.say("chart-most"), words.say("form-colon"), words.day(*day))
}

/// How high a bar stands. What happened at all is seen, however little it is.
fn height(count: u64, top: u64) -> u64 {
    let scaled = u128::from(count) * u128::from(HEIGHT) / u128::from(top.max(1));
    u64::try_from(scaled).unwrap_or(HEIGHT).clamp(u64::from(count > 0) * 2, HEIGHT)
}

/// A round number not below `most`, whose half is a whole number too.
fn ceiling(most: u64) -> u64 {
    let tens = std::iter::successors(Some(1_u64), |step| step.checked_mul(10));
    let mut round = tens.flat_map(|ten| [2, 4, 6, 8, 10].map(|step: u64| step.saturating_mul(ten)));
    round.find(|top| *top >= most).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::users::Locale;
    use std::time::Duration;

    fn chart(counts: &[u64]) -> Chart {
        let day =
            |place: u32| Timestamp::from_micros(1_750_000_000_000_000).plus(Duration::from_hours(24) * place);
        let days: Vec<(Timestamp, u64)> = (0..).map(day).zip(counts.iter().copied()).collect();
        Chart::draw(Words(Locale::En), "test", "Test".to_owned(), &days)
    }

    #[test]
    fn bars_stand_on_the_floor_side_by_side_as_high_as_their_figures() {
        let chart = chart(&[0, 5, 10]);
        let heights: Vec<u64> = chart.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [0, 48, 96]);
        assert!(chart.bars.iter().all(|bar| bar.y + bar.height == FLOOR && bar.x + bar.width <= WIDTH));
        assert!(chart.bars.windows(2).all(|pair| pair[0].x + pair[0].width < pair[1].x));
        assert_eq!(chart.lines.iter().map(|line| line.figure).collect::<Vec<_>>(), [10, 5]);
    }

    #[test]
    fn what_happened_once_is_seen_beside_what_happened_a_million_times() {
        let chart = chart(&[1, 1_000_000, 0, u64::MAX]);
        let heights: Vec<u64> = chart.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [2, 2, 0, HEIGHT]);
    }

    #[test]
    fn a_chart_says_in_words_what_it_shows() {
        assert_eq!(chart(&[1, 7, 2]).summary, "10 in all. Most on one day: 7 (16 June 2025).");
        assert_eq!(chart(&[0, 0]).summary, "Nothing on these days.");
        assert_eq!(chart(&[3]).bars[0].said, "15 June 2025: 3");
    }

    #[test]
    fn the_scale_ends_at_a_round_number_that_can_be_halved() {
        let tops = [(0, 2), (1, 2), (3, 4), (10, 10), (11, 20), (61, 80), (401, 600), (u64::MAX, u64::MAX)];
        for (most, top) in tops {
            assert_eq!(ceiling(most), top);
        }
    }
}
