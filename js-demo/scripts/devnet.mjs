// Starts a devnet, and learns from its first line where it listens.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const DEMO = resolve(import.meta.dirname, '..');
export const WORKSPACE = resolve(DEMO, '..');
export const TARGET = resolve(WORKSPACE, process.env.CARGO_TARGET_DIR ?? 'target');

/** The path of one of the workspace's programs, built in either profile; the release build wins. */
export function program(name) {
  const found = ['release', 'debug'].map((profile) => join(TARGET, profile, name)).find(existsSync);
  if (found === undefined) throw new Error(`${name} is not built: cargo build --bin ${name}`);
  return found;
}

/** Whether a program is there and knows a command. */
export function knows(name, command) {
  try {
    return spawnSync(program(name), [command, '--help'], { stdio: 'ignore' }).status === 0;
  } catch {
    return false;
  }
}

/**
 * Starts a devnet on a free port.
 *
 * @param {string} networkFile where it writes the network file
 * @param {readonly string[]} options of the command line
 * @returns {Promise<{ address: string, child: import('node:child_process').ChildProcess }>}
 */
export async function startDevnet(networkFile, options) {
  const child = spawn(program('devnet'), ['--port', '0', '--network-file', networkFile, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const address = await new Promise((settle, fail) => {
    lines.once('line', (line) => settle(JSON.parse(line).address));
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`the devnet ended with ${code}`)));
  });
  return { address, child };
}
