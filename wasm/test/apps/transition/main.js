// In a browser, built by a bundler: the committed chain of transition proofs is checked, and a changed
// bit noticed. Leaves what came of it in `globalThis.result`.
import { verifyTransitions } from 'hotshot-light-client/transition';

const file = async (name) => new Uint8Array(await (await fetch(`/fixture/${name}`)).arrayBuffer());

async function run() {
  const [network, key, records, table] = await Promise.all(['network.json', 'verifying-key', 'records', 'stake_table.json'].map(file));
  let frames = 0;
  let longest = 0;
  let last = performance.now();
  let working = true;
  const frame = (now) => {
    longest = Math.max(longest, now - last);
    [frames, last] = [frames + 1, now];
    if (working) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const start = performance.now();
  const proven = await verifyTransitions({ network, key, records });
  const milliseconds = performance.now() - start;
  working = false;
  proven.checkTable(table);
  const refused = async (place) => {
    const changed = records.slice();
    changed[place] ^= 1;
    try {
      await verifyTransitions({ network, key, records: changed });
      return 'accepted';
    } catch (error) {
      return `${error.code} ${error.details.got}`;
    }
  };
  return { epoch: String(proven.epoch), milliseconds, frames, longest, view: await refused(57 * 476 + 12), root: await refused(299 * 476 + 28) };
}

globalThis.result = run().catch((error) => ({ error: String(error?.stack ?? error) }));
