// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Epochs} from "../src/Epochs.sol";
import {HotShotLightClient} from "../src/HotShotLightClient.sol";
import {
    EpochRoot,
    IHotShotLightClient,
    LightClientState,
    StakeTableState,
    TransitionProof
} from "../src/IHotShotLightClient.sol";
import {RejectionCodes as Codes} from "../src/RejectionCodes.sol";
import {Chain} from "./support/Chain.sol";
import {VM} from "./support/Vm.sol";

/// Does what anyone might do with a light client, in any order, beside a plain model of what must come of it:
/// lists instead of a ring, scans instead of searches, no packing.
contract Handler is Chain {
    struct Known {
        uint64 height;
        uint64 viewNum;
        uint256 time;
        uint256 l1Block;
        uint256 opened;
    }

    Known[] private known;
    uint64 private votes = 1;
    uint256 public accepted;
    uint256 public refused;

    constructor() {
        setUp();
        known.push(Known(0, 0, START, L1_START, L1_START));
    }

    function light() external view returns (HotShotLightClient) {
        return client;
    }

    function count() external view returns (uint256) {
        return known.length;
    }

    function _isRoot(uint64 height) private pure returns (bool) {
        return height % 10 == 5;
    }

    function _pending() private view returns (bool) {
        Known storage last = known[known.length - 1];
        return known.length > 1 && _isRoot(last.height) && VM.getBlockTimestamp() < last.time + ROOT_DELAY;
    }

    function _remember(uint64 height) private {
        uint256 now_ = VM.getBlockNumber();
        uint256 opened = now_;
        if (_pending()) {
            opened = known[known.length - 1].opened;
            known.pop();
        }
        known.push(Known(height, stateAt(height).viewNum, VM.getBlockTimestamp(), now_, opened));
        if (_isRoot(height)) votes = height / 10 + 2;
        accepted++;
    }

    /// What the rules say about a height whose state and proof are otherwise right.
    function _verdict(uint64 height) private view returns (bytes32) {
        Known storage last = known[known.length - 1];
        uint64 epoch = height == 0 ? 1 : (height + 9) / 10;
        if (epoch != votes) return Codes.STATE_EPOCH;
        if (height % 10 > 5 || (height % 10 == 0 && height > 0)) return Codes.STATE_AFTER_ROOT;
        if (stateAt(height).viewNum <= last.viewNum || height <= last.height) return Codes.STATE_OUTDATED;
        return 0;
    }

    function _judge(bytes memory call, bytes32 verdict) private returns (bool) {
        (bool success, bytes memory result) = address(client).call(call);
        same(codeOf(success, result), verdict, "verdict");
        if (!success) refused++;
        return success;
    }

    /// A true state, near the last one, so that many are accepted.
    function ordinary(uint8 step, bool near) external {
        uint64 height = known[known.length - 1].height;
        // Over the gap after a root.
        if (_isRoot(height) && near) height += 5;
        height += step % (near ? 4 : 40);
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(height);
        bytes memory call = abi.encodeCall(IHotShotLightClient.newFinalizedState, (state, next, auth, proof));
        if (_judge(call, _verdict(height))) _remember(height);
    }

    /// The next root, or one that is not next.
    function root(uint8 ahead) external {
        uint64 height = rootOf(votes + (ahead < 200 ? 0 : ahead % 3));
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(height);
        bytes memory call = abi.encodeCall(IHotShotLightClient.newFinalizedState, (state, next, auth, proof));
        if (_judge(call, _verdict(height))) _remember(height);
    }

    /// Several roots at once.
    function batch(uint8 size, uint8 ahead) external {
        uint64 first = votes + (ahead < 200 ? 0 : 1);
        EpochRoot[] memory roots = epochRoots(first, size % 4);
        bytes32 verdict = roots.length == 0
            ? Codes.TRANSITION_EMPTY
            : first != votes ? Codes.STATE_EPOCH : _verdict(roots[0].state.blockHeight);
        bytes memory call = abi.encodeCall(IHotShotLightClient.newFinalizedEpochs, (roots, key));
        if (_judge(call, verdict)) _remember(roots[roots.length - 1].state.blockHeight);
    }

    /// A proof of another state.
    function lie(uint64 seed) external {
        uint64 height = rootOf(votes);
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(height);
        next = table(1000 + seed % 1000);
        bytes memory call = abi.encodeCall(IHotShotLightClient.newFinalizedState, (state, next, auth, proof));
        bytes32 verdict = _verdict(height);
        _judge(call, verdict == 0 ? Codes.TRANSITION_PROOF : verdict);
    }

    function pass(uint16 time, uint8 blocks) external {
        later(time);
        blocksLater(blocks);
    }

    function prepare(uint8 entries) external {
        client.prepareHistory(entries % 5);
    }

    /// Compares every answer with the model's.
    function check() external {
        uint256 length = known.length;
        uint256 lastServed = length - (_pending() ? 2 : 1);
        uint256 first = length > HISTORY ? length - HISTORY : 0;
        same(client.getStateHistoryCount(), length, "count");
        same(client.stateHistoryFirstIndex(), first, "first");
        (uint64 viewNum, uint64 height, uint256 commitment) = client.finalizedState();
        same(height, known[lastServed].height, "height");
        same(viewNum, known[lastServed].viewNum, "view");
        if (height > 0) {
            same(commitment, stateAt(height).blockCommRoot, "root");
            same(client.authRoot(), authRootAt(height), "auth root");
        }
        same(client.votingEpoch(), votes, "voting epoch");
        (,, uint256 schnorr,) = client.votingStakeTableState();
        same(schnorr, table(votes).schnorrKeyComm, "voting table");
        uint64 top = known[length - 1].height;
        for (uint64 asked = 0; asked <= top; asked += 3) {
            uint256 i = first;
            while (i <= lastServed && known[i].height <= asked) i++;
            (bool success, bytes memory result) =
                address(client).call(abi.encodeCall(IHotShotLightClient.getHotShotCommitment, (asked)));
            holds(success == (i <= lastServed), "whether a root is served");
            if (success) {
                (, uint64 by) = abi.decode(result, (uint256, uint64));
                same(by, known[i].height, "by which root");
            }
        }
        uint256 now_ = VM.getBlockNumber();
        for (uint256 back = 0; back < 300; back += 37) {
            uint256 asked = now_ - back;
            if (asked < known[first].opened) break;
            uint256 i = length - 1;
            while (known[i].opened > asked) i--;
            bool late = client.lagOverEscapeHatchThreshold(asked, 20);
            holds(late == (asked - known[i].opened > 20), "lag");
        }
    }
}

/// Random sequences of calls. After each, everything that can be read is what a plain model says.
contract InvariantsTest is Chain {
    Handler private handler;

    function setUp() public override {
        handler = new Handler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Only what changes something; `check` is called by the invariant.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = Handler.ordinary.selector;
        selectors[1] = Handler.root.selector;
        selectors[2] = Handler.batch.selector;
        selectors[3] = Handler.lie.selector;
        selectors[4] = Handler.pass.selector;
        selectors[5] = Handler.prepare.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    function invariant_the_model_agrees() public {
        handler.check();
    }

    /// A sequence of fixed length in which things happen, so that agreement is not that of two empty lists.
    function test_the_model_has_something_to_say() public {
        for (uint8 i = 0; i < 60; i++) {
            handler.ordinary(i, i % 3 != 0);
            handler.pass(uint16(i) * 200, i);
            if (i % 4 == 0) handler.root(uint8(uint256(i) * 5));
            if (i % 7 == 0) handler.batch(i, uint8(uint256(i) * 9));
            handler.lie(i);
            handler.prepare(i);
            handler.check();
        }
        holds(handler.accepted() > 40, "accepted");
        holds(handler.refused() > 60, "refused");
        holds(handler.count() > HISTORY + 10, "the ring went round");
    }
}
