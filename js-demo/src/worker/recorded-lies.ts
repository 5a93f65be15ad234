import { members } from '../model/json-text.js';

/** A way to lie with recorded answers, when nobody holds the validators' keys. */
interface RecordedLie {
  readonly id: string;
  /** Makes a list of leaves that nobody should believe out of one that is true. */
  readonly tell: (leaves: readonly string[]) => string;
}

const list = (leaves: readonly string[]): string => `[${leaves.join()}]`;

/** Replaces the first match in the first leaf. */
function inFirst(pattern: RegExp, change: (match: string, ...groups: string[]) => string) {
  return (leaves: readonly string[]): string =>
    list(leaves.map((leaf, index) => (index === 0 ? leaf.replace(pattern, change as (match: string) => string) : leaf)));
}

/** Rewrites the certificates that stand beside the leaves: which of them will count is not known yet. */
function onCertificates(change: (certificate: string, leaf: string) => string) {
  return (leaves: readonly string[]): string =>
    list(
      leaves.map((leaf) => {
        const certificate = members(leaf).get('qc') ?? '';
        return certificate === '' ? leaf : leaf.replace(certificate, () => change(certificate, leaf));
      }),
    );
}

const SIGNATURE = /BLS_SIG~[\w-]+/g;

const LIES: readonly RecordedLie[] = [
  { id: 'changed-block', tell: inFirst(/"timestamp":(\d+)/, (_, seconds) => `"timestamp":${BigInt(seconds ?? 0) + 1n}`) },
  {
    id: 'forged-signature',
    // The parent's signature is a perfectly good one, for something else.
    tell: onCertificates((certificate, leaf) => {
      const own = certificate.match(SIGNATURE)?.[0] ?? '';
      const other = leaf.match(SIGNATURE)?.find((signature) => signature !== own) ?? own;
      return certificate.replace(own, other);
    }),
  },
  {
    id: 'too-few-signers',
    // The words of the signers' bits, of which only the first few stay set.
    tell: onCertificates((certificate) =>
      certificate.replace(/"data":\[(\d+)((?:,\d+)*)\]/, (_, first: string, rest: string) => {
        const few = BigInt(first) & 0xffn;
        return `"data":[${few}${rest.replace(/\d+/g, '0')}]`;
      }),
    ),
  },
  {
    id: 'no-signature',
    tell: onCertificates((certificate) => {
      const signatures = members(certificate).get('signatures') ?? '';
      return signatures === '' ? certificate : certificate.replace(signatures, 'null');
    }),
  },
  {
    id: 'other-chain',
    tell: inFirst(/"parent_commitment":"(COMMIT~[\w-]+)"/, (whole, parent) => {
      // A commitment that exists, of another block: the form is right, the place is not.
      return whole.replace(parent ?? '', 'COMMIT~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB');
    }),
  },
  { id: 'missing-block', tell: (leaves) => list(leaves.slice(1)) },
  { id: 'doubled-block', tell: (leaves) => list(leaves.length > 1 ? leaves.map((_, index) => leaves[index === 1 ? 0 : index] ?? '') : [...leaves, ...leaves]) },
  {
    id: 'wrong-epoch',
    tell: onCertificates((certificate) => certificate.replace(/"epoch":(\d+)/, (_, epoch: string) => `"epoch":${BigInt(epoch) + 1n}`)),
  },
  { id: 'damaged', tell: (leaves) => list(leaves).slice(0, -20) },
];

/** What a liar answers instead of a list of leaves. An unknown lie is the truth. */
export function lieAbout(id: string, leaves: readonly string[]): string {
  return LIES.find((lie) => lie.id === id)?.tell(leaves) ?? list(leaves);
}
