// The devnet tells every lie that it knows, and the page shows why it does not believe it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PATIENCE, newest, openLive, untilFinal } from './page.mjs';

/** Protocol versions in which lies are told: some are about rules that only one of them has. */
const CHAINS = [
  { version: '0.4', options: ['--upgrades', '0.4'] },
  { version: '0.2', options: ['--upgrades', '0.2'] },
  { version: '0.6', options: ['--upgrades', '0.6'] },
];
const COMMON = ['--validators', '12', '--epoch-height', '10', '--block-time', '200ms', '--history', '25', '--failed-views', '0'];

/** Lies about contract events and about what is in blocks, which following does not ask for: other tests tell them. */
const UNASKED = /^(?:events?|data)-/;

/** Lies that were told to some page so far. */
const told = new Set();

/** Tells one lie, and returns what the page shows about it. */
async function tell(page, id) {
  await page.locator('#lie').selectOption(id);
  await page.locator('.lie-form button[type=submit]:enabled').click();
  const entry = page.locator(`.refusal[data-lie="${id}"]:not([data-state="waiting"])`);
  await entry.waitFor();
  return { state: await entry.getAttribute('data-state'), text: await entry.innerText(), code: await entry.locator('summary code').allInnerTexts() };
}

describe('a lying server', { concurrency: false, timeout: 20 * PATIENCE }, () => {
  for (const { version, options } of CHAINS) {
    it(`is not believed under protocol ${version}`, async (test) => {
      const { page, provider } = await openLive(test, [...COMMON, ...options]);
      const lies = await (await fetch(`${provider}/devnet/lies`)).json();
      await untilFinal(page, 27);
      await page.locator('#lie option').first().waitFor({ state: 'attached' });
      const offered = await page.locator('#lie option').evaluateAll((items) => items.map((item) => item.value));
      for (const id of offered) {
        if (told.has(id)) continue;
        const { kind, codes } = lies.find((lie) => lie.kind === id);
        await test.test(kind, async () => {
          const before = await newest(page);
          const { state, text, code } = await tell(page, id);
          if (codes.length === 0) assert.match(state, /^(withheld|harmless)$/, text);
          else {
            assert.equal(state, 'refused', text);
            assert.ok(codes.includes(code[0]), `${code[0]} is none of ${codes.join(', ')}`);
          }
          // The server is honest again, and the chain goes on.
          await untilFinal(page, before + 1);
          told.add(id);
        });
      }
      if (version !== CHAINS.at(-1).version) return;
      const untold = lies.map((lie) => lie.kind).filter((kind) => !told.has(kind) && !UNASKED.test(kind));
      assert.deepEqual(untold, []);
    });
  }
});
