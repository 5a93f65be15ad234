import type { SearchProgress } from './data-types.js';
import { LightClientError, driverError } from './error.js';
import type { ErrorCode, ErrorDetails } from './error.js';
import type { Eip1193Provider } from './options.js';
import type { Asked } from './surface.js';
import type { ClientEvent } from './types.js';

/** One end of a channel: a `Worker`, a `MessagePort`, or a worker's own global scope. */
export interface Endpoint {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  /** Message ports deliver nothing before this is called. */
  start?(): void;
}

/** What is asked for: of a client, about a client, or with `wallet` what a wallet answered. */
export type Method = Asked | 'create' | 'next' | 'leave' | 'close' | 'abort' | 'wallet';

/** Marks our messages among others on the same channel. */
export const MARK = 'hotshot-light-client';

/** From the page to the worker. */
export interface Call {
  readonly mark: typeof MARK;
  readonly client: number;
  readonly id: number;
  readonly method: Method;
  readonly argument: unknown;
}

/** What something came to. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly details: ErrorDetails } | { readonly name: string; readonly message: string };
}

/** What a worker asks of the wallet on the page. */
export interface WalletQuestion {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** From the worker to the page. */
export interface Reply extends Outcome {
  readonly mark: typeof MARK;
  readonly client: number;
  readonly id: number;
  readonly event?: ClientEvent;
  /** How far the call of this number is. */
  readonly progress?: unknown;
  /** What the call of this number needs to know from its wallet. */
  readonly wallet?: WalletQuestion;
}

export function isOurs(data: unknown): data is { mark: typeof MARK; client: number; id: number } {
  return typeof data === 'object' && data !== null && (data as { mark?: unknown }).mark === MARK;
}

function packError(error: unknown): NonNullable<Outcome['error']> {
  if (error instanceof LightClientError) return { code: error.code, details: error.details };
  if (error instanceof Error) return { name: error.name, message: error.message };
  // Wallets throw plain objects with a message.
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  return { name: 'Error', message };
}

export function unpackError(error: NonNullable<Outcome['error']>): Error {
  if ('code' in error) return new LightClientError(error.code, error.details);
  return new DOMException(error.message, error.name);
}

/** What a promise comes to, in a form that can be sent. */
export function outcome(promise: Promise<unknown>): Promise<Outcome> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: packError(error) }),
  );
}

/** An error inside an object does not survive the structured clone with its fields: it travels packed. */
export function packInside(value: object): unknown {
  return 'error' in value && value.error !== null ? { ...value, error: packError(value.error) } : value;
}

/** As it was before {@link packInside}. */
export function unpackInside<T extends object>(value: T): T {
  return 'error' in value && value.error !== null ? { ...value, error: unpackError(value.error as never) } : value;
}

/** What stays on the page of a call: it is used from there. */
export interface Beside {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SearchProgress<unknown>) => void) | undefined;
  readonly wallet?: Eip1193Provider | undefined;
}

interface Waiting extends Beside {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

let clientCount = 0;

/** The page's end of a channel, for one client. */
export class Channel {
  readonly #endpoint: Endpoint;
  readonly #client: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEvent: ((event: ClientEvent) => void) | undefined;
  #calls = 0;
  #closed = false;

  constructor(endpoint: Endpoint, onEvent: ((event: ClientEvent) => void) | undefined) {
    this.#endpoint = endpoint;
    this.#client = ++clientCount;
    this.#onEvent = onEvent;
    endpoint.addEventListener('message', this.#listen);
    endpoint.start?.();
  }

  readonly #listen = (message: MessageEvent): void => {
    const data: unknown = message.data;
    if (!isOurs(data) || data.client !== this.#client) return;
    const reply = data as Reply;
    if (reply.event !== undefined) {
      this.#onEvent?.(unpackInside(reply.event));
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    if ('progress' in reply) {
      waiting?.onProgress?.(reply.progress as SearchProgress<unknown>);
      return;
    }
    if (reply.wallet !== undefined) {
      void this.#askWallet(waiting?.wallet, reply.wallet);
      return;
    }
    this.#waiting.delete(reply.id);
    if (reply.error === undefined) waiting?.resolve(reply.value);
    else waiting?.reject(unpackError(reply.error));
  };

  async #askWallet(wallet: Eip1193Provider | undefined, { id, method, params }: WalletQuestion): Promise<void> {
    const asked = async (): Promise<unknown> => {
      if (wallet === undefined) throw new Error('the call that asks is over');
      return wallet.request({ method, params });
    };
    const argument = await outcome(asked());
    if (!this.#closed) this.#post({ client: this.#client, id, method: 'wallet', argument });
  }

  #post(call: Omit<Call, 'mark'>): void {
    this.#endpoint.postMessage({ mark: MARK, ...call } satisfies Call);
  }

  async call(method: Method, argument: unknown, beside: Beside = {}): Promise<unknown> {
    const { signal } = beside;
    signal?.throwIfAborted();
    if (this.#closed) throw driverError('client.closed', 'the client was closed');
    const call = { client: this.#client, id: ++this.#calls };
    const abort = (): void => this.#post({ ...call, method: 'abort', argument: undefined });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(call.id, { ...beside, resolve, reject });
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        this.#post({ ...call, method, argument });
      });
    } finally {
      this.#waiting.delete(call.id);
      signal?.removeEventListener('abort', abort);
    }
  }

  close(): void {
    this.#closed = true;
    this.#endpoint.removeEventListener('message', this.#listen);
    for (const { reject } of this.#waiting.values()) reject(driverError('client.closed', 'the client was closed'));
    this.#waiting.clear();
  }
}
