// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";
import {Epochs} from "./Epochs.sol";
import {EpochRoot, LightClientState, StakeTableState, TransitionProof} from "./IHotShotLightClient.sol";
import {KeyRing} from "./KeyRing.sol";
import {Rejected} from "./Rejected.sol";
import {RejectionCodes as Codes} from "./RejectionCodes.sol";
import {StateHistory} from "./StateHistory.sol";

/// What a light client is deployed with. All of it but the owner and the keys is fixed for good.
struct Parameters {
    /// The state that trust starts from. Nothing proves it: compare it with sources of your own.
    LightClientState genesis;
    /// The table that signs next after this state.
    StakeTableState genesisStakeTable;
    /// The auth root that belongs to this state.
    uint256 genesisAuthRoot;
    /// Blocks of an epoch.
    uint64 blocksPerEpoch;
    /// The first block of protocol 0.4 or later with epochs: before, nobody signs what proofs are about.
    uint64 epochStartBlock;
    /// Rows that the commitments of stake tables cover.
    uint256 stakeTableCapacity;
    /// Seconds until the root of an epoch is served as final although no later state vouches for it.
    uint256 rootDelay;
    /// Seconds from the announcement of a key to the first time that it can be installed.
    uint256 keyDelay;
    /// How many states are kept.
    uint256 historyCapacity;
    /// Who may announce and retire keys; nobody if zero.
    address owner;
    /// Whether keys are accepted under which **anyone can forge proofs**.
    bool insecureKeysAllowed;
}

