//! The terminal's answers, and what they say together.

/// The kinds of strings that a terminal sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringKind {
    /// Operating system command, `ESC ]`.
    Osc,
    /// Device control string, `ESC P`.
    Dcs,
    /// Application program command, `ESC _`.
    Apc,
    /// Privacy message or start of string, `ESC ^` and `ESC X`; unused.
    Other,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// To CSI 5 n: all queries before it have been answered, as far as they will be.
    End,
    /// Primary device attributes (DA1).
    Attributes(Vec<u16>),
    /// Secondary device attributes (DA2): the kind of terminal, its version, and a
    /// third number.
    Secondary([u32; 3]),
    /// The cursor's column, counted from 1.
    Column(u16),
    /// Pixels of one cell: width, height.
    Cell(u16, u16),
    /// Pixels of the whole text: width, height.
    Window(u16, u16),
    /// The background's colour.
    Background([u8; 3]),
    /// The terminal's name and version (XTVERSION).
    Name(String),
    /// Whether terminfo's RGB or Tc is there (XTGETTCAP).
    DirectColour(bool),
    /// Whether kitty's graphics are understood, raw pixels (31) or a PNG file (32).
    Kitty {
        /// Whether this is about PNG files.
        png: bool,
        /// Whether it was understood.
        ok: bool,
    },
    /// iTerm2's cell, in its own points: width, height. A terminal that answers this
    /// supports iTerm2's sequences.
    Iterm2Cell(u16, u16),
    /// Something that was not asked for, such as a switch to a dark or a light theme.
    Unsolicited,
}

/// The image ids in the queries for kitty's graphics.
pub(crate) const KITTY_QUERY_IDS: [u32; 2] = [31, 32];

impl Answer {
    /// The answer of `CSI parameters last`.
    pub(crate) fn from_csi(parameters: &[u8], last: u8) -> Option<Self> {
        let text = std::str::from_utf8(parameters).ok()?;
        let numbers = |text: &str| -> Option<Vec<u16>> {
            text.split(';').map(|number| number.parse().ok()).collect()
        };
        match last {
            b'n' if text == "0" || text == "3" => Some(Self::End),
            b'n' if text.starts_with('?') => Some(Self::Unsolicited),
            b'c' => match text.strip_prefix('?') {
                Some(attributes) => Some(Self::Attributes(
                    attributes
                        .split(';')
                        .filter_map(|n| n.parse().ok())
                        .collect(),
                )),
                None => Some(secondary(text).map_or(Self::Unsolicited, Self::Secondary)),
            },
            b't' => match numbers(text)?.as_slice() {
                [6, height, width] => Some(Self::Cell(*width, *height)),
                [4, height, width] => Some(Self::Window(*width, *height)),
                _ => Some(Self::Unsolicited),
            },
            b'R' if !text.is_empty() => Some(match numbers(text).as_deref() {
                Some([_, column]) => Self::Column(*column),
                _ => Self::Unsolicited,
            }),
            // Modes, kitty's keyboard flags.
            b'y' | b'x' => Some(Self::Unsolicited),
            b'u' if text.starts_with('?') => Some(Self::Unsolicited),
            _ => None,
        }
    }

    /// The answer of a string, given without its beginning and end.
    pub(crate) fn from_string(kind: StringKind, body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        match kind {
            StringKind::Osc => match text.split_once(';')? {
                ("11", colour) => parse_colour(colour).map(Self::Background),
                ("1337", rest) => {
                    let mut sides = rest.strip_prefix("ReportCellSize=")?.split(';');
                    let mut side = || -> Option<u16> {
                        let points: f32 = sides.next()?.parse().ok()?;
                        (1.0..1000.0)
                            .contains(&points)
                            .then_some(points.round() as u16)
                    };
                    let (height, width) = (side()?, side()?);
                    Some(Self::Iterm2Cell(width, height))
                }
                _ => None,
            },
            StringKind::Dcs => {
                if let Some(name) = text.strip_prefix(">|") {
                    let name = name.chars().filter(|c| !c.is_control()).take(64);
                    return Some(Self::Name(name.collect()));
                }
                let known = text.starts_with("1+r");
                let asked = text.strip_prefix(['0', '1'])?.strip_prefix("+r")?;
                let name = asked.split(['=', ';']).next().unwrap_or_default();
                match decode_hex(name)?.as_slice() {
                    b"RGB" | b"Tc" => Some(Self::DirectColour(known)),
                    _ => None,
                }
            }
            StringKind::Apc => {
                let (control, message) = text.strip_prefix('G')?.split_once(';')?;
                let mut keys = control.split(',').filter_map(|pair| pair.split_once('='));
                let id: u32 = keys.find(|(key, _)| *key == "i")?.1.parse().ok()?;
                let at = KITTY_QUERY_IDS.iter().position(|asked| *asked == id)?;
                Some(Self::Kitty {
                    png: at == 1,
                    ok: message == "OK",
                })
            }
            StringKind::Other => None,
        }
    }
}

