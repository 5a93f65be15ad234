// @noble/curves: JavaScript with native big integers.
import { bn254 } from '@noble/curves/bn254.js';

export function noble({ keys, certificates }) {
  const { Fp2 } = bn254.fields;
  const [G1, G2] = [bn254.G1.Point, bn254.G2.Point];
  const g1 = ([x, y]) => G1.fromAffine({ x, y });
  const g2 = ([x0, x1, y0, y1]) => G2.fromAffine({ x: Fp2.create({ c0: x0, c1: x1 }), y: Fp2.create({ c0: y0, c1: y1 }) });
  const table = keys.map(g2);
  const proof = certificates.map(({ signature, hashed, signers }) => ({ signature, hashed: g1(hashed), signers }));
  return {
    admission: () =>
      keys.every((key) => {
        g2(key).assertValidity();
        return true;
      }),
    finality: () =>
      proof.every(({ signature, hashed, signers }) => {
        const sigma = g1(signature);
        sigma.assertValidity();
        const sum = signers.reduce((left, index) => left.add(table[index]), G2.ZERO);
        const { Fp12 } = bn254.fields;
        return Fp12.eql(bn254.pairing(sigma, G2.BASE), bn254.pairing(hashed, sum));
      }),
  };
}
