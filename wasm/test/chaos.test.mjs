// Five servers of which four lie, stall, cut off, replay or die, and claim heights that do not exist:
// the client still reaches the newest block, and never shows a wrong one. Time is the test's own, so
// nothing sleeps.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { PACKAGE, withoutVectors } from './installed.mjs';
import { network, node, recordedLeaves } from './node.mjs';

const dist = (name) => import(pathToFileURL(join(PACKAGE, 'dist', name)));
const { LightClient, LightClientError } = await dist('index.js');
const { Rotation, faultOf } = await dist('rotation.js');
const { Pool, Tip } = await dist('pool.js');

/** Numbers of a seed, from 0 to 1: mulberry32. */
function chance(seed) {
  let state = seed + 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A clock that jumps to the next moment that somebody waits for as soon as nothing else happens. */
function virtualClock() {
  let [now, pumping] = [0, false];
  const sleepers = new Set();
  const pump = async () => {
    if (pumping) return;
    pumping = true;
    while (sleepers.size > 0) {
      // Several turns of the event loop: whatever is to happen at this moment does.
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
      const next = [...sleepers].reduce((next, sleeper) => (next === undefined || sleeper.moment < next.moment ? sleeper : next), undefined);
      if (next === undefined) break;
      now = Math.max(now, next.moment);
      sleepers.delete(next);
      next.resolve();
    }
    pumping = false;
  };
  return {
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const sleeper = { moment: now + milliseconds, resolve };
        sleepers.add(sleeper);
        signal.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        }, { once: true });
        void pump();
      }),
  };
}

/** Changes to an answer's list of leaves. */
const LIES = [
  (leaves) => void (leaves[0].leaf.block_header.fields.timestamp += 1),
  (leaves) => void leaves.pop(),
  (leaves) => void leaves.reverse(),
  (leaves) => void (leaves[0].leaf.parent_commitment = leaves[0].qc.data.leaf_commit),
  (leaves) => leaves.forEach((leaf) => void (leaf.qc.signatures = null)),
  (leaves) => leaves.forEach((leaf) => void (leaf.qc.signatures[0] = leaf.leaf.justify_qc.signatures[0])),
  (leaves) => leaves.forEach((leaf) => void (leaf.qc.view_number = 0)),
  (leaves) => leaves.forEach((leaf) => void (leaf.qc.data.epoch = 1)),
];

const POOR = ['stalls', 'cuts', 'dead', 'overclaims', 'busy'];
const BAD = ['lies', 'replays', 'mad', ...POOR];

/** A provider with bad manners, or good ones. */
function server(name, manner, { clock, random }) {
  const truth = node({ blocks: 23 });
  const earlier = new Map();
  return {
    name,
    async get(path, limit, signal) {
      const height = path.endsWith('block-height');
      const now = manner === 'mad' ? BAD.filter((bad) => bad !== 'mad')[Math.floor(random() * 7)] : manner;
      await clock.sleep(now === 'stalls' ? 15_000 : 20 + random() * 200, signal);
      if (now === 'stalls' || now === 'dead') throw new LightClientError('provider.unreachable', { summary: now, got: null, expected: null });
      if (now === 'busy') throw new LightClientError('provider.status', { summary: now, got: '429', expected: '200', retryAfter: 3_000 });
      if (now === 'overclaims') return height ? { status: 200, bytes: new TextEncoder().encode('18446744073709551615') } : { status: 404, bytes: null };
      const response = await truth(`http://${name}${path}`, { signal });
      if (response.status !== 200) return { status: response.status, bytes: null };
      const answer = await response.json();
      if (now === 'lies' && Array.isArray(answer)) LIES[Math.floor(random() * LIES.length)](answer);
      let text = JSON.stringify(answer);
      if (now === 'cuts') text = text.slice(0, text.length / 2);
      const kind = path.replace(/\d+/g, '');
      if (now === 'replays') earlier.set(kind, (text = earlier.get(kind) ?? text));
      assert.ok(text.length <= limit);
      return { status: 200, bytes: new TextEncoder().encode(text) };
    },
  };
}

/** Follows the recorded blocks 18 to 21 with servers of these manners. */
async function run(manners, seed) {
  const [clock, random] = [virtualClock(), chance(seed)];
  const events = [];
  const client = await LightClient.create({
    network: network(),
    start: 18n,
    providers: manners.map((manner, index) => server(`server-${index}`, manner, { clock, random })),
    clock,
    random,
    onProgress: (event) => events.push(event),
  });
  const blocks = [];
  for await (const block of client.follow()) {
    blocks.push(block);
    if (block.height >= 21n) break;
  }
  client.close();
  assert.deepEqual(blocks.map(({ height }) => height), [18n, 19n, 20n, 21n], `seed ${seed}, ${manners}`);
  for (const { height, leaf } of blocks) assert.equal(leaf, recordedLeaves().get(Number(height)).qc.data.leaf_commit);
  return { events, time: clock.now(), lies: events.filter((event) => event.type === 'rejected' && event.evidence !== null) };
}

