// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Epochs} from "./Epochs.sol";
import {IHotShotLightClient, LightClientState} from "./IHotShotLightClient.sol";

/// The states that were accepted, in a ring: every update writes the same number of words, whatever its age
/// and however many states there are, and every look-up is a binary search.
///
/// Validators sign the root of an epoch together with their votes, before it is decided. Such a state moves
/// the contract on, because the next table is in it, but is served as final only when `rootDelay` has passed
/// and no other state came before; one that comes earlier takes its place. So only the last entry of the
/// history can be one that is not served, and what is served once stays.
abstract contract StateHistory is IHotShotLightClient {
    using Epochs for uint64;

    /// One accepted state. `place` packs, from the top: view and height (64 bits each), the L1 block at which
    /// something was accepted in this place first, the L1 block of this state (40 bits each), and its time
    /// (48 bits); packed by hand, because the compiler would write each part by itself.
    struct Entry {
        uint256 place;
        uint256 root;
    }

    /// @inheritdoc IHotShotLightClient
    uint64 public immutable blocksPerEpoch;
    /// Seconds after which the root of an epoch is served as final although no later state vouches for it.
    uint256 public immutable rootDelay;
    /// How many states are kept.
    uint256 public immutable historyCapacity;
    /// The most entries whose storage the deployment pays for.
    uint256 private constant PREPARED_AT_DEPLOYMENT = 64;

    /// Beside the counters there is room for the threshold of the voting table, which every update reads.
    uint64 internal _count;
    uint64 internal _prepared;
    uint128 internal _threshold;
    mapping(uint256 place => Entry) private _ring;
    /// The auth roots of the last two entries, by whether their indices are even or odd.
    uint256[2] private _authRoots;

    constructor(uint64 epochLength, uint256 delay, uint256 capacity) {
        // The last entry and the last one that is served may be different.
        if (epochLength < Epochs.SHORTEST || capacity < 2 || capacity > type(uint32).max) {
            revert InvalidParameters();
        }
        (blocksPerEpoch, rootDelay, historyCapacity) = (epochLength, delay, capacity);
        _prepare(PREPARED_AT_DEPLOYMENT, capacity);
        // Never read: the first update writes it, and should not pay for empty storage either.
        _authRoots[1] = 1;
    }

    /// Pays ahead for entries that were never used: the first update that uses one writes to empty storage,
    /// which costs about 34,000 gas more than later ones. Deployments pay for 64; anyone can pay for more.
    function prepareHistory(uint256 entries) external {
        _prepare(entries, historyCapacity);
    }

    function _prepare(uint256 entries, uint256 capacity) private {
        uint256 from = _prepared > _count ? _prepared : _count;
        if (from >= capacity) return;
        uint256 most = capacity - from;
        uint256 until = from + (entries < most ? entries : most);
        for (uint256 place = from; place < until; place++) {
            _ring[place] = Entry(1, 1);
        }
        // At most `historyCapacity`, which has 32 bits.
        _prepared = uint64(until);
    }

    /// Adds a state, or puts it in the place of a root that is not served.
    function _record(LightClientState memory state, uint256 newAuthRoot, uint256 count, bool replace)
        internal
    {
        uint256 index = replace ? count - 1 : count;
        Entry storage entry = _entry(index);
        // What the chain knew at a block of L1 must not depend on when one asks: a state that takes the place of
        // another does not undo that there was one.
        uint256 opened = replace ? _openedOf(entry.place) : block.number;
        entry.place = uint256(state.viewNum) << 192 | uint256(state.blockHeight) << 128 | opened << 88
            | block.number << 48 | block.timestamp;
        entry.root = state.blockCommRoot;
        _authRoots[index % 2] = newAuthRoot;
        if (!replace) _count = uint64(count + 1);
        emit NewState(state.viewNum, state.blockHeight, state.blockCommRoot);
    }

    /// Whether an entry is a root that is not served as final yet. The first entry is where trust starts.
    function _isPending(uint256 index, uint64 height, uint64 timestamp) internal view returns (bool) {
        // A difference, because the sum of a time and a delay that means "never" has more than 256 bits.
        return index > 0 && height.isRoot(blocksPerEpoch) && block.timestamp - timestamp < rootDelay;
    }

    /// The index of the last entry, and what identifies it.
    function _last() internal view returns (uint256 index, uint64 viewNum, uint64 height, bool pending) {
        index = _count - 1;
        uint256 place = _entry(index).place;
        (viewNum, height) = (_viewOf(place), _heightOf(place));
        pending = _isPending(index, height, _timestampOf(place));
    }

    /// The index of the last entry that is served as final.
    function _lastServed() internal view returns (uint256 index) {
        bool pending;
        (index,,, pending) = _last();
        if (pending) index--;
    }

    function _entry(uint256 index) private view returns (Entry storage) {
        return _ring[index % historyCapacity];
    }

    function _viewOf(uint256 place) private pure returns (uint64) {
        return uint64(place >> 192);
    }

    function _heightOf(uint256 place) private pure returns (uint64) {
        return uint64(place >> 128);
    }

    function _openedOf(uint256 place) private pure returns (uint64) {
        return uint40(place >> 88);
    }

    function _l1BlockOf(uint256 place) private pure returns (uint64) {
        return uint40(place >> 48);
    }

    function _timestampOf(uint256 place) private pure returns (uint64) {
        return uint48(place);
    }

    /// @inheritdoc IHotShotLightClient
    function finalizedState()
        external
        view
        returns (uint64 viewNum, uint64 blockHeight, uint256 blockCommRoot)
    {
        Entry storage entry = _entry(_lastServed());
        return (_viewOf(entry.place), _heightOf(entry.place), entry.root);
    }

    /// @inheritdoc IHotShotLightClient
    function latestState()
        external
        view
        returns (
            uint64 viewNum,
            uint64 blockHeight,
            uint256 blockCommRoot,
            uint256 latestAuthRoot,
            bool isFinal
        )
    {
        (uint256 index,,, bool pending) = _last();
        Entry storage entry = _entry(index);
        return (_viewOf(entry.place), _heightOf(entry.place), entry.root, _authRoots[index % 2], !pending);
    }

    /// @inheritdoc IHotShotLightClient
    function authRoot() external view returns (uint256) {
        return _authRoots[_lastServed() % 2];
    }

    /// @inheritdoc IHotShotLightClient
    function currentEpoch() external view returns (uint64) {
        (,, uint64 height,) = _last();
        return height.epochOf(blocksPerEpoch);
    }

    /// @inheritdoc IHotShotLightClient
    /// @dev A root covers the blocks **below** its height. Reverts with `InvalidHotShotBlockForCommitmentCheck`
    /// for heights that no served root covers.
    function getHotShotCommitment(uint256 hotShotBlockHeight)
        external
        view
        returns (uint256 hotShotBlockCommRoot, uint64 hotshotBlockHeight)
    {
        (uint256 low, uint256 high) = (stateHistoryFirstIndex(), _lastServed());
        if (hotShotBlockHeight >= _heightOf(_entry(high).place)) {
            revert InvalidHotShotBlockForCommitmentCheck();
        }
        // The height of entry `high` is above; those before `low` are not.
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_heightOf(_entry(middle).place) > hotShotBlockHeight) high = middle;
            else low = middle + 1;
        }
        Entry storage entry = _entry(high);
        return (entry.root, _heightOf(entry.place));
    }

    /// @inheritdoc IHotShotLightClient
    /// @dev How rollups notice that HotShot, or everybody who brings proofs, is silent. The answer for a block never changes, as long as the
    /// history reaches back to it: where a state took the place of a waiting root, the root's block counts.
    function lagOverEscapeHatchThreshold(uint256 blockNumber, uint256 blockThreshold)
        external
        view
        returns (bool)
    {
        (uint256 low, uint256 high) = (stateHistoryFirstIndex(), _count - 1);
        if (blockNumber > block.number || blockNumber < _openedOf(_entry(low).place)) {
            revert InsufficientSnapshotHistory();
        }
        // Entry `low` is not later than the block; those after `high` are.
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            if (_openedOf(_entry(middle).place) <= blockNumber) low = middle;
            else high = middle - 1;
        }
        return blockNumber - _openedOf(_entry(low).place) > blockThreshold;
    }

    /// An entry of the history; zeros for those that were overwritten.
    function stateHistoryCommitments(uint256 index)
        external
        view
        returns (
            uint64 l1BlockHeight,
            uint64 l1BlockTimestamp,
            uint64 hotShotBlockHeight,
            uint256 hotShotBlockCommRoot
        )
    {
        if (index >= _count) revert NoSuchEntry(index, _count);
        if (index < stateHistoryFirstIndex()) return (0, 0, 0, 0);
        Entry storage entry = _entry(index);
        return (_l1BlockOf(entry.place), _timestampOf(entry.place), _heightOf(entry.place), entry.root);
    }

    /// The index of the oldest entry that is still there.
    function stateHistoryFirstIndex() public view returns (uint64) {
        return _count > historyCapacity ? uint64(_count - historyCapacity) : 0;
    }

    /// @inheritdoc IHotShotLightClient
    function getStateHistoryCount() external view returns (uint256) {
        return _count;
    }

    /// Whether a block is the root of its epoch.
    function isEpochRoot(uint64 blockHeight) external view returns (bool) {
        return blockHeight.isRoot(blocksPerEpoch);
    }

    /// Whether a block is after the root of its epoch.
    function isGtEpochRoot(uint64 blockHeight) external view returns (bool) {
        return blockHeight.isAfterRoot(blocksPerEpoch);
    }

    /// The epoch of a block in a chain with epochs of this length.
    function epochFromBlockNumber(uint64 blockNum, uint64 epochLength) external pure returns (uint64) {
        return epochLength == 0 ? 0 : blockNum.epochOf(epochLength);
    }
}
