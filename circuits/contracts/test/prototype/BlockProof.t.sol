// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Assert} from "../support/Assert.sol";
import {VM} from "../support/Vm.sol";
import {Rescue} from "./Rescue.sol";
import {Sha3} from "./Sha3.sol";

/// Opens a light client state's block commitment on chain, down to the commitment of one header.
///
/// A prototype: docs/BRIDGES.md says what it shows, and what a bridge does instead.
contract BlockProof {
    /// Whether the tree behind `blockCommRoot` has this header at `index`.
    /// @param tree Root of the tree, its height and the number of its leaves, as the header has them.
    /// @param roots The 48 fifth roots that the hash meets.
    /// @param siblings Two at each of 32 levels, from the leaf up, in their order.
    function verify(
        uint256 blockCommRoot,
        bytes calldata tree,
        uint256[48] calldata roots,
        bytes32 headerCommitment,
        uint256 index,
        bytes32[64] calldata siblings
    ) external pure returns (bool) {
        require(tree.length == 48, "48 bytes");
        // Height 32, and the block is below the number of leaves: both are inside what is hashed.
        require(bytes8(tree[32:40]) == 0x2000000000000000, "height");
        require(index < _littleEndian(tree[40:48]), "index");
        uint256[4] memory state = [_littleEndian(tree[:31]), _littleEndian(tree[31:]), 1, 0];
        Rescue.permute(state, roots);
        if (state[0] != blockCommRoot) return false;
        bytes32 node = Sha3.hash(abi.encodePacked(headerCommitment));
        uint256 rest = index;
        for (uint256 level = 0; level < 32; level++) {
            (bytes32 first, bytes32 second) = (siblings[2 * level], siblings[2 * level + 1]);
            uint256 place = rest % 3;
            rest /= 3;
            if (place == 0) node = Sha3.hash(abi.encodePacked(node, first, second));
            else if (place == 1) node = Sha3.hash(abi.encodePacked(first, node, second));
            else node = Sha3.hash(abi.encodePacked(first, second, node));
        }
        return rest == 0 && node == bytes32(tree[:32]);
    }

    function hash(bytes calldata data) external pure returns (bytes32) {
        return Sha3.hash(data);
    }

    function permute(uint256[4] memory state, uint256[48] calldata roots) external pure returns (uint256) {
        Rescue.permute(state, roots);
        return state[0];
    }

    function _littleEndian(bytes calldata data) private pure returns (uint256 value) {
        for (uint256 i = 0; i < data.length; i++) {
            value |= uint256(uint8(data[i])) << (8 * i);
        }
    }
}

