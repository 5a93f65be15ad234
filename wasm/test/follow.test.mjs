// The client that follows a chain, against recorded blocks: honest, dying, lying and poor servers.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { PACKAGE, withoutVectors } from './installed.mjs';
import { network, node, recordedLeaves } from './node.mjs';

const { LightClient, LightClientError, httpProvider } = await import(pathToFileURL(join(PACKAGE, 'dist', 'index.js')));

const code = (expected) => (error) => {
  assert.ok(error instanceof LightClientError, String(error?.stack ?? error));
  assert.equal(error.code, expected, error.message);
  return true;
};

/** Follows until a height, and gives the blocks. */
async function until(client, height, options) {
  const blocks = [];
  for await (const block of client.follow(options)) {
    blocks.push(block);
    if (block.height >= height) return blocks;
  }
  return blocks;
}

const quick = { pollInterval: 5, start: 18n };

describe('following', { skip: withoutVectors, timeout: 60_000 }, () => {
  test('gives final blocks in order, across the end of an epoch and a change of tables', async () => {
    const events = [];
    const client = await LightClient.create({
      ...quick,
      network: network(),
      providers: ['http://node.invalid/'],
      fetch: node({ blocks: 23 }),
      onProgress: (event) => events.push(event),
    });
    const blocks = await until(client, 21n);
    assert.deepEqual(blocks.map((block) => block.height), [18n, 19n, 20n, 21n]);
    assert.deepEqual(blocks.map((block) => block.epoch), [2n, 2n, 2n, 3n]);
    for (const block of blocks) {
      const { leaf, qc } = recordedLeaves().get(Number(block.height));
      assert.equal(block.leaf, qc.data.leaf_commit);
      assert.equal(block.view, BigInt(leaf.view_number));
      assert.equal(block.payloadCommitment, leaf.block_header.fields.payload_commitment);
      assert.equal(block.timestampMillis, BigInt(leaf.block_header.fields.timestamp_millis));
      assert.equal(block.nextStakeTableHash, leaf.block_header.fields.next_stake_table_hash);
      assert.equal(block.version, '0.4');
    }
    const { quorum } = blocks.at(-1);
    assert.ok(quorum.weight >= quorum.threshold && quorum.epoch === 3n && quorum.signers.length >= 4);
    const finalized = events.filter((event) => event.type === 'finalized');
    assert.equal(finalized.at(-1).to, 21n);
    assert.ok(events.every((event) => event.type !== 'rejected' && event.type !== 'unavailable'));
    client.close();
    assert.throws(() => client.checkpoint(), code('client.closed'));
  });

  test('goes on from a checkpoint, and from a store', async () => {
    const kept = [];
    const store = {
      load: async (key) => (key === 'checkpoint' ? kept.at(-1) : undefined),
      save: async (key, bytes) => void kept.push(bytes),
      remove: async () => {},
    };
    const options = { ...quick, network: network(), providers: ['http://node.invalid'], store };
    const first = await LightClient.create({ ...options, fetch: node({ blocks: 21 }) });
    assert.equal(first.checkpoint(), undefined);
    // With blocks up to 20, whose certificate's twin for the next epoch is in 21, only 18 is decided.
    assert.deepEqual((await until(first, 18n)).map((block) => block.height), [18n]);
    const checkpoint = first.checkpoint();
    assert.deepEqual(kept, [checkpoint]);
    for (const source of [{ store }, { store: undefined, checkpoint }]) {
      const next = await LightClient.create({ ...options, ...source, fetch: node({ blocks: 23 }) });
      assert.deepEqual((await until(next, 21n)).map((block) => block.height), [19n, 20n, 21n]);
    }
    checkpoint[50] ^= 1;
    await assert.rejects(LightClient.create({ ...options, checkpoint }), code('checkpoint.checksum'));
    const events = [];
    kept.push(checkpoint);
    await LightClient.create({ ...options, onProgress: (event) => events.push(event.type) });
    assert.deepEqual(events, ['checkpoint_discarded']);
    await assert.rejects(LightClient.create({ ...options, network: { ...network(), epoch_start_block: 2 }, checkpoint: kept[0] }), LightClientError);
  });

  test('leaves a liar and a dead server, and learns nothing from them', async () => {
    const events = [];
    const lie = (answer, path) => {
      if (path.includes('leaf')) answer[1].leaf.block_header.fields.timestamp += 1;
      return answer;
    };
    const client = await LightClient.create({
      ...quick,
      network: network(),
      providers: [
        httpProvider('http://dead.invalid', { fetch: async () => { throw new TypeError('connection refused'); } }),
        httpProvider('http://liar.invalid', { fetch: node({ blocks: 23, tamper: lie }) }),
        httpProvider('http://honest.invalid', { fetch: node({ blocks: 23 }) }),
      ],
      onProgress: (event) => events.push(event),
    });
    const blocks = await until(client, 21n);
    assert.deepEqual(blocks.map((block) => block.height), [18n, 19n, 20n, 21n]);
    const rejected = events.find((event) => event.type === 'rejected');
    assert.equal(rejected.provider, 'http://liar.invalid');
    assert.equal(rejected.error.details.provider, 'http://liar.invalid');
    assert.match(rejected.error.code, /^(leaf|qc)\./);
    assert.equal(events.find((event) => event.type === 'unavailable').provider, 'http://dead.invalid');
  });

  test('gives up after as many failures as it is told', async () => {
    const fetch = async () => new Response('', { status: 503 });
    const client = await LightClient.create({ ...quick, network: network(), providers: ['http://poor.invalid'], fetch, attempts: 2 });
    await assert.rejects(until(client, 21n), code('provider.status'));
    const lost = await LightClient.create({ ...quick, network: network(), providers: [], fetch });
    await assert.rejects(until(lost, 21n), code('provider.none'));
  });

  test('stops for a protocol that it does not know when every server shows it', async () => {
    const upgrade = (answer, path) => {
      if (path.includes('leaf')) for (const { leaf } of answer) leaf.block_header.version.Version.minor = 99;
      return answer;
    };
    const fetch = node({ blocks: 23, tamper: upgrade });
    const client = await LightClient.create({ ...quick, network: network(), providers: ['http://a.invalid', 'http://b.invalid'], fetch });
    await assert.rejects(until(client, 21n), code('upgrade_required'));
  });

  test('refuses answers that are longer than anything honest', async () => {
    const fetch = async () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) }));
    const client = await LightClient.create({ ...quick, network: network(), providers: ['http://flood.invalid'], fetch, attempts: 1 });
    await assert.rejects(until(client, 21n), code('provider.oversized'));
  });

  test('ends when it is told to, with the reason it was given', async () => {
    const reason = new Error('enough');
    for (const where of ['create', 'follow']) {
      const controller = new AbortController();
      const signal = controller.signal;
      const client = await LightClient.create({
        ...quick,
        network: network(),
        providers: ['http://node.invalid'],
        fetch: node({ blocks: 21 }),
        signal: where === 'create' ? signal : undefined,
        onProgress: ({ type }) => type === 'waiting' && controller.abort(reason),
      });
      await assert.rejects(until(client, 21n, { signal: where === 'follow' ? signal : undefined }), (error) => error === reason);
      if (where === 'follow') {
        // The client itself lives on.
        assert.ok(client.checkpoint() instanceof Uint8Array);
      }
    }
    await assert.rejects(LightClient.create({ network: network(), signal: AbortSignal.abort(reason) }), (error) => error === reason);
  });

  test('is one loop at a time, and goes on after it', async () => {
    const client = await LightClient.create({ ...quick, network: network(), providers: ['http://node.invalid'], fetch: node({ blocks: 21 }) });
    const loop = client.follow();
    await loop.next();
    await assert.rejects(client.follow().next(), code('client.busy'));
    await loop.return();
    client.close();
    await assert.rejects(client.follow().next(), code('client.closed'));
  });

  test('never holds the event loop for more than a frame', async () => {
    let longest = 0;
    let last = performance.now();
    const ticking = setInterval(() => {}, 0);
    const tick = () => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      if (ticking.hasRef()) setImmediate(tick);
    };
    setImmediate(tick);
    const client = await LightClient.create({ ...quick, network: network(), providers: ['http://node.invalid'], fetch: node({ blocks: 23 }) });
    await until(client, 21n);
    clearInterval(ticking.unref());
    // By the clock on the wall, on a machine that does other things: frames.test.mjs keeps the budget of 16 ms.
    assert.ok(longest < 100, `${longest} ms`);
  });
});

