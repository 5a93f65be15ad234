import type { Provider } from './provider.js';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

interface Standing {
  readonly provider: Provider;
  /** Failures in a row; a lie counts for more than silence. */
  failures: number;
  /** When it may be asked again, in milliseconds of `performance.now()`. */
  notBefore: number;
}

/**
 * Which provider to ask next: the first in the caller's order whose pause is over, else the one
 * whose pause ends first. One that answers well stays in use; one that fails pauses for twice as
 * long each time.
 */
export class Rotation {
  readonly #standings: Standing[];

  constructor(providers: readonly Provider[]) {
    this.#standings = providers.map((provider) => ({ provider, failures: 0, notBefore: 0 }));
  }

  /** How many providers there are. */
  get size(): number {
    return this.#standings.length;
  }

  /** The provider to ask, and how long to wait before. There has to be one at all. */
  next(now: number): { provider: Provider; pause: number } {
    const pause = ({ notBefore }: Standing): number => Math.max(0, notBefore - now);
    const best = this.#standings.reduce((best, standing) => (pause(standing) < pause(best) ? standing : best));
    return { provider: best.provider, pause: pause(best) };
  }

  /** The provider goes behind the others. */
  later(provider: Provider): void {
    const index = this.#standings.findIndex((standing) => standing.provider === provider);
    this.#standings.push(...this.#standings.splice(index, 1));
  }

  /** The provider's answer was good. */
  succeeded(provider: Provider): void {
    const standing = this.#of(provider);
    if (standing !== undefined) standing.failures = 0;
  }

  /** The provider was silent (`weight` 1) or its answer was refused (more). */
  failed(provider: Provider, now: number, weight: number): void {
    const standing = this.#of(provider);
    if (standing === undefined) return;
    standing.failures += weight;
    // Half of the pause is left to chance, so that many pages do not come back together.
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (standing.failures - 1));
    standing.notBefore = now + pause * (0.5 + Math.random() / 2);
  }

  #of(provider: Provider): Standing | undefined {
    return this.#standings.find((standing) => standing.provider === provider);
  }
}
