// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// What a test found is not what it expected.
error Different(string what, uint256 got, uint256 expected);

/// Comparisons for tests.
abstract contract Assert {
    function same(uint256 got, uint256 expected, string memory what) internal pure {
        if (got != expected) revert Different(what, got, expected);
    }

    function same(bytes32 got, bytes32 expected, string memory what) internal pure {
        same(uint256(got), uint256(expected), what);
    }

    function holds(bool claim, string memory what) internal pure {
        if (!claim) revert Different(what, 0, 1);
    }
}
