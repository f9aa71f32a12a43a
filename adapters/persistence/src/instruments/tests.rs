use super::*;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::collections::BTreeMap;

/// Every metric by its name and the values of its labels: how often it was counted.
pub(crate) fn counted(recorder: &DebuggingRecorder) -> BTreeMap<Vec<String>, u64> {
    let count = |value| match value {
        DebugValue::Counter(count) => count,
        DebugValue::Histogram(values) => values.len() as u64,
        DebugValue::Gauge(_) => 0,
    };
    let name = |key: &metrics::Key| {
        let labels = key.labels().map(|label| label.value().to_owned());
        std::iter::once(key.name().to_owned()).chain(labels).collect()
    };
    let all = recorder.snapshotter().snapshot().into_vec().into_iter();
    all.map(|(key, .., value)| (name(key.key()), count(value))).collect()
}

#[test]
fn that_everything_could_be_read_is_told_from_the_start() {
    let recorder = DebuggingRecorder::new();
    let unreadable_since = |told: fn()| {
        metrics::with_local_recorder(&recorder, told);
        counted(&recorder).get(&[UNREADABLE.to_owned()][..]).copied()
    };
    assert_eq!(unreadable_since(describe), Some(0));
    assert_eq!(unreadable_since(unreadable), Some(1));
}
