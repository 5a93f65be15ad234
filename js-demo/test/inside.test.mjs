// What is sent into the devnet is watched until it is final, and a block's contents are read.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { PATIENCE, openLive, untilFinal } from './page.mjs';

const DEVNET = ['--validators', '12', '--epoch-height', '20', '--block-time', '250ms', '--history', '10', '--failed-views', '0', '--rollups'];

it('a transaction and a bundle become final in front of the visitor', { timeout: PATIENCE }, async (test) => {
  const { page, errors } = await openLive(test, DEVNET);
  await untilFinal(page, 11);
  const sent = page.locator('.sent > li');
  await page.getByRole('button', { name: 'Send a transaction' }).click();
  await page.locator('.sent > li[data-state="final"]').waitFor();
  assert.match(await sent.first().innerText(), /Final in block \d+\. It is message \d+ of the rollup/);
  await page.getByRole('button', { name: 'Send a two-leg bundle' }).click();
  await page.locator('.sent > li[data-state="final"]').nth(1).waitFor();
  assert.match(await sent.first().innerText(), /Both legs are final in block \d+\./);
  assert.deepEqual(errors, []);
});

it("a block's namespaces are read, and a lie about them is refused", { timeout: PATIENCE }, async (test) => {
  const { page, errors, provider } = await openLive(test, DEVNET);
  await untilFinal(page, 11);
  await page.locator('.namespaces li').first().waitFor();
  const read = page.locator('.namespaces button').first();
  await read.click();
  await page.locator('.proven').waitFor();
  assert.match(await page.locator('.proven').innerText(), /Proven\. \d+ transactions? in /);
  const lie = (kind) => fetch(`${provider}/devnet/lie`, { method: 'POST', body: JSON.stringify({ kind }) });
  await lie('data-altered');
  await read.click();
  await page.locator('.namespace-content .refused').waitFor();
  assert.match(await page.locator('.namespace-content .refused').innerText(), /vid\.commitment/);
  await lie(null);
  // Another block: the one that the visitor chooses.
  const link = page.locator('.blocks tbody tr button').nth(2);
  const height = await link.textContent();
  await link.click();
  await page.getByRole('heading', { name: `Block ${height}`, exact: true }).waitFor();
  assert.deepEqual(errors, []);
});
