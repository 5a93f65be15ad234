// Serves the built page, and beside it the network file that it trusts.
import { readFile } from 'node:fs/promises';

import { preview } from 'vite';

import { DEMO } from './devnet.mjs';

/**
 * @param {{ port: number, networkFile?: string }} options a taken port gives way to the next free one
 * @returns {Promise<{ address: string, close(): Promise<void> }>}
 */
export async function servePage({ port, networkFile }) {
  const pinned = {
    name: 'pinned-network',
    configurePreviewServer(server) {
      if (networkFile === undefined) return;
      server.middlewares.use('/network.json', (_, response, next) => {
        readFile(networkFile).then((text) => response.setHeader('content-type', 'application/json').end(text), next);
      });
    },
  };
  const server = await preview({ root: DEMO, logLevel: 'error', plugins: [pinned], preview: { host: '127.0.0.1', port } });
  const address = `http://127.0.0.1:${server.httpServer.address().port}/`;
  return { address, close: () => server.close() };
}

/** The page's address with the source that it shall follow. */
export function liveAddress(page, provider, pollMilliseconds) {
  const query = new URLSearchParams({ provider, network: 'network.json', poll: String(pollMilliseconds) });
  return `${page}?${query}`;
}
