//! Counts the files of a source that are ignored, for messages to the user.

use std::collections::BTreeMap;

use crate::dataset::archive_names::extension;

/// The most names listed in a line.
const MAX_NAMED: usize = 4;

/// Counts of pictures that are ignored.
#[derive(Debug, Default)]
pub(crate) struct IgnoredCounts {
    /// Pictures in system folders, by folder.
    system: BTreeMap<String, usize>,
    /// Pictures in unsupported formats, by extension.
    formats: BTreeMap<String, usize>,
}

impl IgnoredCounts {
    pub(crate) fn system(&mut self, folder: String) {
        *self.system.entry(folder).or_default() += 1;
    }

    pub(crate) fn add_unsupported(&mut self, file: &str) {
        let ending = String::from_utf8_lossy(extension(file.as_bytes())).to_lowercase();
        *self.formats.entry(ending).or_default() += 1;
    }

    /// One line for each kind of ignored file.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = vec![];
        if !self.system.is_empty() {
            notes.push(format!(
                "ignored {} in folders of the system or of programs: {}",
                count_pictures(self.system.values().sum()),
                format_counts(&self.system, ""),
            ));
        }
        if let Some((most, _)) = sorted_by_count(&self.formats).first() {
            notes.push(format!(
                "{} in unsupported formats ({}): convert to JPEG or PNG and import again; \
                 ImageMagick does it with: find FOLDER -iname '*.{most}' -exec magick mogrify -format png {{}} +",
                count_pictures(self.formats.values().sum()),
                format_counts(&self.formats, "."),
            ));
        }
        notes
    }
}

/// `1 picture`, `2 pictures`.
pub(crate) fn count_pictures(count: usize) -> String {
    format!("{count} picture{}", if count == 1 { "" } else { "s" })
}

/// The names joined by commas; only the first few, followed by `…`, if there are many.
pub(crate) fn join_first(names: &[String]) -> String {
    let more = if names.len() > MAX_NAMED { ", …" } else { "" };
    let few: Vec<&str> = names.iter().take(MAX_NAMED).map(String::as_str).collect();
    format!("{}{more}", few.join(", "))
}

fn sorted_by_count(counts: &BTreeMap<String, usize>) -> Vec<(&str, usize)> {
    let mut sorted: Vec<_> = counts
        .iter()
        .map(|(name, &count)| (name.as_str(), count))
        .collect();
    sorted.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    sorted
}

fn format_counts(counts: &BTreeMap<String, usize>, before: &str) -> String {
    let names: Vec<String> = sorted_by_count(counts)
        .into_iter()
        .map(|(name, count)| format!("{before}{name} {count}"))
        .collect();
    join_first(&names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_one_line_the_most_first() {
        let mut tally = IgnoredCounts::default();
        assert!(tally.notes().is_empty());
        tally.system("@eaDir".into());
        for file in ["a.gif", "b.WEBP", "c.webp"] {
            tally.add_unsupported(file);
        }
        let [ignored, formats] = tally.notes().try_into().unwrap();
        assert!(
            ignored.starts_with("ignored 1 picture in folders") && ignored.ends_with("@eaDir 1")
        );
        assert!(formats.starts_with("3 pictures in unsupported formats (.webp 2, .gif 1)"));
        assert!(formats.ends_with("'*.webp' -exec magick mogrify -format png {} +"));
    }

    #[test]
    fn of_many_names_only_some_are_listed() {
        let names: Vec<String> = ('a'..='f').map(String::from).collect();
        assert_eq!(join_first(&names), "a, b, c, d, …");
        assert_eq!(join_first(&names[..2]), "a, b");
    }
}
