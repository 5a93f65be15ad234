// No single call about what is in a block keeps a page from its next frame: namespaces and payloads of a
// megabyte, at mainnet's number of shares.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { devnetOptions as options, start } from './devnet.mjs';
import { hold, load, stopwatch } from './frames.mjs';
import { PACKAGE } from './installed.mjs';

/** Runs of each test: they have thousands of calls. */
const RUNS = 3;
/** The number of shares under mainnet's stake table. */
const WEIGHT = 1_059n;
/** The number of `vid.commitment` in the table of rejections. */
const VID_COMMITMENT = 418;
const le32 = (value) => Buffer.from(new Uint32Array([value]).buffer);

/** So many bytes of transactions of a thousand bytes each. */
function payloadOf(length) {
  const count = Math.floor((length - 4) / 1_004);
  const bodies = 4 + 4 * count;
  const payload = Buffer.alloc(length);
  payload.writeUInt32LE(count, 0);
  for (let index = 0; index < count; index++) payload.writeUInt32LE(index + 1 < count ? 1_000 * (index + 1) : length - bodies, 4 + 4 * index);
  for (let index = bodies; index < length; index++) payload[index] = (index * 31) % 251;
  return payload;
}

/** Gives a header a table with namespace 7 alone; its bytes. */
function oneNamespace(fields, length) {
  const table = Buffer.concat([le32(1), le32(7), le32(length)]);
  fields.chain_config.chain_config.Left.max_block_size = '20000000';
  fields.ns_table.bytes = table.toString('base64');
  return table;
}

/** The answer about namespace 7 as the only one of a block. */
function answerOf(variant, payload) {
  const proof = { ns_index: 0, ns_payload: payload.toString('base64'), ns_proof: tagged('MERKLE_PROOF', Buffer.alloc(8)) };
  return Buffer.from(JSON.stringify({ proof: { [variant]: proof } }));
}

/** A transaction of Arbitrum Nitro with so many messages, whose signatures are somebody's. */
function messages(count, length) {
  const prefixed = (bytes) => {
    const head = Buffer.alloc(8);
    head.writeBigUInt64BE(BigInt(bytes.length));
    return Buffer.concat([head, bytes]);
  };
  const header = { kind: 3, sender: `0x${'00'.repeat(20)}`, blockNumber: 1, timestamp: 1, requestId: null, baseFeeL1: null };
  const message = (index) => {
    const signature = Buffer.alloc(65, index % 7 + 1);
    signature[64] = 0;
    const l2Msg = Buffer.alloc(length, 4).toString('base64');
    return { sequenceNumber: index, message: { message: { header, l2Msg }, delayedMessagesRead: 1 }, signature: signature.toString('base64') };
  };
  const entries = Array.from({ length: count }, (_, index) => prefixed(Buffer.from(JSON.stringify(message(index)))));
  return Buffer.concat([prefixed(Buffer.from('"V1"')), ...entries]);
}

/** Tagged base64. */
function tagged(tag, value) {
  let crc = 0;
  for (const byte of [...Buffer.from(tag), ...value]) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 7) & 0xff : crc << 1;
  }
  return `${tag}~${Buffer.from([...value, crc ^ (value.length % 256)]).toString('base64url')}`;
}

