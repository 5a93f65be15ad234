import { LightClientError, driverError } from './error.js';
import { Instance } from './instance.js';
import { compile } from './module.js';
import type { Provider } from './provider.js';
import type { Eip1193Provider, LightClientOptions } from './options.js';
import { httpProvider } from './provider.js';
import { instantiate } from './tables-glue.js';
import type { RawL1Reader } from './tables-glue.js';
import type { LaterModules } from './tables.js';
import { SLICE_MILLISECONDS, breathe } from './timing.js';

/** How often in a row the wallet's provider may fail. */
const ATTEMPTS = 5;
/** The most bytes of a header. */
const HEADER_LIMIT = 1 << 20;

/** What the contracts on L1 say about who signs. */
export interface L1Word {
  /** The stake table, as the main module takes it to begin with. */
  readonly tables: Uint8Array;
  /** The epoch of that table. */
  readonly epoch: bigint;
  /** A digest of its members, as the main module takes it to compare. */
  readonly members: Uint8Array;
  /** When the light client contract took its newest state, in seconds since 1970. */
  readonly time: bigint;
}

/**
 * Reads what Espresso's light client contract commits to at a finalized block, and the stake table
 * contract's logs, by the caller's own L1 provider.
 */
export async function readL1(
  network: Uint8Array,
  wallet: Eip1193Provider,
  options: Pick<LightClientOptions, 'tablesWasm' | 'onProgress' | 'providers' | 'fetch' | 'timeout'>,
  modules: LaterModules,
  signal: AbortSignal,
): Promise<L1Word> {
  const instance = new Instance(await compile(options.tablesWasm ?? modules.tables(), signal), instantiate);
  const reader = instance.call((wasm) => new wasm.L1Reader(network));
  try {
    let failures = 0;
    for (;;) {
      signal.throwIfAborted();
      const request = instance.call(() => reader.request());
      if (request === null) break;
      let result: unknown;
      try {
        result = await abortable(wallet.request({ method: request.method, params: JSON.parse(request.params) as readonly unknown[] }), signal);
      } catch (error) {
        signal.throwIfAborted();
        // Nodes refuse long pages of logs in many words.
        if (instance.call(() => reader.narrow())) continue;
        if (++failures >= ATTEMPTS) {
          throw driverError('l1.unreachable', 'the L1 provider gave no answer', { got: String(error), expected: request.method }, error);
        }
        continue;
      }
      failures = 0;
      const bytes = new TextEncoder().encode(JSON.stringify(result ?? null));
      instance.call(() => reader.respond(bytes));
      const [block, last] = instance.call(() => [reader.next(), reader.last()] as const);
      options.onProgress?.({ type: 'l1', block, last, anchor: null });
    }
    await replay(instance, reader, signal);
    const anchor = instance.call(() => reader.anchor()!);
    const header = await fixingHeader(instance, reader, options, signal);
    const tables = instance.call(() => reader.tables(header));
    const { date: time, ...found } = anchor;
    const members = instance.call(() => reader.members());
    options.onProgress?.({ type: 'l1', block: anchor.block, last: anchor.block, anchor: found });
    return { tables, epoch: anchor.epoch, members, time };
  } finally {
    if (!instance.trapped) reader.free();
  }
}

/** A wallet knows no signals: its answer is no longer waited for. */
function abortable<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Replays the logs in slices. */
async function replay(instance: Instance<ReturnType<typeof instantiate>>, reader: RawL1Reader, signal: AbortSignal): Promise<void> {
  for (let left = 1; left > 0; ) {
    const until = performance.now() + SLICE_MILLISECONDS;
    while (left > 0 && performance.now() < until) {
      signal.throwIfAborted();
      left = instance.call(() => reader.step(1));
    }
    await breathe();
  }
}

/** The header that says which L1 block fixed the table, from whoever has it: a hint, which is not proven. */
async function fixingHeader(
  instance: Instance<ReturnType<typeof instantiate>>,
  reader: RawL1Reader,
  { providers, fetch, timeout }: Pick<LightClientOptions, 'providers' | 'fetch' | 'timeout'>,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const root = instance.call(() => reader.fixingRoot());
  if (root === undefined) return undefined;
  for (const provider of providers ?? instance.call(() => reader.providers())) {
    const asked: Provider = typeof provider === 'string' || provider instanceof URL ? httpProvider(provider, { fetch, timeout }) : provider;
    try {
      const { bytes } = await asked.get(`/v1/availability/header/${root}`, HEADER_LIMIT, signal);
      if (bytes !== null) return bytes;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LightClientError)) throw error;
    }
  }
  return undefined;
}
