//! What the operating system allows this process.

use super::case::Case;
use super::finding::Finding;
use rustix::process::{Resource, getrlimit};

/// What a service has open beside its connections: databases, logs, listeners.
const BESIDE: u64 = 100;

/// Whether there may be as many connections as the settings say.
pub(super) fn open_files(case: &Case) -> Vec<Finding> {
    let needed = u64::try_from(case.config.server.max_connections).unwrap_or(u64::MAX).saturating_add(BESIDE);
    // Up to the hard limit, which every process of Xtrem takes at its start.
    vec![judged(getrlimit(Resource::Nofile).maximum, needed)]
}

fn judged(allowed: Option<u64>, needed: u64) -> Finding {
    const SUBJECT: &str = "open_files";
    match allowed {
        None => Finding::ok(SUBJECT, "any number is allowed"),
        Some(allowed) if allowed >= needed => {
            Finding::ok(SUBJECT, format!("{allowed} are allowed, and {needed} may be needed"))
        }
        Some(allowed) => Finding::warning(
            SUBJECT,
            format!(
                "{allowed} are allowed here, and {needed} may be needed: raise the limit where the service is started \
                 (LimitNOFILE= of systemd, `ulimits` of a container), or lower server.max_connections"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_limit_below_what_may_be_needed_is_told() {
        let verdict = |allowed| judged(allowed, 10_100).verdict;
        assert_eq!(verdict(None), Verdict::Ok);
        assert_eq!(verdict(Some(10_100)), Verdict::Ok);
        assert_eq!(verdict(Some(1_024)), Verdict::Warning);
    }
}
