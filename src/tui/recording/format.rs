//! The lines of a recording.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of asciicast.
const ASCIICAST: u64 = 2;

/// The version of what this program adds to asciicast. Readers refuse larger ones.
const OWN_VERSION: u64 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Of asciicast.
    version: u64,
    /// Columns at the beginning.
    pub width: u16,
    /// Rows at the beginning.
    pub height: u16,
    /// Seconds since 1970 at the beginning.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timestamp: Option<i64>,
    /// The program and its version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// The version of what this program adds; `None` in recordings of others.
    #[serde(rename = "lfw-tui", skip_serializing_if = "Option::is_none", default)]
    own_version: Option<u64>,
}

impl Header {
    /// Of a recording that begins now, at `timestamp`, on a terminal of this size.
    pub(crate) fn new((columns, rows): (u16, u16), timestamp: i64) -> Self {
        Self {
            version: ASCIICAST,
            width: columns,
            height: rows,
            timestamp: Some(timestamp),
            title: Some(concat!("lfw-tui ", env!("CARGO_PKG_VERSION")).to_string()),
            own_version: Some(OWN_VERSION),
        }
    }

    /// Whether this program has made the recording.
    pub(crate) fn is_ours(&self) -> bool {
        self.own_version.is_some()
    }

    /// Reads the first line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, String> {
        let no_recording = || "is no recording; `lfw-tui --record FILE` makes one".to_string();
        let value: Value = serde_json::from_slice(line).map_err(|_| no_recording())?;
        let version = value.get("version").and_then(Value::as_u64);
        match version {
            Some(ASCIICAST) => {}
            Some(other) => {
                return Err(format!(
                    "is a recording of version {other} of asciicast, and this program reads \
                     version {ASCIICAST}"
                ));
            }
            None => return Err(no_recording()),
        }
        let header: Self = serde_json::from_value(value).map_err(|_| no_recording())?;
        match header.own_version {
            Some(newer) if newer > OWN_VERSION => Err(
                "was recorded by a newer lfw-tui, whose format this one does not know".to_string(),
            ),
            _ => Ok(header),
        }
    }
}

/// What an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// Written to the terminal.
    Output(String),
    /// Sent by the terminal: keys, the mouse, answers.
    Input(String),
    /// The terminal has this many columns and rows now.
    Size(u16, u16),
    /// What pictures and colours need to know of the terminal.
    Facts(TerminalFacts),
    /// Something that other programs have noted.
    Other,
}

/// What a drawing of the terminal must know besides the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TerminalFacts {
    /// Pixels of a cell: width, height.
    pub cell_size: (u16, u16),
    /// Whether the background is light.
    pub is_light: bool,
}

impl TerminalFacts {
    fn to_text(self) -> String {
        let (width, height) = self.cell_size;
        let background = if self.is_light { "light" } else { "dark" };
        format!("lfw-tui cell={width}x{height} background={background}")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let ours = words.next() == Some("lfw-tui");
        let (width, height) = words.next()?.strip_prefix("cell=")?.split_once('x')?;
        let background = words.next()?.strip_prefix("background=")?;
        let cell_size = (width.parse().ok()?, height.parse().ok()?);
        let is_possible = (1..=MOST_CELL_SIDE).contains(&cell_size.0)
            && (1..=MOST_CELL_SIDE).contains(&cell_size.1);
        (ours && is_possible).then_some(Self {
            cell_size,
            is_light: background == "light",
        })
    }
}

/// The most pixels of a cell's side in a drawing.
pub(crate) const MOST_CELL_SIDE: u16 = 64;

/// A line after the first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    /// Seconds since the beginning.
    pub time: f64,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// The line, with its end.
    pub(crate) fn to_line(&self) -> String {
        let (code, data) = match &self.kind {
            EventKind::Output(text) => ("o", text.clone()),
            EventKind::Input(text) => ("i", text.clone()),
            EventKind::Size(columns, rows) => ("r", format!("{columns}x{rows}")),
            EventKind::Facts(facts) => ("m", facts.to_text()),
            EventKind::Other => ("m", String::new()),
        };
        // Microseconds are exact enough, and short.
        let time = (self.time * 1e6).round() / 1e6;
        let mut line = serde_json::json!([time, code, data]).to_string();
        line.push('\n');
        line
    }

    /// Reads a line; `None` if it is none.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let (time, code, data): (f64, String, String) = serde_json::from_slice(line).ok()?;
        if !time.is_finite() || time < 0.0 {
            return None;
        }
        let kind = match code.as_str() {
            "o" => EventKind::Output(data),
            "i" => EventKind::Input(data),
            "r" => {
                let (columns, rows) = data.split_once('x')?;
                EventKind::Size(columns.parse().ok()?, rows.parse().ok()?)
            }
            "m" => TerminalFacts::parse(&data).map_or(EventKind::Other, EventKind::Facts),
            _ => EventKind::Other,
        };
        Some(Self { time, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_back() {
        let facts = TerminalFacts {
            cell_size: (9, 18),
            is_light: true,
        };
        for kind in [
            EventKind::Output("\x1b[1;1Hä\u{10eeee}\n\"".to_string()),
            EventKind::Input("\x1b[A".to_string()),
            EventKind::Size(120, 40),
            EventKind::Facts(facts),
        ] {
            let event = Event { time: 1.25, kind };
            let line = event.to_line();
            assert!(line.ends_with('\n') && line.lines().count() == 1, "{line}");
            assert_eq!(Event::parse(line.as_bytes()), Some(event));
        }
        for wrong in [
            "",
            "[1]",
            "[-1,\"o\",\"\"]",
            "[1,\"o\"",
            "{}",
            "[1,\"r\",\"ax3\"]",
        ] {
            assert_eq!(Event::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_recording_is_told_apart() {
        let header = Header::new((80, 24), 1_700_000_000);
        let line = serde_json::to_string(&header).unwrap();
        assert_eq!(Header::parse(line.as_bytes()), Ok(header));
        let problem = |line: &str| Header::parse(line.as_bytes()).unwrap_err();
        assert!(problem("hello").contains("no recording"));
        assert!(problem("{\"a\":1}").contains("no recording"));
        assert!(problem("{\"version\":2}").contains("no recording"));
        assert!(problem("{\"version\":3,\"term\":{}}").contains("version 3"));
        let newer = line.replace("\"lfw-tui\":1", "\"lfw-tui\":9");
        assert!(problem(&newer).contains("newer"), "{newer}");
        // Recordings of asciinema.
        let foreign = Header::parse(b"{\"version\":2,\"width\":80,\"height\":24}").unwrap();
        assert_eq!((foreign.width, foreign.height), (80, 24));
    }
}
