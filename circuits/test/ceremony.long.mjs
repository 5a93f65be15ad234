// A ceremony by the usual tools, on the smallest circuit: constraint system out, powers of tau and
// contributions by snarkjs, key in, proof out. Minutes long: `make test-ceremony`.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import * as snarkjs from 'snarkjs';
import { at, exit, judged, proven, run } from './tools.mjs';

test('a ceremony by snarkjs gives a key that proves', async () => {
  const quiet = undefined;
  run('export', 'r1cs', '--preset', 'micro', '--out', at('micro.r1cs'));
  const info = await snarkjs.r1cs.info(at('micro.r1cs'));
  assert.deepEqual([info.nPubInputs, info.nOutputs, info.nConstraints], [3, 0, 3884]);
  const curve = await snarkjs.curves.getCurveFromName('bn128');
  await snarkjs.powersOfTau.newAccumulator(curve, 12, at('0.ptau'), quiet);
  await snarkjs.powersOfTau.contribute(at('0.ptau'), at('1.ptau'), 'first', 'entropy of the first', quiet);
  await snarkjs.powersOfTau.beacon(at('1.ptau'), at('2.ptau'), 'beacon', '01'.repeat(32), 10, quiet);
  await snarkjs.powersOfTau.preparePhase2(at('2.ptau'), at('final.ptau'), quiet);
  await snarkjs.zKey.newZKey(at('micro.r1cs'), at('final.ptau'), at('0.zkey'), quiet);
  const importing = (file, keys, ...more) => exit('setup', 'import', at(file), '--preset', 'micro', '--out', at(keys), ...more);
  assert.equal(importing('0.zkey', 'none'), 2, 'nobody contributed to the second phase');
  await snarkjs.zKey.contribute(at('0.zkey'), at('1.zkey'), 'second', 'entropy of the second', quiet);
  assert.equal(await snarkjs.zKey.verifyFromR1cs(at('micro.r1cs'), at('final.ptau'), at('1.zkey'), quiet), true);
  assert.equal(importing('1.zkey', 'imported'), 0);
  const made = proven('imported', '');
  assert.equal(made.key.hotshot.insecure, false);
  assert.deepEqual(made.key.IC, (await snarkjs.zKey.exportVerificationKey(at('1.zkey'))).IC);
  await judged(made);

  // Another circuit, spoilt bytes, a file cut short.
  assert.equal(exit('setup', 'import', at('1.zkey'), '--preset', 'tiny', '--out', at('none')), 2);
  const bytes = readFileSync(at('1.zkey'));
  for (const place of [5, bytes.length >> 1]) {
    const spoilt = Buffer.from(bytes);
    spoilt[place] ^= 1;
    writeFileSync(at('spoilt.zkey'), spoilt);
    assert.equal(importing('spoilt.zkey', 'none'), 2, `byte ${place}`);
  }
  writeFileSync(at('spoilt.zkey'), bytes.subarray(0, bytes.length - 100));
  assert.equal(importing('spoilt.zkey', 'none'), 2);
});
