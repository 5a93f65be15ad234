// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {HotShotLightClient, Parameters} from "../src/HotShotLightClient.sol";
import {
    EpochRoot,
    IHotShotLightClient,
    LightClientState,
    StakeTableState,
    TransitionProof
} from "../src/IHotShotLightClient.sol";
import {Chain} from "./support/Chain.sol";
import {VM, Vm} from "./support/Vm.sol";

/// The contract's verdicts on the transition scripts of `tests/scripts`, which the core judges too
/// (`circuits/tests/transition_scripts.rs`).
contract ScriptsTest is Chain {
    string private constant FOLDER = "../../tests/scripts/transitions";
    /// Where in memory the script is: a script is much longer than what is read from it at a time.
    uint256 private place;

    function setUp() public override {
        VM.warp(START);
        VM.roll(L1_START);
    }

    function _script() private view returns (string memory script) {
        assembly ("memory-safe") {
            script := sload(place.slot)
        }
    }

    /// Gives the memory back that a call of a cheat code took for its copy of the script.
    modifier frugal() {
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        _;
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
    }

    function _number(string memory path) private view frugal returns (uint256) {
        return VM.parseJsonUint(_script(), path);
    }

    function _word(string memory path) private view frugal returns (bytes32) {
        return VM.parseJsonBytes32(_script(), path);
    }

    function _flag(string memory path) private view frugal returns (bool) {
        return VM.parseJsonBool(_script(), path);
    }

    function _exists(string memory path) private view frugal returns (bool) {
        return VM.keyExistsJson(_script(), path);
    }

    function _points(uint256[8] memory points, string memory path) private view frugal {
        uint256[] memory words = VM.parseJsonUintArray(_script(), path);
        same(words.length, 8, "words of a proof");
        for (uint256 i = 0; i < 8; i++) {
            points[i] = words[i];
        }
    }

    function _table(string memory path) private view returns (StakeTableState memory) {
        return StakeTableState({
            threshold: uint256(_word(string.concat(path, ".threshold"))),
            blsKeyComm: uint256(_word(string.concat(path, ".bls_key_comm"))),
            schnorrKeyComm: uint256(_word(string.concat(path, ".schnorr_key_comm"))),
            amountComm: uint256(_word(string.concat(path, ".amount_comm")))
        });
    }

    function _state(string memory path) private view returns (LightClientState memory) {
        return LightClientState({
            viewNum: uint64(_number(string.concat(path, ".view"))),
            blockHeight: uint64(_number(string.concat(path, ".height"))),
            blockCommRoot: uint256(_word(string.concat(path, ".block_comm_root")))
        });
    }

    function _root(string memory path) private view returns (EpochRoot memory entry) {
        entry.state = _state(path);
        entry.nextStakeTable = _table(string.concat(path, ".next_stake_table"));
        entry.authRoot = uint256(_word(string.concat(path, ".auth_root")));
        _points(entry.points, string.concat(path, ".proof"));
    }

    /// The verdict of a script as a code; "ok" is zero.
    function _verdict(string memory path) private view frugal returns (bytes32) {
        string memory text = VM.parseJsonString(_script(), path);
        return keccak256(bytes(text)) == keccak256("ok") ? bytes32(0) : bytes32(bytes(text));
    }

    function _deploy() private returns (bool) {
        Parameters memory chosen = Parameters({
            genesis: _state(".genesis"),
            genesisStakeTable: _table(".genesis.stake_table"),
            genesisAuthRoot: uint256(_word(".genesis.auth_root")),
            blocksPerEpoch: uint64(_number(".network.epoch_height")),
            epochStartBlock: uint64(_number(".network.epoch_start_block")),
            stakeTableCapacity: _number(".network.stake_table_capacity"),
            rootDelay: ROOT_DELAY,
            keyDelay: KEY_DELAY,
            historyCapacity: HISTORY,
            owner: address(0),
            insecureKeysAllowed: _flag(".insecure_keys_allowed")
        });
        bytes[] memory keys = new bytes[](1);
        keys[0] = VM.parseJsonBytes(_script(), ".key");
        key = keccak256(keys[0]);
        bytes32 verdict = _verdict(".genesis.verdict");
        // Deployments revert through a call of their own, whichever way Foundry links them.
        (bool success, bytes memory result) = address(this).call(abi.encodeCall(this.create, (chosen, keys)));
        same(codeOf(success, result), verdict, "deployment");
        return success;
    }

    function create(Parameters memory chosen, bytes[] memory keys) external {
        client = new HotShotLightClient(chosen, keys);
    }

    function _step(string memory path) private {
        uint256 count = 0;
        while (_exists(string.concat(path, ".updates[", VM.toString(count), "]"))) count++;
        EpochRoot[] memory roots = new EpochRoot[](count);
        for (uint256 i = 0; i < count; i++) {
            roots[i] = _root(string.concat(path, ".updates[", VM.toString(i), "]"));
        }
        bytes memory call;
        if (_flag(string.concat(path, ".batch"))) {
            call = abi.encodeCall(IHotShotLightClient.newFinalizedEpochs, (roots, key));
        } else {
            same(count, 1, "one update");
            call = abi.encodeCall(
                IHotShotLightClient.newFinalizedState,
                (
                    roots[0].state,
                    roots[0].nextStakeTable,
                    roots[0].authRoot,
                    TransitionProof(key, roots[0].points)
                )
            );
        }
        // A failing precompile burns what it is given: enough is left to say why.
        (bool success, bytes memory result) = address(client).call{gas: 30_000_000}(call);
        same(codeOf(success, result), _verdict(string.concat(path, ".verdict")), path);
        _compare(string.concat(path, ".then"));
        later(60);
    }

    /// Everything that the contract knows, beside what the script says.
    function _compare(string memory path) private view {
        (uint64 viewNum, uint64 height, uint256 root, uint256 auth,) = client.latestState();
        LightClientState memory state = _state(path);
        same(viewNum, state.viewNum, "view");
        same(height, state.blockHeight, "height");
        same(root, state.blockCommRoot, "root");
        same(bytes32(auth), _word(string.concat(path, ".auth_root")), "auth root");
        same(client.votingEpoch(), _number(string.concat(path, ".voting_epoch")), "voting epoch");
        (uint256 threshold, uint256 bls, uint256 schnorr, uint256 amount) = client.votingStakeTableState();
        same(
            keccak256(abi.encode(threshold, bls, schnorr, amount)),
            keccak256(abi.encode(_table(string.concat(path, ".stake_table")))),
            "voting table"
        );
    }

    function test_the_contracts_verdicts_are_those_of_the_scripts() public {
        Vm.DirEntry[] memory files = VM.readDir(FOLDER);
        uint256 steps = 0;
        for (uint256 i = 0; i < files.length; i++) {
            string memory script = VM.readFile(files[i].path);
            assembly ("memory-safe") {
                sstore(place.slot, script)
            }
            same(
                keccak256(bytes(VM.parseJsonString(script, ".format"))),
                keccak256("hotshot-transition-script/1"),
                "format"
            );
            if (!_deploy()) continue;
            for (uint256 step = 0;; step++) {
                string memory path = string.concat(".steps[", VM.toString(step), "]");
                if (!_exists(path)) break;
                _step(path);
                steps++;
            }
        }
        holds(steps > 40, "there are scripts");
    }
}