contract BlockProofTest is Assert {
    BlockProof private prototype = new BlockProof();
    uint256 private constant INDEX = 21116303;
    bytes32 private constant COMMITMENT = 0xa54dca182530bb1d6d132cded6237b2ed91e3f721fcb1971174494d6493c9d5c;
    uint256 private constant ROOT =
        10703869244855631764574629732818509952636616688420923091833596693594007326524;
    bytes private constant TREE =
        hex"39db4f420709d65703b6faeb98ffb4755828850534ecac6fce0654856ab2dd8f20000000000000009435420100000000";
    bytes private constant ROOTS =
        hex"182758a765c07c7e634d86160d39c033a2efbef8be043485e3f0386779c8ad6a16f1676c18e4cd056817d16141572b6432b258c4f04d4612dd48fdb56c2856fc2073126d43ec33c1be486ebc0979e8e2ba55e917d0644a3b5f34c068fa2c98d207ca5ab784cbfb6df02a57fb307c285f0edd96f72397ad7e33988bdb02574d800d8d79c0387fed59be80708c621663f7f7ff248f25f85452c6b842ba6f6cced10c89fffaab7b03b5e26cb8b55c03e541f71da7a3698fa32558e2bd4863310a5e05d087b6badbf4ae39372ea55f6d837fe591dc50c69a513931a9700204b99746126c4479cbf51331d62a8bb4b3199ae596f0dc5cd10bd0edacddecaf2e62d958297e7c2626f4222560e57ad806518ab3b28ebeacff92a59baee72a0b3c0cf99f0fdc534bb954d5e83b06171706f34c2fac929dc14e42c5e1b821e27174d3a9291bac232cb6a2e8cc673ee0ccf5b50a2b07ab8cb9f8fa29607d68eca0f0f13439278812b1dd7d1b7b288988df37be95b999260f744df33f2b72a94717468c73a21329acd4a6329fa5b1370f76d0dbb32060e61c91fb0bd2fd435e8c056a2b54e0127451729a3e78e310fec237ab7883ec161f44ea4dc127fddd159d86b83a1cfc0ad864454a70544e041a68767a1256bff12de0f7bd6d0c7189ab18ab1b10c1791afe374e3f7527577628742dd31edef0a8d3e03560977b18f16345285054c4b41b8f10b97f6f90cb4835b48adaccb7817077ffbafc745d5c0dce56111add45ba0299bcac09176276e072ec88289d9c50bb7d2b3b93a08f5fe869ed9ee6d2ec450b63d4693610d9e23910cdb47e70f53e62863549d1b97bb74b8029de72584a6603531e517ddd7fb20aa4ab38470d0d8a82999f31047ecdd6b31ef61faa5e431312b4c35231b153b19b1c8b74360cfe9486775efbe0b9163280ee3c0b6dafb7c929414c716d7a90b01169269f335bb87f098c5c0aa8dadf97df785ea932cddbea186da4337c71133490660ed9e72eeeb0f819e68d3f7592e779758589cb12870123a2bbfa539f5a8ea06fcdc9e530fd93e795e116e2af7437592af2a1fb6e41d20605ca5d120bd221b4c8e7eac6107daa918458d58bb8aba9596561c3d34079210f0b042c790fdbe0ad585ac4bc386255d131805981c9bcf35808547ceeb54b160c99556898b01bbd238944b6f40c7bb0969cef245757180b345292ecec22050229ba1aa1b07254be466ede394c64e80d2fc04c0d9b9a4e5887ba55f208181f6622d4700573f5d75dbc65e03abb23bddb66c800d59d728310bbc0e1f5051234d72357f3346c1dc86aa53aee8b7297c43978d1839941278c68e128a45334243e690685580f87048ddbd97a3dc29f8fe8172ef3f68cc973b408be2f6c8f9674ff1d1ce3f68f1f074a71669daaa49792f02aa123fc14e9b2fa548a335d341b7507ce2bae71af5904e90936b8335c177446fb08026b9935c5204f614633cc1d194fcb2dc5b0ec1be0ddd7f7ef2a806fc9413a5e5daf97a320cd3dc2f641a959ee49520e29284a7fcf7c4f6c0df7d3842e02d23b66235c4e7bbcdb20e97d1ccbcaf69420cc79c4835a61041baaf20a1568d6c8dbceb60d3f106284a274c089999fbbe324577fefdae269242c4f9c320a901eecd831d8066312468758fbeb127abd68a615073954f05e45734c79eb652431528e750efc34db611856ee935c3ad38e4d3b0575aeb7b9ab44a5a210efa6a8d0ca0acb368c9a2480671df5274514a66acb0c1886b2a631d466e11f605d33b2ea7837f8d88c5d51155d3573156b2289ec12600d4988251458974fca5c572253c4205b203a6e2fe278e03056c3502c7557ba331017d6fd9494052b37ca0a431ff8f888707aa92d95377721f71f99640b2de3070dbdd56489240b8bbc06e5ee0c1a6d22bacfa3f625f8f423626b91c7697c5d50068fb1e2239eaded969a7ea7059e4792396a56819494a5954e97356f4b113d2629145bbd8882931ecdc56a3d776e6d21b7123c2494192e58f1f9aa7676967364037f184cef4f53d130486d5592ffe0c4e3f7b820cacfd30817ca2876aeaf7c1e0e1ad18c2145fa781cc56502f5b4dafc0a8a69c170b090ceb205953294aa51f32cab658439746801e163bbd40586bc7caecde651b9332137865e5564d26aae6a";
    bytes private constant SIBLINGS =
        hex"3460be31201e69fedaa0eee8b9997f5c7c2999fdafe593253cd654af4dfad71427a0aeb3fee9232f8af2211f9ee491c5b10becb5563bfc1e6f93427ecbc8fe2955e5cd8e46dc8ed4b7c2764d2a5a4d767706f85d8690024ad6bda3401be9c8cbccc935f6cd1f61226ae15338ae1a34004d33ba0d246ac04c81b1baf23e3bf9eef5f79f2b4934af87f5520b69b94b0d982e85bb55b672a872637acd7466fcb60e0e8ff18463b0e4b2ba29703474f064ac68f700f5b02b3dc666f45bdeaa2ccaedcd2b5157410e4dee4af2b34f430a073447de636c0e806c957ba684d6431fb5ead7424d09e15d024c5848f23d1fa6f7361d7f618d1532e70e20e2a6668de7f47e8467e546d53ec8e2a1257bdb256c9b3e4fbb498146ef7030cbf9537252dcceadd764b6a32fbb09adeae109c4a997203975352b878b145c8a42d884cf4cfda72d8e1d5dd92589082d852a7122873ee805add58942167a385286195c679f9c6994e45b8ab1098012070961f37de436ddfdc99d6e75af6547cfb11b42072482dc531c2bc3907c9617eb5e5089e40186baa8a57d119e6fb65d00abc32af38e667f022e872d49cc15c90b999b772b4fc7a6fd4c914a16db4708752b0f1544b835c0e719097dfa8701e9232f21f2812687786976ebfcc327f5931765274ba9829b4406f61ff889326ffa9492edeeee3c669f2bf20894ea27e689c66b6b262e4886b8438f39ba76fef8c90c5101fbe6cf9a48d5b0c0a13da900a6adcb3d64069481be21c9c727b8db8c188f341a924c7f88dfa161bfdb0ecc682919d2e64692f8194157f1d4af90988285cf7a9af7c93d5552266afe70e7aae6da47627c2e59af2ea37abc84670ad3c4d36bc08aad1fff8eb8406e2f8a7fc4cce4dd9f0b4110d9f2fa0025c8efe57f37724f4d37ea2b14004077139b4180df3932249962c6857200059aeb8ea17cf3787e0ed29d1c0b63ffd7298374d9bd74fc11add7b9ca6503952269fd669f6376ee71879737fd5f72f8d51c4ac91b6d0c48d41a1e5ec9e6a0392854a8615eef109fc1bfa9e2563701288f29b3d73f6ac2b69edd2c19f264bee462a5baf20fd27ecf14c011ed201f836320adb98bab1686a28d9801210c7736f3eec580dcfc43fe5d049b4d78a7a3ebb92865c8517ed02111f6a652da3524872b6a31d7ffe4587744d5eb783e96968f89be828565e07e5f7d784e9060a721ca807d7633ed123402f376e5bf1496773d19616326be5be5850336b36f13bcae48166882136805a7d1be5e9f276810fdf720d033ca4f2e53cb8ad1919dd51a9fb6d4d509ba64c8cf6803de50d83a2ecfbaeb5342071a48cb2dbd574ab29152572237c4fb659a4016f7a11bc62c5271cf64f25d6f15cc50c4b73f4c7e621513a53cc7e99cd79d7fd9c7bce4e05b0b01faee78e4ea5bf2cc362241b7dcbb2ee21414422aa0281bc1450d21386343fb93547121b38151a58ce94982f56a8679a3be12655dce528ea7c056873a18b8e73581c9be87c0bc4ab8a929e2755a1897819ea00011714c94ddd5ba1843fa74170b1b01b59b36b672d39a4468bbf35144077c4ce631204a8acd87051cb3e3fc7f5400161f0ccf5f79511d35066448d366d4599e209918f403c0dfee29e75973358576133fab861a88df87976f2b075685786751a762c7a87ac2f0f1030ddf779d6cc827574a100d393652b0480e0f154615221721ba6621c4367e69683911112c93f43343326896a3acd8850ab3839018bca4f3930fd30fdf32b1f0186e2e9357df0067931b02b2fb30fb5efdb18551916d76ff543829fb35a7b630cdca2cd80cbe699b86db57c277eb4011b2a74fe6a556ede0837640abec7962889a4f4f7ea7b25278a7608434543464c44d4b9a98de8c6437368f69c6ed1106ccdf7197ed0b4883cf027cdcd775755c3fe8dda08532d67ccc5080d8f7e90ad15da705c7fa3613806f5266b233e968f308bdafd2e96b5ec83eb61c818cc3cc1f0626d6d7b48737729bcd70c8ec6c54422362f0734ab4d3ef9640f0b57588c081da5ff6018fb77d9aa4f5f8db2bb94e9bc51d2ba647b007056b2496803349775fe7b14e6ace552e9865fd6d28e03b3c87d67747f2fc1df7ef49fb7eff540352a4effe97eebfdad6265cb80e0a17a930f7f849116dd440ad30bbaef26b91deafd8801a9495b5fcceaa8bb068fc3ca962a299412c14cccf19cc9937031761f31ec04b2a6c14ea59335c12d73306bc479e849a5ed711a30adc1bfe143cd7cfe42207c64ff3d3342af16c4d07da02043e2d6f3e42f1098d7ce65f19bb4a2b96ffeb821a10051f0728c79f9f54f91ea1bce0f0554a3bb953d5f4c5e78baa958f1faa074d9edb7ec0c6c077e79100a48689d8501593484b8cffb12bf8c366779e1dcaee698204c5eb2cb52077cb84a4f467606c622f5c94b9b7ce4c7e16fcbf36beed294fa10fb08f0a301168f86d858fda31e4438213ad665cc12a0e1a11bdeaf920cb3d2e83a3772dc95de551bd7871581383b41e0e1884f71c334aa2026598e135f1a5be83c73fbff6c256e17a4906ef6312507027bf47e431c50b26e7ada577f43bbb49a9711d5ce74ae04c88d6d27e4f0d8a97ab5585fb37a2e9f73a4e1d6cf4923d8367badd857a7931c794d4531d964908e2ae47e200925fb8de14d16f8d5c465c755964282cfd8c596946629d670521d01cb1ab90fc2e07d1f444887f5fbb1253be02b6e4243db67da4c31f9537fde40d440a7c2d725d55349f800f0931638509ed7ae334b3305b178b3feefc8f383e3ecf4674744beccb5409c7d712ca1ab9adcd7babdfa4cd1ba64bb47fd805ba375f23a6dd660a7347d7cbe8171411888b1233803e06de791493399cb1553d1e892bee4be13f4396d0938c7c2c";

    function _roots() private pure returns (uint256[48] memory) {
        return abi.decode(ROOTS, (uint256[48]));
    }

    function _siblings() private pure returns (bytes32[64] memory) {
        return abi.decode(SIBLINGS, (bytes32[64]));
    }

    function test_known_answers_of_sha3() public view {
        same(
            prototype.hash(""), 0xa7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a, "nothing"
        );
        same(prototype.hash("abc"), 0x3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532, "abc");
        same(
            prototype.hash(abi.encodePacked(COMMITMENT)),
            0x20a781c22fbe38aabf93fe030a3d85f4402479e745a189ec4a81c0ecfc49d93d,
            "32 bytes"
        );
        same(
            prototype.hash(new bytes(96)),
            0xc3efec14e15bd34e0ec1fbcb2d7f881ef64c8f44450a39fec3a2e57229bbf189,
            "96 bytes"
        );
        same(
            prototype.hash(new bytes(135)),
            0x7d080d7ba978a75c8a7d1f9be566c859084509c9c2b4928435c225d5777d98e3,
            "135 bytes"
        );
    }

    function test_a_block_and_its_price() public {
        holds(prototype.verify(ROOT, TREE, _roots(), COMMITMENT, INDEX, _siblings()), "the block");
        VM.snapshotGasLastCall("prototype", "opening a block commitment, without base fee and calldata");
        prototype.hash(abi.encodePacked(COMMITMENT, COMMITMENT, COMMITMENT));
        VM.snapshotGasLastCall("prototype", "one SHA3-256");
        prototype.permute(
            [uint256(0), 0, 0, 0],
            abi.decode(
                hex"1f8e64e7559776d695639ac3d888d7f9f8f79c460020156738acaa934069891d1c0dc90b632bf19ad161c4c5f8216e07d12eb0e17f281021025fc1381398e73228a3195b432d6af288f1dc4739901cf0886ec8dd6a470f49daea3fa5c2a0952407ca5ab784cbfb6df02a57fb307c285f0edd96f72397ad7e33988bdb02574d80130777c3ae2edc045beb743dbb2a48d4665765febd6f7d420ba1b8aedf48c084250a11b1595bc1b71286d51f5e6843108991652d931f32319e0885c6c9ee0fb02b9eb95ae2c16b101093bb76f12e2b425dee391f32b81939b0b49493ebb781d72ce18480c9ecd9aaf234e273bcf8b1555c1d1a646fe75753ed539a7f914f52410625d0b626da9eef94b38e539c5da963e3cc487497b53c9b3e49526334db92141eacb4abd45e53682b0cb310d0bf8c004983a8ef095b2b4c0a7c0c11729ee9aa0091552c364fc8506e0a4c6e749d6ba14933daaaa6c5ebdec0b0dbb2640f860b08c37f5d126ccc78acf3db41d892415c79e6f7da89f2e4c5615bae46a9d7ce3b263e4ebde5d0deda131e394c4eea5228b142994ef66ea2c32c9a37bf1146f9cc028d7153ea51f88e8936206d5a12df510b0f51e82b90a0bc5ce0d6579ee3a9aa1bd00ea8558b1a4e2f43c90867e7c3854bb0412fdac1c0e8805392734dd31cab1c1d07ed2b247f25e21e4e5bba06e4ad6cf81827f54f3e6a8268f941948a9db61ebc735e2e1cff72e1fdca438911e0c7e89cc1107ce9d6bdc99caba0b2d75426284a5bb9878687d31c68bfb3c8ac3b64be5c96d43c554237e1b1c914802dea5f275b5a03d1bc5a8dd42c4713819c712b4b0cd93e32e5b50153b7fe7249b597b72306e6b36c9489e9b94a3f3e03c2f8de1d868789dc420ec84821b89ce88852801e879bb73ad85c2370457cd15f5e01922d8af9aac3a70fb3662f63dd3a50c56019d231e7ccd7e1d6d238e7d9129c2e6d9752291b2e5df01e68a03486e4f9d7721fb91ebd1da86c861db0d58c47e04f8d83992191695411b34a65ac6fbd25a5022bc2a2264a8d3dc318f3ba03ac555806a4d395892a667b20aecc3b4943ddcc520a44cf1c08df72cb7d6474929fc3b0c92091b66a93bcd832f6f9743eb6910ca70c0ac974a42d6c9b49359bda2d34aa77aebd7724fcc87551d4e95ebad0957cc12773d1f312ee0e5607cde109674bb3313729b929de8b09bba7c2762fa6e74fd909acae3e1cc52e1fb26dd326815a563f886e82977a57f50502646e9a5534269f2031fc05c3187c427d3fe44373a4a87e30583e0c6b4bfcb56e9eff5b5aa856b228906ada270906d69e1d1dbe7131f51a221372351a3ae88d6bd2055827a124fb02726698726dc2ebec55dee6efbcc2c326f369dd78c11fa7920cd5f61ce7ed841651a1a9eb4bd94318524db8b3d133a761491ac07b8db4e19c4f94bd53d5a93f01c4a3bd5fb8d2204ada8365e09dc33be0773eba9ce5522cddb5ac36c2c466a814ece98de7c920056908a803ed2c06b4fa892b53bcdcd574b2c05262af68e8df1feaad258495650d0476cb132a00f3edfece02a8c98815c7749e242a4a66b24515af4697f73ed20cf9445f86db949d3957eedfb0c3e5fb2cd3474f001e448f002c8112935672846dcacb462fccb0b611594529c9da1317ee0cdfe350cec298ad188e5fc1b4cdc6712ee253359d00ac77e70da43c651fc2614c49ea2a7c4c33e61634e7e611a79f3b69fe6f75509d21596e3539795e9172b4995c00a8d8d9c285140f99890142c92accdbbaf7f93667ff21a347f2e265bc6e51f61454d06b0de414fde6eb060f942d009e007c7e681769dcf41e9e06c2fab2e8840883c800140c24b34458e0d3ddcda06f20959bd50ca418c4cee5f0548c173af09ad7609da170129c8c62cc6937c07b2f04201bf221ebfc598676ca60e0d31bb6b245582222d400ba1eeea3da261cfff35e96a1d8911dac6f48213956b227d56e7b8424f43c1625790e6b3329415ea2d2527d9116e299917cfcfdf2924cb84ac94e32f3b3a3df03521e8eee1ada853d3d02e2de8dba72d7fe5494dee5b54f380074051cfdf5941d2f0beb32327fcf760f5d86d61378acc73c8f3e5bf5e80cb21e8ff0bff960a90902ba678e7c46066f11903c4a769655bb6d80455c3539e1006c8473b2e08beb",
                (uint256[48])
            )
        );
        VM.snapshotGasLastCall("prototype", "one Rescue permutation with hints");
    }

    function test_another_block_tree_or_path() public {
        uint256[48] memory roots = _roots();
        bytes32[64] memory siblings = _siblings();
        holds(!prototype.verify(ROOT, TREE, roots, COMMITMENT, INDEX - 1, siblings), "another index");
        holds(!prototype.verify(ROOT, TREE, roots, bytes32(uint256(1)), INDEX, siblings), "another header");
        holds(!prototype.verify(ROOT - 1, TREE, roots, COMMITMENT, INDEX, siblings), "another state");
        siblings[63] = 0;
        holds(!prototype.verify(ROOT, TREE, roots, COMMITMENT, INDEX, siblings), "another path");
        bytes memory tree = TREE;
        tree[0] ^= 0x01;
        VM.expectRevert();
        prototype.verify(ROOT, tree, roots, COMMITMENT, INDEX, _siblings());
        VM.expectRevert();
        prototype.verify(ROOT, TREE, roots, COMMITMENT, INDEX + 5, _siblings());
        roots[17] ^= 1;
        VM.expectRevert();
        prototype.verify(ROOT, TREE, roots, COMMITMENT, INDEX, _siblings());
    }
}
