import { MARK, isOurs, outcome, packInside, unpackError } from './channel.js';
import type { Call, Endpoint, Outcome, Reply } from './channel.js';
import type { BaseClient } from './client.js';
import type { SearchProgress } from './data-types.js';
import { driverError } from './error.js';
import { LightClient } from './index.js';
import type { Eip1193Provider } from './options.js';
import { indexedDbStore } from './store.js';
import type { Asked } from './surface.js';
import type { ClientEvent, FinalizedBlock } from './types.js';
import type { SentOptions } from './worker.js';

/** What stands for what could not be sent. */
interface Here {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SearchProgress<unknown>) => void;
  readonly wallet: Eip1193Provider;
}

type Input<Name extends Asked> = BaseClient[Name] extends (...input: infer Input) => unknown ? Input : [];

/** How each call is answered. */
const ANSWERS: { readonly [Name in Asked]: (client: BaseClient, input: Input<Name>, here: Here) => unknown } = {
  verifyLeafProof: (client, [proof, options], { signal }) => client.verifyLeafProof(proof, { ...options, signal }),
  header: (client, [height, options], { signal }) => client.header(height, { ...options, signal }),
  namespace: (client, [height, namespace, options], { signal }) => client.namespace(height, namespace, { ...options, signal }),
  payload: (client, [height, options], { signal }) => client.payload(height, { ...options, signal }),
  account: (client, [account, options], { signal }) => client.account(account, { ...options!, signal }),
  confirm: (client, [question, options], { signal, onProgress }) => client.confirm(question, { ...options, signal, onProgress }),
  confirmBundle: (client, [legs, options], { signal, onProgress }) => client.confirmBundle(legs, { ...options, signal, onProgress }),
  stakeTable: (client, [epoch, options], { signal }) => client.stakeTable(epoch, { ...options, signal }),
  tip: (client) => client.tip,
  providers: (client) => client.providers,
  trust: (client) => packInside(client.trust),
  confirmCheckpoint: (client, [checkpoint]) => client.confirmCheckpoint(checkpoint),
  confirmByL1: (client, [l1, options], { signal, wallet }) => client.confirmByL1({ ...l1, provider: wallet }, { ...options, signal }),
  acceptExpiredAnchor: (client) => client.acceptExpiredAnchor(),
  verifyEquivocation: (client, [evidence]) => client.verifyEquivocation(evidence),
  checkpoint: (client) => client.checkpoint(),
  checkpointText: (client) => client.checkpointText(),
};

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
  const questions = new Map<number, (outcome: Outcome) => void>();
  let asked = 0;

  const post = (reply: Omit<Reply, 'mark'>): void => endpoint.postMessage({ mark: MARK, ...reply } satisfies Reply);

  /** What a call uses although it is on the page. */
  const here = ({ client, id }: Call, signal: AbortSignal): Here => ({
    signal,
    onProgress: (progress) => post({ client, id, progress }),
    wallet: {
      request: ({ method, params = [] }) =>
        new Promise((resolve, reject) => {
          const question = ++asked;
          const abort = (): void => {
            questions.delete(question);
            reject(signal.reason as Error);
          };
          signal.addEventListener('abort', abort, { once: true });
          questions.set(question, ({ value, error }) => {
            questions.delete(question);
            signal.removeEventListener('abort', abort);
            if (error === undefined) resolve(value);
            else reject(unpackError(error));
          });
          post({ client, id, wallet: { id: question, method, params } });
        }),
    },
  });

  async function create(call: Call, served: Served, { signal, wallet }: Here): Promise<void> {
    const { store, l1, ...options } = call.argument as SentOptions;
    served.client = LightClient.create({
      ...options,
      signal,
      onProgress: (event) => post({ client: call.client, id: 0, event: packInside(event) as ClientEvent }),
      store: store === undefined ? undefined : indexedDbStore(store),
      l1: l1 && { ...l1, provider: wallet },
    });
    await served.client;
  }

  async function next(served: Served, client: LightClient): Promise<IteratorResult<FinalizedBlock, void>> {
    if (served.loop === undefined) {
      const leaving = new AbortController();
      served.loop = { blocks: client.follow({ signal: leaving.signal }), leaving };
    }
    try {
      const step = await served.loop.blocks.next();
      if (step.done === true) served.loop = undefined;
      return step;
    } catch (error) {
      served.loop = undefined;
      throw error;
    }
  }

  async function run(call: Call, signal: AbortSignal): Promise<unknown> {
    const served = clients.get(call.client);
    if (served === undefined) throw driverError('client.closed', 'the client was closed');
    if (call.method === 'create') return create(call, served, here(call, signal));
    const client = await served.client;
    switch (call.method) {
      case 'next':
        return next(served, client);
      case 'leave':
        served.loop?.leaving.abort();
        await served.loop?.blocks.return().catch(() => undefined);
        served.loop = undefined;
        return undefined;
      case 'close':
        clients.delete(call.client);
        client.close();
        return undefined;
    }
    const { method } = call;
    if (!Object.hasOwn(ANSWERS, method)) throw driverError('argument.invalid', 'an unknown call', { got: String(method) });
    const answer = ANSWERS[method as Asked] as (client: BaseClient, input: unknown, here: Here) => unknown;
    return answer(client, call.argument, here(call, signal));
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
    if (call.method === 'wallet') {
      questions.get(call.id)?.(call.argument as Outcome);
      return;
    }
    if (call.method === 'create') {
      served = { client: Promise.reject(driverError('client.closed', 'the client was not made')), loop: undefined, running: new Map() };
      served.client.catch(() => undefined);
      clients.set(call.client, served);
    }
    const controller = new AbortController();
    served?.running.set(call.id, controller);
    void outcome(run(call, controller.signal)).then((result) => {
      served?.running.delete(call.id);
      post({ client: call.client, id: call.id, ...result });
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
