// What a user of Node writes: no flags, no loaders, no fetch.
import { readFile } from 'node:fs/promises';

import * as inline from 'hotshot-light-client/inline';
import { init, verifyRecording } from 'hotshot-light-client/verify';

const [lines, network] = await Promise.all(process.argv.slice(2).map((path) => readFile(path)));
await init();
const { summary } = verifyRecording(lines, network);
const module = await WebAssembly.compile(await readFile(new URL(import.meta.resolve('hotshot-light-client/wasm'))));
console.log(JSON.stringify({ summary, inline: inline.verifyRecording(lines, network).summary, exports: WebAssembly.Module.exports(module).length > 0 }));
