// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Epochs} from "../src/Epochs.sol";
import {Assert} from "./support/Assert.sol";

contract EpochsTest is Assert {
    using Epochs for uint64;

    function test_recorded_chain_of_ten() public pure {
        uint64[6] memory blocks = [uint64(0), 1, 10, 11, 20, 21];
        uint64[6] memory epochs = [uint64(1), 1, 1, 2, 2, 3];
        for (uint256 i = 0; i < 6; i++) {
            same(blocks[i].epochOf(10), epochs[i], "epoch");
        }
        for (uint64 block_ = 0; block_ <= 40; block_++) {
            same(block_.isRoot(10) ? 1 : 0, block_ % 10 == 5 ? 1 : 0, "root");
            bool after_ = block_ % 10 >= 6 || (block_ > 0 && block_ % 10 == 0);
            same(block_.isAfterRoot(10) ? 1 : 0, after_ ? 1 : 0, "after the root");
        }
    }

    /// Every block of an epoch is before its root, the root, or one of the five after it.
    function test_fuzz_the_root_is_five_before_the_end(uint64 epoch, uint64 length, uint64 place)
        public
        pure
    {
        length = 6 + length % 100_000;
        epoch = 1 + epoch % 1_000_000_000;
        uint64 first = (epoch - 1) * length + 1;
        uint64 height = first + place % length;
        uint64 root = epoch * length - 5;
        same(height.epochOf(length), epoch, "epoch");
        same(height.isRoot(length) ? 1 : 0, height == root ? 1 : 0, "root");
        same(height.isAfterRoot(length) ? 1 : 0, height > root ? 1 : 0, "after the root");
    }

    function test_the_last_numbers() public pure {
        same(type(uint64).max.epochOf(6), (type(uint64).max - 1) / 6 + 1, "epoch");
        same(type(uint64).max.epochOf(type(uint64).max), 1, "epoch");
        holds(type(uint64).max.isAfterRoot(type(uint64).max), "the last block");
    }
}
