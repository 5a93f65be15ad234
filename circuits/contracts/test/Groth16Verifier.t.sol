// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Bn254} from "../src/Bn254.sol";
import {Groth16Verifier} from "../src/Groth16Verifier.sol";
import {Rejected} from "../src/Rejected.sol";
import {RejectionCodes as Codes} from "../src/RejectionCodes.sol";
import {Assert} from "./support/Assert.sol";
import {InsecureProver} from "./support/InsecureProver.sol";
import {VM} from "./support/Vm.sol";

contract Groth16VerifierTest is Assert {
    Groth16Verifier private verifier;
    bytes private file;

    function setUp() public {
        file = InsecureProver.keyFile(4, true);
        verifier = new Groth16Verifier(file);
    }

    function _statement(uint256 seed) private view returns (uint256[11] memory words) {
        uint256[3] memory inputs;
        for (uint256 i = 0; i < 3; i++) {
            inputs[i] = uint256(keccak256(abi.encode(seed, i))) % Bn254.Q;
            words[i] = inputs[i];
        }
        uint256[8] memory points = InsecureProver.prove(inputs, seed);
        for (uint256 i = 0; i < 8; i++) {
            words[3 + i] = points[i];
        }
    }

    function _batch(uint256 count) private view returns (uint256[11][] memory statements) {
        statements = new uint256[11][](count);
        for (uint256 i = 0; i < count; i++) {
            statements[i] = _statement(i);
        }
    }

    function _join(uint256[11][] memory statements) private pure returns (bytes memory joined) {
        for (uint256 i = 0; i < statements.length; i++) {
            joined = abi.encodePacked(joined, statements[i]);
        }
    }

    function _one(uint256[11] memory words) private pure returns (bytes memory) {
        return abi.encodePacked(words);
    }

    function _refused(bytes memory statements, bytes32 code) private view {
        (bool success, bytes memory result) =
            address(verifier).staticcall(abi.encodeCall(Groth16Verifier.verify, (statements)));
        holds(!success, "refused");
        holds(bytes4(result) == Rejected.selector, "with a reason");
        bytes32 found;
        assembly ("memory-safe") {
            found := mload(add(result, 0x24))
        }
        same(found, code, "the reason");
    }

    function test_what_the_key_says() public view {
        same(verifier.keyHash(), keccak256(file), "hash");
        holds(verifier.insecure(), "insecure");
        same(verifier.capacity(), 4, "capacity");
        same(verifier.slots(), 2, "slots");
    }

    function test_fuzz_a_proof_holds_for_its_inputs_alone(uint256 seed, uint256 place) public view {
        uint256[11] memory words = _statement(seed);
        holds(verifier.verify(_one(words)), "valid");
        words[place % 3] = addmod(words[place % 3], 1, Bn254.Q);
        holds(!verifier.verify(_one(words)), "another input");
    }

    function test_parts_of_another_proof() public view {
        uint256[11] memory words = _statement(1);
        uint256[11] memory other = _statement(2);
        for (uint256 part = 0; part < 2; part++) {
            uint256 place = part == 0 ? 3 : 9;
            uint256[11] memory mixed = _statement(1);
            (mixed[place], mixed[place + 1]) = (other[place], other[place + 1]);
            holds(!verifier.verify(_one(mixed)), "mixed");
        }
        // Malleable, as all of Groth16: −A and −B are as good as A and B. Proofs identify nothing.
        words[4] = Bn254.P - words[4];
        words[7] = Bn254.P - words[7];
        words[8] = Bn254.P - words[8];
        holds(verifier.verify(_one(words)), "opposite");
        words[4] = Bn254.P - words[4];
        holds(!verifier.verify(_one(words)), "only B is opposite");
    }

    function test_batches_and_the_place_of_a_bad_proof() public view {
        for (uint256 count = 1; count <= 5; count++) {
            holds(verifier.verify(_join(_batch(count))), "valid");
            for (uint256 bad = 0; bad < count; bad++) {
                uint256[11][] memory statements = _batch(count);
                statements[bad][1] = addmod(statements[bad][1], 1, Bn254.Q);
                holds(!verifier.verify(_join(statements)), "one is not");
            }
        }
    }

    /// Errors that cancel in a product without weights do not cancel here.
    function test_errors_do_not_cancel() public view {
        uint256[11][] memory statements = _batch(3);
        for (uint256 i = 0; i < 3; i++) {
            uint256 j = (i + 1) % 3;
            uint256[11][] memory spoilt = _batch(3);
            (uint256 x, uint256 y) = (statements[i][3], statements[i][4]);
            (spoilt[i][9], spoilt[i][10]) = InsecureProver.add(spoilt[i][9], spoilt[i][10], x, y);
            (spoilt[j][9], spoilt[j][10]) = InsecureProver.add(spoilt[j][9], spoilt[j][10], x, Bn254.P - y);
            holds(!verifier.verify(_join(spoilt)), "sum of the commitments unchanged");
            // Inputs and proofs are all there, in the wrong places.
            spoilt = _batch(3);
            for (uint256 k = 0; k < 3; k++) {
                (spoilt[i][k], spoilt[j][k]) = (spoilt[j][k], spoilt[i][k]);
            }
            holds(!verifier.verify(_join(spoilt)), "swapped");
        }
    }

    function test_every_word_has_one_form() public view {
        for (uint256 i = 0; i < 3; i++) {
            uint256[11] memory words = _statement(7);
            words[i] += Bn254.Q;
            _refused(_one(words), Codes.STATE_FIELD);
        }
        for (uint256 i = 3; i < 11; i++) {
            uint256[11] memory words = _statement(7);
            words[i] += Bn254.P;
            _refused(_one(words), Codes.POINT_FIELD);
            words[i] = Bn254.P;
            _refused(_one(words), Codes.POINT_FIELD);
            words[i] = type(uint256).max;
            _refused(_one(words), Codes.POINT_FIELD);
        }
    }

    function test_no_points() public view {
        for (uint256 i = 3; i < 11; i++) {
            uint256[11] memory words = _statement(7);
            words[i] = addmod(words[i], 1, Bn254.P);
            _refused(_one(words), Codes.POINT_CURVE);
        }
        uint256[3] memory from = [uint256(3), 5, 9];
        uint256[3] memory length = [uint256(2), 4, 2];
        for (uint256 i = 0; i < 3; i++) {
            uint256[11] memory words = _statement(7);
            for (uint256 j = 0; j < length[i]; j++) {
                words[from[i] + j] = 0;
            }
            _refused(_one(words), Codes.POINT_INFINITY);
            // The same in the second statement of a batch.
            uint256[11][] memory statements = _batch(2);
            statements[1] = words;
            _refused(_join(statements), Codes.POINT_INFINITY);
        }
        uint256[11] memory outside = _statement(7);
        uint256[4] memory point = InsecureProver.outsideG2();
        for (uint256 i = 0; i < 4; i++) {
            outside[5 + i] = point[i];
        }
        _refused(_one(outside), Codes.POINT_SUBGROUP);
    }

    function test_fuzz_never_true_for_noise(uint256[11] memory words) public view {
        (bool success, bytes memory result) =
            address(verifier).staticcall(abi.encodeCall(Groth16Verifier.verify, (_one(words))));
        holds(!success || !abi.decode(result, (bool)), "noise");
    }

    function test_lengths() public view {
        bytes memory good = _one(_statement(1));
        _refused("", Codes.TRANSITION_FORM);
        _refused(abi.encodePacked(good, uint8(0)), Codes.TRANSITION_FORM);
        bytes memory short = new bytes(351);
        for (uint256 i = 0; i < 351; i++) {
            short[i] = good[i];
        }
        _refused(short, Codes.TRANSITION_FORM);
    }

    function _deploy(bytes memory changed) private returns (bytes32 code) {
        try new Groth16Verifier(changed) {}
        catch (bytes memory result) {
            assembly ("memory-safe") {
                code := mload(add(result, 0x24))
            }
        }
    }

    function test_key_files_have_one_form() public {
        same(_deploy(abi.encodePacked(file, uint8(0))), Codes.TRANSITION_FORM, "longer");
        same(_deploy(""), Codes.TRANSITION_FORM, "empty");
        bytes memory changed = file;
        for (uint256 i = 0; i < 21; i++) {
            changed[i] ^= 0x01;
            same(_deploy(changed), Codes.TRANSITION_FORM, "magic and label");
            changed[i] ^= 0x01;
        }
        // The label of a ceremony behind the mark of a key for development.
        bytes memory ceremony = InsecureProver.keyFile(4, false);
        ceremony[8] = 0x21;
        same(_deploy(ceremony), Codes.TRANSITION_FORM, "mixed label");
        changed[65] ^= 0x01;
        same(_deploy(changed), Codes.POINT_CURVE, "a point");
        changed[65] ^= 0x01;
        changed[65 + 63] ^= 0x40;
        same(_deploy(changed), Codes.POINT_INFINITY, "a flag");
        changed[65 + 63] ^= 0x40;
        // δ = γ.
        for (uint256 i = 0; i < 128; i++) {
            changed[65 + 64 + 256 + i] = changed[65 + 64 + 128 + i];
        }
        same(_deploy(changed), Codes.TRANSITION_FORM, "no second phase");
    }
}
