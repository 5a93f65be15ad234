//! Which validators signed: a bit vector, bit `i` for entry `i` of the stake table.
//!
//! JSON form of crate `bitvec` with `BitVec<u64, Lsb0>`:
//! `{"order":"bitvec::order::Lsb0","head":{"width":64,"index":0},"bits":n,"data":[u64, …]}`.

use alloc::vec::Vec;

use crate::encoding::json::Json;
use crate::rejection::{Operand, Rejected, Rejection};

/// The name of the only accepted bit order.
pub const ORDER: &str = "bitvec::order::Lsb0";

/// The most bits a vector may have: well above the capacity of any stake table (200 today).
pub const BITS_LIMIT: usize = 4096;

/// A set of signers, in the canonical form: no stray bits above the length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerBits {
    length: usize,
    words: Vec<u64>,
}

impl SignerBits {
    /// A vector of the given flags.
    pub fn from_flags(flags: &[bool]) -> Self {
        let words = flags
            .chunks(64)
            .map(|chunk| chunk.iter().rev().fold(0, |word, flag| word << 1 | u64::from(*flag)))
            .collect();
        Self { length: flags.len(), words }
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// `bitvec.form` for another order, width or start, for a wrong number of words, for stray
    /// bits above the length and for more than [`BITS_LIMIT`] bits; errors of the JSON types.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let order = json.text_of("order")?;
        if order != ORDER {
            return Err(Rejection::BitvecForm.with(Operand::foreign(order), ORDER));
        }
        let head = json.get("head")?;
        Rejection::BitvecForm.unless_equal(head.u64_of("width")?, 64)?;
        Rejection::BitvecForm.unless_equal(head.u64_of("index")?, 0)?;
        let length: usize = json.get("bits")?.narrow()?;
        if length > BITS_LIMIT {
            return Err(Rejection::BitvecForm.with(length, BITS_LIMIT));
        }
        let data = json.get("data")?.items()?;
        Rejection::BitvecForm.unless_equal(data.len(), length.div_ceil(64))?;
        let words = data.iter().map(Json::u64).collect::<Result<Vec<_>, _>>()?;
        if let (Some(last), used @ 1..) = (words.last(), length % 64)
            && last >> used != 0
        {
            return Err(Rejection::BitvecForm.with(*last, "no bits above the length"));
        }
        Ok(Self { length, words })
    }

    /// How many bits the vector has, set or not.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether the vector has no bits at all.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The words, least significant bit first.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Each bit, in order.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        self.words.iter().flat_map(|word| (0..64).map(move |bit| word >> bit & 1 == 1)).take(self.length)
    }

    /// How many bits are set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::json::parse;
    use alloc::format;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn read(order: &str, width: u64, index: u64, bits: &str, data: &str) -> Result<SignerBits, Rejection> {
        let text =
            format!(r#"{{"order":"{order}","head":{{"width":{width},"index":{index}}},"bits":{bits},"data":{data}}}"#);
        SignerBits::from_json(&parse(text.as_bytes()).unwrap()).map_err(|rejected| rejected.rejection)
    }

    #[test]
    fn one_form() {
        let bits = read(ORDER, 64, 0, "5", "[23]").unwrap();
        assert_eq!(bits.iter().collect::<Vec<_>>(), [true, true, true, false, true]);
        assert_eq!((bits.len(), bits.count(), bits.words()), (5, 4, &[23][..]));
        assert_eq!(read(ORDER, 64, 0, "0", "[]").unwrap().len(), 0);
        assert!(read(ORDER, 64, 0, "64", "[18446744073709551615]").is_ok());
        for (order, width, index, bits, data) in [
            ("bitvec::order::Msb0", 64, 0, "5", "[23]"),
            (ORDER, 32, 0, "5", "[23]"),
            (ORDER, 64, 1, "5", "[23]"),
            (ORDER, 64, 0, "5", "[55]"),
            (ORDER, 64, 0, "5", "[]"),
            (ORDER, 64, 0, "5", "[23,0]"),
            (ORDER, 64, 0, "65", "[23,2]"),
            (ORDER, 64, 0, "18446744073709551615", "[23]"),
        ] {
            assert_eq!(read(order, width, index, bits, data), Err(Rejection::BitvecForm), "{order} {bits} {data}");
        }
        assert_eq!(read(ORDER, 64, 0, "5", "[-1]"), Err(Rejection::JsonInteger));
        assert_eq!(read(ORDER, 64, 0, "5", "[1e1]"), Err(Rejection::JsonInteger));
    }

    proptest! {
        #[test]
        fn flags_round_trip(flags in proptest::collection::vec(any::<bool>(), 0..300)) {
            let bits = SignerBits::from_flags(&flags);
            prop_assert_eq!(bits.iter().collect::<Vec<_>>(), flags.clone());
            let data = bits.words().iter().map(u64::to_string).collect::<Vec<_>>().join(",");
            prop_assert_eq!(read(ORDER, 64, 0, &flags.len().to_string(), &format!("[{data}]")).unwrap(), bits);
        }
    }
}
