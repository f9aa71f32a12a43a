//! Who watches: the committed rules, dashboard and settings of Prometheus and Alertmanager, with the real programs beside
//! real services. Every query of the dashboard yields data, and alerts fire because something is wrong.

mod alarms;
mod dashboard;
mod files;
mod traffic;
mod troubles;
