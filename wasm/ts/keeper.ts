import { LightClientError, driverError } from './error.js';
import type { ClientEvent, ClientStore } from './types.js';

/** Under which keys a store holds what. */
const CHECKPOINT = 'checkpoint';
const TABLES = 'tables';
const boundary = (epoch: bigint): string => `boundary-${epoch}`;
/** The form of boundaries. */
const FORMAT = 1;

/** Answers of servers, by their paths. */
export type Answers = ReadonlyMap<string, Uint8Array>;

/** What was kept at an earlier visit; nothing of it is checked yet. */
export interface Kept {
  readonly checkpoint: Uint8Array | undefined;
  readonly tables: Uint8Array | undefined;
}

/**
 * Keeps what a client learnt. A store that fails costs time at the next visit and nothing else: its
 * errors are told, never thrown.
 */
export class Keeper {
  readonly #store: ClientStore | undefined;
  readonly #tell: (event: ClientEvent) => void;
  /** Boundaries are the first to go when room runs out: without them a store is merely believed. */
  #boundaries = true;
  /** One write after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(store: ClientStore | undefined, tell: (event: ClientEvent) => void) {
    this.#store = store;
    this.#tell = tell;
  }

  async load(): Promise<Kept> {
    return { checkpoint: await this.#read(CHECKPOINT), tables: await this.#read(TABLES) };
  }

  /** The answers that proved the table of an epoch, if they were kept. */
  async boundary(epoch: bigint): Promise<Answers> {
    const bytes = await this.#read(boundary(epoch));
    return bytes === undefined ? new Map() : decode(bytes);
  }

  /** Keeps the answers that proved the table of an epoch. */
  keep(epoch: bigint, answers: Answers): void {
    if (this.#store === undefined) return;
    const bytes = encode(answers);
    this.#then(async (store) => {
      if (this.#boundaries) await this.#write(store, boundary(epoch), bytes, epoch);
    });
  }

  /** Replaces what is known. Settles when it is written, or failed to be. */
  save(checkpoint: Uint8Array | undefined, tables: Uint8Array | undefined, newest: bigint): Promise<void> {
    return this.#then(async (store) => {
      if (tables !== undefined) await this.#write(store, TABLES, tables, newest);
      if (checkpoint !== undefined) await this.#write(store, CHECKPOINT, checkpoint, newest);
    });
  }

  #then(work: (store: ClientStore) => Promise<void>): Promise<void> {
    const store = this.#store;
    if (store === undefined) return this.#writing;
    this.#writing = this.#writing.then(() => work(store)).catch((error: unknown) => this.#tell({ type: 'store_failed', error: storeError(error) }));
    return this.#writing;
  }

  async #write(store: ClientStore, key: string, bytes: Uint8Array, newest: bigint): Promise<void> {
    try {
      await store.save(key, bytes);
    } catch (error) {
      if (storeError(error).code !== 'store.quota' || !this.#boundaries) throw error;
      this.#tell({ type: 'store_failed', error: storeError(error) });
      this.#boundaries = false;
      // They were kept one after the other.
      let epoch = key === boundary(newest) ? newest - 1n : newest;
      for (; (await store.load(boundary(epoch))) !== undefined; epoch--) await store.remove(boundary(epoch));
      if (key !== boundary(newest)) await store.save(key, bytes);
    }
  }

  async #read(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#store?.load(key);
    } catch (error) {
      this.#tell({ type: 'store_failed', error: storeError(error) });
      return undefined;
    }
  }
}

/** Answers are JSON, which is text: what they say is judged again when they are used. */
function encode(answers: Answers): Uint8Array {
  const text = new TextDecoder();
  const pairs = [...answers].map(([path, bytes]) => [path, text.decode(bytes)]);
  return new TextEncoder().encode(JSON.stringify({ format: FORMAT, answers: pairs }));
}

function decode(bytes: Uint8Array): Answers {
  const answers = new Map<string, Uint8Array>();
  try {
    const kept: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const { format, answers: pairs } = kept as { format?: unknown; answers?: unknown };
    if (format !== FORMAT || !Array.isArray(pairs)) return answers;
    for (const pair of pairs as unknown[]) {
      const [path, body] = Array.isArray(pair) ? (pair as unknown[]) : [];
      if (typeof path === 'string' && typeof body === 'string') answers.set(path, new TextEncoder().encode(body));
    }
  } catch {
    // What is damaged is as good as not kept.
  }
  return answers;
}

/** The error of a store, as this package's. */
export function storeError(error: unknown): LightClientError {
  if (error instanceof LightClientError) return error;
  const full = error instanceof Error && error.name === 'QuotaExceededError';
  const [code, summary] = full ? (['store.quota', 'there is no room left in the store'] as const) : (['store.failed', 'the store failed'] as const);
  return driverError(code, summary, { got: String(error) }, error);
}
