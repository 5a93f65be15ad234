// The static site: no server, a recording, and a visitor who changes bytes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PATIENCE, openSite, untilFinal } from './page.mjs';

/** Waits for the verdict on the text that stands in the editor. */
async function verdict(page, state) {
  await page.locator(`#lab[data-verdict=${state}]`).waitFor();
  return page.locator('.lab-verdict').innerText();
}

describe('the static site', { concurrency: false, timeout: 5 * PATIENCE }, () => {
  it('plays the recording, and refuses all that a server without keys can make of it', async (test) => {
    const { page, errors } = await openSite(test);
    await untilFinal(page, 5);
    await page.locator('.lie-form .quiet:enabled').click();
    const lies = await page.locator('#lie option').count();
    assert.ok(lies >= 8);
    await page.getByText(`${lies} lies told: ${lies} refused, none believed.`).waitFor();
    assert.deepEqual(errors, []);
  });

  it('says what is wrong with an answer that was changed', async (test) => {
    const { page } = await openSite(test);
    await untilFinal(page, 6);
    const answer = page.locator('#answer:enabled');
    await answer.waitFor();
    assert.match(await verdict(page, 'honest'), /^Final\. Every check holds\./);
    const original = await answer.inputValue();
    const edit = async (from, to) => {
      assert.match(original, from);
      await answer.fill(original.replace(from, to));
    };

    await edit(/"timestamp":\d+/, '"timestamp":1');
    assert.match(await verdict(page, 'refused'), /header\.hash/);
    assert.match(await page.locator('.lab-place').innerText(), /in leaf\.block_header\.fields\.timestamp/);
    await page.getByRole('button', { name: 'Undo all' }).click();
    await verdict(page, 'honest');

    await edit(/"signatures":\["BLS_SIG~./, (text) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`);
    assert.match(await verdict(page, 'refused'), /tagged_base64\.checksum/);
    await page.getByRole('button', { name: 'Undo all' }).click();
    await verdict(page, 'honest');

    await answer.fill(original.slice(0, -1));
    assert.match(await verdict(page, 'refused'), /json\.syntax/);
    await page.getByRole('button', { name: 'Undo all' }).click();
    await verdict(page, 'honest');

    // Nobody signs the builder's signature: changing it is noticed by nobody, and deceives nobody.
    await edit(/"builder_signature":("[^"]*"|null|\{[^}]*\})/, '"builder_signature":{"r":"0x1","s":"0x1","v":27}');
    assert.match(await verdict(page, 'harmless'), /^Still true\./);
  });

  it('checks three hundred epochs in one breath, and notices one bit', async (test) => {
    const { page, errors } = await openSite(test);
    const said = page.locator('#breath .breath-verdict');
    await page.getByRole('button', { name: 'Check 300 epochs' }).click();
    await page.locator('#breath[data-verdict=honest]').waitFor();
    assert.match(await said.innerText(), /^Proven\. From epoch 1 to epoch 301: .*STAKE_TABLE_STATE~/);
    const [proofs, plain] = await page.locator('#breath .figure').allInnerTexts();
    test.diagnostic(`${proofs} by proofs, ${plain} the plain way`);
    assert.match(await page.locator('#breath dd.note').first().innerText(), /^145\.4 kB for 300 epochs/);
    await page.getByRole('button', { name: 'Change one bit' }).click();
    await page.locator('#breath[data-verdict=refused]').waitFor();
    assert.match(await said.innerText(), /^Refused\. epoch \d+: .*transition\.proof$/);
    assert.deepEqual(errors, []);
  });

  it('is usable with a keyboard, and on a narrow screen', async (test) => {
    const { page } = await openSite(test, { viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' });
    await untilFinal(page, 3);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the newest block');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => location.hash), '#now');
    const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.equal(content, width, 'nothing sticks out');
    // Every control has a name, and every region a heading.
    const nameless = await page.locator('button, select, input, textarea, section').evaluateAll((elements) =>
      elements.filter((element) => {
        const heading = element.getAttribute('aria-labelledby');
        const name = heading === null ? (element.labels?.[0]?.textContent ?? element.textContent) : document.getElementById(heading)?.textContent;
        return !element.closest('.intro') && (name ?? '').trim() === '';
      }).map((element) => element.outerHTML.slice(0, 80)),
    );
    assert.deepEqual(nameless, []);
  });
});
