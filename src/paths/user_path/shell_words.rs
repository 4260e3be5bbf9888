//! Splits and unquotes words like a shell, and decodes `file://` URLs.

/// The words of a line without quotes and backslashes. An unclosed quote extends to the end.
pub(super) fn split(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut rest = line.chars().peekable();
    let push = |word: &mut Option<Vec<u8>>, c: char| {
        let bytes = word.get_or_insert_default();
        bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
    };
    while let Some(c) = rest.next() {
        match c {
            c if c.is_ascii_whitespace() => words.extend(word.take()),
            '\\' => match rest.next() {
                Some(c) => push(&mut word, c),
                None => return with_last(words, word),
            },
            '\'' => {
                word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some('\'') => break,
                        Some(c) => push(&mut word, c),
                        None => return with_last(words, word),
                    }
                }
            }
            '"' => {
                word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some('"') => break,
                        Some('\\') => match rest.next() {
                            Some(c @ ('"' | '\\' | '$' | '`')) => push(&mut word, c),
                            Some(c) => {
                                push(&mut word, '\\');
                                push(&mut word, c);
                            }
                            None => return with_last(words, word),
                        },
                        Some(c) => push(&mut word, c),
                        None => return with_last(words, word),
                    }
                }
            }
            '$' if word.is_none() && rest.peek() == Some(&'\'') => {
                rest.next();
                let bytes = word.get_or_insert_default();
                if !ansi_c_quoted(&mut rest, bytes) {
                    return with_last(words, word);
                }
            }
            c => push(&mut word, c),
        }
    }
    with_last(words, word)
}

fn with_last(mut words: Vec<Vec<u8>>, word: Option<Vec<u8>>) -> Vec<Vec<u8>> {
    words.extend(word);
    words
}

/// Reads the rest of a `$'…'` string (bash's ANSI-C quoting) into `bytes`; returns whether it was
/// closed.
fn ansi_c_quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, bytes: &mut Vec<u8>) -> bool {
    while let Some(c) = rest.next() {
        let (radix, most) = match c {
            '\'' => return true,
            '\\' => match rest.peek() {
                Some('x') => {
                    rest.next();
                    (16, 2)
                }
                Some('0'..='7') => (8, 3),
                _ => {
                    let Some(c) = rest.next() else { return false };
                    let c = match c {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'e' | 'E' => '\x1b',
                        'a' => '\x07',
                        'b' => '\x08',
                        c => c,
                    };
                    bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                    continue;
                }
            },
            c => {
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                continue;
            }
        };
        let mut value = 0;
        for _ in 0..most {
            let Some(digit) = rest.peek().and_then(|c| c.to_digit(radix)) else {
                break;
            };
            rest.next();
            value = value * radix + digit;
        }
        bytes.push((value & 0xff) as u8);
    }
    false
}

/// The path of a `file:` URL, percent-decoded; `None` if the text is not a `file:` URL or names
/// another host.
pub(super) fn file_url_path(text: &str) -> Option<Vec<u8>> {
    let rest = text
        .get(..5)
        .filter(|start| start.eq_ignore_ascii_case("file:"))
        .map(|_| &text[5..])?;
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, _) = rest.split_once('/')?;
            let own = host.is_empty()
                || host.eq_ignore_ascii_case("localhost")
                || rustix::system::uname()
                    .nodename()
                    .to_str()
                    .is_ok_and(|name| name.eq_ignore_ascii_case(host));
            own.then(|| &rest[host.len()..])?
        }
        None => Some(rest).filter(|rest| rest.starts_with('/'))?,
    };
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| path.get(at + 1..at + 3))
            .flatten()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = code {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let words = split(line).into_iter();
        words
            .map(|word| String::from_utf8_lossy(&word).into_owned())
            .collect()
    }

    #[test]
    fn words_are_split_as_a_shell_does() {
        assert_eq!(words("a  b\tc "), ["a", "b", "c"]);
        assert_eq!(words(r#"a\ b 'c d'"e\"f"$x"#), ["a b", "c de\"f$x"]);
        assert_eq!(words(r#"'' "\n""#), ["", r"\n"]);
        assert_eq!(words(r"$'a\tb\x41\101\''"), ["a\tbAA'"]);
        for open in ["'a", "\"a", "a\\", "$'a", "\"a\\"] {
            assert_eq!(words(open), ["a"], "{open}");
        }
    }

    #[test]
    fn addresses_are_decoded() {
        let of = |text| file_url_path(text).map(|path| String::from_utf8_lossy(&path).into_owned());
        assert_eq!(of("file:///a%20b").as_deref(), Some("/a b"));
        assert_eq!(of("FILE:/a%zz%2").as_deref(), Some("/a%zz%2"));
        assert_eq!(of("file://localhost/a").as_deref(), Some("/a"));
        assert_eq!(of("file://somewhere-else.invalid/a"), None);
        assert_eq!(of("file:a"), None);
        assert_eq!(of("fileü"), None);
    }
}
