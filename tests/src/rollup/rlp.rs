//! RLP, the encoding of Ethereum's objects. Source: the Ethereum yellow paper, appendix B.

fn length(short: u8, length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(small) if small < 56 => vec![short + small],
        _ => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            let count = u8::try_from(digits.len()).unwrap_or(8);
            [&[short + 55 + count][..], &digits].concat()
        }
    }
}

/// A string of bytes.
pub(super) fn bytes(value: &[u8]) -> Vec<u8> {
    match value {
        [single] if *single < 0x80 => vec![*single],
        _ => [length(0x80, value.len()), value.to_vec()].concat(),
    }
}

/// A number: its digits without leading zeros.
pub(super) fn number(value: u64) -> Vec<u8> {
    bytes(&value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>())
}

/// A list of encoded items.
pub(super) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let body = items.concat();
    [length(0xc0, body.len()), body].concat()
}

/// The first item and what follows it; nothing where there is no whole item.
pub(super) fn split(encoded: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, body) = lengths(encoded)?;
    encoded.split_at_checked(head.checked_add(body)?)
}

/// What is inside an item.
pub(super) fn content(item: &[u8]) -> Option<&[u8]> {
    let (head, body) = lengths(item)?;
    item.get(head..head.checked_add(body)?)
}

/// The length of an item's head and of its body.
fn lengths(encoded: &[u8]) -> Option<(usize, usize)> {
    let long = |digits: u8| {
        let digits = usize::from(digits);
        let bytes = encoded.get(1..1 + digits)?;
        let value =
            bytes.iter().try_fold(0usize, |value, byte| value.checked_mul(256)?.checked_add(usize::from(*byte)));
        Some((1 + digits, value?))
    };
    match *encoded.first()? {
        0..=0x7f => Some((0, 1)),
        first @ 0x80..=0xb7 => Some((1, usize::from(first - 0x80))),
        first @ 0xb8..=0xbf => long(first - 0xb7),
        first @ 0xc0..=0xf7 => Some((1, usize::from(first - 0xc0))),
        first @ 0xf8..=0xff => long(first - 0xf7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_yellow_paper() {
        assert_eq!(bytes(b"dog"), [0x83, b'd', b'o', b'g']);
        assert_eq!(list(&[bytes(b"cat"), bytes(b"dog")]), *b"\xc8\x83cat\x83dog");
        assert_eq!((bytes(b""), list(&[]), number(0), number(15)), (vec![0x80], vec![0xc0], vec![0x80], vec![0x0f]));
        assert_eq!(number(1024), [0x82, 4, 0]);
        let long = bytes(&[7; 56]);
        assert_eq!(long.get(..3), Some(&[0xb8, 56, 7][..]));
    }

    #[test]
    fn items_are_split_again() {
        for item in [bytes(b"x"), bytes(&[9; 300]), list(&[bytes(&[1; 60]), number(5)]), number(0)] {
            let both = [item.clone(), vec![1, 2]].concat();
            assert_eq!(split(&both), Some((item.as_slice(), &[1, 2][..])));
        }
        assert_eq!(content(&bytes(&[9; 300])), Some(&[9; 300][..]));
        assert_eq!(split(&[0x83, 1]), None);
    }
}
