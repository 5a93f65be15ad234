// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Parameters} from "../src/HotShotLightClient.sol";
import {EpochRoot, LightClientState, StakeTableState, TransitionProof} from "../src/IHotShotLightClient.sol";
import {InsecureProver} from "./support/InsecureProver.sol";
import {Chain} from "./support/Chain.sol";
import {VM} from "./support/Vm.sol";

/// What whole transactions cost: base fee, calldata, cold storage. Written to `gas/` by
/// `make gas-report`, and compared with it by every other run.
contract GasTest is Chain {
    string private constant GROUP = "transactions";

    /// A history longer than what deployments pay for, used up to the last entry that they paid for.
    function _unprepared() private {
        Parameters memory chosen = parameters();
        chosen.historyCapacity = 100;
        deploy(chosen);
        for (uint64 epoch = 1; client.getStateHistoryCount() < 64; epoch++) {
            submit(rootOf(epoch) - 4);
            submit(rootOf(epoch) - 3);
            submit(rootOf(epoch) - 2);
            later(13 hours);
            submit(rootOf(epoch));
            later(13 hours);
        }
    }

    /// Measures a call of its own; `submit` proves first, which must not count.
    function _measure(uint64 height, string memory name) private returns (uint256) {
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(height);
        client.newFinalizedState(state, next, auth, proof);
        return VM.snapshotGasLastCall(GROUP, name);
    }

    /// From the very first update on: what it writes was paid for by the deployment.
    function test_first_update() public {
        uint256 gas = _measure(1, "first update of a deployment");
        holds(gas <= 275_000, "first update: at most 275,000 gas");
    }

    function test_ordinary_update() public {
        submit(1);
        submit(2);
        uint256 gas = _measure(3, "ordinary update");
        holds(gas <= 275_000, "ordinary update: at most 275,000 gas");
    }

    /// The steady state: every entry of the ring was used before.
    function test_ordinary_update_after_laps() public {
        for (uint64 epoch = 1; epoch <= 12; epoch++) {
            submit(rootOf(epoch) - 4);
            submit(rootOf(epoch) - 3);
            submit(rootOf(epoch) - 2);
            submit(rootOf(epoch));
            later(13 hours);
        }
        holds(client.getStateHistoryCount() > 2 * HISTORY, "laps");
        uint256 gas = _measure(121, "ordinary update, after laps of the history");
        holds(gas <= 275_000, "ordinary update: at most 275,000 gas");
        gas = _measure(rootOf(13), "epoch root, after laps of the history");
        holds(gas <= 290_000, "epoch root: at most 290,000 gas");
    }

    /// A state that takes the place of a waiting root.
    function test_ordinary_update_in_a_roots_place() public {
        submit(rootOf(1));
        uint256 gas = _measure(11, "ordinary update, in the place of a waiting root");
        holds(gas <= 275_000, "ordinary update: at most 275,000 gas");
    }

    /// What an entry costs that nobody paid for: histories longer than 64, in their first lap.
    function test_first_use_of_an_entry() public {
        _unprepared();
        uint64 height = client.votingEpoch() * LENGTH - 9;
        _measure(height, "ordinary update, first use of a history entry");
        _measure(height + 4, "epoch root, first use of a history entry");
    }

    function test_batches_with_first_use_of_an_entry() public {
        _unprepared();
        uint64 epoch = client.votingEpoch();
        EpochRoot[] memory roots = epochRoots(epoch, 8);
        client.newFinalizedEpochs(roots, key);
        uint256 gas = VM.snapshotGasLastCall(GROUP, "batch of 8 epochs, first use of a history entry");
        VM.snapshotValue(GROUP, "batch of 8 epochs, first use of a history entry, an epoch", gas / 8);
        later(13 hours);
        roots = epochRoots(epoch + 8, 16);
        client.newFinalizedEpochs(roots, key);
        gas = VM.snapshotGasLastCall(GROUP, "batch of 16 epochs, first use of a history entry");
        VM.snapshotValue(GROUP, "batch of 16 epochs, first use of a history entry, an epoch", gas / 16);
    }

    function test_epoch_root() public {
        submit(1);
        submit(2);
        uint256 gas = _measure(rootOf(1), "epoch root");
        holds(gas <= 290_000, "epoch root: at most 290,000 gas");
    }

    function test_epoch_root_after_epoch_root() public {
        submit(rootOf(1));
        later(13 hours);
        uint256 gas = _measure(rootOf(2), "epoch root, one an epoch");
        holds(gas <= 290_000, "epoch root: at most 290,000 gas");
    }

    function _batch(uint64 count, string memory name, uint256 limit) private {
        submit(rootOf(1));
        later(13 hours);
        EpochRoot[] memory roots = epochRoots(2, count);
        client.newFinalizedEpochs(roots, key);
        uint256 gas = VM.snapshotGasLastCall(GROUP, name);
        VM.snapshotValue(GROUP, string.concat(name, ", an epoch"), gas / count);
        holds(gas <= limit * count, name);
    }

    function test_batch_of_2() public {
        _batch(2, "batch of 2 epochs", 182_000);
    }

    function test_batch_of_8() public {
        _batch(8, "batch of 8 epochs", 90_000);
    }

    function test_batch_of_16() public {
        _batch(16, "batch of 16 epochs", 75_000);
    }

    function test_batch_of_32() public {
        _batch(32, "batch of 32 epochs", 72_000);
    }

    function test_verifier_alone() public {
        uint256[3] memory inputs = [element("a", 1), element("b", 1), element("c", 1)];
        bytes memory statement = abi.encodePacked(inputs, InsecureProver.prove(inputs, 1));
        holds(client.verifierOf(key).verify(statement), "a valid proof");
        VM.snapshotGasLastCall(GROUP, "verifier alone");
    }

    function test_preparing_history() public {
        Parameters memory chosen = parameters();
        chosen.historyCapacity = 100;
        deploy(chosen);
        client.prepareHistory(8);
        VM.snapshotGasLastCall(GROUP, "preparing 8 history entries");
    }

    /// Readers, each as a call of its own over a full history.
    function test_readers() public {
        for (uint64 epoch = 1; epoch <= 20; epoch++) {
            for (uint64 height = (epoch - 1) * LENGTH + 1; height <= rootOf(epoch); height += 2) {
                submit(height);
            }
        }
        client.getHotShotCommitment(rootOf(20) - 4);
        VM.snapshotGasLastCall(GROUP, "getHotShotCommitment, 16 entries");
        client.finalizedState();
        VM.snapshotGasLastCall(GROUP, "finalizedState");
        client.lagOverEscapeHatchThreshold(block.number, 10);
        VM.snapshotGasLastCall(GROUP, "lagOverEscapeHatchThreshold, 16 entries");
    }
}
