// What the pure functions decide, on recordings of real networks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { PACKAGE, vectors, withoutVectors } from './installed.mjs';

const verify = await import(pathToFileURL(join(PACKAGE, 'dist', 'verify.js')));

/** A check that an error has a code. */
const code = (expected) => (error) => {
  assert.ok(error instanceof verify.LightClientError, String(error?.stack ?? error));
  assert.equal(error.code, expected, error.message);
  return true;
};

function recording(name) {
  const read = (file) => readFileSync(join(vectors, name, file), 'utf8');
  const stakeTables = name === 'v4' ? { 3: read('stake_table_epoch3.json') } : {};
  return { lines: read('blocks.jsonl').trim().split('\n'), network: read('stake_table.json'), options: { stakeTables } };
}

test('nothing works before init, and nothing breaks', () => {
  assert.throws(() => verify.headerCommitment('{}'), code('wasm.not_ready'));
});

describe('the pure functions', () => {
  before(() => verify.init());

  test('codes are a table with fixed numbers', () => {
    const rejections = verify.rejections();
    assert.ok(rejections.length > 40);
    assert.equal(rejections.find(({ code }) => code === 'qc.signature').number, 200);
    assert.equal(new Set(rejections.map(({ number }) => number)).size, rejections.length);
  });

  test('every form of JSON is read by the same rules', () => {
    const bytes = (text) => new TextEncoder().encode(text);
    for (const [text, expected] of [
      ['{', 'json.syntax'],
      ['{"a":1,"a":2}', 'json.duplicate_key'],
      ['[]', 'json.type'],
      ['{}', 'json.missing_key'],
      ['['.repeat(33) + ']'.repeat(33), 'json.depth'],
      ['['.repeat(10_000) + ']'.repeat(10_000), 'json.depth'],
      // Broken text is no JSON at all, whatever else is wrong with it.
      ['['.repeat(10_000), 'json.syntax'],
    ]) {
      assert.throws(() => verify.headerCommitment(text), code(expected));
      assert.throws(() => verify.headerCommitment(bytes(text)), code(expected));
    }
    assert.throws(() => verify.headerCommitment(bytes('\u00ff').subarray(1)), code('json.syntax'));
    const cycle = {};
    cycle.version = cycle;
    assert.throws(() => verify.headerCommitment(cycle), code('json.depth'));
    for (const foreign of [new Map(), new Date(), { version: Symbol('0.1') }, { version: () => 1 }, new Uint16Array(2), undefined]) {
      assert.throws(() => verify.headerCommitment(foreign), code('json.type'));
    }
  });

  test('an error names both sides of what was compared', () => {
    assert.throws(() => verify.headerCommitment('[]'), (error) => {
      assert.deepEqual({ ...error.details }, {
        summary: 'a JSON value is of another type than its place asks for',
        got: 'array',
        expected: 'object',
      });
      assert.match(error.message, /^json\.type: .* \(got array, expected object\)$/);
      return true;
    });
  });

  test('a line that is not JSON is named', { skip: withoutVectors }, () => {
    const { lines, network } = recording('v3');
    assert.throws(() => verify.verifyRecording([lines[0], '{"leaf":'], network), (error) => {
      assert.match(error.details.got, /^line 2 column 8/);
      return code('json.syntax')(error);
    });
  });

  for (const [name, expected] of [
    ['v2-v3', [1, 2, 328, 329, 330, 331, 332, 333, 399, 400, 401]],
    ['v3', [0, 1, 2, 9, 10, 11, 20]],
    ['v4', [0, 1, 2, 8, 9, 10, 11, 14, 15, 18, 19, 20, 21, 29, 30, 31]],
  ]) {
    describe(`the recording ${name}`, { skip: withoutVectors }, () => {
      const { lines, network, options } = vectors === undefined ? { lines: [] } : recording(name);

      test('is accepted, in every form of its JSON', () => {
        const result = verify.verifyRecording(lines, network, options);
        assert.deepEqual(result.summary, { blocks: lines.length, rejected: 0, final: expected.length });
        assert.deepEqual(result.lines.filter((line) => line.final).map((line) => line.height), expected);
        assert.deepEqual(verify.verifyRecording(`${lines.join('\n')}\n`, network, options), result);
        assert.deepEqual(verify.verifyRecording(new TextEncoder().encode(lines.join('\r\n')), network, options), result);
        assert.deepEqual(verify.verifyRecording(lines.map((line) => JSON.parse(line)), JSON.parse(network), options), result);
      });

      test('has the commitments it says it has', () => {
        for (const line of lines) {
          const { hash, leaf } = JSON.parse(line);
          assert.equal(verify.headerCommitment(leaf.leaf.block_header), hash);
          assert.equal(verify.leafCommitment(leaf), leaf.qc.data.leaf_commit);
          assert.equal(verify.leafCommitment(JSON.stringify(leaf.leaf)), leaf.qc.data.leaf_commit);
        }
      });

      test('has certificates that hold alone, and fall with each of their parts', () => {
        const table = new verify.StakeTable(network);
        const line = lines.map((text) => JSON.parse(text)).find(({ leaf }) => leaf.qc.view_number > 0);
        const { qc } = line.leaf;
        const quorum = table.verifyCertificate(qc);
        assert.equal(quorum.total, table.total);
        assert.ok(quorum.weight >= quorum.threshold && quorum.threshold > (quorum.total * 2n) / 3n);
        assert.equal(quorum.view, BigInt(qc.view_number));
        assert.deepEqual(verify.verifyCertificate(JSON.stringify(qc), network), quorum);
        // Another certificate's signature is a point of the right form, and not the right one.
        const other = JSON.parse(lines.at(-1)).leaf.qc.signatures;
        assert.throws(() => table.verifyCertificate({ ...qc, signatures: [other[0], qc.signatures[1]] }), code('qc.signature'));
        assert.throws(() => table.verifyCertificate({ ...qc, view_number: qc.view_number + 1 }), code('qc.vote_commitment'));
        assert.throws(() => table.verifyCertificate({ ...qc, view_number: 0 }), code('qc.view_zero'));
        assert.throws(() => table.verifyCertificate({ ...qc, signatures: null }), code('qc.unsigned'));
        // JSON.parse would have rounded this one.
        assert.throws(() => table.verifyCertificate({ ...qc, view_number: 2 ** 53 }), code('json.integer'));
        assert.throws(() => table.verifyCertificate({ ...qc, view_number: 2n ** 53n }), code('qc.vote_commitment'));
        assert.throws(() => table.verifyCertificate({ ...qc, view_number: 2n ** 64n }), code('json.integer'));
        table.free();
      });

      test('spoils only what depends on a spoilt line', () => {
        const index = lines.length - 2;
        const line = JSON.parse(lines[index]);
        line.leaf.leaf.block_header.fields ??= line.leaf.leaf.block_header;
        const target = line.leaf.leaf.block_header.fields;
        target.timestamp += 1;
        const { lines: verdicts, summary } = verify.verifyRecording(lines.with(index, JSON.stringify(line)), network, options);
        assert.equal(summary.rejected, 1);
        assert.equal(verdicts[index].checks.leaf, 'leaf.commitment');
        assert.equal(verdicts[index].final, false);
        assert.equal(verdicts[index + 1].checks.link, 'absent');
      });
    });
  }

  test('heights that no number can hold stay exact', { skip: withoutVectors }, () => {
    const { lines, network } = recording('v3');
    const text = lines[3].replaceAll(/"height":\d+/g, '"height":18446744073709551615');
    const [verdict] = verify.verifyRecording([text], network).lines;
    assert.equal(verdict.height, 2n ** 64n - 1n);
    assert.equal(verdict.view, JSON.parse(lines[3]).leaf.leaf.view_number);
  });

  test('a trap kills one instance, and the next call starts another', { skip: withoutVectors }, () => {
    const { lines, network } = recording('v3');
    const table = new verify.StakeTable(network);
    // Asks the module for more memory than there is.
    class Liar extends Uint8Array {
      get length() {
        return 0xffff_fff0;
      }
    }
    assert.throws(() => verify.headerCommitment(new Liar()), code('wasm.trap'));
    assert.throws(() => table.verifyCertificate('{}'), code('wasm.trap'));
    table.free();
    assert.equal(verify.verifyRecording(lines, network).summary.rejected, 0);
  });
});
