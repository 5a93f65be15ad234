import type { FromWorker, Refusal, ToWorker, Verdict } from './protocol.js';

/** The page's end of the worker that verifies. */
export class Session {
  readonly #worker = new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module', name: 'verifier' });
  readonly #waiting = new Map<number, (message: FromWorker) => void>();
  #calls = 0;

  /** @param listener told about everything that no call of this class answers */
  constructor(listener: (message: FromWorker) => void) {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
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