for (const [version, tag, variant] of [
  ['0.4', 'AvidMCommit', 'V1'],
  ['0.6', 'AvidmGf2Commit', 'V2'],
]) {
  test(`no call about a megabyte in a block of ${version} is longer than a frame`, options, async (context) => {
    const { address } = await start(context, '--upgrades', version, '--history', '3', '--stop-at', '3');
    const { header } = await (await fetch(`${address}/v1/availability/block/2`)).json();
    const { headerCommitment, init } = await import(pathToFileURL(join(PACKAGE, 'dist', 'verify.js')));
    await init();
    const [instantiate, data] = await load('data-glue.js', 'hotshot_light_client_data.wasm');
    const payload = payloadOf(1_000_000);
    const { fields } = header;
    const table = oneNamespace(fields, payload.length);
    const lengths = Buffer.alloc(24);
    lengths.writeBigUInt64LE(BigInt(payload.length), 0);
    [8, 16].forEach((place) => lengths.writeBigUInt64LE(BigInt(table.length), place));
    const builder = createHash('sha256').update(lengths).update(payload).update(table).update(table).digest();
    fields.builder_commitment = tagged('BUILDER_COMMITMENT', builder);
    const namespace = answerOf(variant, payload);
    const whole = Buffer.from(JSON.stringify({ raw_payload: payload.toString('base64'), ns_table: fields.ns_table }));
    const wasm = instantiate(data);

    /** Every call of both checks. */
    function run() {
      const { times, timed } = stopwatch();
      const [bytes, hash] = [Buffer.from(JSON.stringify(header)), headerCommitment(header)];
      for (const [name, begin] of [
        ['namespace', () => new wasm.NamespaceCheck(bytes, hash, 7n, namespace, WEIGHT)],
        ['payload', () => new wasm.PayloadCheck(bytes, hash, whole, WEIGHT)],
      ]) {
        const check = timed(`${name}: begin`, begin);
        for (let more = true; more; ) {
          more = timed(`${name}: step`, () => check.step(1));
          timed(`${name}: take`, () => check.take());
        }
        timed(`${name}: finish`, () => check.finish());
        if (name === 'payload') assert.equal(timed(`${name}: bytes`, () => check.bytes()).length, payload.length);
        check.free();
      }
      return times;
    }

    // What the commitment is, the module says when it refuses another one.
    assert.throws(run, ({ number, got }) => {
      fields.payload_commitment = tagged(tag, Buffer.from(got.slice(2), 'hex'));
      return number === VID_COMMITMENT;
    });
    await hold(context, run, RUNS);
  });
}

test('no call of a search over a megabyte of messages is longer than a frame', options, async (context) => {
  const { address } = await start(context, '--upgrades', '0.4', '--history', '3', '--stop-at', '3');
  const [leaf] = await (await fetch(`${address}/v1/availability/leaf/2/3`)).json();
  const { headerCommitment, init, leafCommitment } = await import(pathToFileURL(join(PACKAGE, 'dist', 'verify.js')));
  await init();
  const [instantiate, rollups] = await load('rollups-glue.js', 'hotshot_light_client_rollups.wasm');
  const [instantiateData, data] = await load('data-glue.js', 'hotshot_light_client_data.wasm');
  const header = leaf.leaf.block_header;
  // Many small ones and some large ones, in one transaction: whoever likes may post it.
  const body = Buffer.concat([messages(100, 50), messages(70, 10_000).subarray(12)]);
  const payload = Buffer.concat([le32(1), le32(body.length), body]);
  assert.ok(payload.length > 900_000, `${payload.length} bytes`);
  oneNamespace(header.fields, payload.length);
  const answer = answerOf('V1', payload);
  const rollup = { namespace: 7, format: 'nitro', authority: [{ signer: `0x${'11'.repeat(20)}`, from: 0 }], firstHeight: 2 };
  const question = Buffer.from(JSON.stringify({ rollup, transaction: `0x${'22'.repeat(32)}` }));
  const [wasm, provers] = [instantiate(rollups), instantiateData(data)];

  /** Every call of one search. */
  function run() {
    const { times, timed } = stopwatch();
    const [bytes, hash, commitment] = [Buffer.from(JSON.stringify(header)), headerCommitment(header), leafCommitment(leaf)];
    const leaves = Buffer.from(JSON.stringify([leaf]));
    const prover = new provers.Prover();
    const scan = timed('begin', () => new wasm.Scan(question, 2n, 2n, bytes, hash, commitment, undefined, prover));
    try {
      for (let request; (request = scan.request()) !== undefined; ) {
        timed(request.kind, () => scan.respond(request.kind === 'leaves' ? leaves : answer, WEIGHT));
        while (scan.isWorking()) timed('step', () => scan.step(1));
      }
      const report = timed('report', () => scan.report());
      assert.deepEqual([report.inHotShot, report.refusedTransactions], ['no', 1n]);
    } finally {
      scan.free();
      prover.free();
    }
    return times;
  }

  assert.throws(run, ({ number, got }) => {
    header.fields.payload_commitment = tagged('AvidMCommit', Buffer.from(got.slice(2), 'hex'));
    return number === VID_COMMITMENT;
  });
  await hold(context, run, RUNS);
});
