//! Whether other programs took the processor while something was measured.

/// Others may take this share of all cores.
const MOST_OF_OTHERS: f64 = 0.1;

/// Where this share of all cores was idle, nobody waited for one.
const IDLE: f64 = 0.3;

/// Processor time until a moment, in ticks; `None` where the system does not tell (it does on Linux).
pub(super) struct ProcessorTime(Option<Ticks>);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Ticks {
    /// All cores, all they did and did not.
    all: u64,
    /// All cores, nothing to do.
    idle: u64,
    /// This process.
    own: u64,
}

impl ProcessorTime {
    pub(super) fn now() -> Self {
        Self(Ticks::now())
    }

    /// Whether this process had the cores that it could use since that moment. True where that
    /// cannot be known.
    pub(super) fn was_free_since(&self) -> bool {
        let Some((now, before)) = Ticks::now().zip(self.0) else {
            return true;
        };
        now.were_free_since(before)
    }
}

impl Ticks {
    fn now() -> Option<Self> {
        let own = own_ticks(&std::fs::read_to_string("/proc/self/stat").ok()?)?;
        let (all, idle) = machine_ticks(&std::fs::read_to_string("/proc/stat").ok()?)?;
        Some(Self { all, idle, own })
    }

    fn were_free_since(self, before: Self) -> bool {
        let since = |now: u64, before: u64| now.saturating_sub(before) as f64;
        let all = since(self.all, before.all);
        if all <= 0.0 {
            return true;
        }
        let idle = since(self.idle, before.idle) / all;
        let own = since(self.own, before.own) / all;
        idle >= IDLE || 1.0 - idle - own <= MOST_OF_OTHERS
    }
}

/// User and system time of this process: the fields 14 and 15 of `/proc/self/stat` (proc(5)),
/// counted from the end of the command's name.
fn own_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// All and idle time of the machine: the first line of `/proc/stat` (proc(5)), where the first
/// eight numbers add up to all time, and the fourth and fifth are idle.
fn machine_ticks(stat: &str) -> Option<(u64, u64)> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let numbers = line.split_whitespace().take(8).map(str::parse);
    let numbers: Vec<u64> = numbers.collect::<Result<_, _>>().ok()?;
    let idle = numbers.get(3)? + numbers.get(4)?;
    Some((numbers.iter().sum(), idle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_system_are_read() {
        let stat = "cpu  100 20 30 400 50 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert_eq!(machine_ticks(stat), Some((621, 450)));
        assert_eq!(machine_ticks("intr 1 2"), None);
        let own = "42 (a) b) R 1 2 3 4 5 6 7 8 9 10 250 30 0 0 20";
        assert_eq!(own_ticks(own), Some(280));
        assert_eq!(own_ticks(""), None);
    }

    #[test]
    fn what_others_take_counts_where_nothing_is_left() {
        let before = Ticks {
            all: 1_000,
            idle: 500,
            own: 100,
        };
        let after = |idle: u64, own: u64| Ticks {
            all: 2_000,
            idle: 500 + idle,
            own: 100 + own,
        };
        for (idle, own, expected) in [
            (0, 950, true),
            (50, 900, true),
            // Half of the machine is somebody else's.
            (0, 500, false),
            (100, 600, false),
            // Ours was not slowed down.
            (400, 200, true),
        ] {
            let found = after(idle, own).were_free_since(before);
            assert_eq!(found, expected, "{idle} {own}");
        }
    }
}
