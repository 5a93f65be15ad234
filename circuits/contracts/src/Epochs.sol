// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// Which blocks belong to which epoch, and which of them are special (`light-client/src/consensus/epoch.rs`;
/// EspressoSystems/espresso-network `crates/hotshot/types/src/utils.rs`).
library Epochs {
    /// The fewest blocks an epoch has: root and transition blocks need room.
    uint64 internal constant SHORTEST = 6;
    /// Blocks from the root of an epoch to its end.
    uint64 private constant AFTER_ROOT = 5;

    /// The epoch of a block. Epochs count from 1; block 0 belongs to the first.
    function epochOf(uint64 height, uint64 blocksPerEpoch) internal pure returns (uint64) {
        if (height == 0) return 1;
        // No overflow: the quotient is at most (2^64 − 2) / 6.
        unchecked {
            return (height - 1) / blocksPerEpoch + 1;
        }
    }

    /// Whether a block is the root of its epoch, five blocks before its end: with its state, validators
    /// sign the table of the next epoch.
    function isRoot(uint64 height, uint64 blocksPerEpoch) internal pure returns (bool) {
        return height % blocksPerEpoch == blocksPerEpoch - AFTER_ROOT;
    }

    /// Whether a block stands between the root and the end of its epoch, the end included. No state of
    /// such a block is accepted: the root has handed over to a table that does not sign there yet.
    function isAfterRoot(uint64 height, uint64 blocksPerEpoch) internal pure returns (bool) {
        uint64 place = height % blocksPerEpoch;
        return place > blocksPerEpoch - AFTER_ROOT || (place == 0 && height != 0);
    }
}
