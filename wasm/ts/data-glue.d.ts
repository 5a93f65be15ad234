/**
 * The bindings of the second module, which proves what is in blocks. As `glue.d.ts`: written by hand
 * beside `src/data.rs`, and compared with it by the build.
 */
import type { RawRejection } from './glue.js';

export type { RawRejection };

/** An object on the module's side; its memory is given back by `free`. */
interface Owned {
  free(): void;
}

export interface RawHeader {
  readonly height: bigint;
  readonly block: string;
  readonly version: string;
  readonly timestamp: bigint;
  readonly l1Finalized: bigint | null;
  readonly payloadCommitment: string;
  readonly namespaces: readonly { readonly namespace: number; readonly length: bigint }[];
}

export interface RawNamespace {
  readonly height: bigint;
  readonly block: string;
  readonly namespace: bigint;
  readonly present: boolean;
  readonly parameters: 'stake-table' | 'served' | null;
  readonly length: bigint;
  readonly transactions: readonly RawTransaction[];
}

export interface RawTransaction {
  readonly position: bigint;
  readonly commitment: string;
  readonly payload: string;
  readonly overlaps: boolean;
}

export interface RawAccount {
  readonly height: bigint;
  readonly ledger: 'fee' | 'reward';
  readonly account: string;
  readonly amount: string | null;
}

export interface RawPlace {
  readonly height: bigint;
  readonly namespace: number;
  readonly transaction: bigint;
  readonly message: bigint;
}

export interface RawRange {
  readonly from: bigint;
  readonly to: bigint;
}

export interface RawBundle {
  readonly height: bigint;
  readonly block: string;
  readonly identifier: string;
  readonly legs: readonly {
    readonly namespace: number;
    readonly transaction: bigint;
    readonly message: bigint;
    readonly commitment: string;
    readonly position: bigint | null;
  }[];
}

export interface RawConfirmation {
  readonly inHotShot: 'yes' | 'no' | 'unknown';
  readonly place: RawPlace | null;
  readonly canonical: 'yes' | 'no' | 'unknown';
  readonly position: bigint | null;
  readonly asked: RawRange;
  readonly verified: RawRange | null;
  readonly parameters: 'stake-table' | 'served';
  readonly refusedTransactions: bigint;
}

export interface RawBundleConfirmation {
  readonly answer: 'yes' | 'no' | 'unknown';
  readonly bundle: RawBundle | null;
  readonly asked: RawRange;
  readonly verified: RawRange | null;
  readonly parameters: 'stake-table' | 'served';
}

export interface RawNamespaceCheck extends Owned {
  step(budget: number): boolean;
  take(): readonly RawTransaction[];
  finish(): RawNamespace;
}

export interface RawScan extends Owned {
  setStretch(leaves: number): void;
  request(): { readonly path: string; readonly height: bigint; readonly kind: 'header' | 'leaves' | 'namespace' } | undefined;
  respond(body: Uint8Array, weight: bigint | undefined): void;
  isWorking(): boolean;
  step(budget: number): void;
  missing(): void;
  done(): bigint;
  report(): RawConfirmation | RawBundleConfirmation;
}

export interface Bindings {
  header(root: Uint8Array, block: string, height: bigint | undefined, proof: Uint8Array | undefined): RawHeader;
  account(header: Uint8Array, block: string, ledger: string, account: string, answer: Uint8Array): RawAccount;
  bundle(header: Uint8Array, block: string, bundle: Uint8Array, weight: bigint | undefined): RawBundle;
  NamespaceCheck: new (
    header: Uint8Array,
    block: string,
    namespace: bigint,
    answer: Uint8Array,
    weight: bigint | undefined,
  ) => RawNamespaceCheck;
  Scan: new (
    question: Uint8Array,
    from: bigint,
    to: bigint,
    tip: Uint8Array,
    block: string,
    leaf: string,
    hint: bigint | undefined,
  ) => RawScan;
}

export function instantiate(module: WebAssembly.Module): Bindings;
