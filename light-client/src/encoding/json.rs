//! A strict, bounded reading of JSON.
//!
//! Everything is read here, as text: unknown keys are ignored, duplicate keys and nesting deeper
//! than [`DEPTH_LIMIT`] are refused everywhere, integers stay exact, and a number with a fraction or
//! an exponent is never an integer. The npm package writes JavaScript objects out before they come
//! here, and writes what is no safe integer as a fraction; larger integers come as `bigint` or as
//! text.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::rejection::{Operand, Rejected, Rejection};

/// How many arrays and objects may stand inside each other.
pub const DEPTH_LIMIT: usize = 32;

/// The most bytes of JSON text that [`parse`] looks at: the largest payloads are below half of it.
/// The tree of a hostile text takes about twelve times its length.
pub const SIZE_LIMIT: usize = 32 << 20;

/// A JSON value. Objects are sorted by key and have no key twice.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A non-negative integer below 2^64, written without fraction or exponent.
    Unsigned(u64),
    /// A negative integer.
    Negative(i64),
    /// Any other number. Nothing that is verified is one.
    Inexact,
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object, sorted by key.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Reads one JSON text.
///
/// # Errors
/// `json.syntax`, `json.depth`, `json.duplicate_key`, `json.size`. Text that is JSON by its
/// grammar but holds what no Rust string or number can (lone surrogates, `1e999`) is `json.type`.
pub fn parse(text: &[u8]) -> Result<Json<'_>, Rejected> {
    if text.len() > SIZE_LIMIT {
        return Err(Rejection::JsonSize.with(text.len(), SIZE_LIMIT));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let parsed = de::DeserializeSeed::deserialize(JsonSeed { depth: 0 }, &mut deserializer)
        .and_then(|json| deserializer.end().map(|()| json));
    parsed.map_err(|error| match rejection_of(&error.to_string()) {
        Some(rejected) => rejected,
        None => match syntax_error(text) {
            Some(position) => Rejection::JsonSyntax.with(
                Operand::Text(Cow::Owned(alloc::format!("line {} column {}", position.line, position.column))),
                "JSON",
            ),
            None => Rejection::JsonType.with(Operand::foreign(&error.to_string()), "a representable value"),
        },
    })
}

/// Where a text stops being JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1 (0 where the line is empty).
    pub column: usize,
}

/// The first place where the text departs from the grammar of JSON, if it does.
///
/// Only the grammar counts here: a text with duplicate keys, deep nesting or huge numbers is JSON.
pub fn syntax_error(text: &[u8]) -> Option<Position> {
    if core::str::from_utf8(text).is_err() {
        let valid = core::str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
        let before = text.get(..valid).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        return Some(Position { line, column });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    <de::IgnoredAny as de::Deserialize>::deserialize(&mut deserializer)
        .and_then(|_| deserializer.end())
        .err()
        .map(|error| Position { line: error.line(), column: error.column() })
}

/// Our own refusals travel through the deserializer's error type as text, behind this marker.
const MARKER: &str = "hotshot-json:";

fn refuse<E: de::Error>(rejection: Rejection, got: &str) -> E {
    E::custom(format_args!("{MARKER}{}:{got}\u{0}", rejection.number()))
}

/// Finds one of our own refusals in a deserializer's error message.
pub fn rejection_of(message: &str) -> Option<Rejected> {
    let (_, rest) = message.split_once(MARKER)?;
    let (number, rest) = rest.split_once(':')?;
    let (got, _) = rest.split_once('\u{0}')?;
    let rejection = Rejection::from_number(number.parse().ok()?)?;
    Some(match rejection {
        Rejection::JsonDepth => rejection.with(Operand::foreign(got), DEPTH_LIMIT),
        _ => rejection.with(Operand::foreign(got), Operand::None),
    })
}

impl<'de> de::Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::DeserializeSeed::deserialize(JsonSeed { depth: 0 }, deserializer)
    }
}

struct JsonSeed {
    /// How many arrays and objects are open around the value.
    depth: usize,
}

