import { LightClientError, driverError } from './error.js';
import type { RawBlock, RawClient, RawProgress } from './glue.js';
import { fromRaw } from './instance.js';
import type { Instance } from './instance.js';
import { encode } from './json.js';
import type { Keeper } from './keeper.js';
import type { LightClientOptions } from './options.js';
import { Pool } from './pool.js';
import type { Reply } from './pool.js';
import { RANGES } from './prepare.js';
import type { ClientParts } from './prepare.js';
import type { Provider } from './provider.js';
import { Rotation, faultOf } from './rotation.js';
import { Failures, Round, rejection } from './round.js';
import { toQuorum } from './shared.js';
import { slices } from './slices.js';
import { Suspects } from './suspects.js';
import { linkDeriver } from './tables.js';
import type { LaterModules } from './tables.js';
import { SLICE_MILLISECONDS, seconds, systemClock } from './timing.js';
import { Travel } from './travel.js';
import type { ClientEvent, FinalTip, FinalizedBlock, Trust } from './types.js';

/** The most bytes of an answer that is read: generous for the most leaves that are asked for. */
const ANSWER_LIMIT = 32 << 20;
/** How often a client that is following writes to its store, at most. */
const SAVE_MILLISECONDS = 5_000;
/** How many final blocks are remembered, to read what is in them. */
const RECENT = 256;

/** The loop that asks servers and has what they say judged, and what it came to. */
export class Following {
  readonly pool: Pool;
  readonly #instance: Instance;
  readonly #raw: RawClient;
  readonly #options: LightClientOptions;
  readonly #modules: LaterModules;
  readonly #keeper: Keeper;
  readonly #travel: Travel;
  readonly #suspects: Suspects;
  #running = false;
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

  constructor({ instance, raw, options, providers, keeper, modules }: ClientParts) {
    this.#instance = instance;
    this.#raw = raw;
    this.#options = options;
    this.#modules = modules;
    this.#keeper = keeper;
    // Who begins at the newest block has not been promised any before the first loop.
    this.#keeping = (options.start ?? 'tip') !== 'tip' || options.checkpoint !== undefined || options.store !== undefined;
    const tell = (event: ClientEvent): void => this.tell(event);
    const clock = options.clock ?? systemClock;
    const rotation = new Rotation(providers, options.random ?? Math.random, (status) => tell({ type: 'provider', ...status }));
    this.pool = new Pool(rotation, clock, tell);
    this.#suspects = new Suspects(instance, raw);
    const replay = options.verifyStore === 'full';
    this.#travel = new Travel({ instance, raw, pool: this.pool, keeper, replay, clock, tell, save: () => this.#save() });
  }

