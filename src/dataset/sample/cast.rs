//! The forty invented people of the sample, and what is fixed about each.
//! Any likeness of name is chance.

use super::numeric::{Colour, linear};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    Child,
    Youth,
    MiddleAged,
    Senior,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    White,
    Black,
    Asian,
    Indian,
    /// A clear yes in none of LFW's attributes.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Pale,
    Fair,
    Ivory,
    Olive,
    Tan,
    Brown,
    Dark,
    Deep,
}

impl Tone {
    pub(super) fn colour(self) -> Colour {
        match self {
            Self::Pale => linear(240, 200, 178),
            Self::Fair => linear(234, 186, 156),
            Self::Ivory => linear(234, 192, 148),
            Self::Olive => linear(218, 166, 126),
            Self::Tan => linear(200, 146, 104),
            Self::Brown => linear(172, 118, 82),
            Self::Dark => linear(134, 90, 64),
            Self::Deep => linear(104, 68, 50),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HairColour {
    Black,
    DarkBrown,
    Brown,
    Auburn,
    Blond,
    Gray,
    White,
}

impl HairColour {
    pub(super) fn colour(self) -> Colour {
        match self {
            Self::Black => linear(48, 42, 42),
            Self::DarkBrown => linear(78, 56, 42),
            Self::Brown => linear(120, 84, 56),
            Self::Auburn => linear(156, 82, 46),
            Self::Blond => linear(222, 180, 112),
            Self::Gray => linear(158, 156, 154),
            Self::White => linear(226, 224, 220),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Bald,
    /// Hair at the sides only.
    Wreath,
    Buzz,
    SideParted,
    SweptBack,
    Tousled,
    ShortCurls,
    Afro,
    Bowl,
    Pixie,
    Bob,
    BobWithBangs,
    LongStraight,
    LongWithBangs,
    LongWavy,
    LongCurls,
    Bun,
    Ponytail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beard {
    None,
    Stubble,
    Moustache,
    Goatee,
    Full,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frames {
    None,
    Thin,
    Round,
    Heavy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Role {
    /// The folder's name.
    pub(super) name: &'static str,
    pub(super) male: bool,
    pub(super) age: Age,
    pub(super) group: Group,
    pub(super) tone: Tone,
    pub(super) hair: HairColour,
    pub(super) style: Style,
    pub(super) beard: Beard,
    pub(super) frames: Frames,
}

/// In the order of the folders' names.
#[rustfmt::skip] // a table, one person a line
pub(super) const CAST: [Role; 40] = {
    use Age::{MiddleAged, Youth, Senior, Child};
    use Group::{Black, White, Indian, Other, Asian};
    use Style::{Bun, SideParted, LongStraight, Buzz, LongWavy, Wreath, ShortCurls, SweptBack, LongCurls, Bald, LongWithBangs, Tousled, Bob, BobWithBangs, Afro, Bowl, Ponytail, Pixie};
    use {Beard as B, Frames as F, HairColour as H, Tone as T};
    const MAN: bool = true;
    const WOMAN: bool = false;
    [
        role("Abena_Quartey", WOMAN, MiddleAged, Black, T::Deep, H::Black, Bun, B::None, F::None),
        role("Adrian_Falkner", MAN, MiddleAged, White, T::Fair, H::Brown, SideParted, B::None, F::Thin),
        role("Agneta_Lindmark", WOMAN, Youth, White, T::Pale, H::Blond, LongStraight, B::None, F::None),
        role("Amadou_Kessie", MAN, Youth, Black, T::Deep, H::Black, Buzz, B::Goatee, F::None),
        role("Anjali_Venkatesh", WOMAN, Youth, Indian, T::Brown, H::Black, LongWavy, B::None, F::None),
        role("Bartolo_Mancuso", MAN, Senior, White, T::Olive, H::White, Wreath, B::Moustache, F::None),
        role("Beatrix_Holloway", WOMAN, Senior, White, T::Pale, H::White, ShortCurls, B::None, F::Thin),
        role("Bjarne_Thorsen", MAN, MiddleAged, White, T::Fair, H::Auburn, SweptBack, B::Full, F::None),
        role("Camila_Restrepo", WOMAN, Youth, Other, T::Tan, H::DarkBrown, LongCurls, B::None, F::None),
        role("Chidi_Okonjo", MAN, MiddleAged, Black, T::Dark, H::Black, Bald, B::Full, F::Heavy),
        role("Clara_Weissdorn", WOMAN, Child, White, T::Fair, H::Blond, LongWithBangs, B::None, F::None),
        role("Daichi_Morikawa", MAN, Youth, Asian, T::Ivory, H::Black, Tousled, B::None, F::None),
        role("Delphine_Marchetti", WOMAN, MiddleAged, White, T::Olive, H::DarkBrown, Bob, B::None, F::None),
        role("Dmitri_Volkonin", MAN, MiddleAged, White, T::Pale, H::DarkBrown, Buzz, B::Stubble, F::None),
        role("Eleni_Papastavrou", WOMAN, Senior, White, T::Olive, H::Gray, Bob, B::None, F::None),
        role("Esteban_Quiroga", MAN, Youth, Other, T::Tan, H::Black, SweptBack, B::Stubble, F::None),
        role("Farid_Nasserian", MAN, MiddleAged, White, T::Olive, H::Black, SideParted, B::Moustache, F::None),
        role("Freya_Gallowglass", WOMAN, Youth, White, T::Pale, H::Auburn, LongWavy, B::None, F::None),
        role("Gideon_Ashgrove", MAN, Senior, White, T::Fair, H::Gray, SideParted, B::None, F::None),
        role("Hana_Shirogane", WOMAN, Youth, Asian, T::Ivory, H::Black, BobWithBangs, B::None, F::Round),
        role("Harjit_Bhandal", MAN, Senior, Indian, T::Brown, H::Gray, SweptBack, B::Full, F::None),
        role("Imani_Mwangale", WOMAN, Youth, Black, T::Dark, H::Black, Afro, B::None, F::None),
        role("Ingrid_Solberget", WOMAN, MiddleAged, White, T::Fair, H::Blond, Bob, B::None, F::Thin),
        role("Jonas_Birkeland", MAN, Child, White, T::Pale, H::Brown, Bowl, B::None, F::None),
        role("Kofi_Adjeman", MAN, Senior, Black, T::Dark, H::White, Buzz, B::None, F::Thin),
        role("Leilani_Kahoku", WOMAN, MiddleAged, Asian, T::Tan, H::Black, LongStraight, B::None, F::None),
        role("Linus_Overgaard", MAN, Youth, White, T::Fair, H::Blond, Tousled, B::None, F::None),
        role("Marisol_Echevarne", WOMAN, MiddleAged, White, T::Tan, H::Auburn, Ponytail, B::None, F::None),
        role("Mei_Qingzhao", WOMAN, Senior, Asian, T::Ivory, H::Gray, Bun, B::None, F::Round),
        role("Nikhil_Ramaswamy", MAN, Youth, Indian, T::Brown, H::Black, SideParted, B::None, F::Heavy),
        role("Odette_Beaumarais", WOMAN, Youth, Black, T::Brown, H::DarkBrown, LongCurls, B::None, F::None),
        role("Pavel_Hruskovic", MAN, Senior, White, T::Pale, H::Gray, Wreath, B::None, F::Round),
        role("Rosalind_Thackeray", WOMAN, MiddleAged, White, T::Fair, H::Brown, Pixie, B::None, F::None),
        role("Sanjay_Deshmukhe", MAN, MiddleAged, Indian, T::Tan, H::Black, SweptBack, B::Moustache, F::None),
        role("Sunniva_Haugland", WOMAN, Youth, White, T::Pale, H::Blond, Ponytail, B::None, F::None),
        role("Tariq_Benhaddou", MAN, Youth, Other, T::Tan, H::Black, ShortCurls, B::Full, F::None),
        role("Thandiwe_Nkabinde", WOMAN, Child, Black, T::Dark, H::Black, Afro, B::None, F::None),
        role("Tomasz_Wierzbinski", MAN, MiddleAged, White, T::Fair, H::Blond, Bald, B::None, F::None),
        role("Vittoria_Landucci", WOMAN, MiddleAged, White, T::Olive, H::Black, LongWithBangs, B::None, F::None),
        role("Wen_Jiahao", MAN, MiddleAged, Asian, T::Ivory, H::Black, SideParted, B::None, F::Thin),
    ]
};

#[allow(clippy::too_many_arguments)] // one row of the table above
const fn role(
    name: &'static str,
    male: bool,
    age: Age,
    group: Group,
    tone: Tone,
    hair: HairColour,
    style: Style,
    beard: Beard,
    frames: Frames,
) -> Role {
    Role {
        name,
        male,
        age,
        group,
        tone,
        hair,
        style,
        beard,
        frames,
    }
}
