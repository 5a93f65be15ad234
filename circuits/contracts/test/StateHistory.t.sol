// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Parameters} from "../src/HotShotLightClient.sol";
import {IHotShotLightClient} from "../src/IHotShotLightClient.sol";
import {Chain} from "./support/Chain.sol";
import {VM} from "./support/Vm.sol";

/// What is served, from when on, and for how long.
contract StateHistoryTest is Chain {
    function _served(uint256 height) private view returns (uint256 root, uint64 found) {
        return client.getHotShotCommitment(height);
    }

    function _expectNone(uint256 height) private {
        VM.expectRevert(IHotShotLightClient.InvalidHotShotBlockForCommitmentCheck.selector);
        client.getHotShotCommitment(height);
    }

    function _expectServed(uint256 height, uint64 by) private view {
        (uint256 root, uint64 found) = _served(height);
        same(found, by, "height of the root");
        same(root, stateAt(by).blockCommRoot, "root");
    }

    /// A root covers the blocks below its height, never its own.
    function test_the_first_root_above() public {
        _expectNone(0);
        submit(1);
        submit(3);
        _expectServed(0, 1);
        _expectServed(1, 3);
        _expectServed(2, 3);
        _expectNone(3);
        _expectNone(type(uint256).max);
    }

    function test_a_root_waits_for_its_delay() public {
        submit(3);
        submit(5);
        _expectServed(2, 3);
        _expectNone(3);
        _expectNone(4);
        (, uint64 height,) = client.finalizedState();
        same(height, 3, "not final yet");
        same(client.authRoot(), authRootAt(3), "nor its auth root");
        (, uint64 latest,, uint256 auth, bool isFinal) = client.latestState();
        same(latest, 5, "latest");
        same(auth, authRootAt(5), "latest auth root");
        holds(!isFinal, "latest is not final");

        later(ROOT_DELAY - 1);
        _expectNone(4);
        later(1);
        _expectServed(4, 5);
        (, height,) = client.finalizedState();
        same(height, 5, "final now");
        same(client.authRoot(), authRootAt(5), "with its auth root");
    }

    /// A state of the next epoch, signed after its block was decided, takes the place of a root that is not
    /// served yet: its own root covers the same blocks.
    function test_a_later_state_takes_the_place_of_a_waiting_root() public {
        submit(3);
        submit(5);
        submit(12);
        same(client.getStateHistoryCount(), 3, "genesis, 3, 12");
        _expectServed(4, 12);
        _expectServed(2, 3);
        later(2 * ROOT_DELAY);
        _expectServed(4, 12);
    }

    function test_a_served_root_stays() public {
        submit(5);
        later(ROOT_DELAY);
        submit(12);
        _expectServed(4, 5);
        _expectServed(5, 12);
        same(client.getStateHistoryCount(), 3, "genesis, 5, 12");
    }

    /// Roots alone, faster than their delay: the last one waits, and nothing is served before.
    function test_catching_up_by_roots() public {
        for (uint64 epoch = 1; epoch <= 5; epoch++) {
            submit(rootOf(epoch));
            _expectNone(0);
        }
        same(client.getStateHistoryCount(), 2, "genesis and one that waits");
        later(ROOT_DELAY);
        _expectServed(0, 45);
        client.newFinalizedEpochs(epochRoots(6, 2), key);
        _expectServed(44, 45);
        _expectNone(45);
    }

    function test_the_ring_forgets_the_oldest() public {
        uint64[] memory heights = new uint64[](40);
        uint64 height = 1;
        for (uint256 i = 0; i < 40; i++) {
            heights[i] = height;
            submit(height);
            later(ROOT_DELAY);
            blocksLater(100);
            height += height % LENGTH == 5 ? 6 : 1;
        }
        same(client.getStateHistoryCount(), 41, "with genesis");
        same(client.stateHistoryFirstIndex(), 41 - HISTORY, "first");
        for (uint256 i = 0; i < 41; i++) {
            (uint64 l1Block, uint64 time, uint64 found, uint256 root) = client.stateHistoryCommitments(i);
            if (i < 41 - HISTORY) {
                same(l1Block | time | found | root, 0, "overwritten");
            } else {
                same(found, heights[i - 1], "height");
                same(root, stateAt(found).blockCommRoot, "root");
                same(l1Block, L1_START + (i - 1) * 100, "L1 block");
            }
        }
        VM.expectRevert(abi.encodeWithSelector(IHotShotLightClient.NoSuchEntry.selector, 41, 41));
        client.stateHistoryCommitments(41);
        // Every height has the answer of a linear scan.
        for (uint64 asked = 0; asked < heights[39]; asked++) {
            uint256 i = 41 - HISTORY - 1;
            while (heights[i] <= asked) i++;
            _expectServed(asked, heights[i]);
        }
        _expectNone(heights[39]);
    }

    function test_lag() public {
        uint256 start = L1_START;
        VM.expectRevert(IHotShotLightClient.InsufficientSnapshotHistory.selector);
        client.lagOverEscapeHatchThreshold(start - 1, 10);
        VM.expectRevert(IHotShotLightClient.InsufficientSnapshotHistory.selector);
        client.lagOverEscapeHatchThreshold(start + 1, 10);
        blocksLater(50);
        submit(1);
        blocksLater(20);
        submit(2);
        blocksLater(30);
        holds(client.lagOverEscapeHatchThreshold(start + 49, 48), "since genesis");
        holds(!client.lagOverEscapeHatchThreshold(start + 49, 49), "not more");
        holds(!client.lagOverEscapeHatchThreshold(start + 50, 0), "just updated");
        holds(!client.lagOverEscapeHatchThreshold(start + 69, 19), "before the second");
        holds(client.lagOverEscapeHatchThreshold(start + 69, 18), "before the second");
        holds(client.lagOverEscapeHatchThreshold(start + 100, 29), "now");
        holds(!client.lagOverEscapeHatchThreshold(start + 100, 30), "now");
    }

    /// Rollups decide by the answer for a block of L1 of the past, each when it comes to it: a waiting root
    /// that a later state replaces counts before and after.
    function test_lag_at_a_past_block_never_changes() public {
        uint256 start = L1_START;
        blocksLater(100);
        submit(5);
        blocksLater(10);
        bool[21] memory before;
        for (uint256 lag = 0; lag <= 20; lag++) {
            before[lag] = client.lagOverEscapeHatchThreshold(start + 109, lag);
            holds(before[lag] == (lag < 9), "measured from the waiting root");
        }
        submit(12);
        same(client.getStateHistoryCount(), 2, "the root was replaced");
        blocksLater(10);
        for (uint256 lag = 0; lag <= 20; lag++) {
            holds(client.lagOverEscapeHatchThreshold(start + 109, lag) == before[lag], "once and for all");
            holds(
                client.lagOverEscapeHatchThreshold(start + 120, lag) == (lag < 20), "from when it was there"
            );
        }
        (uint64 l1Block,,,) = client.stateHistoryCommitments(1);
        same(l1Block, start + 110, "the entry says when its own state came");
    }

    /// A delay that means "never" stops nothing.
    function test_a_root_may_wait_for_ever() public {
        Parameters memory chosen = parameters();
        chosen.rootDelay = type(uint256).max;
        deploy(chosen);
        submit(5);
        later(3650 days);
        _expectNone(4);
        submit(11);
        _expectServed(4, 11);
    }

    /// Deployments pay for what they need, so that no update does.
    function test_preparing_changes_nothing_but_the_price() public {
        Parameters memory chosen = parameters();
        chosen.historyCapacity = 100;
        deploy(chosen);
        client.prepareHistory(3);
        client.prepareHistory(type(uint256).max);
        client.prepareHistory(1);
        same(client.getStateHistoryCount(), 1, "entries");
        _expectNone(0);
        submit(1);
        client.prepareHistory(5);
        _expectServed(0, 1);
        VM.expectRevert(abi.encodeWithSelector(IHotShotLightClient.NoSuchEntry.selector, 2, 2));
        client.stateHistoryCommitments(2);
    }

    function test_fuzz_preparing_never_overwrites(uint8 before, uint8 prepared) public {
        Parameters memory chosen = parameters();
        chosen.historyCapacity = 65 + uint256(prepared) % 7;
        deploy(chosen);
        uint64 count = 1 + before % 4;
        for (uint64 height = 1; height <= count; height++) {
            submit(height);
        }
        client.prepareHistory(prepared);
        for (uint64 height = 0; height < count; height++) {
            _expectServed(height, height + 1);
        }
    }

    function test_reader_rules() public view {
        holds(client.isEpochRoot(15) && !client.isEpochRoot(0) && !client.isEpochRoot(16), "roots");
        holds(
            client.isGtEpochRoot(20) && client.isGtEpochRoot(16) && !client.isGtEpochRoot(15), "after roots"
        );
        holds(!client.isGtEpochRoot(0), "genesis");
        same(client.epochFromBlockNumber(21, 10), 3, "epoch");
        same(client.epochFromBlockNumber(21, 0), 0, "no epochs");
    }

    /// Two entries suffice.
    function test_the_smallest_history() public {
        Parameters memory chosen = parameters();
        chosen.historyCapacity = 2;
        deploy(chosen);
        submit(3);
        submit(5);
        (, uint64 height,) = client.finalizedState();
        same(height, 3, "final");
        later(ROOT_DELAY);
        submit(15);
        (, height,) = client.finalizedState();
        same(height, 5, "final");
        _expectServed(0, 5);
        submit(21);
        _expectServed(5, 21);
    }
}
