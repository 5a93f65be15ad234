//! Counts of what the base field does, for benches: the feature `tally` keeps them, without it
//! nothing is left of this module.

#[cfg(feature = "tally")]
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What is counted.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Products of limbs: 81 multiply-adds.
    Product,
    /// Squares of limbs: 45 multiply-adds.
    Square,
    /// Reductions: 81 multiply-adds and nine digits.
    Reduction,
    /// Carries with a multiple of p taken away: nine multiply-adds.
    Settling,
    /// Inversions.
    Inversion,
}

#[cfg(feature = "tally")]
static COUNTS: [AtomicU32; 5] = [const { AtomicU32::new(0) }; 5];

/// Counts one.
#[inline(always)]
pub(crate) fn note(kind: Kind) {
    #[cfg(feature = "tally")]
    if let Some(count) = COUNTS.get(kind as usize) {
        count.fetch_add(1, Relaxed);
    }
    let _ = kind;
}

/// Products, squares, reductions, settlings, inversions since the last call.
#[cfg(feature = "tally")]
pub fn take() -> [u32; 5] {
    COUNTS.each_ref().map(|count| count.swap(0, Relaxed))
}
