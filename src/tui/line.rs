//! The line to the terminal: how long an answer takes, how many bytes a second it takes,
//! and how many bytes of pictures may be sent now.
//!
//! A write to the terminal succeeds long before the bytes arrive: the system, SSH and the
//! network keep up to megabytes on the way, and a key's answer waits behind them. So after
//! a frame with pictures the terminal is asked for its status, which it answers when it has
//! taken everything before. What is not answered for is on the way.
//!
//! The rate is measured as the congestion control BBR does it (Cardwell et al. 2016): the bytes
//! answered for since the answer before a question, by the time since then; the greatest of the
//! latest counts, since pauses of ours look like a slow line. Bytes written fill a queue that
//! empties at this rate, and pictures wait while it is longer than a key should wait behind.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long pictures may wait on the line. A key's answer waits behind them.
const MAX_QUEUE_TIME: Duration = Duration::from_millis(40);
/// How long one picture may take on the line.
const MAX_PICTURE_TIME: Duration = Duration::from_millis(50);
/// Pictures are sent this much faster than was measured, to notice that the line is faster: at
/// first, and once they have had to wait. While they wait they are sent slower.
const STARTING: f64 = 1.5;
const PROBING: f64 = 1.1;
const DRAINING: f64 = 0.7;
/// How long a question may have waited before that is noticed.
const NOTICED_WAIT: Duration = Duration::from_millis(15);
/// The fewest bytes of pictures of a frame: a mosaic or a very small picture.
const MIN_PICTURE_BYTES: usize = 2 << 10;
/// What may be on the way before anything was measured.
const FIRST_WINDOW: usize = 4 << 10;
/// A frame with fewer bytes than this does not fill the line, and measures nothing.
const MIN_SAMPLE: u64 = 2 << 10;
/// How long pictures are held back for the terminal's first answer.
const FIRST_ANSWER_WAIT: Duration = Duration::from_millis(700);
/// The shortest time that is measured, in seconds: that of waking up.
const MIN_TIME: f64 = 1e-3;
/// A sample ends after this time, in seconds, or with so many bytes.
const SAMPLE_TIME: f64 = 0.05;
const SAMPLE_BYTES: f64 = 65_536.0;
/// So many of the latest samples count.
const SAMPLES: usize = 8;
/// A line that takes more than this is not measured any closer: no picture waits.
const FAST: f64 = 20e6;
/// A question that is not answered for so long, beyond the time that its bytes take, is not
/// waited for any more.
const SILENT_AFTER: Duration = Duration::from_millis(2500);
/// Bytes a second are counted over this time.
const COUNTED: Duration = Duration::from_secs(2);

/// A question whose answer says that everything before it has arrived.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// Bytes written before it, since the start.
    written: u64,
    /// Of them since the question before.
    bytes: u64,
    sent_at: Instant,
    /// What had been answered for when it was sent, and when.
    answered: u64,
    answered_at: Option<Instant>,
    /// Whether something was on the way when it was sent.
    busy: bool,
}

/// What the footer shows of the line.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct LineReading {
    /// Bytes written per second, over the latest two seconds.
    pub bytes_per_second: f64,
    /// Bytes per second that the line takes; `None` while that is unknown or does not matter.
    pub rate: Option<f64>,
    /// The shortest time from a question to its answer.
    pub round_trip: Option<Duration>,
}

/// What is known of the line.
#[derive(Debug)]
pub(crate) struct Line {
    begun: Instant,
    /// Bytes written since the start.
    written: u64,
    /// Bytes that the terminal is known to have taken.
    answered: u64,
    answered_at: Option<Instant>,
    marks: VecDeque<Mark>,
    /// The latest samples: bytes, and the seconds that they took.
    samples: VecDeque<(f64, f64)>,
    /// The sample to come: answers together until they tell more than chance.
    gathered: (f64, f64),
    round_trip: Option<Duration>,
    /// The terminal does not answer: nothing can be measured.
    is_mute: bool,
    /// The most bytes per second that the user allows.
    limit: Option<f64>,
    /// Bytes that wait on the line, and when that was true.
    queue: (f64, Option<Instant>),
    /// Whether the latest question had to wait for more than its own bytes.
    is_crowded: bool,
    was_crowded: bool,
    /// When how many bytes had been written, for the latest seconds.
    history: VecDeque<(Instant, u64)>,
}

