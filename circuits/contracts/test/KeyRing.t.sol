// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {HotShotLightClient, Parameters} from "../src/HotShotLightClient.sol";
import {
    IHotShotLightClient,
    LightClientState,
    StakeTableState,
    TransitionProof
} from "../src/IHotShotLightClient.sol";
import {RejectionCodes as Codes} from "../src/RejectionCodes.sol";
import {Chain} from "./support/Chain.sol";
import {InsecureProver} from "./support/InsecureProver.sol";
import {VM} from "./support/Vm.sol";

/// Which keys proofs may be under, and what the owner can do about it.
contract KeyRingTest is Chain {
    /// Another key: the label is part of the file and so of its hash.
    function _other() private view returns (bytes memory) {
        return InsecureProver.keyFile(CAPACITY, false);
    }

    function _expectNotOwner(address who) private {
        VM.expectRevert(abi.encodeWithSelector(IHotShotLightClient.NotOwner.selector, who));
        VM.prank(who);
    }

    function test_keys_for_development_need_a_flag() public {
        Parameters memory chosen = parameters();
        chosen.insecureKeysAllowed = false;
        bytes[] memory keys = new bytes[](1);
        keys[0] = InsecureProver.keyFile(CAPACITY, true);
        expectRejected(Codes.TRANSITION_KEY_INSECURE, 1, 0);
        new HotShotLightClient(chosen, keys);
        // Nor do they come in later.
        keys[0] = _other();
        client = new HotShotLightClient(chosen, keys);
        bytes memory insecure = InsecureProver.keyFile(CAPACITY, true);
        VM.prank(OWNER);
        client.announceKey(keccak256(insecure));
        later(KEY_DELAY);
        expectRejected(Codes.TRANSITION_KEY_INSECURE, 1, 0);
        client.installKey(insecure);
    }

    function test_keys_are_for_tables_of_the_networks_size() public {
        Parameters memory chosen = parameters();
        bytes[] memory keys = new bytes[](1);
        keys[0] = InsecureProver.keyFile(CAPACITY + 1, true);
        expectRejected(Codes.STATE_TABLE_CAPACITY, CAPACITY + 1, CAPACITY);
        new HotShotLightClient(chosen, keys);
    }

    function test_a_new_key_waits() public {
        bytes memory file = _other();
        bytes32 hash = keccak256(file);
        expectRejected(Codes.TRANSITION_KEY_HASH, uint256(hash), 0);
        client.installKey(file);

        uint256 due = START + KEY_DELAY;
        VM.expectEmit();
        emit IHotShotLightClient.KeyAnnounced(hash, due);
        VM.prank(OWNER);
        client.announceKey(hash);
        VM.warp(due - 1);
        VM.expectRevert(abi.encodeWithSelector(IHotShotLightClient.TimelockNotDue.selector, hash, due));
        client.installKey(file);
        VM.warp(due);
        // Another file than the announced one.
        bytes memory spoilt = _other();
        spoilt[40] ^= 0x01;
        expectRejected(Codes.TRANSITION_KEY_HASH, uint256(keccak256(spoilt)), 0);
        client.installKey(spoilt);
        client.installKey(file);
        same(client.verifierOf(hash).keyHash(), hash, "installed");
        // An announcement serves once.
        expectRejected(Codes.TRANSITION_KEY_HASH, uint256(hash), 0);
        client.installKey(file);
        // Proofs are accepted under both.
        submit(1);
        key = hash;
        submit(2);
    }

    function test_an_announcement_can_be_taken_back() public {
        bytes memory file = _other();
        VM.prank(OWNER);
        client.announceKey(keccak256(file));
        VM.expectEmit();
        emit IHotShotLightClient.KeyWithdrawn(keccak256(file));
        VM.prank(OWNER);
        client.withdrawKey(keccak256(file));
        later(KEY_DELAY);
        expectRejected(Codes.TRANSITION_KEY_HASH, uint256(keccak256(file)), 0);
        client.installKey(file);
    }

    function test_a_retired_key_is_out_at_once() public {
        VM.expectEmit();
        emit IHotShotLightClient.KeyRetired(key);
        VM.prank(OWNER);
        client.retireKey(key);
        (
            LightClientState memory state,
            StakeTableState memory next,
            uint256 auth,
            TransitionProof memory proof
        ) = update(1);
        expectRejected(Codes.TRANSITION_KEY_HASH, uint256(key), 0);
        client.newFinalizedState(state, next, auth, proof);
        expectRejected(Codes.TRANSITION_KEY_HASH, uint256(key), 0);
        VM.prank(OWNER);
        client.retireKey(key);
        // It comes back only the slow way.
        bytes memory file = InsecureProver.keyFile(CAPACITY, true);
        VM.prank(OWNER);
        client.announceKey(key);
        later(KEY_DELAY);
        client.installKey(file);
        client.newFinalizedState(state, next, auth, proof);
    }

    /// A second announcement, made before, must not bring a retired key back.
    function test_retiring_takes_announcements_back() public {
        bytes memory file = InsecureProver.keyFile(CAPACITY, true);
        VM.prank(OWNER);
        client.announceKey(key);
        VM.prank(OWNER);
        client.retireKey(key);
        later(KEY_DELAY);
        expectRejected(Codes.TRANSITION_KEY_HASH, uint256(key), 0);
        client.installKey(file);
    }

    /// An owner cannot leave a key behind that comes in when nobody can stop it any more.
    function test_no_key_comes_in_after_the_owner_left() public {
        bytes memory file = _other();
        VM.prank(OWNER);
        client.announceKey(keccak256(file));
        VM.prank(OWNER);
        client.renounceOwnership();
        later(KEY_DELAY);
        VM.expectRevert(abi.encodeWithSelector(IHotShotLightClient.NotOwner.selector, address(this)));
        client.installKey(file);
    }

    function test_fuzz_nobody_else(address who) public {
        VM.assume(who != OWNER);
        _expectNotOwner(who);
        client.announceKey(key);
        _expectNotOwner(who);
        client.withdrawKey(key);
        _expectNotOwner(who);
        client.retireKey(key);
        _expectNotOwner(who);
        client.offerOwnership(who);
        _expectNotOwner(who);
        client.acceptOwnership();
        _expectNotOwner(who);
        client.renounceOwnership();
    }

    function test_ownership_goes_to_who_takes_it() public {
        address successor = address(0xB0B);
        VM.prank(OWNER);
        client.offerOwnership(successor);
        _expectNotOwner(OWNER);
        client.acceptOwnership();
        VM.prank(OWNER);
        client.offerOwnership(address(0));
        _expectNotOwner(successor);
        client.acceptOwnership();
        VM.prank(OWNER);
        client.offerOwnership(successor);
        VM.expectEmit();
        emit IHotShotLightClient.OwnershipTransferred(OWNER, successor);
        VM.prank(successor);
        client.acceptOwnership();
        _expectNotOwner(OWNER);
        client.retireKey(key);
        _expectNotOwner(successor);
        client.acceptOwnership();
        VM.prank(successor);
        client.renounceOwnership();
        same(uint160(client.owner()), 0, "nobody");
        _expectNotOwner(successor);
        client.announceKey(key);
        _expectNotOwner(address(0));
        client.acceptOwnership();
    }
}
