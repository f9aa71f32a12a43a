use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::collections::BTreeMap;

/// What the front has counted since this was last asked, by name and labels: how often something was measured or
/// counted, or by how much a gauge has changed.
pub fn figures(recorder: &DebuggingRecorder) -> BTreeMap<String, f64> {
    let counted = recorder.snapshotter().snapshot().into_vec().into_iter();
    let counted = counted.map(|(key, _, _, value)| {
        let key = key.key();
        let labels: Vec<String> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => f64::from(u32::try_from(count).unwrap()),
            DebugValue::Gauge(change) => change.into_inner(),
            DebugValue::Histogram(measured) => f64::from(u32::try_from(measured.len()).unwrap()),
        };
        (format!("{}{{{}}}", key.name(), labels.join(",")), value)
    });
    counted.filter(|(name, value)| name.starts_with("xtrem_http_") && *value != 0.0).collect()
}