describe('a proof of one leaf', { skip: withoutVectors }, () => {
  const proof = (height) => {
    const leaves = recordedLeaves();
    const [leaf, child, grandchild] = [0, 1, 2].map((step) => leaves.get(height + step));
    const pair = ({ qc }, { leaf }) => ({ qc, next_epoch_qc: leaf.next_epoch_justify_qc });
    return {
      proof: { leaves: [leaf.leaf], proof: { HotStuff2: { committing_qc: pair(leaf, child), deciding_qc: pair(child, grandchild) } } },
      descendants: [child],
    };
  };

  test('is verified with its descendants, and refused without them', async () => {
    const client = await LightClient.create({ network: network() });
    const { proof: whole, descendants } = proof(18);
    const block = await client.verifyLeafProof(whole, { descendants, height: 18 });
    assert.deepEqual([block.height, block.epoch], [18n, 2n]);
    assert.deepEqual(await client.verifyLeafProof(JSON.stringify(whole), { descendants: JSON.stringify(descendants) }), block);
    await assert.rejects(client.verifyLeafProof(whole), code('finality.child_missing'));
    await assert.rejects(client.verifyLeafProof(whole, { descendants, height: 19 }), code('header.height'));
    await assert.rejects(client.verifyLeafProof(whole, { descendants, height: -1 }), code('argument.invalid'));
    const stolen = structuredClone(whole);
    stolen.proof.HotStuff2.deciding_qc.qc.signatures[0] = whole.proof.HotStuff2.committing_qc.qc.signatures[0];
    await assert.rejects(client.verifyLeafProof(stolen, { descendants }), code('qc.signature'));
    await assert.rejects(client.verifyLeafProof({ leaves: whole.leaves, proof: 'Assumption' }), code('finality.assumption'));
  });
});
