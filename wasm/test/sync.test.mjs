// The way to today's stake tables against a devnet whose tables change every epoch: events, what is
// kept, lies, poor servers, and an upgrade that is not known.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { devnetOptions as options, start } from './devnet.mjs';
import { PACKAGE } from './installed.mjs';

const dist = (name) => import(pathToFileURL(join(PACKAGE, 'dist', name)));
const { LightClient, LightClientError, memoryStore, httpProvider } = await dist('index.js');
const { StakeTable, init } = await dist('verify.js');

const EPOCHS = 15n;
const CHAIN = ['--dynamic-stake', '--history', '148', '--stop-at', '148'];

/** A client, and the events it told by their type. */
async function client(network, further) {
  const events = {};
  const made = await LightClient.create({
    network,
    pollInterval: 50,
    ...further,
    onProgress: (event) => {
      (events[event.type] ??= []).push(event);
      further.onProgress?.(event);
    },
  });
  return { client: made, events };
}

/** Follows until something is final; the last block of the first stretch. */
async function first(made) {
  for await (const block of made.follow()) return block;
}

/** From genesis to the newest block with a store; the events. */
async function sync(network, store, further) {
  const { client: made, events } = await client(network, { store, ...further });
  const block = await first(made);
  made.close();
  return { ...events, block };
}

const epochs = (events) => (events ?? []).map(({ epoch }) => epoch);
const range = (from, until) => Array.from({ length: Number(until - from) + 1 }, (_, index) => from + BigInt(index));

test('every epoch is told, and its table can be looked at', options, async (context) => {
  const { address, network } = await start(context, ...CHAIN);
  const { client: made, events } = await client(network, { providers: [address] });
  const early = made.stakeTable(6n);
  const newest = await made.stakeTable(EPOCHS);
  assert.deepEqual(epochs(events.epoch), range(3n, EPOCHS));
  const known = events.epoch.find(({ epoch }) => epoch === 6n);
  const table = await early;
  assert.deepEqual([table.epoch, table.stakeTableHash, table.total, table.vidTotalWeight], [6n, known.stakeTableHash, known.totalStake, known.vidTotalWeight]);
  assert.equal(table.validators.length, known.validators);
  assert.equal(known.root, 45n);
  await init();
  const admitted = new StakeTable(newest);
  assert.deepEqual([admitted.total, admitted.size], [newest.total, newest.validators.length]);
  await assert.rejects(made.stakeTable(6n), (error) => error instanceof LightClientError && error.code === 'epoch.table_unknown');
  const pinned = await made.stakeTable(1);
  assert.deepEqual([pinned.stakeTableHash, pinned.validators.length], [null, 7]);

  const progress = events.progress;
  assert.deepEqual([progress[0].from, progress[0].epoch, progress[0].until, progress[0].secondsLeft], [2n, 3n, EPOCHS, null]);
  for (const [index, { bytes, secondsLeft }] of progress.slice(1).entries()) {
    assert.ok(bytes >= progress[index].bytes && secondsLeft >= 0, `${index}: ${bytes} bytes, ${secondsLeft} s left`);
  }
  assert.equal(made.tip, undefined);
  const block = await first(made);
  const { servers, age, root } = events.finalized[0];
  assert.deepEqual([servers, root], [{ asked: 1, agreeing: 1, highest: 149n }, 'pinned']);
  assert.ok(age > 0 && made.tip.age >= age && made.tip.height >= block.height);
  assert.deepEqual(made.providers.map(({ provider, state, lies }) => [provider, state, lies]), [[address, 'ready', 0]]);
  made.close();
});

