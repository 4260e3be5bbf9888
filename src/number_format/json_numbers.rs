//! Numbers in JSON that may not be finite. They are written as `null`, because JSON has no other
//! way. Reading also accepts what other programs write: `NaN`, `Infinity` and `-Infinity`, bare as
//! in Python's `json` or quoted, and numbers too large for a float.

use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::{Map, Value};

/// Parses JSON, accepting the bare words and numbers that other programs write.
///
/// # Errors
/// When it cannot be parsed.
pub(crate) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|error| match quote_non_finite(bytes) {
        Some(text) => serde_json::from_slice(&text),
        None => Err(error),
    })
}

/// Parses an object whose fields all have defaults. A field that cannot be parsed gets its default
/// and is returned by name, with the reason. `null` counts as absent.
///
/// # Errors
/// When it is not a JSON object.
pub(crate) fn read_fields<T: DeserializeOwned>(
    bytes: &[u8],
) -> Result<(T, Vec<(String, String)>), serde_json::Error> {
    let mut object: Map<String, Value> = from_json(bytes)?;
    object.retain(|_, value| !value.is_null());
    if let Ok(whole) = serde_json::from_value(Value::Object(object.clone())) {
        return Ok((whole, Vec::new()));
    }
    let mut kept = Map::new();
    let mut unread = Vec::new();
    for (name, value) in object {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        match serde_json::from_value::<T>(Value::Object(alone)) {
            Ok(_) => drop(kept.insert(name, value)),
            Err(error) => unread.push((name, error.to_string())),
        }
    }
    Ok((serde_json::from_value(Value::Object(kept))?, unread))
}

/// The text with non-finite numbers quoted and without a byte order mark; `None` if nothing
/// changed.
fn quote_non_finite(bytes: &[u8]) -> Option<Vec<u8>> {
    let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut text = Vec::with_capacity(rest.len() + 16);
    let mut changed = rest.len() < bytes.len();
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        let begin = at;
        if byte == b'"' {
            at += 1;
            while rest.get(at).is_some_and(|&byte| byte != b'"') {
                at += if rest[at] == b'\\' { 2 } else { 1 };
            }
            at = (at + 1).min(rest.len());
        } else if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+') {
            let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-+.".contains(byte);
            at += rest[at..].iter().take_while(|byte| is_word(byte)).count();
        } else {
            at += 1;
        }
        let token = &rest[begin..at];
        match std::str::from_utf8(token).ok().filter(|_| byte != b'"') {
            Some(word) if is_not_finite(word) => {
                changed = true;
                text.push(b'"');
                text.extend_from_slice(token);
                text.push(b'"');
            }
            _ => text.extend_from_slice(token),
        }
    }
    changed.then_some(text)
}

/// Whether Rust, too, parses the word as infinite or NaN.
fn is_not_finite(word: &str) -> bool {
    word.parse::<f64>().is_ok_and(|value| !value.is_finite())
}

/// A required number; `null` is read as NaN.
pub(crate) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(from.deserialize_any(NumberVisitor)?.unwrap_or(f64::NAN))
}

/// An optional number; `null` means absent.
pub(crate) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    from.deserialize_any(NumberVisitor)
}

/// A number that may be omitted; `null` is read as NaN.
pub(crate) fn number_if_present<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<f64>, D::Error> {
    number(from).map(Some)
}

/// Like [`number`], in single precision.
pub(crate) fn number_f32<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
    Ok(number(from)? as f32)
}

/// Writes a number with as few digits as possible: those of single precision if that is exact.
#[expect(clippy::ref_option, reason = "the signature that serde calls")]
pub(crate) fn shortest<S: Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    match *value {
        None => to.serialize_none(),
        Some(value) if f64::from(value as f32) == value => to.serialize_f32(value as f32),
        Some(value) => to.serialize_f64(value),
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Option<f64>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number or null")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Option<f64>, E> {
        Ok(Some(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Option<f64>, E> {
        Ok(Some(value as f64))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Option<f64>, E> {
        Ok(Some(value as f64))
    }

    fn visit_unit<E: Error>(self) -> Result<Option<f64>, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Option<f64>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<f64>, D::Error> {
        from.deserialize_any(Self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<f64>, E> {
        if is_not_finite(text) {
            Ok(text.parse().ok())
        } else {
            Err(E::invalid_type(
                serde::de::Unexpected::Str(text),
                &"a number or null",
            ))
        }
    }
}

/// A count that other programs may write as `3.0`.
pub(crate) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Whole(u64),
        Float(f64),
    }
    match Number::deserialize(from)? {
        Number::Whole(value) => Ok(value),
        Number::Float(value) if value.fract() == 0.0 && (0.0..2f64.powi(63)).contains(&value) => {
            Ok(value as u64)
        }
        Number::Float(value) => Err(D::Error::custom(format!("{value} is not a whole number"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, Default, PartialEq)]
    #[serde(default)]
    struct Row {
        #[serde(deserialize_with = "count")]
        step: u64,
        #[serde(deserialize_with = "optional")]
        rate: Option<f64>,
        #[serde(deserialize_with = "number_if_present")]
        loss: Option<f64>,
        words: String,
    }

    fn row(text: &str) -> Row {
        from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_not_finite_is_read_however_it_is_written() {
        for text in ["null", "NaN", "\"nan\""] {
            let row = row(&format!(
                "{{\"loss\": {text}, \"words\": \"NaN \\\" 1e999\"}}"
            ));
            assert!(row.loss.unwrap().is_nan(), "{text}");
            assert_eq!(row.words, "NaN \" 1e999");
        }
        for text in ["Infinity", "1e999", "\"inf\"", "1e308", "7"] {
            let expected: f64 = text.trim_matches('"').parse().unwrap();
            assert_eq!(row(&format!("{{\"loss\":{text}}}")).loss, Some(expected));
        }
        let low = row("\u{feff}{\"rate\":-Infinity,\"step\":3.0}");
        assert_eq!((low.rate, low.step), (Some(f64::NEG_INFINITY), 3));
        assert_eq!(row("{\"rate\":null}").rate, None);
        for text in [
            "{\"loss\":\"many\"}",
            "{\"step\":-1}",
            "{\"step\":1.5}",
            "{\"loss\":NaN",
            "{\"a",
        ] {
            assert!(from_json::<Row>(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_broken_field_costs_only_itself() {
        let (row, unread): (Row, _) =
            read_fields(b"{\"step\":-4,\"rate\":2,\"loss\":\"x\",\"more\":[],\"words\":\"w\"}")
                .unwrap();
        assert_eq!((row.step, row.rate, row.loss), (0, Some(2.0), None));
        assert_eq!(row.words, "w");
        let names: Vec<_> = unread.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["loss", "step"]);
        assert!(read_fields::<Row>(b"[1]").is_err() && read_fields::<Row>(b"{\"step\":1").is_err());
    }
}