/// The numbers of secondary device attributes.
fn secondary(text: &str) -> Option<[u32; 3]> {
    let mut numbers = text.strip_prefix('>')?.split(';');
    let mut next = || numbers.next()?.parse().ok();
    Some([next()?, next()?, next().unwrap_or(0)])
}

/// Decodes hexadecimal digits, two a byte.
fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8);
    text.as_bytes()
        .chunks(2)
        .map(|pair| Some(digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?))
        .collect()
}

/// Parses a colour as X11 writes it: `rgb:` or `rgba:` with one to four digits a channel, `#rgb`
/// to `#rrrrggggbbbb`.
fn parse_colour(text: &str) -> Option<[u8; 3]> {
    let channel = |digits: &str| -> Option<u8> {
        let most = match digits.len() {
            1 => 0xf,
            2 => 0xff,
            3 => 0xfff,
            4 => 0xffff,
            _ => return None,
        };
        let value = u32::from_str_radix(digits, 16).ok()?;
        u8::try_from((value * 255 + most / 2) / most).ok()
    };
    if let Some(digits) = text.strip_prefix('#') {
        let each = digits.len() / 3;
        if !digits.is_ascii() || each * 3 != digits.len() || each == 0 {
            return None;
        }
        return Some([
            channel(&digits[..each])?,
            channel(&digits[each..2 * each])?,
            channel(&digits[2 * each..])?,
        ]);
    }
    let channels = text
        .strip_prefix("rgb:")
        .or_else(|| text.strip_prefix("rgba:"))?;
    let mut channels = channels.split('/').map(channel);
    Some([channels.next()??, channels.next()??, channels.next()??])
}

/// Everything that the terminal has answered so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    /// Its name and version: `XTerm(380)`, `tmux 3.4`.
    pub name: Option<String>,
    /// What its device attributes (DA1) list.
    pub attributes: Option<Vec<u16>>,
    /// Its secondary device attributes: kind, version, and a third number.
    pub secondary: Option<[u32; 3]>,
    /// How many columns a sextant and an octant take.
    pub widths: [Option<u16>; 2],
    /// Pixels of one cell: width, height.
    pub cell: Option<(u16, u16)>,
    /// Pixels of one cell, computed from the window's: width, height.
    pub window: Option<(u16, u16)>,
    /// The background's colour.
    pub background: Option<[u8; 3]>,
    /// Whether it has 24-bit colour, by terminfo's RGB or Tc; `None` when it
    /// did not say.
    pub direct_colour: Option<bool>,
    /// Whether it understands kitty's graphics.
    pub kitty: Option<bool>,
    /// Whether it takes kitty's pictures as PNG files.
    pub kitty_png: Option<bool>,
    /// Its cell in iTerm2's own points, where it speaks iTerm2's sequences.
    pub iterm2_cell: Option<(u16, u16)>,
}

impl Answers {
    /// Records an answer; `true` if it says something new.
    pub(crate) fn record(&mut self, answer: &Answer) -> bool {
        let before = self.clone();
        let real = |width: u16, height: u16| (width >= 2 && height >= 2).then_some((width, height));
        match answer {
            Answer::End | Answer::Unsolicited => {}
            Answer::Attributes(listed) => self.attributes = Some(listed.clone()),
            Answer::Secondary(numbers) => self.secondary = Some(*numbers),
            // After a sextant in the first column, and after an octant behind it.
            Answer::Column(column) => match self.widths {
                [None, _] => self.widths[0] = Some(column.saturating_sub(1)),
                [Some(sextant), None] => {
                    self.widths[1] = Some(column.saturating_sub(1).saturating_sub(sextant));
                }
                _ => {}
            },
            Answer::Cell(width, height) => self.cell = real(*width, *height).or(self.cell),
            Answer::Window(width, height) => self.window = real(*width, *height).or(self.window),
            Answer::Background(colour) => self.background = Some(*colour),
            Answer::Name(name) => self.name = Some(name.clone()),
            // RGB and Tc are separate queries, and one of them is enough.
            Answer::DirectColour(yes) => {
                self.direct_colour = Some(*yes || self.direct_colour == Some(true));
            }
            Answer::Kitty { png, ok } => match png {
                false => self.kitty = Some(*ok),
                true => self.kitty_png = Some(*ok),
            },
            Answer::Iterm2Cell(width, height) => self.iterm2_cell = real(*width, *height),
        }
        *self != before
    }

    /// Whether it lists sixel among its attributes.
    pub(crate) fn has_sixel(&self) -> bool {
        self.attributes.as_ref().is_some_and(|listed| {
            // The first is the terminal's class, and VT100's `?1;2c` lists nothing.
            listed.iter().skip(1).any(|attribute| *attribute == 4)
        })
    }

    /// Whether its name starts with `name`, ignoring case.
    pub(crate) fn name_starts_with(&self, name: &str) -> bool {
        let own = self.name.as_deref().unwrap_or_default();
        own.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    }

