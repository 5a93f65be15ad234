import { LightClientError } from './error.js';
import type { RawClient, RawEpoch, RawProgress } from './glue.js';
import type { Instance } from './instance.js';
import type { Keeper } from './keeper.js';
import type { Pool, Reply } from './pool.js';
import type { Provider } from './provider.js';
import { faultOf } from './rotation.js';
import { rejection } from './round.js';
import type { Failures } from './round.js';
import { slices } from './slices.js';
import type { Clock } from './timing.js';
import type { ClientEvent } from './types.js';

/** The most requests that are under way at a time. */
const IN_FLIGHT = 8;
/** The most bytes of an answer that is read. */
const ANSWER_LIMIT = 32 << 20;
/** How often what is known is saved on the way. */
const SAVE = { milliseconds: 1_000, epochs: 8 };
/** For how many epochs ahead kept answers are looked up: one more than are asked for. */
const LOOK_AHEAD = 17n;
/** For how many answers it is remembered who gave them: more than ever wait for their turn. */
const SERVED_LIMIT = 128;

/** What a provider answered, or nobody did. */
interface Arrival {
  readonly path: string;
  readonly reply?: Reply;
  readonly error?: unknown;
}

interface Served {
  /** Nobody, where the answer was kept from an earlier visit. */
  readonly provider: Provider | undefined;
  readonly bytes: Uint8Array;
}

/** What the way to today's stake tables is made with. */
export interface TravelParts {
  readonly instance: Instance;
  readonly raw: RawClient;
  readonly pool: Pool;
  readonly keeper: Keeper;
  /** Whether answers that were kept are judged again. */
  readonly replay: boolean;
  readonly clock: Clock;
  readonly tell: (event: ClientEvent) => void;
  /** Saves what is known. */
  readonly save: () => Promise<void>;
}

/**
 * The way to today's stake tables: several requests under way at a time, the answers judged in their
 * order, one epoch after the other.
 */
export class Travel {
  readonly #parts: TravelParts;
  #over = new AbortController();
  readonly #open = new Set<string>();
  readonly #arrived: Arrival[] = [];
  #wake: () => void = () => undefined;
  readonly #served = new Map<string, Served>();
  /** Kept answers, and the epochs that were looked up. */
  readonly #kept = new Map<string, Uint8Array>();
  #lookedUp = 0n;
  /** When this way began, and with which epoch. */
  #began: { readonly moment: number; readonly epoch: bigint } | undefined;
  #saved = { moment: -Infinity, epochs: 0 };

  constructor(parts: TravelParts) {
    this.#parts = parts;
  }

  /** Calls off what is under way: something else is wanted. */
  pause(): void {
    if (this.#open.size > 0) {
      this.#over.abort();
      this.#over = new AbortController();
      this.#open.clear();
    }
    this.#arrived.length = 0;
    this.#began = undefined;
  }

