// What set-ups and proofs cost on this machine, preset by preset, each in a process of its own, and what
// it costs snarkjs to verify one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as snarkjs from 'snarkjs';

const prover = new URL('../../target/release/hotshot-prover', import.meta.url).pathname;
const presets = (process.env.PRESETS ?? 's24 m68 l100 x200').split(' ');
const folder = mkdtempSync(join(tmpdir(), 'hotshot-bench-'));
const run = (...words) => execFileSync(prover, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const pad = (value) => String(value).padStart(12);

try {
  console.log(run('presets'));
  const columns = ['preset', 'constraints', 'set-up s', 'CPU s', 'MiB', 'prove s', 'CPU s', 'MiB', 'key MB', 'verify ms', '300 ms'];
  console.log(columns.map(pad).join(''));
  for (const preset of presets) {
    const setUp = JSON.parse(run('bench', '--preset', preset, '--keys', folder, '--set-up'));
    const proof = JSON.parse(run('bench', '--preset', preset, '--keys', folder));
    const row = [preset, setUp.constraints, setUp.set_up.seconds, setUp.set_up.processor_seconds, setUp.set_up.peak_mib,
      proof.prove.seconds, proof.prove.processor_seconds, proof.prove.peak_mib,
      (setUp.proving_key_bytes / 1e6).toFixed(0), proof.verify_ms, proof.verify_batch_of_300_ms];
    console.log(row.map(pad).join(''));
  }
  const file = join(folder, 'fixture.json');
  run('fixture', '--preset', 'micro', '--epochs', '1', '--out', file);
  const { key, records: [record] } = JSON.parse(readFileSync(file, 'utf8'));
  const times = [];
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    if (!(await snarkjs.groth16.verify(key, record.public, record.proof))) throw new Error('snarkjs refuses the proof');
    times.push(performance.now() - start);
  }
  times.sort((left, right) => left - right);
  console.log(`snarkjs verifies one proof in ${times[3].toFixed(0)} ms (median of seven)`);
} finally {
  rmSync(folder, { recursive: true });
  await globalThis.curve_bn128?.terminate();
}
