//! A strict, bounded reading of JSON.
//!
//! Everything is read here, as text: unknown keys are ignored, duplicate keys and nesting deeper
//! than [`DEPTH_LIMIT`] are refused everywhere, integers stay exact, and a number with a fraction or
//! an exponent is never an integer. The npm package writes JavaScript objects out before they come
//! here, and writes what is no safe integer as a fraction; larger integers come as `bigint` or as
//! text.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::rejection::{Rejected, Rejection};

pub use super::json_text::{Position, parse, syntax_error};

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

    /// The text at a required key. Like the two after it one function instead of two calls and two
    /// questions: reading objects is a good part of a WebAssembly module.
    ///
    /// # Errors
    /// Those of [`Self::get`] and [`Self::text`].
    #[inline(never)]
    pub fn text_of(&self, key: &'static str) -> Result<&str, Rejected> {
        self.get(key)?.text()
    }

    /// The integer at a required key.
    ///
    /// # Errors
    /// Those of [`Self::get`] and [`Self::u64`].
    #[inline(never)]
    pub fn u64_of(&self, key: &'static str) -> Result<u64, Rejected> {
        self.get(key)?.u64()
    }

    /// The value at a required key; none for `null`.
    ///
    /// # Errors
    /// Those of [`Self::get`].
    #[inline(never)]
    pub fn non_null_of(&self, key: &'static str) -> Result<Option<&Json<'a>>, Rejected> {
        Ok(self.get(key)?.non_null())
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
