//! From JSON text to values.
//!
//! Tokens are hifijson's; the order of tokens, and everything that is bounded or refused, is ours.
//! Reading goes no deeper than [`DEPTH_LIMIT`]; what is JSON by its grammar alone is decided without
//! recursion.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use hifijson::num::LexWrite as _;
use hifijson::str::{Lex as _, LexAlloc as _};
use hifijson::token::Lex as _;
use hifijson::{Expect, Read as _, SliceLexer, num, str};

use super::json::{DEPTH_LIMIT, Json, SIZE_LIMIT};
use crate::ordered::sort_by;
use crate::rejection::{Operand, Rejected, Rejection};

/// Reads one JSON text.
///
/// # Errors
/// `json.syntax` whenever [`syntax_error`] finds a place; otherwise `json.depth`,
/// `json.duplicate_key`, `json.size`, and `json.type` for a string that is no text (lone surrogates).
pub fn parse(text: &[u8]) -> Result<Json<'_>, Rejected> {
    if text.len() > SIZE_LIMIT {
        return Err(Rejection::JsonSize.with(text.len(), SIZE_LIMIT));
    }
    let read = SliceLexer::new(text).exactly_one(SliceLexer::ws_peek, |next, lexer| value(next, lexer, 0));
    read.map_err(|Refusal(refusal)| match syntax_error(text) {
        Some(Position { line, column }) => {
            let place = alloc::format!("line {line} column {column}");
            Rejection::JsonSyntax.with(Operand::Text(Cow::Owned(place)), "JSON")
        }
        None => refusal.unwrap_or_else(|| Rejection::JsonType.with("a string that is no text", "Unicode")),
    })
}

/// Where a text stops being JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1 (0 where the text is empty).
    pub column: usize,
}

/// The first place where the text departs from the grammar of JSON, if it does: the last one where
/// it ends too early.
///
/// Only the grammar counts here: a text with duplicate keys, deep nesting or huge numbers is JSON.
pub fn syntax_error(text: &[u8]) -> Option<Position> {
    let mut lexer = SliceLexer::new(text);
    let consumed = match core::str::from_utf8(text) {
        Err(error) => error.valid_up_to(),
        Ok(_) => match check(&mut lexer) {
            Some(()) => return None,
            None => text.len() - lexer.as_slice().len(),
        },
    };
    let before = text.get(..consumed.saturating_add(1)).unwrap_or(text);
    let (mut line, mut column) = (1, 0);
    for byte in before {
        (line, column) = if *byte == b'\n' { (line + 1, 0) } else { (line, column + 1) };
    }
    Some(Position { line, column })
}

/// A reason to refuse a text that is JSON; none where it is not.
pub(super) struct Refusal(pub(super) Option<Rejected>);

impl From<Expect> for Refusal {
    fn from(_: Expect) -> Self {
        Self(None)
    }
}

impl From<num::Error> for Refusal {
    fn from(_: num::Error) -> Self {
        Self(None)
    }
}

impl From<str::Error> for Refusal {
    fn from(_: str::Error) -> Self {
        Self(None)
    }
}

impl From<Rejected> for Refusal {
    fn from(rejected: Rejected) -> Self {
        Self(Some(rejected))
    }
}

pub(super) fn value<'a>(next: u8, lexer: &mut SliceLexer<'a>, depth: usize) -> Result<Json<'a>, Refusal> {
    if matches!(next, b'[' | b'{') && depth >= DEPTH_LIMIT {
        return Err(Rejection::JsonDepth.with("deeper", DEPTH_LIMIT).into());
    }
    match next {
        b'a'..=b'z' => Ok(lexer.null_or_bool().ok_or(Expect::Value)?.map_or(Json::Null, Json::Bool)),
        b'-' | b'0'..=b'9' => number(lexer),
        b'"' => Ok(Json::String(lexer.discarded().str_string()?)),
        b'[' => {
            let mut items = Vec::new();
            lexer.discarded().seq(b']', SliceLexer::ws_peek, |next, lexer| -> Result<(), Refusal> {
                items.push(value(next, lexer, depth + 1)?);
                Ok(())
            })?;
            Ok(Json::Array(items))
        }
        b'{' => {
            let mut members = Vec::new();
            lexer.discarded().seq(b'}', SliceLexer::ws_peek, |next, lexer| -> Result<(), Refusal> {
                lexer.expect(|_| Some(next), b'"').ok_or(Expect::String)?;
                let key = lexer.str_string()?;
                lexer.expect(SliceLexer::ws_peek, b':').ok_or(Expect::Colon)?;
                let next = lexer.ws_peek().ok_or(Expect::Value)?;
                members.push((key, value(next, lexer, depth + 1)?));
                Ok(())
            })?;
            sort_by(&mut members, |(left, _), (right, _)| left < right);
            for pair in members.windows(2) {
                if let [(left, _), (right, _)] = pair
                    && left == right
                {
                    return Err(Rejection::JsonDuplicateKey.with(Operand::foreign(left), Operand::None).into());
                }
            }
            Ok(Json::Object(members))
        }
        _ => Err(Expect::Value.into()),
    }
}

