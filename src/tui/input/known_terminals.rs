//! Which terminal it is, by the name that it answers (XTVERSION): `kitty(0.42.1)`.

/// A version: major, minor.
pub(crate) type Version = (u32, u32);

/// What a table says of the terminal of that name, and its version if the name has one. The table
/// has beginnings of names.
pub(crate) fn find_terminal<'a, T>(
    known: &'a [(&str, T)],
    name: &str,
) -> Option<(&'a T, Option<Version>)> {
    let is_it = |start: &str| {
        let begins = name.get(..start.len());
        begins.is_some_and(|begins| begins.eq_ignore_ascii_case(start))
    };
    let (start, entry) = known.iter().find(|(start, _)| is_it(start))?;
    let mut numbers = name[start.len()..]
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok());
    let version = numbers
        .next()
        .map(|major| (major, numbers.next().unwrap_or(0)));
    Some((entry, version))
}