  /**
   * Asks, takes and computes once.
   *
   * @returns whether an epoch's table became known, or that nothing leads further for now
   * @throws {@link LightClientError} when nothing is left to try, or when what is trusted contradicts
   * what is proven
   */
  async advance(failures: Failures, signal: AbortSignal): Promise<'epoch' | 'under way' | 'idle'> {
    const { instance, raw } = this.#parts;
    await this.#takeKept(failures);
    this.#post(instance.call(() => raw.requests(IN_FLIGHT)), signal);
    if (instance.call(() => raw.working())) {
      try {
        const [progress] = await slices(instance, () => raw.step(1), signal);
        if (progress.epoch !== null) {
          await this.#learn(progress.epoch);
          failures.clear();
          return 'epoch';
        }
        if (progress.idle) return 'idle';
      } catch (error) {
        this.#refused(error, failures, signal);
      }
    } else if (this.#arrived.length === 0) {
      // With nothing to wait for, the client has stopped for good, and says why.
      if (this.#open.size === 0) return instance.call(() => raw.step(1)).idle ? 'idle' : 'under way';
      await this.#arrival(signal);
    }
    for (let arrival = this.#arrived.shift(); arrival !== undefined; arrival = this.#arrived.shift()) {
      if (this.#take(arrival, failures, signal).idle) return 'idle';
    }
    return 'under way';
  }

  /** Hands over what was kept at an earlier visit. It is judged like a server's answer. */
  async #takeKept(failures: Failures): Promise<void> {
    const { instance, raw, keeper, replay } = this.#parts;
    if (!replay) return;
    const way = instance.call(() => raw.way());
    if (way === null) return;
    for (let epoch = way.epoch + 1n; epoch <= way.epoch + LOOK_AHEAD; epoch++) {
      if (epoch <= this.#lookedUp) continue;
      this.#lookedUp = epoch;
      for (const [path, bytes] of await keeper.boundary(epoch)) this.#kept.set(path, bytes);
    }
    // What is answered makes room for more.
    for (let taken = true; taken; ) {
      taken = false;
      for (const path of instance.call(() => raw.requests(IN_FLIGHT))) {
        const bytes = this.#kept.get(path);
        if (bytes === undefined || this.#open.has(path)) continue;
        taken = this.#kept.delete(path);
        this.#note(path, { provider: undefined, bytes });
        try {
          instance.call(() => raw.respond(path, bytes));
        } catch (error) {
          this.#refused(error, failures, undefined);
        }
      }
    }
  }

  #post(wanted: readonly string[], signal: AbortSignal): void {
    for (const path of wanted) {
      if (this.#open.size >= IN_FLIGHT) return;
      if (this.#open.has(path)) continue;
      this.#open.add(path);
      const over = this.#over.signal;
      const arrive = (arrival: Omit<Arrival, 'path'>): void => {
        if (over.aborted) return;
        this.#arrived.push({ path, ...arrival });
        this.#wake();
      };
      const asking = this.#parts.pool.ask(path, ANSWER_LIMIT, false, AbortSignal.any([signal, over]), true);
      void asking.then((reply) => arrive({ reply }), (error: unknown) => arrive({ error }));
    }
  }

  #arrival(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      this.#wake = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  #take({ path, reply, error }: Arrival, failures: Failures, signal: AbortSignal): Pick<RawProgress, 'idle'> {
    const { instance, raw } = this.#parts;
    this.#open.delete(path);
    if (reply === undefined) {
      signal.throwIfAborted();
      if (!(error instanceof LightClientError)) throw error;
      failures.add(undefined, error);
      return { idle: false };
    }
    const { provider, answer } = reply;
    const bytes = answer.bytes;
    if (bytes === null) return instance.call(() => raw.missing(path));
    this.#note(path, { provider, bytes });
    try {
      return instance.call(() => raw.respond(path, bytes));
    } catch (refused) {
      this.#refused(refused, failures, signal);
      return { idle: false };
    }
  }

  #note(path: string, served: Served): void {
    this.#served.set(path, served);
    for (const oldest of this.#served.keys()) {
      if (this.#served.size <= SERVED_LIMIT) break;
      this.#served.delete(oldest);
    }
  }

  /** An answer was refused: whoever gave it is to blame, if that can be told. */
  #refused(error: unknown, failures: Failures, signal: AbortSignal | undefined): void {
    const { instance, raw, pool, tell, clock } = this.#parts;
    if (!(error instanceof LightClientError) || instance.trapped || signal?.aborted === true) throw error;
    const path = instance.call(() => raw.culprit());
    const served = path === undefined ? undefined : this.#served.get(path);
    if (path === undefined || served === undefined || served.provider === undefined) {
      // Kept answers may be damaged; and a checkpoint's hash does not tell which of many events was wrong.
      if (path === undefined) this.#served.clear();
      else this.#served.delete(path);
      tell({ type: 'unclear', error });
      failures.add(undefined, error);
      return;
    }
    this.#served.delete(path);
    const { provider, bytes } = served;
    const fault = faultOf(error.code);
    pool.rotation.failed(provider, fault, clock.now());
    tell(rejection(error, provider, path, bytes, fault));
    failures.add(provider, error);
  }

  async #learn({ proof, totalStake, ...epoch }: RawEpoch): Promise<void> {
    const { instance, raw, pool, keeper, clock, tell, save } = this.#parts;
    const answers = new Map<string, Uint8Array>();
    for (const path of proof) {
      const served = this.#served.get(path);
      if (served === undefined) continue;
      this.#served.delete(path);
      answers.set(path, served.bytes);
      if (served.provider !== undefined) pool.rotation.succeeded(served.provider);
    }
    if (proof.length > 0 && answers.size === proof.length) keeper.keep(epoch.epoch, answers);
    tell({ type: 'epoch', ...epoch, totalStake: BigInt(totalStake) });
    const way = instance.call(() => raw.way());
    const now = clock.now();
    if (way !== null) {
      this.#began ??= { moment: now, epoch: way.epoch };
      const done = Number(way.epoch - this.#began.epoch);
      const left = Number(way.until - way.epoch);
      const secondsLeft = done > 0 ? (((now - this.#began.moment) / done) * left) / 1_000 : null;
      tell({ type: 'progress', from: way.from, epoch: way.epoch, until: way.until, bytes: Number(way.bytes), secondsLeft });
    }
    this.#saved.epochs += 1;
    if (way === null || now - this.#saved.moment >= SAVE.milliseconds || this.#saved.epochs >= SAVE.epochs) {
      this.#saved = { moment: now, epochs: 0 };
      await save();
    }
  }
}
