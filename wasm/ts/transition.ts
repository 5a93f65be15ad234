/**
 * From one epoch's stake table to a much later one's in one breath: transition proofs, checked in a
 * WebAssembly module of their own that is loaded on first use.
 *
 * What is proven is certified and not yet final: the commitments of the last table, and a state that
 * was signed before it was decided. Fetch that table, hold it against the commitments with
 * {@link ProvenTransition.checkTable}, and follow the chain under it.
 *
 * @module
 */
import { entropy } from './entropy.js';
import { driverError } from './error.js';
import { fromRaw } from './instance.js';
import type { RawRejection } from './glue.js';
import { encode } from './json.js';
import { compile } from './module.js';
import type { WasmInput } from './module.js';
import { SLICE_MILLISECONDS, breathe } from './timing.js';
import { instantiate } from './transition-glue.js';
import type { RawWalk } from './transition-glue.js';
import type { JsonInput } from './types.js';

export { LightClientError } from './error.js';
export type { JsonInput } from './types.js';
export type { WasmInput } from './module.js';

/** What to check, and how. */
export interface VerifyTransitionsOptions {
  /** The network file. It pins the first table, and under `transitions` the keys by their hashes. */
  readonly network: JsonInput;
  /** The epoch that the network file's table signs in, before the first record. Default 1. */
  readonly epoch?: bigint | undefined;
  /** The verifying key's file. */
  readonly key: Uint8Array;
  /** Records of consecutive epochs from that epoch on, one behind the other. */
  readonly records: Uint8Array;
  /** Aborts the work. */
  readonly signal?: AbortSignal | undefined;
  /** Told how much is done, from 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Where the module comes from; by default the file in this package. */
  readonly wasm?: WasmInput | undefined;
}

/** What the last of the records hands over. */
export interface ProvenTransition {
  /** The epoch after the last proven one. */
  readonly epoch: bigint;
  /** The commitments of its stake table, `STAKE_TABLE_STATE~…`. */
  readonly table: string;
  /** The last signed state, `LIGHT_CLIENT_STATE~…`: certified, not final. */
  readonly state: string;
  /** The state's view. */
  readonly view: bigint;
  /** The state's height. */
  readonly height: bigint;
  /** The auth root signed with it. */
  readonly authRoot: string;
  /**
   * Holds a stake table against the commitments.
   *
   * @throws {@link LightClientError} `state.table_commitment` for another table
   */
  checkTable(table: JsonInput): void;
}

/** The address of the module inside the package, in the form that bundlers recognise. */
function moduleUrl(): URL {
  return new URL('./hotshot_transition.wasm', import.meta.url);
}

/** Turns what the module throws into what the package throws. */
function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (typeof error === 'string') throw fromRaw(JSON.parse(error) as RawRejection);
    throw driverError('wasm.trap', 'the WebAssembly instance stopped and cannot be used any more', { got: String(error) }, error);
  }
}

interface Finished {
  readonly epoch: string;
  readonly table: string;
  readonly state: string;
  readonly view: string;
  readonly height: string;
  readonly authRoot: string;
}

/**
 * Checks a chain of transition proofs in one product of pairings.
 *
 * @throws {@link LightClientError} when a record, a proof or the key is refused
 */
export async function verifyTransitions(options: VerifyTransitionsOptions): Promise<ProvenTransition> {
  const { epoch = 1n, key, records, signal, onProgress } = options;
  const network = encode(options.network);
  const module = await compile(options.wasm ?? moduleUrl(), signal);
  const random = entropy();
  const { TransitionWalk } = instantiate(module);
  const walk = guarded(() => new TransitionWalk(network, epoch, key, records, random));
  const finished = await finish(walk, signal, onProgress);
  return {
    epoch: BigInt(finished.epoch),
    table: finished.table,
    state: finished.state,
    view: BigInt(finished.view),
    height: BigInt(finished.height),
    authRoot: finished.authRoot,
    checkTable: (table) => {
      const bytes = encode(table);
      guarded(() => walk.checkTable(bytes));
    },
  };
}

/** Works in slices, so that a page stays alive. */
async function finish(
  walk: RawWalk,
  signal: AbortSignal | undefined,
  onProgress: ((done: number) => void) | undefined,
): Promise<Finished> {
  let all = 0;
  for (;;) {
    const until = performance.now() + SLICE_MILLISECONDS;
    do {
      const told = JSON.parse(guarded(() => walk.step(2))) as Finished | { readonly remaining: number };
      if (!('remaining' in told)) {
        onProgress?.(1);
        return told;
      }
      all = Math.max(all, told.remaining);
      onProgress?.(1 - told.remaining / all);
    } while (performance.now() < until);
    await breathe();
    signal?.throwIfAborted();
  }
}
