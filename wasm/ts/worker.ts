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
import type { LeafProofOptions, LightClientOptions } from './options.js';
import type {
  AccountContent,
  AccountOptions,
  BlockHeader,
  BundleConfirmation,
  BundleLeg,
  ConfirmQuestion,
  Confirmation,
  NamespaceContent,
  ReadOptions,
  SearchOptions,
  SearchProgress,
  SearchRange,
} from './data-types.js';
import { LightClientError, driverError } from './error.js';
import type { ErrorCode, ErrorDetails } from './error.js';
import { LightClient } from './index.js';
import { indexedDbStore } from './store.js';
import type { ClientEvent, EpochStakeTable, FinalTip, FinalizedBlock, JsonInput, ProviderStatus } from './types.js';

export { LightClientError } from './error.js';
export type { LeafProofOptions } from './options.js';
export type * from './data-types.js';
export type * from './types.js';

/** One end of a channel: a `Worker`, a `MessagePort`, or a worker's own global scope. */
export interface Endpoint {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  /** Message ports deliver nothing before this is called. */
  start?(): void;
}

/** What can be sent to a worker: no functions; servers by their addresses; the module by anything but a response. */
export interface WorkerOptions
  extends Omit<LightClientOptions, 'providers' | 'store' | 'l1' | 'fetch' | 'onProgress' | 'signal' | 'wasm' | 'dataWasm' | 'tablesWasm' | 'random' | 'clock' | 'time'> {
  readonly providers?: readonly string[] | undefined;
  readonly wasm?: BufferSource | WebAssembly.Module | string | undefined;
  /** The second module, which proves what is in blocks. */
  readonly dataWasm?: BufferSource | WebAssembly.Module | string | undefined;
  /** The module that derives stake tables from the contract's events. */
  readonly tablesWasm?: BufferSource | WebAssembly.Module | string | undefined;
  /** Keeps what it learns in the worker's IndexedDB, in a database of this name. */
  readonly store?: string | undefined;
  readonly onProgress?: ((event: ClientEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Method =
  | 'create'
  | 'next'
  | 'leave'
  | 'verifyLeafProof'
  | 'header'
  | 'namespace'
  | 'account'
  | 'confirm'
  | 'confirmBundle'
  | 'stakeTable'
  | 'tip'
  | 'providers'
  | 'checkpoint'
  | 'close';

/** Marks our messages among others on the same channel. */
const MARK = 'hotshot-light-client';

interface Call {
  readonly mark: typeof MARK;
  readonly client: number;
  readonly id: number;
  readonly method: Method | 'abort';
  readonly argument: unknown;
}

interface Reply {
  readonly mark: typeof MARK;
  readonly client: number;
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly details: ErrorDetails } | { readonly name: string; readonly message: string };
  readonly event?: ClientEvent;
  /** How far the call of this number is. */
  readonly progress?: unknown;
}

function isOurs(data: unknown): data is { mark: typeof MARK; client: number; id: number } {
  return typeof data === 'object' && data !== null && (data as { mark?: unknown }).mark === MARK;
}

function packError(error: unknown): NonNullable<Reply['error']> {
  if (error instanceof LightClientError) return { code: error.code, details: error.details };
  return error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) };
}

function unpackError(error: NonNullable<Reply['error']>): Error {
  if ('code' in error) return new LightClientError(error.code, error.details);
  return new DOMException(error.message, error.name);
}

/** Errors inside events do not survive the structured clone with their fields: they travel packed. */
function packEvent(event: ClientEvent): unknown {
  return 'error' in event ? { ...event, error: packError(event.error) } : event;
}

function unpackEvent(event: ClientEvent): ClientEvent {
  return 'error' in event ? { ...event, error: unpackError(event.error as never) as LightClientError } : event;
}

/** What one served client is doing. */
interface Served {
  client: Promise<LightClient>;
  loop: { readonly blocks: AsyncGenerator<FinalizedBlock, void, undefined>; readonly leaving: AbortController } | undefined;
  readonly running: Map<number, AbortController>;
}

/**
 * Serves light clients to the other end of a channel; in a worker, to the page that started it.
 *
 * @returns a function that stops serving and closes all clients
 */
