// Who is measured at what: the same in Node and in Chromium.
import { readFixture } from './fixture.mjs';
import { mclWasm } from './mcl.mjs';
import { noble } from './noble.mjs';
import { snark } from './snark.mjs';

/** The parts of the arithmetic: name, how often in a call. */
const PARTS = [
  ['fq-limbs', 'product of limbs, 81 multiply-adds', 20_000],
  ['fq-reduction', 'reduction', 20_000],
  ['fq-product', 'product in Fq', 20_000],
  ['fq-square', 'square in Fq', 20_000],
  ['fq-inverse', 'inverse in Fq', 500],
  ['fq2-product', 'product in Fq2', 5_000],
  ['fq12-product', 'product in Fq12', 300],
  ['miller-loop', 'Miller loop, nothing prepared', 3],
  ['final-exponentiation', 'final exponentiation', 3],
];
const OURS_ALONE = ['fq-limbs', 'fq-reduction'];

/**
 * @param inputs `fixture` of the native bench and `groth16` (`network`, `key`, `record`), bytes; `snark`, the same for snarkjs
 * @param modules the module with our limbs and with stock arkworks: what its glue exports
 * @returns rows: `count` operations in a call, `rounds` as a part of the usual number
 */
export async function subjects({ fixture: bytes, groth16: { network, key, record }, snark: exported }, { limbs, stock }) {
  const fixture = readFixture(JSON.parse(new TextDecoder().decode(bytes)));
  const [ours, theirs] = [new limbs.Bench(bytes), new stock.Bench(bytes)];
  const [ourProof, theirProof] = [new limbs.Groth16(network, key, record), new stock.Groth16(network, key, record)];
  const rivals = { mcl: await mclWasm(fixture), noble: noble(fixture), snark: await snark(exported) };
  return [
    {
      id: 'finality',
      name: 'finality proof of two certificates, 100 validators',
      subjects: {
        ours: () => ours.finality(),
        'stock arkworks, our method': () => theirs.finality(),
        'stock arkworks, reference method': () => theirs.reference(),
        'mcl-wasm': () => rivals.mcl.finality(),
        'noble-curves': () => rivals.noble.finality(),
      },
    },
    {
      id: 'admission',
      name: 'admission of a stake table of 100 keys',
      rounds: 0.25,
      subjects: {
        ours: () => ours.admission(),
        'stock arkworks': () => theirs.admission(),
        'mcl-wasm, key by key': () => rivals.mcl.admission(),
        'noble-curves, key by key': () => rivals.noble.admission(),
      },
    },
    {
      id: 'groth16',
      name: 'Groth16 check of a transition proof',
      subjects: {
        ours: () => ourProof.verify(),
        'stock arkworks': () => theirProof.verify(),
        snarkjs: () => rivals.snark(),
      },
    },
    {
      id: 'certificate',
      name: 'one certificate',
      subjects: { ours: () => ours.certificate(), 'stock arkworks': () => theirs.certificate() },
    },
    {
      id: 'product-2',
      name: 'product of two pairings, one prepared',
      subjects: { ours: () => ours.product(1, 1), 'stock arkworks': () => theirs.product(1, 1) },
    },
    {
      id: 'product-4',
      name: 'product of four pairings, three prepared',
      subjects: { ours: () => ours.product(3, 1), 'stock arkworks': () => theirs.product(3, 1) },
    },
    {
      id: 'hash',
      name: 'message hashed to the curve',
      count: 20,
      subjects: { ours: () => ours.hashes(20), 'stock arkworks': () => theirs.hashes(20) },
    },
    // Only modules with vectors have it: `features.mjs`.
    ...(limbs.laneProducts === undefined ? [] : [{ id: 'fq-lanes', name: 'two products of limbs in lanes, by hand', count: 20_000, subjects: { ours: () => limbs.laneProducts(20_000) } }]),
    ...PARTS.map(([id, name, count]) => ({
      id,
      name,
      count,
      subjects: {
        ours: () => limbs.part(id, count),
        ...(OURS_ALONE.includes(id) ? {} : { 'stock arkworks': () => stock.stockPart(id, count) }),
      },
    })),
  ];
}

/** What our calls count, by a module that counts (feature `tally`). */
export function tally({ fixture, groth16: { network, key, record } }, { Bench, Groth16, takeTally }) {
  const [bench, proof] = [new Bench(fixture), new Groth16(network, key, record)];
  const calls = { finality: () => bench.finality(), admission: () => bench.admission(), groth16: () => proof.verify() };
  const counted = ([id, call]) => {
    call();
    takeTally();
    call();
    const [products, squares, reductions, settlings, inversions] = takeTally();
    return [id, { products, squares, reductions, settlings, inversions }];
  };
  return Object.fromEntries(Object.entries(calls).map(counted));
}
