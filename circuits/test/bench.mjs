// What set-ups and proofs cost on this machine, preset by preset, each in a process of its own, and what
// it costs the package's WebAssembly, and snarkjs, to verify them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as snarkjs from 'snarkjs';
import { instantiate } from '../../wasm/dist/transition-glue.js';
import { verifyTransitions } from '../../wasm/dist/transition.js';

const prover = new URL('../../target/release/hotshot-prover', import.meta.url).pathname;
const presets = (process.env.PRESETS ?? 's24 m68 l100 x200').split(' ');
const folder = mkdtempSync(join(tmpdir(), 'hotshot-bench-'));
const run = (...words) => execFileSync(prover, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const pad = (value) => String(value).padStart(12);

/** Wall and processor time of some work in milliseconds, medians of seven; what `prepare` does is not counted. */
async function median(work, prepare = () => undefined) {
  const times = [];
  for (let round = 0; round < 7; round++) {
    const prepared = prepare();
    const [start, before] = [performance.now(), process.cpuUsage()];
    await work(prepared);
    const { user, system } = process.cpuUsage(before);
    times.push([performance.now() - start, (user + system) / 1e3]);
  }
  return [0, 1].map((place) => times.map((time) => time[place]).sort((left, right) => left - right)[3]);
}

/** The same proof, under the same key, in WebAssembly and by snarkjs; and three hundred at once. */
async function verification() {
  const fixture = (name) => new Uint8Array(readFileSync(new URL(`../fixture/${name}`, import.meta.url)));
  const [network, key, records, table] = ['network.json', 'verifying-key', 'records', 'stake_table.json'].map(fixture);
  const recordBytes = 476;
  const epochs = records.length / recordBytes;
  const wasm = await WebAssembly.compile(readFileSync(new URL('../../wasm/dist/hotshot_transition.wasm', import.meta.url)));
  const verify = (count) => median(() => verifyTransitions({ network, key, wasm, records: records.subarray(0, count * recordBytes) }));
  const [one, all] = [await verify(1), await verify(epochs)];
  const { TransitionWalk } = instantiate(wasm);
  const begun = () => new TransitionWalk(network, 1n, key, records.subarray(0, recordBytes), new Uint8Array(32));
  const check = await median((walk) => {
    while ('remaining' in JSON.parse(walk.step(1000)));
  }, begun);
  const file = join(folder, 'fixture.json');
  run('fixture', '--preset', 'micro', '--epochs', '1', '--out', file);
  const { key: exported, records: [record] } = JSON.parse(readFileSync(file, 'utf8'));
  const theirs = await median(async () => {
    if (!(await snarkjs.groth16.verify(exported, record.public, record.proof))) throw new Error('snarkjs refuses the proof');
  });
  const shown = ([wall, cpu]) => `${wall.toFixed(1)} ms, ${cpu.toFixed(1)} ms of CPU`;
  console.log(`\nverification, medians of seven
  WebAssembly, one proof, key, table and record read before         ${shown(check)}
  WebAssembly, one proof, everything read from bytes and admitted   ${shown(one)}
  WebAssembly, ${epochs} proofs, everything read from bytes              ${shown(all)}
  snarkjs, one proof, its objects read before                       ${shown(theirs)}
  download of ${epochs} epochs        ${records.length + key.length + table.length} bytes with key and last table`);
  const bytes = records.length + key.length + table.length;
  const budget = (met, words) => console.log(`  ${met ? 'met   ' : 'MISSED'} ${words}`);
  console.log('budgets');
  budget(all[0] <= 600, `${epochs} proofs in WebAssembly: ${all[0].toFixed(0)} ms (at most 600)`);
  const ratio = theirs[1] / check[1];
  budget(ratio >= 4, `snarkjs over ours, the check of one proof, CPU: ${ratio.toFixed(1)} (at least 4)`);
  budget(bytes <= 200_000, `download: ${bytes} bytes (at most 200,000)`);
}

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
  await verification();
} finally {
  rmSync(folder, { recursive: true });
  await globalThis.curve_bn128?.terminate();
}
