// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// SHA3-256 (FIPS 202, not the Keccak-256 that the EVM has) of at most 135 bytes: one permutation.
///
/// A prototype, to measure what it costs. Source of the constants: FIPS 202.
library Sha3 {
    function hash(bytes memory data) internal pure returns (bytes32 digest) {
        require(data.length < 136, "more than one block");
        // Padding: 0x06 behind the data, 0x80 in the last byte of the block, zeros in all the rest.
        bytes memory input = new bytes(168);
        for (uint256 i = 0; i < data.length; i += 32) {
            assembly ("memory-safe") {
                mstore(add(add(input, 32), i), mload(add(add(data, 32), i)))
            }
        }
        // What lies behind the data in its last word is nobody's.
        assembly ("memory-safe") {
            let end := add(add(input, 32), mload(data))
            mstore(end, 0)
        }
        input[data.length] = 0x06;
        input[135] |= 0x80;
        // `s` and `t` are two states of 25 lanes, a word each, above the free pointer; nothing allocates after.
        assembly ("memory-safe") {
            function rotate(lane, by) -> result {
                result := and(or(shl(by, lane), shr(sub(64, by), lane)), 0xffffffffffffffff)
            }
            // Lanes are little-endian.
            function swapped(lane) -> result {
                result := or(and(shr(8, lane), 0x00ff00ff00ff00ff), shl(8, and(lane, 0x00ff00ff00ff00ff)))
                result := or(
                    and(shr(16, result), 0x0000ffff0000ffff),
                    shl(16, and(result, 0x0000ffff0000ffff))
                )
                result := or(shr(32, result), shl(32, and(result, 0xffffffff)))
            }

            let s := mload(0x40)
            let t := add(s, 800)
            let constants := add(t, 800)
            mstore(add(constants, 0), 0x8000000080008000800000000000808a00000000000080820000000000000001)
            mstore(add(constants, 32), 0x800000000000800980000000800080810000000080000001000000000000808b)
            mstore(add(constants, 64), 0x000000008000000a00000000800080090000000000000088000000000000008a)
            mstore(add(constants, 96), 0x80000000000080038000000000008089800000000000008b000000008000808b)
            mstore(add(constants, 128), 0x800000008000000a000000000000800a80000000000000808000000000008002)
            mstore(add(constants, 160), 0x8000000080008008000000008000000180000000000080808000000080008081)
            calldatacopy(s, calldatasize(), 800)
            for { let lane := 0 } lt(lane, 17) { lane := add(lane, 1) } {
                mstore(add(s, mul(32, lane)), swapped(shr(192, mload(add(add(input, 32), mul(8, lane))))))
            }
            for { let round := 0 } lt(round, 24) { round := add(round, 1) } {
                let c0 :=
                    xor(
                        xor(xor(xor(mload(s), mload(add(s, 160))), mload(add(s, 320))), mload(add(s, 480))),
                        mload(add(s, 640))
                    )
                let c1 :=
                    xor(
                        xor(
                            xor(xor(mload(add(s, 32)), mload(add(s, 192))), mload(add(s, 352))),
                            mload(add(s, 512))
                        ),
                        mload(add(s, 672))
                    )
                let c2 :=
                    xor(
                        xor(
                            xor(xor(mload(add(s, 64)), mload(add(s, 224))), mload(add(s, 384))),
                            mload(add(s, 544))
                        ),
                        mload(add(s, 704))
                    )
                let c3 :=
                    xor(
                        xor(
                            xor(xor(mload(add(s, 96)), mload(add(s, 256))), mload(add(s, 416))),
                            mload(add(s, 576))
                        ),
                        mload(add(s, 736))
                    )
                let c4 :=
                    xor(
                        xor(
                            xor(xor(mload(add(s, 128)), mload(add(s, 288))), mload(add(s, 448))),
                            mload(add(s, 608))
                        ),
                        mload(add(s, 768))
                    )
                let d0 := xor(c4, rotate(c1, 1))
                let d1 := xor(c0, rotate(c2, 1))
                let d2 := xor(c1, rotate(c3, 1))
                let d3 := xor(c2, rotate(c4, 1))
                let d4 := xor(c3, rotate(c0, 1))
                mstore(add(t, 0), xor(mload(add(s, 0)), d0))
                mstore(add(t, 512), rotate(xor(mload(add(s, 160)), d0), 36))
                mstore(add(t, 224), rotate(xor(mload(add(s, 320)), d0), 3))
                mstore(add(t, 736), rotate(xor(mload(add(s, 480)), d0), 41))
                mstore(add(t, 448), rotate(xor(mload(add(s, 640)), d0), 18))
                mstore(add(t, 320), rotate(xor(mload(add(s, 32)), d1), 1))
                mstore(add(t, 32), rotate(xor(mload(add(s, 192)), d1), 44))
                mstore(add(t, 544), rotate(xor(mload(add(s, 352)), d1), 10))
                mstore(add(t, 256), rotate(xor(mload(add(s, 512)), d1), 45))
                mstore(add(t, 768), rotate(xor(mload(add(s, 672)), d1), 2))
                mstore(add(t, 640), rotate(xor(mload(add(s, 64)), d2), 62))
                mstore(add(t, 352), rotate(xor(mload(add(s, 224)), d2), 6))
                mstore(add(t, 64), rotate(xor(mload(add(s, 384)), d2), 43))
                mstore(add(t, 576), rotate(xor(mload(add(s, 544)), d2), 15))
                mstore(add(t, 288), rotate(xor(mload(add(s, 704)), d2), 61))
                mstore(add(t, 160), rotate(xor(mload(add(s, 96)), d3), 28))
                mstore(add(t, 672), rotate(xor(mload(add(s, 256)), d3), 55))
                mstore(add(t, 384), rotate(xor(mload(add(s, 416)), d3), 25))
                mstore(add(t, 96), rotate(xor(mload(add(s, 576)), d3), 21))
                mstore(add(t, 608), rotate(xor(mload(add(s, 736)), d3), 56))
                mstore(add(t, 480), rotate(xor(mload(add(s, 128)), d4), 27))
                mstore(add(t, 192), rotate(xor(mload(add(s, 288)), d4), 20))
                mstore(add(t, 704), rotate(xor(mload(add(s, 448)), d4), 39))
                mstore(add(t, 416), rotate(xor(mload(add(s, 608)), d4), 8))
                mstore(add(t, 128), rotate(xor(mload(add(s, 768)), d4), 14))
                mstore(
                    add(s, 0),
                    xor(
                        xor(mload(add(t, 0)), and(not(mload(add(t, 32))), mload(add(t, 64)))),
                        and(
                            shr(mul(64, mod(round, 4)), mload(add(constants, mul(32, div(round, 4))))),
                            0xffffffffffffffff
                        )
                    )
                )
                mstore(add(s, 32), xor(mload(add(t, 32)), and(not(mload(add(t, 64))), mload(add(t, 96)))))
                mstore(add(s, 64), xor(mload(add(t, 64)), and(not(mload(add(t, 96))), mload(add(t, 128)))))
                mstore(add(s, 96), xor(mload(add(t, 96)), and(not(mload(add(t, 128))), mload(add(t, 0)))))
                mstore(add(s, 128), xor(mload(add(t, 128)), and(not(mload(add(t, 0))), mload(add(t, 32)))))
                mstore(add(s, 160), xor(mload(add(t, 160)), and(not(mload(add(t, 192))), mload(add(t, 224)))))
                mstore(add(s, 192), xor(mload(add(t, 192)), and(not(mload(add(t, 224))), mload(add(t, 256)))))
                mstore(add(s, 224), xor(mload(add(t, 224)), and(not(mload(add(t, 256))), mload(add(t, 288)))))
                mstore(add(s, 256), xor(mload(add(t, 256)), and(not(mload(add(t, 288))), mload(add(t, 160)))))
                mstore(add(s, 288), xor(mload(add(t, 288)), and(not(mload(add(t, 160))), mload(add(t, 192)))))
                mstore(add(s, 320), xor(mload(add(t, 320)), and(not(mload(add(t, 352))), mload(add(t, 384)))))
                mstore(add(s, 352), xor(mload(add(t, 352)), and(not(mload(add(t, 384))), mload(add(t, 416)))))
                mstore(add(s, 384), xor(mload(add(t, 384)), and(not(mload(add(t, 416))), mload(add(t, 448)))))
                mstore(add(s, 416), xor(mload(add(t, 416)), and(not(mload(add(t, 448))), mload(add(t, 320)))))
                mstore(add(s, 448), xor(mload(add(t, 448)), and(not(mload(add(t, 320))), mload(add(t, 352)))))
                mstore(add(s, 480), xor(mload(add(t, 480)), and(not(mload(add(t, 512))), mload(add(t, 544)))))
                mstore(add(s, 512), xor(mload(add(t, 512)), and(not(mload(add(t, 544))), mload(add(t, 576)))))
                mstore(add(s, 544), xor(mload(add(t, 544)), and(not(mload(add(t, 576))), mload(add(t, 608)))))
                mstore(add(s, 576), xor(mload(add(t, 576)), and(not(mload(add(t, 608))), mload(add(t, 480)))))
                mstore(add(s, 608), xor(mload(add(t, 608)), and(not(mload(add(t, 480))), mload(add(t, 512)))))
                mstore(add(s, 640), xor(mload(add(t, 640)), and(not(mload(add(t, 672))), mload(add(t, 704)))))
                mstore(add(s, 672), xor(mload(add(t, 672)), and(not(mload(add(t, 704))), mload(add(t, 736)))))
                mstore(add(s, 704), xor(mload(add(t, 704)), and(not(mload(add(t, 736))), mload(add(t, 768)))))
                mstore(add(s, 736), xor(mload(add(t, 736)), and(not(mload(add(t, 768))), mload(add(t, 640)))))
                mstore(add(s, 768), xor(mload(add(t, 768)), and(not(mload(add(t, 640))), mload(add(t, 672)))))
            }
            for { let lane := 0 } lt(lane, 4) { lane := add(lane, 1) } {
                digest := or(shl(64, digest), swapped(mload(add(s, mul(32, lane)))))
            }
        }
    }
}
