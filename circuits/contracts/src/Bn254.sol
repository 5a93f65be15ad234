// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Rejected} from "./Rejected.sol";
import {RejectionCodes as Codes} from "./RejectionCodes.sol";

/// The curve of the precompiles (EIP-196, EIP-197), and when a point is accepted: every coordinate below
/// the modulus, not infinity, on the curve. The precompiles refuse the same points, but they take infinity
/// (all coordinates zero), tell no reason, and burn all gas that they are given.
library Bn254 {
    /// The modulus of coordinates.
    uint256 internal constant P =
        21888242871839275222246405745257275088696311157297823662689037894645226208583;
    /// The order of the groups: scalars and public inputs are below it.
    uint256 internal constant Q =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// The constant term of the twisted curve, 3 / (9 + u).
    uint256 internal constant TWIST_REAL =
        19485874751759354771024239261021720505790618469301721065564631296452457478373;
    uint256 internal constant TWIST_IMAGINARY =
        266929791119991161246907387137283842545076965332900288569378510910307636690;

    /// Refuses what is no point of G1. All of the curve is G1.
    function requireG1(uint256 x, uint256 y) internal pure {
        _requireCoordinate(x);
        _requireCoordinate(y);
        if (x | y == 0) revert Rejected(Codes.POINT_INFINITY, 0, 0);
        uint256 left = mulmod(y, y, P);
        uint256 right = addmod(mulmod(mulmod(x, x, P), x, P), 3, P);
        if (left != right) revert Rejected(Codes.POINT_CURVE, left, right);
    }

    /// Refuses what is no point of the twisted curve, whose coordinates are real + imaginary·u with u² = −1.
    /// The pairing precompile refuses those of another order than Q.
    function requireTwist(uint256 xImaginary, uint256 xReal, uint256 yImaginary, uint256 yReal)
        internal
        pure
    {
        _requireCoordinate(xReal);
        _requireCoordinate(xImaginary);
        _requireCoordinate(yReal);
        _requireCoordinate(yImaginary);
        if (xReal | xImaginary | yReal | yImaginary == 0) revert Rejected(Codes.POINT_INFINITY, 0, 0);
        unchecked {
            // Differences of reduced numbers are made positive by one modulus; sums stay below 2^256.
            (uint256 squareReal, uint256 squareImaginary) =
                (mulmod(xReal + xImaginary, xReal + P - xImaginary, P), mulmod(2 * xReal, xImaginary, P));
            uint256 cubeReal =
                addmod(mulmod(squareReal, xReal, P), P - mulmod(squareImaginary, xImaginary, P), P);
            uint256 cubeImaginary =
                addmod(mulmod(squareReal, xImaginary, P), mulmod(squareImaginary, xReal, P), P);
            uint256 left = mulmod(yReal + yImaginary, yReal + P - yImaginary, P);
            uint256 right = addmod(cubeReal, TWIST_REAL, P);
            if (left != right) revert Rejected(Codes.POINT_CURVE, left, right);
            left = mulmod(2 * yReal, yImaginary, P);
            right = addmod(cubeImaginary, TWIST_IMAGINARY, P);
            if (left != right) revert Rejected(Codes.POINT_CURVE, left, right);
        }
    }

    function _requireCoordinate(uint256 coordinate) private pure {
        if (coordinate >= P) revert Rejected(Codes.POINT_FIELD, coordinate, P);
    }
}
