//! A service that is stopped in the midst of whatever it does, so that one can see where it stands.

use super::Server;
use crate::{Outcome, wait};
use std::process::Command;
use std::time::{Duration, Instant};

impl Server {
    /// Stops it where it is (SIGSTOP): not even its connections notice. Each of its threads stands still afterwards.
    pub async fn freeze(&self) -> Outcome {
        self.signal("STOP")?;
        let threads = format!("/proc/{}/task", self.child.id());
        let begun = Instant::now();
        while begun.elapsed() < wait::PATIENCE {
            if all_stand(&threads)? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err("the service did not come to a standstill".into())
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(&self) -> Outcome {
        self.signal("CONT")
    }

    pub(super) fn signal(&self, name: &str) -> Outcome {
        let pid = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -\"$1\" \"$0\"", &pid, name]).status()?;
        if sent.success() { Ok(()) } else { Err("there was nobody to tell".into()) }
    }
}

/// Whether each thread is stopped, and none is still inside of a call to the kernel.
fn all_stand(threads: &str) -> Outcome<bool> {
    for thread in std::fs::read_dir(threads)? {
        // One may have ended since the folder was read.
        let Ok(told) = std::fs::read_to_string(thread?.path().join("stat")) else { continue };
        // The name of a thread may hold anything, so it stands in brackets.
        let state = told.rsplit(')').next().and_then(|rest| rest.split_whitespace().next());
        if state != Some("T") {
            return Ok(false);
        }
    }
    Ok(true)
}
