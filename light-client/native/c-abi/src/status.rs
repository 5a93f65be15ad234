//! What calls return: 0, the number of a rejection, or one of the border's own.
#![expect(unsafe_code, reason = "exported names")]

use std::ffi::{CString, c_char};
use std::sync::OnceLock;

use hotshot_light_client::Rejection;

/// The outcome of a call: `HSLC_OK`, the number of a rejection, or one of the border's own numbers.
pub type HslcStatus = u16;

/// It went well.
pub const HSLC_OK: HslcStatus = 0;
/// An argument is null that must not be.
pub const HSLC_NULL: HslcStatus = 60001;
/// An argument has another length than it must have.
pub const HSLC_LENGTH: HslcStatus = 60002;
/// An argument is no UTF-8.
pub const HSLC_TEXT: HslcStatus = 60003;
/// An argument is none of those that there are.
pub const HSLC_ARGUMENT: HslcStatus = 60004;
/// A panic was caught: a defect of the library. The handle of the call is not to be used again.
pub const HSLC_PANIC: HslcStatus = 60005;

/// The version of this interface. It grows when something is added; what is there is never changed.
pub const HSLC_ABI_VERSION: u32 = 1;

/// The version of the interface that the library was built with.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_abi_version() -> u32 {
    HSLC_ABI_VERSION
}

/// The version of the library: text with an end mark, never freed.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// How many rejections there are.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_rejection_count() -> usize {
    Rejection::ALL.len()
}

/// The number of the rejection at a place of the list, ascending; `HSLC_OK` beyond its end.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_rejection_at(index: usize) -> HslcStatus {
    Rejection::ALL.get(index).map_or(HSLC_OK, |rejection| rejection.number())
}

/// The stable code of a status, such as `qc.signature`: text with an end mark, never freed. Null for
/// a number that is no status.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_status_code(status: HslcStatus) -> *const c_char {
    entry(status).map_or(std::ptr::null(), |entry| entry.code.as_ptr())
}

/// What a status means, in a few words: text with an end mark, never freed. Null for a number that is
/// no status.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_status_summary(status: HslcStatus) -> *const c_char {
    entry(status).map_or(std::ptr::null(), |entry| entry.summary.as_ptr())
}

struct Entry {
    status: HslcStatus,
    code: CString,
    summary: CString,
}

/// The border's own statuses: codes of a family that no rejection has.
const OWN: [(HslcStatus, &str, &str); 6] = [
    (HSLC_OK, "ok", "it went well"),
    (HSLC_NULL, "call.null", "an argument is null that must not be"),
    (HSLC_LENGTH, "call.length", "an argument has another length than it must have"),
    (HSLC_TEXT, "call.text", "an argument is no UTF-8"),
    (HSLC_ARGUMENT, "call.argument", "an argument is none of those that there are"),
    (HSLC_PANIC, "call.panic", "a defect of the library"),
];

/// Text for C is made once, for all statuses in ascending order.
fn entry(status: HslcStatus) -> Option<&'static Entry> {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    let entries = ENTRIES.get_or_init(|| {
        let rejections =
            Rejection::ALL.iter().map(|rejection| (rejection.number(), rejection.code(), rejection.summary()));
        let mut entries: Vec<Entry> = OWN
            .into_iter()
            .chain(rejections)
            .map(|(status, code, summary)| Entry {
                status,
                // No code or summary holds a zero byte; a test looks at all of them.
                code: CString::new(code).unwrap_or_default(),
                summary: CString::new(summary).unwrap_or_default(),
            })
            .collect();
        entries.sort_by_key(|entry| entry.status);
        entries
    });
    let place = entries.binary_search_by_key(&status, |entry| entry.status).ok()?;
    entries.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_words() {
        for index in 0..hslc_rejection_count() {
            let rejection = Rejection::ALL[index];
            let status = hslc_rejection_at(index);
            assert_eq!(status, rejection.number());
            let entry = entry(status).unwrap();
            assert_eq!((entry.code.to_str(), entry.summary.to_str()), (Ok(rejection.code()), Ok(rejection.summary())));
        }
        assert_eq!(hslc_rejection_at(hslc_rejection_count()), HSLC_OK);
        assert!(OWN.iter().all(|(status, code, _)| entry(*status).unwrap().code.to_str() == Ok(code)));
        assert!(hslc_status_code(59999).is_null() && hslc_status_summary(1000).is_null());
    }
}
