import type { BaseClient } from './client.js';
import type { WasmInput } from './module.js';
import type { Provider } from './provider.js';
import type { Clock } from './timing.js';
import type { CheckpointInput, ClientEvent, ClientStore, JsonInput, Start } from './types.js';

/** A wallet's connection to Ethereum (EIP-1193): `window.ethereum`, or what a wallet library gives. */
export interface Eip1193Provider {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
}

/** How the contracts on Ethereum are read. */
export interface L1Options {
  /** Your own connection: what it says is believed. */
  readonly provider: Eip1193Provider;
}

/** What a light client is made of. */
export interface LightClientOptions {
  /** The network file: the root of trust. */
  readonly network: JsonInput;
  /**
   * Servers to ask, in order of preference: addresses of query nodes, or your own. By default those
   * that the network file names.
   */
  readonly providers?: readonly (string | URL | Provider)[] | undefined;
  /** Where to go on: what {@link BaseClient.checkpoint} gave at another time, or a line that somebody published. */
  readonly checkpoint?: CheckpointInput | undefined;
  /**
   * Begin at `start` in spite of a checkpoint, which then only says who signs in its epoch. The blocks
   * between are not gone through: from there to today it goes epoch by epoch.
   */
  readonly skipToStart?: boolean | undefined;
  /**
   * Where stake tables, what proved them, and checkpoints are kept: `indexedDbStore(name)`,
   * `memoryStore()` or your own. The next client goes on from there.
   */
  readonly store?: ClientStore | undefined;
  /**
   * How far the store is believed: `checkpoint`, the default, as a checkpoint of your own; `full`, not at
   * all: everything is proven again from the network file or `checkpoint`, with the proofs that are kept.
   */
  readonly verifyStore?: 'checkpoint' | 'full' | undefined;
  /** Where to begin without a checkpoint. By default at the newest block. */
  readonly start?: Start | undefined;
  /**
   * Begin with the stake table that Espresso's contracts on Ethereum commit to, read through your own L1
   * provider: nothing is pinned but the contracts' addresses in the network file. What a store keeps is
   * not used then. This rests on signatures of a third of the stake plus one, on the contract's owner,
   * and on your L1 node: {@link BaseClient.trust} and the events say `l1_contract`.
   */
  readonly l1?: L1Options | undefined;
  /** Ends everything that the client does. */
  readonly signal?: AbortSignal | undefined;
  /** Told about everything that happens. Must not throw. */
  readonly onProgress?: ((event: ClientEvent) => void) | undefined;
  /** The WebAssembly module, if it shall not be the file in this package. */
  readonly wasm?: WasmInput | undefined;
  /** The second module, which proves what is in blocks, if it shall not be the file in this package. Loaded on first use. */
  readonly dataWasm?: WasmInput | undefined;
  /** The module that finds what rollups say in blocks, if it shall not be the file in this package. Loaded on first use. */
  readonly rollupsWasm?: WasmInput | undefined;
  /** The module that derives stake tables from the contract's events, if it shall not be the file in this package. Loaded on first use. */
  readonly tablesWasm?: WasmInput | undefined;
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** After how many milliseconds a provider's answer is given up. Default 15,000. */
  readonly timeout?: number | undefined;
  /** How many milliseconds to wait at the newest block before asking again. Default 1,000. */
  readonly pollInterval?: number | undefined;
  /**
   * Fresh checkpoints from sources that you trust. They confirm a chain whose anchor is older than the
   * network file's `weak_subjectivity_seconds`; see {@link BaseClient.trust}.
   */
  readonly confirm?: readonly CheckpointInput[] | undefined;
  /** Show blocks as final although what trust began with is too old: you take the risk. */
  readonly acceptExpiredAnchor?: boolean | undefined;
  /** Instead of `Math.random`: it spreads the pauses of many clients. With `clock`, a run can be repeated. */
  readonly random?: (() => number) | undefined;
  /** Instead of `Date.now`: milliseconds since 1970, by which the age of trust is judged. */
  readonly time?: (() => number) | undefined;
  /** Instead of the machine's clock, for tests. */
  readonly clock?: Clock | undefined;
  /**
   * How often in a row requests may fail before `follow` gives up and throws the last error. By
   * default it never does: servers come back.
   */
  readonly attempts?: number | undefined;
}

/** What the proof of one leaf needs besides the proof itself. */
export interface LeafProofOptions {
  /**
   * The certified descendants that tie the certificates to the leaf, as `availability/leaf/…`
   * serves them: the child of the proof's last leaf from 0.3 to 0.5, two generations before 0.3,
   * none from 0.6 on. Without them such a proof is refused with `finality.child_missing`.
   */
  readonly descendants?: JsonInput | undefined;
  /** The height that was asked for. Without it, a proof about any height is accepted. */
  readonly height?: bigint | number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How {@link BaseClient.follow} may be ended from outside. */
export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
}
