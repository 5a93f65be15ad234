// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Bn254} from "../../src/Bn254.sol";
import {HotShotLightClient, Parameters} from "../../src/HotShotLightClient.sol";
import {
    EpochRoot,
    LightClientState,
    StakeTableState,
    TransitionProof
} from "../../src/IHotShotLightClient.sol";
import {Rejected} from "../../src/Rejected.sol";
import {Assert} from "./Assert.sol";
import {InsecureProver} from "./InsecureProver.sol";
import {VM} from "./Vm.sol";

/// A light client on an invented chain with epochs of ten blocks, and proofs of whatever a test wants.
abstract contract Chain is Assert {
    uint64 internal constant LENGTH = 10;
    uint32 internal constant CAPACITY = 4;
    uint256 internal constant ROOT_DELAY = 1 hours;
    uint256 internal constant KEY_DELAY = 7 days;
    uint256 internal constant HISTORY = 16;
    uint256 internal constant START = 1_700_000_000;
    uint256 internal constant L1_START = 18_000_000;
    address internal constant OWNER = address(0xA11CE);

    HotShotLightClient internal client;
    bytes32 internal key;

    function setUp() public virtual {
        VM.warp(START);
        VM.roll(L1_START);
        deploy(parameters());
    }

    /// Lets time pass. The optimizer takes time and number of a block for constants, as in a transaction they
    /// are, so tests ask Foundry for them.
    function later(uint256 time) internal {
        VM.warp(VM.getBlockTimestamp() + time);
    }

    /// Lets blocks of L1 pass.
    function blocksLater(uint256 blocks) internal {
        VM.roll(VM.getBlockNumber() + blocks);
    }

    function deploy(Parameters memory chosen) internal {
        bytes[] memory keys = new bytes[](1);
        keys[0] = InsecureProver.keyFile(CAPACITY, true);
        key = keccak256(keys[0]);
        client = new HotShotLightClient(chosen, keys);
    }

    function parameters() internal pure returns (Parameters memory) {
        return Parameters({
            genesis: LightClientState(0, 0, 1),
            genesisStakeTable: table(1),
            genesisAuthRoot: 100,
            blocksPerEpoch: LENGTH,
            epochStartBlock: 0,
            stakeTableCapacity: CAPACITY,
            rootDelay: ROOT_DELAY,
            keyDelay: KEY_DELAY,
            historyCapacity: HISTORY,
            owner: OWNER,
            insecureKeysAllowed: true
        });
    }

    /// The table of an epoch: commitments of realistic size.
    function table(uint64 epoch) internal pure returns (StakeTableState memory) {
        return StakeTableState({
            threshold: 1_900_000_000_000_000_000_000_000_000 + epoch,
            blsKeyComm: element("bls", epoch),
            schnorrKeyComm: element("schnorr", epoch),
            amountComm: element("amount", epoch)
        });
    }

    function element(string memory what, uint64 which) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(what, which))) % Bn254.Q;
    }

    function authRootAt(uint64 height) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("auth", height)));
    }

    /// The state at a height; views run ahead of heights.
    function stateAt(uint64 height) internal pure returns (LightClientState memory) {
        return LightClientState(height + height / 7, height, element("root", height));
    }

    function rootOf(uint64 epoch) internal pure returns (uint64) {
        return epoch * LENGTH - 5;
    }

    function digest(LightClientState memory state, StakeTableState memory next, uint256 auth)
        internal
        pure
        returns (uint256)
    {
        return uint256(keccak256(abi.encode(state, next, auth))) % Bn254.Q;
    }

    function prove(
        StakeTableState memory voting,
        LightClientState memory state,
        StakeTableState memory next,
        uint256 auth,
        uint256 salt
    ) internal view returns (uint256[8] memory) {
        return InsecureProver.prove(
            [voting.schnorrKeyComm, voting.amountComm, digest(state, next, auth)], salt
        );
    }

    /// A proven state at a height of an epoch: with the next table at its root, else with its own.
    function update(uint64 height)
        internal
        view
        returns (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        )
    {
        uint64 epoch = (height + LENGTH - 1) / LENGTH;
        state = stateAt(height);
        next = table(height % LENGTH == LENGTH - 5 ? epoch + 1 : epoch);
        auth = authRootAt(height);
        proof = TransitionProof(key, prove(table(epoch), state, next, auth, height));
    }

    function submit(uint64 height) internal {
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(height);
        client.newFinalizedState(state, next, auth, proof);
    }

    function epochRoots(uint64 first, uint64 count) internal view returns (EpochRoot[] memory roots) {
        roots = new EpochRoot[](count);
        for (uint64 i = 0; i < count; i++) {
            (
                LightClientState memory state,
                StakeTableState memory next,
                uint256 auth,
                TransitionProof memory proof
            ) = update(rootOf(first + i));
            roots[i] = EpochRoot(state, next, auth, proof.points);
        }
    }

    function expectRejected(bytes32 code, uint256 got, uint256 expected) internal {
        VM.expectRevert(abi.encodeWithSelector(Rejected.selector, code, got, expected));
    }

    /// The code of a refusal, or zero if a call succeeded.
    function codeOf(bool success, bytes memory result) internal pure returns (bytes32 code) {
        if (success) return 0;
        if (result.length != 100 || bytes4(result) != Rejected.selector) revert Unexplained(result);
        assembly ("memory-safe") {
            code := mload(add(result, 0x24))
        }
    }
}

/// A call failed in a way that no rule explains.
error Unexplained(bytes data);
