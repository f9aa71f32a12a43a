//! What the machine says: its cores, the time and memory that a process takes, its libraries' versions.

use rustix::fs::{Advice, fadvise};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process;

/// Which core does what. With one core both are the same.
#[derive(Clone, Copy, Debug)]
pub struct Cores {
    /// Of the service and of the ceilings.
    pub server: usize,
    /// Of the driver.
    pub driver: usize,
}

impl Cores {
    /// The first two cores that this process may use.
    pub fn find() -> io::Result<Self> {
        let allowed = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        let server = cores.next().ok_or_else(|| io::Error::other("this process may use no core"))?;
        Ok(Self { server, driver: cores.next().unwrap_or(server) })
    }

    /// Whether the driver has a core of its own.
    #[must_use]
    pub const fn are_apart(self) -> bool {
        self.server != self.driver
    }

    /// Does something on the server's core, and goes back to the driver's. A process that is started meanwhile stays there.
    pub fn as_server<T>(self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        pin(self.server)?;
        let done = work();
        pin(self.driver)?;
        done
    }

    /// Takes the driver's core for the thread that calls.
    pub fn drive(self) -> io::Result<()> {
        pin(self.driver)
    }
}

fn pin(core: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}

/// What a process has taken so far, and holds now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// CPU, of user and system, in seconds.
    pub cpu_seconds: f64,
    /// Resident memory, in MiB.
    pub resident_mib: f64,
}

impl Usage {
    /// Of a process; `None` once it is gone.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Some(Self {
            cpu_seconds: ticks(&stat)? / ticks_per_second(),
            resident_mib: member(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmRSS")? / 1024.0,
        })
    }

    /// Of this process.
    #[must_use]
    pub fn own() -> Self {
        Self::of(process::id()).unwrap_or_default()
    }
}

/// Has the system give up what it keeps of a file that nobody uses, so that it is read from the disk the next time.
pub fn forget(file: &Path) -> io::Result<()> {
    let file = File::open(file)?;
    // What was not written to the disk yet is kept.
    file.sync_all()?;
    Ok(fadvise(&file, 0, None, Advice::DontNeed)?)
}

/// User and system time. The name of a command may hold blanks, so that fields are counted from behind its bracket.
fn ticks(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some(next()? + next()?)
}

#[allow(clippy::cast_precision_loss, reason = "a hundred or a thousand")]
fn ticks_per_second() -> f64 {
    rustix::param::clock_ticks_per_second() as f64
}

/// A line `Name:   1234 kB` of a file in `/proc`.
fn member(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// On what all this was measured, for the head of a report.
#[must_use]
pub fn description() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
    let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| member(&text, "MemTotal"));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{}, {cores} cores, {:.0} GiB, Linux {}",
        model.map_or("an unknown processor", |(_, model)| model),
        memory.unwrap_or_default() / 1024.0 / 1024.0,
        kernel.trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_blanks_and_brackets_in_its_name_is_read_right() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 4 0 33 1 1";
        assert_eq!(ticks(stat), Some(200.0));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn a_member_is_found_by_its_whole_name() {
        let text = "VmRSSx:\t 9 kB\nVmRSS:\t  2048 kB\n";
        assert_eq!(member(text, "VmRSS"), Some(2048.0));
        assert_eq!(member(text, "Vm"), None);
    }

    #[test]
    fn this_process_takes_memory_and_another_that_is_gone_has_none() {
        assert!(Usage::own().resident_mib > 0.0);
        assert!(Usage::of(u32::MAX).is_none());
    }
}
