// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Groth16Verifier} from "./Groth16Verifier.sol";
import {IHotShotLightClient} from "./IHotShotLightClient.sol";
import {Rejected} from "./Rejected.sol";
import {RejectionCodes as Codes} from "./RejectionCodes.sol";

/// The keys that proofs may be under, and the owner, whose only power is over them: to let a key in after a
/// delay that everybody can watch, and to put one out at once. The owner sets no state and no other rule.
abstract contract KeyRing is IHotShotLightClient {
    /// Whether keys are accepted under which **anyone can forge proofs**. For development only.
    bool public immutable insecureKeysAllowed;
    /// Seconds from the announcement of a key to the first time that it can be installed.
    uint256 public immutable keyDelay;
    /// @inheritdoc IHotShotLightClient
    uint256 public immutable stakeTableCapacity;

    /// The verifier of each installed key, by the hash of the key's file.
    mapping(bytes32 keyHash => Groth16Verifier) public verifierOf;
    /// When an announced key can be installed; zero for others.
    mapping(bytes32 keyHash => uint256 due) public announcedKeys;
    /// Who may announce and retire keys; nobody if zero.
    address public owner;
    /// Whom the owner named as successor.
    address public offeredOwner;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    constructor(
        bytes[] memory keys,
        uint256 capacity,
        uint256 delay,
        bool allowInsecure,
        address firstOwner
    ) {
        (stakeTableCapacity, keyDelay, insecureKeysAllowed) = (capacity, delay, allowInsecure);
        owner = firstOwner;
        emit OwnershipTransferred(address(0), firstOwner);
        for (uint256 i = 0; i < keys.length; i++) {
            _install(keys[i], capacity, allowInsecure);
        }
    }

    /// Asks to let a key in.
    /// @param keyHash Keccak-256 of the key's file.
    function announceKey(bytes32 keyHash) external onlyOwner {
        uint256 due = block.timestamp + keyDelay;
        announcedKeys[keyHash] = due;
        emit KeyAnnounced(keyHash, due);
    }

    /// Takes an announcement back.
    function withdrawKey(bytes32 keyHash) external onlyOwner {
        delete announcedKeys[keyHash];
        emit KeyWithdrawn(keyHash);
    }

    /// Lets an announced key in when its time has come. Anyone can do this, as long as there is an owner who
    /// could take the announcement back.
    /// @param file The key's file, which has the announced hash.
    function installKey(bytes calldata file) external {
        if (owner == address(0)) revert NotOwner(msg.sender);
        bytes32 keyHash = keccak256(file);
        uint256 due = announcedKeys[keyHash];
        if (due == 0) revert Rejected(Codes.TRANSITION_KEY_HASH, uint256(keyHash), 0);
        if (block.timestamp < due) revert TimelockNotDue(keyHash, due);
        delete announcedKeys[keyHash];
        _install(file, stakeTableCapacity, insecureKeysAllowed);
    }

    /// Puts a key out, at once: when its secrets become known, waiting would be worse than a halt. If it was
    /// announced once more, that is taken back with it: nobody can put it in again.
    function retireKey(bytes32 keyHash) external onlyOwner {
        if (address(verifierOf[keyHash]) == address(0)) {
            revert Rejected(Codes.TRANSITION_KEY_HASH, uint256(keyHash), 0);
        }
        delete verifierOf[keyHash];
        delete announcedKeys[keyHash];
        emit KeyRetired(keyHash);
    }

    /// Names a successor, or takes the name back with zero.
    function offerOwnership(address successor) external onlyOwner {
        offeredOwner = successor;
        emit OwnershipOffered(successor);
    }

    /// The successor takes over.
    function acceptOwnership() external {
        if (msg.sender != offeredOwner || msg.sender == address(0)) revert NotOwner(msg.sender);
        delete offeredOwner;
        emit OwnershipTransferred(owner, msg.sender);
        owner = msg.sender;
    }

    /// Gives the ownership up for good: the keys stay what they are, and no announced one comes in any more.
    function renounceOwnership() external onlyOwner {
        delete offeredOwner;
        emit OwnershipTransferred(owner, address(0));
        delete owner;
    }

    /// Refuses statements that are not all proven under the key.
    function _requireProven(bytes32 keyHash, bytes memory statements) internal view {
        Groth16Verifier verifier = verifierOf[keyHash];
        if (address(verifier) == address(0)) revert Rejected(Codes.TRANSITION_KEY_HASH, uint256(keyHash), 0);
        if (!verifier.verify(statements)) revert Rejected(Codes.TRANSITION_PROOF, 0, 1);
    }

    function _install(bytes memory file, uint256 capacity, bool allowInsecure) private {
        Groth16Verifier verifier = new Groth16Verifier(file);
        if (verifier.insecure() && !allowInsecure) revert Rejected(Codes.TRANSITION_KEY_INSECURE, 1, 0);
        if (verifier.capacity() != capacity) {
            revert Rejected(Codes.STATE_TABLE_CAPACITY, verifier.capacity(), capacity);
        }
        bytes32 keyHash = verifier.keyHash();
        verifierOf[keyHash] = verifier;
        emit KeyInstalled(keyHash, address(verifier), verifier.insecure());
    }
}
