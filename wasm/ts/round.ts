import { LightClientError, at } from './error.js';
import type { Provider } from './provider.js';
import { Tip } from './pool.js';
import type { Reply } from './pool.js';
import type { Fault } from './rotation.js';
import type { ClientEvent } from './types.js';

/** The most bytes of a rejected answer that are kept. */
const EVIDENCE_LIMIT = 64 << 10;

/** What is told of a refused answer: with the answer, if it was a lie. */
export function rejection(error: LightClientError, { name: provider }: Provider, path: string, bytes: Uint8Array, fault: Fault): ClientEvent {
  const place = { provider, path };
  const evidence =
    fault === 'lie' ? { ...place, code: error.code, answer: bytes.slice(0, EVIDENCE_LIMIT), length: bytes.length } : null;
  return { type: 'rejected', ...place, error: at(error, place), evidence };
}

/** What the proof at hand is made from, and who said what. */
export class Round {
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
export class Failures {
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
