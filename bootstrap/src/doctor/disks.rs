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

fn judged(Disk { place, room }: Disk, least_free: u64) -> Finding {
    const SUBJECT: &str = "disk_space";
    match room {
        Ok(Room { free, size }) if free >= least_free => Finding::ok(
            SUBJECT,
            format!("{} of {} MiB are free where {place} is kept", free / MIB, size / MIB),
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
        let verdict = |free| {
            let room = Ok(Room { free: free * MIB, size: 100 * MIB });
            judged(Disk { place: "data", room }, 64 * MIB).verdict
        };
        assert_eq!((verdict(64), verdict(63)), (Verdict::Ok, Verdict::Trouble));
        let unseen = judged(Disk { place: "log", room: Err("stale".to_owned()) }, MIB);
        assert_eq!((unseen.verdict, unseen.text.contains("stale")), (Verdict::Warning, true));
    }
}
