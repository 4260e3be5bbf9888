//! The presets, as TOML in `config/presets`.

/// The presets by name, in display order.
pub(super) const PRESETS: [(&str, &str); 10] = [
    ("pca", include_str!("../../config/presets/pca.toml")),
    ("linear", include_str!("../../config/presets/linear.toml")),
    ("conv", include_str!("../../config/presets/conv.toml")),
    (
        "denoising",
        include_str!("../../config/presets/denoising.toml"),
    ),
    ("face", include_str!("../../config/presets/face.toml")),
    (
        "denoiser",
        include_str!("../../config/presets/denoiser.toml"),
    ),
    ("faces", include_str!("../../config/presets/faces.toml")),
    (
        "generative",
        include_str!("../../config/presets/generative.toml"),
    ),
    (
        "descriptor",
        include_str!("../../config/presets/descriptor.toml"),
    ),
    (
        "identity",
        include_str!("../../config/presets/identity.toml"),
    ),
];
