import type { ErrorCode } from './error.js';
import type { Provider } from './provider.js';
import type { ProviderStatus } from './types.js';

/**
 * What a provider did wrong: verification rejected what it said, or it did not answer, or not with
 * what it should have.
 */
export type Fault = 'lie' | 'poverty';

/** What somebody else may be to blame for: a gateway, a broken transfer, a newer protocol, a block, this client. */
const NO_LIES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'json.syntax',
  'json.size',
  'upgrade_required',
  'epoch.table_unknown',
  'finality.too_long',
  'namespace.overlaps',
]);

/** The fault behind the rejection of one provider's answer. */
export function faultOf(code: ErrorCode): Fault {
  return NO_LIES.has(code) ? 'poverty' : 'lie';
}

/** Pauses in milliseconds that double from the first to the longest; half of each is left to chance. */
interface Backoff {
  readonly first: number;
  readonly longest: number;
}

const PAUSES: Readonly<Record<Fault, Backoff>> = {
  lie: { first: 1_000, longest: 60_000 },
  poverty: { first: 500, longest: 30_000 },
};
/** How long a liar stays in quarantine. */
const QUARANTINE: Backoff = { first: 600_000, longest: 86_400_000 };
/** How long a height that could not be shown is not believed. */
const OVERCLAIM: Backoff = { first: 2_000, longest: 300_000 };
/** What an answer is thought to take before there was one. */
const FIRST_LATENCY = 500;

interface Standing {
  readonly provider: Provider;
  /** Faults in a row. */
  faults: number;
  lies: number;
  overclaims: number;
  /** Moments of the clock, in milliseconds. */
  notBefore: number;
  quarantinedUntil: number;
  notBelievedBefore: number;
  /** A moving average. */
  latency: number | undefined;
}

/**
 * Which provider to ask next: the one in use while nothing is against it, else the quickest whose
 * pause is over. Poverty costs priority. A lie costs trust: who told one is asked only if nobody
 * else can be. Nothing unproven is ever taken over from any of them.
 */
export class Rotation {
  readonly #standings: Standing[];
  readonly #random: () => number;
  readonly #tell: (status: ProviderStatus) => void;
  #current = 0;

