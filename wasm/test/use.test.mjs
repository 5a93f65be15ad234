// The packed package in the places where people use it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { executablePath, launch, serve } from './browser.mjs';
import { PACKAGE, install } from './installed.mjs';
import { WORKSPACE } from '../scripts/tools.mjs';

const data = join(PACKAGE, 'recording');
const SUMMARY = { blocks: 45, rejected: 0, final: 45 };
const browserless = executablePath === undefined && 'Chromium is missing; name it in CHROMIUM';
const inBrowser = { skip: browserless, timeout: 120_000 };

test('the package holds what is named in it, and depends on nothing', () => {
  const folder = join(install('node'), 'node_modules');
  assert.deepEqual(readdirSync(folder).filter((name) => !name.startsWith('.')), ['hotshot-light-client']);
  const manifest = JSON.parse(readFileSync(join(folder, 'hotshot-light-client', 'package.json'), 'utf8'));
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.sideEffects, false);
  for (const target of Object.values(manifest.exports)) {
    for (const path of typeof target === 'string' ? [target] : Object.values(target)) {
      if (!path.includes('*')) readFileSync(join(folder, 'hotshot-light-client', path));
    }
  }
});

test('the networks are those of the repository, and pin nobody', async () => {
  const { LightClient } = await import(pathToFileURL(join(PACKAGE, 'dist', 'index.js')));
  const networks = await import(pathToFileURL(join(PACKAGE, 'dist', 'networks.js')));
  const folder = join(WORKSPACE, 'light-client', 'networks');
  const files = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  assert.deepEqual({ ...networks }, Object.fromEntries(files.map((network) => [network.name, network])));
  for (const network of files) await assert.rejects(LightClient.create({ network }), { code: 'network.missing_pin' });
});

test('Node', () => {
  const folder = install('node');
  const output = execFileSync(process.execPath, ['index.mjs', join(data, 'blocks.jsonl'), join(data, 'network.json')], { cwd: folder, encoding: 'utf8' });
  assert.deepEqual(JSON.parse(output), { summary: SUMMARY, inline: SUMMARY, exports: true });
});

test('the first lines of the README, as they stand', () => {
  const folder = install('node');
  const [, code] = /```js\n([^]*?)```/.exec(readFileSync(join(folder, 'node_modules', 'hotshot-light-client', 'README.md'), 'utf8'));
  writeFileSync(join(folder, 'readme.mjs'), code);
  const output = execFileSync(process.execPath, ['readme.mjs'], { cwd: folder, encoding: 'utf8' });
  assert.equal(output, '{ blocks: 45, rejected: 0, final: 45 }\nok\n');
});

test('TypeScript, as strictly as it goes', () => {
  const folder = install('types');
  execFileSync(process.execPath, [join(PACKAGE, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', folder], { stdio: 'inherit' });
  const declarations = join(folder, 'node_modules', 'hotshot-light-client', 'dist');
  for (const name of readdirSync(declarations).filter((name) => name.endsWith('.d.ts'))) {
    const code = readFileSync(join(declarations, name), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
    assert.equal(/\bany\b/.exec(code), null, `${name} says any`);
  }
});

/** Opens a built page and gives what it left in `globalThis.result`. */
async function open(folder) {
  const server = await serve({ '': folder, data });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const trouble = [];
    page.on('pageerror', (error) => trouble.push(String(error)));
    await page.goto(server.address);
    const result = await page.evaluate(() => globalThis.result);
    return { ...result, trouble };
  } finally {
    await browser.close();
    server.close();
  }
}

test('a build by Vite, on its page and in its worker', inBrowser, async () => {
  const { build } = await import('vite');
  const root = install('bundled');
  await build({ root, configFile: false, logLevel: 'warn', build: { outDir: 'out' }, worker: { format: 'es' } });
  assert.deepEqual(await open(join(root, 'out')), { page: SUMMARY, worker: SUMMARY, network: 'decaf', trouble: [] });
  const built = readdirSync(join(root, 'out', 'assets')).filter((name) => name.endsWith('.js'));
  const text = built.map((name) => readFileSync(join(root, 'out', 'assets', name), 'utf8')).join('');
  assert.ok(text.includes('query.decaf') && !text.includes('query.main'), 'of the networks only the one that is used');
});

test('a build by webpack, on its page and in its worker', inBrowser, async () => {
  const { default: webpack } = await import('webpack');
  const context = install('bundled');
  const stats = await new Promise((resolve, reject) => {
    const configuration = {
      context,
      mode: 'production',
      entry: './main.js',
      // The page is the one that Vite builds, where a script cannot learn its own address.
      output: { path: join(context, 'out'), filename: 'main.js', publicPath: '/' },
      // Its hint about files above 244 KiB is before compression, which every server does.
      performance: { hints: false },
    };
    webpack(configuration, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
  assert.equal(stats.hasErrors() || stats.hasWarnings(), false, stats.toString());
  execFileSync('cp', [join(context, 'index.html'), join(context, 'out')]);
  assert.deepEqual(await open(join(context, 'out')), { page: SUMMARY, worker: SUMMARY, network: 'decaf', trouble: [] });
});

test("an extension's service worker", inBrowser, async () => {
  const browser = await launch('', install('extension'));
  try {
    const worker = browser.serviceWorkers()[0] ?? (await browser.waitForEvent('serviceworker'));
    const texts = ['blocks.jsonl', 'network.json'].map((name) => readFileSync(join(data, name), 'utf8'));
    assert.deepEqual(await worker.evaluate(([lines, network]) => globalThis.verify(lines, network), texts), SUMMARY);
  } finally {
    await browser.close();
  }
});
