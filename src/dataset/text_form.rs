//! Values that are text in files.

/// What `#[serde(try_from = "String", into = "String")]` needs of types that are shown and parsed as
/// the text that files have for them.
macro_rules! text_in_files {
    ($($kind:ty),*) => {$(
        impl TryFrom<String> for $kind {
            type Error = <Self as std::str::FromStr>::Err;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$kind> for String {
            fn from(value: $kind) -> Self {
                value.to_string()
            }
        }
    )*};
}

text_in_files!(
    crate::dataset::Crop,
    crate::dataset::FaceCrop,
    crate::dataset::Noise
);