impl JsonSeed {
    fn inner<E: de::Error>(&self) -> Result<Self, E> {
        if self.depth >= DEPTH_LIMIT {
            return Err(refuse(Rejection::JsonDepth, "deeper"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> de::DeserializeSeed<'de> for JsonSeed {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonSeed {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(u64::try_from(value).map_or(Json::Negative(value), Json::Unsigned))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Inexact)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(String::from(text))))
    }

    fn visit_string<E>(self, text: String) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        loop {
            match access.next_element_seed(self.inner()?)? {
                Some(item) => items.push(item),
                None => return Ok(Json::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some(key) = access.next_key_seed(KeySeed)? {
            let value = access.next_value_seed(self.inner()?)?;
            members.push((key, value));
        }
        members.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        for pair in members.windows(2) {
            if let [(left, _), (right, _)] = pair
                && left == right
            {
                return Err(refuse(Rejection::JsonDuplicateKey, &Operand::foreign(left).to_string()));
            }
        }
        // An empty object one level too deep has no member whose seed could notice.
        self.inner().map(|_: Self| Json::Object(members))
    }
}

struct KeySeed;

impl<'de> de::DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(String::from(key)))
    }
}

impl<'a> Json<'a> {
    /// The name of the value's type, for errors.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Unsigned(_) | Self::Negative(_) => "integer",
            Self::Inexact => "inexact number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    fn mismatch(&self, expected: &'static str) -> Rejected {
        Rejection::JsonType.with(self.kind(), expected)
    }

    /// The value of a required key of an object.
    ///
    /// # Errors
    /// `json.type` if this is no object, `json.missing_key`.
    pub fn get(&self, key: &'static str) -> Result<&Json<'a>, Rejected> {
        self.find(key)?.ok_or_else(|| Rejection::JsonMissingKey.with("an object without it", key))
    }

    /// The value of a key that may be missing.
    ///
    /// # Errors
    /// `json.type` if this is no object.
    pub fn find(&self, key: &str) -> Result<Option<&Json<'a>>, Rejected> {
        let Self::Object(members) = self else {
            return Err(self.mismatch("object"));
        };
        let found = members.binary_search_by(|(candidate, _)| candidate.as_ref().cmp(key)).ok();
        Ok(found.and_then(|index| members.get(index)).map(|(_, value)| value))
    }

    /// The members of an object, sorted by key.
    ///
    /// # Errors
    /// `json.type`.
    pub fn members(&self) -> Result<&[(Cow<'a, str>, Json<'a>)], Rejected> {
        match self {
            Self::Object(members) => Ok(members),
            _ => Err(self.mismatch("object")),
        }
    }

    /// The items of an array.
    ///
    /// # Errors
    /// `json.type`.
    pub fn items(&self) -> Result<&[Json<'a>], Rejected> {
        match self {
            Self::Array(items) => Ok(items),
            _ => Err(self.mismatch("array")),
        }
    }

    /// The text of a string.
    ///
    /// # Errors
    /// `json.type`.
    pub fn text(&self) -> Result<&str, Rejected> {
        match self {
            Self::String(text) => Ok(text),
            _ => Err(self.mismatch("string")),
        }
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// `json.type`.
    pub fn boolean(&self) -> Result<bool, Rejected> {
        match self {
            Self::Bool(value) => Ok(*value),
            _ => Err(self.mismatch("boolean")),
        }
    }

    /// An exact integer of 64 bits.
    ///
    /// # Errors
    /// `json.integer` for negative and inexact numbers, `json.type` for anything else.
    pub fn u64(&self) -> Result<u64, Rejected> {
        match self {
            Self::Unsigned(value) => Ok(*value),
            Self::Negative(_) | Self::Inexact => Err(Rejection::JsonInteger.with(self.kind(), "0 to 2^64-1")),
            _ => Err(self.mismatch("integer")),
        }
    }

    /// An exact integer of a narrower type.
    ///
    /// # Errors
    /// As [`Self::u64`]; `json.integer` also where the value does not fit.
    pub fn narrow<T: TryFrom<u64>>(&self) -> Result<T, Rejected> {
        let value = self.u64()?;
        T::try_from(value).map_err(|_| Rejection::JsonInteger.with(value, core::any::type_name::<T>()))
    }

    /// `None` for `null`, else the value.
    pub fn non_null(&self) -> Option<&Self> {
        (!matches!(self, Self::Null)).then_some(self)
    }

    /// The bytes of an array of integers below 256.
    ///
    /// # Errors
    /// `json.type`, `json.integer`, `bytes.length`.
    pub fn byte_array<const N: usize>(&self) -> Result<[u8; N], Rejected> {
        let items = self.items()?;
        let mut bytes = [0; N];
        Rejection::BytesLength.unless_equal(items.len(), N)?;
        for (byte, item) in bytes.iter_mut().zip(items) {
            *byte = item.narrow()?;
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(text: &str) -> Rejection {
        parse(text.as_bytes()).unwrap_err().rejection
    }

    #[test]
    fn integers_stay_exact() {
        let json = parse(b"[0, 18446744073709551615, -1, 1.0, 1e3, 18446744073709551616, -0]").unwrap();
        let items = json.items().unwrap();
        assert_eq!(items[0].u64().unwrap(), 0);
        assert_eq!(items[1].u64().unwrap(), u64::MAX);
        for item in &items[2..] {
            assert_eq!(item.u64().unwrap_err().rejection, Rejection::JsonInteger, "{item:?}");
        }
        assert_eq!(Json::Unsigned(256).narrow::<u8>().unwrap_err().rejection, Rejection::JsonInteger);
        assert_eq!(Json::String("1".into()).u64().unwrap_err().rejection, Rejection::JsonType);
    }

    #[test]
    fn keys() {
        let json = parse(br#"{"b":1,"a":{"x":null},"unknown":[1.5]}"#).unwrap();
        assert_eq!(json.get("b").unwrap().u64().unwrap(), 1);
        assert_eq!(json.get("a").unwrap().get("x").unwrap(), &Json::Null);
        let missing = json.get("c").unwrap_err();
        assert_eq!((missing.rejection, &missing.expected), (Rejection::JsonMissingKey, &Operand::from("c")));
        assert_eq!(code(r#"{"a":1,"b":2,"a":1}"#), Rejection::JsonDuplicateKey);
        assert_eq!(code(r#"{"ignored":{"a":1,"\u0061":1}}"#), Rejection::JsonDuplicateKey);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| alloc::format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(DEPTH_LIMIT).as_bytes()).is_ok());
        assert_eq!(code(&nested(DEPTH_LIMIT + 1)), Rejection::JsonDepth);
        assert_eq!(code(&nested(100_000)), Rejection::JsonDepth);
        let objects = |depth: usize| alloc::format!("{}{{}}{}", r#"{"a":"#.repeat(depth - 1), "}".repeat(depth - 1));
        assert!(parse(objects(DEPTH_LIMIT).as_bytes()).is_ok());
        assert_eq!(code(&objects(DEPTH_LIMIT + 1)), Rejection::JsonDepth);
    }

    #[test]
    fn broken_text_names_its_place() {
        for broken in ["", "{", "{\"a\":}", "[1,]", "nul", "1 2", "\"\u{1}\"", "{'a':1}", "[01]"] {
            assert_eq!(code(broken), Rejection::JsonSyntax, "{broken:?}");
        }
        assert_eq!(syntax_error(b"{\n  \"a\": ?}"), Some(Position { line: 2, column: 8 }));
        assert_eq!(syntax_error(b"[\"a\",\n\"\xff\"]"), Some(Position { line: 2, column: 2 }));
        assert_eq!(syntax_error(b"{\"a\":1,\"a\":2}"), None, "duplicate keys are JSON");
    }

    #[test]
    fn json_that_no_value_can_hold_is_no_syntax_error() {
        assert_eq!(code("1e999"), Rejection::JsonType);
        assert_eq!(code(r#""\ud800""#), Rejection::JsonType);
        assert_eq!(syntax_error(b"1e999"), None);
    }

    #[test]
    fn text_cannot_forge_a_refusal() {
        let json = parse("\"hotshot-json:2:x\\u0000\"".as_bytes()).unwrap();
        assert_eq!(json.kind(), "string");
        assert_eq!(code("{\"hotshot-json:2:x\\u0000\":1,}"), Rejection::JsonSyntax);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn never_panics_on_nearly_json(text in r#"[\[\]{}",:0-9a-z\\ .eE+-]{0,80}"#) {
            if let Err(rejected) = parse(text.as_bytes()) {
                prop_assert_eq!(rejected.rejection == Rejection::JsonSyntax, syntax_error(text.as_bytes()).is_some());
            }
        }
    }
}
