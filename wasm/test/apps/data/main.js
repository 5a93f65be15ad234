// In a browser, built by a bundler: an honest devnet is believed, and each of its lies about blocks is
// refused. Leaves what it found in `globalThis.result`: the codes by lie, and what else was wrong.
import { LightClient } from 'hotshot-light-client';
import { initData, verifyNamespace } from 'hotshot-light-client/verify';

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

const text = async (path) => (await fetch(devnet + path)).text();
const get = async (path) => JSON.parse(await text(path));
const post = async (path, body) => (await fetch(devnet + path, { method: 'POST', body: JSON.stringify(body) })).json();
const lie = (kind) => post('/devnet/lie', { kind });
const create = (network, start) => LightClient.create({ network, providers: [devnet], start, pollInterval: 50, clock });

/** Bytes and integers as text, to be compared. */
const flat = (value) =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part instanceof Uint8Array ? [...part].join() : part));

/** What a page may ask about the block, one by one. */
function questions(client, { namespaces, hash, header, weight, account, posted }) {
  const ids = namespaces.map(({ id }) => id);
  const listed = `/v1/availability/block/${HEIGHT}/namespace/${ids[0]}`;
  const absent = `/v1/light-client/namespace/${HEIGHT}/77`;
  return {
    ...Object.fromEntries([...ids.slice(0, 2), 77].map((id) => [id, () => client.namespace(HEIGHT, id)])),
    all: () => client.payload(HEIGHT),
    older: () => client.header(5n),
    account: () => client.account(account, { ledger: 'fee', height: HEIGHT }),
    // The list of transactions in this answer is the server's word.
    listed: async () => verifyNamespace({ header, hash }, ids[0], await text(listed), { weight }),
    // The client needs no answer about what is not in the table; somebody else's may be checked.
    absent: async () => verifyNamespace({ header, hash }, 77, await text(absent), { weight }),
    scan: () => client.confirm({ rollup: posted.rollup, l2TransactionHash: `0x${'01'.repeat(32)}`, from: 5, to: 15 }),
  };
}

/** Asks everything; answers, and codes of what is refused. */
async function ask(client, page) {
  const answers = {};
  const codes = new Set();
  for (const [name, question] of Object.entries(questions(client, page))) {
    try {
      answers[name] = flat(await question());
    } catch (error) {
      codes.add(error.code ?? String(error));
    }
  }
  return { answers, codes: [...codes] };
}

/** Asks everything while the devnet lies: what is refused, and what false is believed. */
async function underLie(network, page, honest, kind) {
  const client = await create(network, 12n);
  await client.header();
  await client.header(HEIGHT);
  await lie(kind);
  const { answers, codes } = await ask(client, page);
  await lie(null);
  client.close();
  return { codes, believed: Object.keys(answers).filter((name) => answers[name] !== honest[name]) };
}

/** What others post into the rollups' namespaces, and what is no bundle. */
async function rollups(network) {
  const { legs } = await post('/devnet/post', { rollups: ['nitro', 'nitro-v0', 'op-stack'], text: 'from a page' });
  const client = await create(network, 12n);
  // Wait until they are in a block, so that the next ones are in another.
  const sent = await post('/devnet/post', { rollups: ['nitro'], text: 'a moment later' });
  await client.header(sent.height + 3);
  const later = await post('/devnet/post', { rollups: ['op-stack'], text: 'another block' });
  const to = later.height + 3;
  await client.header(to);
  const found = [];
  for (const { rollup, transaction } of legs) {
    const { inHotShot, canonical, refusedTransactions, verified } = await client.confirm({ rollup, l2TransactionHash: transaction, to });
    const stranger = { ...rollup, authority: [{ signer: `0x${'77'.repeat(20)}`, from: 0, until: null }] };
    const unsigned = await client.confirm({ rollup: stranger, l2TransactionHash: transaction, to });
    found.push({ inHotShot, canonical, others: refusedTransactions > 0n, whole: verified?.from === 0n, unsigned: unsigned.inHotShot });
  }
  const bundle = async (...legs) =>
    (await client.confirmBundle(legs.map(({ rollup, transaction }) => ({ rollup, transaction })), { from: 5, to })).answer;
  const bundles = {
    together: await bundle(...legs),
    ofTwoBlocks: await bundle(legs[0], later.legs[0]),
    twice: await bundle(legs[0], legs[0]),
  };
  client.close();
  return { found, bundles };
}

/** Headers of a quorum whose table is malformed, until one is refused. */
async function malformedTables(network) {
  const height = BigInt(await get('/v1/status/block-height'));
  const client = await create(network, height - 4n);
  await client.header(height - 2n);
  await lie('data-table');
  try {
    for (let above = 0n; above < 20n; above++) await client.header(height + above);
    return 'believed';
  } catch (error) {
    return error.code;
  } finally {
    await lie(null);
    client.close();
  }
}

/** What is not proven before 0.3. */
async function beforeAvidM(network) {
  const client = await create(network, 1n);
  for (let height = 1n; ; height++) {
    const { namespaces } = await client.header(height);
    if (namespaces.length === 0) continue;
    const code = (promise) => promise.then(() => 'believed', (error) => error.code);
    const codes = [await code(client.namespace(height, namespaces[0].id)), await code(client.payload(height))];
    client.close();
    return codes;
  }
}

async function run() {
  await initData();
  const network = await get('/devnet/network');
  if (new URLSearchParams(location.search).has('old')) return { unproven: await beforeAvidM(network) };
  const { header, hash } = await get(`/v1/availability/block/${HEIGHT}`);
  const told = await rollups(network);
  const [posted] = (await post('/devnet/post', { rollups: ['nitro'], text: 'one more' })).legs;
  const client = await create(network, 12n);
  const { namespaces } = await client.header(HEIGHT);
  const { common } = (await get(`/v1/light-client/namespace/${HEIGHT}/${namespaces[0].id}`)).proof;
  const weight = (common.V1 ?? common.V2.param).total_weights;
  const page = { namespaces, header, hash, weight, account: header.fields.fee_info.account, posted };
  const honest = await ask(client, page);
  client.close();
  const found = {};
  const scans = ['gap', 'doubled', 'reversed', 'shorter', 'longer', 'altered-parent'];
  const lies = (await get('/devnet/lies')).map(({ kind }) => kind).filter((kind) => /^data-(?!table$)/.test(kind) || scans.includes(kind));
  for (const kind of lies) found[kind] = await underLie(network, page, honest.answers, kind);
  return { honest: honest.codes, found, told, table: await malformedTables(network) };
}

globalThis.result = run().catch((error) => ({ error: String(error?.stack ?? error) }));
