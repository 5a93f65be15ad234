/** What is in blocks, as it was proven. */
import type { JsonValue } from './types.js';

/** A header that is proven final, and the namespaces of its block. */
export interface BlockHeader {
  readonly height: bigint;
  /** The block's hash, `BLOCK~…`. */
  readonly hash: string;
  /** The protocol version, such as `0.4`. */
  readonly version: string;
  /** Seconds since 1970, as the block's leader says. */
  readonly timestamp: bigint;
  /** The newest finalized L1 block that the leader knew. */
  readonly l1Finalized: bigint | null;
  /** The commitment of the payload; its tag says under which scheme. */
  readonly payloadCommitment: string;
  /** Every namespace of the block: one that is not listed is proven absent. */
  readonly namespaces: readonly { readonly id: number; readonly bytes: number }[];
}

/**
 * Where the number of shares of a block's payload comes from: from the verified stake table of its
 * epoch, or, where that is not known, from the server. The second is enough to show that something
 * is there, because the exact length and the threshold are enforced all the same.
 */
export type ParameterSource = 'stake-table' | 'served';

/** One transaction of a namespace. Its identity is height, namespace and position. */
export interface NamespaceTransaction {
  readonly position: number;
  /** `TX~…`: the same for every transaction of the same bytes. */
  readonly commitment: string;
  readonly payload: Uint8Array;
  /** Whether some of the bytes also belong to an earlier transaction. */
  readonly overlaps: boolean;
}

/** What a final block holds for a namespace. */
export interface NamespaceContent {
  readonly height: bigint;
  /** The block's hash, `BLOCK~…`. */
  readonly hash: string;
  readonly namespace: bigint;
  /** `false` is proven, by the block's table of namespaces. */
  readonly present: boolean;
  /** `null` where the namespace is absent, which needs none. */
  readonly parameters: ParameterSource | null;
  /** How many bytes the namespace has in the block. */
  readonly bytes: number;
  readonly transactions: readonly NamespaceTransaction[];
}

/** One namespace of a whole payload. */
export interface PayloadNamespace {
  readonly id: number;
  /** How many bytes it has. */
  readonly bytes: number;
  /** `null` where they overlap so much that they are not read, which whoever posts to a namespace can bring about. */
  readonly transactions: readonly NamespaceTransaction[] | null;
}

/** The whole payload of a final block, recomputed to the commitment in its header. */
export interface PayloadContent {
  readonly height: bigint;
  /** The block's hash, `BLOCK~…`. */
  readonly hash: string;
  readonly parameters: ParameterSource;
  /** How many bytes the payload has. */
  readonly bytes: number;
  /** All of them. */
  readonly payload: Uint8Array<ArrayBuffer>;
  /** In the order of the block's table: all that the block has. */
  readonly namespaces: readonly PayloadNamespace[];
}

/** Which tree of accounts: balances for fees, or lifetime rewards. */
export type Ledger = 'fee' | 'reward';

/** What an account holds under a final header. */
export interface AccountContent {
  readonly height: bigint;
  readonly ledger: Ledger;
  /** `0x…` */
  readonly account: string;
  /** In wei; `null` if the account is proven not to be in the tree. */
  readonly amount: bigint | null;
}

/**
 * A rollup. HotShot knows nothing of it, so this is your word: who signs for it at which L1 blocks
 * (both ends count), and from which HotShot height it reads its namespace.
 */
export interface RollupConfig {
  /** The namespace; for Nitro the chain id of the rollup. */
  readonly namespace: number;
  readonly format: 'nitro' | 'op-stack';
  readonly authority: readonly { readonly signer: string; readonly from: number | bigint; readonly until?: number | bigint | null }[];
  readonly firstHeight: number | bigint;
  /** OP Stack: an L2 block that you know to be canonical. Without one, that question stays open. */
  readonly anchor?: { readonly number: number | bigint; readonly hash: string } | null;
}

/** An answer: `no` is only ever said of a range that was verified without gaps. */
export type Answer = 'yes' | 'no' | 'unknown';

/** Where something stands in HotShot. */
export interface Place {
  readonly height: bigint;
  readonly namespace: number;
  /** Position of the transaction in the namespace. */
  readonly transaction: bigint;
  /** Position of the message in the transaction. */
  readonly message: bigint;
}

