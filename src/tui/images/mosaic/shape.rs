//! The characters of mosaics.

/// Into how many parts a cell is divided, each in one of its two colours; finest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mosaic {
    /// Two, above each other: `▀`. Every terminal has them.
    Halves,
    /// Two across, two down: `▚`. Almost every font has them.
    Quadrants,
    /// Two across, three down (Unicode 13).
    Sextants,
    /// Two across, four down (Unicode 16).
    Octants,
}

impl Mosaic {
    /// Every shape, coarsest first.
    pub const ALL: [Self; 4] = [Self::Halves, Self::Quadrants, Self::Sextants, Self::Octants];

    /// Its name in the plural: `half blocks`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Halves => "half blocks",
            Self::Quadrants => "quadrants",
            Self::Sextants => "sextants",
            Self::Octants => "octants",
        }
    }

    /// Parts across and down.
    pub(crate) const fn grid(self) -> (usize, usize) {
        match self {
            Self::Halves => (1, 2),
            Self::Quadrants => (2, 2),
            Self::Sextants => (2, 3),
            Self::Octants => (2, 4),
        }
    }

    /// How many parts a cell has.
    pub(crate) const fn part_count(self) -> usize {
        let (across, down) = self.grid();
        across * down
    }

    /// The pattern in which all parts are filled.
    pub(crate) const fn full(self) -> u8 {
        u8::MAX >> (8 - self.part_count())
    }

    /// The character of a pattern: bit `i` says whether part `i` is filled, counted from
    /// the upper left along the rows. Higher bits do not count.
    pub(crate) fn symbol(self, pattern: u8) -> char {
        let pattern = pattern & self.full();
        match self {
            Self::Halves => [' ', '▀', '▄', '█'][usize::from(pattern)],
            Self::Quadrants => QUADRANTS[usize::from(pattern)],
            Self::Sextants => SEXTANTS[usize::from(pattern)],
            Self::Octants => OCTANTS[usize::from(pattern)],
        }
    }
}

const QUADRANTS: [char; 16] = [
    ' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█',
];

/// Sextants are in the order of their patterns from U+1FB00 on, without the four that
/// were characters before.
const SEXTANTS: [char; 64] = {
    let mut symbols = [' '; 64];
    let mut next = 0x1fb00;
    let mut pattern = 1;
    while pattern < 64 {
        symbols[pattern] = match pattern {
            0b01_01_01 => '▌',
            0b10_10_10 => '▐',
            0b11_11_11 => '█',
            _ => character(&mut next),
        };
        pattern += 1;
    }
    symbols
};

/// Octants are in the order of their patterns from U+1CD00 on, without those that were
/// characters before or, like the quarters of a half, are parts of another set.
const OCTANTS: [char; 256] = {
    let mut symbols = [' '; 256];
    let mut next = 0x1cd00;
    let mut pattern = 1;
    while pattern < 256 {
        let quadrants = quadrants_of(pattern);
        symbols[pattern] = if let Some(quadrants) = quadrants {
            QUADRANTS[quadrants]
        } else {
            match pattern {
                // LEFT HALF UPPER, RIGHT HALF UPPER, LEFT HALF LOWER, RIGHT HALF LOWER
                // ONE QUARTER BLOCK.
                0b0000_0001 => '\u{1cea8}',
                0b0000_0010 => '\u{1ceab}',
                0b0100_0000 => '\u{1cea3}',
                0b1000_0000 => '\u{1cea0}',
                // UPPER ONE QUARTER and UPPER THREE QUARTERS BLOCK.
                0b0000_0011 => '\u{1fb82}',
                0b0011_1111 => '\u{1fb85}',
                // LOWER ONE QUARTER and LOWER THREE QUARTERS BLOCK.
                0b1100_0000 => '▂',
                0b1111_1100 => '▆',
                // MIDDLE LEFT and MIDDLE RIGHT ONE QUARTER BLOCK.
                0b0001_0100 => '\u{1fbe6}',
                0b0010_1000 => '\u{1fbe7}',
                _ => character(&mut next),
            }
        };
        pattern += 1;
    }
    symbols
};

/// The next character of a block.
const fn character(next: &mut u32) -> char {
    *next += 1;
    match char::from_u32(*next - 1) {
        Some(symbol) => symbol,
        None => char::REPLACEMENT_CHARACTER,
    }
}

