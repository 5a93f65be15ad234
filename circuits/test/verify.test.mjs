// Keys and proofs before an independent verifier.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, judged, proven, run } from './tools.mjs';

test('snarkjs verifies our key and proofs', async () => {
  run('setup', '--dev', '--preset', 'micro', '--out', at('keys'));
  const made = proven('keys', '.INSECURE-DEV');
  assert.equal(made.key.hotshot.insecure, true);
  await judged(made);
});