test('a client that was ended goes on where it was, and comes to the same', options, async (context) => {
  const { address, network } = await start(context, ...CHAIN);
  const [whole, store] = [memoryStore(), memoryStore()];
  const uninterrupted = await sync(network, whole, { providers: [address] });
  for (const epoch of [5n, 9n]) {
    const over = new AbortController();
    const onProgress = (event) => event.type === 'epoch' && event.epoch === epoch && over.abort(new Error('killed'));
    const { client: made, events } = await client(network, { providers: [address], store, onProgress });
    await assert.rejects(made.stakeTable(EPOCHS, { signal: over.signal }), /killed/);
    assert.equal(epochs(events.epoch)[0], epoch === 5n ? 3n : 4n, 'what was saved last');
    made.close();
  }
  const resumed = await sync(network, store, { providers: [address] });
  assert.deepEqual(epochs(resumed.epoch), range(5n, EPOCHS));
  assert.deepEqual(resumed.block, uninterrupted.block);
  for (const key of ['tables', 'checkpoint']) assert.deepEqual(await store.load(key), await whole.load(key));
  const again = await sync(network, store, { providers: [address], skipToStart: true });
  assert.deepEqual([again.epoch, again.block], [undefined, uninterrupted.block], 'nothing is learnt twice');
});

test('what is damaged in a store is learnt anew', options, async (context) => {
  const { address, network } = await start(context, ...CHAIN);
  const store = memoryStore();
  const { block } = await sync(network, store, { providers: [address] });
  const good = { tables: await store.load('tables'), checkpoint: await store.load('checkpoint') };
  const damage = (bytes, index) => bytes.with(index, bytes[index] ^ 1);
  // A byte in the middle, another format version, nothing at all, and the store of something else.
  for (const tables of [damage(good.tables, good.tables.length >> 1), damage(good.tables, 4), new Uint8Array(), good.checkpoint]) {
    await store.save('tables', tables);
    await store.remove('checkpoint');
    const events = await sync(network, store, { providers: [address] });
    assert.equal(events.tables_discarded.length, 1);
    assert.match(events.tables_discarded[0].error.code, /^store\./);
    assert.deepEqual([epochs(events.epoch), events.block], [range(3n, EPOCHS), block]);
    assert.deepEqual(await store.load('tables'), good.tables);
  }
  await store.save('checkpoint', damage(good.checkpoint, 50));
  const events = await sync(network, store, { providers: [address] });
  assert.equal(events.checkpoint_discarded[0].error.code, 'checkpoint.checksum');
  assert.deepEqual([events.epoch, events.tables_discarded, events.block], [undefined, undefined, block]);
  // One's own checkpoint is not overlooked.
  const own = damage(good.checkpoint, 50);
  await assert.rejects(LightClient.create({ network, store, checkpoint: own }), (error) => error.code === 'checkpoint.checksum');
});

test('a store that is not believed proves everything again, from what it kept', options, async (context) => {
  const { address, network } = await start(context, ...CHAIN);
  const store = memoryStore();
  const { block } = await sync(network, store, { providers: [address] });
  const asked = [];
  const onProgress = ({ type, path }) => type === 'request' && asked.push(path);
  const full = await sync(network, store, { providers: [address], verifyStore: 'full', onProgress });
  assert.deepEqual([epochs(full.epoch), full.block], [range(3n, EPOCHS), block]);
  assert.deepEqual(asked.filter((path) => path.includes('stake-table')), []);

  const kept = JSON.parse(new TextDecoder().decode(await store.load('boundary-7')));
  const changed = kept.answers.map(([path, body]) => [path, path.includes('stake-table') ? '[]' : body]);
  await store.save('boundary-7', new TextEncoder().encode(JSON.stringify({ ...kept, answers: changed })));
  await store.save('boundary-9', new Uint8Array([1, 2, 3]));
  asked.length = 0;
  const mended = await sync(network, store, { providers: [address], verifyStore: 'full', onProgress });
  assert.deepEqual([epochs(mended.epoch), mended.block], [range(3n, EPOCHS), block]);
  assert.equal(mended.unclear[0].error.code, 'stake_table.hash');
  assert.equal(mended.rejected, undefined, 'no server is to blame');
  assert.deepEqual(asked.filter((path) => path.includes('stake-table')).sort(), ['/v1/light-client/stake-table/7', '/v1/light-client/stake-table/9']);
});

