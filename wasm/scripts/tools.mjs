// The tools of the build, pinned. Each is taken from PATH when it has the right version there, and
// is otherwise installed once under the workspace's own target folder, from crates.io: that works
// with and without access to GitHub, where the projects keep their binaries.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const PACKAGE = resolve(import.meta.dirname, '..');
export const WORKSPACE = resolve(PACKAGE, '..');
export const TARGET = resolve(WORKSPACE, process.env.CARGO_TARGET_DIR ?? 'target');

/** Also the version of the crate `wasm-bindgen` in Cargo.toml: both speak one unstable format. */
const WASM_BINDGEN = '0.2.130';

export function run(program, args, options = {}) {
  execFileSync(program, args, { stdio: 'inherit', cwd: WORKSPACE, ...options });
}

function version(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split(' ').at(-1) : undefined;
}

/** The path of wasm-bindgen's command line tool. */
export function wasmBindgen() {
  if (version('wasm-bindgen') === WASM_BINDGEN) return 'wasm-bindgen';
  const root = join(TARGET, 'tools');
  const program = join(root, 'bin', 'wasm-bindgen');
  if (!existsSync(program) || version(program) !== WASM_BINDGEN) {
    console.log(`installing wasm-bindgen-cli ${WASM_BINDGEN} in ${root} (once, about two minutes)`);
    // Without --locked: the lock file of this release cannot always be satisfied.
    run('cargo', ['install', 'wasm-bindgen-cli', '--version', WASM_BINDGEN, '--root', root, '--force', '--quiet']);
  }
  return program;
}

/** Runs wasm-opt, which comes with the npm package `binaryen`, itself compiled to WebAssembly. */
export function wasmOpt(args) {
  run(process.execPath, [join(PACKAGE, 'node_modules', 'binaryen', 'bin', 'wasm-opt'), ...args]);
}
