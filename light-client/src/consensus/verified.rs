//! Types tell trust: a `Verified<T>` exists only where a verification of this crate ended well.

use core::ops::Deref;

use crate::consensus::header::Header;
use crate::consensus::leaf::Leaf;

/// A value that a verification vouches for. Nothing outside this crate can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value without the mark.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Verified<Leaf> {
    /// The leaf's header, which the leaf commits to.
    pub fn header(&self) -> Verified<&Header> {
        Verified(&self.0.header)
    }

    /// The leaf's header by itself.
    pub fn into_header(self) -> Verified<Header> {
        Verified(self.0.header)
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
