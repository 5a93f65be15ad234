// The bench in a worker of a page that is isolated from other origins, where the clock has steps of 5 µs.
import { measure } from './measure.mjs';
import { subjects } from './subjects.mjs';

async function bytes(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A module that wasm-pack wrote into this folder. */
async function load(folder) {
  const glue = await import(/* @vite-ignore */ `/${folder}/bench.js`);
  const { memory } = await glue.default({ module_or_path: await bytes(`/${folder}/bench_bg.wasm`) });
  return { ...glue, memory };
}

async function run({ rounds, folders, only }) {
  if (!globalThis.crossOriginIsolated) throw new Error('the page is not isolated: its clock is too coarse');
  const [fixture, network, key, record] = await Promise.all(['fixture.json', 'network.json', 'verifying-key', 'record'].map((name) => bytes(`/inputs/${name}`)));
  const snark = await (await fetch('/inputs/snark.json')).json();
  const [limbs, stock] = await Promise.all([load(folders.limbs), load(folders.stock)]);
  const rows = await subjects({ fixture, groth16: { network, key, record }, snark }, { limbs, stock });
  const chosen = only === undefined ? rows : rows.filter(({ id }) => only.includes(id));
  return measure(chosen, rounds, { clock: () => performance.now(), memory: () => limbs.memory.buffer.byteLength, collectGarbage: globalThis.gc });
}

addEventListener('message', ({ data }) => {
  run(data).then(
    (measured) => postMessage({ measured }),
    (error) => postMessage({ failed: String(error?.stack ?? error) }),
  );
});
