// What features of WebAssembly that not every engine has would bring. No such module is published.
//
//   node wasm/bench/features.mjs [--built]
//
// In Chromium: vectors of 128 bits and relaxed ones, as the compiler finds uses for them at its level 3 (at those for
// size it looks for none), and by hand for products of limbs; and products of 128 bits under stock arkworks, for
// which Chromium needs a flag. Compiles everything anew for each; `--built` measures what was compiled before.
import { join } from 'node:path';

import { WORKSPACE } from '../scripts/tools.mjs';
import { WORK, buildModule, install, native, proof } from './inputs.mjs';
import { shown } from './report.mjs';

install();
const { inChromium } = await import('./chromium.mjs');
native();
proof();

/** Builds a variant beside the others, so that they do not compile each other's dependencies anew. */
function variant(name, { features = [], level, options = [] }) {
  const kept = { ...process.env };
  process.env.CARGO_TARGET_DIR = join(WORKSPACE, 'target/features');
  process.env.RUSTFLAGS = features.map((feature) => `-Ctarget-feature=+${feature}`).join(' ');
  if (level !== undefined) process.env.CARGO_PROFILE_WASM_OPT_LEVEL = level;
  try {
    buildModule(name, options);
  } finally {
    process.env = kept;
  }
}

const STOCK = ['--features', 'stock-field'];
const ROWS = ['finality', 'admission', 'fq-product', 'fq12-product'];
const VARIANTS = [
  { name: 'level-3', level: '3' },
  { name: 'simd', level: '3', features: ['simd128'] },
  { name: 'relaxed', level: '3', features: ['simd128', 'relaxed-simd'] },
];
if (!process.argv.includes('--built')) {
  for (const { name, ...how } of VARIANTS) variant(name, how);
  variant('stock-plain', { options: STOCK });
  variant('stock-wide', { options: STOCK, features: ['wide-arithmetic'] });
}

const print = (title, { results }, subject) => {
  console.log(`\n${title}`);
  for (const { name, median, low, high } of results.filter((result) => result.subject === subject)) {
    console.log(`  ${name.padEnd(50)} ${shown(median)} (${shown(low)} to ${shown(high)})`);
  }
};
for (const { name } of VARIANTS) {
  const lanes = name === 'level-3' ? [] : ['fq-lanes'];
  print(`ours, ${name}`, await inChromium(WORK, { rounds: 20, only: [...ROWS, 'fq-limbs', ...lanes], folders: { limbs: name, stock: 'stock-plain' } }), 'ours');
}
for (const [name, flags] of [['stock-plain', []], ['stock-wide', ['--wasm-wide-arithmetic']]]) {
  const measured = await inChromium(WORK, { rounds: 20, only: ROWS, flags, folders: { limbs: 'level-3', stock: name } });
  print(`stock arkworks, ${name}`, { results: measured.results.map((result) => ({ ...result, subject: result.subject.split(',')[0] })) }, 'stock arkworks');
}
