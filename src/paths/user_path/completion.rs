//! Completes a path as it is being typed, in the quoting style it began with.

use std::path::{Path, PathBuf};

use super::home::expand_home;
use super::shell_words;

/// The most candidates returned.
const MAX_CANDIDATES: usize = 1_000;

/// What kind of path a prompt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathKind {
    /// A picture file.
    Picture,
    /// A data set: a folder or an archive.
    Data,
}

impl PathKind {
    /// Whether a file with this name may be of this kind.
    fn accepts(self, name: &str) -> bool {
        let endings: &[&str] = match self {
            Self::Picture => &[".jpg", ".jpeg", ".jpe", ".jfif", ".png"],
            Self::Data => &[".tgz", ".tar.gz", ".tar", ".zip"],
        };
        let name = name.to_lowercase();
        endings.iter().any(|ending| name.ends_with(ending))
    }
}

/// The result of a completion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Completion {
    /// The text, completed as far as it is unambiguous.
    pub text: String,
    /// If several match: the completed text and the label of each, sorted by name.
    pub candidates: Vec<(String, String)>,
}

/// How a path is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoting {
    /// Not quoted.
    Plain,
    Single,
    Double,
    Backslash,
}

impl Quoting {
    /// The path in this style; `whole` also closes the quote.
    fn write(self, path: &str, whole: bool) -> String {
        let end = |quote: &str| {
            if whole {
                quote.to_string()
            } else {
                String::new()
            }
        };
        match self {
            Self::Plain => path.to_string(),
            Self::Single => format!("'{}{}", path.replace('\'', "'\\''"), end("'")),
            Self::Double => {
                let mut text = "\"".to_string();
                for c in path.chars() {
                    if matches!(c, '"' | '\\' | '$' | '`') {
                        text.push('\\');
                    }
                    text.push(c);
                }
                text + &end("\"")
            }
            Self::Backslash => {
                let mut text = String::new();
                for c in path.chars() {
                    if c.is_ascii() && !c.is_ascii_alphanumeric() && !"/._-+,:@%=~".contains(c) {
                        text.push('\\');
                    }
                    text.push(c);
                }
                text
            }
        }
    }
}

/// Completes a partly typed text. `names` are offered beside files if no folder was typed. Reads
/// one folder.
pub(crate) fn complete(text: &str, wanted: PathKind, names: &[String]) -> Completion {
    let typed = text.trim_start();
    let quoted = || {
        let style = match typed.chars().next() {
            Some('\'') => Quoting::Single,
            Some('"') => Quoting::Double,
            _ if typed.contains('\\') => Quoting::Backslash,
            _ => return None,
        };
        // Only a single word can be completed.
        let mut words = shell_words::split(typed);
        let word = words.pop().filter(|_| words.is_empty())?;
        let word = String::from_utf8(word).ok()?;
        Some((style, word))
    };
    let plain = match shell_words::file_url_path(typed).map(String::from_utf8) {
        Some(Ok(path)) => path,
        _ => typed.to_string(),
    };
    // A backslash or quote may belong to the name, so existing files decide.
    let mut found = find_candidates(Quoting::Plain, &plain, wanted, names);
    if found.is_empty()
        && let Some((style, path)) = quoted()
    {
        found = find_candidates(style, &path, wanted, &[]);
    }
    found.truncate(MAX_CANDIDATES);
    match found.as_slice() {
        [] => Completion {
            text: text.to_string(),
            candidates: Vec::new(),
        },
        [one] => Completion {
            text: one.style.write(&one.path, one.is_file),
            candidates: Vec::new(),
        },
        [first, ..] => {
            let common = found.iter().fold(first.path.as_str(), |common, one| {
                common_prefix(common, &one.path)
            });
            // Names that differ in case may share less than was typed.
            let decided = first.style.write(common, false);
            let keeps = decided.chars().count() >= typed.chars().count();
            Completion {
                text: if keeps { decided } else { text.to_string() },
                candidates: found
                    .into_iter()
                    .map(|one| (one.style.write(&one.path, one.is_file), one.label))
                    .collect(),
            }
        }
    }
}

struct Candidate {
    style: Quoting,
    path: String,
    label: String,
    /// A file, so nothing can follow; not a folder.
    is_file: bool,
}

fn find_candidates(
    style: Quoting,
    path: &str,
    wanted: PathKind,
    names: &[String],
) -> Vec<Candidate> {
    let candidate = |path: String, label: String, is_whole| Candidate {
        style,
        path,
        label,
        is_file: is_whole,
    };
    let (folder, stem) = path.split_at(path.rfind('/').map_or(0, |at| at + 1));
    if folder.is_empty() && (stem == ".." || (stem.starts_with('~') && is_home_prefix(stem))) {
        return vec![candidate(format!("{stem}/"), format!("{stem}/"), false)];
    }
    if stem == ".." {
        return vec![candidate(format!("{path}/"), "../".to_string(), false)];
    }
    let mut entries = list_folder(&folder_path(folder), wanted);
    entries.retain(|(name, _)| stem.starts_with('.') || !name.starts_with('.'));
    let mut all: Vec<(String, bool)> = entries;
    if folder.is_empty() {
        let named = names.iter().map(|name| (name.clone(), false));
        all.extend(named);
    }
    all.sort();
    all.dedup();
    let folded = stem.to_lowercase();
    let exact: Vec<&(String, bool)> = all
        .iter()
        .filter(|(name, _)| name.starts_with(stem))
        .collect();
    let matching = if exact.is_empty() {
        all.iter()
            .filter(|(name, _)| name.to_lowercase().starts_with(&folded))
            .collect()
    } else {
        exact
    };
    matching
        .into_iter()
        .map(|(name, is_folder)| {
            let end = if *is_folder { "/" } else { "" };
            candidate(
                format!("{folder}{name}{end}"),
                format!("{name}{end}"),
                !is_folder,
            )
        })
        .collect()
}

