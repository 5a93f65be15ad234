// Runs that were recorded, one a line: what a later run, and a review, is held against.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, 'history.jsonl');

/** More than this is a regression: ten percent. */
export const TOLERANCE = 1.1;

/** The records, oldest first. */
export const records = () =>
  readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

export const append = (record) => appendFileSync(FILE, `${JSON.stringify(record)}\n`);

const rounded = (value) => Number(value.toPrecision(4));

/**
 * One line of the history: for each runtime and row our time in milliseconds, and how many times as long each
 * rival took in the same run.
 */
export function toRecord({ about, runtimes, native, budgets }) {
  const rowsOf = ({ results }) => {
    const rows = {};
    for (const { id, subject, median } of results) {
      rows[id] ??= { ms: 0, over: {} };
      if (subject === 'ours') rows[id].ms = rounded(median);
      else rows[id].over[subject] = median;
    }
    for (const { ms, over } of Object.values(rows)) for (const rival of Object.keys(over)) over[rival] = rounded(over[rival] / ms);
    return rows;
  };
  return {
    ...about,
    budgets: Object.fromEntries(budgets.map(({ name, ratio }) => [name, rounded(ratio)])),
    native: Object.fromEntries(native.map(({ name, median }) => [name, rounded(median)])),
    rows: Object.fromEntries(Object.entries(runtimes).map(([runtime, measured]) => [runtime, rowsOf(measured)])),
  };
}

/** The budgeted ratios that are more than the tolerance worse than in the record before. */
export function regressions(before, after) {
  return Object.entries(after.budgets)
    .map(([name, now]) => ({ name, then: before.budgets[name], now }))
    .filter(({ then, now }) => then !== undefined && now * TOLERANCE < then);
}

/**
 * Each row of one record next to another: our time, and the ratios, which carry over between machines. `slower`
 * where every ratio got worse by more than the tolerance, or, without rivals, the time.
 */
export function compare(before, after) {
  const lines = [];
  for (const [runtime, rows] of Object.entries(after.rows)) {
    for (const [id, { ms, over }] of Object.entries(rows)) {
      const then = before.rows[runtime]?.[id];
      if (then === undefined) continue;
      const ratios = Object.entries(over)
        .filter(([rival]) => then.over[rival] !== undefined)
        .map(([rival, now]) => ({ rival, then: then.over[rival], now }));
      const worse = ({ then, now }) => now * TOLERANCE < then;
      const slower = ratios.length > 0 ? ratios.every(worse) : ms > then.ms * TOLERANCE;
      lines.push({ runtime, id, ratios, then: then.ms, now: ms, slower });
    }
  }
  return lines;
}
