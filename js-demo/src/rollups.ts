import type { RollupConfig } from 'hotshot-light-client';

/** A rollup of the devnet, as its users know it. */
export interface Rollup {
  readonly name: string;
  readonly config: RollupConfig;
}

/** A transaction that was handed to a rollup of the devnet. */
export interface Leg {
  readonly name: string;
  readonly rollup: RollupConfig;
  /** The hash of the L2 transaction. */
  readonly transaction: string;
}

/** What was sent, and the height of the next block then: a guess where it will be. */
export interface Sent {
  readonly legs: readonly Leg[];
  readonly height: number;
}

/**
 * The rollups of a devnet; none where the server is another one, or has none.
 *
 * The page trusts what the devnet says of its rollups, as a wallet trusts what it was configured with.
 */
export async function devnetRollups(provider: string): Promise<readonly Rollup[]> {
  try {
    const response = await fetch(`${provider}/devnet/rollups`, { credentials: 'omit' });
    return response.ok ? ((await response.json()) as readonly Rollup[]) : [];
  } catch {
    return [];
  }
}

/** Sends a transaction to each of these rollups, all of them into one block. */
export async function post(provider: string, rollups: readonly string[], text: string): Promise<Sent> {
  // Plain text: a request that browsers send without asking the server first.
  const response = await fetch(`${provider}/devnet/post`, {
    method: 'POST',
    body: JSON.stringify({ rollups, text }),
    credentials: 'omit',
  });
  if (!response.ok) throw new Error(`the devnet answered ${response.status}`);
  return (await response.json()) as Sent;
}
