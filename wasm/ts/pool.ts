import { LightClientError, at, driverError } from './error.js';
import type { Answer, Provider } from './provider.js';
import { Rotation } from './rotation.js';
import type { Clock } from './timing.js';
import type { ClientEvent, Servers } from './types.js';

/** After how many milliseconds without an answer the same is asked of another provider too. */
const HEDGE = { least: 300, most: 3_000 };
/** The most bytes of a number. */
const NUMBER_LIMIT = 1_000;

/** An answer, and who gave it. */
export interface Reply {
  readonly provider: Provider;
  readonly answer: Answer;
}

/** The number of blocks that a provider says there are. */
interface Claim {
  readonly provider: Provider;
  readonly blocks: bigint;
}

/**
 * What the providers said about how far the chain is. Nobody can prove that there are no newer
 * blocks: the highest number is looked for, and counts once its blocks are proven.
 */
export class Tip {
  readonly #asked: number;
  readonly #claims: readonly Claim[];

  constructor(asked: number, claims: readonly Claim[]) {
    this.#asked = asked;
    this.#claims = claims;
  }

  /** The highest claim that is worth a look. Equal claims go to the provider in use, else to the caller's first. */
  best(rotation: Rotation, now: number): Claim | undefined {
    const believed = this.#claims.filter(({ provider }) => rotation.believed(provider, now));
    const better = (claim: Claim, best: Claim): boolean =>
      claim.blocks > best.blocks || (claim.blocks === best.blocks && claim.provider === rotation.current);
    if (believed.length > 0) return believed.reduce((best, claim) => (better(claim, best) ? claim : best));
    // Should nobody be worth it, the most careful of them is.
    return this.#claims.reduce<Claim | undefined>((best, claim) => (best !== undefined && best.blocks <= claim.blocks ? best : claim), undefined);
  }

  /** How much the providers agree that there is a block at a height. Who was found to lie since then does not count. */
  servers(height: bigint, rotation: Rotation, now: number): Servers {
    const trusted = this.#claims.filter(({ provider }) => !rotation.quarantined(provider, now));
    const highest = trusted.reduce((highest, { blocks }) => (blocks > highest ? blocks : highest), 0n);
    return { asked: this.#asked, agreeing: trusted.filter(({ blocks }) => blocks > height).length, highest };
  }
}

interface Outcome {
  readonly provider: Provider;
  readonly answer?: Answer;
  readonly error?: LightClientError;
}

/** Asks providers: one, a second one when the first takes too long, or all at once. */
export class Pool {
  readonly rotation: Rotation;
  readonly #clock: Clock;
  readonly #tell: (event: ClientEvent) => void;

  constructor(rotation: Rotation, clock: Clock, tell: (event: ClientEvent) => void) {
    this.rotation = rotation;
    this.#clock = clock;
    this.#tell = tell;
  }

