import { LightClient } from 'hotshot-light-client';
import type { ClientEvent, FinalizedBlock, NamespaceContent, Provider } from 'hotshot-light-client';

import type { FromWorker, Refusal, Source, Verdict } from '../protocol.js';
import type { Leg } from '../rollups.js';
import { examine, hashOf, toLine } from './examine.js';
import type { Answer, Surroundings } from './examine.js';
import { readNamespace, watch } from './inside.js';
import type { Finding } from './inside.js';
import { RecordedServer } from './recorded-server.js';
import { toRefusal } from './refusal.js';

/** How many children of a block can be needed to see that it is final. */
const CHILDREN = 2;
/** The most bytes of a single answer that the page asks for by itself. */
const ANSWER_LIMIT = 4 << 20;
/** How long such an answer may take. */
const ANSWER_MILLISECONDS = 10_000;
/** How long reading a namespace may take, with all providers asked again after lies. */
const READ_MILLISECONDS = 60_000;

/** One source and the light client that follows it. */
export class Following {
  readonly #source: Source;
  readonly #network: string;
  readonly #server: Provider;
  readonly #recorded: RecordedServer | undefined;
  readonly #wasm: WebAssembly.Module;
  readonly #say: (message: FromWorker) => void;
  #client: LightClient | undefined;
  #leaving: AbortController | undefined;
  /** The loop over the client, of which there can be one at a time. */
  #loop: Promise<void> = Promise.resolve();
  #clock: ReturnType<typeof setInterval> | undefined;
  /** Blocks of the proof that is being reported. */
  #proven: FinalizedBlock[] = [];
  #expected = 0;
  #milliseconds = 0;
  /** Raised when this source ends. */
  readonly #ending = new AbortController();
  /** The block whose answer the visitor looks at. */
  #examined: { readonly hash: string; readonly surroundings: Surroundings } | undefined;

  constructor(parts: {
    source: Source;
    network: string;
    server: Provider;
    wasm: WebAssembly.Module;
    say: (message: FromWorker) => void;
  }) {
    this.#source = parts.source;
    this.#network = parts.network;
    this.#server = parts.server;
    this.#recorded = parts.server instanceof RecordedServer ? parts.server : undefined;
    this.#wasm = parts.wasm;
    this.#say = parts.say;
  }

