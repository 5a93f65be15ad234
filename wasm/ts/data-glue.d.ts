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
}

export interface RawPayload {
  readonly height: bigint;
  readonly block: string;
  readonly parameters: 'stake-table' | 'served';
  readonly length: bigint;
  /** With an empty list where transactions can be read: they come by `take`. */
  readonly namespaces: readonly { readonly namespace: number; readonly length: bigint; readonly transactions: readonly never[] | null }[];
}

export interface RawAccount {
  readonly height: bigint;
  readonly ledger: 'fee' | 'reward';
  readonly account: string;
  readonly amount: string | null;
}

/** The steps of a check. */
export interface RawCheck extends Owned {
  step(budget: number): boolean;
  /** See `Outgoing` in `src/data.rs`, and `takeTransactions`. */
  take(): Uint8Array;
}

export interface RawNamespaceCheck extends RawCheck {
  finish(): RawNamespace;
}

export interface RawPayloadCheck extends RawCheck {
  finish(): RawPayload;
  bytes(): Uint8Array<ArrayBuffer>;
}

/** What the module of rollups has namespaces proven by. */
export interface RawProver extends Owned {
  begin(job: Uint8Array, answer: Uint8Array): Uint8Array;
  step(budget: number): Uint8Array;
}

export interface Bindings {
  header(root: Uint8Array, block: string, height: bigint | undefined, proof: Uint8Array | undefined): RawHeader;
  account(header: Uint8Array, block: string, ledger: string, account: string, answer: Uint8Array): RawAccount;
  NamespaceCheck: new (
    header: Uint8Array,
    block: string,
    namespace: bigint,
    answer: Uint8Array,
    weight: bigint | undefined,
  ) => RawNamespaceCheck;
  PayloadCheck: new (header: Uint8Array, block: string, answer: Uint8Array, weight: bigint | undefined) => RawPayloadCheck;
  Prover: new () => RawProver;
}

export function instantiate(module: WebAssembly.Module): Bindings;
