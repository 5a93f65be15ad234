// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";
import {Rejected} from "./Rejected.sol";
import {RejectionCodes as Codes} from "./RejectionCodes.sol";
import {VerifyingKey, VerifyingKeyFile} from "./VerifyingKey.sol";

/// Checks transition proofs under one key, made from the key's file when it is deployed: what it computes
/// with and the hash that it goes by cannot differ.
///
/// A proof (A, B, C) of the inputs x holds if e(A, B) = e(α, β) · e(X, γ) · e(C, δ), where
/// X = K₀ + x₁·K₁ + x₂·K₂ + x₃·K₃. Many proofs are checked in one product of pairings, each raised to a
/// weight of its own.
contract Groth16Verifier {
    /// Keccak-256 of the key's file: what networks pin.
    bytes32 public immutable keyHash;
    /// Whether the secrets behind the key are public, so that **anyone can forge proofs**.
    bool public immutable insecure;
    /// Rows of a stake table that the commitments cover.
    uint256 public immutable capacity;
    /// Signatures that fit into a proof.
    uint256 public immutable slots;

    uint256 private immutable _alphaX;
    uint256 private immutable _alphaY;
    uint256 private immutable _beta0;
    uint256 private immutable _beta1;
    uint256 private immutable _beta2;
    uint256 private immutable _beta3;
    uint256 private immutable _gamma0;
    uint256 private immutable _gamma1;
    uint256 private immutable _gamma2;
    uint256 private immutable _gamma3;
    uint256 private immutable _delta0;
    uint256 private immutable _delta1;
    uint256 private immutable _delta2;
    uint256 private immutable _delta3;
    uint256 private immutable _one0;
    uint256 private immutable _one1;
    uint256 private immutable _first0;
    uint256 private immutable _first1;
    uint256 private immutable _second0;
    uint256 private immutable _second1;
    uint256 private immutable _third0;
    uint256 private immutable _third1;

    /// Bytes of one statement with its proof: three inputs, A, B, C.
    uint256 public constant STATEMENT = 352;
    /// Separates the weights from every other use of the hash.
    bytes32 private constant DOMAIN =
        keccak256("hotshot-light-client: weights of transition proofs on an EVM, 1");

    /// @param file The key's file, as `hotshot-prover` writes it.
    constructor(bytes memory file) {
        VerifyingKey memory key = VerifyingKeyFile.decode(file);
        keyHash = keccak256(file);
        insecure = key.insecure;
        capacity = key.capacity;
        slots = key.slots;
        uint256[22] memory points = key.points;
        (_alphaX, _alphaY) = (points[0], points[1]);
        (_beta0, _beta1, _beta2, _beta3) = (points[2], points[3], points[4], points[5]);
        (_gamma0, _gamma1, _gamma2, _gamma3) = (points[6], points[7], points[8], points[9]);
        (_delta0, _delta1, _delta2, _delta3) = (points[10], points[11], points[12], points[13]);
        (_one0, _one1) = (points[14], points[15]);
        (_first0, _first1) = (points[16], points[17]);
        (_second0, _second1) = (points[18], points[19]);
        (_third0, _third1) = (points[20], points[21]);
    }

    /// Whether all proofs hold for their inputs.
    ///
    /// @param statements One after the other: x₁, x₂, x₃, A, B, C, eleven words each, points as the
    /// precompiles take them.
    /// @dev Rejects inputs above the modulus (`state.field`) and what is no point (`point.*`). A caller who
    /// sends too little gas sees `point.subgroup`: a precompile that runs dry looks like one that refuses.
    function verify(bytes calldata statements) external view returns (bool valid) {
        uint256 count = statements.length / STATEMENT;
        if (count == 0 || statements.length != count * STATEMENT) {
            revert Rejected(Codes.TRANSITION_FORM, statements.length, STATEMENT);
        }
        for (uint256 i = 0; i < count; i++) {
            if (!_isCanonical(statements, i * STATEMENT)) {
                _requireCanonical(statements[i * STATEMENT:(i + 1) * STATEMENT]);
            }
        }
        uint256[22] memory key = _key();
        bytes32 seed = count == 1 ? bytes32(0) : keccak256(abi.encodePacked(DOMAIN, keyHash, statements));
        uint256 success;
        uint256 curveModulus = Bn254.P;
        uint256 order = Bn254.Q;
        // One block, because the arguments of precompiles have to stand beside each other in memory.
        //
        // From `pairs` on: count + 3 pairs of points, 192 bytes each, for the last precompile:
        // (−w·A, B) for each statement, then (Σw·α, β), (Σw·X, γ), (Σw·C, δ).
        // From `sum` on, behind them: a point that grows (64 bytes), and a point and a scalar to multiply
        // (96 bytes), so that 0x06 adds sum and product where they stand.
        // It is all above the free pointer, and nothing after it allocates.
        assembly ("memory-safe") {
            // point ← scalar · point, at `from`, result to `to` (EIP-196).
            function multiply(from, scalar, to) -> ok {
                mstore(add(from, 0x40), scalar)
                ok := staticcall(gas(), 7, from, 0x60, to, 0x40)
            }

            let pairs := mload(0x40)
            let sum := add(pairs, mul(add(count, 3), 0xc0))
            let product := add(sum, 0x40)
            let total := 0
            let first := 0
            let second := 0
            let third := 0
            success := 1

            for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                let statement := add(statements.offset, mul(i, 352))
                let pair := add(pairs, mul(i, 0xc0))
                // The first weight may be one: a product of powers in a group of prime order, one of them
                // with exponent one and the others with random ones, is one by chance only, if any base is
                // not one. The others have 128 bits, are never zero, and depend on every byte of the batch.
                let weight := 1
                if i {
                    mstore(0x00, seed)
                    mstore(0x20, i)
                    weight := shr(128, keccak256(0x00, 0x40))
                    weight := or(weight, iszero(weight))
                }
                calldatacopy(pair, add(statement, 0x60), 0xc0)
                calldatacopy(product, add(statement, 0x120), 0x40)
                switch i
                case 0 { mcopy(sum, product, 0x40) }
                default {
                    success := and(success, multiply(product, weight, product))
                    success := and(success, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
                    mcopy(product, pair, 0x40)
                    success := and(success, multiply(product, weight, pair))
                }
                // −A. No point of the curve has y = 0, so the result is below the modulus.
                mstore(add(pair, 0x20), sub(curveModulus, mload(add(pair, 0x20))))
                total := add(total, weight)
                first := addmod(first, mulmod(weight, calldataload(statement), order), order)
                second := addmod(second, mulmod(weight, calldataload(add(statement, 0x20)), order), order)
                third := addmod(third, mulmod(weight, calldataload(add(statement, 0x40)), order), order)
            }

            let last := add(pairs, mul(count, 0xc0))
            // (Σw·C, δ)
            mcopy(add(last, 0x180), sum, 0x40)
            mcopy(add(last, 0x1c0), add(key, 0x140), 0x80)
            // (Σw·α, β), and sum ← Σw·K₀. One proof alone needs no multiplication for either.
            mcopy(last, key, 0xc0)
            mcopy(sum, add(key, 0x1c0), 0x40)
            if gt(count, 1) {
                mcopy(product, key, 0x40)
                success := and(success, multiply(product, total, last))
                mcopy(product, sum, 0x40)
                success := and(success, multiply(product, total, sum))
            }
            // sum ← sum + (Σw·xⱼ)·Kⱼ
            mcopy(product, add(key, 0x200), 0x40)
            success := and(success, multiply(product, first, product))
            success := and(success, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
            mcopy(product, add(key, 0x240), 0x40)
            success := and(success, multiply(product, second, product))
            success := and(success, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
            mcopy(product, add(key, 0x280), 0x40)
            success := and(success, multiply(product, third, product))
            success := and(success, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
            // (sum, γ)
            mcopy(add(last, 0xc0), sum, 0x40)
            mcopy(add(last, 0x100), add(key, 0xc0), 0x80)

            success := and(success, staticcall(gas(), 8, pairs, mul(add(count, 3), 0xc0), 0x00, 0x20))
            valid := eq(mload(0x00), 1)
        }
        // Points of the curves were checked above; what is left to refuse is a B of another order.
        if (success == 0) revert Rejected(Codes.POINT_SUBGROUP, 0, 0);
    }

    /// Whether `_requireCanonical` accepts the statement at an offset: the same rules without branches and
    /// without reasons, at a fifth of the price. Infinity needs no rule of its own: it is on neither curve.
    function _isCanonical(bytes calldata statements, uint256 offset) private pure returns (bool canonical) {
        uint256 curveModulus = Bn254.P;
        uint256 order = Bn254.Q;
        uint256 twistReal = Bn254.TWIST_REAL;
        uint256 twistImaginary = Bn254.TWIST_IMAGINARY;
        // The caller saw to it that 352 bytes follow. Products are only built of what is compared with the
        // modulus here too: if a coordinate is too large, the result is false, whatever the products are.
        assembly ("memory-safe") {
            function onCurve(x, y, p) -> yes {
                let cube := mulmod(mulmod(x, x, p), x, p)
                yes := and(and(lt(x, p), lt(y, p)), eq(mulmod(y, y, p), addmod(cube, 3, p)))
            }

            let at := add(statements.offset, offset)
            canonical := lt(calldataload(at), order)
            canonical := and(canonical, lt(calldataload(add(at, 0x20)), order))
            canonical := and(canonical, lt(calldataload(add(at, 0x40)), order))
            canonical := and(
                canonical,
                onCurve(calldataload(add(at, 0x60)), calldataload(add(at, 0x80)), curveModulus)
            )
            canonical := and(
                canonical,
                onCurve(calldataload(add(at, 0x120)), calldataload(add(at, 0x140)), curveModulus)
            )

            let x1 := calldataload(add(at, 0xa0))
            let x0 := calldataload(add(at, 0xc0))
            let y1 := calldataload(add(at, 0xe0))
            let y0 := calldataload(add(at, 0x100))
            canonical := and(canonical, and(lt(x1, curveModulus), lt(x0, curveModulus)))
            canonical := and(canonical, and(lt(y1, curveModulus), lt(y0, curveModulus)))
            // x² = (x₀ + x₁)(x₀ − x₁) + 2·x₀·x₁·u; sums of two reduced numbers stay below 2^256.
            let square0 := mulmod(add(x0, x1), sub(add(x0, curveModulus), x1), curveModulus)
            let square1 := mulmod(add(x0, x0), x1, curveModulus)
            let cube0 :=
                addmod(
                    mulmod(square0, x0, curveModulus),
                    sub(curveModulus, mulmod(square1, x1, curveModulus)),
                    curveModulus
                )
            let cube1 :=
                addmod(mulmod(square0, x1, curveModulus), mulmod(square1, x0, curveModulus), curveModulus)
            canonical := and(
                canonical,
                eq(
                    mulmod(add(y0, y1), sub(add(y0, curveModulus), y1), curveModulus),
                    addmod(cube0, twistReal, curveModulus)
                )
            )
            canonical := and(
                canonical,
                eq(mulmod(add(y0, y0), y1, curveModulus), addmod(cube1, twistImaginary, curveModulus))
            )
        }
    }

    /// Refuses inputs above the modulus, so that each has one form, and points that are none, with the reason.
    function _requireCanonical(bytes calldata statement) private pure {
        uint256[11] calldata words;
        assembly ("memory-safe") {
            words := statement.offset
        }
        for (uint256 i = 0; i < 3; i++) {
            if (words[i] >= Bn254.Q) revert Rejected(Codes.STATE_FIELD, words[i], Bn254.Q);
        }
        Bn254.requireG1(words[3], words[4]);
        Bn254.requireTwist(words[5], words[6], words[7], words[8]);
        Bn254.requireG1(words[9], words[10]);
    }

    /// The key's points in memory, where assembly can reach them.
    function _key() private view returns (uint256[22] memory key) {
        (key[0], key[1]) = (_alphaX, _alphaY);
        (key[2], key[3], key[4], key[5]) = (_beta0, _beta1, _beta2, _beta3);
        (key[6], key[7], key[8], key[9]) = (_gamma0, _gamma1, _gamma2, _gamma3);
        (key[10], key[11], key[12], key[13]) = (_delta0, _delta1, _delta2, _delta3);
        (key[14], key[15]) = (_one0, _one1);
        (key[16], key[17]) = (_first0, _first1);
        (key[18], key[19]) = (_second0, _second1);
        (key[20], key[21]) = (_third0, _third1);
    }
}
