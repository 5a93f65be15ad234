//! The border itself: the only file with unsafe blocks.
//!
//! Handles come in as `Option<&T>`, which is a pointer that may be null, and results leave through
//! `Option<&mut MaybeUninit<Option<Box<T>>>>`, a pointer to a place for a pointer: so the compiler
//! writes what would be unsafe by hand. What it cannot see is the contract with the caller, which the
//! README states: handles are those that were handed out and not freed, places can be written to,
//! slices can be read for the time of the call.

use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hotshot_light_client::Rejected;

use crate::status::{HSLC_LENGTH, HSLC_NULL, HSLC_OK, HSLC_PANIC, HSLC_TEXT, HslcStatus};

/// Bytes that the caller lends for the time of a call. They need no end mark. Where an argument may
/// be left out, length 0 leaves it out, and then the pointer may be null.
#[repr(C)]
pub struct HslcSlice {
    /// The first byte.
    pub data: *const u8,
    /// How many.
    pub length: usize,
}

impl HslcSlice {
    pub(crate) fn bytes(&self) -> Result<&[u8], Failure> {
        if self.length == 0 {
            return Ok(&[]);
        }
        if self.data.is_null() {
            return Err(Failure::new(HSLC_NULL, "a slice is a null pointer with a length"));
        }
        if isize::try_from(self.length).is_err() {
            return Err(Failure::new(HSLC_LENGTH, "a slice is longer than memory can be"));
        }
        // SAFETY: the pointer is not null and the length is possible; that so many bytes can be read
        // there, and that nobody writes to them during the call, is the caller's part of the contract.
        // The slice lives no longer than `self`, which is an argument of the call.
        #[expect(unsafe_code, reason = "bytes of a caller in another language")]
        Ok(unsafe { std::slice::from_raw_parts(self.data, self.length) })
    }

    /// The bytes, if there are any.
    pub(crate) fn optional(&self) -> Result<Option<&[u8]>, Failure> {
        Ok(Some(self.bytes()?).filter(|bytes| !bytes.is_empty()))
    }

    /// The bytes as text.
    pub(crate) fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(self.bytes()?).map_err(|error| Failure::new(HSLC_TEXT, error.to_string()))
    }

    /// Exactly `N` bytes; zeros if they are left out.
    pub(crate) fn array_or_zeros<const N: usize>(&self) -> Result<[u8; N], Failure> {
        match self.optional()? {
            None => Ok([0; N]),
            Some(bytes) => bytes
                .try_into()
                .map_err(|_| Failure::new(HSLC_LENGTH, format!("{} bytes in place of {N}", bytes.len()))),
        }
    }
}

/// Bytes that the library hands over. Free them with `hslc_buffer_free`.
pub struct HslcBuffer(Vec<u8>);

impl HslcBuffer {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self(text.into().into_bytes())
    }

    pub(crate) fn bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// The first byte of a buffer; null for a null buffer. Valid until the buffer is freed.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn hslc_buffer_data(buffer: Option<&HslcBuffer>) -> *const u8 {
    buffer.map_or(std::ptr::null(), |buffer| buffer.0.as_ptr())
}

/// The number of bytes of a buffer; 0 for a null buffer.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn hslc_buffer_length(buffer: Option<&HslcBuffer>) -> usize {
    buffer.map_or(0, |buffer| buffer.0.len())
}

/// Frees a buffer. Null is allowed.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn hslc_buffer_free(buffer: Option<Box<HslcBuffer>>) {
    drop(buffer);
}

/// Why a call did not do what it should.
pub(crate) struct Failure {
    status: HslcStatus,
    message: String,
}

impl Failure {
    pub(crate) fn new(status: HslcStatus, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

impl From<Rejected> for Failure {
    fn from(rejected: Rejected) -> Self {
        Self::new(rejected.rejection.number(), rejected.to_string())
    }
}

/// A place for a pointer to something new.
pub(crate) type Place<'a, T> = Option<&'a mut MaybeUninit<Option<Box<T>>>>;

/// A handle that must not be null.
pub(crate) fn required<'a, T>(handle: Option<&'a T>, name: &str) -> Result<&'a T, Failure> {
    handle.ok_or_else(|| Failure::new(HSLC_NULL, format!("{name} is null")))
}

/// Does the work of a call, whose result may be nothing: then null is written. Both places hold null
/// or something to free afterwards, whatever happens.
pub(crate) fn call<T>(
    place: Place<'_, T>,
    message: Place<'_, HslcBuffer>,
    work: impl FnOnce() -> Result<Option<T>, Failure>,
) -> HslcStatus {
    let message = message.map(|message| message.write(None));
    let outcome = match place.map(|place| place.write(None)) {
        None => Err(Failure::new(HSLC_NULL, "the place for the result is null")),
        Some(place) => match catch_unwind(AssertUnwindSafe(work)) {
            Ok(outcome) => outcome.map(|result| *place = result.map(Box::new)),
            Err(panic) => {
                // Its destructor could panic as well, outside of every net.
                std::mem::forget(panic);
                Err(Failure::new(HSLC_PANIC, "a defect of the library: please report what led here"))
            }
        },
    };
    match outcome {
        Ok(()) => HSLC_OK,
        Err(failure) => {
            if let Some(message) = message {
                *message = Some(Box::new(HslcBuffer::text(failure.message)));
            }
            failure.status
        }
    }
}

/// Drops a handle, or nothing.
pub(crate) fn free<T>(handle: Option<Box<T>>) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(handle))) {
        std::mem::forget(panic);
    }
}

/// Handles are used from every thread of the caller's.
pub(crate) const fn shared_between_threads<T: Send + Sync>() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_at_the_border() {
        let (mut place, mut message) = (MaybeUninit::<Option<Box<u8>>>::uninit(), MaybeUninit::uninit());
        let status = call(Some(&mut place), Some(&mut message), || {
            let nothing: [u8; 0] = [];
            Ok(Some(nothing[std::hint::black_box(0)]))
        });
        assert_eq!(status, HSLC_PANIC);
        let (place, message) = (place.write(None), message.write(None));
        assert!(place.is_none() && message.is_none());
    }

    #[test]
    fn impossible_slices_are_refused() {
        let byte = 1u8;
        for (slice, status) in [
            (HslcSlice { data: std::ptr::null(), length: 1 }, HSLC_NULL),
            (HslcSlice { data: &raw const byte, length: usize::MAX }, HSLC_LENGTH),
        ] {
            assert_eq!(slice.bytes().err().unwrap().status, status);
        }
        assert!(HslcSlice { data: std::ptr::null(), length: 0 }.optional().is_ok_and(|bytes| bytes.is_none()));
        let wrong = HslcSlice { data: &raw const byte, length: 1 };
        assert_eq!(wrong.array_or_zeros::<32>().err().unwrap().status, HSLC_LENGTH);
    }
}
