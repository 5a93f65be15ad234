// The bench's history: a regression must say why.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TOLERANCE, compare, records, regressions, toRecord } from '../bench/history.mjs';

const result = (id, subject, median) => ({ id, subject, median });

/** A record of a run where we took `ms` for a row, and rivals their times. */
const run = (ms, rivals, about = {}) => {
  const results = [result('row', 'ours', ms), ...Object.entries(rivals).map(([name, median]) => result('row', name, median))];
  const budgets = Object.entries(rivals).map(([name, median]) => ({ name, ratio: median / ms }));
  return toRecord({ about, runtimes: { node: { results } }, native: [{ name: 'native', median: 1 }], budgets });
};

test('every record that lost more than a tenth of a budgeted ratio says why', () => {
  const all = records();
  assert.ok(all.length > 0, 'nothing was ever recorded');
  for (const record of all) {
    for (const field of ['date', 'version', 'commit', 'processor', 'node', 'chromium']) assert.equal(typeof record[field], 'string', field);
    for (const runtime of ['node', 'chromium']) assert.ok(record.rows[runtime].finality.ms > 0);
    assert.ok(Object.keys(record.budgets).length > 10);
  }
  const newest = all.at(-1);
  const before = all.at(-2);
  if (before === undefined || typeof newest.reason === 'string') return;
  assert.deepEqual(regressions(before, newest), [], `record again on an idle machine, or give a --reason (tolerance ${TOLERANCE})`);
});

test('a regression is one of the ratio, whatever the machine', () => {
  const before = run(2, { rival: 10 });
  assert.deepEqual(regressions(before, before), []);
  // A machine of half the speed.
  assert.deepEqual(regressions(before, run(4, { rival: 20 })), []);
  assert.deepEqual(regressions(before, run(2.19, { rival: 10 })), []);
  assert.deepEqual(regressions(before, run(2.21, { rival: 10 })), [{ name: 'rival', then: 5, now: 4.525 }]);
  // What is new has nothing to be held against.
  assert.deepEqual(regressions(before, run(2, { other: 1 })), []);
});

test('rows are marked where every rival says so, or the time alone', () => {
  const slower = (before, after) => compare(before, after).map((line) => line.slower);
  const before = run(2, { one: 10, two: 4 });
  assert.deepEqual(slower(before, run(4, { one: 20, two: 8 })), [false]);
  assert.deepEqual(slower(before, run(2.5, { one: 10, two: 4 })), [true]);
  // One rival got faster: that is not ours.
  assert.deepEqual(slower(before, run(2, { one: 5, two: 4 })), [false]);
  assert.deepEqual(slower(run(2, {}), run(2.1, {})), [false]);
  assert.deepEqual(slower(run(2, {}), run(2.3, {})), [true]);
});
