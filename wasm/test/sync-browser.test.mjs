// A cold sync in Chromium with IndexedDB: closed midway again and again and taken up, it comes to what an
// uninterrupted one comes to. SYNC_EPOCHS and SYNC_VALIDATORS make it longer than for every day.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { executablePath, launch, serve } from './browser.mjs';
import { devnetOptions, start } from './devnet.mjs';
import { PACKAGE, install } from './installed.mjs';

const epochs = Number(process.env.SYNC_EPOCHS ?? 60);
const validators = process.env.SYNC_VALIDATORS ?? '12';
const options = {
  timeout: 120_000 + epochs * 2_000,
  skip: devnetOptions.skip || (executablePath === undefined && 'Chromium is missing; name it in CHROMIUM'),
};

test('a sync that is closed midway goes on from IndexedDB', options, async (context) => {
  const history = String(epochs * 10 + 6);
  const devnet = await start(context, '--validators', validators, '--dynamic-stake', '--history', history, '--stop-at', history, '--traffic', '0');
  const server = await serve({ '': install('sync'), package: PACKAGE });
  const profile = mkdtempSync(join(tmpdir(), 'hotshot-sync-'));
  let browser = await launch(profile);
  context.after(async () => {
    // The browser writes to its profile until it has ended.
    await browser.close();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const open = async (browser, store, until = 1e9) => {
    const page = await browser.newPage();
    await page.goto(`${server.address}/?store=${store}&until=${until}&devnet=${encodeURIComponent(devnet.address)}`);
    return page;
  };

  const began = performance.now();
  const whole = await open(browser, 'whole');
  const expected = await whole.evaluate(() => globalThis.result);
  context.diagnostic(`${epochs} epochs, ${validators} validators: ${((performance.now() - began) / 1_000).toFixed(1)} s, ${expected.bytes} bytes kept`);
  assert.deepEqual([expected.error, expected.trouble], [undefined, []]);
  assert.ok(expected.height > epochs * 10);
  assert.deepEqual(await whole.evaluate(() => globalThis.known), Array.from({ length: epochs - 1 }, (_, index) => index + 3));
  await whole.close();

  const first = [];
  for (const more of [1, epochs / 4, epochs / 3]) {
    const page = await open(browser, 'killed', Math.ceil(more));
    await page.waitForFunction(() => globalThis.stands);
    first.push((await page.evaluate(() => globalThis.known))[0]);
    if (first.length === 2) {
      // The whole browser, not only the page.
      await browser.close();
      browser = await launch(profile);
    } else {
      await page.close();
    }
  }
  const last = await open(browser, 'killed');
  assert.deepEqual(await last.evaluate(() => globalThis.result), expected);
  first.push((await last.evaluate(() => globalThis.known))[0]);
  context.diagnostic(`began with the epochs ${first.join(', ')}`);
  assert.equal(first[0], 3);
  for (const [index, epoch] of first.slice(1).entries()) assert.ok(epoch > first[index] && epoch <= epochs + 1, `${first}`);
  await last.close();
});

test('a database of another version of the package is replaced, or left alone', options, async (context) => {
  const devnet = await start(context, '--dynamic-stake', '--history', '48', '--stop-at', '48');
  const server = await serve({ '': install('sync'), package: PACKAGE });
  const browser = await launch();
  context.after(async () => {
    await browser.close();
    server.close();
  });
  for (const [version, trouble] of [[1, 0], [99, 1]]) {
    const page = await browser.newPage();
    await page.goto(`${server.address}/package/package.json`);
    await page.evaluate(([name, version]) => new Promise((resolve, reject) => {
      const opening = indexedDB.open(name, version);
      opening.onupgradeneeded = () => opening.result.createObjectStore('checkpoints').put(new Uint8Array([1]), 'latest');
      opening.onsuccess = () => resolve(opening.result.close());
      opening.onerror = () => reject(opening.error);
    }), [`version-${version}`, version]);
    await page.goto(`${server.address}/?store=version-${version}&devnet=${encodeURIComponent(devnet.address)}`);
    const [known, told, error] = await page.evaluate(async () => {
      const { error } = await globalThis.result;
      return [globalThis.known, globalThis.trouble, error];
    });
    assert.deepEqual(known, [3, 4, 5]);
    assert.equal(told.length > 0, trouble > 0, told.join('\n'));
    for (const line of told) assert.match(line, /^store_failed store\.failed/);
    // The page reads the bytes itself in the end, and cannot either.
    assert.equal(error !== undefined, trouble > 0);
    await page.close();
  }
});