describe('servers in chaos', { skip: withoutVectors, timeout: 120_000 }, () => {
  test('one honest server of five is enough', async (context) => {
    const told = new Set();
    let longest = 0;
    for (let seed = 0; seed < 24; seed++) {
      const random = chance(seed);
      const honest = seed % 2 === 0 ? 4 : Math.floor(random() * 5);
      const bad = () => (seed % 4 === 0 ? 'lies' : BAD[Math.floor(random() * BAD.length)]);
      const manners = Array.from({ length: 5 }, (_, index) => (index === honest ? 'honest' : bad()));
      const { events, time, lies } = await run(manners, seed);
      for (const { evidence } of lies) {
        assert.notEqual(evidence.provider, `server-${honest}`, `seed ${seed}`);
        assert.ok(evidence.answer.length === Math.min(evidence.length, 64 << 10) && evidence.path.startsWith('/v1/availability/leaf/'));
        told.add(evidence.code);
      }
      const { servers } = events.findLast((event) => event.type === 'finalized');
      assert.ok(servers.agreeing >= 1 && servers.agreeing <= servers.asked && servers.asked <= 5 && servers.highest >= 22n);
      assert.ok(time < 120_000, `seed ${seed}: ${time} ms, ${manners}`);
      longest = Math.max(longest, time);
    }
    context.diagnostic(`longest ${Math.round(longest)} ms, told: ${[...told]}`);
    assert.ok(told.size >= 3, [...told].join());
  });

  test('each bad manner alone beside an honest server', async () => {
    for (const manner of BAD) {
      const { time, lies } = await run([manner, 'honest'], 5);
      assert.ok(time < 60_000, `${manner}: ${time} ms`);
      if (POOR.includes(manner)) assert.deepEqual(lies, [], `${manner} is poverty, no lie`);
      if (manner === 'lies') assert.deepEqual(lies.map(({ provider }) => provider), ['server-0'], 'asked once, then in quarantine');
    }
  });
});

describe('choosing providers', () => {
  const providers = ['a', 'b', 'c'].map((name) => ({ name, get: () => assert.fail() }));
  const [a, b, c] = providers;

  test('poverty costs priority, a lie costs trust', () => {
    const rotation = new Rotation(providers, () => 1);
    assert.deepEqual(rotation.next(0), { provider: a, pause: 0 });
    rotation.failed(a, 'poverty', 0);
    assert.equal(rotation.next(0).provider, b);
    rotation.failed(b, 'lie', 0);
    assert.equal(rotation.next(0).provider, c);
    assert.deepEqual(rotation.everyone(60_000), [a, c]);
    rotation.failed(c, 'poverty', 60_000, 5_000);
    rotation.failed(a, 'poverty', 60_000, 5_000);
    assert.deepEqual(rotation.next(60_000), { provider: b, pause: 0 }, 'better a liar than nobody: proofs are checked');
    assert.equal(rotation.beside([], 60_000), undefined, 'but not without need');
    rotation.succeeded(b);
    assert.ok(rotation.quarantined(b, 60_000) && !rotation.quarantined(b, 600_001), 'lies are not forgotten at once');
    assert.deepEqual([faultOf('json.syntax'), faultOf('upgrade_required'), faultOf('qc.signature')], ['poverty', 'poverty', 'lie']);
  });

  test('pauses double to a limit, and chance takes up to half of them', () => {
    const pauses = (random) => {
      const rotation = new Rotation([a], random);
      return Array.from({ length: 10 }, () => (rotation.failed(a, 'poverty', 0), rotation.next(0).pause));
    };
    assert.deepEqual(pauses(() => 1), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    assert.deepEqual(pauses(() => 0), [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
    assert.deepEqual(pauses(chance(3)), pauses(chance(3)));
  });

  test('a second server is asked when the first takes long, and the first is called off', async () => {
    const clock = virtualClock();
    const log = [];
    const slow = { name: 'slow', get: (_path, _limit, signal) => (signal.addEventListener('abort', () => log.push('called off')), clock.sleep(9_000, signal)) };
    const quick = { name: 'quick', get: async (_path, _limit, signal) => (await clock.sleep(50, signal), { status: 200, bytes: new Uint8Array([7]) }) };
    const pool = new Pool(new Rotation([slow, quick], () => 0), clock, ({ type }) => log.push(type));
    const { provider } = await pool.ask('/x', 10, false, new AbortController().signal);
    assert.deepEqual([provider.name, clock.now(), log], ['quick', 1_550, ['request', 'request', 'response', 'called off']]);
    assert.equal(pool.rotation.current, quick);
    const reason = new Error('enough');
    const controller = new AbortController();
    const asking = new Pool(new Rotation([slow], () => 0), clock, () => controller.abort(reason)).ask('/x', 10, true, controller.signal);
    await assert.rejects(asking, (error) => error === reason);
  });

  test('the highest height is looked for, and who agrees is counted', () => {
    const rotation = new Rotation(providers, () => 1);
    const tip = new Tip(4, [{ provider: a, blocks: 50n }, { provider: b, blocks: 2n ** 60n }, { provider: c, blocks: 51n }]);
    assert.equal(tip.best(rotation, 0).provider, b);
    rotation.overclaimed(b, 0);
    assert.equal(tip.best(rotation, 0).provider, c);
    assert.equal(tip.best(rotation, 2_001).provider, b, 'after a while it is believed again');
    assert.deepEqual(tip.servers(50n, rotation, 0), { asked: 4, agreeing: 2, highest: 2n ** 60n });
    rotation.failed(b, 'lie', 0);
    assert.deepEqual(tip.servers(50n, rotation, 0), { asked: 4, agreeing: 1, highest: 51n });
  });
});
