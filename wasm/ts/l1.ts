import { LightClientError, driverError } from './error.js';
import { Instance } from './instance.js';
import { compile } from './module.js';
import type { Provider } from './provider.js';
import type { LightClientOptions } from './options.js';
import { httpProvider } from './provider.js';
import { instantiate } from './tables-glue.js';
import type { RawL1Reader } from './tables-glue.js';
import type { LaterModules } from './tables.js';
import { SLICE_MILLISECONDS, breathe } from './timing.js';

/** How often in a row the wallet's provider may fail. */
const ATTEMPTS = 5;
/** The most bytes of a header. */
const HEADER_LIMIT = 1 << 20;

/** What a client begins with that rests on contracts on L1. */
export interface L1Beginning {
  /** The stake table, as the main module takes it. */
  readonly tables: Uint8Array;
  /** The time of the finalized L1 block at which the contracts were read, in seconds since 1970. */
  readonly time: bigint;
}

/**
 * Reads what Espresso's light client contract commits to at a finalized block, and the stake table
 * contract's logs, by the caller's own L1 provider; nothing when the options name none.
 */
export async function readL1(network: Uint8Array, options: LightClientOptions, modules: LaterModules): Promise<L1Beginning | undefined> {
  if (options.l1 === undefined) return undefined;
  const { l1, signal } = options;
  const instance = new Instance(await compile(options.tablesWasm ?? modules.tables(), signal), instantiate);
  const reader = instance.call((wasm) => new wasm.L1Reader(network));
  try {
    let failures = 0;
    for (;;) {
      signal?.throwIfAborted();
      const request = instance.call(() => reader.request());
      if (request === null) break;
      let result: unknown;
      try {
        result = await l1.provider.request({ method: request.method, params: JSON.parse(request.params) as readonly unknown[] });
      } catch (error) {
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
    const header = await fixingHeader(instance, reader, options);
    const tables = instance.call(() => reader.tables(header));
    const { timestamp: time, ...found } = anchor;
    options.onProgress?.({ type: 'l1', block: anchor.block, last: anchor.block, anchor: found });
    return { tables, time };
  } finally {
    if (!instance.trapped) reader.free();
  }
}

/** Replays the logs in slices. */
async function replay(instance: Instance<ReturnType<typeof instantiate>>, reader: RawL1Reader, signal: AbortSignal | undefined): Promise<void> {
  for (let left = 1; left > 0; ) {
    const until = performance.now() + SLICE_MILLISECONDS;
    while (left > 0 && performance.now() < until) {
      signal?.throwIfAborted();
      left = instance.call(() => reader.step(1));
    }
    await breathe();
  }
}

/** The header that says which L1 block fixed the table, from whoever has it: a hint, which is not proven. */
async function fixingHeader(
  instance: Instance<ReturnType<typeof instantiate>>,
  reader: RawL1Reader,
  { providers, fetch, timeout, signal }: LightClientOptions,
): Promise<Uint8Array | undefined> {
  const root = instance.call(() => reader.fixingRoot());
  if (root === undefined) return undefined;
  for (const provider of providers ?? instance.call(() => reader.providers())) {
    const asked: Provider = typeof provider === 'string' || provider instanceof URL ? httpProvider(provider, { fetch, timeout }) : provider;
    try {
      const { bytes } = await asked.get(`/v1/availability/header/${root}`, HEADER_LIMIT, signal ?? new AbortController().signal);
      if (bytes !== null) return bytes;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof LightClientError)) throw error;
    }
  }
  return undefined;
}
