/// Takes memory in pages of 2 MiB in a process that [does without them](rustix::thread::disable_transparent_huge_pages).
///
/// Argon2 jumps about in its memory, so that with small pages it looks up at every other step where one is: that
/// is a twentieth of a hash. Everything else in the process is small, and would only round up.
#[cfg(target_os = "linux")]
pub(super) fn huge<T>(take: impl FnOnce() -> T) -> T {
    use rustix::thread::{disable_transparent_huge_pages, transparent_huge_pages_are_disabled};
    use std::sync::{Mutex, PoisonError};
    // What is asked for holds for the process, so it is asked for by one at a time.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if !matches!(transparent_huge_pages_are_disabled(), Ok(true)) {
        return take();
    }
    // Where this is denied, the pages are small.
    let _ = disable_transparent_huge_pages(false);
    let taken = take();
    let _ = disable_transparent_huge_pages(true);
    taken
}

/// Elsewhere the system decides.
#[cfg(not(target_os = "linux"))]
pub(super) fn huge<T>(take: impl FnOnce() -> T) -> T {
    take()
}
