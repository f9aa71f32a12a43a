//! What came of it: one line for each goal, with what was measured beside it.

use crate::driver::Measured;
use serde::Serialize;
use std::fmt::Write as _;

/// What a figure has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Goal {
    /// No less than this.
    AtLeast(f64),
    /// No more than this.
    AtMost(f64),
    /// Less than this.
    Below(f64),
    /// Anything: it is told beside the others.
    None,
}

impl Goal {
    /// Whether a figure is that; `None` where nothing is asked of it.
    #[must_use]
    pub fn is_met_by(self, figure: f64) -> Option<bool> {
        match self {
            Self::AtLeast(bound) => Some(figure >= bound),
            Self::AtMost(bound) => Some(figure <= bound),
            Self::Below(bound) => Some(figure < bound),
            Self::None => None,
        }
    }

    fn told(self) -> String {
        match self {
            Self::AtLeast(bound) => format!("≥ {}", short(bound)),
            Self::AtMost(bound) => format!("≤ {}", short(bound)),
            Self::Below(bound) => format!("< {}", short(bound)),
            Self::None => String::new(),
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What was measured.
    pub what: String,
    /// How much that was, with its unit.
    pub figure: String,
    /// How much was possible in the same run, with its unit.
    pub ceiling: String,
    /// What the goal is about.
    pub judged: f64,
    /// How much that has to be.
    pub goal: Goal,
    /// The load behind it.
    pub load: Option<Measured>,
    /// The load of the ceiling.
    pub beside: Option<Measured>,
    /// Why the figure is none.
    pub trouble: Option<String>,
}

impl Line {
    /// What the service does in a second, as a part of what is possible.
    #[must_use]
    pub fn part_of(what: &str, load: &Measured, ceiling: &Measured, ratio: f64, goal: Goal) -> Self {
        let ceiling_trouble = ceiling.trouble().map(|trouble| format!("the ceiling: {trouble}"));
        Self {
            what: what.to_owned(),
            figure: format!("{}/s", short(load.rate)),
            ceiling: format!("{}/s", short(ceiling.rate)),
            judged: ratio,
            goal,
            load: Some(load.clone()),
            beside: Some(ceiling.clone()),
            trouble: load.trouble().or(ceiling_trouble),
        }
    }

    /// A figure by itself.
    #[must_use]
    pub fn figure(what: &str, figure: f64, unit: &str, goal: Goal) -> Self {
        let figure_told = format!("{}{unit}", short(figure));
        Self {
            what: what.to_owned(),
            figure: figure_told,
            ceiling: String::new(),
            judged: figure,
            goal,
            load: None,
            beside: None,
            trouble: None,
        }
    }

    /// The same, with the load that it was seen under. Where that failed, so has this.
    #[must_use]
    pub fn under(mut self, load: &Measured) -> Self {
        self.trouble = self.trouble.or_else(|| load.trouble());
        self.load = Some(load.clone());
        self
    }

    /// What could not be measured.
    #[must_use]
    pub fn failed(what: &str, trouble: String) -> Self {
        Self { trouble: Some(trouble), ..Self::figure(what, 0.0, "", Goal::None) }
    }

    /// What became of the goal, in a word.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match (&self.trouble, self.goal.is_met_by(self.judged)) {
            (Some(_), _) => "FAILED",
            (None, Some(true)) => "met",
            (None, Some(false)) => "missed",
            (None, None) => "",
        }
    }

    fn cells(&self) -> [String; 12] {
        let load = |figure: fn(&Measured) -> f64| self.load.as_ref().map(|load| short(figure(load)));
        let [rate, p50, p99, server_us, resident] = [
            load(|load| load.rate),
            load(|load| load.p50_ms),
            load(|load| load.p99_ms),
            load(|load| load.server_us),
            load(|load| load.resident_mib),
        ]
        .map(Option::unwrap_or_default);
        // A ceiling that is no server has none.
        let beside_us = self.beside.as_ref().map(|beside| beside.server_us).filter(|us| *us > 0.0);
        let beside_us = beside_us.map(short).unwrap_or_default();
        // A figure that failed is not told: whoever looks at it would take it for one.
        let (figure, ratio) = match &self.trouble {
            Some(_) => (String::new(), String::new()),
            None if self.ceiling.is_empty() => (self.figure.clone(), String::new()),
            None => (self.figure.clone(), short(self.judged)),
        };
        let (what, ceiling, goal) = (self.what.clone(), self.ceiling.clone(), self.goal.told());
        [
            what,
            figure,
            ceiling,
            ratio,
            goal,
            self.verdict().to_owned(),
            rate,
            p50,
            p99,
            server_us,
            beside_us,
            resident,
        ]
    }
}

const HEAD: [&str; 12] = [
    "what",
    "figure",
    "beside it",
    "ratio",
    "goal",
    "verdict",
    "ops/s",
    "p50 ms",
    "p99 ms",
    "CPU µs/op",
    "beside it",
    "RSS MiB",
];

/// The table in Markdown, its columns aligned, and below it whatever went wrong.
#[must_use]
pub fn render(lines: &[Line]) -> String {
    let rows: Vec<_> = lines.iter().map(Line::cells).collect();
    let widths: Vec<_> = (0..HEAD.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([HEAD[column].chars().count()]).max().unwrap_or_default()
        })
        .collect();
    let mut table = row(&HEAD, &widths);
    let rule: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
    table += &row(&rule, &widths);
    for cells in &rows {
        table += &row(cells, &widths);
    }
    for line in lines {
        if let Some(trouble) = &line.trouble {
            // Writing into a string can't fail.
            let _ = write!(table, "\n{} failed: {trouble}\n", line.what);
        }
    }
    table
}

fn row(cells: &[impl AsRef<str>], widths: &[usize]) -> String {
    let cells =
        cells.iter().zip(widths).map(|(cell, width)| format!(" {:<width$} |", cell.as_ref(), width = *width));
    format!("|{}\n", cells.collect::<String>())
}

/// A figure to three digits.
#[must_use]
pub fn short(figure: f64) -> String {
    match figure.abs() {
        0.0 => "0".to_owned(),
        large if large >= 100.0 => format!("{figure:.0}"),
        medium if medium >= 10.0 => format!("{figure:.1}"),
        small if small >= 0.1 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

#[cfg(test)]
mod tests;
