#!/usr/bin/env node
// The Solidity compiler of the npm package `solc`, which is JavaScript and so runs everywhere, with
// the part of the native compiler's command line that Foundry uses: `--version` and `--standard-json`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const solc = createRequire(import.meta.url)('solc');

if (process.argv.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (process.argv.includes('--standard-json')) {
  // Foundry puts all sources into its input: there is nothing to be found by a callback.
  const output = solc.compile(readFileSync(0, 'utf8'));
  // A pipe takes large output in parts; process.exit would cut it.
  process.stdout.write(output);
} else {
  console.error('only --version and --standard-json are known');
  process.exitCode = 2;
}
