//! Settings of the C library's allocator.

/// Makes glibc keep freed memory. Every training step frees and allocates the same
/// megabytes; returning them to the system in between costs a page fault for each
/// 4 KiB. Call it once, before other threads start. Does nothing with other C libraries.
pub fn tune_malloc() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const MIB: libc::c_int = 1 << 20;
        // SAFETY: `mallopt` only sets the allocator's parameters.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 1024 * MIB);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 1024 * MIB);
            libc::mallopt(libc::M_TOP_PAD, 16 * MIB);
        }
    }
}