  /**
   * @param random gives numbers from 0 to 1, as `Math.random` does
   * @param tell is told when a provider's standing has changed
   */
  constructor(providers: readonly Provider[], random: () => number, tell: (status: ProviderStatus) => void = () => undefined) {
    this.#tell = tell;
    const [notBefore, quarantinedUntil, notBelievedBefore] = [-Infinity, -Infinity, -Infinity];
    this.#standings = providers.map((provider) => ({
      provider,
      faults: 0,
      lies: 0,
      overclaims: 0,
      notBefore,
      quarantinedUntil,
      notBelievedBefore,
      latency: undefined,
    }));
    this.#random = random;
  }

  /** How many providers there are. */
  get size(): number {
    return this.#standings.length;
  }

  /** The provider in use. */
  get current(): Provider | undefined {
    return this.#standings[this.#current]?.provider;
  }

  /** The provider to ask, and how long to wait before. There has to be one at all. */
  next(now: number): { provider: Provider; pause: number } {
    const current = this.#standings[this.#current]!;
    if (current.notBefore <= now && current.quarantinedUntil <= now) return { provider: current.provider, pause: 0 };
    const best = this.#best(now, () => true);
    if (best !== undefined) {
      this.#current = this.#standings.indexOf(best);
      return { provider: best.provider, pause: 0 };
    }
    const first = this.#standings.reduce((first, standing) => (standing.notBefore < first.notBefore ? standing : first));
    return { provider: first.provider, pause: first.notBefore - now };
  }

  /** The best provider beside some, in case those never answer; nobody in quarantine. */
  beside(asked: readonly Provider[], now: number): Provider | undefined {
    return this.#best(now, ({ provider, quarantinedUntil }) => quarantinedUntil <= now && !asked.includes(provider))?.provider;
  }

  /** Everyone who can be asked now; those in quarantine only if there is nobody else. */
  everyone(now: number): Provider[] {
    const ready = this.#standings.filter(({ notBefore }) => notBefore <= now);
    const trusted = ready.filter(({ quarantinedUntil }) => quarantinedUntil <= now);
    return (trusted.length === 0 ? ready : trusted).map(({ provider }) => provider);
  }

  /** In the caller's order where nothing tells them apart, beginning with the one in use. */
  #best(now: number, wanted: (standing: Standing) => boolean): Standing | undefined {
    const order = [...this.#standings.slice(this.#current), ...this.#standings.slice(0, this.#current)];
    const cost = ({ latency, faults }: Standing): number => (latency ?? FIRST_LATENCY) * (faults + 1);
    let best: Standing | undefined;
    for (const standing of order) {
      if (standing.notBefore > now || !wanted(standing)) continue;
      const [free, bestFree] = [standing.quarantinedUntil <= now, best !== undefined && best.quarantinedUntil <= now];
      if (best === undefined || (free && !bestFree) || (free === bestFree && cost(standing) < cost(best))) best = standing;
    }
    return best;
  }

  /** The provider is asked first from now on. */
  prefer(provider: Provider): void {
    this.#current = Math.max(0, this.#standings.findIndex((standing) => standing.provider === provider));
  }

  /** The provider's answer was good. Lies are not forgotten. */
  succeeded(provider: Provider): void {
    const standing = this.#of(provider);
    const recovered = standing.faults > 0;
    [standing.faults, standing.overclaims] = [0, 0];
    [standing.notBefore, standing.notBelievedBefore] = [-Infinity, -Infinity];
    if (recovered) this.#tell(status(standing, -Infinity));
  }

  /** The provider rests for at least `least` milliseconds, and the next one is asked. */
  failed(provider: Provider, fault: Fault, now: number, least = 0): void {
    const standing = this.#of(provider);
    standing.notBefore = now + Math.max(least, this.#pause(PAUSES[fault], standing.faults++));
    if (fault === 'lie') standing.quarantinedUntil = now + this.#pause(QUARANTINE, standing.lies++);
    if (this.current === provider) this.#current = (this.#current + 1) % this.#standings.length;
    this.#tell(status(standing, now));
  }

  /** How all of them stand. */
  statuses(now: number): ProviderStatus[] {
    return this.#standings.map((standing) => status(standing, now));
  }

  /** Whether the provider told a lie, not long ago. */
  quarantined(provider: Provider, now: number): boolean {
    return this.#of(provider).quarantinedUntil > now;
  }

  /** How long an answer takes, in milliseconds, as far as is known. */
  latency(provider: Provider): number {
    return this.#of(provider).latency ?? FIRST_LATENCY;
  }

  /** Notes how long an answer took. */
  measured(provider: Provider, milliseconds: number): void {
    const standing = this.#of(provider);
    standing.latency = standing.latency === undefined ? milliseconds : (standing.latency * 3 + milliseconds) / 4;
  }

  /** The provider named a height and could not show what is there: no lie, but its heights are not believed for a while. */
  overclaimed(provider: Provider, now: number): void {
    const standing = this.#of(provider);
    standing.notBelievedBefore = now + this.#pause(OVERCLAIM, standing.overclaims++);
  }

  /** Whether the height that the provider names is worth a look. */
  believed(provider: Provider, now: number): boolean {
    return this.#of(provider).notBelievedBefore <= now;
  }

  /** Half of the pause is left to chance, so that many pages do not come back together. */
  #pause({ first, longest }: Backoff, before: number): number {
    return Math.min(longest, first * 2 ** before) * (0.5 + this.#random() / 2);
  }

  #of(provider: Provider): Standing {
    return this.#standings.find((standing) => standing.provider === provider)!;
  }
}

/** How a provider stands. */
function status({ provider, faults, lies, latency, notBefore, quarantinedUntil }: Standing, now: number): ProviderStatus {
  const state = quarantinedUntil > now ? 'quarantined' : notBefore > now ? 'resting' : 'ready';
  const until = Math.max(notBefore, quarantinedUntil);
  return { provider: provider.name, state, faults, lies, latency: latency ?? null, milliseconds: state === 'ready' ? 0 : until - now };
}
