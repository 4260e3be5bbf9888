//! `--threads` and the setting of that name bound every thread pool.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::cli::program;
use crate::tiny;

/// The names of a process's threads.
fn thread_names(process: &Child) -> Vec<String> {
    let tasks = format!("/proc/{}/task", process.id());
    std::fs::read_dir(tasks)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok())
        .map(|name| name.trim().to_string())
        .collect()
}

/// The most threads of the kernels' pool and of rayon's while a command runs.
fn largest_pools(home: &Path, arguments: &[&str], variable: Option<&str>) -> (usize, usize) {
    let mut command = program(home, arguments);
    if let Some(threads) = variable {
        command.env("LFW_TUI_THREADS", threads);
    }
    let mut process = command
        .current_dir(home)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (mut kernels, mut rayon) = (0, 0);
    loop {
        let names = thread_names(&process);
        let count = |prefix| names.iter().filter(|name| name.starts_with(prefix)).count();
        kernels = kernels.max(count("kernel-"));
        rayon = rayon.max(count("rayon-"));
        if let Some(status) = process.try_wait().unwrap() {
            assert!(status.success(), "{arguments:?}");
            return (kernels, rayon);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_number_of_threads_bounds_every_pool_of_commands_workers_and_the_benchmark() {
    if !Path::new("/proc/self/task").is_dir() {
        return println!("skipped: there is no /proc to count threads in");
    }
    let home = tempfile::tempdir().unwrap();
    tiny::pictures(&home.path().join("tiny"));
    let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
    // The thread that calls a kernel works too.
    let three = (2, 3);
    let train = "train --preset linear --code-size 4 --epochs 2 --data tiny --threads 3 --name t";
    assert_eq!(largest_pools(home.path(), &words(train), None), three);
    let bench = "bench --seconds 0.2 --batch-size 16 --code-size 8 --threads 3";
    assert_eq!(largest_pools(home.path(), &words(bench), None), three);
    let eval = "eval t";
    assert_eq!(largest_pools(home.path(), &words(eval), Some("3")), three);
}
