// What is in blocks, against a devnet over HTTP: real answers, every lie about them, and the pure forms.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { devnetOptions as options, lie, post, start } from './devnet.mjs';
import { PACKAGE } from './installed.mjs';

const load = (name) => import(pathToFileURL(join(PACKAGE, 'dist', `${name}.js`)));
const { LightClient, LightClientError } = await load('index');
const pure = await load('verify');
const inline = await load('inline');

const COMMON = ['--rollups', '--failed-views', '0'];
/** Time runs fifty times as fast: pauses after lies are long. */
const clock = {
  now: () => performance.now() * 50,
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, Math.min(milliseconds / 50, 2 ** 31 - 1));
      signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
    }),
};
const NOBODY = `0x${'5a'.repeat(20)}`;

async function json(address, path) {
  const response = await fetch(address + path);
  assert.equal(response.status, 200, path);
  return response.json();
}

for (const [name, upgrades] of [
  ['0.4', '0.4'],
  ['0.6', '0.6'],
  ['0.2, 0.3, 0.5 and 0.6', '0.2,0.3,0.5,0.6'],
]) {
  test(`headers, namespaces and accounts of protocol ${name}`, options, async (context) => {
    const { address, network } = await start(context, ...COMMON, '--upgrades', upgrades, '--history', '52', '--stop-at', '52');
    const client = await LightClient.create({ network, providers: [address], start: 45n, pollInterval: 50 });
    const newest = await client.header();
    assert.ok(newest.height >= 45n);
    let [proven, old] = [0, 0];
    for (const height of [newest.height, newest.height - 1n, 44n, 31n, 17n, 3n]) {
      const header = await client.header(height);
      const real = await json(address, `/v1/availability/block/${height}`);
      assert.deepEqual([header.height, header.hash], [height, real.hash]);
      for (const { id, bytes } of header.namespaces.slice(0, 2)) {
        if (/^0\.[12]$/.test(header.version)) {
          await assert.rejects(client.namespace(height, id), { code: 'namespace.unproven' });
          old++;
          continue;
        }
        const content = await client.namespace(height, id);
        assert.deepEqual([content.present, content.bytes, content.parameters], [true, bytes, 'stake-table']);
        const served = await json(address, `/v1/availability/block/${height}/namespace/${id}`);
        const payloads = content.transactions.map(({ payload }) => Buffer.from(payload).toString('base64'));
        assert.deepEqual(payloads, served.transactions.map(({ payload }) => payload));
        assert.match(content.transactions[0].commitment, /^TX~/);
        proven++;
      }
      if (/^0\.[12]$/.test(header.version)) {
        await assert.rejects(client.payload(height), { code: 'namespace.unproven' });
      } else {
        const whole = await client.payload(height);
        const { data } = await json(address, `/v1/availability/payload/${height}`);
        assert.deepEqual([whole.hash, whole.parameters, Buffer.from(whole.payload).toString('base64')], [real.hash, 'stake-table', data.raw_payload]);
        assert.deepEqual(whole.namespaces.map(({ id, bytes }) => ({ id, bytes })), header.namespaces);
        for (const { id, transactions } of whole.namespaces) assert.deepEqual(transactions, (await client.namespace(height, id)).transactions);
      }
      const absent = await client.namespace(height, 77);
      assert.deepEqual([absent.present, absent.transactions], [false, []]);
    }
    assert.ok(proven >= 2 && (old > 0) === upgrades.startsWith('0.2'), `${proven} namespaces, ${old} old ones`);
    for (const ledger of ['fee', 'reward']) {
      const account = await client.account(NOBODY, { ledger, height: newest.height - 1n });
      assert.deepEqual([account.ledger, account.amount], [ledger, null]);
    }
    client.close();
  });
}

