/**
 * A light client in a worker: one end serves it, the other end uses it as if it were there.
 *
 * The worker's script is two lines, so that every bundler finds it:
 *
 * ```js
 * import { serve } from 'hotshot-light-client/worker';
 * serve();
 * ```
 *
 * The page's side:
 *
 * ```js
 * import { connect } from 'hotshot-light-client/worker';
 * const worker = new Worker(new URL('./my-worker.js', import.meta.url), { type: 'module' });
 * const client = await connect(worker, { network });
 * for await (const block of client.follow()) show(block);
 * ```
 *
 * @module
 */
import { Channel } from './channel.js';
import type { Endpoint } from './channel.js';
import type { LightClientOptions } from './options.js';
import { RemoteClient } from './remote.js';
import type { ClientEvent } from './types.js';

export { LightClientError } from './error.js';
export type { Endpoint } from './channel.js';
export type { Eip1193Provider, FollowOptions, L1Options, LeafProofOptions } from './options.js';
export { RemoteClient } from './remote.js';
export { serve } from './served.js';
export type * from './data-types.js';
export type * from './types.js';

/**
 * What a client in a worker is made of: servers by their addresses; the modules by anything but a
 * response. Functions stay on the page: `onProgress`, and the wallet of `l1`, which the worker asks through
 * the channel.
 */
export interface WorkerOptions
  extends Omit<LightClientOptions, 'providers' | 'store' | 'fetch' | 'wasm' | 'dataWasm' | 'rollupsWasm' | 'tablesWasm' | 'random' | 'clock' | 'time'> {
  readonly providers?: readonly (string | URL)[] | undefined;
  readonly wasm?: BufferSource | WebAssembly.Module | string | undefined;
  /** The second module, which proves what is in blocks. */
  readonly dataWasm?: BufferSource | WebAssembly.Module | string | undefined;
  /** The module that finds what rollups say in blocks. */
  readonly rollupsWasm?: BufferSource | WebAssembly.Module | string | undefined;
  /** The module that derives stake tables from the contract's events. */
  readonly tablesWasm?: BufferSource | WebAssembly.Module | string | undefined;
  /** Keeps what it learns in the worker's IndexedDB, in a database of this name. */
  readonly store?: string | undefined;
}

/** What of them is sent. @internal */
export type SentOptions = Omit<WorkerOptions, 'onProgress' | 'signal' | 'l1' | 'providers'> & {
  readonly providers: readonly string[] | undefined;
  readonly l1: object | undefined;
};

/**
 * Makes a light client at the other end of a channel, where {@link serve} runs.
 *
 * @throws {@link LightClientError} as `LightClient.create` does
 */
export async function connect(endpoint: Endpoint, options: WorkerOptions): Promise<RemoteClient> {
  const { signal, onProgress, l1, providers, ...rest } = options;
  const channel = new Channel(endpoint, onProgress as ((event: ClientEvent) => void) | undefined);
  const { provider: wallet, ...l1Rest } = l1 ?? { provider: undefined };
  const sent: SentOptions = { ...rest, providers: providers?.map(String), l1: l1 && l1Rest };
  try {
    await channel.call('create', sent, { signal, wallet });
  } catch (error) {
    channel.close();
    throw error;
  }
  const remote = new RemoteClient(channel);
  signal?.addEventListener('abort', () => void remote.close(), { once: true });
  return remote;
}
