import { toHeight } from './data-shared.js';
import { instantiate } from './glue.js';
import type { RawClient } from './glue.js';
import { Instance } from './instance.js';
import { encode, encodeCheckpoint } from './json.js';
import { Keeper } from './keeper.js';
import { readL1 } from './l1.js';
import { compile } from './module.js';
import type { WasmInput } from './module.js';
import type { LightClientOptions } from './options.js';
import { httpProvider } from './provider.js';
import type { Provider } from './provider.js';
import { recover } from './recover.js';
import { slices } from './slices.js';
import { linkDeriver } from './tables.js';
import type { LaterModules } from './tables.js';
import { seconds } from './timing.js';

/** How many leaves to ask for at once: few at first, more as long as reading them stays quick. */
export const RANGES = { first: 8, least: 4, most: 128 };

/** What a client is made of once everything is loaded. */
export interface ClientParts {
  readonly instance: Instance;
  readonly raw: RawClient;
  readonly options: LightClientOptions;
  readonly providers: readonly Provider[];
  readonly keeper: Keeper;
  readonly modules: LaterModules;
}

/** Loads and reads all that a client needs. */
export async function prepare(
  options: LightClientOptions & { readonly wasm: WasmInput },
  modules: LaterModules,
): Promise<ClientParts> {
  const signal = options.signal ?? new AbortController().signal;
  const network = encode(options.network);
  const start = options.start === undefined || options.start === 'tip' ? undefined : toHeight(options.start);
  const tell = options.onProgress ?? (() => undefined);
  const keeper = new Keeper(options.store, tell);
  const l1 = options.l1 && (await readL1(network, options.l1.provider, options, modules, signal));
  const unread = options.verifyStore === 'full' || l1 !== undefined;
  const kept = unread ? { checkpoint: undefined, tables: undefined } : await keeper.load();
  const instance = new Instance(await compile(options.wasm, options.signal), instantiate);
  const make = async (checkpoint: Uint8Array | undefined, tables: Uint8Array | undefined): Promise<RawClient> => {
    const skip = options.skipToStart ?? false;
    const client = instance.call((wasm) => new wasm.Client(network, checkpoint, l1?.tables ?? tables, start, skip, l1?.time));
    instance.call(() => {
      client.setRange(RANGES.first);
      client.setTime(seconds(options.time));
      if (options.acceptExpiredAnchor === true) client.acceptExpiredAnchor();
    });
    await linkDeriver(instance, client, options, modules);
    // What is left to compute before the first request is admitting the network's own stake tables and
    // those that were kept.
    await slices(instance, () => client.step(1), signal);
    return client;
  };
  const own = options.checkpoint === undefined ? undefined : encodeCheckpoint(options.checkpoint);
  const client = await recover(own, kept, make, tell);
  const providers = (options.providers ?? instance.call(() => client.providers())).map((provider) =>
    typeof provider === 'string' || provider instanceof URL
      ? httpProvider(provider, { fetch: options.fetch, timeout: options.timeout })
      : provider,
  );
  for (const checkpoint of options.confirm ?? []) instance.call(() => client.confirm(encodeCheckpoint(checkpoint)));
  return { instance, raw: client, options, providers, keeper, modules };
}
