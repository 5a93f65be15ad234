// An EVM of a test's own: Foundry's anvil, as `make test-contracts` brings it.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { WORKSPACE } from '../scripts/tools.mjs';

const folder = join(WORKSPACE, 'circuits', 'contracts', 'node_modules', '@foundry-rs');
const anvil = (existsSync(folder) ? readdirSync(folder) : []).map((name) => join(folder, name, 'bin', 'anvil')).find(existsSync);

/** Why tests in an EVM are skipped, if they are. */
export const withoutEvm = anvil === undefined && 'there is no anvil: make test-contracts brings it';

/** The first account of every such chain, unlocked. */
const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';

/** Starts one that ends with the test. A wallet's provider (EIP-1193) is what it gives. */
export async function startEvm(context) {
  // A block is final two blocks later.
  const options = ['--port', '0', '--accounts', '1', '--slots-in-an-epoch', '1', '--no-mining', '--order', 'fifo', '--gas-limit', '60000000'];
  const child = spawn(anvil, options, { stdio: ['ignore', 'pipe', 'ignore'] });
  context.after(() => child.kill());
  let address;
  for await (const line of createInterface({ input: child.stdout })) {
    address = /^Listening on (\S+)/.exec(line)?.[1];
    if (address !== undefined) break;
  }
  child.stdout.resume();
  const request = async ({ method, params = [] }) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const response = await fetch(`http://${address}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { result, error } = await response.json();
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return result;
  };
  return { request };
}

/** Puts a devnet's contracts into an EVM, with their logs, and makes them final. */
export async function putContracts(provider, { light_client: lightClient, stake_table: stakeTable, calls }) {
  for (const { address, code } of [lightClient, stakeTable]) await provider.request({ method: 'anvil_setCode', params: [address, code] });
  for (const [index, data] of calls.entries()) {
    await provider.request({ method: 'eth_sendTransaction', params: [{ from: SENDER, to: stakeTable.address, data, gas: '0x2dc6c0' }] });
    if (index % 16 === 15) await provider.request({ method: 'anvil_mine', params: ['0x1'] });
  }
  await provider.request({ method: 'anvil_mine', params: ['0x4'] });
}
