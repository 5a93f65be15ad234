// Looks for calls that keep a page from its next frame. Each run makes the same calls; of each call the
// quickest of several runs counts, in processor time, so that a busy machine does not fail the test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { PACKAGE } from './installed.mjs';

/** A frame at sixty a second. */
const FRAME_MILLISECONDS = 16;

/** The bindings of a module, and the module. */
export const load = async (glue, module) => {
  const { instantiate } = await import(pathToFileURL(join(PACKAGE, 'dist', glue)));
  return [instantiate, await WebAssembly.compile(readFileSync(join(PACKAGE, 'dist', module)))];
};

/** Takes the processor time of calls. */
export function stopwatch() {
  const times = [];
  const timed = (name, call) => {
    const before = process.cpuUsage();
    const result = call();
    const { user, system } = process.cpuUsage(before);
    times.push({ name, time: (user + system) / 1_000 });
    return result;
  };
  return { times, timed };
}

/** Makes the same calls several times, and holds the quickest of each against a frame. */
export async function hold(context, run, count = 7) {
  const runs = [];
  for (let index = 0; index < count; index++) runs.push(await run());
  const quickest = runs[0].map(({ name }, index) => {
    assert.ok(runs.every((times) => times[index].name === name), 'the runs are alike');
    return { name, index, time: Math.min(...runs.map((times) => times[index].time)) };
  });
  quickest.sort((left, right) => right.time - left.time);
  const shown = quickest.slice(0, 12).map(({ name, index, time }) => `${time.toFixed(1)} ms: ${name} (call ${index})`);
  context.diagnostic(`${quickest.length} calls, the longest: ${shown.join('; ')}`);
  assert.ok(quickest[0].time < FRAME_MILLISECONDS, shown[0]);
}
