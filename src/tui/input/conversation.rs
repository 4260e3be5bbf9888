//! What the terminal is asked, and what it has not answered yet.
//!
//! All questions go out at once and end with one that every terminal answers
//! (CSI 5 n), since terminals answer in order: when its answer is here, there
//! is nothing left to wait for. Nobody waits for it in earnest: answers count
//! whenever they come.

use std::time::{Duration, Instant};

use super::answers::{Answer, Answers, KITTY_IDS};
use crate::tui::colours::Colours;

/// A terminal that has said nothing for so long is taken for a mute one.
const MUTE: Duration = Duration::from_millis(2500);

/// At the end nobody waits longer than this.
const LONGEST_FAREWELL: Duration = Duration::from_secs(3);

/// Answers that the end mark does not vouch for may come for so long.
const STRAGGLERS: Duration = Duration::from_secs(10);

/// What the environment says of the terminal. It decides how to ask; the
/// answers decide everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// tmux is said to stand between.
    pub tmux: bool,
    /// `TERM` has a name that tmux gives.
    pub tmux_term: bool,
    /// tmux lets sequences through to the terminal.
    pub passthrough: bool,
    /// GNU screen, or a tmux at the other end of an SSH.
    pub multiplexer: bool,
    /// The Linux console prints strings that it does not know.
    pub console: bool,
    /// Apple's Terminal prints device control strings.
    pub apple: bool,
}

impl Surroundings {
    /// Reads the environment, and asks tmux for its setting. Changes nothing.
    pub fn look() -> Self {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let (term, program) = (variable("TERM"), variable("TERM_PROGRAM"));
        let tmux = !variable("TMUX").is_empty() || term.starts_with("tmux") || program == "tmux";
        Self {
            tmux,
            tmux_term: term.starts_with("tmux") || term.starts_with("screen"),
            passthrough: tmux && allows_passthrough(),
            multiplexer: term.starts_with("screen") || !variable("STY").is_empty(),
            console: term == "linux" || term == "dumb",
            apple: program == "Apple_Terminal",
        }
    }
}

