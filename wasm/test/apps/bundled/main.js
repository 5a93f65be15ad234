import { decaf } from 'hotshot-light-client/networks';
import { init, verifyRecording } from 'hotshot-light-client/verify';

async function verify() {
  const [lines, network] = await Promise.all(['/data/blocks.jsonl', '/data/network.json'].map(async (path) => (await fetch(path)).text()));
  await init();
  return verifyRecording(lines, network).summary;
}

function inWorker() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
  });
}

globalThis.result = Promise.all([verify(), inWorker()]).then(
  ([page, worker]) => ({ page, worker, network: decaf.name }),
  (error) => ({ error: String(error?.stack ?? error) }),
);
