// The bench in Chromium.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'vite';

import { launch, serve } from '../test/browser.mjs';

/** Isolated from other origins: the clock is finer then. */
const HEADERS = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'same-origin' };

/** Writes the worker and what it imports, but for our own modules, into a folder. */
async function bundle(folder) {
  await build({
    configFile: false,
    logLevel: 'error',
    root: import.meta.dirname,
    define: { 'process.env.NODE_ENV': '"production"', 'process.browser': 'true' },
    build: { lib: { entry: join(import.meta.dirname, 'worker.mjs'), formats: ['es'], fileName: 'worker' }, outDir: folder, emptyOutDir: true, minify: false },
  });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>bench</title>');
}

/**
 * @param work the folder with `inputs` and the modules' folders
 * @param options of the worker, and V8's `flags`
 * @returns what it measured, and the version of Chromium
 */
export async function inChromium(work, { flags = [], ...options }) {
  const folder = join(work, 'chromium');
  await bundle(folder);
  const folders = Object.fromEntries(['inputs', ...new Set(Object.values(options.folders))].map((name) => [name, join(work, name)]));
  const server = await serve({ '': folder, ...folders }, { headers: HEADERS });
  const context = await launch('', undefined, [`--js-flags=${['--expose-gc', ...flags].join(' ')}`]);
  try {
    const page = await context.newPage();
    await page.goto(server.address);
    const { measured, failed } = await page.evaluate(
      (options) =>
        new Promise((resolve) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve({ failed: message });
          worker.postMessage(options);
        }),
      options,
    );
    if (failed !== undefined) throw new Error(`in Chromium: ${failed}`);
    const { product } = await (await context.newCDPSession(page)).send('Browser.getVersion');
    return { ...measured, version: product.split('/').at(-1) };
  } finally {
    await context.close();
    server.close();
  }
}