  /**
   * Asks the provider in use, and another one for every while without an answer, unless `alone`. The
   * first bytes win; the others are called off. With `everyone` who lacks it is nobody's last word:
   * the next provider is asked at once.
   *
   * @throws {@link LightClientError} of the last provider, when nobody gave an answer
   */
  async ask(path: string, limit: number, alone: boolean, signal: AbortSignal, everyone = false): Promise<Reply> {
    const { provider: first, pause } = this.rotation.next(this.#clock.now());
    if (pause > 0) await this.pause(pause, signal);
    const over = new AbortController();
    const asked: Provider[] = [];
    const waiting = new Map<Provider, Promise<Outcome>>();
    const started = new Map<Provider, number>();
    const send = (provider: Provider): void => {
      asked.push(provider);
      started.set(provider, this.#clock.now());
      waiting.set(provider, this.#get(provider, path, limit, AbortSignal.any([signal, over.signal])));
    };
    let missing: Reply | undefined;
    let failure: LightClientError | undefined;
    send(first);
    try {
      while (waiting.size > 0) {
        const now = this.#clock.now();
        const beside = alone ? undefined : this.rotation.beside(asked, now);
        const patience = beside !== undefined ? this.#hedge(asked[asked.length - 1]!) : missing === undefined ? undefined : HEDGE.most;
        const outcome = await this.#first(waiting.values(), patience, signal);
        if (outcome === undefined) {
          if (beside === undefined) break;
          // Whoever makes us wait is known to be that slow.
          for (const slow of waiting.keys()) this.rotation.measured(slow, this.#clock.now() - started.get(slow)!);
          send(beside);
          continue;
        }
        waiting.delete(outcome.provider);
        if (outcome.error !== undefined) failure = outcome.error;
        else if (outcome.answer!.bytes === null) {
          missing = { provider: outcome.provider, answer: outcome.answer! };
          const next = everyone && waiting.size === 0 ? this.rotation.beside(asked, this.#clock.now()) : undefined;
          if (next !== undefined) send(next);
        } else {
          if (outcome.provider !== first) this.rotation.prefer(outcome.provider);
          return { provider: outcome.provider, answer: outcome.answer! };
        }
      }
    } finally {
      over.abort();
    }
    if (missing === undefined) throw failure!;
    // Who at least says so is asked first next time.
    this.rotation.prefer(missing.provider);
    return missing;
  }

  /**
   * Asks everyone how many blocks there are. Those who take much longer than the first are not waited for.
   *
   * @throws {@link LightClientError} of the last provider, when nobody gave an answer
   */
  async tip(path: string, signal: AbortSignal): Promise<Tip> {
    let everyone = this.rotation.everyone(this.#clock.now());
    if (everyone.length === 0) {
      const { provider, pause } = this.rotation.next(this.#clock.now());
      await this.pause(pause, signal);
      everyone = [provider];
    }
    const over = new AbortController();
    const each = AbortSignal.any([signal, over.signal]);
    const started = this.#clock.now();
    const waiting = new Map(everyone.map((provider) => [provider, this.#get(provider, path, NUMBER_LIMIT, each)]));
    const claims: Claim[] = [];
    let failure: LightClientError | undefined;
    let ends = Infinity;
    try {
      while (waiting.size > 0) {
        const patience = ends === Infinity ? undefined : ends - this.#clock.now();
        if (patience !== undefined && patience <= 0) break;
        const outcome = await this.#first(waiting.values(), patience, signal);
        if (outcome === undefined) break;
        waiting.delete(outcome.provider);
        const claim = outcome.answer === undefined ? undefined : toNumber(outcome.answer);
        if (claim !== undefined) {
          claims.push({ provider: outcome.provider, blocks: claim });
          ends = Math.min(ends, this.#clock.now() + HEDGE.least);
        } else {
          failure = outcome.error ?? this.#poor(outcome.provider, path, driverError('provider.unusable', 'the provider named no height'));
        }
      }
    } finally {
      over.abort();
    }
    for (const slow of waiting.keys()) this.rotation.measured(slow, this.#clock.now() - started);
    if (claims.length === 0) throw failure!;
    // In the caller's order, whoever was quicker.
    claims.sort((left, right) => everyone.indexOf(left.provider) - everyone.indexOf(right.provider));
    return new Tip(everyone.length, claims);
  }

  /** Waits. */
  async pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.#tell({ type: 'waiting', milliseconds });
    await this.#clock.sleep(milliseconds, signal);
  }

  #hedge(provider: Provider): number {
    return Math.min(HEDGE.most, Math.max(HEDGE.least, this.rotation.latency(provider) * 3));
  }

  /** The first outcome; nothing if there is none for so many milliseconds. */
  async #first(outcomes: Iterable<Promise<Outcome>>, patience: number | undefined, signal: AbortSignal): Promise<Outcome | undefined> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    // Longer than any provider may take: only the abort matters.
    const sleeping = this.#clock.sleep(patience ?? 2 ** 31 - 1, either).then(() => undefined);
    try {
      return await Promise.race([...outcomes, sleeping]);
    } finally {
      sleeping.catch(() => undefined);
      over.abort();
    }
  }

  /** Asks one provider. Called off, it never settles. */
  async #get(provider: Provider, path: string, limit: number, signal: AbortSignal): Promise<Outcome> {
    const place = { provider: provider.name, path };
    this.#tell({ type: 'request', ...place });
    const started = this.#clock.now();
    try {
      const answer = await provider.get(path, limit, signal);
      if (signal.aborted) return await never();
      const milliseconds = this.#clock.now() - started;
      this.rotation.measured(provider, milliseconds);
      this.#tell({ type: 'response', ...place, status: answer.status, bytes: answer.bytes?.length ?? 0, milliseconds });
      return { provider, answer };
    } catch (error) {
      if (signal.aborted) return await never();
      this.rotation.measured(provider, this.#clock.now() - started);
      return { provider, error: this.#poor(provider, path, toError(error)) };
    }
  }

  /** Notes that a provider did not answer as it should. */
  #poor(provider: Provider, path: string, error: LightClientError): LightClientError {
    const known = at(error, { provider: provider.name, path });
    this.rotation.failed(provider, 'poverty', this.#clock.now(), error.details.retryAfter);
    this.#tell({ type: 'unavailable', provider: provider.name, path, error: known });
    return known;
  }
}

function toError(error: unknown): LightClientError {
  if (error instanceof LightClientError) return error;
  return driverError('provider.unreachable', 'the provider failed', { got: String(error) }, error);
}

function toNumber({ bytes }: Answer): bigint | undefined {
  const text = bytes === null ? '' : new TextDecoder().decode(bytes).trim();
  return /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n ? BigInt(text) : undefined;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
