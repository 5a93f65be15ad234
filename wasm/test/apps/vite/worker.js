import { init, verifyRecording } from 'hotshot-light-client/verify';

const [lines, network] = await Promise.all(['/data/blocks.jsonl', '/data/stake_table.json'].map(async (path) => (await fetch(path)).text()));
await init();
postMessage(verifyRecording(lines, network).summary);
