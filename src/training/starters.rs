//! The presets to begin with on a new data set.

/// A preset to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Starter {
    /// Its name.
    pub preset: &'static str,
    /// What it is good for, in a few words.
    pub purpose: &'static str,
}

const fn starter(preset: &'static str, purpose: &'static str) -> Starter {
    Starter { preset, purpose }
}

/// The presets to begin with, in the order in which they are best trained: what is soon done first.
pub(crate) const STARTERS: [Starter; 5] = [
    starter("identity", "finds the same person: Search"),
    starter("face", "rebuilds faces best: Browse, Morph"),
    starter("generative", "faces that mix and vary well: Morph"),
    starter("denoiser", "removes noise, draws faces: Denoise"),
    starter("faces", "makes new, sharp faces: Morph"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::TrainSpec;

    #[test]
    fn every_starter_is_a_preset() {
        for starter in STARTERS {
            assert!(TrainSpec::preset(starter.preset).is_ok(), "{starter:?}");
        }
    }
}
