// Builds the module of ./transition into dist/: its bindings are small enough to be written by hand-made
// rules like those of the main module.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { factory } from './glue.mjs';
import { PACKAGE, TARGET, wasmPack } from './tools.mjs';

const NAME = 'hotshot_transition';

/** Compiles the crate and leaves the module and its bindings in dist/. */
export function buildTransition(dist) {
  const work = join(TARGET, 'npm-transition');
  rmSync(work, { recursive: true, force: true });
  wasmPack({ crate: 'wasm/transition', target: 'web', folder: work, name: NAME });
  cpSync(join(work, `${NAME}_bg.wasm`), join(dist, `${NAME}.wasm`));
  const declarations = readFileSync(join(PACKAGE, 'ts', 'transition-glue.d.ts'), 'utf8');
  writeFileSync(join(dist, 'transition-glue.js'), factory(readFileSync(join(work, `${NAME}.js`), 'utf8'), declarations));
  cpSync(join(PACKAGE, 'ts', 'transition-glue.d.ts'), join(dist, 'transition-glue.d.ts'));
}
