use super::journal::held;
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, LocalRecorderGuard, Metadata,
    Recorder, SharedString, Unit,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

type Series = Arc<Mutex<BTreeMap<String, f64>>>;

/// What this thread counts and measures while the tally is taken; clones have the same.
///
/// Of a histogram it keeps how many values came, not which: a test never depends on how long something took.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    series: Series,
    described: Arc<Mutex<BTreeSet<String>>>,
}

impl Tally {
    /// Takes it, until what comes back is dropped.
    #[must_use]
    pub fn take(&self) -> LocalRecorderGuard<'_> {
        metrics::set_default_local_recorder(self)
    }

    /// What stands under that name, by its labels, as in `method=password outcome=failed`.
    #[must_use]
    pub fn of(&self, name: &str) -> Vec<(String, f64)> {
        let series = held(&self.series);
        let labels = |key: &str| key.strip_prefix(name)?.strip_prefix('|').map(str::to_owned);
        series.iter().filter_map(|(key, value)| Some((labels(key)?, *value))).collect()
    }

    /// The names of all that was counted or measured.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let series = held(&self.series);
        let names = series.keys().filter_map(|key| key.split('|').next());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.dedup();
        names
    }

    /// The names that have a description.
    #[must_use]
    pub fn described(&self) -> Vec<String> {
        held(&self.described).iter().cloned().collect()
    }

    fn describe(&self, name: &KeyName) {
        held(&self.described).insert(name.as_str().to_owned());
    }

    fn one(&self, key: &Key) -> Arc<One> {
        let labels: Vec<String> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(One { key: format!("{}|{}", key.name(), labels.join(" ")), series: self.series.clone() })
    }
}

impl Recorder for Tally {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(&name);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(&name);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.describe(&name);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.one(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.one(key))
    }
}

struct One {
    key: String,
    series: Series,
}

impl One {
    fn change(&self, change: impl FnOnce(f64) -> f64) {
        let mut series = held(&self.series);
        let value = series.entry(self.key.clone()).or_default();
        *value = change(*value);
    }
}

/// A test counts no further than that.
fn small(value: u64) -> f64 {
    u32::try_from(value).map_or(f64::INFINITY, f64::from)
}

impl CounterFn for One {
    fn increment(&self, value: u64) {
        self.change(|before| before + small(value));
    }

    fn absolute(&self, value: u64) {
        self.change(|before| before.max(small(value)));
    }
}

impl GaugeFn for One {
    fn increment(&self, value: f64) {
        self.change(|before| before + value);
    }

    fn decrement(&self, value: f64) {
        self.change(|before| before - value);
    }

    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

impl HistogramFn for One {
    fn record(&self, _: f64) {
        self.change(|before| before + 1.0);
    }
}