fn number<'a>(lexer: &mut SliceLexer<'a>) -> Result<Json<'a>, Refusal> {
    let (text, parts) = lexer.num_bytes().validated()?;
    let digits = text.strip_prefix(b"-");
    let magnitude = digits
        .unwrap_or(text)
        .iter()
        .try_fold(0u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0'))));
    Ok(match (magnitude.filter(|_| parts.is_int()), digits) {
        (Some(value), None) => Json::Unsigned(value),
        // Minus zero is no integer of JavaScript's either.
        (Some(value @ 1..), Some(_)) => 0i64.checked_sub_unsigned(value).map_or(Json::Inexact, Json::Negative),
        _ => Json::Inexact,
    })
}

/// Reads over one text, as far as it is JSON.
fn check(lexer: &mut SliceLexer<'_>) -> Option<()> {
    // The closing brackets that are still to come.
    let mut open: Vec<u8> = Vec::new();
    loop {
        match lexer.ws_peek()? {
            bracket @ (b'[' | b'{') => {
                lexer.take_next();
                // In ASCII, where the closing bracket stands two places behind.
                open.push(bracket + 2);
                if lexer.ws_peek()? != bracket + 2 {
                    if bracket == b'{' {
                        check_key(lexer)?;
                    }
                    continue;
                }
            }
            b'"' => lexer.discarded().str_ignore().ok()?,
            b'-' | b'0'..=b'9' => lexer.num_bytes().validated().ok().map(drop)?,
            b'n' => literal(lexer, b"null")?,
            b't' => literal(lexer, b"true")?,
            b'f' => literal(lexer, b"false")?,
            _ => return None,
        }
        loop {
            let Some(bracket) = open.last().copied() else {
                return lexer.ws_peek().is_none().then_some(());
            };
            if lexer.expect(SliceLexer::ws_peek, bracket).is_some() {
                open.pop();
                continue;
            }
            lexer.expect(SliceLexer::ws_peek, b',')?;
            if bracket == b'}' {
                check_key(lexer)?;
            }
            break;
        }
    }
}

fn check_key(lexer: &mut SliceLexer<'_>) -> Option<()> {
    lexer.expect(SliceLexer::ws_peek, b'"')?;
    lexer.str_ignore().ok()?;
    lexer.expect(SliceLexer::ws_peek, b':')
}

fn literal(lexer: &mut SliceLexer<'_>, name: &[u8]) -> Option<()> {
    name.iter().try_for_each(|byte| lexer.expect(SliceLexer::peek_next, *byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejection::Operand;
    use alloc::format;
    use alloc::string::{String, ToString};
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

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
        assert_eq!(code(&nested(1_000_000)), Rejection::JsonDepth);
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
        assert_eq!(parse(b"1e999").unwrap(), Json::Inexact);
        for surrogate in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\u0041""#, r#"{"\ud800":1}"#] {
            assert_eq!(code(surrogate), Rejection::JsonType, "{surrogate}");
            assert_eq!(syntax_error(surrogate.as_bytes()), None);
        }
        assert_eq!(parse(br#""\ud83d\ude00\n\/""#).unwrap(), Json::String("\u{1f600}\n/".into()));
    }

    #[test]
    fn broken_text_is_not_json_whatever_else_is_wrong_with_it() {
        assert_eq!(code(r#"{"a":1,"a":2,}"#), Rejection::JsonSyntax);
        assert_eq!(code(&"[".repeat(1_000_000)), Rejection::JsonSyntax);
        assert_eq!(code(r#"["\ud800""#), Rejection::JsonSyntax);
    }

    #[test]
    fn members_are_sorted() {
        let keys = (0..1_000u64).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string());
        let text = keys.map(|key| format!("\"{key}\":{key}")).collect::<Vec<_>>().join(",");
        let json = parse(format!("{{{text}}}").leak().as_bytes()).unwrap();
        let members = json.members().unwrap();
        assert_eq!(members.len(), 1_000);
        assert!(members.is_sorted_by(|(left, _), (right, _)| left < right));
        assert!(members.iter().all(|(key, value)| value.u64().unwrap().to_string() == *key));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }

        /// Another reader, made by others, has the same opinion about what is JSON.
        #[test]
        fn nearly_json(text in r#"[\[\]{}",:0-9a-z\\ .eE+-]{0,80}"#) {
            agrees(&text);
        }

        #[test]
        fn json_with_one_change(at in 0usize..60, byte in any::<u8>()) {
            let mut text = br#"{"a":[1,-2.5e+3,"x\n\u00e9"],"b":{"c":null,"d":true},"e":0} "#.to_vec();
            text[at] = byte;
            if let Ok(text) = String::from_utf8(text) {
                agrees(&text);
            }
        }
    }

    fn agrees(text: &str) {
        let broken = syntax_error(text.as_bytes());
        assert_eq!(broken.is_some(), serde_json::from_str::<IgnoredAny>(text).is_err(), "{text:?}");
        match parse(text.as_bytes()) {
            Ok(_) => assert_eq!(broken, None, "{text:?}"),
            Err(rejected) => assert_eq!(rejected.rejection == Rejection::JsonSyntax, broken.is_some(), "{text:?}"),
        }
    }
}
