//! Paths as users type, paste or drop them into a prompt, where no shell expands them: `~`, quotes,
//! backslashes, `file://` URLs, several at once. Everything here may block on disk access.

mod completion;
mod home;
mod shell_words;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use home::home_of_user;

pub(crate) use completion::{Completion, PathKind, complete};
pub(crate) use home::expand_home;

/// The existing path that a text refers to, and how many further paths it contains.
///
/// # Errors
/// When none exists, with the path that was looked for and a suggestion.
pub fn resolve(text: &str) -> Result<(PathBuf, usize)> {
    let readings = interpretations(text);
    for reading in &readings {
        if reading.iter().all(|path| path.exists())
            && let Some(first) = reading.first()
        {
            return Ok((first.clone(), reading.len() - 1));
        }
    }
    let wanted = readings
        .into_iter()
        .find_map(|paths| paths.into_iter().next());
    Err(not_found_error(&wanted.unwrap_or_default()))
}

/// The possible meanings of a text, most likely first: one path taken literally, as blanks and
/// quotes may belong to the name, or words as a shell would split them.
fn interpretations(text: &str) -> Vec<Vec<PathBuf>> {
    let line = text.trim_matches(['\r', '\n']);
    let as_it_stands = [line, line.trim()].map(|text| vec![PathBuf::from(text)]);
    let expanded = expand_home(Path::new(line.trim())).map(|path| vec![path]);
    // Blanks and quotes in a URL belong to the path.
    let addresses: Option<Vec<PathBuf>> = line
        .lines()
        .map(|line| shell_words::file_url_path(line.trim()))
        .map(|path| Some(PathBuf::from(OsString::from_vec(path?))))
        .collect();
    let addresses = addresses.filter(|paths| !paths.is_empty());
    let words: Vec<PathBuf> = shell_words::split(line)
        .into_iter()
        .map(expand_word)
        .collect();
    let words = Some(words).filter(|words| !words.is_empty());
    let is_quoted = line.trim_start().starts_with(['\'', '"', '$'])
        || line.contains('\\')
        || shell_words::file_url_path(line.trim()).is_some();
    let mut readings: Vec<Vec<PathBuf>> = Vec::new();
    if is_quoted {
        // An error names the first interpretation; an existing file with the literal name still
        // takes precedence.
        let literal = as_it_stands
            .into_iter()
            .find(|paths| paths.iter().all(|path| path.exists()));
        readings.extend(literal);
        readings.extend(addresses);
        readings.extend(words);
        readings.extend(expanded);
    } else {
        let [exact, trimmed] = as_it_stands;
        readings.extend(Some(exact).filter(|paths| paths.iter().all(|path| path.exists())));
        readings.extend(expanded);
        readings.push(trimmed);
        readings.extend(words);
    }
    readings
}

fn expand_word(word: Vec<u8>) -> PathBuf {
    if let Some(path) = std::str::from_utf8(&word)
        .ok()
        .and_then(shell_words::file_url_path)
    {
        return PathBuf::from(OsString::from_vec(path));
    }
    let path = PathBuf::from(OsString::from_vec(word));
    let variable = path.to_str().and_then(|text| {
        let rest = text.strip_prefix('$')?;
        let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let name = name
            .strip_prefix('{')
            .map_or(name, |name| name.trim_end_matches('}'));
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some(Path::new(&value).join(rest))
    });
    variable
        .filter(|_| !path.exists())
        .or_else(|| expand_home(&path).filter(|_| !path.exists()))
        .unwrap_or(path)
}

