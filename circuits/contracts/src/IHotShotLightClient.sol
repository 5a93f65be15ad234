// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// What a light client knows of HotShot.
struct LightClientState {
    /// View of the block.
    uint64 viewNum;
    /// Height of the block. The root covers the blocks **below** this height.
    uint64 blockHeight;
    /// Commitment to the block tree's root: Rescue over its 48 bytes, below the scalar field's modulus.
    uint256 blockCommRoot;
}

/// A stake table, committed column by column.
struct StakeTableState {
    /// A third of the stake, rounded down, plus one. **Not** the quorum that a proof needs.
    uint256 threshold;
    /// Rescue over the BLS keys.
    uint256 blsKeyComm;
    /// Rescue over the Schnorr keys.
    uint256 schnorrKeyComm;
    /// Rescue over the stakes.
    uint256 amountComm;
}

/// A proof and the key that it is under.
struct TransitionProof {
    /// Hash of the key's file.
    bytes32 keyHash;
    /// A, B, C as the pairing precompile takes them: x before y, the imaginary part first.
    uint256[8] points;
}

/// An epoch's root with its proof, for batches.
struct EpochRoot {
    LightClientState state;
    StakeTableState nextStakeTable;
    uint256 authRoot;
    uint256[8] points;
}

/// The readers and events of the reference contract (EspressoSystems/espresso-network
/// `contracts/src/LightClientV3.sol`), with the same signatures, and what this one adds.
interface IHotShotLightClient {
    /// A state was proven. **At the root of an epoch it is not final yet**: see `latestState`.
    event NewState(uint64 indexed viewNum, uint64 indexed blockHeight, uint256 blockCommRoot);
    /// A new stake table votes from here on.
    event NewEpoch(uint64 epoch);
    /// Someone asked to let a key in; it can be installed from `due` on.
    event KeyAnnounced(bytes32 indexed keyHash, uint256 due);
    /// The owner took an announcement back.
    event KeyWithdrawn(bytes32 indexed keyHash);
    /// Proofs under this key are accepted from here on.
    event KeyInstalled(bytes32 indexed keyHash, address verifier, bool insecure);
    /// Proofs under this key are not accepted any more.
    event KeyRetired(bytes32 indexed keyHash);
    /// The owner named a successor, who has to accept.
    event OwnershipOffered(address indexed successor);
    /// There is a new owner, or none any more.
    event OwnershipTransferred(address indexed previous, address indexed owner);

    /// No commitment is known for blocks at this height.
    error InvalidHotShotBlockForCommitmentCheck();
    /// The history does not reach to this L1 block.
    error InsufficientSnapshotHistory();
    /// There is no such entry.
    error NoSuchEntry(uint256 index, uint256 count);
    /// Only the owner, or the one whom the owner named, may do this.
    error NotOwner(address caller);
    /// A key cannot be installed before its time.
    error TimelockNotDue(bytes32 keyHash, uint256 due);
    /// The contract cannot be deployed like this.
    error InvalidParameters();

    /// Accepts a state that more than two thirds of the voting table signed.
    function newFinalizedState(
        LightClientState calldata newState,
        StakeTableState calldata nextStakeTable,
        uint256 newAuthRoot,
        TransitionProof calldata proof
    ) external;

    /// Accepts the roots of successive epochs, all proven under one key.
    function newFinalizedEpochs(EpochRoot[] calldata roots, bytes32 keyHash) external;

    /// The last state that is served as final: not a root whose delay is not over.
    function finalizedState()
        external
        view
        returns (uint64 viewNum, uint64 blockHeight, uint256 blockCommRoot);
    /// The commitments of the table that signs next.
    function votingStakeTableState()
        external
        view
        returns (uint256 threshold, uint256 blsKeyComm, uint256 schnorrKeyComm, uint256 amountComm);
    /// The epoch of the last state, final or not.
    function currentEpoch() external view returns (uint64);
    /// The first known root, with its height, that covers the block at `hotShotBlockHeight`.
    function getHotShotCommitment(uint256 hotShotBlockHeight)
        external
        view
        returns (uint256 hotShotBlockCommRoot, uint64 hotshotBlockHeight);
    /// The auth root that was signed with the last state that is served as final.
    function authRoot() external view returns (uint256);
    /// The last state that was accepted, whether it is served as final, and its auth root.
    function latestState()
        external
        view
        returns (
            uint64 viewNum,
            uint64 blockHeight,
            uint256 blockCommRoot,
            uint256 latestAuthRoot,
            bool isFinal
        );
    /// The epoch whose table signs next.
    function votingEpoch() external view returns (uint64);
    /// Whether at an L1 block the last state was older than so many L1 blocks.
    function lagOverEscapeHatchThreshold(uint256 blockNumber, uint256 blockThreshold)
        external
        view
        returns (bool);
    /// How many entries of history there have been.
    function getStateHistoryCount() external view returns (uint256);
    /// Blocks of an epoch.
    function blocksPerEpoch() external view returns (uint64);
    /// The first block that the epochs' rules hold for.
    function epochStartBlock() external view returns (uint64);
    /// Rows of a stake table that the commitments of this network cover.
    function stakeTableCapacity() external view returns (uint256);
}
