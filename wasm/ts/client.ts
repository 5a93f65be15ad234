import { toHeight } from './data-shared.js';
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
  SearchRange,
} from './data-types.js';
import { LightClientError, at, driverError } from './error.js';
import { instantiate } from './glue.js';
import type { ErrorCode } from './error.js';
import type { RawBlock, RawClient, RawProgress } from './glue.js';
import { Instance, fromRaw } from './instance.js';
import { encode } from './json.js';
import { compile } from './module.js';
import type { WasmInput } from './module.js';
import { httpProvider } from './provider.js';
import { Pool, Tip } from './pool.js';
import type { Reply } from './pool.js';
import type { Provider } from './provider.js';
import { Reader } from './reader.js';
import { Rotation, faultOf } from './rotation.js';
import { toQuorum } from './shared.js';
import { SLICE_MILLISECONDS, breathe, systemClock } from './timing.js';
import type { Clock } from './timing.js';
import type { CheckpointStore, ClientEvent, Equivocation, Evidence, FinalizedBlock, JsonInput, Start, Trust } from './types.js';

/** What a light client is made of. */
export interface LightClientOptions {
  /** The network file: the root of trust. */
  readonly network: JsonInput;
  /**
   * Servers to ask, in order of preference: addresses of query nodes, or your own. By default those
   * that the network file names.
   */
  readonly providers?: readonly (string | URL | Provider)[] | undefined;
  /** Where to go on: what {@link BaseClient.checkpoint} gave at another time. */
  readonly checkpoint?: Uint8Array | undefined;
  /** Where checkpoints are kept. Read when no checkpoint is given, written while blocks turn final. */
  readonly store?: CheckpointStore | undefined;
  /** Where to begin without a checkpoint. By default at the newest block. */
  readonly start?: Start | undefined;
  /** Ends everything that the client does. */
  readonly signal?: AbortSignal | undefined;
  /** Told about everything that happens. Must not throw. */
  readonly onProgress?: ((event: ClientEvent) => void) | undefined;
  /** The WebAssembly module, if it shall not be the file in this package. */
  readonly wasm?: WasmInput | undefined;
  /** The second module, which proves what is in blocks, if it shall not be the file in this package. Loaded on first use. */
  readonly dataWasm?: WasmInput | undefined;
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
  readonly confirm?: readonly Uint8Array[] | undefined;
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

/** The most bytes of an answer that is read: generous for the most leaves that are asked for. */
const ANSWER_LIMIT = 32 << 20;
/** Reasons to refuse an answer that may be of another chain with the same validators. */
const ELSEWHERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['leaf.parent', 'leaf.justify', 'leaf.view', 'finality.conflict']);
/** How many such answers are kept to be compared with later ones, and the most bytes of each. */
const SUSPECTS = { count: 4, bytes: 4 << 20 };
/** How often a client that is following writes to its store, at most. */
const SAVE_MILLISECONDS = 5_000;
/** The most bytes of a rejected answer that are kept. */
const EVIDENCE_LIMIT = 64 << 10;
/** How many leaves to ask for at once: few at first, more as long as reading them stays quick. */
const RANGES = { first: 8, least: 4, most: 128 };

/** What a client is made of once everything is loaded. */
interface ClientParts {
  readonly instance: Instance;
  readonly raw: RawClient;
  readonly options: LightClientOptions;
  readonly providers: readonly Provider[];
  /** Where the second module comes from, unless the options say. */
  readonly dataWasm: () => WasmInput;
}

/** How many final blocks are remembered, to read what is in them. */
const RECENT = 256;

/**
 * A light client: follows a chain and believes nothing but its network file.
 *
 * The entry points of the package add where the module comes from.
 */
export abstract class BaseClient {
  readonly #instance: Instance;
  readonly #raw: RawClient;
  readonly #options: LightClientOptions;
  readonly #pool: Pool;
  readonly #closing = new AbortController();
  /** What the newest proof was made from, and answers that belong to another chain, by what they say. */
  #proof: readonly Uint8Array[] = [];
  #suspects: readonly Uint8Array[] = [];
  #following = false;
  /** Whether blocks that turn final while something else is asked are kept for a loop. */
  #keeping: boolean;
  #saved = -Infinity;
  #range = RANGES.first;
  /** The newest height that this client has shown. */
  #final = -1n;
  /** Final blocks that no loop has given out yet. */
  readonly #unseen: FinalizedBlock[] = [];
  /** The last final blocks, by height. */
  readonly #recent = new Map<bigint, FinalizedBlock>();
  /** Called whenever blocks turn final, and when the loop ends. */
  readonly #watchers = new Set<() => void>();
  readonly #reader: Reader;

