import { LightClientError } from './error.js';
import type { ErrorCode } from './error.js';
import type { RawClient } from './glue.js';
import type { Instance } from './instance.js';

/** Reasons to refuse an answer that may be of another chain with the same validators. */
const ELSEWHERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['leaf.parent', 'leaf.justify', 'leaf.view', 'finality.conflict']);
/** How many such answers are kept to be compared with later ones, and the most bytes of each. */
const LIMIT = { count: 4, bytes: 4 << 20 };

/** Answers that belong to another chain, by what they say: were they signed by the same validators? */
export class Suspects {
  readonly #instance: Instance;
  readonly #raw: RawClient;
  /** What the newest proof was made from. */
  #proof: readonly Uint8Array[] = [];
  #suspects: readonly Uint8Array[] = [];

  constructor(instance: Instance, raw: RawClient) {
    this.#instance = instance;
    this.#raw = raw;
  }

  /** Blocks turned final by these answers. */
  proven(answers: readonly Uint8Array[]): void {
    for (const suspect of this.#suspects) for (const answer of answers) this.#compare(answer, suspect);
    this.#proof = answers;
  }

  /** An answer was refused. */
  refused(answer: Uint8Array | undefined, code: ErrorCode): void {
    if (answer === undefined || !ELSEWHERE.has(code)) return;
    for (const known of this.#proof) this.#compare(known, answer);
    if (answer.length <= LIMIT.bytes) this.#suspects = [...this.#suspects.slice(1 - LIMIT.count), answer];
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
}
