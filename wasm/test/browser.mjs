// Chromium, and a server of files for it on the loopback address.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

import { chromium } from 'playwright-core';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.wasm': 'application/wasm',
};

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/google/chrome/chrome'];

/** The path of Chromium, or `undefined`. */
export const executablePath = [process.env.CHROMIUM, ...CANDIDATES].find((path) => path !== undefined && existsSync(path));

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Starts Chromium, with an extension if one is named, and with flags of the caller's. */
export function launch(profile = '', extension, flags = []) {
  const loading = extension === undefined ? [] : [`--disable-extensions-except=${extension}`, `--load-extension=${extension}`];
  return chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [...FLAGS, ...loading, ...flags],
    ignoreDefaultArgs: extension === undefined ? [] : ['--disable-extensions'],
  });
}

/**
 * Serves folders by the first part of the path, the folder under `''` for the rest.
 *
 * @returns its address and a function that ends it
 */
export async function serve(folders, { types = TYPES, headers = {} } = {}) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const [, first] = path.split('/');
    const file = first !== '' && first in folders ? join(folders[first], path.slice(first.length + 1)) : join(folders[''], path.endsWith('/') ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', ...headers });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
