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
import { LightClientError, driverError } from './error.js';
import { instantiate } from './glue.js';
import type { ErrorCode } from './error.js';
import type { RawBlock, RawClient, RawProgress } from './glue.js';
import { Instance, fromRaw } from './instance.js';
import { encode } from './json.js';
import { Keeper } from './keeper.js';
import { readL1 } from './l1.js';
import { compile } from './module.js';
import type { WasmInput } from './module.js';
import type { FollowOptions, LeafProofOptions, LightClientOptions } from './options.js';
import { httpProvider } from './provider.js';
import { Pool } from './pool.js';
import type { Reply } from './pool.js';
import type { Provider } from './provider.js';
import { Reader } from './reader.js';
import { recover } from './recover.js';
import { Rotation, faultOf } from './rotation.js';
import { Failures, Round, rejection } from './round.js';
import { toQuorum } from './shared.js';
import { slices } from './slices.js';
import { linkDeriver } from './tables.js';
import type { LaterModules } from './tables.js';
import { SLICE_MILLISECONDS, systemClock } from './timing.js';
import { Travel } from './travel.js';
import type {
  ClientEvent,
  EpochStakeTable,
  Equivocation,
  FinalTip,
  FinalizedBlock,
  JsonInput,
  ProviderStatus,
  Trust,
} from './types.js';

/** The most bytes of an answer that is read: generous for the most leaves that are asked for. */
const ANSWER_LIMIT = 32 << 20;
/** Reasons to refuse an answer that may be of another chain with the same validators. */
const ELSEWHERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['leaf.parent', 'leaf.justify', 'leaf.view', 'finality.conflict']);
/** How many such answers are kept to be compared with later ones, and the most bytes of each. */
const SUSPECTS = { count: 4, bytes: 4 << 20 };
/** How often a client that is following writes to its store, at most. */
const SAVE_MILLISECONDS = 5_000;
/** How many leaves to ask for at once: few at first, more as long as reading them stays quick. */
const RANGES = { first: 8, least: 4, most: 128 };

/** What a client is made of once everything is loaded. */
interface ClientParts {
  readonly instance: Instance;
  readonly raw: RawClient;
  readonly options: LightClientOptions;
  readonly providers: readonly Provider[];
  readonly keeper: Keeper;
  readonly modules: LaterModules;
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
  readonly #modules: LaterModules;
  readonly #pool: Pool;
  readonly #closing = new AbortController();
  /** What the newest proof was made from, and answers that belong to another chain, by what they say. */
  #proof: readonly Uint8Array[] = [];
  #suspects: readonly Uint8Array[] = [];
  #following = false;
  /** Whether blocks that turn final while something else is asked are kept for a loop. */
  #keeping: boolean;
  #saved = -Infinity;
  #savedEpoch: bigint | undefined;
  #range = RANGES.first;
  /** The newest height that this client has shown. */
  #final = -1n;
  #tip: Omit<FinalTip, 'age'> | undefined;
  /** The first view of the upgrade that was warned of. */
  #warned: bigint | undefined;
  /** Final blocks that no loop has given out yet. */
  readonly #unseen: FinalizedBlock[] = [];
  /** The last final blocks, by height. */
  readonly #recent = new Map<bigint, FinalizedBlock>();
  /** Called whenever blocks turn final, and when the loop ends. */
  readonly #watchers = new Set<() => void>();
  readonly #reader: Reader;
  readonly #keeper: Keeper;
  readonly #travel: Travel;

