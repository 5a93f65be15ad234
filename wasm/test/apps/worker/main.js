// On a page without a bundler: a client in a worker begins with what contracts on Ethereum say, by the
// wallet of this page. Leaves what it came to in `globalThis.result`.
import { connect } from '/package/dist/worker.js';

const wallet = { request: (call) => globalThis.askWallet(call) };

async function run() {
  const network = await globalThis.networkFile();
  const worker = new Worker('worker.js', { type: 'module' });
  const client = await connect(worker, { network, l1: { provider: wallet }, pollInterval: 50 });
  const { root } = await client.trust();
  await client.stakeTable(9);
  const confirmed = await client.confirmByL1({ provider: wallet });
  for await (const { height } of client.follow()) {
    if (height < 84n) continue;
    await client.close();
    worker.terminate();
    return { root, confirmed, height: String(height) };
  }
}

globalThis.result = run().catch((error) => ({ error: String(error?.stack ?? error) }));
