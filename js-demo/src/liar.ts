import type { Session } from './session.js';

/** A lie that a server can be told to tell. */
export interface Lie {
  readonly id: string;
  /** What the server does, in plain words: `Leaves a block out`. */
  readonly title: string;
  /** The codes with which a client refuses it; none where it cannot be told from having nothing to say. */
  readonly codes: readonly string[];
}

/** A server that lies when it is asked to. */
export interface Liar {
  /** The lies that it knows; none where it cannot be asked. */
  lies(): Promise<readonly Lie[]>;
  /** Makes it tell a lie from now on, or (`null`) the truth. */
  tell(lie: Lie | null): Promise<void>;
}

const RECORDED: readonly Lie[] = [
  { id: 'changed-block', title: 'Changes a block after it was signed', codes: ['leaf.commitment', 'leaf.parent'] },
  { id: 'forged-signature', title: 'Puts a signature from elsewhere under a block', codes: ['qc.signature'] },
  { id: 'no-signature', title: 'Serves a block that nobody signed', codes: ['qc.unsigned'] },
  { id: 'too-few-signers', title: 'Claims that a handful of validators is enough', codes: ['qc.weight'] },
  { id: 'other-chain', title: 'Goes on with another chain', codes: ['leaf.parent', 'leaf.commitment'] },
  { id: 'missing-block', title: 'Leaves a block out', codes: ['leaf.range'] },
  { id: 'doubled-block', title: 'Serves a block twice', codes: ['leaf.range'] },
  { id: 'wrong-epoch', title: 'Claims votes from another epoch', codes: ['qc.epoch', 'qc.vote_commitment'] },
  { id: 'damaged', title: 'Breaks off in the middle of an answer', codes: ['json.syntax'] },
];

/** The recording's server, which runs in the worker and has no keys: it can only change what it has. */
export function recordedLiar(session: Session): Liar {
  return {
    lies: () => Promise.resolve(RECORDED),
    tell(lie) {
      session.send({ type: 'lie', kind: lie?.id ?? null });
      return Promise.resolve();
    },
  };
}

/** What lies are about, by the code of their refusal; the first family that fits. */
const GROUPS: readonly (readonly [string, RegExp])[] = [
  ['Damaged answers', /^(json|tagged_base64|base64|hex|integer|bytes)\./],
  ['Other blocks than were asked for', /^(leaf\.range|header\.height)$/],
  ['Handover between epochs', /^epoch\./],
  ['Upgrades of the protocol', /^upgrade/],
  ['Proofs that prove nothing', /^finality\./],
  ['Forged votes', /^(qc|point|bitvec|key|signature)\./],
  ['Altered blocks and other chains', /^(leaf|header|network)\./],
];

/** The lies by what they are about, in the order of their list within each group. */
export function grouped(lies: readonly Lie[]): ReadonlyMap<string, readonly Lie[]> {
  const groups = new Map<string, Lie[]>();
  for (const lie of lies) {
    const code = lie.codes[0] ?? '';
    const name = GROUPS.find(([, pattern]) => pattern.test(code))?.[0] ?? 'Silence';
    groups.set(name, [...(groups.get(name) ?? []), lie]);
  }
  return groups;
}

/**
 * Whether a lie can be told under the rules of a protocol version.
 *
 * @param minor the minor version of the newest final block: 4 for protocol 0.4
 */
export function isApplicable(lie: Lie, minor: number): boolean {
  if (lie.id.startsWith('cert2-')) return minor >= 6;
  if (lie.id === 'uncommitted-part') return minor < 3;
  if (lie.id.endsWith('next-qc')) return minor >= 3 && minor < 6;
  // Certificates name an epoch and a height from 0.3 on; from 0.6 on others decide.
  if (/^qc\.(epoch|block_number)$/.test(lie.codes[0] ?? '')) return minor >= 3 && minor < 6;
  return true;
}