/// HotShot's light client for an EVM. It accepts a state when a Groth16 proof says that members of the voting
/// stake table who hold more than two thirds of its stake signed it, and follows the table from epoch to epoch
/// by what they sign at each epoch's root.
///
/// Nobody can set state, pause or upgrade it. The owner decides about keys only, see `KeyRing`.
contract HotShotLightClient is StateHistory, KeyRing {
    using Epochs for uint64;

    /// The first block that the epochs' rules hold for.
    uint64 public immutable epochStartBlock;

    /// The most epochs of a batch: more would not fit into a block.
    uint256 public constant BATCH_LIMIT = 128;

    uint256 private _blsKeyComm;
    uint256 private _schnorrKeyComm;
    uint256 private _amountComm;

    LightClientState private _genesis;
    StakeTableState private _genesisTable;

    /// @param parameters See there.
    /// @param keys The files of the first keys, as `hotshot-prover` writes them.
    constructor(Parameters memory parameters, bytes[] memory keys)
        StateHistory(parameters.blocksPerEpoch, parameters.rootDelay, parameters.historyCapacity)
        KeyRing(
            keys,
            parameters.stakeTableCapacity,
            parameters.keyDelay,
            parameters.insecureKeysAllowed,
            parameters.owner
        )
    {
        LightClientState memory genesis = parameters.genesis;
        uint64 length = parameters.blocksPerEpoch;
        epochStartBlock = parameters.epochStartBlock;
        _requireField(genesis.blockCommRoot);
        _requireTable(parameters.genesisStakeTable);
        // Trust may start only where it is clear which table signs next.
        if (genesis.blockHeight.isAfterRoot(length)) {
            revert Rejected(Codes.STATE_AFTER_ROOT, genesis.blockHeight, length);
        }
        uint64 first = parameters.epochStartBlock.epochOf(length);
        uint64 epoch = _epochAfter(genesis.blockHeight, length);
        if (epoch < first) revert Rejected(Codes.STATE_VERSION, epoch, first);
        (_genesis, _genesisTable) = (genesis, parameters.genesisStakeTable);
        _setTable(parameters.genesisStakeTable);
        _record(genesis, parameters.genesisAuthRoot, 0, false);
    }

    /// Accepts a state that more than two thirds of the voting table signed, with an ordinary block or with
    /// the root of the epoch.
    ///
    /// @param newState The signed state: of a later view and height than the last one, in the epoch whose
    /// table votes, not after its root.
    /// @param nextStakeTable At the epoch's root, the table that was signed to vote next. Elsewhere
    /// validators sign the voting table once more, which is taken from storage; this argument is not read.
    /// @param newAuthRoot The signed auth root.
    /// @param proof The proof.
    function newFinalizedState(
        LightClientState calldata newState,
        StakeTableState calldata nextStakeTable,
        uint256 newAuthRoot,
        TransitionProof calldata proof
    ) external {
        (uint256 index, uint64 lastView, uint64 lastHeight, bool pending) = _last();
        uint64 epoch = _epochAfter(lastHeight, blocksPerEpoch);
        _requireState(newState, epoch, lastView, lastHeight, false);
        StakeTableState memory voting = _votingTable();
        bool root = newState.blockHeight.isRoot(blocksPerEpoch);
        StakeTableState memory next = voting;
        if (root) {
            next = nextStakeTable;
            _requireTable(next);
        }
        bytes memory statement = new bytes(352);
        _writeStatement(statement, 0, voting, _digest(newState, next, newAuthRoot), proof.points);
        _requireProven(proof.keyHash, statement);
        if (root) _advance(next, epoch);
        _record(newState, newAuthRoot, index + 1, pending);
    }

    /// Accepts the roots of successive epochs in one transaction, for less than half of what they cost one by
    /// one. Only the last of them becomes part of the history: its root covers the blocks of all.
    ///
    /// @param roots From the epoch whose table votes on, none left out.
    /// @param keyHash The key that all proofs are under.
    function newFinalizedEpochs(EpochRoot[] calldata roots, bytes32 keyHash) external {
        uint256 length = roots.length;
        if (length == 0) revert Rejected(Codes.TRANSITION_EMPTY, 0, 1);
        if (length > BATCH_LIMIT) revert Rejected(Codes.TRANSITION_LENGTH, length, BATCH_LIMIT);
        (uint256 index, uint64 lastView, uint64 lastHeight, bool pending) = _last();
        uint64 epoch = _epochAfter(lastHeight, blocksPerEpoch);
        StakeTableState memory voting = _votingTable();
        bytes memory statements = new bytes(352 * length);
        for (uint256 i = 0; i < length; i++) {
            EpochRoot calldata entry = roots[i];
            _requireState(entry.state, epoch, lastView, lastHeight, true);
            (lastView, lastHeight) = (entry.state.viewNum, entry.state.blockHeight);
            StakeTableState memory next = entry.nextStakeTable;
            _requireTable(next);
            _writeStatement(
                statements, 352 * i, voting, _digest(entry.state, next, entry.authRoot), entry.points
            );
            voting = next;
            epoch++;
        }
        _requireProven(keyHash, statements);
        for (uint64 done = epoch - uint64(length) + 1; done < epoch; done++) {
            emit NewEpoch(done);
        }
        _advance(voting, epoch - 1);
        EpochRoot calldata last = roots[length - 1];
        _record(last.state, last.authRoot, index + 1, pending);
    }

    /// The commitments of the table that signs next.
    function votingStakeTableState()
        external
        view
        returns (uint256 threshold, uint256 blsKeyComm, uint256 schnorrKeyComm, uint256 amountComm)
    {
        return (_threshold, _blsKeyComm, _schnorrKeyComm, _amountComm);
    }

    /// The epoch whose table signs next.
    function votingEpoch() external view returns (uint64) {
        (,, uint64 height,) = _last();
        return _epochAfter(height, blocksPerEpoch);
    }

    /// The state that trust started from.
    function genesisState()
        external
        view
        returns (uint64 viewNum, uint64 blockHeight, uint256 blockCommRoot)
    {
        return (_genesis.viewNum, _genesis.blockHeight, _genesis.blockCommRoot);
    }

    /// The table that trust started from.
    function genesisStakeTableState()
        external
        view
        returns (uint256 threshold, uint256 blsKeyComm, uint256 schnorrKeyComm, uint256 amountComm)
    {
        StakeTableState storage table = _genesisTable;
        return (table.threshold, table.blsKeyComm, table.schnorrKeyComm, table.amountComm);
    }

    /// The epoch whose table signs the next state after a state at this height: a root hands over.
    function _epochAfter(uint64 height, uint64 length) private pure returns (uint64 epoch) {
        epoch = height.epochOf(length);
        if (height.isRoot(length)) epoch++;
    }

    /// Every rule for a state but its signatures.
    function _requireState(
        LightClientState calldata state,
        uint64 epoch,
        uint64 lastView,
        uint64 lastHeight,
        bool onlyRoot
    ) private view {
        (uint64 viewNum, uint64 height) = (state.viewNum, state.blockHeight);
        _requireField(state.blockCommRoot);
        // The table of an epoch signs this epoch's states alone, and none can be left out: only the root of
        // an epoch, signed by its table, brings in the next one.
        uint64 found = height.epochOf(blocksPerEpoch);
        if (found != epoch) revert Rejected(Codes.STATE_EPOCH, found, epoch);
        if (onlyRoot) {
            if (!height.isRoot(blocksPerEpoch)) {
                revert Rejected(Codes.STATE_NOT_EPOCH_ROOT, height, uint256(epoch) * blocksPerEpoch - 5);
            }
        } else if (height.isAfterRoot(blocksPerEpoch)) {
            revert Rejected(Codes.STATE_AFTER_ROOT, height, uint256(epoch) * blocksPerEpoch - 5);
        }
        if (viewNum <= lastView) revert Rejected(Codes.STATE_OUTDATED, viewNum, lastView);
        if (height <= lastHeight) revert Rejected(Codes.STATE_OUTDATED, height, lastHeight);
    }

    function _requireField(uint256 element) private pure {
        if (element >= Bn254.Q) revert Rejected(Codes.STATE_FIELD, element, Bn254.Q);
    }

    /// Zero is what storage that nobody wrote to holds.
    function _requireTable(StakeTableState memory table) private pure {
        if (table.threshold == 0 || table.threshold > type(uint128).max) {
            revert Rejected(Codes.STATE_THRESHOLD, table.threshold, type(uint128).max);
        }
        _requireCommitment(table.blsKeyComm);
        _requireCommitment(table.schnorrKeyComm);
        _requireCommitment(table.amountComm);
    }

    function _requireCommitment(uint256 element) private pure {
        if (element == 0) revert Rejected(Codes.STATE_FIELD, 0, Bn254.Q);
        _requireField(element);
    }

    function _votingTable() private view returns (StakeTableState memory) {
        return StakeTableState(_threshold, _blsKeyComm, _schnorrKeyComm, _amountComm);
    }

    function _setTable(StakeTableState memory table) private {
        // The threshold was found to have 128 bits.
        _threshold = uint128(table.threshold);
        (_blsKeyComm, _schnorrKeyComm, _amountComm) =
        (table.blsKeyComm, table.schnorrKeyComm, table.amountComm);
    }

    /// Hands over to the table that the root of an epoch names.
    function _advance(StakeTableState memory next, uint64 epoch) private {
        _setTable(next);
        emit NewEpoch(epoch + 1);
    }

    /// What validators sign: Keccak-256 over eight words, as an element of the field. It is computed here and
    /// never taken from a prover.
    function _digest(LightClientState calldata state, StakeTableState memory next, uint256 newAuthRoot)
        private
        pure
        returns (uint256)
    {
        bytes32 hash = keccak256(
            abi.encode(
                state.viewNum,
                state.blockHeight,
                state.blockCommRoot,
                next.threshold,
                next.blsKeyComm,
                next.schnorrKeyComm,
                next.amountComm,
                newAuthRoot
            )
        );
        return uint256(hash) % Bn254.Q;
    }

    /// Writes what `Groth16Verifier.verify` takes: the three inputs and the proof.
    function _writeStatement(
        bytes memory statements,
        uint256 offset,
        StakeTableState memory voting,
        uint256 digest,
        uint256[8] calldata points
    ) private pure {
        (uint256 keys, uint256 amounts) = (voting.schnorrKeyComm, voting.amountComm);
        // `statements` has room for 352 bytes at `offset`: both callers allocate as much for each statement.
        assembly ("memory-safe") {
            let at := add(add(statements, 0x20), offset)
            mstore(at, keys)
            mstore(add(at, 0x20), amounts)
            mstore(add(at, 0x40), digest)
            calldatacopy(add(at, 0x60), points, 0x100)
        }
    }
}
