// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// Why an argument was not believed: a stable code, the same as in every other form of this light
/// client (`RejectionCodes.sol`), what was found, and what should have been there or what it was held against.
error Rejected(bytes32 code, uint256 got, uint256 expected);
