//! Rejections as bytes, between modules of one build: code 2 ‖ two operands (length 4 or none, text).

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::reader::Reader;
use crate::rejection::{Operand, Rejected, Rejection};

/// The length that stands for an operand that is none.
const NO_OPERAND: u32 = u32::MAX;

/// Writes a rejection. Operands become the text that they are shown as.
pub(crate) fn write_rejected(rejected: &Rejected, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&rejected.rejection.number().to_le_bytes());
    for operand in [&rejected.got, &rejected.expected] {
        match operand {
            Operand::None => bytes.extend_from_slice(&NO_OPERAND.to_le_bytes()),
            operand => {
                let text = operand.to_string();
                bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
        }
    }
}

/// Reads what [`write_rejected`] wrote.
pub(crate) fn read_rejected(reader: &mut Reader<'_>) -> Option<Rejected> {
    let rejection = Rejection::from_number(u16::from_le_bytes(reader.array()?))?;
    let mut operand = || {
        Some(match reader.u32_le()? {
            NO_OPERAND => Operand::None,
            length => {
                let text = reader.take(usize::try_from(length).ok()?)?;
                Operand::Text(Cow::Owned(String::from(core::str::from_utf8(text).ok()?)))
            }
        })
    };
    let got = operand()?;
    Some(rejection.with(got, operand()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for rejected in [
            Rejection::StakeTableHash.with([1; 32], "x"),
            Rejection::ScanAnswer.bare(),
            Rejection::VidCommon.with(7u64, 8u64),
        ] {
            let mut bytes = Vec::new();
            write_rejected(&rejected, &mut bytes);
            let read = read_rejected(&mut Reader::new(&bytes)).unwrap();
            assert_eq!((read.code(), read.to_string()), (rejected.code(), rejected.to_string()));
            for length in 0..bytes.len() {
                assert!(read_rejected(&mut Reader::new(&bytes[..length])).is_none(), "{length}");
            }
        }
        assert!(read_rejected(&mut Reader::new(&[0xff; 40])).is_none());
    }
}