impl Line {
    /// A line on which nothing was sent yet. `limit` is in bytes per second.
    pub(crate) fn new(limit: Option<u64>, now: Instant) -> Self {
        Self {
            begun: now,
            written: 0,
            answered: 0,
            answered_at: None,
            marks: VecDeque::new(),
            samples: VecDeque::new(),
            gathered: (0.0, 0.0),
            round_trip: None,
            is_mute: false,
            limit: limit.map(|limit| limit as f64),
            queue: (0.0, None),
            is_crowded: false,
            was_crowded: false,
            history: VecDeque::new(),
        }
    }

    /// Bytes have been written since `now`; `total` counts from the start. Writing waits where the
    /// system keeps few bytes, so that it takes a part of their time on the line.
    pub(crate) fn on_written(&mut self, total: u64, now: Instant) {
        if total == self.written {
            return;
        }
        self.queue = (
            self.queue_at(now) + (total - self.written) as f64,
            Some(now),
        );
        self.written = total;
        self.history.push_back((now, total));
        // The latest entry from before the time that counts stays.
        while let Some((at, _)) = self.history.get(1)
            && now.saturating_duration_since(*at) > COUNTED
        {
            self.history.pop_front();
        }
    }

    /// Whether enough was written since the latest question that it should be asked again: where
    /// pictures wait for the answer, anything.
    pub(crate) fn needs_mark(&self, pictures_wait: bool) -> bool {
        let since = self.written - self.marks.back().map_or(self.answered, |mark| mark.written);
        let is_awaited = pictures_wait && self.marks.is_empty() && since > 0;
        !self.is_mute && (since >= MIN_SAMPLE || is_awaited)
    }

    /// The question was written after bytes that were written since `now`.
    pub(crate) fn on_mark_sent(&mut self, now: Instant) {
        self.marks.push_back(Mark {
            written: self.written,
            bytes: self.written - self.marks.back().map_or(self.answered, |mark| mark.written),
            sent_at: now,
            answered: self.answered,
            answered_at: self.answered_at,
            busy: !self.marks.is_empty(),
        });
    }

    /// The oldest question was answered.
    pub(crate) fn on_answer(&mut self, now: Instant) {
        let Some(mark) = self.marks.pop_front() else {
            return;
        };
        self.is_mute = false;
        let took = now.saturating_duration_since(mark.sent_at);
        let time = match (mark.answered_at.filter(|_| mark.busy), self.round_trip) {
            (Some(before), _) => now.saturating_duration_since(before),
            // The line was idle: what it took beyond the way there and back. Little of that is
            // chance, not speed.
            (None, Some(trip)) => took.saturating_sub(trip).max(took / 4),
            (None, None) => took,
        };
        let bytes = mark.written - mark.answered;
        if bytes >= MIN_SAMPLE {
            self.gathered.0 += bytes as f64;
            self.gathered.1 += time.as_secs_f64().max(MIN_TIME);
            if self.gathered.1 >= SAMPLE_TIME || self.gathered.0 >= SAMPLE_BYTES {
                self.samples.push_back(std::mem::take(&mut self.gathered));
                if self.samples.len() > SAMPLES {
                    self.samples.pop_front();
                }
            }
        }
        self.on_round_trip(took);
        let own = self.rate().map_or(0.0, |rate| mark.bytes as f64 / rate);
        let wait = took.as_secs_f64() - own - self.round_trip.unwrap_or_default().as_secs_f64();
        self.is_crowded = wait > NOTICED_WAIT.as_secs_f64();
        self.was_crowded |= self.is_crowded;
        self.answered = self.answered.max(mark.written);
        self.answered_at = Some(now);
    }

    /// A question was answered after this time.
    pub(crate) fn on_round_trip(&mut self, took: Duration) {
        self.round_trip = Some(self.round_trip.map_or(took, |trip| trip.min(took)));
    }

    /// The terminal may be another one: what was asked is not waited for.
    pub(crate) fn forget_marks(&mut self) {
        self.marks.clear();
        self.answered = self.written;
        self.answered_at = None;
        self.samples.clear();
        self.gathered = (0.0, 0.0);
        self.round_trip = None;
        self.is_mute = false;
    }

    /// Bytes per second that the line takes; `None` while it is unknown or faster than matters.
    fn rate(&self) -> Option<f64> {
        let rates = self.samples.iter().map(|(bytes, seconds)| bytes / seconds);
        let measured = rates.reduce(f64::max).filter(|rate| *rate < FAST);
        match (measured, self.limit) {
            (Some(rate), Some(limit)) => Some(rate.min(limit)),
            (rate, limit) => rate.or(limit),
        }
    }