  /** @internal */
  protected constructor({ instance, raw, options, providers, dataWasm }: ClientParts) {
    this.#instance = instance;
    this.#raw = raw;
    this.#options = options;
    // Who begins at the newest block has not been promised any before the first loop.
    this.#keeping = (options.start ?? 'tip') !== 'tip' || options.checkpoint !== undefined || options.store !== undefined;
    const rotation = new Rotation(providers, options.random ?? Math.random);
    this.#pool = new Pool(rotation, options.clock ?? systemClock, (event) => this.#tell(event));
    this.#reader = new Reader({
      pool: this.#pool,
      clock: options.clock,
      final: (height, signal) => this.#finalBlock(height, signal),
      weight: (height) => this.#instance.call(() => this.#raw.vidWeight(height)),
      tell: (event) => this.#tell(event),
      module: () => compile(options.dataWasm ?? dataWasm()),
    });
  }

  /** Loads and reads all that a client needs. @internal */
  protected static async prepare(
    options: LightClientOptions & { readonly wasm: WasmInput },
    dataWasm: () => WasmInput,
  ): Promise<ClientParts> {
    const signal = options.signal ?? new AbortController().signal;
    const network = encode(options.network);
    const start = options.start === undefined || options.start === 'tip' ? undefined : toHeight(options.start);
    const instance = new Instance(await compile(options.wasm, options.signal), instantiate);
    const make = (checkpoint?: Uint8Array): RawClient =>
      instance.call((wasm) => new wasm.Client(network, checkpoint, start));

    let raw: RawClient | undefined;
    const kept = options.checkpoint === undefined ? await load(options) : undefined;
    if (kept !== undefined) {
      try {
        raw = make(kept);
      } catch (error) {
        // What a store gives back is not the caller's word: the client begins anew without it.
        if (!(error instanceof LightClientError) || !error.code.startsWith('checkpoint.')) throw error;
        options.onProgress?.({ type: 'checkpoint_discarded', error });
      }
    }
    raw ??= make(options.checkpoint);
    const client = raw;
    const providers = (options.providers ?? instance.call(() => client.providers())).map((provider) =>
      typeof provider === 'string' || provider instanceof URL
        ? httpProvider(provider, { fetch: options.fetch, timeout: options.timeout })
        : provider,
    );
    instance.call(() => {
      client.setRange(RANGES.first);
      client.setTime(seconds(options));
      if (options.acceptExpiredAnchor === true) client.acceptExpiredAnchor();
    });
    for (const checkpoint of options.confirm ?? []) instance.call(() => client.confirm(checkpoint));
    // What is left to compute before the first request is admitting the network's own stake tables.
    await slices(instance, () => client.step(1), signal);
    return { instance, raw, options, providers, dataWasm };
  }

  /**
   * The blocks that turn final from here on, in order, without gaps and without forks: each is
   * linked to the one before. Ends when the loop is left, when a signal aborts or when the client is
   * closed; servers that fail or lie do not end it.
   *
   * Only one loop can run at a time; the next one goes on where it ended.
   *
   * @throws {@link LightClientError} `provider.none`, `client.busy`, `client.closed`,
   * `finality.equivocation` when validators are caught signing two chains (both are in
   * `details.evidence`), and `upgrade_required` when every provider shows a protocol that this version does not know
   */
  async *follow(options: FollowOptions = {}): AsyncGenerator<FinalizedBlock, void, undefined> {
    this.#keeping = true;
    for await (const blocks of this.#stretches(this.#signal(options.signal))) {
      this.#unseen.push(...blocks);
      // Those that a loop leaves behind are the next one's.
      while (this.#unseen.length > 0) yield this.#unseen.shift()!;
    }
  }

  /** As {@link follow}, by the stretches that one proof makes final. The first is what nobody has seen yet. */
  async *#stretches(signal: AbortSignal): AsyncGenerator<readonly FinalizedBlock[], void, undefined> {
    if (this.#following) throw driverError('client.busy', 'another loop over this client is running');
    const rotation = this.#pool.rotation;
    if (rotation.size === 0) throw driverError('provider.none', 'neither the options nor the network file name a provider');
    this.#following = true;
    const failures = new Failures(rotation.size, this.#options.attempts ?? Infinity);
    const round = new Round();
    let [spent, rest] = [0, false];
    try {
      if (this.#unseen.length > 0) yield [];
      for (;;) {
        signal.throwIfAborted();
        const path = this.#instance.call(() => {
          this.#raw.setTime(seconds(this.#options));
          return this.#raw.request();
        });
        if (path === undefined) {
          spent += await this.#slices(() => this.#raw.step(1), signal).then(([, milliseconds]) => milliseconds);
          continue;
        }
        const atTip = this.#instance.call(() => this.#raw.atTip());
        if (rest && atTip) {
          await this.#pool.pause(this.#options.pollInterval ?? 1_000, signal);
          rest = false;
        }
        let reply: Reply;
        try {
          reply = atTip ? await this.#lookForTip(path, round, signal) : await this.#pool.ask(path, ANSWER_LIMIT, round.alone, signal);
        } catch (error) {
          if (!(error instanceof LightClientError) || signal.aborted) throw error;
          failures.add(undefined, error);
          continue;
        }
        if (!atTip) round.note(reply);
        try {
          const progress = this.#take(reply, (milliseconds) => (spent += milliseconds));
          const [ended, milliseconds] = progress.remaining > 0 ? await this.#slices(() => this.#raw.step(1), signal) : [progress, 0];
          spent += milliseconds;
          failures.clear();
          if (ended.withheld !== null) {
            round.settle();
            this.#tell({ type: 'withheld', height: ended.withheld, error: fromRaw(this.#trust().error!) });
          }
          if (ended.idle) rest = !this.#overclaimed(round);
          if (ended.blocks.length === 0) continue;
          // A short answer was up to the newest block: the next one takes a while.
          rest = ended.blocks.length < this.#range / 2;
          const blocks = ended.blocks.map(toBlock);
          for (const suspect of this.#suspects) for (const answer of round.answers) this.#compare(answer, suspect);
          this.#proof = round.answers;
          for (const provider of round.providers) rotation.succeeded(provider);
          round.settle();
          this.#tellFinalized(reply.provider, blocks, spent, round);
          round.alone = false;
          spent = 0;
          this.#remember(blocks);
          await this.#save();
          yield blocks;
        } catch (error) {
          if (!(error instanceof LightClientError) || this.#instance.trapped || signal.aborted) throw error;
          if (error.code === 'finality.equivocation') throw error;
          const answer = round.last;
          this.#reject(error, path, round);
          if (answer !== undefined && ELSEWHERE.has(error.code)) this.#suspect(answer);
          failures.add(reply.provider, error);
        }
      }
    } finally {
      this.#following = false;
      for (const watcher of this.#watchers) watcher();
    }
  }

  /**
   * A final header and the namespaces of its block: proven by its hash where the block turned final
   * in this client, else under a newer final block.
   *
   * Waits until the chain is that far. It follows the chain itself where no loop does; inside a loop
   * over {@link follow}, ask about blocks that the loop has shown.
   *
   * @param height by default that of the newest final block
   * @throws {@link LightClientError} why the last provider's answer is refused
   */
  header(height?: bigint | number, options: ReadOptions = {}): Promise<BlockHeader> {
    return this.#reader.header(height === undefined ? undefined : toHeight(height), this.#signal(options.signal));
  }

  /**
   * What a final block holds for a namespace: its transactions, or the proof that it has none.
   *
   * @throws {@link LightClientError} why the last provider's answer is refused
   */
  namespace(height: bigint | number | undefined, namespace: bigint | number, options: ReadOptions = {}): Promise<NamespaceContent> {
    const at = height === undefined ? undefined : toHeight(height);
    return this.#reader.namespace(at, toHeight(namespace), this.#signal(options.signal));
  }

  /**
   * What an account holds under a final header: fee balance or rewards.
   *
   * @throws {@link LightClientError} why the last provider's answer is refused
   */
  account(account: string, options: AccountOptions = {}): Promise<AccountContent> {
    return this.#reader.account(account, options, this.#signal(options.signal));
  }

  /**
   * The wallet's question: is my L2 transaction in a final block, and is it the rollup's? Searches
   * down from the newest final block, or from `to`, every height linked to the next; a hint is tried
   * first. Ends early once both answers are yes.
   *
   * @throws {@link LightClientError} what is wrong with the question, or with the last provider's answer
   */
  confirm(question: ConfirmQuestion, options: SearchOptions<Confirmation> = {}): Promise<Confirmation> {
    return this.#reader.confirm(question, options, this.#signal(options.signal));
  }

  /**
   * Whether transactions of several rollups are in one final block. Searches as {@link confirm} does.
   *
   * @throws {@link LightClientError} what is wrong with the legs, or with the last provider's answer
   */
  confirmBundle(legs: readonly BundleLeg[], options: SearchRange & SearchOptions<BundleConfirmation> = {}): Promise<BundleConfirmation> {
    return this.#reader.confirmBundle(legs, options, options, this.#signal(options.signal));
  }

  /**
   * Verifies a proof that one leaf is final, as `light-client/leaf/…` serves it, with the stake
   * tables of the network file. The proof may come from anywhere.
   *
   * @throws {@link LightClientError} with the reason why it proves nothing
   */
  async verifyLeafProof(proof: JsonInput, options: LeafProofOptions = {}): Promise<FinalizedBlock> {
    const signal = this.#signal(options.signal);
    signal.throwIfAborted();
    const bytes = encode(proof);
    const descendants = options.descendants === undefined ? undefined : encode(options.descendants);
    const height = options.height === undefined ? undefined : toHeight(options.height);
    const check = this.#instance.call(() => this.#raw.leafProof(bytes, descendants, height));
    try {
      const [{ blocks }] = await this.#slices(() => check.step(1), signal);
      return toBlock(blocks[0]!);
    } finally {
      if (!this.#instance.trapped) check.free();
    }
  }

  /**
   * What everything rests on, since when, and whether that is too old: then blocks are proven but not
   * shown (event `withheld`, code `trust.expired`) until {@link confirmCheckpoint}, or `acceptExpiredAnchor`.
   */
  get trust(): Trust {
    this.#closing.signal.throwIfAborted();
    const { root, date, error } = this.#trust();
    return { root: root as Trust['root'], date, error: error && fromRaw(error) };
  }

  /**
   * Takes a fresh checkpoint, from a source that you trust, for proof that this is the right chain.
   *
   * @returns whether the client is past that block already; otherwise it is compared when it comes
   * @throws {@link LightClientError} `trust.conflict` if another chain was verified: the client stops for
   * good; `trust.confirmation` for a checkpoint that is too old itself or of a block passed long ago
   */
  confirmCheckpoint(checkpoint: Uint8Array): boolean {
    this.#closing.signal.throwIfAborted();
    return this.#instance.call(() => this.#raw.confirm(checkpoint));
  }

  #trust(): ReturnType<RawClient['trust']> {
    return this.#instance.call(() => this.#raw.trust());
  }

  /**
   * Checks evidence that validators signed two things of which they may sign one, wherever it came
   * from: what an error `finality.equivocation` carries, or what `hotshot-verify` printed.
   *
   * @throws {@link LightClientError} why it proves none
   */
  verifyEquivocation(evidence: JsonInput): Equivocation {
    const bytes = encode(evidence);
    const { kind, epoch, place, leaves, signers } = this.#instance.call(() => this.#raw.checkEquivocation(bytes));
    return { kind: kind as Equivocation['kind'], epoch, place, leaves, signers };
  }

  /**
   * The newest final block as bytes, for {@link LightClientOptions.checkpoint} at another time;
   * `undefined` as long as nothing is final. Whoever gives you a checkpoint is believed about that
   * one block, so keep your own.
   */
  checkpoint(): Uint8Array | undefined {
    this.#closing.signal.throwIfAborted();
    return this.#instance.call(() => this.#raw.checkpoint());
  }

  /** Stops everything and gives the memory back. A loop that is running ends with `client.closed`. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(driverError('client.closed', 'the client was closed'));
    if (!this.#instance.trapped) this.#raw.free();
  }

  /** One signal for the options', the client's own and the call's. */
  #signal(call: AbortSignal | undefined): AbortSignal {
    return AbortSignal.any([this.#closing.signal, this.#options.signal, call].filter((signal) => signal !== undefined));
  }

  #remember(blocks: readonly FinalizedBlock[]): void {
    for (const block of blocks) this.#recent.set(block.height, block);
    for (const height of this.#recent.keys()) {
      if (this.#recent.size <= RECENT) break;
      this.#recent.delete(height);
    }
    for (const watcher of this.#watchers) watcher();
  }

  /** The final block of a height if it is remembered, else the newest, once the chain is that far. */
  async #finalBlock(height: bigint | undefined, signal: AbortSignal): Promise<FinalizedBlock> {
    for (;;) {
      signal.throwIfAborted();
      const known = this.#recent.get(height ?? this.#final) ?? this.#recent.get(this.#final);
      if (known !== undefined && known.height >= (height ?? 0n)) return known;
      if (this.#following) {
        await this.#news(signal);
        continue;
      }
      for await (const blocks of this.#stretches(signal)) {
        if (this.#keeping) this.#unseen.push(...blocks);
        if (this.#final >= (height ?? 0n)) break;
      }
    }
  }

  /** Waits until blocks turn final or the loop that follows the chain ends. */
  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#watchers.delete(end);
        signal.removeEventListener('abort', end);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.#watchers.add(end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  /** Asks everyone how far the chain is; the answer is the highest height that is worth a look. */
  async #lookForTip(path: string, round: Round, signal: AbortSignal): Promise<Reply> {
    round.begin(await this.#pool.tip(path, signal));
    const claim = round.tip.best(this.#pool.rotation, this.#now())!;
    round.claimant = claim.provider;
    this.#pool.rotation.prefer(claim.provider);
    return { provider: claim.provider, answer: { status: 200, bytes: encode(claim.blocks) } };
  }

  /** Whether somebody named a height in vain and somebody else may show more than is known. */
  #overclaimed({ tip, claimant, missing }: Round): boolean {
    if (!missing || claimant === undefined) return false;
    this.#pool.rotation.overclaimed(claimant, this.#now());
    const other = tip.best(this.#pool.rotation, this.#now())!;
    return other.provider !== claimant && other.blocks > this.#final + 1n;
  }

  /** An answer that does not go on from what is final: was another chain signed by the same validators? */
  #suspect(answer: Uint8Array): void {
    for (const known of this.#proof) this.#compare(known, answer);
    if (answer.length <= SUSPECTS.bytes) this.#suspects = [...this.#suspects.slice(1 - SUSPECTS.count), answer];
  }

  /** Throws if two answers prove that validators signed two things of which they may sign one. */
  #compare(first: Uint8Array, second: Uint8Array): void {
    const found = this.#instance.call(() => this.#raw.equivocation(first, second));
    if (found === null) return;
    const [got, expected] = [found.leaves[0] ?? null, found.leaves[1] ?? null];
    throw new LightClientError('finality.equivocation', {
      summary: `validators signed two things of which they may sign one: ${found.kind} at ${found.place}`,
      got,
      expected,
      evidence: found.evidence ?? '',
    });
  }

  /** Finds out whose fault a rejection is. */
  #reject(error: LightClientError, path: string, round: Round): void {
    const { rotation } = this.#pool;
    const upgrade = error.code === 'upgrade_required';
    const involved = upgrade ? round.providers.slice(-1) : round.providers;
    const bytes = round.last ?? new Uint8Array();
    round.settle();
    // What two said together was rejected, and it is unclear which of them lied: from here on one
    // provider answers for everything.
    round.alone = involved.length > 1;
    const fault = round.alone ? 'poverty' : faultOf(error.code);
    for (const provider of involved) {
      rotation.failed(provider, fault, this.#now());
      const refused = at(error, { provider: provider.name, path });
      const evidence: Evidence | null =
        fault === 'lie'
          ? { provider: provider.name, path, code: error.code, answer: bytes.slice(0, EVIDENCE_LIMIT), length: bytes.length }
          : null;
      this.#tell({ type: 'rejected', provider: provider.name, path, error: refused, evidence });
    }
  }

  #now(): number {
    return (this.#options.clock ?? systemClock).now();
  }

  /** Hands an answer over, and asks for more or less at once next time, by how long it took. */
  #take({ answer: { bytes } }: Reply, spend: (milliseconds: number) => void): RawProgress {
    const started = performance.now();
    try {
      if (bytes === null) return this.#instance.call(() => this.#raw.missing());
      return this.#instance.call(() => this.#raw.respond(bytes));
    } finally {
      const milliseconds = performance.now() - started;
      spend(milliseconds);
      if (!this.#instance.trapped && bytes !== null) {
        const range = milliseconds > SLICE_MILLISECONDS ? this.#range / 2 : milliseconds < SLICE_MILLISECONDS / 3 ? this.#range * 2 : this.#range;
        this.#range = Math.min(RANGES.most, Math.max(RANGES.least, Math.floor(range)));
        this.#instance.call(() => this.#raw.setRange(this.#range));
      }
    }
  }

  #slices(step: () => RawProgress, signal: AbortSignal): Promise<[RawProgress, number]> {
    return slices(this.#instance, step, signal);
  }

  #tell(event: ClientEvent): void {
    this.#options.onProgress?.(event);
  }

  #tellFinalized(provider: Provider, blocks: readonly FinalizedBlock[], milliseconds: number, { tip }: Round): void {
    const [from, to] = [blocks[0]!.height, blocks[blocks.length - 1]!.height];
    this.#final = to;
    this.#tell({ type: 'finalized', provider: provider.name, from, to, milliseconds, servers: tip.servers(to, this.#pool.rotation, this.#now()) });
  }

  async #save(): Promise<void> {
    const { store } = this.#options;
    if (store === undefined || performance.now() - this.#saved < SAVE_MILLISECONDS) return;
    const checkpoint = this.checkpoint();
    if (checkpoint === undefined) return;
    this.#saved = performance.now();
    try {
      await store.save(checkpoint);
    } catch (error) {
      this.#tell({ type: 'store_failed', error: storeError(error) });
    }
  }
}

/** How {@link BaseClient.follow} may be ended from outside. */
export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What the proof at hand is made from, and who said what. */
class Round {
  tip = new Tip(0, []);
  /** Whose height is looked for. */
  claimant: Provider | undefined;
  /** Whether something below the height that is looked for was said not to be there. */
  missing = false;
  /** Whether everything is asked of one provider, because it was unclear whose fault something was. */
  alone = false;
  /** All bytes that the proof at hand is made from. */
  answers: readonly Uint8Array[] = [];
  #providers = new Set<Provider>();

  /** The last bytes. */
  get last(): Uint8Array | undefined {
    return this.answers[this.answers.length - 1];
  }

  /** Those whose answers nothing has proven yet, the last one at the end. */
  get providers(): Provider[] {
    return [...this.#providers];
  }

  /** Begins anew, with what everybody says about the height. */
  begin(tip: Tip): void {
    this.tip = tip;
    this.missing = false;
    this.settle();
  }

  /** Forgets who said what: it was proven, or thrown away. */
  settle(): void {
    this.answers = [];
    this.#providers.clear();
  }

  note({ provider, answer: { bytes } }: Reply): void {
    if (bytes === null) {
      this.missing = true;
      return;
    }
    this.#providers.delete(provider);
    this.#providers.add(provider);
    this.answers = [...this.answers, bytes];
  }
}

/** Failures in a row, and when they are reason enough to give up. */
class Failures {
  readonly #providers: number;
  readonly #attempts: number;
  #count = 0;
  readonly #upgraded = new Set<Provider>();

  constructor(providers: number, attempts: number) {
    this.#providers = providers;
    this.#attempts = attempts;
  }

  clear(): void {
    this.#count = 0;
    this.#upgraded.clear();
  }

  /** Counts a failure, of one provider or of all, and throws it if nothing is left to try. */
  add(provider: Provider | undefined, error: LightClientError): void {
    this.#count += 1;
    // One provider may make a new protocol up; what all of them show is no lie of one of them.
    if (provider !== undefined && error.code === 'upgrade_required') this.#upgraded.add(provider);
    if (this.#count >= this.#attempts || this.#upgraded.size === this.#providers) throw error;
  }
}

/** Computes in slices until nothing is left, and lets the event loop run in between. */
async function slices(instance: Instance, step: () => RawProgress, signal: AbortSignal): Promise<[RawProgress, number]> {
  let spent = 0;
  for (;;) {
    const started = performance.now();
    let elapsed = 0;
    do {
      signal.throwIfAborted();
      const progress = instance.call(step);
      elapsed = performance.now() - started;
      if (progress.remaining === 0) return [progress, spent + elapsed];
    } while (elapsed < SLICE_MILLISECONDS);
    spent += elapsed;
    await breathe();
  }
}

/** The time, in whole seconds since 1970. */
function seconds({ time }: LightClientOptions): bigint {
  return BigInt(Math.floor((time ?? Date.now)() / 1_000));
}

async function load({ store, onProgress }: LightClientOptions): Promise<Uint8Array | undefined> {
  try {
    return await store?.load();
  } catch (error) {
    onProgress?.({ type: 'store_failed', error: storeError(error) });
    return undefined;
  }
}

function storeError(error: unknown): LightClientError {
  if (error instanceof LightClientError) return error;
  return driverError('store.failed', 'the store of checkpoints failed', { got: String(error) }, error);
}

function toBlock(raw: RawBlock): FinalizedBlock {
  return { ...raw, quorum: raw.quorum && toQuorum(raw.quorum) };
}
