// The page follows a live devnet, from block to block and from epoch to epoch.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { PATIENCE, newest, openBeside, openLive, untilFinal } from './page.mjs';

const EPOCH_HEIGHT = 12;
const DEVNET = ['--validators', '40', '--epoch-height', String(EPOCH_HEIGHT), '--block-time', '200ms'];
const YOUNG = [...DEVNET, '--history', '8'];

/** The rows of the table of blocks, the newest first. */
function rows(page) {
  return page.locator('.blocks tbody tr').evaluateAll((elements) =>
    elements.map((row) => ({
      height: Number(row.querySelector('th').textContent),
      handover: row.querySelector('.tag') !== null,
      hash: row.querySelector('.code').title,
    })),
  );
}

it('blocks turn final across the end of an epoch, and are those of the chain', { timeout: PATIENCE }, async (test) => {
  const { page, errors, provider } = await openLive(test, YOUNG);
  // The page's own thread is never busy for long: the browser reports tasks of more than 50 ms.
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  });
  await untilFinal(page, 1);
  const first = await newest(page);
  // Twenty blocks, and two ends of epochs at least.
  await untilFinal(page, Math.max(first + 20, 2 * EPOCH_HEIGHT + 2));

  const verified = Number(await page.locator('#cost .figure').first().textContent());
  assert.ok(verified >= 20, `${verified} blocks verified`);
  assert.match(await page.locator('#connection').textContent(), /^Live from 127\.0\.0\.1:\d+$/);
  assert.match(await page.locator('#epoch-title').textContent(), /^Epoch \d+, block \d+ of 12$/);
  assert.match(await page.locator('.ring').getAttribute('aria-label'), /^(6[67]|[7-9]\d|100)\.\d\d % of the stake signed; 66\.\d\d % is needed\.$/);
  // The epoch before was followed to its end: all its blocks are final, the last four of them handed over.
  const before = page.locator('.epoch-row').first();
  assert.equal(await before.locator('.cell.final').count(), EPOCH_HEIGHT);
  assert.equal(await before.locator('.cell.transition').count(), 4);

  const shown = await rows(page);
  for (const [index, { height, handover, hash }] of shown.entries()) {
    assert.equal(height, shown[0].height - index, 'no gap');
    assert.equal(handover, height % EPOCH_HEIGHT === 0 || height % EPOCH_HEIGHT > EPOCH_HEIGHT - 4, `block ${height}`);
    const block = await (await fetch(`${provider}/v1/availability/block/${height}`)).json();
    assert.equal(hash, block.hash, `block ${height}`);
  }
  assert.deepEqual(errors, []);
  const longTasks = await page.evaluate(() => globalThis.longTasks);
  test.diagnostic(`tasks of more than 50 ms on the page's thread: ${longTasks.map(Math.round).join(', ') || 'none'}`);
});

it('a page that is paused stands still, and goes on where it was', { timeout: PATIENCE }, async (test) => {
  const { page } = await openLive(test, YOUNG);
  await untilFinal(page, 1);
  await page.locator('#pause').click();
  await page.getByText('Paused', { exact: true }).waitFor();
  const paused = await newest(page);
  await page.locator('#pause').click();
  await untilFinal(page, paused + 3);
  const heights = (await rows(page)).map(({ height }) => height);
  assert.ok(heights.includes(paused + 1), 'no block is left out');
});

it('a server that dies is said to be gone, without harm', { timeout: PATIENCE }, async (test) => {
  const { page, stopDevnet } = await openLive(test, YOUNG);
  await untilFinal(page, 1);
  await stopDevnet();
  await page.locator('#connection[data-phase=unreachable]').waitFor();
  assert.match(await page.locator('#connection').textContent(), /No answer from/);
  assert.equal(await page.locator('.verdict').getAttribute('data-state'), 'final');
});

it('a visitor can point the static site at a live provider', { timeout: PATIENCE }, async (test) => {
  const { page, errors, provider, networkFile } = await openBeside(test, [...DEVNET, '--history', '60']);
  await page.getByText('Playing a recording').waitFor();
  await page.locator('.other summary').click();
  await page.getByLabel('Query node').fill(`${provider}/`);
  await page.getByLabel(/^Network file/).setInputFiles(networkFile);
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText(`Live from ${provider.replace('http://', '')}`).waitFor();
  await untilFinal(page, 62);
  // The recording's blocks are not among those of the live chain.
  const { hash, height } = (await rows(page))[0];
  assert.equal(hash, (await (await fetch(`${provider}/v1/availability/block/${height}`)).json()).hash);
  assert.ok((await rows(page)).every((row) => row.height > 50));
  assert.deepEqual(errors, []);
});