    /// What the footer shows.
    pub(crate) fn reading(&self, now: Instant) -> LineReading {
        LineReading {
            bytes_per_second: self.bytes_per_second(now),
            rate: self.rate(),
            round_trip: self.round_trip,
        }
    }

    /// Bytes written per second lately.
    fn bytes_per_second(&self, now: Instant) -> f64 {
        let is_old = |at: Instant| now.saturating_duration_since(at) > COUNTED;
        let old = self.history.iter().rev().find(|(at, _)| is_old(*at));
        let before = old.map_or(0, |(_, written)| *written);
        (self.written - before) as f64 / COUNTED.as_secs_f64()
    }

    /// How many bytes of pictures may be written now; `None` without a limit.
    pub(crate) fn picture_budget(&mut self, now: Instant) -> Option<usize> {
        self.give_up_on_silence(now);
        let on_the_way = (self.written - self.answered) as usize;
        let Some(rate) = self.rate() else {
            let is_late = now.saturating_duration_since(self.begun) > FIRST_ANSWER_WAIT;
            let is_new =
                !self.is_mute && self.samples.is_empty() && (self.round_trip.is_some() || !is_late);
            return is_new.then(|| FIRST_WINDOW.saturating_sub(on_the_way));
        };
        let bytes_in =
            |time: Duration| ((rate * time.as_secs_f64()) as usize).max(MIN_PICTURE_BYTES);
        let room = bytes_in(MAX_QUEUE_TIME).saturating_sub(self.queue_at(now) as usize);
        Some(room.min(self.window(rate).saturating_sub(on_the_way)))
    }

    /// The most bytes that may be on the way: if the rate is overrated, the answers stay away and
    /// the pictures with them.
    fn window(&self, rate: f64) -> usize {
        let Some(trip) = self.round_trip.filter(|_| !self.is_mute) else {
            // A terminal that does not answer, and a limit of the user's.
            return usize::MAX;
        };
        let time = trip + MAX_QUEUE_TIME;
        ((2.0 * rate * time.as_secs_f64()) as usize).max(2 * MIN_PICTURE_BYTES)
    }

    /// Bytes that are still waiting on the line, if it is as fast as it was.
    fn queue_at(&self, now: Instant) -> f64 {
        let (bytes, Some(at)) = self.queue else {
            return 0.0;
        };
        let gone = now.saturating_duration_since(at).as_secs_f64();
        match self.rate() {
            Some(rate) => (bytes - gone * rate * self.gain()).max(0.0),
            None if self.samples.is_empty() => (self.written - self.answered) as f64,
            None => 0.0,
        }
    }

    fn gain(&self) -> f64 {
        let gain = match (self.is_crowded, self.was_crowded) {
            (true, _) => DRAINING,
            (false, true) => PROBING,
            (false, false) => STARTING,
        };
        // The user's limit is not tried.
        if self.limit.is_some() {
            gain.min(1.0)
        } else {
            gain
        }
    }

    /// When there will be room for a picture; `None` when an answer will say so.
    pub(crate) fn room_at(&self, now: Instant) -> Option<Instant> {
        let wait = self.queue_at(now) / self.rate()? / self.gain();
        Some(now + Duration::from_secs_f64(wait.min(1.0)))
    }

