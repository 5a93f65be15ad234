// What set-ups and proofs cost on this machine, preset by preset, each in a process of its own, and what
// it costs the package's WebAssembly to verify many. One check next to that of snarkjs: `wasm/bench`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyTransitions } from '../../wasm/dist/transition.js';

const prover = new URL('../../target/release/hotshot-prover', import.meta.url).pathname;
const presets = (process.env.PRESETS ?? 's24 m68 l100 x200').split(' ');
const folder = mkdtempSync(join(tmpdir(), 'hotshot-bench-'));
const run = (...words) => execFileSync(prover, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const pad = (value) => String(value).padStart(12);

/** Wall and processor time of some work in milliseconds, medians of seven. */
async function median(work) {
  const times = [];
  for (let round = 0; round < 7; round++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push([performance.now() - start, (user + system) / 1e3]);
  }
  return [0, 1].map((place) => times.map((time) => time[place]).sort((left, right) => left - right)[3]);
}

/** One proof, and three hundred at once, everything read from bytes. */
async function verification() {
  const fixture = (name) => new Uint8Array(readFileSync(new URL(`../fixture/${name}`, import.meta.url)));
  const [network, key, records, table] = ['network.json', 'verifying-key', 'records', 'stake_table.json'].map(fixture);
  const recordBytes = 476;
  const epochs = records.length / recordBytes;
  const wasm = await WebAssembly.compile(readFileSync(new URL('../../wasm/dist/hotshot_transition.wasm', import.meta.url)));
  const verify = (count) => median(() => verifyTransitions({ network, key, wasm, records: records.subarray(0, count * recordBytes) }));
  const [one, all] = [await verify(1), await verify(epochs)];
  const shown = ([wall, cpu]) => `${wall.toFixed(1)} ms, ${cpu.toFixed(1)} ms of CPU`;
  console.log(`\nverification, medians of seven
  WebAssembly, one proof, everything read from bytes and admitted   ${shown(one)}
  WebAssembly, ${epochs} proofs, everything read from bytes              ${shown(all)}
  download of ${epochs} epochs        ${records.length + key.length + table.length} bytes with key and last table`);
  const bytes = records.length + key.length + table.length;
  const budget = (met, words) => console.log(`  ${met ? 'met   ' : 'MISSED'} ${words}`);
  console.log('budgets');
  budget(all[0] <= 600, `${epochs} proofs in WebAssembly: ${all[0].toFixed(0)} ms (at most 600)`);
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
}
