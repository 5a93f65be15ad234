// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Bn254} from "../../src/Bn254.sol";

/// INSECURE: a key whose secrets are small primes, and what everybody can do who knows the secrets of a key:
/// prove anything. Tests of the contract's rules need proofs of many statements, none of them true.
library InsecureProver {
    uint256 private constant ALPHA = 3;
    uint256 private constant BETA = 5;
    uint256 private constant GAMMA = 7;
    uint256 private constant DELTA = 11;
    uint256 private constant Q = Bn254.Q;

    /// The scalars of the points for the constant one and the three inputs.
    function _inputScalars() private pure returns (uint256[4] memory) {
        return [uint256(13), 17, 19, 23];
    }

    /// The generator of G2, in the precompiles' order.
    function generator2() internal pure returns (uint256[4] memory) {
        return [
            11559732032986387107991004021392285783925812861821192530917403151452391805634,
            10857046999023057135944570762232829481370756359578518086990519993285655852781,
            4082367875863433681332203403145435568316851327593401208105741076214120093531,
            8495653923123431417604973247489272438418190587263600148770280649306958101930
        ];
    }

    /// A point of the twisted curve of another order than G2.
    function outsideG2() internal pure returns (uint256[4] memory) {
        return [
            1,
            2,
            19659275751359636165940301690575149581329631496732780143538578556285923319774,
            7292567877523311580221095596750716176434782432868683424513645834767876293070
        ];
    }

    /// The key's file.
    function keyFile(uint32 capacity, bool insecure) internal view returns (bytes memory file) {
        file = abi.encodePacked(
            bytes8(0x4853474b45590001),
            insecure ? bytes13(0x21494e5345435552452d444556) : bytes13(0x00434552454d4f4e5920202020),
            _littleEndian32(capacity),
            _littleEndian32(capacity),
            _littleEndian32(2),
            bytes32(uint256(9)),
            _g1(ALPHA)
        );
        file = abi.encodePacked(
            file,
            _g2(
                [
                    4540444681147253467785307942530223364530218361853237193970751657229138047649,
                    20954117799226682825035885491234530437475518021362091509513177301640194298072,
                    11631839690097995216017572651900167465857396346217730511548857041925508482915,
                    21508930868448350162258892668132814424284302804699005394342512102884055673846
                ]
            ),
            _g2(
                [
                    18551411094430470096460536606940536822990217226529861227533666875800903099477,
                    15512671280233143720612069991584289591749188907863576513414377951116606878472,
                    1711576522631428957817575436337311654689480489843856945284031697403898093784,
                    13376798835316611669264291046140500151806347092962367781523498857425536295743
                ]
            ),
            _g2(
                [
                    15624790064206502667756020446826209080711344272800176518784649088946231692936,
                    8472151341754925747860535367990505955708751825377817860727104273184244800723,
                    19488077321171448217727198730828487286865984357780136663388739985720647978898,
                    1196137947243150610106053819405501111182787323156221967342356892090037828244
                ]
            )
        );
        uint256[4] memory scalars = _inputScalars();
        for (uint256 i = 0; i < 4; i++) {
            file = abi.encodePacked(file, _g1(scalars[i]));
        }
    }

    /// A proof of these inputs. Another `salt` gives another proof of the same.
    function prove(uint256[3] memory inputs, uint256 salt) internal view returns (uint256[8] memory points) {
        uint256 a = uint256(keccak256(abi.encode("a", salt))) % Q;
        uint256[4] memory scalars = _inputScalars();
        uint256 x = scalars[0];
        for (uint256 i = 0; i < 3; i++) {
            x = addmod(x, mulmod(scalars[i + 1], inputs[i], Q), Q);
        }
        // B is the generator, so A·B has the exponent a.
        uint256 c = addmod(a, Q - addmod(mulmod(ALPHA, BETA, Q), mulmod(x, GAMMA, Q), Q), Q);
        c = mulmod(c, _inverse(DELTA), Q);
        uint256[4] memory b = generator2();
        (points[0], points[1]) = multiply(1, 2, a);
        (points[2], points[3], points[4], points[5]) = (b[0], b[1], b[2], b[3]);
        (points[6], points[7]) = multiply(1, 2, c);
    }

    /// scalar · (x, y) in G1.
    function multiply(uint256 x, uint256 y, uint256 scalar) internal view returns (uint256, uint256) {
        (bool success, bytes memory result) = address(7).staticcall(abi.encode(x, y, scalar));
        require(success, "scalar multiplication");
        return abi.decode(result, (uint256, uint256));
    }

    /// left + right in G1.
    function add(uint256 leftX, uint256 leftY, uint256 rightX, uint256 rightY)
        internal
        view
        returns (uint256, uint256)
    {
        (bool success, bytes memory result) = address(6).staticcall(abi.encode(leftX, leftY, rightX, rightY));
        require(success, "addition");
        return abi.decode(result, (uint256, uint256));
    }

    function _inverse(uint256 value) private view returns (uint256) {
        (bool success, bytes memory result) = address(5).staticcall(abi.encode(32, 32, 32, value, Q - 2, Q));
        require(success, "exponentiation");
        return abi.decode(result, (uint256));
    }

    function _g1(uint256 scalar) private view returns (bytes memory) {
        (uint256 x, uint256 y) = multiply(1, 2, scalar);
        return abi.encodePacked(_littleEndian(x), _littleEndian(_flagged(y, y > Bn254.P / 2)));
    }

    function _g2(uint256[4] memory point) private pure returns (bytes memory) {
        return abi.encodePacked(
            _littleEndian(point[1]),
            _littleEndian(point[0]),
            _littleEndian(point[3]),
            _littleEndian(_flagged(point[2], point[2] > Bn254.P / 2))
        );
    }

    function _flagged(uint256 y, bool larger) private pure returns (uint256) {
        return larger ? y | (1 << 255) : y;
    }

    function _littleEndian(uint256 value) private pure returns (bytes32 word) {
        for (uint256 i = 0; i < 32; i++) {
            word |= bytes32(uint256(uint8(value >> (8 * i))) << (8 * (31 - i)));
        }
    }

    function _littleEndian32(uint32 value) private pure returns (bytes4) {
        return bytes4(_littleEndian(value));
    }
}