    /// Whether nothing waits on the line, so that a picture may be sent however large it is.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        let on_the_way = (self.written - self.answered) as usize;
        let fits = self
            .rate()
            .is_none_or(|rate| on_the_way < self.window(rate));
        fits && self.queue_at(now) < 1.0
    }

    /// How many bytes one picture may have; `None` without a limit.
    pub(crate) fn picture_bytes(&self) -> Option<usize> {
        let bytes = self.rate()? * MAX_PICTURE_TIME.as_secs_f64();
        Some((bytes as usize).max(MIN_PICTURE_BYTES))
    }

    /// When an answer is given up; `None` when none is waited for.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let mark = self.marks.front()?;
        let bytes = (mark.written - mark.answered) as f64;
        let slow = Duration::from_secs_f64(bytes / self.rate().unwrap_or(10e3).max(1e3));
        Some(mark.sent_at + SILENT_AFTER + slow)
    }

    fn give_up_on_silence(&mut self, now: Instant) {
        if self.deadline().is_some_and(|due| due <= now) {
            self.forget_marks();
            self.is_mute = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends pictures over a line of `rate` bytes a second and `trip`, as often as there is room.
    /// Gives the longest time that a key's answer would have waited behind them, once the line
    /// was measured, and the share of the time that the line was used.
    fn simulate(rate: f64, trip: Duration, pictures: usize) -> (Duration, f64) {
        let begun = Instant::now();
        let mut line = Line::new(None, begun);
        let (mut now, mut total, mut free_at, mut worst) = (begun, 0u64, begun, Duration::ZERO);
        let mut answers: VecDeque<Instant> = VecDeque::from([now + trip]);
        let mut left = pictures;
        line.on_mark_sent(now);
        while left > 0 || !answers.is_empty() {
            while answers.front().is_some_and(|at| *at <= now) {
                answers.pop_front();
                line.on_answer(now);
            }
            let picture = line.picture_bytes().unwrap_or(3_000);
            let room = line.picture_budget(now);
            if left > 0 && (room.is_none_or(|room| room >= picture) || line.is_idle(now)) {
                left -= 1;
                total += picture as u64;
                line.on_written(total, now);
                let takes = Duration::from_secs_f64(picture as f64 / rate);
                free_at = free_at.max(now) + takes;
                if line.samples.len() >= SAMPLES {
                    worst = worst.max(free_at - now);
                }
                line.on_mark_sent(now);
                answers.push_back(free_at + trip);
            }
            now += Duration::from_millis(1);
        }
        let used = total as f64 / rate / (free_at - begun).as_secs_f64();
        (worst, used)
    }

    #[test]
    fn a_key_waits_little_and_the_line_is_used() {
        for (rate, trip) in [(100e3, 200), (100e3, 2), (20e3, 50), (1e6, 100), (4e6, 20)] {
            let (worst, used) = simulate(rate, Duration::from_millis(trip), 400);
            let most = MAX_PICTURE_TIME.max(Duration::from_secs_f64(2048.0 / rate));
            assert!(
                worst < most + Duration::from_millis(80),
                "{rate} {trip}: {worst:?}"
            );
            assert!(used > 0.6, "{rate} {trip}: {used}");
        }
    }

    #[test]
    fn the_rate_and_the_round_trip_are_found() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let mut line = Line::new(None, begun);
        assert_eq!(line.rate(), None);
        line.on_mark_sent(begun);
        line.on_answer(at(50));
        assert_eq!(
            line.reading(at(50)).round_trip,
            Some(Duration::from_millis(50))
        );
        line.on_written(10_000, at(60));
        assert!(line.needs_mark(false));
        line.on_mark_sent(at(60));
        assert!(!line.needs_mark(true));
        line.on_answer(at(210));
        assert!((line.rate().unwrap() / 100e3 - 1.0).abs() < 0.01);
        // 40 ms of it.
        assert_eq!(line.picture_budget(at(220)), Some(4_000));
        line.on_written(13_000, at(220));
        assert_eq!(line.picture_budget(at(220)), Some(1_000));
        assert!(!line.is_idle(at(220)) && line.is_idle(at(250)));
        assert!(line.room_at(at(220)).unwrap() < at(250));
        assert_eq!(line.picture_bytes(), Some(5_000));
    }

    #[test]
    fn a_mute_terminal_gets_everything_and_one_that_speaks_again_is_measured() {
        let begun = Instant::now();
        let mut line = Line::new(None, begun);
        line.on_written(5_000, begun);
        line.on_mark_sent(begun);
        assert!(line.picture_budget(begun).is_some());
        let later = begun + Duration::from_secs(5);
        assert_eq!(line.picture_budget(later), None);
        assert!(!line.needs_mark(false));
    }

    #[test]
    fn a_limit_of_the_users_holds() {
        let begun = Instant::now();
        let mut line = Line::new(Some(50_000), begun);
        assert_eq!(line.picture_bytes(), Some(2_500));
        line.on_written(400_000, begun);
        assert_eq!(line.picture_budget(begun), Some(0));
        assert!(line.bytes_per_second(begun) > 100e3);
        // On a terminal that does not answer too.
        let mut now = begun + Duration::from_secs(9);
        let mut total = 400_000;
        for _ in 0..2_000 {
            let picture = line.picture_bytes().unwrap();
            let room = line.picture_budget(now);
            if room.is_none_or(|room| room >= picture) || line.is_idle(now) {
                total += picture as u64;
                line.on_written(total, now);
            }
            now += Duration::from_millis(5);
        }
        // Ten seconds of it.
        assert!((450_000..=510_000).contains(&(total - 400_000)), "{total}");
        let later = now + Duration::from_secs(9);
        line.on_written(total + 100, later);
        assert!(line.bytes_per_second(later) < 100.0);
    }
}
