// No single call into the modules keeps a page from its next frame: a table of 100 validators admitted, stake
// tables derived from events, thousands of them too, blocks verified, tables kept and taken up again. Each run makes the same calls; of each call the quickest of
// several runs counts, in processor time, so that a busy machine does not fail the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { devnetOptions as options, start } from './devnet.mjs';
import { hold, load, stopwatch } from './frames.mjs';

/** As many leaves at once as a page asks for at first. */
const RANGE = 8;

/** Runs the same several times; of every call the quickest counts. */
async function frames(context, { address, network }) {
  const [instantiate, main] = await load('glue.js', 'hotshot_light_client.wasm');
  const [instantiateTables, tables] = await load('tables-glue.js', 'hotshot_light_client_tables.wasm');
  const answers = new Map();
  const fetchOnce = async (path) => {
    if (!answers.has(path)) {
      const response = await fetch(address + path);
      answers.set(path, response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined);
    }
    return answers.get(path);
  };

  /** From the network file to the newest block, and again from what was kept; the time of every call, with what it was. */
  async function run() {
    const { times, timed } = stopwatch();
    const wasm = instantiate(main);
    const { Deriver } = instantiateTables(tables);
    const create = (start, kept) => {
      const client = timed('create', () => new wasm.Client(new TextEncoder().encode(network), undefined, kept, start, false));
      client.setRange(RANGE);
      return client;
    };
    const link = (client) => client.needsDeriver() && client.linkDeriver(new Deriver(new Uint8Array(32)));
    const client = create(25n);
    let [blocks, epochs] = [0, 0];
    for (;;) {
      link(client);
      let progress;
      if (client.working()) {
        progress = timed('step', () => client.step(1));
      } else {
        const [path] = client.requests(1);
        const body = await fetchOnce(path);
        progress = body === undefined ? client.missing(path) : timed(path, () => client.respond(path, body));
        if (body === undefined && progress.idle) break;
      }
      blocks += progress.blocks.length;
      epochs += progress.epoch === null ? 0 : 1;
      if (blocks >= 16) break;
    }
    assert.ok(epochs >= 2, `${epochs} tables from events`);
    assert.ok(blocks >= 16, `${blocks} blocks`);
    const kept = timed('keep', () => client.storedTables());
    const newest = client.newestEpoch();
    client.free();

    const again = create(41n, kept);
    link(again);
    while (again.working()) timed('take up', () => again.step(1));
    assert.equal(again.newestEpoch(), newest);
    assert.ok(again.stakeTable(newest) !== null && again.stakeTable(newest - 1n) !== null);
    again.free();
    return times;
  }

  await hold(context, run);
  return answers;
}

const chain = ['--validators', '100', '--dynamic-stake', '--history', '48', '--stop-at', '48'];

test('no call is longer than a frame', options, async (context) => {
  await frames(context, await start(context, ...chain));
});

test('nor with an epoch of thousands of events', options, async (context) => {
  const answers = await frames(context, await start(context, ...chain, '--delegators', '2500'));
  const events = JSON.parse(new TextDecoder().decode(answers.get('/v1/light-client/stake-table/3')));
  assert.ok(events.length >= 3_000, `${events.length} events`);
});
