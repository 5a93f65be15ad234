import type { BundleConfirmation, Confirmation, LightClient, NamespaceContent } from 'hotshot-light-client';

import type { Leg } from '../rollups.js';

/** What is told while a transaction or a bundle is looked for. */
export type Finding =
  /** The block at this height is final, and does not hold it. */
  | { readonly kind: 'passed'; readonly height: bigint }
  /** A transaction is in a final block; whether it is the rollup's is being looked for. */
  | { readonly kind: 'found'; readonly confirmation: Confirmation; readonly done: bigint; readonly all: bigint }
  /** All that can be said about a transaction. */
  | { readonly kind: 'confirmed'; readonly confirmation: Confirmation; readonly bytes: number }
  /** All that can be said about a bundle. */
  | { readonly kind: 'bundled'; readonly confirmation: BundleConfirmation; readonly bytes: number };

/** After so many blocks a transaction is given up: the devnet takes it into the next that has traffic. */
const PATIENCE = 16;

/** Waits until a transaction, or several together, are in a final block, and finds out what that means. */
export async function watch(client: LightClient, legs: readonly Leg[], height: number, tell: (finding: Finding) => void, signal: AbortSignal): Promise<void> {
  const [first] = legs;
  if (first === undefined) return;
  let bytes = 0;
  for (let to = height; to < height + PATIENCE; to++) {
    // Waits until the block is final.
    await client.header(to, { signal });
    if (legs.length > 1) {
      const parts = legs.map(({ rollup, transaction }) => ({ rollup, transaction }));
      const confirmation = await client.confirmBundle(parts, { from: to, to, signal, onProgress: (step) => (bytes = step.bytes) });
      if (confirmation.answer === 'yes') return tell({ kind: 'bundled', confirmation, bytes });
    } else {
      const question = { rollup: first.rollup, l2TransactionHash: first.transaction };
      const inBlock = await client.confirm({ ...question, from: to, to }, { signal });
      if (inBlock.inHotShot === 'yes') {
        tell({ kind: 'found', confirmation: inBlock, done: 0n, all: BigInt(to) + 1n });
        const confirmation = await client.confirm(
          { ...question, to, hint: to },
          {
            signal,
            onProgress: ({ done, all, report, bytes: read }) => {
              bytes = read;
              tell({ kind: 'found', confirmation: { ...report, inHotShot: 'yes', place: inBlock.place }, done, all });
            },
          },
        );
        return tell({ kind: 'confirmed', confirmation, bytes });
      }
    }
    tell({ kind: 'passed', height: BigInt(to) });
  }
}

/** What a final block holds for a namespace. */
export function readNamespace(client: LightClient, height: bigint, namespace: number, signal: AbortSignal): Promise<NamespaceContent> {
  return client.namespace(height, namespace, { signal });
}
