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

/** What has to be rejected, by the list in data.md, and the lies that try it. */
const ITEMS = {
  '§2.2, zero-stuffing': ['data-zero-stuffing'],
  '§2.2, false bad encoding': ['data-bad-encoding'],
  '§6.1': ['data-altered', 'data-weights', 'data-threshold', 'data-other-block', 'data-payload', 'data-payload-weights'],
  '§6.2': ['data-variant', 'data-common-variant', 'data-payload-common'],
  '§6.3': ['data-index', 'data-other-namespace', 'data-binding-leaf'],
  '§6.4': ['data-longer', 'data-shorter', 'data-huge-weights', 'data-common-lengths', 'data-payload-longer', 'data-payload-shorter'],
  '§6.5': ['data-path-levels', 'data-path-siblings', 'data-path-trailing', 'data-path-tag', 'data-path-checksum', 'data-base64'],
  '§6.6': ['data-payload-table', 'data-payload-lenient'],
  '§6.7': ['data-absent', 'data-invented', 'data-bad-encoding'],
  '§6.9': ['data-header-other', 'data-header-element', 'data-header-position', 'data-header-levels', 'data-header-siblings', 'data-header-path'],
  '§6.13': ['gap', 'doubled', 'reversed', 'shorter'],
};
/** Lies that can be told under one scheme only. */
const OF_ONE_SCHEME = { 'data-binding-leaf': '0.6', 'data-common-lengths': '0.6', 'data-common-commitments': '0.6' };

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

/** The page's findings at a devnet of its own. */
async function look(context, folder, chain, further = '') {
  const { address } = await start(context, '--rollups', '--failed-views', '0', ...chain);
  const server = await serve({ '': join(folder, 'out') });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const trouble = [];
    page.on('pageerror', (error) => trouble.push(String(error)));
    await page.goto(`${server.address}/?devnet=${encodeURIComponent(address)}${further}`);
    const result = await page.evaluate(() => globalThis.result);
    assert.deepEqual([result.error, trouble], [undefined, []]);
    return { address, ...result };
  } finally {
    await browser.close();
    server.close();
  }
}

for (const [name, build, upgrades] of [
  ['Vite', vite, '0.4'],
  ['webpack', webpack, '0.6'],
]) {
  test(`a build by ${name} reads blocks of protocol ${upgrades}, and no lies about them: §6`, options, async (context) => {
    const folder = install('data');
    await build(folder);
    const chain = ['--upgrades', upgrades, '--history', '22', '--block-time', '150ms'];
    const { address, honest, found, told, table } = await look(context, folder, chain);
    assert.deepEqual(honest, []);
    const lies = await (await fetch(`${address}/devnet/lies`)).json();
    const silent = new Set();
    for (const [kind, { codes, believed }] of Object.entries(found)) {
      const known = lies.find((lie) => lie.kind === kind).codes;
      for (const code of codes) assert.ok(known.includes(code), `${kind}: ${code} is none of ${known.join(', ')}`);
      assert.deepEqual(believed, [], kind);
      if (codes.length === 0) silent.add(kind);
    }
    context.diagnostic(`${Object.keys(found).length - silent.size} lies refused: ${JSON.stringify(found)}`);
    // The items of the list of what has to be rejected, and the lies that try them.
    for (const [item, kinds] of Object.entries(ITEMS)) {
      for (const kind of kinds) {
        assert.ok(kind in found, `${item}: ${kind} was not told`);
        const other = OF_ONE_SCHEME[kind];
        if (other === undefined || other === upgrades) assert.ok(!silent.has(kind), `${item}: ${kind} was not refused`);
      }
    }
    assert.equal(table, 'namespace.table_duplicate', '§6.6: a malformed table under a quorum');
    assert.ok('data-transactions' in found && silent.has('data-transactions'), '§6.10: the server\'s list is not read');
    for (const each of told.found) {
      assert.deepEqual(each, { inHotShot: 'yes', canonical: 'yes', others: true, whole: true, unsigned: 'no' }, '§6.11');
    }
    assert.deepEqual(told.bundles, { together: 'yes', ofTwoBlocks: 'no', twice: 'no' }, '§6.12');
  });
}

test('§6.8: nothing is proven by the scheme before 0.3, and nothing empty', options, async (context) => {
  const folder = install('data');
  await vite(folder);
  const { unproven } = await look(context, folder, ['--upgrades', '0.2', '--history', '12', '--stop-at', '12'], '&old');
  assert.deepEqual(unproven, ['namespace.unproven', 'namespace.unproven']);
});
