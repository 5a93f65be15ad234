// Ethereum as the root of trust: a devnet is followed with nothing pinned but the addresses of contracts,
// which the caller's own provider reads from an EVM.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { devnetOptions, start } from './devnet.mjs';
import { putContracts, startEvm, withoutEvm } from './evm.mjs';
import { PACKAGE } from './installed.mjs';

const { LightClient, LightClientError } = await import(pathToFileURL(join(PACKAGE, 'dist', 'index.js')));
const options = { ...devnetOptions, skip: devnetOptions.skip || withoutEvm };

const code = (expected) => (error) => {
  assert.ok(error instanceof LightClientError, String(error?.stack ?? error));
  assert.equal(error.code, expected, error.message);
  return true;
};

async function world(context) {
  const [devnet, evm] = await Promise.all([start(context, '--dynamic-stake', '--history', '86', '--stop-at', '86'), startEvm(context)]);
  const contracts = await (await fetch(`${devnet.address}/devnet/l1`)).json();
  await putContracts(evm, contracts);
  const { chain_id, epoch_height, epoch_start_block, first_dynamic_epoch } = JSON.parse(devnet.network);
  const l1 = { chain_id: 31337, light_client_contract: contracts.light_client.address, stake_table_contract: contracts.stake_table.address };
  const network = { chain_id, epoch_height, epoch_start_block, first_dynamic_epoch, l1, providers: [devnet.address] };
  return { ...devnet, evm, contracts, network };
}

test('a chain is followed from what contracts on Ethereum commit to', options, async (context) => {
  const { evm, network } = await world(context);
  const events = [];
  const asked = [];
  // As many wallets do, this one refuses long pages of logs.
  const provider = {
    request: async (call) => {
      asked.push(call.method);
      const [filter] = call.params ?? [];
      if (call.method === 'eth_getLogs' && Number(filter.toBlock) - Number(filter.fromBlock) > 5) throw new Error('range too long');
      return evm.request(call);
    },
  };
  const client = await LightClient.create({ network, l1: { provider }, pollInterval: 50, onProgress: (event) => events.push(event) });
  assert.equal(client.trust.root, 'l1_contract');
  assert.equal(client.trust.error, null);
  const { anchor } = events.filter(({ type }) => type === 'l1').at(-1);
  assert.deepEqual([anchor.epoch, anchor.height], [9n, 86n]);
  assert.ok(asked.filter((method) => method === 'eth_getLogs').length > 2);
  for await (const block of client.follow()) if (block.height >= 84n) break;
  assert.equal(events.findLast(({ type }) => type === 'finalized').root, 'l1_contract');
  assert.deepEqual(events.filter(({ type }) => type === 'rejected'), []);
  const table = await client.stakeTable(anchor.epoch);
  assert.equal(table.validators.length, anchor.validators);
  client.close();
});

test('other words of L1 are refused', options, async (context) => {
  const { evm, contracts, network } = await world(context);
  const create = (l1, more = {}) => LightClient.create({ network: { ...network, ...more }, l1, pollInterval: 50 });
  await assert.rejects(create({ provider: evm }, { l1: { ...network.l1, chain_id: 1 } }), code('l1.chain'));
  await assert.rejects(create({ provider: evm }, { l1: {} }), code('network.missing_pin'));
  const dead = { request: () => Promise.reject(new Error('disconnected')) };
  await assert.rejects(create({ provider: dead }), code('l1.unreachable'));
  // Logs that somebody left out lead to no committed table.
  const silent = { request: async (call) => (call.method === 'eth_getLogs' ? [] : evm.request(call)) };
  await assert.rejects(create({ provider: silent }), code('l1.table'));
  const odd = { request: async (call) => (call.method === 'eth_call' ? '0x' : evm.request(call)) };
  await assert.rejects(create({ provider: odd }), code('l1.answer'));
  const late = { ...network.l1, first_block: Number(await evm.request({ method: 'eth_blockNumber' })) };
  await assert.rejects(create({ provider: evm }, { l1: late }), code('l1.table'));
  assert.ok(contracts.calls.length > 20);
});
