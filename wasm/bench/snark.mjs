// snarkjs on ffjavascript, whose WebAssembly JavaScript writes.
import { curves, groth16 } from 'snarkjs';

export async function snark({ key, proof, inputs }) {
  // Where snarkjs keeps its curve between calls. Without threads of its own: on two processors handing the work
  // over took longer than the work, 22 ms instead of 12, and twice the processor time.
  globalThis.curve_bn128 = await curves.getCurveFromName('bn128', { singleThread: true });
  return () => groth16.verify(key, inputs, proof);
}