describe('lies about what is in blocks', { concurrency: false }, () => {
  for (const upgrades of ['0.4', '0.6']) {
    test(`of protocol ${upgrades} are refused with their codes`, options, async (context) => {
      const { address, network } = await start(context, ...COMMON, '--upgrades', upgrades, '--history', '22', '--stop-at', '22');
      const lies = (await json(address, '/devnet/lies')).filter(({ kind }) => /^data-(?!table$)/.test(kind));
      assert.ok(lies.length > 30);
      const told = new Set();
      for (const { kind, codes } of lies) {
        const client = await LightClient.create({ network, providers: [address], start: 12n, pollInterval: 50, clock });
        // Everything about finality is honest; the answers about blocks are not.
        await client.header();
        await lie(address, kind);
        const account = (await json(address, `/v1/availability/block/5`)).header.fields.fee_info.account;
        const results = [];
        const ask = (promise) => promise.then(() => undefined, (error) => results.push(error));
        const header = await client.header(13n);
        const ids = [...header.namespaces.map(({ id }) => id).slice(0, 3), 77];
        for (const id of ids) await ask(client.namespace(13n, id, { signal: AbortSignal.timeout(9_000) }));
        await ask(client.payload(13n, { signal: AbortSignal.timeout(9_000) }));
        await ask(client.header(5n, { signal: AbortSignal.timeout(9_000) }));
        await ask(client.account(account, { ledger: 'fee', height: 13n, signal: AbortSignal.timeout(9_000) }));
        await lie(address, null);
        for (const error of results) {
          assert.ok(error instanceof LightClientError, `${kind}: ${error}`);
          assert.ok(codes.includes(error.code), `${kind}: ${error.code} is none of ${codes.join(', ')}`);
          told.add(kind);
        }
        client.close();
      }
      const untold = lies.filter(({ kind, codes }) => codes.length > 0 && !told.has(kind)).map(({ kind }) => kind);
      // Some lies are about one scheme, or about absent namespaces.
      const elsewhere = /^data-(invented|other-namespace|account-levels|common|binding|path)/;
      assert.deepEqual(untold.filter((kind) => !elsewhere.test(kind)), []);
      context.diagnostic(`${told.size} lies told: ${[...told].join(' ')}`);
    });
  }

  test('cost an honest server nothing', options, async (context) => {
    const chain = [...COMMON, '--upgrades', '0.4', '--history', '22', '--stop-at', '22'];
    const [liar, honest] = await Promise.all([start(context, ...chain), start(context, ...chain)]);
    await lie(liar.address, 'data-altered');
    const rejected = [];
    const client = await LightClient.create({
      network: honest.network,
      providers: [liar.address, honest.address],
      start: 12n,
      pollInterval: 50,
      onProgress: (event) => event.type === 'rejected' && rejected.push(event),
    });
    const header = await client.header(13n);
    for (const { id } of header.namespaces) assert.equal((await client.namespace(13n, id)).present, true);
    assert.ok(rejected.every(({ provider }) => provider === liar.address));
    client.close();
  });
});

test("the wallet's question, and a bundle of two rollups", options, async (context) => {
  const { address, network } = await start(context, ...COMMON, '--upgrades', '0.4', '--history', '20', '--block-time', '150ms');
  const { legs, height } = await post(address, ['nitro', 'op-stack'], 'from a test');
  const client = await LightClient.create({ network, providers: [address], start: BigInt(height), pollInterval: 50 });
  const steps = [];
  for (const { rollup, transaction } of legs) {
    const question = { rollup, l2TransactionHash: transaction, to: height + 2, hint: height };
    const found = await client.confirm(question, { onProgress: (step) => steps.push(step) });
    assert.deepEqual([found.inHotShot, found.canonical, found.parameters], ['yes', 'yes', 'stake-table']);
    assert.ok(found.place.height <= BigInt(height + 1) && found.place.namespace === rollup.namespace);
  }
  assert.ok(steps.length > 4 && steps[0].report.inHotShot === 'unknown');
  assert.ok(steps.every(({ done, all }) => done <= all));
  const bundle = await client.confirmBundle(legs.map(({ rollup, transaction }) => ({ rollup, transaction })), { to: height + 2 });
  assert.equal(bundle.answer, 'yes');
  assert.equal(bundle.bundle.legs.length, 2);
  const [first] = legs;
  const no = await client.confirm({ rollup: first.rollup, l2TransactionHash: `0x${'01'.repeat(32)}`, from: 5, to: 15 });
  assert.deepEqual([no.inHotShot, no.verified], ['no', { from: 5n, to: 15n }]);
  const none = await client.confirmBundle([{ namespace: 412_346, bytes: new Uint8Array([1, 2, 3]) }], { from: 5, to: 15 });
  assert.equal(none.answer, 'no');
  // A search that is called off says nothing.
  const controller = new AbortController();
  const aborted = client.confirm(
    { rollup: first.rollup, l2TransactionHash: `0x${'01'.repeat(32)}` },
    { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) },
  );
  await assert.rejects(aborted, { message: 'enough' });
  await assert.rejects(client.confirm({ rollup: { ...first.rollup, format: 'zk' }, l2TransactionHash: first.transaction }), { code: 'rollup.config' });
  await assert.rejects(client.confirmBundle([]), { code: 'bundle.legs' });
  client.close();
});