test('without room what proved the tables goes first', options, async (context) => {
  const { address, network } = await start(context, ...CHAIN);
  const values = new Map();
  const limited = (room) => ({
    load: async (key) => values.get(key),
    save: async (key, bytes) => {
      const others = [...values].reduce((sum, [own, { length }]) => (own === key ? sum : sum + length), 0);
      if (others + bytes.length > room) throw new DOMException('no room', 'QuotaExceededError');
      values.set(key, bytes);
    },
    remove: async (key) => void values.delete(key),
  });
  const tight = await sync(network, limited(60_000), { providers: [address] });
  assert.deepEqual(tight.store_failed.map(({ error }) => error.code), ['store.quota']);
  assert.deepEqual([...values.keys()].sort(), ['checkpoint', 'tables']);
  const resumed = await sync(network, limited(60_000), { providers: [address], skipToStart: true });
  assert.deepEqual([resumed.epoch, resumed.block], [undefined, tight.block]);
  values.clear();
  const none = await sync(network, limited(100), { providers: [address] });
  assert.ok(none.store_failed.every(({ error }) => error.code === 'store.quota'));
  assert.deepEqual([none.block, values.size], [tight.block, 0]);
  const broken = { load: () => Promise.reject(new Error('gone')), save: () => Promise.reject(new Error('gone')), remove: async () => {} };
  const without = await sync(network, broken, { providers: [address] });
  assert.deepEqual([without.block, without.store_failed[0].error.code], [tight.block, 'store.failed']);
});

for (const lie of ['event-omitted', 'event-stake', 'strangers']) {
  test(`the lie ${lie} puts a server into quarantine, and costs time only`, options, async (context) => {
    const [liar, honest] = await Promise.all([start(context, ...CHAIN, '--lie', lie, '--lie-from', '0'), start(context, ...CHAIN)]);
    const { client: made, events } = await client(honest.network, { providers: [liar.address, honest.address] });
    const table = await made.stakeTable(EPOCHS);
    const truth = await sync(honest.network, undefined, { providers: [honest.address] });
    assert.equal(table.stakeTableHash, truth.epoch.at(-1).stakeTableHash);
    assert.ok(events.rejected.length > 0);
    for (const { provider, evidence, error } of events.rejected) {
      assert.equal(provider, liar.address);
      assert.equal(evidence.code, error.code);
      assert.ok(evidence.length > 0);
    }
    const { provider, state, lies, milliseconds } = events.provider[0];
    assert.deepEqual([provider, state, lies], [liar.address, 'quarantined', 1]);
    assert.ok(milliseconds > 60_000);
    assert.equal(made.providers[0].state, 'quarantined');
    made.close();
  });
}

test('a server without the module is poor, not a liar', options, async (context) => {
  const [poor, rich] = await Promise.all([start(context, ...CHAIN, '--without', 'light-client'), start(context, ...CHAIN)]);
  const dead = httpProvider('http://127.0.0.1:1');
  const { client: made, events } = await client(rich.network, { providers: [poor.address, dead, rich.address] });
  const table = await made.stakeTable(EPOCHS);
  assert.equal(table.epoch, EPOCHS);
  assert.equal(events.rejected, undefined);
  assert.ok(made.providers.every(({ state }) => state !== 'quarantined'));
  made.close();
});

test('an upgrade to an unknown version is told before it takes effect', options, async (context) => {
  const { address, network } = await start(context, '--upgrades', '0.6,0.7', '--upgrade-at', '45', '--failed-views', '0', '--history', '44', '--stop-at', '44');
  const { client: made, events } = await client(network, { providers: [address], start: 20n });
  for await (const { height } of made.follow()) if (height >= 40n) break;
  assert.equal(events.upgrade.length, 1);
  const [{ version, firstView, lastView }] = events.upgrade;
  assert.equal(version, '0.7');
  assert.ok(firstView > lastView && lastView > 0n);
  made.close();
});
