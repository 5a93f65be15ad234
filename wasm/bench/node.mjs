// The bench in Node, in a process of its own. Times are processor times of that process, because other work on the
// machine would stretch wall-clock times of longer operations more than those of shorter ones; on an idle machine
// both agree. Garbage is collected by no other thread: that would be charged to whoever is measured next.
import { execFileSync } from 'node:child_process';

import { loadModule, readInputs } from './inputs.mjs';
import { measure } from './measure.mjs';

/** @param options how many `rounds`, which `folders` have the modules, and which rows `only` */
export function inNode(options) {
  const flags = ['--expose-gc', '--single-threaded-gc'];
  const measured = execFileSync(process.execPath, [...flags, import.meta.filename, JSON.stringify(options)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return { ...JSON.parse(measured), version: process.version.slice(1) };
}

/** Processor time of this process in milliseconds. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

async function child({ rounds, folders, only }) {
  const { subjects } = await import('./subjects.mjs');
  const [limbs, stock] = [await loadModule(folders.limbs), await loadModule(folders.stock)];
  const rows = await subjects(readInputs(), { limbs, stock });
  const chosen = only === undefined ? rows : rows.filter(({ id }) => only.includes(id));
  const measured = await measure(chosen, rounds, { clock: processorTime, memory: () => limbs.memory.buffer.byteLength, collectGarbage: globalThis.gc });
  process.stdout.write(JSON.stringify(measured));
}

if (process.argv[1] === import.meta.filename) await child(JSON.parse(process.argv[2]));
