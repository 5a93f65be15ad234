import { init, verifyRecording } from 'hotshot-light-client/verify';

const [lines, network] = await Promise.all(['/data/blocks.jsonl', '/data/network.json'].map(async (path) => (await fetch(path)).text()));
await init();
postMessage(verifyRecording(lines, network).summary);
