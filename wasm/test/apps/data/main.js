// In a browser, built by a bundler: an honest devnet is believed, and each of its lies about blocks is
// refused. Leaves the codes by lie in `globalThis.result`.
import { LightClient } from 'hotshot-light-client';

const HEIGHT = 13n;
const devnet = new URLSearchParams(location.search).get('devnet');

/** Time runs fifty times as fast: pauses after lies are long. */
const clock = {
  now: () => performance.now() * 50,
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, Math.min(milliseconds / 50, 2 ** 31 - 1));
      signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
    }),
};

const get = async (path) => (await fetch(devnet + path)).json();
const lie = (kind) => fetch(`${devnet}/devnet/lie`, { method: 'POST', body: JSON.stringify({ kind }) });

/** Reads a header, namespaces, an older header and an account; the codes of what is refused. */
async function read(network, account, kind) {
  const client = await LightClient.create({ network, providers: [devnet], start: 12n, pollInterval: 50, clock });
  await client.header();
  await lie(kind);
  const codes = new Set();
  const ask = (promise) => promise.then(() => undefined, (error) => codes.add(error.code ?? String(error)));
  const { namespaces } = await client.header(HEIGHT);
  for (const id of [...namespaces.map(({ id }) => id).slice(0, 2), 77]) await ask(client.namespace(HEIGHT, id));
  await ask(client.header(5n));
  await ask(client.account(account, { ledger: 'fee', height: HEIGHT }));
  await lie(null);
  client.close();
  return [...codes];
}

async function run() {
  const network = await get('/devnet/network');
  const { header } = await get(`/v1/availability/block/${HEIGHT}`);
  const lies = (await get('/devnet/lies')).filter(({ kind }) => /^data-(?!table$|payload)/.test(kind));
  const account = header.fields.fee_info.account;
  const found = { honest: await read(network, account, null) };
  for (const { kind } of lies) found[kind] = await read(network, account, kind);
  return found;
}

globalThis.result = run().catch((error) => ({ error: String(error?.stack ?? error) }));