  tell(event: ClientEvent): void {
    if (event.type === 'epoch') for (const watcher of this.#watchers) watcher();
    this.#options.onProgress?.(event);
  }

  get tip(): FinalTip | undefined {
    return this.#tip && { ...this.#tip, age: this.#age(this.#tip.timestampMillis) };
  }

  now(): number {
    return (this.#options.clock ?? systemClock).now();
  }

  /** Final blocks in order, one by one. */
  async *blocks(signal: AbortSignal): AsyncGenerator<FinalizedBlock, void, undefined> {
    this.#keeping = true;
    for await (const blocks of this.#stretches(signal)) {
      this.#unseen.push(...blocks);
      // Those that a loop leaves behind are the next one's.
      while (this.#unseen.length > 0) yield this.#unseen.shift()!;
    }
  }

  /** The final block of a height if it is remembered, else the newest, once the chain is that far. */
  async finalBlock(height: bigint | undefined, signal: AbortSignal): Promise<FinalizedBlock> {
    const known = (): FinalizedBlock | undefined => {
      const block = this.#recent.get(height ?? this.#final) ?? this.#recent.get(this.#final);
      return block !== undefined && block.height >= (height ?? 0n) ? block : undefined;
    };
    await this.advance(() => known() !== undefined, signal);
    return known()!;
  }

  /** Follows the chain, or waits for the loop that does, until there is enough. */
  async advance(enough: () => boolean, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (enough()) return;
      if (this.#running) {
        await this.#news(signal);
        continue;
      }
      for await (const blocks of this.#stretches(signal)) {
        if (this.#keeping) this.#unseen.push(...blocks);
        if (enough()) break;
      }
    }
  }

  /** The stretches that one proof each makes final. The first is what nobody has seen yet. */
  async *#stretches(signal: AbortSignal): AsyncGenerator<readonly FinalizedBlock[], void, undefined> {
    if (this.#running) throw driverError('client.busy', 'another loop over this client is running');
    const rotation = this.pool.rotation;
    if (rotation.size === 0) throw driverError('provider.none', 'neither the options nor the network file name a provider');
    this.#running = true;
    const failures = new Failures(rotation.size, this.#options.attempts ?? Infinity);
    const round = new Round();
    let [spent, rest] = [0, false];
    try {
      if (this.#unseen.length > 0) yield [];
      for (;;) {
        signal.throwIfAborted();
        await linkDeriver(this.#instance, this.#raw, this.#options, this.#modules);
        const [way, path] = this.#instance.call(() => {
          this.#raw.setTime(seconds(this.#options.time));
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
          await this.pool.pause(this.#options.pollInterval ?? 1_000, signal);
          rest = false;
        }
        let reply: Reply;
        try {
          reply = atTip ? await this.#lookForTip(path, round, signal) : await this.pool.ask(path, ANSWER_LIMIT, round.alone, signal);
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
            this.tell({ type: 'withheld', height: ended.withheld, error: fromRaw(this.#instance.call(() => this.#raw.trust()).error!) });
          }
          if (ended.idle) rest = !this.#overclaimed(round);
          if (ended.blocks.length === 0) continue;
          // A short answer was up to the newest block: the next one takes a while.
          rest = ended.blocks.length < this.#range / 2;
          const blocks = ended.blocks.map(toBlock);
          this.#suspects.proven(round.answers);
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
          this.#suspects.refused(answer, error.code);
          failures.add(reply.provider, error);
        }
      }
    } finally {
      this.#running = false;
      this.#travel.pause();
      for (const watcher of this.#watchers) watcher();
    }
  }

  #remember(blocks: readonly FinalizedBlock[]): void {
    for (const block of blocks) this.#recent.set(block.height, block);
    for (const height of this.#recent.keys()) {
      if (this.#recent.size <= RECENT) break;
      this.#recent.delete(height);
    }
    for (const watcher of this.#watchers) watcher();
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
    round.begin(await this.pool.tip(path, signal));
    const claim = round.tip.best(this.pool.rotation, this.now())!;
    round.claimant = claim.provider;
    this.pool.rotation.prefer(claim.provider);
    return { provider: claim.provider, answer: { status: 200, bytes: encode(claim.blocks) } };
  }

  /** Whether somebody named a height in vain and somebody else may show more than is known. */
  #overclaimed({ tip, claimant, missing }: Round): boolean {
    if (!missing || claimant === undefined) return false;
    this.pool.rotation.overclaimed(claimant, this.now());
    const other = tip.best(this.pool.rotation, this.now())!;
    return other.provider !== claimant && other.blocks > this.#final + 1n;
  }

  /** Finds out whose fault a rejection is. */
  #reject(error: LightClientError, path: string, round: Round): void {
    const { rotation } = this.pool;
    const upgrade = error.code === 'upgrade_required';
    const involved = upgrade ? round.providers.slice(-1) : round.providers;
    const bytes = round.last ?? new Uint8Array();
    round.settle();
    // What two said together was rejected, and it is unclear which of them lied: from here on one
    // provider answers for everything.
    round.alone = involved.length > 1;
    const fault = round.alone ? 'poverty' : faultOf(error.code);
    for (const provider of involved) {
      rotation.failed(provider, fault, this.now());
      this.tell(rejection(error, provider, path, bytes, fault));
    }
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

  #tellFinalized(provider: Provider, blocks: readonly FinalizedBlock[], milliseconds: number, { tip }: Round): void {
    const [{ height: from }, { height: to, timestampMillis }] = [blocks[0]!, blocks[blocks.length - 1]!];
    this.#final = to;
    const servers = tip.servers(to, this.pool.rotation, this.now());
    this.#tip = { height: to, timestampMillis, servers };
    const root = this.#instance.call(() => this.#raw.trust()).root as Trust['root'];
    this.tell({ type: 'finalized', provider: provider.name, from, to, milliseconds, servers, age: this.#age(timestampMillis), root });
    const upgrade = this.#instance.call(() => this.#raw.announcedUpgrade());
    if (upgrade !== null && upgrade.firstView !== this.#warned) this.tell({ type: 'upgrade', ...upgrade });
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

export function toBlock(raw: RawBlock): FinalizedBlock {
  return { ...raw, quorum: raw.quorum && toQuorum(raw.quorum) };
}
