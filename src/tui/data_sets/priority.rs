//! Work that must not keep keys waiting.

/// How much the calling thread, and the threads that it starts, give way to others:
/// nice values go from 0 to 19.
const NICENESS: i32 = 10;

/// Lets the calling thread give way to the threads that answer keys. Only Linux counts this by
/// thread; elsewhere it would hold up the whole program.
pub(super) fn give_way() {
    #[cfg(target_os = "linux")]
    // Failing, the thread is only as fast as the others.
    let _ = rustix::process::setpriority_process(None, NICENESS);
}
