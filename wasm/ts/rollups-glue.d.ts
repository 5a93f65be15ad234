/**
 * The bindings of the fourth module, which finds what rollups say in blocks. As `glue.d.ts`: written by
 * hand beside `src/rollups.rs`, and compared with it by the build.
 */
import type { RawProver } from './data-glue.js';

/** An object on the module's side; its memory is given back by `free`. */
interface Owned {
  free(): void;
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

export interface RawBundleCheck extends Owned {
  add(namespace: number, answer: Uint8Array): void;
  finish(): RawBundle;
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
  BundleCheck: new (
    header: Uint8Array,
    block: string,
    legs: Uint8Array,
    weight: bigint | undefined,
    prover: RawProver,
  ) => RawBundleCheck;
  Scan: new (
    question: Uint8Array,
    from: bigint,
    to: bigint,
    tip: Uint8Array,
    block: string,
    leaf: string,
    hint: bigint | undefined,
    prover: RawProver,
  ) => RawScan;
}

export function instantiate(module: WebAssembly.Module): Bindings;
