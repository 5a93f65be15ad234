// The tools of the build, pinned. Each is taken from PATH when it has the right version there, and
// is otherwise installed once under the workspace's own target folder, from crates.io: that works
// with and without access to GitHub, where the projects keep their binaries.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

export const PACKAGE = resolve(import.meta.dirname, '..');
export const WORKSPACE = resolve(PACKAGE, '..');
export const TARGET = resolve(WORKSPACE, process.env.CARGO_TARGET_DIR ?? 'target');

/** Tools of ours that cargo installs. wasm-bindgen's version is also that of the crate in Cargo.toml: both speak one unstable format. */
const TOOLS = [
  { program: 'wasm-pack', crate: 'wasm-pack', version: '0.15.0', locked: true },
  // Without --locked: the lock file of this release cannot always be satisfied.
  { program: 'wasm-bindgen', crate: 'wasm-bindgen-cli', version: '0.2.130', locked: false },
];

export function run(program, args, options = {}) {
  execFileSync(program, args, { stdio: 'inherit', cwd: WORKSPACE, ...options });
}

function version(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split(' ').at(-1) : undefined;
}

/** Folders to look for programs in, with all that wasm-pack calls in front. */
function path() {
  const own = join(TARGET, 'tools');
  const found = [];
  for (const { program, crate, version: wanted, locked } of TOOLS) {
    if (version(program) === wanted) continue;
    const installed = join(own, 'bin', program);
    if (!existsSync(installed) || version(installed) !== wanted) {
      console.log(`installing ${crate} ${wanted} in ${own} (once, about two minutes)`);
      run('cargo', ['install', crate, '--version', wanted, '--root', own, '--force', '--quiet', ...(locked ? ['--locked'] : [])]);
    }
    found.push(join(own, 'bin'));
  }
  // wasm-opt comes with the npm package `binaryen`, itself compiled to WebAssembly.
  return [join(PACKAGE, 'node_modules', '.bin'), ...found, process.env.PATH].join(delimiter);
}

/** The same for every module, so that they share what is compiled. */
const FLAGS = [
  // Panic messages name source files: neither this machine's folders nor its user belong in them.
  `--remap-path-prefix=${process.env.CARGO_HOME ?? join(homedir(), '.cargo')}=cargo`,
  `--remap-path-prefix=${WORKSPACE}=.`,
  // SHA-256 without unrolled loops; nothing hashes much with it.
  '--cfg sha2_backend="soft" --cfg sha2_backend_soft="compact"',
  // Measured: limbs of 32 bits make the rollups' signatures a third of the size.
  '--cfg cpubits="32"',
];

/** For auditors: HOTSHOT_STOCK_FIELD=1 builds on the curve arithmetic of arkworks as it is, without our limbs. */
const FIELD = process.env.HOTSHOT_STOCK_FIELD ? ['--features', 'hotshot-light-client/stock-field'] : [];

/**
 * Builds a crate of the workspace by wasm-pack: compiles it, writes its bindings into a folder and
 * optimises the module there, as the crate's manifest says.
 *
 * @param {{ crate: string, target: 'web' | 'nodejs', folder: string, name: string, options?: readonly string[] }} what
 */
export function wasmPack({ crate, target, folder, name, options = [] }) {
  const rust = [process.env.RUSTFLAGS, ...FLAGS].filter((part) => part !== undefined).join(' ').trim();
  const env = { ...process.env, PATH: path(), RUSTFLAGS: rust };
  // All tools are there: wasm-pack has nothing to look for on the network.
  const how = ['--mode', 'no-install', '--no-pack', '--profile', 'wasm', '--target', target];
  run('wasm-pack', ['--log-level', 'error', 'build', join(WORKSPACE, crate), ...how, '--out-dir', folder, '--out-name', name, '--', ...FIELD, ...options], { env });
}
