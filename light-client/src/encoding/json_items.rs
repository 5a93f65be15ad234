//! The items of a JSON array, one after the other: for texts that are too long to be read at once.

use alloc::vec::Vec;

use hifijson::token::Lex as _;
use hifijson::{Expect, SliceLexer};

use super::json::{Json, SIZE_LIMIT};
use super::json_text::{Refusal, value};
use crate::rejection::{Rejected, Rejection};

/// A text of which some items are read.
#[derive(Debug)]
pub struct JsonItems {
    text: Vec<u8>,
    /// Where the next item or the end of the array is looked for.
    at: usize,
    items: usize,
    ended: bool,
}

impl JsonItems {
    /// A text of which nothing is read.
    ///
    /// # Errors
    /// `json.size`.
    pub fn new(text: &[u8]) -> Result<Self, Rejected> {
        if text.len() > SIZE_LIMIT {
            return Err(Rejection::JsonSize.with(text.len(), SIZE_LIMIT));
        }
        Ok(Self { text: text.to_vec(), at: 0, items: 0, ended: false })
    }

    /// How many bytes are left to be read.
    pub const fn left(&self) -> usize {
        if self.ended { 0 } else { self.text.len().saturating_sub(self.at) }
    }

    /// The next item; `None` after the last one, when the text ends as it should.
    ///
    /// # Errors
    /// `json.*`, as [`super::json::parse`] has them, but that a string that is no text is `json.syntax`;
    /// `json.type` for what is no array.
    pub fn next_item(&mut self) -> Result<Option<Json<'_>>, Rejected> {
        if self.ended {
            return Ok(None);
        }
        let number = self.items;
        let mut lexer = SliceLexer::new(self.text.get(self.at..).unwrap_or_default());
        let (item, left) = read_item(number == 0, &mut lexer).map_err(|Refusal(refusal)| {
            refusal.unwrap_or_else(|| Rejection::JsonSyntax.with(number, "one more item of an array, or its end"))
        })?;
        self.at = self.text.len().saturating_sub(left);
        self.items = self.items.saturating_add(1);
        self.ended = item.is_none();
        Ok(item)
    }
}

/// An item, or the end, and how many bytes come after it.
fn read_item<'a>(first: bool, lexer: &mut SliceLexer<'a>) -> Result<(Option<Json<'a>>, usize), Refusal> {
    let mut next = lexer.ws_peek().ok_or(Expect::Value)?;
    if first {
        if next != b'[' {
            let other = value(next, lexer, 0)?;
            return Err(Rejection::JsonType.with(other.kind(), "array").into());
        }
        lexer.expect(SliceLexer::ws_peek, b'[').ok_or(Expect::Value)?;
        next = lexer.ws_peek().ok_or(Expect::Value)?;
    } else if next == b',' {
        lexer.expect(SliceLexer::ws_peek, b',').ok_or(Expect::Value)?;
        next = lexer.ws_peek().ok_or(Expect::Value)?;
        if next == b']' {
            return Err(Expect::Value.into());
        }
    } else if next != b']' {
        return Err(Expect::CommaOrEnd.into());
    }
    if next == b']' {
        lexer.expect(SliceLexer::ws_peek, b']').ok_or(Expect::CommaOrEnd)?;
        return if lexer.ws_peek().is_some() { Err(Expect::Eof.into()) } else { Ok((None, 0)) };
    }
    let item = value(next, lexer, 1)?;
    Ok((Some(item), lexer.as_slice().len()))
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::super::json::parse;
    use super::*;
    use proptest::prelude::*;

    /// All items, one by one.
    fn read(text: &[u8]) -> Result<Vec<String>, &'static str> {
        let mut items = JsonItems::new(text).map_err(|rejected| rejected.code())?;
        let mut found = Vec::new();
        while let Some(item) = items.next_item().map_err(|rejected| rejected.code())? {
            found.push(alloc::format!("{item:?}"));
        }
        assert!(items.next_item().unwrap().is_none() && items.left() == 0);
        Ok(found)
    }

    /// The same, read at once.
    fn at_once(text: &[u8]) -> Result<Vec<String>, &'static str> {
        let whole = parse(text).map_err(|rejected| rejected.code())?;
        let items = whole.items().map_err(|rejected| rejected.code())?;
        Ok(items.iter().map(|item| alloc::format!("{item:?}")).collect())
    }

    #[test]
    fn the_same_as_at_once() {
        let deep = alloc::format!("[{}{}]", "[".repeat(31), "]".repeat(31));
        let deeper = alloc::format!("[{}{}]", "[".repeat(32), "]".repeat(32));
        for text in [
            "[]",
            " [ ] ",
            "[1]",
            "[1,2]",
            "[ {\"a\":[1,{}]} , \"x\" ,null]\n",
            "",
            " ",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1]]",
            "[1],",
            "[]1",
            "{}",
            "{\"a\":1}",
            "7",
            "\"x\"",
            "null",
            "?",
            "[?]",
            "[1,?]",
            "[nul]",
            "[{\"a\":1,\"a\":2}]",
            "]",
            &deep,
            &deeper,
        ] {
            assert_eq!(read(text.as_bytes()), at_once(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes(text in "[\\[\\]{}:,\"a0 -]{0,24}") {
            // Where both refuse, either may have met the worse of two faults first.
            match (read(text.as_bytes()), at_once(text.as_bytes())) {
                (Ok(one), Ok(other)) => prop_assert_eq!(one, other),
                (one, other) => prop_assert!(one.is_err() && other.is_err(), "{}: {:?}, {:?}", text, one, other),
            }
        }
    }
}
