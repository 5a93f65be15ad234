// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Bn254} from "../src/Bn254.sol";
import {HotShotLightClient, Parameters} from "../src/HotShotLightClient.sol";
import {
    EpochRoot,
    IHotShotLightClient,
    LightClientState,
    StakeTableState,
    TransitionProof
} from "../src/IHotShotLightClient.sol";
import {RejectionCodes as Codes} from "../src/RejectionCodes.sol";
import {Chain} from "./support/Chain.sol";
import {InsecureProver} from "./support/InsecureProver.sol";
import {VM} from "./support/Vm.sol";

/// Which states are accepted, and why others are not. Every refused state here has a valid proof, unless the
/// proof is what is wrong with it.
contract RulesTest is Chain {
    function _votesFor(uint64 epoch) private view returns (bool) {
        (uint256 threshold, uint256 bls, uint256 schnorr, uint256 amount) = client.votingStakeTableState();
        return keccak256(abi.encode(threshold, bls, schnorr, amount)) == keccak256(abi.encode(table(epoch)));
    }

    function test_genesis() public view {
        (uint64 viewNum, uint64 height, uint256 root) = client.finalizedState();
        same(viewNum, 0, "view");
        same(height, 0, "height");
        same(root, 1, "root");
        same(client.currentEpoch(), 1, "epoch");
        same(client.votingEpoch(), 1, "voting epoch");
        same(client.authRoot(), 100, "auth root");
        holds(_votesFor(1), "table");
        (,, uint256 schnorr,) = client.genesisStakeTableState();
        same(schnorr, table(1).schnorrKeyComm, "genesis table");
        (, uint64 genesisHeight,) = client.genesisState();
        same(genesisHeight, 0, "genesis state");
    }

    function test_ordinary_state() public {
        VM.expectEmit();
        emit IHotShotLightClient.NewState(stateAt(3).viewNum, 3, stateAt(3).blockCommRoot);
        submit(3);
        (uint64 viewNum, uint64 height, uint256 root) = client.finalizedState();
        same(viewNum, stateAt(3).viewNum, "view");
        same(height, 3, "height");
        same(root, stateAt(3).blockCommRoot, "root");
        same(client.authRoot(), authRootAt(3), "auth root");
        holds(_votesFor(1), "the table stays");
    }

    function test_epoch_root_changes_the_table_at_once() public {
        VM.expectEmit();
        emit IHotShotLightClient.NewEpoch(2);
        VM.expectEmit();
        emit IHotShotLightClient.NewState(stateAt(5).viewNum, 5, stateAt(5).blockCommRoot);
        submit(5);
        holds(_votesFor(2), "the next table");
        same(client.currentEpoch(), 1, "epoch of the last state");
        same(client.votingEpoch(), 2, "epoch of the table");
        // The next epoch's states are signed by the next table, from its first block to its root.
        submit(11);
        submit(14);
        submit(15);
        holds(_votesFor(3), "and the one after");
    }

    function _expectAt(uint64 height, bytes32 code, uint256 got, uint256 expected) private {
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(height);
        expectRejected(code, got, expected);
        client.newFinalizedState(state, next, auth, proof);
    }

    function test_blocks_after_the_root() public {
        // With the table that votes, whether the root has been submitted or not.
        for (uint64 height = 6; height <= 10; height++) {
            _expectAt(height, Codes.STATE_AFTER_ROOT, height, 5);
        }
        submit(5);
        for (uint64 height = 6; height <= 10; height++) {
            _expectAt(height, Codes.STATE_EPOCH, 1, 2);
        }
        _expectAt(20, Codes.STATE_AFTER_ROOT, 20, 15);
    }

    function test_no_epoch_is_left_out() public {
        _expectAt(11, Codes.STATE_EPOCH, 2, 1);
        _expectAt(15, Codes.STATE_EPOCH, 2, 1);
        _expectAt(25, Codes.STATE_EPOCH, 3, 1);
        submit(4);
        _expectAt(11, Codes.STATE_EPOCH, 2, 1);
        submit(5);
        _expectAt(21, Codes.STATE_EPOCH, 3, 2);
    }

    function test_views_and_heights_grow() public {
        submit(3);
        _expectAt(3, Codes.STATE_OUTDATED, stateAt(3).viewNum, stateAt(3).viewNum);
        _expectAt(2, Codes.STATE_OUTDATED, stateAt(2).viewNum, stateAt(3).viewNum);
        // A later view of an earlier block, and an earlier view of a later one.
        LightClientState memory state = LightClientState(50, 2, 1);
        TransitionProof memory proof = TransitionProof(key, prove(table(1), state, table(1), 7, 1));
        expectRejected(Codes.STATE_OUTDATED, 2, 3);
        client.newFinalizedState(state, table(1), 7, proof);
        state = LightClientState(3, 4, 1);
        proof = TransitionProof(key, prove(table(1), state, table(1), 7, 1));
        expectRejected(Codes.STATE_OUTDATED, 3, 3);
        client.newFinalizedState(state, table(1), 7, proof);
        state.viewNum = 4;
        proof = TransitionProof(key, prove(table(1), state, table(1), 7, 1));
        client.newFinalizedState(state, table(1), 7, proof);
    }

    /// The relay's signatures of ordinary states are public. A table that a caller puts beside one is not read.
    function test_the_table_changes_at_roots_only() public {
        (LightClientState memory state,, uint256 auth, TransitionProof memory proof) = update(4);
        StakeTableState memory mine = StakeTableState(1, 2, 3, 4);
        uint256[8] memory forged = prove(table(1), state, mine, auth, 1);
        expectRejected(Codes.TRANSITION_PROOF, 0, 1);
        client.newFinalizedState(state, mine, auth, TransitionProof(key, forged));
        StakeTableState memory nothing;
        client.newFinalizedState(state, nothing, auth, proof);
        holds(_votesFor(1), "the table stays");
        // At the root it is what was signed, and nothing else.
        (state,, auth, proof) = update(5);
        expectRejected(Codes.TRANSITION_PROOF, 0, 1);
        client.newFinalizedState(state, mine, auth, proof);
        expectRejected(Codes.TRANSITION_PROOF, 0, 1);
        client.newFinalizedState(state, table(1), auth, proof);
    }

    /// One word changed at a time: the digest covers all of them, in their order.
    function test_every_signed_word_counts() public {
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(5);
        uint256[8] memory words = [
            uint256(state.viewNum),
            state.blockHeight,
            state.blockCommRoot,
            next.threshold,
            next.blsKeyComm,
            next.schnorrKeyComm,
            next.amountComm,
            auth
        ];
        for (uint256 i = 0; i < 8; i++) {
            // Another height is not a root, which is another rule's concern.
            if (i == 1) continue;
            uint256[8] memory other = words;
            other[i] ^= 1;
            _expectProofRefused(other, proof);
            other[i] ^= 1;
            for (uint256 j = 3; j < i; j++) {
                (other[i], other[j]) = (other[j], other[i]);
                if (other[3] < 1 << 128) _expectProofRefused(other, proof);
                (other[i], other[j]) = (other[j], other[i]);
            }
        }
    }

    function _expectProofRefused(uint256[8] memory words, TransitionProof memory proof) private {
        LightClientState memory state = LightClientState(uint64(words[0]), uint64(words[1]), words[2]);
        StakeTableState memory next = StakeTableState(words[3], words[4], words[5], words[6]);
        // An auth root may be any word, a commitment may not.
        if (words[4] >= Bn254.Q || words[5] >= Bn254.Q || words[6] >= Bn254.Q) return;
        expectRejected(Codes.TRANSITION_PROOF, 0, 1);
        client.newFinalizedState(state, next, words[7], proof);
    }

    function test_signed_by_another_table() public {
        (LightClientState memory state, StakeTableState memory next, uint256 auth,) = update(5);
        StakeTableState memory other = table(1);
        other.schnorrKeyComm ^= 1;
        TransitionProof memory proof = TransitionProof(key, prove(other, state, next, auth, 1));
        expectRejected(Codes.TRANSITION_PROOF, 0, 1);
        client.newFinalizedState(state, next, auth, proof);
        other = table(1);
        other.amountComm ^= 1;
        proof = TransitionProof(key, prove(other, state, next, auth, 1));
        expectRejected(Codes.TRANSITION_PROOF, 0, 1);
        client.newFinalizedState(state, next, auth, proof);
    }

    function test_fields_have_one_form() public {
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(5);
        state.blockCommRoot += Bn254.Q;
        expectRejected(Codes.STATE_FIELD, state.blockCommRoot, Bn254.Q);
        client.newFinalizedState(state, next, auth, proof);
        state.blockCommRoot -= Bn254.Q;

        uint256[2] memory bad = [0, Bn254.Q];
        for (uint256 i = 0; i < 2; i++) {
            StakeTableState memory other = table(2);
            other.blsKeyComm = bad[i];
            expectRejected(Codes.STATE_FIELD, bad[i], Bn254.Q);
            client.newFinalizedState(state, other, auth, proof);
            other = table(2);
            other.schnorrKeyComm = bad[i];
            expectRejected(Codes.STATE_FIELD, bad[i], Bn254.Q);
            client.newFinalizedState(state, other, auth, proof);
            other = table(2);
            other.amountComm = bad[i];
            expectRejected(Codes.STATE_FIELD, bad[i], Bn254.Q);
            client.newFinalizedState(state, other, auth, proof);
            other = table(2);
            other.threshold = i == 0 ? 0 : 1 << 128;
            expectRejected(Codes.STATE_THRESHOLD, other.threshold, type(uint128).max);
            client.newFinalizedState(state, other, auth, proof);
        }
        client.newFinalizedState(state, next, auth, proof);
    }

    function test_unknown_key() public {
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(5);
        proof.keyHash = bytes32(uint256(key) ^ 1);
        expectRejected(Codes.TRANSITION_KEY_HASH, uint256(proof.keyHash), 0);
        client.newFinalizedState(state, next, auth, proof);
    }

    function test_batch_of_epochs() public {
        EpochRoot[] memory roots = epochRoots(1, 4);
        for (uint64 epoch = 2; epoch <= 5; epoch++) {
            VM.expectEmit();
            emit IHotShotLightClient.NewEpoch(epoch);
        }
        VM.expectEmit();
        emit IHotShotLightClient.NewState(stateAt(35).viewNum, 35, stateAt(35).blockCommRoot);
        client.newFinalizedEpochs(roots, key);
        holds(_votesFor(5), "the last table");
        same(client.currentEpoch(), 4, "epoch");
        same(client.getStateHistoryCount(), 2, "only the last is kept");
        submit(41);
    }

    function test_batches_are_as_strict() public {
        EpochRoot[] memory roots = epochRoots(1, 0);
        expectRejected(Codes.TRANSITION_EMPTY, 0, 1);
        client.newFinalizedEpochs(roots, key);

        roots = epochRoots(2, 2);
        expectRejected(Codes.STATE_EPOCH, 2, 1);
        client.newFinalizedEpochs(roots, key);

        roots = epochRoots(1, 3);
        roots[1] = roots[2];
        expectRejected(Codes.STATE_EPOCH, 3, 2);
        client.newFinalizedEpochs(roots, key);

        roots = epochRoots(1, 3);
        (roots[0], roots[1]) = (roots[1], roots[0]);
        expectRejected(Codes.STATE_EPOCH, 2, 1);
        client.newFinalizedEpochs(roots, key);

        roots = epochRoots(1, 3);
        roots[1].state.blockHeight = 14;
        expectRejected(Codes.STATE_NOT_EPOCH_ROOT, 14, 15);
        client.newFinalizedEpochs(roots, key);
        roots[1].state.blockHeight = 16;
        expectRejected(Codes.STATE_NOT_EPOCH_ROOT, 16, 15);
        client.newFinalizedEpochs(roots, key);

        roots = epochRoots(1, 3);
        roots[1].state.viewNum = roots[0].state.viewNum;
        expectRejected(Codes.STATE_OUTDATED, roots[0].state.viewNum, roots[0].state.viewNum);
        client.newFinalizedEpochs(roots, key);

        roots = epochRoots(1, 3);
        roots[2].nextStakeTable.amountComm = 0;
        expectRejected(Codes.STATE_FIELD, 0, Bn254.Q);
        client.newFinalizedEpochs(roots, key);

        for (uint256 bad = 0; bad < 3; bad++) {
            roots = epochRoots(1, 3);
            roots[bad].authRoot ^= 1;
            expectRejected(Codes.TRANSITION_PROOF, 0, 1);
            client.newFinalizedEpochs(roots, key);
            roots = epochRoots(1, 3);
            roots[bad].points = roots[(bad + 1) % 3].points;
            expectRejected(Codes.TRANSITION_PROOF, 0, 1);
            client.newFinalizedEpochs(roots, key);
        }
        roots = epochRoots(1, 3);
        roots[1].nextStakeTable = table(9);
        expectRejected(Codes.TRANSITION_PROOF, 0, 1);
        client.newFinalizedEpochs(roots, key);

        roots = epochRoots(1, 3);
        expectRejected(Codes.TRANSITION_KEY_HASH, 5, 0);
        client.newFinalizedEpochs(roots, bytes32(uint256(5)));
        roots = new EpochRoot[](129);
        expectRejected(Codes.TRANSITION_LENGTH, 129, 128);
        client.newFinalizedEpochs(roots, key);
        // Nothing of all this left a trace.
        same(client.getStateHistoryCount(), 1, "entries");
        client.newFinalizedEpochs(epochRoots(1, 3), key);
    }

    function test_a_batch_does_what_single_updates_do() public {
        client.newFinalizedEpochs(epochRoots(1, 3), key);
        HotShotLightClient batched = client;
        deploy(parameters());
        for (uint64 epoch = 1; epoch <= 3; epoch++) {
            submit(rootOf(epoch));
        }
        (uint64 viewNum, uint64 height, uint256 root, uint256 auth, bool isFinal) = client.latestState();
        (uint64 viewNum2, uint64 height2, uint256 root2, uint256 auth2, bool isFinal2) = batched.latestState();
        same(
            keccak256(abi.encode(viewNum, height, root, auth, isFinal)),
            keccak256(abi.encode(viewNum2, height2, root2, auth2, isFinal2)),
            "state"
        );
        (,, uint256 schnorr, uint256 amount) = client.votingStakeTableState();
        (,, uint256 schnorr2, uint256 amount2) = batched.votingStakeTableState();
        same(schnorr, schnorr2, "keys");
        same(amount, amount2, "amounts");
    }

    function _expectUndeployable(Parameters memory chosen, bytes memory reason) private {
        bytes[] memory keys = new bytes[](0);
        VM.expectRevert(reason);
        new HotShotLightClient(chosen, keys);
    }

    function _rejected(bytes32 code, uint256 got, uint256 expected) private pure returns (bytes memory) {
        return abi.encodeWithSignature("Rejected(bytes32,uint256,uint256)", code, got, expected);
    }

    function test_where_trust_cannot_start() public {
        Parameters memory chosen = parameters();
        for (uint64 height = 6; height <= 10; height++) {
            chosen.genesis.blockHeight = height;
            _expectUndeployable(chosen, _rejected(Codes.STATE_AFTER_ROOT, height, 10));
        }
        chosen = parameters();
        chosen.epochStartBlock = 21;
        _expectUndeployable(chosen, _rejected(Codes.STATE_VERSION, 1, 3));
        chosen.genesis.blockHeight = 14;
        _expectUndeployable(chosen, _rejected(Codes.STATE_VERSION, 2, 3));
        chosen = parameters();
        chosen.genesis.blockCommRoot = Bn254.Q;
        _expectUndeployable(chosen, _rejected(Codes.STATE_FIELD, Bn254.Q, Bn254.Q));
        chosen = parameters();
        chosen.genesisStakeTable.threshold = 0;
        _expectUndeployable(chosen, _rejected(Codes.STATE_THRESHOLD, 0, type(uint128).max));
        chosen = parameters();
        chosen.genesisStakeTable.schnorrKeyComm = 0;
        _expectUndeployable(chosen, _rejected(Codes.STATE_FIELD, 0, Bn254.Q));
        chosen = parameters();
        chosen.blocksPerEpoch = 5;
        _expectUndeployable(chosen, abi.encodeWithSelector(IHotShotLightClient.InvalidParameters.selector));
        chosen = parameters();
        chosen.historyCapacity = 1;
        _expectUndeployable(chosen, abi.encodeWithSelector(IHotShotLightClient.InvalidParameters.selector));
    }

    /// Trust may start at the root of an epoch: then the next table votes.
    function test_trust_starts_at_a_root() public {
        Parameters memory chosen = parameters();
        chosen.genesis = stateAt(rootOf(7));
        chosen.genesisStakeTable = table(8);
        chosen.epochStartBlock = 71;
        deploy(chosen);
        same(client.votingEpoch(), 8, "voting epoch");
        (, uint64 height,) = client.finalizedState();
        same(height, 65, "a trusted state is final");
        _expectAt(66, Codes.STATE_EPOCH, 7, 8);
        submit(71);
        (uint256 root,) = client.getHotShotCommitment(64);
        same(root, stateAt(65).blockCommRoot, "a trusted root is served");
    }

    function test_nobody_sends_money() public {
        (bool success,) = address(client).call{value: 1}("");
        holds(!success, "no receive function");
    }
}