  /** Follows the chain from here on, from where it was left if it was. */
  run(): void {
    if (this.#leaving !== undefined) return;
    const leaving = new AbortController();
    this.#leaving = leaving;
    this.#startClock();
    this.#loop = this.#loop
      .then(() => this.#follow(leaving.signal))
      .catch((error: unknown) => {
        if (!leaving.signal.aborted) this.#say({ type: 'ended', refusal: toRefusal(error) });
      })
      .finally(() => {
        if (this.#leaving === leaving) this.pause();
      });
  }

  /** Leaves the chain where it is. {@link run} goes on there. */
  pause(): void {
    this.#leaving?.abort();
    this.#leaving = undefined;
    clearInterval(this.#clock);
  }

  /** Ends this source. */
  stop(): void {
    this.#ending.abort(new DOMException('the source has changed', 'AbortError'));
    this.#leave();
  }

  /** Ends the client, to begin anew with another one. */
  #leave(): void {
    this.pause();
    this.#client?.close();
    this.#client = undefined;
  }

  /**
   * Goes on from the newest final block with a client that holds nothing against the server: a
   * client keeps longer and longer away from servers that lied to it.
   */
  async retry(): Promise<void> {
    const checkpoint = this.#client?.checkpoint();
    this.#leave();
    this.#client = await this.#create(checkpoint);
    this.run();
  }

  /** Makes the recording's server lie, or stop lying. */
  lie(kind: string | null): void {
    this.#recorded?.lie(kind ?? undefined);
  }

  /** Asks the server to prove a block by itself: what is wrong with the proof, if there is one. */
  async prove(height: bigint): Promise<Refusal | undefined> {
    if (height === 0n) return this.#proveGenesis();
    const proof = await this.#ask(`/v1/light-client/leaf/${height}`);
    const client = this.#client;
    if (proof === undefined || client === undefined) return undefined;
    // Below 0.6 the certificates of a proof tie themselves to the leaf only with its descendants.
    const after = height + BigInt(leavesIn(proof));
    const descendants = await this.#ask(`/v1/availability/leaf/${after}/${after + BigInt(CHILDREN)}`);
    try {
      await client.verifyLeafProof(proof, { height, descendants });
      return undefined;
    } catch (error) {
      return toRefusal(error);
    }
  }

  /** What a final block holds for a namespace, or why the server's answer is refused. */
  async namespace(height: bigint, namespace: number): Promise<NamespaceContent | Refusal> {
    try {
      const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(READ_MILLISECONDS)]);
      return await readNamespace(await this.#ready(), height, namespace, signal);
    } catch (error) {
      return toRefusal(error);
    }
  }

  /** Watches for transactions until they are final: what is wrong with the server's answers, if something is. */
  async watch(legs: readonly Leg[], height: number, tell: (finding: Finding) => void): Promise<Refusal | undefined> {
    try {
      await watch(await this.#ready(), legs, height, tell, this.#ending.signal);
      return undefined;
    } catch (error) {
      return toRefusal(error);
    }
  }

  /** The client that follows the chain. */
  async #ready(): Promise<LightClient> {
    return (this.#client ??= await this.#create(undefined));
  }

  /** Fetches a final block's answer and its neighbours', for {@link verify}. */
  async answers(height: bigint, hash: string): Promise<string | undefined> {
    const neighbours = Array.from({ length: CHILDREN }, (_, index) => height + 1n + BigInt(index));
    const [own, before, ...after] = await Promise.all([height, height - 1n, ...neighbours].map((at) => this.#answer(at)));
    if (own === undefined) return undefined;
    const lines = after.filter((answer) => answer !== undefined).map((answer) => toLine(answer));
    this.#examined = {
      hash,
      surroundings: { network: this.#network, before: before && toLine(before), after: lines },
    };
    return own.leaf;
  }

  /** The verdict on the answer of the block that {@link answers} fetched, with another text. */
  verify(text: string): Verdict | undefined {
    return this.#examined && examine({ leaf: text, hash: this.#examined.hash }, this.#examined.surroundings);
  }

  /** Follows the chain from its beginning, up to the first blocks. */
  async #proveGenesis(): Promise<Refusal | undefined> {
    const client = await LightClient.create({
      network: this.#network,
      providers: [this.#server],
      wasm: this.#wasm,
      start: 0n,
      attempts: 1,
      signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
    });
    try {
      await client.follow().next();
      return undefined;
    } catch (error) {
      return toRefusal(error);
    } finally {
      client.close();
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#client ??= await this.#create(undefined);
    this.#proven = [];
    for await (const block of this.#client.follow({ signal })) this.#collect(block);
  }

  #create(checkpoint: Uint8Array | undefined): Promise<LightClient> {
    return LightClient.create({
      network: this.#network,
      providers: [this.#server],
      wasm: this.#wasm,
      checkpoint,
      start: this.#recorded === undefined ? 'tip' : BigInt(this.#recorded.first),
      pollInterval: this.#source.kind === 'live' ? this.#source.pollMilliseconds : this.#source.blockMilliseconds / 2,
      onProgress: (event) => this.#report(event),
    });
  }

  /** Time passes in the recording only while it is watched. */
  #startClock(): void {
    const [recorded, source] = [this.#recorded, this.#source];
    if (recorded === undefined || source.kind !== 'recording') return;
    clearInterval(this.#clock);
    this.#clock = setInterval(() => recorded.advance(), source.blockMilliseconds);
  }

  #report(event: ClientEvent): void {
    switch (event.type) {
      case 'request':
        this.#say({ type: 'request', path: event.path });
        break;
      case 'response':
        this.#say({ type: 'response', path: event.path, bytes: event.bytes, milliseconds: event.milliseconds });
        break;
      case 'rejected':
        this.#say({ type: 'refused', path: event.path, refusal: toRefusal(event.error) });
        break;
      case 'unavailable':
        this.#say({ type: 'unavailable', path: event.path, refusal: toRefusal(event.error) });
        break;
      case 'finalized':
        this.#expected = Number(event.to - event.from) + 1;
        this.#milliseconds = event.milliseconds;
        break;
      case 'waiting':
        if (this.#recorded?.remaining === 0) this.#say({ type: 'played' });
        break;
    }
  }

  /** Blocks come one by one; those of one proof are told together. */
  #collect(block: FinalizedBlock): void {
    this.#proven.push(block);
    if (this.#proven.length < this.#expected) return;
    this.#say({ type: 'final', blocks: this.#proven, milliseconds: this.#milliseconds });
    this.#proven = [];
  }

  /** The answer about a block, with the hash that its header has. */
  async #answer(height: bigint): Promise<Answer | undefined> {
    if (height < 0n) return undefined;
    if (this.#recorded !== undefined) return this.#recorded.answer(Number(height));
    const leaf = await this.#ask(`/v1/availability/leaf/${height}`);
    return leaf === undefined ? undefined : { leaf, hash: hashOf(leaf) };
  }

  async #ask(path: string): Promise<string | undefined> {
    try {
      const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
      this.#say({ type: 'request', path });
      const started = performance.now();
      const { bytes } = await this.#server.get(path, ANSWER_LIMIT, signal);
      this.#say({ type: 'response', path, bytes: bytes?.length ?? 0, milliseconds: performance.now() - started });
      return bytes === null ? undefined : new TextDecoder().decode(bytes);
    } catch (error) {
      this.#say({ type: 'unavailable', path, refusal: toRefusal(error) });
      return undefined;
    }
  }
}

/** How many leaves a proof holds; 1 where it holds none that can be counted. */
function leavesIn(proof: string): number {
  try {
    const parsed: unknown = JSON.parse(proof);
    const leaves = typeof parsed === 'object' && parsed !== null && 'leaves' in parsed ? parsed.leaves : [];
    return Array.isArray(leaves) ? Math.max(1, leaves.length) : 1;
  } catch {
    return 1;
  }
}
