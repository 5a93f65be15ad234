// mcl-wasm: a wasm module of a C++ library.
import mcl from 'mcl-wasm';

import { toHex } from './fixture.mjs';

export async function mclWasm({ keys, certificates }) {
  await mcl.init(mcl.BN_SNARK1);
  mcl.verifyOrderG2(true);
  const text = (integers) => `1 ${integers.map((integer) => integer.toString(16)).join(' ')}`;
  const g1 = (integers) => {
    const point = new mcl.G1();
    point.setStr(text(integers), 16);
    return point;
  };
  const g2 = (integers) => {
    const point = new mcl.G2();
    point.setStr(text(integers), 16);
    return point;
  };
  const table = keys.map(g2);
  const generator = g2([
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ]);
  const serialized = table.map((key) => key.serialize());
  const texts = keys.map(text);
  const proof = certificates.map(({ signature, hashed, signers }) => ({ signature: text(signature), hashed: g1(hashed), signers }));

  /** Both ways in check the curve and the order; the faster one counts. */
  const admissions = {
    serialized: () => serialized.every((bytes) => !mcl.deserializeHexStrToG2(toHex(bytes)).isZero()),
    text: () =>
      texts.every((string) => {
        const key = new mcl.G2();
        key.setStr(string, 16);
        return key.isValid() && !key.isZero();
      }),
  };
  const cost = (admit) => {
    admit();
    const start = performance.now();
    for (let round = 0; round < 3; round++) admit();
    return performance.now() - start;
  };
  const [admission] = Object.values(admissions).sort((left, right) => cost(left) - cost(right));
  return {
    admission,
    finality: () =>
      proof.every(({ signature, hashed, signers }) => {
        const sigma = new mcl.G1();
        sigma.setStr(signature, 16);
        const sum = signers.map((index) => table[index]).reduce((left, right) => mcl.add(left, right));
        return mcl.pairing(sigma, generator).isEqual(mcl.pairing(hashed, sum));
      }),
  };
}
