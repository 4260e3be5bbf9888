//! Numbers a person's pictures. `Name_0003.jpg` in the folder `Name` is always number 3, because
//! ids, attribute rows and pairs refer to it. Only files without a number get a free one.

use crate::dataset::archive_names::picture_stem;
use crate::dataset::normalize::search_key;

/// Larger numbers are dates and the like, and would leave no room above them.
const MAX_NUMBER: u32 = 999_999_999;

/// The number in the name of a file in the folder `person`: `Name_0003.jpg`, `Name_3.png`, `name
/// 3.jpg`.
pub(crate) fn number_in_name(person: &str, file: &str) -> Option<u32> {
    let stem = picture_stem(file)?;
    let name = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = stem[name.len()..].parse().ok()?;
    let name = name.strip_suffix(['_', ' '])?;
    let is_own = number <= MAX_NUMBER && (name == person || search_key(name) == search_key(person));
    is_own.then_some(number)
}

/// One distinct number for each of a person's files. A file keeps the number in its name. If
/// several share a number, the standard spelling keeps it, then `.jpg` before other extensions. The
/// rest are numbered above the highest, by name.
pub(crate) fn assign_numbers(person: &str, files: &[&str]) -> Vec<u32> {
    let mut own: Vec<(u32, bool, &str, usize)> = files
        .iter()
        .enumerate()
        .filter_map(|(at, file)| {
            let number = number_in_name(person, file)?;
            let (stem, ending) = file.rsplit_once('.')?;
            let unusual = stem != format!("{person}_{number:04}");
            Some((number, unusual, ending, at))
        })
        .collect();
    own.sort_by(|a, b| {
        let by_ending = |ending: &str| (ending != "jpg", ending != "jpeg");
        (a.0, a.1, by_ending(a.2), files[a.3]).cmp(&(b.0, b.1, by_ending(b.2), files[b.3]))
    });
    own.dedup_by_key(|(number, ..)| *number);
    let mut numbers: Vec<Option<u32>> = vec![None; files.len()];
    for &(number, .., at) in &own {
        numbers[at] = Some(number);
    }
    let mut left: Vec<usize> = (0..files.len())
        .filter(|&at| numbers[at].is_none())
        .collect();
    left.sort_by_key(|&at| files[at]);
    let first = own.last().map_or(1, |(highest, ..)| highest + 1);
    for (number, at) in (first..).zip(left) {
        numbers[at] = Some(number);
    }
    numbers.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_have_a_number_keep_it() {
        for (files, expected) in [
            (
                &["P_A_0001.jpg", "P_A_0002.jpg", "P_A_0007.jpg"][..],
                &[1, 2, 7][..],
            ),
            (&["Holiday.jpg", "P_A_0001.jpg", "P_A_0003.jpg"], &[4, 1, 3]),
            (&["b.png", "a.jpg", "c.jpg"], &[2, 1, 3]),
            // Other widths, case and blanks.
            (
                &["P_A_1.jpg", "P_A_00003.jpg", "p_a_2.JPG", "P A 9.png"],
                &[1, 3, 2, 9],
            ),
            // Two files with one number: the standard spelling wins, then .jpg.
            (&["P_A_1.jpg", "P_A_0001.png", "P_A_0005.jpg"], &[6, 1, 5]),
            (&["P_A_0001.png", "P_A_0001.jpg"], &[2, 1]),
            (&["P_A_0001.jfif", "P_A_0001.jpeg"], &[2, 1]),
            // Numbers may start at zero; others are not picture numbers.
            (&["P_A_0000.jpg", "P_A_0001.jpg"], &[0, 1]),
            (&["P_A_20200517123456.jpg", "P_A_0002.jpg"], &[3, 2]),
            (
                &["P_A_4294967295.jpg", "P_A_999999999.jpg"],
                &[1_000_000_000, 999_999_999],
            ),
            (
                &["P_B_0004.jpg", "P_A_x4.jpg", "P_A_.jpg", "P_A4.jpg"],
                &[4, 3, 2, 1],
            ),
        ] {
            assert_eq!(assign_numbers("P_A", files), expected, "{files:?}");
        }
    }

    #[test]
    fn a_folder_that_ends_in_a_number_is_a_name() {
        assert_eq!(number_in_name("Ann_0001", "Ann_0001.jpg"), None);
        assert_eq!(number_in_name("Ann_0001", "Ann_0001_0004.jpg"), Some(4));
        assert_eq!(number_in_name("Ann", "Ann_0001_0004.jpg"), None);
        assert_eq!(number_in_name("Zo\u{e9}", "Zoe\u{301}_0002.jpg"), Some(2));
    }
}