/// The error for a path that does not exist, with a similar name.
fn not_found_error(path: &Path) -> Error {
    let shown = path.display();
    if let Some(text) = path.to_str() {
        if let Some((scheme, _)) = text.split_once("://")
            && !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return Error::invalid(shown, "is not a local file; download it first");
        }
        let user = text
            .strip_prefix('~')
            .and_then(|text| text.split('/').next());
        if let Some(user) =
            user.filter(|user| !user.is_empty() && home_of_user(user.as_bytes()).is_none())
        {
            return Error::not_found(shown, format!("there is no user {user}"));
        }
    }
    let there = path
        .ancestors()
        .skip(1)
        .find(|above| !above.as_os_str().is_empty() && above.symlink_metadata().is_ok());
    let folder = there.unwrap_or(Path::new("."));
    let first = path
        .strip_prefix(folder)
        .unwrap_or(path)
        .components()
        .next()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .unwrap_or_default();
    let near = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .take(20_000)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .map(|name| {
            let likeness = strsim::jaro_winkler(&name.to_lowercase(), &first.to_lowercase());
            (likeness, name)
        })
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let advice = match near {
        Some((_, name)) => format!("no such file or folder; did you mean {name}?"),
        None if there.is_some_and(|there| !there.is_dir()) => {
            format!("{} is a file, not a folder", folder.display())
        }
        None => format!(
            "no such file or folder; {} has no {first}",
            folder.display()
        ),
    };
    Error::invalid(shown, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home_and(names: &[&str]) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let path = folder.path().to_str().unwrap().to_string();
        (folder, path)
    }

    #[test]
    fn every_terminals_way_of_dropping_a_file_is_read() {
        let name = "my pic's \"ü\" 1.jpg";
        let (_folder, at) = home_and(&[name, "b.jpg"]);
        let wanted = PathBuf::from(format!("{at}/{name}"));
        for text in [
            format!("{at}/{name}"),
            format!("  {at}/{name}  "),
            format!("{at}/{name}\r\n"),
            format!("'{at}/my pic'\\''s \"ü\" 1.jpg' "),
            format!("\"{at}/my pic's \\\"ü\\\" 1.jpg\""),
            format!("{at}/my\\ pic\\'s\\ \\\"ü\\\"\\ 1.jpg "),
            format!("$'{at}/my pic\\'s \"\\xc3\\xbc\" 1.jpg'"),
            format!("file://{at}/my%20pic%27s%20%22%C3%BC%22%201.jpg\r\n"),
            format!("file://localhost{at}/my%20pic's%20%22ü%22%201.jpg"),
        ] {
            let (path, more) = resolve(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((path, more), (wanted.clone(), 0), "{text}");
        }
        for text in [
            format!("{at}/b.jpg '{at}/my pic'\\''s \"ü\" 1.jpg'"),
            format!("file://{at}/b.jpg\r\nfile://{at}/my%20pic's%20\"ü\"%201.jpg\r\n"),
        ] {
            let (path, more) = resolve(&text).unwrap();
            assert_eq!(
                (path.file_name().unwrap().to_str(), more),
                (Some("b.jpg"), 1)
            );
        }
    }

    #[test]
    fn a_name_that_is_there_as_it_stands_wins() {
        let names = [r"back\slash.jpg", "'quoted'.jpg", "100%20.jpg", "a b"];
        let (_folder, at) = home_and(&names);
        for name in names {
            let (path, _) = resolve(&format!("{at}/{name}")).unwrap();
            assert_eq!(path.file_name().unwrap().to_str(), Some(name));
        }
    }

    #[test]
    fn home_is_expanded_at_the_beginning_only() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(expand_home(Path::new("~")), Some(home.clone()));
        assert_eq!(expand_home(Path::new("~/a/b")), Some(home.join("a/b")));
        assert_eq!(expand_home(Path::new("a/~/b")), None);
        assert_eq!(expand_home(Path::new("~nobody-is-called-so/b")), None);
        assert_eq!(
            expand_home(Path::new("~root/b")),
            home_of_user(b"root").map(|h| h.join("b"))
        );
        assert_eq!(resolve("~").unwrap().0, home);
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        let (_folder, at) = home_and(&["portrait.jpg"]);
        let told = |text: &str| resolve(text).unwrap_err().to_string();
        let message = told(&format!("{at}/Portrait.jpeg"));
        assert!(message.ends_with("did you mean portrait.jpg?"), "{message}");
        let message = told(&format!("'{at}/portrat.jpg'"));
        assert!(
            message.starts_with(&format!("{at}/portrat.jpg: ")),
            "{message}"
        );
        let message = told(&format!("{at}/portrait.jpg/x"));
        assert!(
            message.ends_with("portrait.jpg is a file, not a folder"),
            "{message}"
        );
        let message = told(&format!("{at}/none/x.jpg"));
        assert!(message.ends_with(&format!("{at} has no none")), "{message}");
        let message = told("https://example.org/x.jpg");
        assert!(message.contains("download it first"), "{message}");
        let message = told("~nobody-is-called-so/x.jpg");
        assert!(
            message.contains("there is no user nobody-is-called-so"),
            "{message}"
        );
        let message = told("'unclosed");
        assert!(message.contains("unclosed"), "{message}");
        assert!(resolve("").is_err() && resolve("  \n").is_err() && resolve("''").is_err());
    }
}
