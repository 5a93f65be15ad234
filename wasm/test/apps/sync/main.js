// On a page without a bundler: syncs with a store in IndexedDB. Leaves how far it is in `globalThis`,
// and what it came to in `globalThis.result`.
import { LightClient, indexedDbStore } from '/package/dist/index.js';

const parameters = new URLSearchParams(location.search);
const devnet = parameters.get('devnet');
const kept = indexedDbStore(parameters.get('store'));

/** After so many epochs the store takes what it is given, and never says so: the page stands still until it is closed. */
const until = Number(parameters.get('until') ?? Infinity);

globalThis.known = [];
globalThis.received = 0;
globalThis.stands = false;
globalThis.trouble = [];

const store = {
  ...kept,
  async save(key, bytes) {
    await kept.save(key, bytes);
    if (key !== 'tables' || globalThis.known.length < until) return;
    globalThis.stands = true;
    await new Promise(() => {});
  },
};

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

async function run() {
  const network = await (await fetch(`${devnet}/devnet/network`)).text();
  const client = await LightClient.create({
    network,
    providers: [devnet],
    store,
    pollInterval: 50,
    onProgress: (event) => {
      if (event.type === 'response') globalThis.received += event.bytes;
      if (event.type === 'epoch') globalThis.known.push(Number(event.epoch));
      if (/rejected|discarded|failed|unclear/.test(event.type)) globalThis.trouble.push(`${event.type} ${event.error.message}`);
    },
  });
  for await (const { height, leaf, epoch } of client.follow()) {
    const table = await client.stakeTable(epoch);
    client.close();
    const tables = await kept.load('tables');
    const digest = await crypto.subtle.digest('SHA-256', tables);
    return { height: Number(height), leaf, hash: table.stakeTableHash, bytes: tables.length, digest: hex(new Uint8Array(digest)), trouble: globalThis.trouble };
  }
}

globalThis.result = run().catch((error) => ({ error: String(error?.stack ?? error) }));
