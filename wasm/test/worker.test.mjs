// A client in a worker offers all that one on the page does.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { channel } from './channel.mjs';
import { PACKAGE, withoutVectors } from './installed.mjs';
import { network, node } from './node.mjs';

const { LightClient, LightClientError } = await import(pathToFileURL(join(PACKAGE, 'dist', 'index.js')));
const { RemoteClient, connect } = await import(pathToFileURL(join(PACKAGE, 'dist', 'worker.js')));

const code = (expected) => (error) => {
  assert.ok(error instanceof LightClientError, String(error?.stack ?? error));
  assert.equal(error.code, expected, error.message);
  return true;
};

const quick = { pollInterval: 5, start: 18n, providers: ['http://node.invalid'] };

async function until(client, height, options) {
  const blocks = [];
  for await (const block of client.follow(options)) {
    blocks.push(block);
    if (block.height >= height) return blocks;
  }
  return blocks;
}

/** Recorded blocks for every `fetch` of this thread, which is the worker's too. */
function serveRecording(context) {
  const { fetch } = globalThis;
  globalThis.fetch = node({ blocks: 23 });
  context.after(() => (globalThis.fetch = fetch));
}

test('nothing that a client offers is missing at the other end', () => {
  const names = (prototype) => Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor').sort();
  assert.deepEqual(names(RemoteClient.prototype), names(Object.getPrototypeOf(LightClient.prototype)));
});

describe('a client at the other end of a channel', { skip: withoutVectors, timeout: 60_000 }, () => {
  test('works as if it were here', async (context) => {
    serveRecording(context);
    const events = [];
    const endpoint = channel(context);
    const client = await connect(endpoint, { ...quick, network: network(), onProgress: (event) => events.push(event.type) });
    assert.deepEqual((await until(client, 21n)).map((block) => block.height), [18n, 19n, 20n, 21n]);
    assert.ok(events.includes('finalized'));
    assert.equal((await client.tip()).height, 21n);
    assert.equal((await client.stakeTable(3n)).epoch, 3n);
    assert.deepEqual((await client.providers()).map(({ provider }) => provider), quick.providers);
    await assert.rejects(client.verifyLeafProof('{'), code('json.syntax'));
    await assert.rejects(client.verifyEquivocation('{}'), code('json.missing_key'));
    await client.close();
    await assert.rejects(client.checkpoint(), code('client.closed'));
    await assert.rejects(connect(endpoint, { network: '{}' }), code('json.missing_key'));
    const loop = await connect(endpoint, { ...quick, network: network() });
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 200);
    await assert.rejects(until(loop, 99n, { signal: controller.signal }), (error) => error === reason);
  });

  test('old trust is told, confirmed by a pasted checkpoint, and by the caller', async (context) => {
    serveRecording(context);
    const endpoint = channel(context);
    const genesis = { leaf: 'COMMIT~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB', timestamp: 1 };
    const make = (seconds, more) => connect(endpoint, { ...quick, network: { ...network(), genesis, weak_subjectivity_seconds: seconds }, ...more });
    const first = await make(0);
    await until(first, 19n);
    const [bytes, text] = [await first.checkpoint(), await first.checkpointText()];
    assert.ok(bytes instanceof Uint8Array);
    assert.match(text, /^HOTSHOT_CHECKPOINT~/);
    const { root, error } = await first.trust();
    assert.deepEqual({ root, error }, { root: 'pinned', error: null });

    // For a hundred years a recorded block is fresh, and what was pinned in 1970 is not.
    const old = await make(50 * 365 * 86_400);
    assert.ok(code('trust.expired')((await old.trust()).error));
    assert.equal(await old.confirmCheckpoint(text), false, 'compared when it comes there');
    await assert.rejects(old.confirmCheckpoint(`${text.slice(0, -1)}~`), code('tagged_base64.form'));
    await until(old, 21n);
    assert.equal((await old.trust()).error, null);

    const accepting = await make(50 * 365 * 86_400);
    await accepting.acceptExpiredAnchor();
    assert.equal((await until(accepting, 19n)).at(0).height, 18n);

    const onwards = await make(0, { checkpoint: text });
    assert.equal((await onwards.trust()).root, 'checkpoint');
    for (const client of [first, old, accepting, onwards]) await client.close();
  });
});