test('a loop goes on with every block, whatever else is asked', options, async (context) => {
  const { address, network } = await start(context, ...COMMON, '--upgrades', '0.4', '--history', '30', '--stop-at', '30');
  const client = await LightClient.create({ network, providers: [address], start: 1n, pollInterval: 50 });
  await client.header(9n);
  const heights = [];
  for await (const block of client.follow()) {
    heights.push(block.height);
    assert.equal((await client.header(block.height)).hash, block.hash);
    if (block.height === 20n) break;
  }
  await client.header();
  for await (const block of client.follow()) {
    heights.push(block.height);
    if (block.height >= 25n) break;
  }
  assert.deepEqual(heights, Array.from({ length: 25 }, (_, index) => BigInt(index + 1)));
  client.close();
});

test('the pure functions, from files and inline', options, async (context) => {
  const { address } = await start(context, ...COMMON, '--upgrades', '0.6', '--history', '14', '--stop-at', '14');
  const [root, block] = await Promise.all([12, 7].map((height) => json(address, `/v1/availability/block/${height}`)));
  const text = async (path) => (await fetch(address + path)).text();
  const older = { height: 7, answer: await text('/v1/light-client/header/12/7') };
  assert.throws(() => pure.verifyHeader({ header: root.header, hash: root.hash }), { code: 'wasm.not_ready' });
  await pure.initData();
  await inline.initData();
  assert.throws(() => pure.verifyBundle({ header: root.header, hash: root.hash }, [], []), { code: 'wasm.not_ready' });
  await pure.initRollups();
  await inline.initRollups();
  for (const { verifyHeader, verifyNamespace, verifyPayload, verifyAccount, verifyBundle } of [pure, inline]) {
    assert.equal(verifyHeader({ header: root.header, hash: root.hash }, older).hash, block.hash);
    assert.throws(() => verifyHeader({ header: root.header, hash: block.hash }), { code: 'header.hash' });
    const trusted = { header: block.header, hash: block.hash };
    const { namespaces } = verifyHeader(trusted);
    const answers = await Promise.all(
      namespaces.map(async ({ id }) => ({ namespace: id, answer: await text(`/v1/light-client/namespace/7/${id}`) })),
    );
    for (const { namespace, answer } of answers) {
      const content = verifyNamespace(trusted, namespace, answer);
      assert.deepEqual([content.present, content.parameters], [true, 'served']);
      const weight = JSON.parse(answer).proof.common.V2.param.total_weights;
      assert.equal(verifyNamespace(trusted, namespace, answer, { weight }).parameters, 'stake-table');
      assert.throws(() => verifyNamespace(trusted, namespace, answer, { weight: weight + 1 }), { code: 'vid.parameters' });
    }
    const body = await text('/v1/light-client/payload/7');
    const whole = verifyPayload(trusted, body);
    assert.deepEqual([whole.parameters, whole.namespaces.map(({ id }) => id)], ['served', namespaces.map(({ id }) => id)]);
    for (const { namespace, answer } of answers) {
      const alone = verifyNamespace(trusted, namespace, answer).transactions;
      assert.deepEqual(whole.namespaces.find(({ id }) => id === namespace).transactions, alone);
    }
    assert.throws(() => verifyPayload(trusted, JSON.parse(body).payload), { code: 'vid.parameters' });
    const [{ namespace, answer }] = answers;
    const [{ payload, commitment }] = verifyNamespace(trusted, namespace, answer).transactions;
    for (const leg of [{ namespace, bytes: payload }, { namespace, commitment }]) {
      assert.equal(verifyBundle(trusted, [leg], [{ namespace, answer }]).legs[0].commitment, commitment);
    }
    const account = verifyAccount(trusted, 'reward', NOBODY, await text(`/v1/reward-state-v2/proof/7/${NOBODY}`));
    assert.equal(account.amount, null);
  }
});
