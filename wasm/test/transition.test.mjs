// Transition proofs in WebAssembly: three hundred epochs that were proven beforehand, under INSECURE keys.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';

import { PACKAGE } from './installed.mjs';

const { verifyTransitions } = await import(join(PACKAGE, 'dist', 'transition.js'));
const fixture = (name) => new Uint8Array(readFileSync(new URL(`../../circuits/fixture/${name}`, import.meta.url)));
const [network, key, records, table] = ['network.json', 'verifying-key', 'records', 'stake_table.json'].map(fixture);
const RECORD = 476;
const EPOCHS = 300;
const rejected = async (options) => {
  try {
    await verifyTransitions({ network, key, records: records.subarray(0, 3 * RECORD), ...options });
  } catch (error) {
    assert.equal(error.name, 'LightClientError', String(error));
    return error.code;
  }
  return 'accepted';
};
const json = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

test('three hundred epochs in one breath', async (context) => {
  assert.equal(records.length, EPOCHS * RECORD);
  const shown = [];
  const start = performance.now();
  const proven = await verifyTransitions({ network, key, records, onProgress: (done) => shown.push(done) });
  const milliseconds = performance.now() - start;
  context.diagnostic(`${milliseconds.toFixed(0)} ms for ${EPOCHS} epochs, ${records.length} bytes`);
  assert.equal(proven.epoch, BigInt(EPOCHS + 1));
  assert.match(proven.table, /^STAKE_TABLE_STATE~/);
  assert.ok(shown.length > EPOCHS && shown.at(-1) === 1 && shown.every((done, index) => index === 0 || done >= shown[index - 1]));
  proven.checkTable(table);
  assert.throws(() => proven.checkTable(json(network).stake_table), { code: 'state.table_commitment' });
  // The budget is 600 ms for 300 on a quiet machine; the gate only catches what is out of all proportion.
  assert.ok(milliseconds < 10_000, `${milliseconds} ms`);
});

test('what is not proven is refused', async () => {
  const first = records.slice(0, 3 * RECORD);
  const changed = (place, change = 1) => {
    const copy = first.slice();
    copy[place] ^= change;
    return copy;
  };
  assert.equal(await rejected({}), 'accepted');
  assert.equal(await rejected({ records: changed(RECORD + 12) }), 'transition.proof', 'the view');
  assert.equal(await rejected({ records: changed(RECORD + 4) }), 'state.epoch', 'the label');
  assert.equal(await rejected({ records: changed(2 * RECORD + 200) }), 'transition.proof', 'the auth root');
  assert.equal(await rejected({ records: records.slice(RECORD, 3 * RECORD) }), 'state.epoch', 'a skipped epoch');
  assert.equal(await rejected({ records: records.slice(0, 100) }), 'transition.form');
  assert.equal(await rejected({ records: new Uint8Array() }), 'transition.empty');
  assert.equal(await rejected({ records: changed(RECORD + 300) }), 'point.curve');
  const spoilt = key.slice();
  spoilt[100] ^= 1;
  assert.equal(await rejected({ key: spoilt }), 'transition.key_hash');
  assert.equal(await rejected({ network: { ...json(network), insecure_devnet: false } }), 'transition.key_insecure');
  assert.equal(await rejected({ network: { ...json(network), transitions: null } }), 'network.missing_pin');
  assert.equal(await rejected({ network: { ...json(network), stake_table: json(table) } }), 'transition.proof', 'another first table');
});

test('aborting ends the work', async () => {
  const reason = new Error('enough');
  const working = verifyTransitions({ network, key, records, signal: AbortSignal.abort(reason) });
  await assert.rejects(working, reason);
});

test('the module is small', (context) => {
  const brotli = brotliCompressSync(readFileSync(join(PACKAGE, 'dist', 'hotshot_transition.wasm'))).length;
  context.diagnostic(`${brotli} bytes with brotli`);
  assert.ok(brotli <= 60_000, `${brotli}`);
});
