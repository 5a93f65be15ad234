//! Epochs: which blocks belong to which, and which of them are special.
//!
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/utils.rs`.

/// The division of a chain into epochs of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epochs {
    height: u64,
}

impl Epochs {
    /// Epochs of so many blocks. Fewer than six leave no room for root and transition blocks, so
    /// `None` is returned; 0 is how a chain without epochs says so.
    pub const fn new(height: u64) -> Option<Self> {
        if height < 6 { None } else { Some(Self { height }) }
    }

    /// How many blocks an epoch has.
    pub const fn height(self) -> u64 {
        self.height
    }

    /// The epoch of a block. Epochs count from 1; block 0 belongs to the first.
    pub const fn of(self, block: u64) -> u64 {
        if block == 0 { 1 } else { block.div_ceil(self.height) }
    }

    /// Whether a block is the last of its epoch.
    pub const fn is_last(self, block: u64) -> bool {
        block > 0 && block.is_multiple_of(self.height)
    }

    /// Whether the next epoch's quorum signs a block as well: the last four of an epoch.
    pub const fn is_transition(self, block: u64) -> bool {
        let place = block % self.height;
        block > 0 && (place == 0 || place >= self.height - 3)
    }

    /// The root of an epoch, whose header fixes the table of the epoch after the next: five blocks
    /// before the last. `None` where the number leaves 64 bits.
    pub const fn root(self, epoch: u64) -> Option<u64> {
        match epoch.checked_mul(self.height) {
            Some(last) => last.checked_sub(5),
            None => None,
        }
    }

    /// Whether a header may carry the next epoch's stake table hash: from the root to the last.
    pub const fn carries_next_table(self, block: u64) -> bool {
        let place = block % self.height;
        block > 0 && (place == 0 || place >= self.height - 5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_chain_of_ten() {
        let epochs = Epochs::new(10).unwrap();
        assert_eq!([0, 1, 10, 11, 20, 21].map(|block| epochs.of(block)), [1, 1, 1, 2, 2, 3]);
        let transition: alloc::vec::Vec<u64> = (0..=20).filter(|block| epochs.is_transition(*block)).collect();
        assert_eq!(transition, [7, 8, 9, 10, 17, 18, 19, 20]);
        assert_eq!((epochs.root(1), epochs.root(2), epochs.root(u64::MAX)), (Some(5), Some(15), None));
        let carries: alloc::vec::Vec<u64> = (11..=21).filter(|block| epochs.carries_next_table(*block)).collect();
        assert_eq!(carries, [15, 16, 17, 18, 19, 20]);
        assert!(epochs.is_last(20) && !epochs.is_last(0) && !epochs.is_last(21));
    }

    #[test]
    fn too_short_epochs_do_not_exist() {
        assert_eq!(Epochs::new(0), None);
        assert_eq!(Epochs::new(5), None);
        assert!(Epochs::new(6).is_some());
        let longest = Epochs::new(u64::MAX).unwrap();
        assert_eq!(longest.of(u64::MAX), 1);
        assert!(longest.is_transition(u64::MAX));
    }
}