  /** @internal */
  protected constructor({ instance, raw, options, providers, keeper, modules }: ClientParts) {
    this.#instance = instance;
    this.#raw = raw;
    this.#options = options;
    this.#modules = modules;
    // Who begins at the newest block has not been promised any before the first loop.
    this.#keeping = (options.start ?? 'tip') !== 'tip' || options.checkpoint !== undefined || options.store !== undefined;
    const tell = (event: ClientEvent): void => this.#tell(event);
    const clock = options.clock ?? systemClock;
    const rotation = new Rotation(providers, options.random ?? Math.random, (status) => tell({ type: 'provider', ...status }));
    this.#pool = new Pool(rotation, clock, tell);
    this.#keeper = keeper;
    const replay = options.verifyStore === 'full';
    this.#travel = new Travel({ instance, raw, pool: this.#pool, keeper, replay, clock, tell, save: () => this.#save() });
    this.#reader = new Reader({
      pool: this.#pool,
      clock: options.clock,
      final: (height, signal) => this.#finalBlock(height, signal),
      weight: (height) => this.#instance.call(() => this.#raw.vidWeight(height)),
      tell: (event) => this.#tell(event),
      module: () => compile(options.dataWasm ?? modules.data()),
    });
  }

  /** Loads and reads all that a client needs. @internal */
  protected static async prepare(
    options: LightClientOptions & { readonly wasm: WasmInput },
    modules: LaterModules,
  ): Promise<ClientParts> {
    const signal = options.signal ?? new AbortController().signal;
    const network = encode(options.network);
    const start = options.start === undefined || options.start === 'tip' ? undefined : toHeight(options.start);
    const tell = options.onProgress ?? (() => undefined);
    const keeper = new Keeper(options.store, tell);
    const l1 = await readL1(network, options, modules);
    const unread = options.verifyStore === 'full' || l1 !== undefined;
    const kept = unread ? { checkpoint: undefined, tables: undefined } : await keeper.load();
    const instance = new Instance(await compile(options.wasm, options.signal), instantiate);
    const make = async (checkpoint: Uint8Array | undefined, tables: Uint8Array | undefined): Promise<RawClient> => {
      const skip = options.skipToStart ?? false;
      const client = instance.call((wasm) => new wasm.Client(network, checkpoint, l1?.tables ?? tables, start, skip, l1?.time));
      instance.call(() => {
        client.setRange(RANGES.first);
        client.setTime(seconds(options));
        if (options.acceptExpiredAnchor === true) client.acceptExpiredAnchor();
      });
      await linkDeriver(instance, client, options, modules);
      // What is left to compute before the first request is admitting the network's own stake tables and
      // those that were kept.
      await slices(instance, () => client.step(1), signal);
      return client;
    };
    const client = await recover(options.checkpoint, kept, make, tell);
    const providers = (options.providers ?? instance.call(() => client.providers())).map((provider) =>
      typeof provider === 'string' || provider instanceof URL
        ? httpProvider(provider, { fetch: options.fetch, timeout: options.timeout })
        : provider,
    );
    for (const checkpoint of options.confirm ?? []) instance.call(() => client.confirm(checkpoint));
    return { instance, raw: client, options, providers, keeper, modules };
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
        await linkDeriver(this.#instance, this.#raw, this.#options, this.#modules);
        const [way, path] = this.#instance.call(() => {
          this.#raw.setTime(seconds(this.#options));
          const way = this.#raw.way();
          return [way, way !== null || this.#raw.working() ? undefined : this.#raw.requests(1)[0]] as const;
        });
        if (way !== null) {
          const outcome = await this.#travel.advance(failures, signal);
          if (outcome === 'idle') {
            round.missing = true;
            rest = !this.#overclaimed(round);
          }
          if (outcome === 'epoch') yield [];
          continue;
        }
        this.#travel.pause();
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
          const progress = this.#take(path, reply, (milliseconds) => (spent += milliseconds));
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
          if (performance.now() - this.#saved >= SAVE_MILLISECONDS) {
            this.#saved = performance.now();
            await this.#save();
          }
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
      this.#travel.pause();
      for (const watcher of this.#watchers) watcher();
    }
  }

  /**
   * The verified stake table of an epoch: the one that is in force, the one before, and those that the
   * network file pins; of others while the client comes past them. Waits until the chain is that far,
   * as {@link header} does.
   *
   * @throws {@link LightClientError} `epoch.table_unknown` for an epoch that the client has gone past: ask a
   * client that begins before it
   */
  async stakeTable(epoch: bigint | number, options: ReadOptions = {}): Promise<EpochStakeTable> {
    const wanted = toHeight(epoch);
    const signal = this.#signal(options.signal);
    for (;;) {
      signal.throwIfAborted();
      const table = this.#instance.call(() => this.#raw.stakeTable(wanted));
      if (table !== null) return { ...table, total: BigInt(table.total), threshold: BigInt(table.threshold) };
      const newest = this.#instance.call(() => this.#raw.newestEpoch());
      if (newest !== undefined && wanted < newest) {
        throw new LightClientError('epoch.table_unknown', {
          summary: 'the client has gone past this epoch, and keeps the newest stake tables only',
          got: String(wanted),
          expected: `${newest - 1n} or later`,
        });
      }
      if (this.#following) {
        await this.#news(signal);
        continue;
      }
      for await (const blocks of this.#stretches(signal)) {
        if (this.#keeping) this.#unseen.push(...blocks);
        if (this.#instance.call(() => this.#raw.stakeTable(wanted)) !== null) break;
      }
    }
  }

  /** The newest final block, how old it is and how many providers have it; `undefined` before the first. */
  get tip(): FinalTip | undefined {
    return this.#tip && { ...this.#tip, age: this.#age(this.#tip.timestampMillis) };
  }

  /** How the providers stand. */
  get providers(): readonly ProviderStatus[] {
    return this.#pool.rotation.statuses(this.#now());
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
      this.#tell(rejection(error, provider, path, bytes, fault));
    }
  }

  #now(): number {
    return (this.#options.clock ?? systemClock).now();
  }

  /** Hands an answer over, and asks for more or less at once next time, by how long it took. */
  #take(path: string, { answer: { bytes } }: Reply, spend: (milliseconds: number) => void): RawProgress {
    const started = performance.now();
    try {
      if (bytes === null) return this.#instance.call(() => this.#raw.missing(path));
      return this.#instance.call(() => this.#raw.respond(path, bytes));
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
    if (event.type === 'epoch') for (const watcher of this.#watchers) watcher();
    this.#options.onProgress?.(event);
  }

  #tellFinalized(provider: Provider, blocks: readonly FinalizedBlock[], milliseconds: number, { tip }: Round): void {
    const [{ height: from }, { height: to, timestampMillis }] = [blocks[0]!, blocks[blocks.length - 1]!];
    this.#final = to;
    const servers = tip.servers(to, this.#pool.rotation, this.#now());
    this.#tip = { height: to, timestampMillis, servers };
    const root = this.#trust().root as Trust['root'];
    this.#tell({ type: 'finalized', provider: provider.name, from, to, milliseconds, servers, age: this.#age(timestampMillis), root });
    const upgrade = this.#instance.call(() => this.#raw.announcedUpgrade());
    if (upgrade !== null && upgrade.firstView !== this.#warned) this.#tell({ type: 'upgrade', ...upgrade });
    this.#warned = upgrade?.firstView;
  }

  #age(timestampMillis: bigint): number {
    return (this.#options.time ?? Date.now)() - Number(timestampMillis);
  }

  /** Saves what is known. Tables change with the epoch only. */
  #save(): Promise<void> {
    return this.#instance.call(() => {
      const newest = this.#raw.newestEpoch();
      const tables = newest === this.#savedEpoch ? undefined : this.#raw.storedTables();
      this.#savedEpoch = newest;
      return this.#keeper.save(this.#raw.followed(), tables, newest ?? 0n);
    });
  }
}

/** The time, in whole seconds since 1970. */
function seconds({ time }: LightClientOptions): bigint {
  return BigInt(Math.floor((time ?? Date.now)() / 1_000));
}

function toBlock(raw: RawBlock): FinalizedBlock {
  return { ...raw, quorum: raw.quorum && toQuorum(raw.quorum) };
}