fn is_home_prefix(text: &str) -> bool {
    expand_home(Path::new(text)).is_some() && !Path::new(text).exists()
}

/// The folder part of a path, as a folder on disk.
fn folder_path(folder: &str) -> PathBuf {
    if folder.is_empty() {
        return PathBuf::from(".");
    }
    let literal = PathBuf::from(folder);
    if literal.is_dir() {
        return literal;
    }
    expand_home(&literal).unwrap_or(literal)
}

/// The matching names in a folder, and whether each is a folder.
fn list_folder(folder: &Path, wanted: PathKind) -> Vec<(String, bool)> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_folder = match entry.file_type() {
                // A link may lead to a folder.
                Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
                Ok(kind) => kind.is_dir(),
                Err(_) => false,
            };
            (is_folder || wanted.accepts(&name)).then_some((name, is_folder))
        })
        .collect()
}

/// The common prefix of two texts, in whole characters.
fn common_prefix<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .map(|(c, _)| c.len_utf8())
        .sum();
    &one[..same]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "face one.jpg",
            "face two.PNG",
            "notes.txt",
            "Käthe.jpeg",
            ".hidden.jpg",
            "lfw.tgz",
            "it's.png",
            r"back\slash.jpg",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        for name in ["people", "my pictures", ".config"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("my pictures/z.jpg"), "").unwrap();
        std::os::unix::fs::symlink("people", folder.path().join("link")).unwrap();
        let at = folder.path().to_str().unwrap().to_string();
        (folder, at)
    }

    fn picture(text: &str) -> Completion {
        complete(text, PathKind::Picture, &[])
    }

    #[test]
    fn one_that_fits_is_written_as_it_was_begun() {
        let (_folder, at) = folder();
        for (typed, becomes) in [
            ("/K", "/Käthe.jpeg"),
            ("/kä", "/Käthe.jpeg"),
            ("/my", "/my pictures/"),
            ("/my p", "/my pictures/"),
            (r"/my\ p", r"/my\ pictures/"),
            ("/my pictures/", "/my pictures/z.jpg"),
            (r"/my\ pictures/", r"/my\ pictures/z.jpg"),
            ("/li", "/link/"),
            ("/.h", "/.hidden.jpg"),
            ("/.c", "/.config/"),
            ("/it", "/it's.png"),
            (r"/back\s", r"/back\slash.jpg"),
            ("/people/..", "/people/../"),
        ] {
            assert_eq!(
                picture(&format!("{at}{typed}")).text,
                format!("{at}{becomes}")
            );
        }
        for (typed, becomes) in [
            (format!("'{at}/my"), format!("'{at}/my pictures/")),
            (
                format!("'{at}/my pictures/"),
                format!("'{at}/my pictures/z.jpg'"),
            ),
            (format!("'{at}/it"), format!("'{at}/it'\\''s.png'")),
            (format!("\"{at}/it"), format!("\"{at}/it's.png\"")),
            (
                format!("file://{at}/my%20pictures/z"),
                format!("{at}/my pictures/z.jpg"),
            ),
        ] {
            assert_eq!(picture(&typed).text, becomes);
            assert_eq!(picture(&typed).candidates, []);
        }
        assert_eq!(picture("~").text, "~/");
        assert_eq!(picture("..").text, "../");
        assert_eq!(picture("/no/such/folder/x").text, "/no/such/folder/x");
    }

    #[test]
    fn several_that_fit_are_completed_as_far_as_they_agree() {
        let (_folder, at) = folder();
        let found = picture(&format!("{at}/fa"));
        assert_eq!(found.text, format!("{at}/face "));
        let labels: Vec<&str> = found.candidates.iter().map(|(_, label)| &**label).collect();
        assert_eq!(labels, ["face one.jpg", "face two.PNG"]);
        assert_eq!(found.candidates[0].0, format!("{at}/face one.jpg"));
        let escaped = picture(&format!("{at}/face\\ "));
        assert_eq!(escaped.text, format!("{at}/face\\ "));
        assert_eq!(escaped.candidates[1].0, format!("{at}/face\\ two.PNG"));
        let single = picture(&format!("'{at}/fa"));
        assert_eq!(single.text, format!("'{at}/face "));
        assert_eq!(single.candidates[0].0, format!("'{at}/face one.jpg'"));
        // Hidden files and files of other kinds are left out.
        let all = picture(&format!("{at}/"));
        let labels: Vec<&str> = all.candidates.iter().map(|(_, label)| &**label).collect();
        let wanted = [
            "Käthe.jpeg",
            r"back\slash.jpg",
            "face one.jpg",
            "face two.PNG",
            "it's.png",
            "link/",
            "my pictures/",
            "people/",
        ];
        assert_eq!(labels, wanted);
        assert_eq!(all.text, format!("{at}/"));
    }

    #[test]
    fn a_data_set_is_a_name_a_folder_or_an_archive() {
        let (_folder, at) = folder();
        let names = ["sample".to_string(), "lfw-funneled".to_string()];
        let found = complete(&format!("{at}/l"), PathKind::Data, &names);
        let labels: Vec<&str> = found.candidates.iter().map(|(_, label)| &**label).collect();
        assert_eq!(labels, ["lfw.tgz", "link/"]);
        assert_eq!(complete("samp", PathKind::Data, &names).text, "sample");
    }
}
