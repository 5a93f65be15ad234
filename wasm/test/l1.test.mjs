// Ethereum as the root of trust: a devnet is followed with nothing pinned but the addresses of contracts,
// which the caller's own provider reads from an EVM.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { executablePath, launch, serve } from './browser.mjs';
import { channel } from './channel.mjs';
import { devnetOptions, start } from './devnet.mjs';
import { putContracts, startEvm, withoutEvm } from './evm.mjs';
import { PACKAGE } from './installed.mjs';

const { LightClient, LightClientError, memoryStore } = await import(pathToFileURL(join(PACKAGE, 'dist', 'index.js')));
const { connect } = await import(pathToFileURL(join(PACKAGE, 'dist', 'worker.js')));
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
  // The same chain with its static table pinned, a year ago and by nobody who would say that its stake cannot leave.
  const { insecure_devnet, ...pins } = JSON.parse(devnet.network);
  return { ...devnet, evm, contracts, network, pinned: { ...pins, l1 } };
}

/** The evm's provider, with another time at which the contract accepted its newest state. */
const acceptedAt = (evm, seconds) => ({
  request: async (call) => {
    const result = await evm.request(call);
    if (call.method !== 'eth_call' || !call.params[0].data.startsWith('0x02b592f3')) return result;
    return result.slice(0, 66) + seconds.toString(16).padStart(64, '0') + result.slice(130);
  },
});

const fresh = 1_760_000_000_000 + 86_400_000;

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

test('an old anchor is confirmed by contracts on Ethereum, late', options, async (context) => {
  const { evm, pinned } = await world(context);
  const withheld = [];
  const make = (more) => LightClient.create({ network: pinned, start: 82n, pollInterval: 50, onProgress: ({ type, height }) => type === 'withheld' && withheld.push(height), ...more });

  // Before the table of that epoch is known, and after.
  const ahead = await make();
  assert.ok(code('trust.expired')(ahead.trust.error));
  assert.equal(await ahead.confirmByL1({ provider: evm }), false);
  assert.ok(code('trust.expired')(ahead.trust.error));
  for await (const block of ahead.follow()) if (block.height >= 84n) break;
  assert.deepEqual([ahead.trust.root, ahead.trust.error], ['pinned', null]);
  assert.ok(ahead.trust.date > 1_760_086_400n);
  const behind = await make();
  await behind.stakeTable(9n);
  assert.equal(await behind.confirmByL1({ provider: evm }), true);
  for await (const block of behind.follow()) if (block.height >= 84n) break;
  assert.deepEqual(withheld, []);

  // What was kept has grown old while nobody looked.
  const store = memoryStore();
  const young = await make({ store, time: () => fresh });
  for await (const block of young.follow()) if (block.height >= 83n) break;
  await young.stakeTable(9n);
  young.close();
  const old = await make({ store });
  assert.ok(code('trust.expired')(old.trust.error));
  assert.equal(await old.confirmByL1({ provider: evm }), true);
  assert.equal(old.trust.error, null);

  // A contract that nobody updates says nothing fresh at a fresh block of L1, here and to begin with.
  const stale = await make();
  await assert.rejects(stale.confirmByL1({ provider: acceptedAt(evm, 1_760_000_900) }), code('trust.confirmation'));
  const begun = await make({ l1: { provider: acceptedAt(evm, 1_760_000_900) } });
  assert.deepEqual([begun.trust.root, begun.trust.date], ['l1_contract', 1_760_000_900n]);
  assert.ok(code('trust.expired')(begun.trust.error));
  const controller = new AbortController();
  const silent = stale.confirmByL1({ provider: { request: () => new Promise(() => {}) } }, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(silent, /enough/);
  for (const client of [ahead, behind, old, stale, begun]) client.close();
});

test("another chain than Ethereum's is given up", options, async (context) => {
  const { evm, pinned } = await world(context);
  const { address, network } = await start(context, '--dynamic-stake', '--history', '86', '--stop-at', '86', '--seed', 'elsewhere');
  const { insecure_devnet, ...others } = JSON.parse(network);
  for (const known of [true, false]) {
    const client = await LightClient.create({ network: { ...others, l1: pinned.l1, providers: [address] }, start: 82n, pollInterval: 50 });
    if (known) await client.stakeTable(9n);
    const confirmed = client.confirmByL1({ provider: evm });
    if (known) await assert.rejects(confirmed, code('trust.conflict'));
    else assert.equal(await confirmed, false);
    await assert.rejects(client.follow({ signal: AbortSignal.timeout(20_000) }).next(), code('trust.conflict'));
    client.close();
  }
});

test('a worker asks the wallet on the page', options, async (context) => {
  const { evm, network, pinned } = await world(context);
  const endpoint = channel(context);
  const client = await connect(endpoint, { network, l1: { provider: evm }, pollInterval: 50 });
  assert.equal((await client.trust()).root, 'l1_contract');
  for await (const block of client.follow()) if (block.height >= 84n) break;
  const old = await connect(endpoint, { network: pinned, pollInterval: 50 });
  await old.stakeTable(9n);
  assert.ok(code('trust.expired')((await old.trust()).error));
  await assert.rejects(old.confirmByL1({ provider: { request: () => Promise.reject({ code: 4900, message: 'disconnected' }) } }), (error) => code('l1.unreachable')(error) && /disconnected/.test(error.message));
  await assert.rejects(old.confirmByL1({ provider: acceptedAt(evm, 1_760_000_900) }), code('trust.confirmation'));
  assert.equal(await old.confirmByL1({ provider: evm }), true);
  assert.equal((await old.trust()).error, null);
  await client.close();
  await old.close();
});

const inBrowser = { ...options, skip: options.skip || (executablePath === undefined && 'Chromium is missing; name it in CHROMIUM') };

test('and so it does in Chromium', inBrowser, async (context) => {
  const { evm, network } = await world(context);
  const server = await serve({ '': join(import.meta.dirname, 'apps', 'worker'), package: PACKAGE });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.exposeFunction('askWallet', (call) => evm.request(call));
    await page.exposeFunction('networkFile', () => network);
    await page.goto(server.address);
    const result = await page.evaluate(() => globalThis.result);
    assert.deepEqual(result, { root: 'l1_contract', confirmed: true, height: '84' });
  } finally {
    await browser.close();
    server.close();
  }
});
