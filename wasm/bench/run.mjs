// Measures the operations of the package next to its rivals, on the same inputs, in one run.
//
//   node wasm/bench/run.mjs [--rounds N] [--json FILE]
//
// Builds what it needs: the native bench (which writes the inputs), and the module twice, with our
// limbs and with stock arkworks. All subjects of a row run in turn, round after round, so that all meet
// the same weather; a row prints medians and the ratios of medians. Times are processor times of this
// process, because other work on the machine would stretch wall-clock times of longer operations
// more than those of shorter ones; on an idle machine both agree.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { PACKAGE, TARGET, WORKSPACE, run, wasmPack } from '../scripts/tools.mjs';
import { readFixture } from './fixture.mjs';
import { mcl } from './mcl.mjs';
import { noble } from './noble.mjs';

const HERE = import.meta.dirname;
const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const rounds = Number(option('--rounds') ?? 40);
const work = join(TARGET, 'bench');
mkdirSync(work, { recursive: true });

for (const folder of [PACKAGE, HERE]) {
  if (!existsSync(join(folder, 'node_modules'))) run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
}

/** Builds the module with these options of cargo and loads it. */
function load(name, options) {
  const folder = join(work, name);
  wasmPack({ crate: 'wasm/bench', target: 'nodejs', folder, name: 'bench', options });
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}');
  return createRequire(import.meta.url)(join(folder, 'bench.js'));
}

const fixturePath = join(work, 'fixture.json');
const native = JSON.parse(
  execFileSync('cargo', ['bench', '--quiet', '--package', 'hotshot-light-client', '--bench', 'finality', '--', '--fixture', resolve(fixturePath)], {
    cwd: WORKSPACE,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }),
).native;

const bytes = readFileSync(fixturePath);
const fixture = readFixture(JSON.parse(bytes));
const ours = new (load('limbs', []).Bench)(bytes);
const stock = new (load('stock', ['--features', 'stock-field']).Bench)(bytes);
const rivals = { mcl: await mcl(fixture), noble: await noble(fixture) };

const rows = [
  {
    name: 'finality proof of two certificates, 100 validators',
    subjects: {
      ours: () => ours.finality(),
      'stock arkworks, our method': () => stock.finality(),
      'stock arkworks, reference method': () => stock.reference(),
      'mcl-wasm': () => rivals.mcl.finality(),
      'noble-curves': () => rivals.noble.finality(),
    },
  },
  {
    name: 'admission of a stake table of 100 keys',
    rounds: Math.ceil(rounds / 4),
    subjects: {
      ours: () => ours.admission(),
      'stock arkworks': () => stock.admission(),
      'mcl-wasm, key by key': () => rivals.mcl.admission(),
      'noble-curves, key by key': () => rivals.noble.admission(),
    },
  },
  {
    name: 'one certificate',
    subjects: { ours: () => ours.certificate(), 'stock arkworks': () => stock.certificate() },
  },
  {
    name: 'product of two pairings, one prepared',
    subjects: { ours: () => ours.product(1, 1), 'stock arkworks': () => stock.product(1, 1) },
  },
  {
    name: 'product of four pairings, three prepared (a Groth16 check)',
    subjects: { ours: () => !ours.product(3, 1) || true, 'stock arkworks': () => !stock.product(3, 1) || true },
  },
  {
    name: 'message hashed to the curve',
    subjects: { ours: () => ours.hashes(1), 'stock arkworks': () => stock.hashes(1) },
  },
];

// Nobody pays for the garbage of who ran before.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Processor time of a call, in milliseconds. A call before it, not measured, fills the caches again. */
function time(subject) {
  collectGarbage();
  subject();
  const before = process.cpuUsage();
  if (subject() !== true) throw new Error('a subject of the bench found its input invalid');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}

const quantile = (times, part) => times[Math.round((times.length - 1) * part)];

const results = [];
for (const { name, subjects, rounds: own = rounds } of rows) {
  const times = Object.fromEntries(Object.keys(subjects).map((subject) => [subject, []]));
  for (const subject of Object.values(subjects)) for (let warm = 0; warm < 3; warm++) subject();
  for (let round = 0; round < own; round++) {
    for (const [subject, run] of Object.entries(subjects)) times[subject].push(time(run));
  }
  for (const list of Object.values(times)) list.sort((a, b) => a - b);
  const baseline = quantile(times.ours, 0.5);
  console.log(`\n${name}`);
  for (const [subject, list] of Object.entries(times)) {
    const [low, median, high] = [0.25, 0.5, 0.75].map((part) => quantile(list, part));
    results.push({ name, subject, median, low, high });
    console.log(`  ${subject.padEnd(34)} ${median.toFixed(3).padStart(9)} ms  (${low.toFixed(3)} to ${high.toFixed(3)})  ${(median / baseline).toFixed(2)}x`);
  }
}
console.log('\nnative, in a process of its own');
for (const { name, median, low, high } of native) {
  console.log(`  ${name.padEnd(34)} ${median.toFixed(3).padStart(9)} ms  (${low.toFixed(3)} to ${high.toFixed(3)})`);
}

/** Budgets of DESIGN §5 that this run decides. */
const median = (name, subject) => results.find((row) => row.name === name && row.subject === subject).median;
const nativeMedian = (name) => native.find((row) => row.name === name).median;
const finality = rows[0].name;
const budgets = [
  ['finality, wasm: mcl-wasm over ours', median(finality, 'mcl-wasm') / median(finality, 'ours'), 4],
  ['finality, wasm: noble over ours', median(finality, 'noble-curves') / median(finality, 'ours'), 12],
  ['finality: native reference method over ours in wasm', nativeMedian("finality, the reference's method") / median(finality, 'ours'), 1.5],
  ['finality, native: reference method over ours', nativeMedian("finality, the reference's method") / nativeMedian('finality of two certificates'), 2],
  ['admission, wasm: mcl-wasm over ours', median(rows[1].name, 'mcl-wasm, key by key') / median(rows[1].name, 'ours'), 6],
];
console.log('\nbudgets');
for (const [name, ratio, least] of budgets) {
  console.log(`  ${ratio >= least ? 'met   ' : 'MISSED'} ${name}: ${ratio.toFixed(2)} (at least ${least})`);
}
const file = option('--json');
if (file) {
  const budget = budgets.map(([name, ratio, least]) => ({ name, ratio, least }));
  writeFileSync(file, `${JSON.stringify({ node: process.version, processor: cpus()[0].model, results, native, budget }, null, 1)}\n`);
}
