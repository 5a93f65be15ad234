// Devnets for tests: started on free ports, ended with the test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { TARGET } from '../scripts/tools.mjs';

const devnet = ['release', 'debug'].map((profile) => join(TARGET, profile, 'devnet')).find(existsSync);

/** What tests against a devnet are run with. */
export const devnetOptions = { skip: devnet === undefined && 'the devnet is not built: cargo build --bin devnet', timeout: 120_000 };

const DEFAULTS = { '--validators': '7', '--epoch-height': '10', '--seed': 'npm' };

/** Starts a devnet; its address and its network file. */
export async function start(context, ...further) {
  const folder = mkdtempSync(join(tmpdir(), 'hotshot-devnet-'));
  const file = join(folder, 'network.json');
  const defaults = Object.entries(DEFAULTS).filter(([option]) => !further.includes(option));
  const common = ['--port', '0', '--genesis-time', '1760000000', '--network-file', file, ...defaults.flat()];
  const child = spawn(devnet, [...common, ...further], { stdio: ['ignore', 'pipe', 'ignore'] });
  context.after(() => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { address: JSON.parse(line).address, network: readFileSync(file, 'utf8') };
  }
  throw new Error('the devnet did not start');
}

async function send(address, path, body) {
  const response = await fetch(address + path, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(response.status, 200, path);
  return response.json();
}

/** Lets a devnet lie, or tell the truth. */
export function lie(address, kind) {
  return send(address, '/devnet/lie', { kind });
}

/** Sends a transaction to each of the rollups, all into one block. */
export function post(address, rollups, text) {
  return send(address, '/devnet/post', { rollups, text });
}
