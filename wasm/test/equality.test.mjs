// The module and the command line tool give the same verdict, on every recorded block and on every
// recorded block with any one of its values changed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { TARGET, run } from '../scripts/tools.mjs';
import { PACKAGE, vectors, withoutVectors } from './installed.mjs';

const { init, verifyRecording } = await import(pathToFileURL(join(PACKAGE, 'dist', 'verify.js')));

/** Another value of the same kind. Strings lose their checksums: that is a verdict too. */
function changed(value) {
  if (value === null) return 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  return value.endsWith('A') ? `${value.slice(0, -1)}B` : `${value.slice(0, -1)}A`;
}

/** Every copy of a JSON value in which one scalar is changed. */
function* copies(root) {
  function* places(value, path) {
    if (value !== null && typeof value === 'object') {
      for (const key of Object.keys(value)) yield* places(value[key], [...path, key]);
    } else yield path;
  }
  for (const path of places(root, [])) {
    const copy = structuredClone(root);
    const parent = path.slice(0, -1).reduce((value, key) => value[key], copy);
    parent[path.at(-1)] = changed(parent[path.at(-1)]);
    yield copy;
  }
}

/** The lines that `hotshot-verify recording --json` prints. */
function native(lines, network, table) {
  const folder = mkdtempSync(join(tmpdir(), 'hotshot-equality-'));
  try {
    writeFileSync(join(folder, 'blocks.jsonl'), `${lines.join('\n')}\n`);
    writeFileSync(join(folder, 'stake_table.json'), network);
    const options = table === undefined ? [] : ['--stake-table', `3=${table}`];
    const { stdout, status, stderr } = spawnSync(join(TARGET, 'debug', 'hotshot-verify'), ['recording', folder, '--json', ...options], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    assert.ok(status === 0 || status === 1, stderr);
    return stdout.trim().split('\n').map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('module and command line tool', { skip: withoutVectors }, () => {
  before(async () => {
    run('cargo', ['build', '--quiet', '--package', 'hotshot-verify']);
    await init();
  });

  for (const name of ['v2-v3', 'v3', 'v4']) {
    test(`agree on ${name} and on every changed block of it`, () => {
      const read = (file) => readFileSync(join(vectors, name, file), 'utf8');
      const network = read('stake_table.json');
      const recorded = read('blocks.jsonl').trim().split('\n');
      const table = name === 'v4' ? join(vectors, name, 'stake_table_epoch3.json') : undefined;
      const stakeTables = table === undefined ? {} : { 3: readFileSync(table, 'utf8') };
      // Signer words beyond 2^53 do not occur in these recordings, so that JSON.parse loses nothing.
      const tampered = recorded.flatMap((line) => Array.from(copies(JSON.parse(line)), (copy) => JSON.stringify(copy)));
      assert.ok(tampered.length > 500, String(tampered.length));
      for (const lines of [recorded, tampered]) {
        const ours = verifyRecording(lines, network, { stakeTables });
        assert.deepEqual([...ours.lines, ours.summary], native(lines, network, table));
      }
    });
  }
});