    /// Whether its background is light; `None` when it did not say.
    pub(crate) fn light_background(&self) -> Option<bool> {
        let [r, g, b] = self.background?.map(f32::from);
        // Rec. 601 luma, of 255.
        Some(0.299 * r + 0.587 * g + 0.114 * b > 127.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_any_number_of_digits() {
        for (text, colour) in [
            ("rgb:ff/ff/ff", [255, 255, 255]),
            ("rgb:f/0/8", [255, 0, 136]),
            ("rgb:fff/000/800", [255, 0, 128]),
            ("rgb:1010/1212/1616", [0x10, 0x12, 0x16]),
            ("rgba:ffff/fdfd/f6f6/ffff", [0xff, 0xfd, 0xf6]),
            ("#fff", [255, 255, 255]),
            ("#1d1f21", [0x1d, 0x1f, 0x21]),
            ("#ffff00008080", [255, 0, 128]),
        ] {
            assert_eq!(parse_colour(text), Some(colour), "{text}");
        }
        for wrong in [
            "",
            "rgb:",
            "rgb:1/2",
            "rgb:fffff/0/0",
            "rgb:g/0/0",
            "#ff",
            "#ééé",
            "?",
            "red",
        ] {
            assert_eq!(parse_colour(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn strings_are_read_as_what_they_answer() {
        let text = |kind, body: &str| Answer::from_string(kind, body.as_bytes());
        assert_eq!(
            text(StringKind::Dcs, ">|XTerm(380)"),
            Some(Answer::Name("XTerm(380)".into()))
        );
        assert_eq!(
            text(StringKind::Dcs, "1+r524742=38"),
            Some(Answer::DirectColour(true))
        );
        assert_eq!(
            text(StringKind::Dcs, "1+r5463"),
            Some(Answer::DirectColour(true))
        );
        assert_eq!(
            text(StringKind::Dcs, "0+r524742"),
            Some(Answer::DirectColour(false))
        );
        assert_eq!(text(StringKind::Dcs, "1+r544e=78"), None);
        assert_eq!(text(StringKind::Dcs, "1$r0m"), None);
        let kitty = |png, ok| Some(Answer::Kitty { png, ok });
        assert_eq!(text(StringKind::Apc, "Gi=31;OK"), kitty(false, true));
        assert_eq!(
            text(StringKind::Apc, "Gi=32;EINVAL:bad"),
            kitty(true, false)
        );
        assert_eq!(text(StringKind::Apc, "Gi=7;OK"), None);
        assert_eq!(
            text(StringKind::Osc, "1337;ReportCellSize=17.5;8.0;2.0"),
            Some(Answer::Iterm2Cell(8, 18))
        );
        assert_eq!(text(StringKind::Osc, "10;rgb:ff/ff/ff"), None);
    }

    #[test]
    fn either_of_two_names_of_24_bit_colour_is_enough() {
        let mut answers = Answers::default();
        for answer in [false, true, false] {
            answers.record(&Answer::DirectColour(answer));
        }
        assert_eq!(answers.direct_colour, Some(true));
    }

    #[test]
    fn the_cursor_tells_how_wide_characters_are() {
        for (columns, widths) in [([2, 3], [1, 1]), ([3, 5], [2, 2]), ([2, 2], [1, 0])] {
            let mut answers = Answers::default();
            for column in columns {
                let text = format!("24;{column}");
                answers.record(&Answer::from_csi(text.as_bytes(), b'R').unwrap());
            }
            assert_eq!(answers.widths, widths.map(Some));
        }
    }

    #[test]
    fn secondary_attributes_are_three_numbers() {
        let read = |text: &[u8]| Answer::from_csi(text, b'c');
        assert_eq!(read(b">65;7802;1"), Some(Answer::Secondary([65, 7802, 1])));
        assert_eq!(read(b">1;4000"), Some(Answer::Secondary([1, 4000, 0])));
        assert_eq!(read(b">x"), Some(Answer::Unsolicited));
        assert_eq!(read(b"=0"), Some(Answer::Unsolicited));
    }

    #[test]
    fn a_cell_of_nothing_is_no_cell() {
        let mut answers = Answers::default();
        assert!(!answers.record(&Answer::from_csi(b"6;0;0", b't').unwrap()));
        assert!(answers.record(&Answer::from_csi(b"6;20;10", b't').unwrap()));
        assert_eq!(answers.cell, Some((10, 20)));
    }

    #[test]
    fn sixel_is_an_attribute_and_never_a_class() {
        let with = |listed: &[u8]| {
            let mut answers = Answers::default();
            answers.record(&Answer::from_csi(listed, b'c').unwrap());
            answers.has_sixel()
        };
        assert!(with(b"?62;4;22"));
        assert!(!with(b"?62;22"));
        assert!(!with(b"?4;6"));
    }

    #[test]
    fn names_are_compared_by_their_beginnings() {
        let named = |name: &str| Answers {
            name: Some(name.to_string()),
            ..Answers::default()
        };
        assert!(named("tmux 3.4").name_starts_with("tmux"));
        assert!(!named("tm").name_starts_with("tmux"));
    }
}
