import type { NamespaceContent } from 'hotshot-light-client';

import type { FromWorker, Refusal, ToWorker, Verdict } from './protocol.js';
import type { Leg } from './rollups.js';
import type { Finding } from './worker/inside.js';

/** The page's end of the worker that verifies. */
export class Session {
  readonly #worker = new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module', name: 'verifier' });
  readonly #waiting = new Map<number, (message: FromWorker) => void>();
  readonly #watching = new Map<number, (finding: Finding) => void>();
  #calls = 0;

  /** @param listener told about everything that no call of this class answers */
  constructor(listener: (message: FromWorker) => void) {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'finding') return this.#watching.get(data.watch)?.(data.finding);
      if (!('id' in data)) return listener(data);
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    });
    this.#worker.addEventListener('error', (event) => {
      const refusal = { code: 'error', summary: event.message || 'the worker did not start', got: null, expected: null };
      listener({ type: 'ended', refusal });
    });
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Fetches what a server says about a final block, to be changed and verified. */
  async answers(height: bigint, hash: string): Promise<string | null> {
    const message = await this.#ask((id) => ({ type: 'answers', id, height, hash }));
    return message.type === 'answers' ? message.text : null;
  }

  /** The verdict on the answer that was fetched last, with this text instead. */
  async verify(text: string): Promise<Verdict | null> {
    const message = await this.#ask((id) => ({ type: 'verify', id, text }));
    return message.type === 'verdict' ? message.verdict : null;
  }

  /** Asks the server to prove one block by itself: what is wrong with the proof, if there was one. */
  async prove(height: bigint): Promise<Refusal | null> {
    const message = await this.#ask((id) => ({ type: 'prove', id, height }));
    return message.type === 'proved' ? message.refusal : null;
  }

  /** What a final block holds for a namespace, or why the server's answer is refused. */
  async namespace(height: bigint, namespace: number): Promise<NamespaceContent | Refusal> {
    const message = await this.#ask((id) => ({ type: 'namespace', id, height, namespace }));
    if (message.type !== 'namespace') throw new Error('the worker answered something else');
    return message.answer;
  }

  /** Watches for transactions that were sent, until they are final and all is said about them. */
  async watch(legs: readonly Leg[], height: number, tell: (finding: Finding) => void): Promise<Refusal | null> {
    let own = 0;
    const message = await this.#ask((id) => {
      this.#watching.set((own = id), tell);
      return { type: 'watch', id, legs, height };
    });
    this.#watching.delete(own);
    return message.type === 'watched' ? message.refusal : null;
  }

  /** Forgets how often the server failed, and asks it again at once. */
  async retry(): Promise<void> {
    await this.#ask((id) => ({ type: 'retry', id }));
  }

  #ask(make: (id: number) => ToWorker): Promise<FromWorker> {
    const id = ++this.#calls;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.send(make(id));
    });
  }
}
