// A cold sync of 300 epochs of 100 validators whose tables change every epoch: time, bytes and the most memory,
// of the command line tool and of the package in Chromium. SYNC_EPOCHS and SYNC_VALIDATORS make it another one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { TARGET } from '../scripts/tools.mjs';
import { executablePath, launch, serve } from '../test/browser.mjs';
import { start } from '../test/devnet.mjs';
import { PACKAGE } from '../test/installed.mjs';

const epochs = Number(process.env.SYNC_EPOCHS ?? 300);
const validators = process.env.SYNC_VALIDATORS ?? '100';
const ends = [];
const context = { after: (end) => ends.push(end) };
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const report = (who, { seconds, bytes, memory }) =>
  console.log(`cold sync, ${who}: ${epochs} epochs, ${validators} validators: ${seconds.toFixed(1)} s, ${megabytes(bytes)} of answers, ${memory}`);

/** The tool, whose peak of resident memory the system keeps while it runs. */
async function native({ address, network }, folder) {
  const program = ['release', 'debug'].map((profile) => join(TARGET, profile, 'hotshot-verify')).find(existsSync);
  const file = join(folder, 'network.json');
  writeFileSync(file, network);
  const began = performance.now();
  const child = spawn(program, ['sync', '--network', file, '--provider', address, '--until', String(epochs), '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  let [running, peak] = [true, 0];
  void ended.then(() => (running = false));
  while (running) {
    try {
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024);
    } catch {
      // It has just ended, or there is no /proc here.
    }
    await wait(5);
  }
  assert.equal(await ended, 0);
  const bytes = Math.max(...output.trim().split('\n').map((line) => JSON.parse(line).bytes ?? 0));
  report('hotshot-verify', { seconds: (performance.now() - began) / 1_000, bytes, memory: `at most ${megabytes(peak)} resident` });
}

/** The package on a page: memories of WebAssembly, which only grow, and the script's heap in between. */
async function inChromium({ address }) {
  const server = await serve({ '': join(import.meta.dirname, '..', 'test', 'apps', 'sync'), package: PACKAGE });
  const profile = mkdtempSync(join(tmpdir(), 'hotshot-bench-'));
  const browser = await launch(profile);
  try {
    const page = await browser.newPage();
    await page.addInitScript(() => {
      globalThis.memories = [];
      const { Instance } = WebAssembly;
      WebAssembly.Instance = function (module, imports) {
        const instance = new Instance(module, imports);
        globalThis.memories.push(instance.exports.memory);
        return instance;
      };
    });
    const devtools = await browser.newCDPSession(page);
    await devtools.send('Performance.enable');
    const began = performance.now();
    await page.goto(`${server.address}/?store=bench&devnet=${encodeURIComponent(address)}`);
    let [running, heap] = [true, 0];
    const result = page.evaluate(() => globalThis.result).finally(() => (running = false));
    while (running) {
      const { metrics } = await devtools.send('Performance.getMetrics');
      heap = Math.max(heap, metrics.find(({ name }) => name === 'JSHeapUsedSize').value);
      await Promise.race([wait(50), result]);
    }
    const { error } = await result;
    const received = await page.evaluate(() => globalThis.received);
    assert.equal(error, undefined);
    const seconds = (performance.now() - began) / 1_000;
    const memories = await page.evaluate(() => globalThis.memories.map(({ buffer }) => buffer.byteLength));
    const memory = `WebAssembly ${megabytes(memories.reduce((sum, bytes) => sum + bytes, 0))} (${memories.map(megabytes).join(' + ')}), script's heap at most ${megabytes(heap)}`;
    report('Chromium', { seconds, bytes: received, memory });
  } finally {
    await browser.close();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const folder = mkdtempSync(join(tmpdir(), 'hotshot-bench-'));
try {
  const history = String(epochs * 10 + 6);
  const devnet = await start(context, '--validators', validators, '--dynamic-stake', '--history', history, '--stop-at', history, '--traffic', '0');
  await native(devnet, folder);
  if (executablePath === undefined) console.log('Chromium is missing: name it in CHROMIUM');
  else await inChromium(devnet);
} finally {
  for (const end of ends) end();
  rmSync(folder, { recursive: true, force: true });
}
