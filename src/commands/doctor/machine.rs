//! Checks processors, memory, GPU, and whether runs survive a logout.

use super::findings::Findings;
use crate::config::Config;

/// Checks the machine.
pub(crate) fn check(config: &Config) -> Findings {
    let mut findings = Findings::new("machine");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = config.threads.unwrap_or(cores);
    let found = format!("{threads} threads on {cores} cores{}", vector_extension());
    if threads > cores {
        findings.warn(
            "cpu",
            found,
            "more threads than cores slow each other down; set threads to the cores at most",
        );
    } else {
        findings.ok("cpu", found);
    }
    if let Some((available, total)) = memory() {
        let found = format!("{available:.1} of {total:.1} GB free");
        if available < 0.5 {
            findings.warn(
                "memory",
                found,
                "training needs about half a GB; close other programs",
            );
        } else {
            findings.ok("memory", found);
        }
    }
    match (crate::kernels::device::open_cuda(0), config.device.as_str()) {
        (Ok(_), "cpu") => findings.warn("device", "cpu by the settings, though cuda:0 works", ""),
        (Ok(_), _) => findings.ok("device", "cuda:0 works"),
        (Err(reason), "auto" | "cpu") => findings.ok("device", format!("cpu; {reason}")),
        (Err(reason), wanted) => findings.warn(
            "device",
            format!("{wanted} is set, but {reason}; the CPU is used"),
            "set device to auto, or build with --features cuda where nvidia-smi shows a GPU",
        ),
    }
    if kills_at_logout() {
        findings.warn(
            "logout",
            "systemd kills your processes at logout (KillUserProcesses=yes)",
            "start long runs with `systemd-run --user --scope lfw-tui train --detach …` after \
             `loginctl enable-linger`",
        );
    } else {
        findings.ok("logout", "detached runs survive a logout");
    }
    findings
}

/// The widest vector instructions of the machine: `, AVX-512`.
fn vector_extension() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            return ", AVX-512";
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
        {
            return ", AVX2";
        }
        ", SSE2"
    }
    #[cfg(target_arch = "aarch64")]
    {
        ", NEON"
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        ""
    }
}

/// Available and total memory in GB (10⁹ bytes), from `/proc/meminfo`.
fn memory() -> Option<(f64, f64)> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let field = |name: &str| -> Option<f64> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib * 1024.0 / 1e9)
    };
    Some((field("MemAvailable:")?, field("MemTotal:")?))
}

/// Whether logind is set to kill processes at logout; the default is not to.
fn kills_at_logout() -> bool {
    let mut files = vec![std::path::PathBuf::from("/etc/systemd/logind.conf")];
    if let Ok(entries) = std::fs::read_dir("/etc/systemd/logind.conf.d") {
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    // The last file that sets it wins.
    files[1..].sort();
    files
        .iter()
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .flat_map(|text| {
            text.lines()
                .filter_map(|line| line.trim().strip_prefix("KillUserProcesses="))
                .map(|value| matches!(value.trim(), "yes" | "true" | "on" | "1"))
                .collect::<Vec<_>>()
        })
        .next_back()
        .unwrap_or(false)
}