/// The pattern in quadrants of one in octants, if it has one.
const fn quadrants_of(pattern: usize) -> Option<usize> {
    let mut quadrants = 0;
    let mut quadrant = 0;
    while quadrant < 4 {
        let upper = (quadrant / 2) * 4 + quadrant % 2;
        match pattern >> upper & 0b101 {
            0b101 => quadrants |= 1 << quadrant,
            0 => {}
            _ => return None,
        }
        quadrant += 1;
    }
    Some(quadrants)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// As the buffer counts them; a character of another width would move what follows.
    #[test]
    fn every_character_is_one_column_wide() {
        for shape in Mosaic::ALL {
            for pattern in 0..=shape.full() {
                let symbol = shape.symbol(pattern);
                let columns = unicode_width::UnicodeWidthChar::width(symbol);
                assert_eq!(columns, Some(1), "{symbol} {:x}", u32::from(symbol));
            }
        }
    }

    /// The digits in the name of a sextant or an octant: its parts, counted from 1.
    fn pattern_of(digits: &str) -> u8 {
        digits
            .chars()
            .map(|digit| 1 << (digit.to_digit(10).unwrap() - 1))
            .sum()
    }

    #[test]
    fn every_pattern_has_its_own_character() {
        for shape in Mosaic::ALL {
            let all: HashSet<char> = (0..=shape.full()).map(|p| shape.symbol(p)).collect();
            assert_eq!(all.len(), 1 << shape.part_count(), "{shape:?}");
        }
    }

    #[test]
    fn characters_are_those_of_the_standards_names() {
        // By UnicodeData.txt, from the beginning, the middle and the end of the blocks,
        // and around every gap.
        for (symbol, digits) in [
            ('\u{1fb00}', "1"),
            ('\u{1fb01}', "2"),
            ('\u{1fb06}', "123"),
            ('\u{1fb13}', "35"),
            ('\u{1fb14}', "235"),
            ('\u{1fb1e}', "6"),
            ('\u{1fb27}', "146"),
            ('\u{1fb28}', "1246"),
            ('\u{1fb3b}', "23456"),
            ('▌', "135"),
            ('▐', "246"),
            ('█', "123456"),
        ] {
            assert_eq!(
                Mosaic::Sextants.symbol(pattern_of(digits)),
                symbol,
                "{digits}"
            );
        }
        for (symbol, digits) in [
            ('\u{1cd00}', "3"),
            ('\u{1cd01}', "23"),
            ('\u{1cd03}', "4"),
            ('\u{1cd04}', "14"),
            ('\u{1cd09}', "5"),
            ('\u{1cd18}', "6"),
            ('\u{1cd1f}', "1236"),
            ('\u{1cd20}', "146"),
            ('\u{1cd35}', "23456"),
            ('\u{1cd36}', "17"),
            ('\u{1cd48}', "357"),
            ('\u{1cd70}', "1234567"),
            ('\u{1cd71}', "18"),
            ('\u{1cd8f}', "123458"),
            ('\u{1cda0}', "3568"),
            ('\u{1cdab}', "1234568"),
            ('\u{1cdac}', "178"),
            ('\u{1cddb}', "15678"),
            ('\u{1cde1}', "45678"),
            ('\u{1cde5}', "2345678"),
            ('▘', "13"),
            ('▚', "1368"),
            ('▀', "1234"),
            ('▙', "135678"),
        ] {
            assert_eq!(
                Mosaic::Octants.symbol(pattern_of(digits)),
                symbol,
                "{digits}"
            );
        }
    }

    /// The blocks of sextants (60) and octants (230) are used whole, in the order of
    /// their patterns.
    #[test]
    fn blocks_are_used_whole_and_in_order() {
        for (shape, block) in [
            (Mosaic::Sextants, 0x1fb00..=0x1fb3b),
            (Mosaic::Octants, 0x1cd00..=0x1cde5),
        ] {
            let used: Vec<u32> = (0..=shape.full())
                .map(|pattern| u32::from(shape.symbol(pattern)))
                .filter(|symbol| block.contains(symbol))
                .collect();
            assert_eq!(used, block.collect::<Vec<u32>>());
        }
    }
}
