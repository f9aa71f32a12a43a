//! The room that is left where files are written.

use super::case::Case;
use super::finding::Finding;
use crate::wiring::file_systems;
use application::disk::{Disk, Disks, Room};

const MIB: u64 = 1024 * 1024;

/// How much room there is on each file system.
pub(super) async fn disk_space(case: &Case) -> Vec<Finding> {
    let disks = file_systems(&case.config).look().await;
    disks.into_iter().map(|disk| judged(disk, case.config.least_free)).collect()
}

fn judged(Disk { place, is_needed, room }: Disk, least_free: u64) -> Finding {
    const SUBJECT: &str = "disk_space";
    match room {
        Ok(Room { free, size }) if free >= least_free => Finding::ok(
            SUBJECT,
            format!("{} of {} MiB are free where {place} is kept", free / MIB, size / MIB),
        ),
        Ok(Room { free, .. }) if !is_needed => Finding::warning(
            SUBJECT,
            format!(
                "{} MiB are free where {place} is kept: make room there, or soon there is none",
                free / MIB
            ),
        ),
        Ok(Room { free, .. }) => Finding::trouble(
            SUBJECT,
            format!(
                "{} MiB are free where {place} is kept, and with less than {} the service is not ready: make room \
                 there, or lower health.minimum_free_mib",
                free / MIB,
                least_free / MIB
            ),
        ),
        Err(error) => {
            Finding::warning(SUBJECT, format!("the room where {place} is kept can't be seen: {error}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn too_little_room_is_trouble() {
        let judged = |free, is_needed| {
            let room = Ok(Room { free: free * MIB, size: 100 * MIB });
            judged(Disk { place: "data", is_needed, room }, 64 * MIB)
        };
        assert_eq!((judged(64, true).verdict, judged(63, true).verdict), (Verdict::Ok, Verdict::Trouble));
        let aside = judged(63, false);
        assert_eq!((aside.verdict, aside.text.contains("not ready")), (Verdict::Warning, false));
        let room = Err("stale".to_owned());
        let unseen = super::judged(Disk { place: "log", is_needed: false, room }, MIB);
        assert_eq!((unseen.verdict, unseen.text.contains("stale")), (Verdict::Warning, true));
    }
}