export function serve(endpoint: Endpoint = globalThis as unknown as Endpoint): () => void {
  const clients = new Map<number, Served>();

  const tellProgress =
    ({ client, id }: Call) =>
    (progress: SearchProgress<unknown>): void =>
      endpoint.postMessage({ mark: MARK, client, id, progress });

  async function run(call: Call, signal: AbortSignal): Promise<unknown> {
    if (call.method === 'create') {
      const onProgress = (event: ClientEvent): void =>
        endpoint.postMessage({ mark: MARK, client: call.client, id: 0, event: packEvent(event) });
      const { store, ...options } = call.argument as Omit<WorkerOptions, 'onProgress' | 'signal'>;
      const creating = LightClient.create({
        ...options,
        signal,
        onProgress,
        store: store === undefined ? undefined : indexedDbStore(store),
      });
      clients.get(call.client)!.client = creating;
      await creating;
      return undefined;
    }
    const served = clients.get(call.client);
    if (served === undefined) throw driverError('client.closed', 'the client was closed');
    const client = await served.client;
    switch (call.method) {
      case 'next': {
        if (served.loop === undefined) {
          const leaving = new AbortController();
          served.loop = { blocks: client.follow({ signal: leaving.signal }), leaving };
        }
        const loop = served.loop;
        try {
          const step = await loop.blocks.next();
          if (step.done === true) served.loop = undefined;
          return step;
        } catch (error) {
          served.loop = undefined;
          throw error;
        }
      }
      case 'leave':
        served.loop?.leaving.abort();
        await served.loop?.blocks.return().catch(() => undefined);
        served.loop = undefined;
        return undefined;
      case 'verifyLeafProof': {
        const { proof, options } = call.argument as { proof: JsonInput; options: LeafProofOptions };
        return client.verifyLeafProof(proof, { ...options, signal });
      }
      case 'header':
        return client.header(call.argument as bigint | undefined, { signal });
      case 'namespace': {
        const [height, namespace] = call.argument as [bigint | undefined, bigint];
        return client.namespace(height, namespace, { signal });
      }
      case 'account': {
        const [account, options] = call.argument as [string, AccountOptions];
        return client.account(account, { ...options, signal });
      }
      case 'confirm':
        return client.confirm(call.argument as ConfirmQuestion, { signal, onProgress: tellProgress(call) });
      case 'confirmBundle': {
        const [legs, range] = call.argument as [readonly BundleLeg[], SearchRange];
        return client.confirmBundle(legs, { ...range, signal, onProgress: tellProgress(call) });
      }
      case 'stakeTable':
        return client.stakeTable(call.argument as bigint | number, { signal });
      case 'tip':
        return client.tip;
      case 'providers':
        return client.providers;
      case 'checkpoint':
        return client.checkpoint();
      case 'close':
        clients.delete(call.client);
        client.close();
        return undefined;
      default:
        throw driverError('argument.invalid', 'an unknown call', { got: String(call.method) });
    }
  }

  const listener = (message: MessageEvent): void => {
    const data: unknown = message.data;
    if (!isOurs(data)) return;
    const call = data as Call;
    let served = clients.get(call.client);
    if (call.method === 'abort') {
      served?.running.get(call.id)?.abort();
      return;
    }
    if (call.method === 'create') {
      served = { client: Promise.reject(driverError('client.closed', 'the client was not made')), loop: undefined, running: new Map() };
      served.client.catch(() => undefined);
      clients.set(call.client, served);
    }
    const controller = new AbortController();
    served?.running.set(call.id, controller);
    void run(call, controller.signal)
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error: packError(error) }),
      )
      .then((result) => {
        served?.running.delete(call.id);
        endpoint.postMessage({ mark: MARK, client: call.client, id: call.id, ...result });
      });
  };
  endpoint.addEventListener('message', listener);
  endpoint.start?.();
  return () => {
    endpoint.removeEventListener('message', listener);
    for (const { client } of clients.values()) client.then((made) => made.close(), () => undefined);
    clients.clear();
  };
}

