// What the bench builds and reads: the native bench, which writes the inputs, the modules, and a proof for snarkjs.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { PACKAGE, TARGET, WORKSPACE, run, wasmPack } from '../scripts/tools.mjs';

const HERE = import.meta.dirname;
export const WORK = join(TARGET, 'bench');
const INPUTS = join(WORK, 'inputs');

/** Installs the rivals, if those of the lock file are not there. */
export function install() {
  const when = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);
  for (const folder of [PACKAGE, HERE]) {
    const installed = when(join(folder, 'node_modules', '.package-lock.json'));
    if (installed < when(join(folder, 'package-lock.json'))) run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
  }
}

/** Builds the module with these options of cargo, into a folder of this name. */
export function buildModule(name, options = []) {
  const folder = join(WORK, name);
  wasmPack({ crate: 'wasm/bench', target: 'web', folder, name: 'bench', options });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
}

/** What a module's glue exports, and its memory. */
export async function loadModule(name) {
  const glue = await import(pathToFileURL(join(WORK, name, 'bench.js')));
  const { memory } = glue.initSync({ module: readFileSync(join(WORK, name, 'bench_bg.wasm')) });
  return { ...glue, memory };
}

const output = (program, words) => execFileSync(program, words, { cwd: WORKSPACE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Runs the native bench, which writes the fixture. */
export function native() {
  mkdirSync(INPUTS, { recursive: true });
  const path = join(INPUTS, 'fixture.json');
  return JSON.parse(output('cargo', ['bench', '--quiet', '--package', 'hotshot-light-client', '--bench', 'finality', '--', '--fixture', path]));
}

/** Writes the first of the recorded transition proofs beside the fixture, for us and for snarkjs. */
export function proof() {
  const recorded = (name) => join(WORKSPACE, 'circuits/fixture', name);
  const recordBytes = 476;
  const copy = (name, bytes) => writeFileSync(join(INPUTS, name), bytes);
  copy('network.json', readFileSync(recorded('network.json')));
  copy('verifying-key', readFileSync(recorded('verifying-key')));
  copy('record', readFileSync(recorded('records')).subarray(0, recordBytes));
  const prover = (...words) => JSON.parse(output('cargo', ['run', '--quiet', '--package', 'hotshot-circuits', '--', 'export', ...words]));
  const record = (part) => prover('record', join(INPUTS, 'record'), '--stake-table', join(INPUTS, 'network.json'), '--part', part);
  copy('snark.json', JSON.stringify({ key: prover('key', join(INPUTS, 'verifying-key')), proof: record('proof'), inputs: record('public') }));
}

/** The inputs, as {@link native} and {@link proof} wrote them. */
export function readInputs() {
  const [fixture, network, key, record] = ['fixture.json', 'network.json', 'verifying-key', 'record'].map((name) => readFileSync(join(INPUTS, name)));
  return { fixture, groth16: { network, key, record }, snark: JSON.parse(readFileSync(join(INPUTS, 'snark.json'), 'utf8')) };
}
