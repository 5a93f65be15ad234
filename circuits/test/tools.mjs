// What the tests here share: the prover as a program, and snarkjs as a judge of what it makes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import * as snarkjs from 'snarkjs';

const prover = process.env.HOTSHOT_PROVER ?? new URL('../../target/debug/hotshot-prover', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'hotshot-circuits-'));
export const at = (name) => join(folder, name);
export const run = (...words) => execFileSync(prover, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** The exit status of a command. */
export function exit(...words) {
  try {
    run(...words);
    return 0;
  } catch (error) {
    return error.status;
  }
}

after(async () => {
  rmSync(folder, { recursive: true });
  // The threads of snarkjs would keep the process alive.
  await globalThis.curve_bn128?.terminate();
});

/** Proves epochs 1 and 2 of the seeded chain with the keys in a folder; key, proofs, inputs. */
export function proven(keys, label) {
  const [tables, store] = [at('certificates'), at(`${keys}-proofs`)];
  const table = (epoch) => ['--stake-table', `${epoch}=${tables}/stake_table_epoch${epoch}.json`];
  run('fixture', '--preset', 'micro', '--epochs', '2', '--certificates', '--out', tables);
  const paths = run('prove', `${tables}/state-certs.json`, ...table(1), ...table(2), '--keys', at(keys), '--out', store)
    .trim().split('\n');
  assert.equal(paths.length, 2);
  const keyFile = join(at(keys), `micro${label}.verifying-key`);
  const insecure = label ? ['--insecure'] : [];
  assert.equal(exit('verify', ...paths, '--key', keyFile, ...table(1), ...insecure), 0);
  assert.equal(exit('verify', paths[1], '--key', keyFile, ...table(1), ...insecure), 1, 'another table');
  const part = (path, epoch, name) => JSON.parse(run('export', 'record', path, ...table(epoch), '--part', name));
  return {
    key: JSON.parse(run('export', 'key', keyFile)),
    proofs: paths.map((path, index) => [part(path, index + 1, 'public'), part(path, index + 1, 'proof')]),
  };
}

/** snarkjs accepts each proof for its own inputs and refuses it for others. */
export async function judged({ key, proofs }) {
  const [[first, proof], [second, other]] = proofs;
  assert.equal(await snarkjs.groth16.verify(key, first, proof), true);
  assert.equal(await snarkjs.groth16.verify(key, second, other), true);
  assert.equal(await snarkjs.groth16.verify(key, second, proof), false);
  for (const place of [0, 1, 2]) {
    const changed = first.map((input, index) => (index === place ? (BigInt(input) + 1n).toString() : input));
    assert.equal(await snarkjs.groth16.verify(key, changed, proof), false);
  }
}
