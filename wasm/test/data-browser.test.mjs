// The packed package in Chromium, built by Vite and by webpack: both modules load, and a devnet's lies
// about what is in blocks are refused with their codes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { executablePath, launch, serve } from './browser.mjs';
import { devnetOptions, start } from './devnet.mjs';
import { install } from './installed.mjs';

const options = {
  ...devnetOptions,
  skip: devnetOptions.skip || (executablePath === undefined && 'Chromium is missing; name it in CHROMIUM'),
};

async function vite(root) {
  const { build } = await import('vite');
  await build({ root, configFile: false, logLevel: 'warn', build: { outDir: 'out' } });
}

async function webpack(context) {
  const { default: compile } = await import('webpack');
  const configuration = {
    context,
    mode: 'production',
    entry: './main.js',
    // The page is the one that Vite builds, where a script cannot learn its own address.
    output: { path: join(context, 'out'), filename: 'main.js', publicPath: '/' },
    performance: { hints: false },
  };
  const stats = await new Promise((resolve, reject) => {
    compile(configuration, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
  assert.equal(stats.hasErrors() || stats.hasWarnings(), false, stats.toString());
  execFileSync('cp', [join(context, 'index.html'), join(context, 'out')]);
}

for (const [name, build, upgrades] of [
  ['Vite', vite, '0.4'],
  ['webpack', webpack, '0.6'],
]) {
  test(`a build by ${name} reads blocks of protocol ${upgrades}, and no lies about them`, options, async (context) => {
    const chain = ['--rollups', '--failed-views', '0', '--upgrades', upgrades, '--history', '22', '--stop-at', '22'];
    const { address } = await start(context, ...chain);
    const folder = install('data');
    await build(folder);
    const server = await serve({ '': join(folder, 'out') });
    const browser = await launch();
    try {
      const page = await browser.newPage();
      const trouble = [];
      page.on('pageerror', (error) => trouble.push(String(error)));
      await page.goto(`${server.address}/?devnet=${encodeURIComponent(address)}`);
      const { honest, error, ...found } = await page.evaluate(() => globalThis.result);
      assert.deepEqual([error, honest, trouble], [undefined, [], []]);
      const lies = await (await fetch(`${address}/devnet/lies`)).json();
      let refused = 0;
      for (const [kind, codes] of Object.entries(found)) {
        const known = lies.find((lie) => lie.kind === kind).codes;
        for (const code of codes) assert.ok(known.includes(code), `${kind}: ${code} is none of ${known.join(', ')}`);
        if (codes.length > 0) refused++;
      }
      context.diagnostic(`${refused} lies refused: ${JSON.stringify(found)}`);
      assert.ok(refused >= 28, `${refused} lies were refused`);
    } finally {
      await browser.close();
      server.close();
    }
  });
}
