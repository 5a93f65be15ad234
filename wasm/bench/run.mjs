// Measures the operations of the package next to its rivals, on the same inputs, in one run: in Node and in Chromium.
//
//   node wasm/bench/run.mjs [--rounds N] [--only node|chromium] [--json FILE] [--record [--reason WHY]]
//
// Builds what it needs: the native bench (which writes the inputs), and the module with our limbs, with stock arkworks,
// and with counters. All subjects of a row run in turn, round after round; a row prints medians, quartiles and ratios
// of medians. Node is given processor times, Chromium has wall-clock times only: look for a quiet moment, or, on Linux,
// run all this ahead of everything else by `chrt --rr 1 node wasm/bench/run.mjs`.
// `--record` adds the run to `history.jsonl`, with a reason where something got slower on purpose.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';

import { PACKAGE, WORKSPACE } from '../scripts/tools.mjs';
import { WORK, buildModule, install, loadModule, native as runNative, proof, readInputs } from './inputs.mjs';

const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const only = option('--only');
const rounds = Number(option('--rounds') ?? 40);
const recording = process.argv.includes('--record');
if (!['node', 'chromium', undefined].includes(only)) throw new Error(`--only is node or chromium, not ${only}`);
if (recording && only !== undefined) throw new Error('only whole runs are recorded');

install();
// Once the packages are there.
const { executablePath } = await import('../test/browser.mjs');
const { inChromium } = await import('./chromium.mjs');
const { inNode } = await import('./node.mjs');
const { tally } = await import('./subjects.mjs');
const { append, compare, records, regressions, toRecord } = await import('./history.mjs');
const report = await import('./report.mjs');

if (only !== 'node' && executablePath === undefined) {
  console.error('There is no Chromium here: install it, name it in CHROMIUM, or measure with --only node.');
  process.exit(1);
}
// The weather of a shared machine changes: the native bench runs before, between and after the others, and each is held
// against its two neighbours.
const natives = [runNative().native];
proof();
buildModule('limbs');
buildModule('stock', ['--features', 'stock-field']);
buildModule('tally', ['--features', 'tally']);
const counts = tally(readInputs(), await loadModule('tally'));

const load = loadavg()[0].toFixed(2);
const runtimes = {};
const options = { rounds, folders: { limbs: 'limbs', stock: 'stock' } };
for (const [runtime, run] of [['node', () => inNode(options)], ['chromium', () => inChromium(WORK, options)]]) {
  if (only !== undefined && only !== runtime) continue;
  runtimes[runtime] = await run();
  natives.push(runNative().native);
  runtimes[runtime].native = report.together(natives.slice(-2));
}
const native = report.together(natives);

console.log(`${cpus()[0].model}, ${cpus().length} processors, load before ${load}, after ${loadavg()[0].toFixed(2)}, ${rounds} rounds`);
for (const [runtime, measured] of Object.entries(runtimes)) report.printRuntime(runtime, measured);
report.printNative(native);
report.printFloors(counts, runtimes);
const budgets = report.judge(runtimes, native);
report.printBudgets(budgets);

const about = {
  date: new Date().toISOString().slice(0, 16),
  version: JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')).version,
  commit: execFileSync('git', ['describe', '--always', '--dirty'], { cwd: WORKSPACE, encoding: 'utf8' }).trim(),
  processor: `${cpus().length} x ${cpus()[0].model}`,
  ...Object.fromEntries(Object.entries(runtimes).map(([runtime, { version }]) => [runtime, version])),
};
const reason = option('--reason');
const record = toRecord({ about: reason === undefined ? about : { ...about, reason }, runtimes, native, budgets });
const before = records().at(-1);
if (before !== undefined) {
  report.printComparison(compare(before, record), before);
  for (const { name, then, now } of regressions(before, record)) console.log(`\n  REGRESSION ${name}: ${then} -> ${now}`);
}
const file = option('--json');
if (file !== undefined) writeFileSync(file, `${JSON.stringify({ about, runtimes, native, counts, budgets }, null, 1)}\n`);
if (recording) append(record);
