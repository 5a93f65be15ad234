// A query node that serves recorded blocks, honestly or not, for a client's `fetch`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { vectors } from './installed.mjs';

/** The network file of the recording `v4`, whose stake table is another from epoch 3 on. */
export function network() {
  const read = (file) => JSON.parse(readFileSync(join(vectors, 'v4', file), 'utf8'));
  const { epoch_height, epoch_start_block, known_nodes_with_stake } = read('stake_table.json');
  const { validators } = read('stake_table_epoch3.json');
  return {
    name: 'v4',
    epoch_height,
    epoch_start_block,
    // Recorded blocks are old, and so are checkpoints made from them.
    weak_subjectivity_seconds: 0,
    stake_table: { known_nodes_with_stake },
    later_stake_tables: [{ from_epoch: 3, validators }],
  };
}

/** The recorded leaves with their certificates, by height. */
export function recordedLeaves() {
  const lines = readFileSync(join(vectors, 'v4', 'blocks.jsonl'), 'utf8').trim().split('\n');
  return new Map(lines.map((line) => JSON.parse(line).leaf).map((leaf) => [leaf.leaf.block_header.fields.height, leaf]));
}

/**
 * A `fetch` that answers as a query node with the blocks below `blocks` would.
 *
 * @param tamper gets each answer before it is sent, with its path
 */
export function node({ blocks, tamper = (answer) => answer, log = [] }) {
  const leaves = recordedLeaves();
  return async (url, { signal }) => {
    signal.throwIfAborted();
    const path = new URL(url).pathname;
    log.push(path);
    const [, from, until] = /^\/v1\/availability\/leaf\/(\d+)\/(\d+)$/.exec(path) ?? [];
    let answer;
    if (path === '/v1/node/block-height') answer = blocks;
    if (from !== undefined) {
      const heights = Array.from({ length: until - from }, (_, index) => Number(from) + index);
      if (heights.every((height) => height < blocks && leaves.has(height))) answer = heights.map((height) => leaves.get(height));
    }
    if (answer === undefined) return new Response('{"Custom":{"message":"not found","status":404}}', { status: 404 });
    return new Response(JSON.stringify(tamper(structuredClone(answer), path)), { headers: { 'content-type': 'application/json' } });
  };
}