/** A light client that runs at the other end of a channel. */
export class RemoteClient {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** As `LightClient.follow`. */
  async *follow(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<FinalizedBlock, void, undefined> {
    try {
      for (;;) {
        const step = (await this.#channel.call('next', undefined, options.signal)) as IteratorResult<FinalizedBlock, void>;
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      await this.#channel.call('leave', undefined).catch(() => undefined);
    }
  }

  /** As `LightClient.verifyLeafProof`. */
  async verifyLeafProof(proof: JsonInput, options: LeafProofOptions = {}): Promise<FinalizedBlock> {
    const { signal, ...rest } = options;
    return (await this.#channel.call('verifyLeafProof', { proof, options: rest }, signal)) as FinalizedBlock;
  }

  /** As `LightClient.header`. */
  async header(height?: bigint | number, { signal }: ReadOptions = {}): Promise<BlockHeader> {
    return (await this.#channel.call('header', height, signal)) as BlockHeader;
  }

  /** As `LightClient.namespace`. */
  async namespace(height: bigint | number | undefined, namespace: bigint | number, { signal }: ReadOptions = {}): Promise<NamespaceContent> {
    return (await this.#channel.call('namespace', [height, namespace], signal)) as NamespaceContent;
  }

  /** As `LightClient.account`. */
  async account(account: string, { signal, ...options }: AccountOptions = {}): Promise<AccountContent> {
    return (await this.#channel.call('account', [account, options], signal)) as AccountContent;
  }

  /** As `LightClient.confirm`. */
  async confirm(question: ConfirmQuestion, { signal, onProgress }: SearchOptions<Confirmation> = {}): Promise<Confirmation> {
    return (await this.#channel.call('confirm', question, signal, onProgress as ProgressListener)) as Confirmation;
  }

  /** As `LightClient.confirmBundle`. */
  async confirmBundle(
    legs: readonly BundleLeg[],
    { signal, onProgress, ...range }: SearchRange & SearchOptions<BundleConfirmation> = {},
  ): Promise<BundleConfirmation> {
    return (await this.#channel.call('confirmBundle', [legs, range], signal, onProgress as ProgressListener)) as BundleConfirmation;
  }

  /** As `LightClient.stakeTable`. */
  async stakeTable(epoch: bigint | number, { signal }: ReadOptions = {}): Promise<EpochStakeTable> {
    return (await this.#channel.call('stakeTable', epoch, signal)) as EpochStakeTable;
  }

  /** As `LightClient.tip`. */
  async tip(): Promise<FinalTip | undefined> {
    return (await this.#channel.call('tip', undefined)) as FinalTip | undefined;
  }

  /** As `LightClient.providers`. */
  async providers(): Promise<readonly ProviderStatus[]> {
    return (await this.#channel.call('providers', undefined)) as readonly ProviderStatus[];
  }

  /** As `LightClient.checkpoint`. */
  async checkpoint(): Promise<Uint8Array> {
    return (await this.#channel.call('checkpoint', undefined)) as Uint8Array;
  }

  /** Ends the client; the worker goes on serving others. */
  async close(): Promise<void> {
    await this.#channel.call('close', undefined).catch(() => undefined);
    this.#channel.close();
  }
}

type ProgressListener = ((progress: SearchProgress<unknown>) => void) | undefined;

let clientCount = 0;

/** Our end of a channel, for one client. */
class Channel {
  readonly #endpoint: Endpoint;
  readonly #client: number;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void; onProgress: ProgressListener }
  >();
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
      this.#onEvent?.(unpackEvent(reply.event));
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    if ('progress' in reply) {
      waiting?.onProgress?.(reply.progress as SearchProgress<unknown>);
      return;
    }
    this.#waiting.delete(reply.id);
    if (reply.error === undefined) waiting?.resolve(reply.value);
    else waiting?.reject(unpackError(reply.error));
  };

  async call(method: Method, argument: unknown, signal?: AbortSignal, onProgress?: ProgressListener): Promise<unknown> {
    signal?.throwIfAborted();
    if (this.#closed) throw driverError('client.closed', 'the client was closed');
    const call = { mark: MARK, client: this.#client, id: ++this.#calls } as const;
    const abort = (): void => this.#endpoint.postMessage({ ...call, method: 'abort', argument: undefined } satisfies Call);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(call.id, { resolve, reject, onProgress });
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        this.#endpoint.postMessage({ ...call, method, argument } satisfies Call);
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

/**
 * Makes a light client at the other end of a channel, where {@link serve} runs.
 *
 * @throws {@link LightClientError} as `LightClient.create` does
 */
export async function connect(endpoint: Endpoint, options: WorkerOptions): Promise<RemoteClient> {
  const { signal, onProgress, ...rest } = options;
  const channel = new Channel(endpoint, onProgress);
  try {
    await channel.call('create', rest, signal);
  } catch (error) {
    channel.close();
    throw error;
  }
  signal?.addEventListener('abort', () => void remote.close(), { once: true });
  const remote = new RemoteClient(channel);
  return remote;
}
