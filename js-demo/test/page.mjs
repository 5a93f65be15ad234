// What the tests of the page share: a devnet, the built page, and a browser.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { startDevnet } from '../scripts/devnet.mjs';
import { liveAddress, servePage } from '../scripts/page.mjs';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
/** The longest that anything may take before a test fails. */
export const PATIENCE = 120_000;

function executablePath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'google-chrome']) {
    const { status, stdout } = spawnSync('which', [name], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  throw new Error('no Chromium: install it, or name it in CHROMIUM');
}

/** Ends what was begun, the newest first, when the test is over. */
function cleanup(test) {
  const steps = [];
  test.after(async () => {
    for (const step of steps.reverse()) await step();
  });
  return (step) => steps.push(step);
}

/** A page that nothing went wrong in: errors of the page fail the test that opened it. */
async function openPage(test, later, address, options = {}) {
  const browser = await chromium.launch({ executablePath: executablePath(), args: FLAGS });
  later(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.setDefaultTimeout(PATIENCE);
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(address);
  return { page, errors };
}

/** A devnet with these options, ended with the test. */
async function devnetOf(later, options) {
  const folder = mkdtempSync(join(tmpdir(), 'hotshot-demo-'));
  later(() => rmSync(folder, { recursive: true, force: true }));
  const networkFile = join(folder, 'network.json');
  const { address, child } = await startDevnet(networkFile, options);
  const stop = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', resolve);
      child.kill();
    });
  later(stop);
  return { provider: address, networkFile, stopDevnet: stop };
}

/** The page, following a devnet of its own with these options. */
export async function openLive(test, devnetOptions) {
  const later = cleanup(test);
  const devnet = await devnetOf(later, devnetOptions);
  const served = await servePage({ port: 0, networkFile: devnet.networkFile });
  later(() => served.close());
  return { ...devnet, ...(await openPage(test, later, liveAddress(served.address, devnet.provider, 50))) };
}

/** The static site, and a devnet that it knows nothing of. */
export async function openBeside(test, devnetOptions) {
  const later = cleanup(test);
  const devnet = await devnetOf(later, devnetOptions);
  const served = await servePage({ port: 0 });
  later(() => served.close());
  return { ...devnet, ...(await openPage(test, later, served.address)) };
}

/** The page by itself, as a static site: it plays its recording. */
export async function openSite(test, options) {
  const later = cleanup(test);
  const served = await servePage({ port: 0 });
  later(() => served.close());
  return openPage(test, later, served.address, options);
}

/** The newest height that the page calls final; 0 before the first. */
export async function newest(page) {
  return Number((await page.locator('.height').textContent()).replaceAll(',', '')) || 0;
}

/** Waits until the page calls a height final. */
export async function untilFinal(page, height) {
  await page.waitForFunction((least) => Number(document.querySelector('.height')?.textContent?.replaceAll(',', '')) >= least, height);
}