/// tmux's own word on `allow-passthrough`. Before 3.3 there was no such option
/// and everything was let through; of a tmux at the other end of an SSH nothing
/// can be learnt, and to ask costs nothing.
fn allows_passthrough() -> bool {
    let said = std::process::Command::new("tmux")
        .args(["show-options", "-Apqv", "allow-passthrough"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output();
    match said {
        Ok(output) if output.status.success() => output.stdout.trim_ascii() != b"off",
        _ => true,
    }
}

/// Questions and answers.
#[derive(Debug)]
pub struct Conversation {
    /// What is known.
    pub answers: Answers,
    /// How to ask.
    pub surroundings: Surroundings,
    /// The terminal's columns and rows, to tell a cell's pixels from all.
    pub characters: (u16, u16),
    first_asked: Option<Instant>,
    asked: Option<Instant>,
    /// End marks that have not come back.
    ends: u32,
    /// Until the first answer, or the latest end mark.
    round_trip: Option<Duration>,
    /// Kitty's graphics were asked for through tmux, and the end mark, which
    /// tmux answers itself, does not vouch for the answer.
    through_tmux: bool,
    /// And a second time.
    repeated: bool,
    /// Kitty's graphics were asked for without tmux between.
    directly: bool,
    /// What was answered since all was asked.
    fresh: Answers,
}

impl Conversation {
    /// Nothing was asked yet.
    pub fn new(surroundings: Surroundings) -> Self {
        Self {
            answers: Answers::default(),
            surroundings,
            characters: (0, 0),
            first_asked: None,
            asked: None,
            ends: 0,
            round_trip: None,
            through_tmux: false,
            repeated: false,
            directly: false,
            fresh: Answers::default(),
        }
    }

    /// Whether tmux stands between: by its own answer, else by the environment.
    pub fn in_tmux(&self) -> bool {
        match self.answers.name {
            Some(_) => self.answers.is_called("tmux"),
            None => self.surroundings.tmux,
        }
    }

    /// All questions, to be written to the terminal now.
    pub fn ask(&mut self, now: Instant) -> String {
        let mut questions = String::new();
        (self.through_tmux, self.repeated, self.directly) = (false, false, false);
        self.fresh = Answers::default();
        if !self.surroundings.console {
            // Background, iTerm2's cell, a cell, the window, the name.
            questions.push_str("\x1b]11;?\x07\x1b]1337;ReportCellSize\x07");
            questions.push_str("\x1b[16t\x1b[14t\x1b[>q");
            if !self.surroundings.apple {
                // Terminfo's RGB and Tc, by their names in hexadecimal.
                questions.push_str("\x1bP+q524742\x1b\\\x1bP+q5463\x1b\\");
            }
            // To tmux it would be a title, to GNU screen too.
            if !self.in_tmux() && !self.surroundings.multiplexer {
                self.directly = true;
                questions.push_str(&kitty());
            }
        }
        questions.push_str("\x1b[c");
        // Earlier marks may have been read by whoever had the terminal since.
        self.ends = 0;
        self.end(questions, now)
    }

    /// Asks for a cell's pixels alone: the font may be another one.
    pub fn ask_cell(&mut self, now: Instant) -> Option<String> {
        let told = self.answers.cell.or(self.answers.window);
        if told.is_none() || self.ends > 0 {
            return None;
        }
        Some(self.end("\x1b[16t\x1b[14t".to_string(), now))
    }

    fn end(&mut self, mut questions: String, now: Instant) -> String {
        questions.push_str("\x1b[5n");
        self.ends += 1;
        self.asked = Some(now);
        self.first_asked.get_or_insert(now);
        questions
    }

    fn kitty_through_tmux(&mut self) -> String {
        self.through_tmux = true;
        format!("\x1bPtmux;{}\x1b\\", kitty().replace('\x1b', "\x1b\x1b"))
    }

    /// Takes an answer: whether it tells something new, and what to ask next.
    pub fn hear(&mut self, answer: &Answer, now: Instant) -> (bool, Option<String>) {
        let since = self.asked.map(|asked| now.saturating_duration_since(asked));
        match answer {
            Answer::Told => return (false, None),
            Answer::End if self.ends > 0 => {
                self.ends -= 1;
                self.round_trip = since;
            }
            _ => self.round_trip = self.round_trip.or(since),
        }
        self.fresh.take(answer);
        let mut news = match *answer {
            Answer::Window(width, height) => {
                let (columns, rows) = self.characters;
                let side = |pixels: u16, count| pixels.checked_div(count).unwrap_or(0);
                let cell = Answer::Window(side(width, columns), side(height, rows));
                self.answers.take(&cell)
            }
            _ => self.answers.take(answer),
        };
        let question = match answer {
            Answer::Name(_) => self.kitty_as_well(now),
            Answer::End => {
                // tmux would have told its name; `TMUX` was inherited.
                let nameless = self.answers.name.is_none() && self.round_trip.is_some();
                if nameless && !self.surroundings.tmux_term {
                    self.surroundings.tmux = false;
                }
                news |= self.forget_former_terminal();
                self.kitty_as_well(now)
            }
            _ => None,
        };
        (news, question)
    }

    /// All is answered: what the terminal said when it was asked before and has
    /// not said again was another terminal's, in front of the same program.
    fn forget_former_terminal(&mut self) -> bool {
        if self.ends > 0 || !self.directly {
            return false;
        }
        let before = self.answers.clone();
        self.answers.kitty = self.fresh.kitty;
        self.answers.kitty_compression = self.fresh.kitty_compression;
        self.answers.iterm2_cell = self.fresh.iterm2_cell;
        self.answers.direct_colour = self.fresh.direct_colour;
        self.answers.name.clone_from(&self.fresh.name);
        self.answers != before
    }

    /// The question for kitty's graphics, once it is known whether tmux stands
    /// between, whatever the environment says. Not at once, since tmux drops
    /// what it should pass on while it has a new screen to draw.
    fn kitty_as_well(&mut self, now: Instant) -> Option<String> {
        if !self.in_tmux() {
            let known = self.answers.name.is_some() || !self.surroundings.multiplexer;
            let late = known && !self.directly && !self.surroundings.console;
            return late.then(|| {
                self.directly = true;
                self.end(kitty(), now)
            });
        }
        // What a tmux at the other end of an SSH lets through nobody knows.
        let allowed = self.surroundings.passthrough || !self.surroundings.tmux;
        (allowed && !self.through_tmux).then(|| self.kitty_through_tmux())
    }

    /// The question that tmux may have dropped once more.
    pub fn repeat(&mut self, now: Instant) -> Option<String> {
        let asked = self.asked?;
        let open = self.through_tmux && !self.repeated && self.answers.kitty.is_none();
        let time = now.saturating_duration_since(asked) > Duration::from_millis(100);
        (open && time).then(|| {
            self.repeated = true;
            self.kitty_through_tmux()
        })
    }

    /// How many colours there are, by what is announced and what was answered.
    pub fn colours(&self, announced: &Colours) -> Colours {
        match self.answers.direct_colour {
            Some(true) => announced.clone().answered(),
            _ => announced.clone(),
        }
    }

    /// Whether everything asked has been answered, as far as it will be.
    pub fn is_complete(&self) -> bool {
        self.asked.is_some() && self.ends == 0
    }

    /// Whether it was asked, and cannot have answered yet.
    pub fn was_just_asked(&self, now: Instant) -> bool {
        let since = self.asked.map(|at| now.saturating_duration_since(at));
        self.ends > 0 && since.is_some_and(|since| since < Duration::from_millis(100))
    }

    /// Whether an answer may still come.
    pub fn is_expecting(&self, now: Instant) -> bool {
        let Some(asked) = self.asked else {
            return false;
        };
        let recent = now.saturating_duration_since(asked) < STRAGGLERS;
        let straggles =
            self.answers.background.is_none() || self.through_tmux && self.answers.kitty.is_none();
        self.ends > 0 && (recent || self.round_trip.is_some()) || recent && straggles
    }

    /// How long the terminal took to answer; `None` when it has not.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// Until when those who leave should read what still comes, so that it does
    /// not stand on the shell's line; `None` when nothing will. A terminal that
    /// answers late is waited for as long as it took before; one that has been
    /// mute for a while is not waited for.
    pub fn farewell(&self, now: Instant) -> Option<Instant> {
        let (first, asked) = (self.first_asked?, self.asked?);
        let due = if self.ends > 0 {
            match self.round_trip {
                Some(trip) => asked + trip * 2 + Duration::from_millis(250),
                None => first + MUTE,
            }
        } else if self.through_tmux && self.answers.kitty.is_none() {
            asked + Duration::from_millis(500)
        } else {
            return None;
        };
        (due > now).then(|| due.min(now + LONGEST_FAREWELL))
    }
}

/// Asks for kitty's graphics, plain and compressed, with one pixel each.
fn kitty() -> String {
    let [plain, compressed] = KITTY_IDS;
    // The second payload is three zero bytes through zlib.
    format!(
        "\x1b_Gi={plain},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\
         \x1b_Gi={compressed},s=1,v=1,a=q,t=d,f=24,o=z;eJxjYGAAAAADAAE=\x1b\\"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(begun: Instant, millis: u64) -> Instant {
        begun + Duration::from_millis(millis)
    }

    #[test]
    fn nothing_is_waited_for_when_all_is_answered() {
        let begun = Instant::now();
        let mut talk = Conversation::new(Surroundings::default());
        assert!(talk.ask(begun).ends_with("\x1b[c\x1b[5n"));
        assert!(!talk.is_complete());
        talk.hear(&Answer::Background([255; 3]), after(begun, 4));
        talk.hear(&Answer::End, after(begun, 5));
        assert!(talk.is_complete());
        assert!(!talk.is_expecting(after(begun, 6)));
        assert_eq!(talk.farewell(after(begun, 6)), None);
    }

    #[test]
    fn the_late_are_waited_for_and_the_mute_are_not() {
        let begun = Instant::now();
        let mut talk = Conversation::new(Surroundings::default());
        talk.ask(begun);
        assert_eq!(talk.farewell(after(begun, 300)), Some(begun + MUTE));
        assert_eq!(talk.farewell(after(begun, 2600)), None);
        talk.hear(&Answer::Attributes(vec![62, 4]), after(begun, 2700));
        let due = talk.farewell(after(begun, 2800)).unwrap();
        assert!(due > after(begun, 5000) && due <= after(begun, 5800));
    }

    #[test]
    fn the_terminal_knows_better_than_the_environment_whether_it_is_tmux() {
        let begun = Instant::now();
        let said = Surroundings {
            tmux: true,
            tmux_term: true,
            ..Surroundings::default()
        };
        let mut talk = Conversation::new(said);
        assert!(!talk.ask(begun).contains("Gi=31"));
        let (_, again) = talk.hear(&Answer::Name("XTerm(380)".into()), begun);
        assert!(again.unwrap().starts_with("\x1b_Gi=31"));
        assert_eq!(talk.hear(&Answer::End, begun).1, None);
        assert!(!talk.in_tmux());

        let mut talk = Conversation::new(Surroundings::default());
        talk.ask(begun);
        let (_, again) = talk.hear(&Answer::Name("tmux 3.4".into()), begun);
        assert!(again.unwrap().starts_with("\x1bPtmux;\x1b\x1b_Gi=31"));
        assert!(talk.in_tmux());
        assert_eq!(talk.hear(&Answer::End, begun).1, None);
        assert_eq!(talk.repeat(begun), None);
        assert!(talk.repeat(after(begun, 200)).is_some());
        assert_eq!(talk.repeat(after(begun, 300)), None);

        // Inherited by a terminal that tells no name.
        let mut talk = Conversation::new(Surroundings {
            tmux_term: false,
            passthrough: true,
            ..said
        });
        talk.ask(begun);
        let (_, again) = talk.hear(&Answer::End, begun);
        assert!(again.unwrap().starts_with("\x1b_Gi=31"));
        assert!(!talk.in_tmux());

        // Without a name, and forbidden by its setting.
        let mut talk = Conversation::new(said);
        talk.ask(begun);
        assert_eq!(talk.hear(&Answer::End, begun).1, None);
    }

    #[test]
    fn another_terminal_in_front_of_the_same_program() {
        let now = Instant::now();
        let kitty = Answer::Kitty {
            compressed: false,
            ok: true,
        };
        let mut talk = Conversation::new(Surroundings::default());
        talk.ask(now);
        talk.hear(&kitty, now);
        assert!(!talk.hear(&Answer::End, now).0);
        assert_eq!(talk.answers.kitty, Some(true));
        talk.ask(now);
        assert!(talk.hear(&Answer::End, now).0);
        assert_eq!(talk.answers.kitty, None);
    }

    #[test]
    fn a_console_that_prints_strings_is_asked_for_none() {
        let console = Surroundings {
            console: true,
            ..Surroundings::default()
        };
        let questions = Conversation::new(console).ask(Instant::now());
        assert_eq!(questions, "\x1b[c\x1b[5n");
    }

    #[test]
    fn an_end_that_nobody_asked_for_changes_nothing() {
        let mut talk = Conversation::new(Surroundings::default());
        let now = Instant::now();
        talk.hear(&Answer::End, now);
        talk.ask(now);
        assert!(!talk.is_complete());
    }
}