/** Heights, both ends in the range. */
export interface HeightRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** Two facts about an L2 transaction, kept apart. Neither says that it succeeds when it is executed. */
export interface Confirmation {
  /** Whether a message that an authority of the rollup signed, and that holds the transaction, is in a final block of the range. */
  readonly inHotShot: Answer;
  /** Where, if it is. */
  readonly place: Place | null;
  /** Whether that message is the one that the rollup takes at its position. */
  readonly canonical: Answer;
  /** The position in the rollup's order, if it is. */
  readonly position: bigint | null;
  readonly asked: HeightRange;
  /** What was verified without gaps; nothing if only the hint was read. */
  readonly verified: HeightRange | null;
  readonly parameters: ParameterSource;
  /** Transactions in the namespace that the rollup does not read: anybody may post there. */
  readonly refusedTransactions: bigint;
}

/** One leg of a bundle: an L2 transaction, or a transaction of a namespace by its commitment or bytes. */
export type BundleLeg =
  | { readonly rollup: RollupConfig; readonly transaction: string }
  | { readonly namespace: number; readonly commitment: string }
  | { readonly namespace: number; readonly bytes: Uint8Array };

/** A leg that was found. */
export interface FoundLeg {
  readonly namespace: number;
  readonly transaction: bigint;
  readonly message: bigint;
  /** The commitment of the transaction that it stands in, `TX~…`. */
  readonly commitment: string;
  /** For an L2 transaction: the position of its message in the rollup's order. */
  readonly position: bigint | null;
}

/**
 * Transactions of several rollups in one final block: they became final together, in one order.
 * It is not proven that a leg is executed: it may revert, or lose its position to an earlier message.
 */
export interface ConfirmedBundle {
  readonly height: bigint;
  /** The block's hash, `BLOCK~…`. */
  readonly hash: string;
  /** The same for the same transactions in whatever order, `0x…`. */
  readonly identifier: string;
  readonly legs: readonly FoundLeg[];
}

/** Whether a bundle is in one final block of a range. */
export interface BundleConfirmation {
  readonly answer: Answer;
  readonly bundle: ConfirmedBundle | null;
  readonly asked: HeightRange;
  readonly verified: HeightRange | null;
  readonly parameters: ParameterSource;
}

/** How far a search is. */
export interface SearchProgress<T> {
  /** Heights that were verified, and how many there are. */
  readonly done: bigint;
  readonly all: bigint;
  /** Bytes of answers that were read. */
  readonly bytes: number;
  /** What is shown so far. */
  readonly report: T;
}

/** In which heights to search, and what to try first. */
export interface SearchRange {
  /** The lowest height. By default the first that the rollup reads; for bundles 100 below the highest. */
  readonly from?: bigint | number | undefined;
  /** The highest height. By default that of the newest final block. */
  readonly to?: bigint | number | undefined;
  /** A height to try first: somebody's guess, which is not believed. */
  readonly hint?: bigint | number | undefined;
}

/** How a search is watched and ended. */
export interface SearchOptions<T> {
  readonly signal?: AbortSignal | undefined;
  /** Told about every step. Must not throw. */
  readonly onProgress?: ((progress: SearchProgress<T>) => void) | undefined;
}

/** The wallet's question. */
export interface ConfirmQuestion extends SearchRange {
  readonly rollup: RollupConfig;
  /** The hash of the L2 transaction, `0x…`. */
  readonly l2TransactionHash: string;
}

/** How {@link BaseClient.header} and its kin may be ended from outside. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

/** How an account is read. */
export interface AccountOptions extends ReadOptions {
  /** Which tree. Default `reward`. */
  readonly ledger?: Ledger | undefined;
  /** The height; by default that of the newest final block. */
  readonly height?: bigint | number | undefined;
}

/** A leg as JSON. */
export function legToJson(leg: BundleLeg, toBase64: (bytes: Uint8Array) => string): JsonValue | object {
  return 'bytes' in leg ? { namespace: leg.namespace, bytes: toBase64(leg.bytes) } : leg;
}
