// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";
import {Rejected} from "./Rejected.sol";
import {RejectionCodes as Codes} from "./RejectionCodes.sol";

/// A verifying key, as its file says.
struct VerifyingKey {
    /// Whether the secrets behind the key are public, so that **anyone can forge proofs**.
    bool insecure;
    /// Rows of a stake table that the commitments cover.
    uint256 capacity;
    /// Signatures that fit into a proof.
    uint256 slots;
    /// α, β, γ, δ and the points of the constant one and the three public inputs, as the precompiles
    /// take them: x before y, the imaginary part first.
    uint256[22] points;
}

/// Reads the files that `hotshot-prover setup` writes (`light-client/src/transition/proof.rs`).
library VerifyingKeyFile {
    /// Length of a file: magic, label, three sizes, the circuit's digest, five points of G1 with α, three of G2.
    uint256 internal constant LENGTH = 769;
    bytes8 private constant MAGIC = 0x4853474b45590001;
    bytes13 private constant CEREMONY = 0x00434552454d4f4e5920202020;
    bytes13 private constant INSECURE = 0x21494e5345435552452d444556;
    uint256 private constant FLAG_LARGER = 1 << 255;
    uint256 private constant FLAG_INFINITY = 1 << 254;
    /// Where the points begin: α, then β, γ, δ, then the inputs.
    uint256 private constant POINTS = 65;

    /// Decodes a file. What it may be used for is the caller's to judge.
    function decode(bytes memory file) internal pure returns (VerifyingKey memory key) {
        if (file.length != LENGTH) revert Rejected(Codes.TRANSITION_FORM, file.length, LENGTH);
        bytes32 head = _word(file, 0);
        if (bytes8(head) != MAGIC) {
            revert Rejected(Codes.TRANSITION_FORM, uint64(bytes8(head)), uint64(MAGIC));
        }
        bytes13 label = bytes13(head << 64);
        if (label != CEREMONY && label != INSECURE) {
            revert Rejected(Codes.TRANSITION_FORM, uint104(label), uint104(CEREMONY));
        }
        key.insecure = label == INSECURE;
        key.capacity = _littleEndian(_word(file, 21)) & type(uint32).max;
        key.slots = _littleEndian(_word(file, 29)) & type(uint32).max;
        uint256[22] memory points = key.points;
        _g1(file, POINTS, points, 0);
        for (uint256 i = 0; i < 3; i++) {
            _g2(file, POINTS + 64 + 128 * i, points, 2 + 4 * i);
        }
        for (uint256 i = 0; i < 4; i++) {
            _g1(file, POINTS + 448 + 64 * i, points, 14 + 2 * i);
        }
        // Equal γ and δ are the mark of a set-up whose second phase nobody contributed to.
        bool same = true;
        for (uint256 i = 0; i < 4; i++) {
            same = same && points[6 + i] == points[10 + i];
        }
        if (same) revert Rejected(Codes.TRANSITION_FORM, points[6], points[10]);
    }

    function _g1(bytes memory file, uint256 offset, uint256[22] memory points, uint256 place) private pure {
        uint256 x = _littleEndian(_word(file, offset));
        uint256 y = _y(file, offset + 32);
        Bn254.requireG1(x, y);
        (points[place], points[place + 1]) = (x, y);
    }

    function _g2(bytes memory file, uint256 offset, uint256[22] memory points, uint256 place) private pure {
        uint256 xReal = _littleEndian(_word(file, offset));
        uint256 xImaginary = _littleEndian(_word(file, offset + 32));
        uint256 yReal = _littleEndian(_word(file, offset + 64));
        uint256 yImaginary = _y(file, offset + 96);
        Bn254.requireTwist(xImaginary, xReal, yImaginary, yReal);
        (points[place], points[place + 1]) = (xImaginary, xReal);
        (points[place + 2], points[place + 3]) = (yImaginary, yReal);
    }

    /// The last coordinate of a point. Its flags say again what the coordinate says; the hash of the
    /// file covers them, so they are only taken off.
    function _y(bytes memory file, uint256 offset) private pure returns (uint256 y) {
        y = _littleEndian(_word(file, offset));
        if (y & FLAG_INFINITY != 0) revert Rejected(Codes.POINT_INFINITY, 0, 0);
        y &= ~FLAG_LARGER;
    }

    function _word(bytes memory file, uint256 offset) private pure returns (bytes32 word) {
        // Within the file: its length was checked, and all offsets are constants of this library.
        assembly ("memory-safe") {
            word := mload(add(add(file, 0x20), offset))
        }
    }

    function _littleEndian(bytes32 word) private pure returns (uint256 value) {
        for (uint256 i = 0; i < 32; i++) {
            value |= uint256(uint8(word[i])) << (8 * i);
        }
    }
}
