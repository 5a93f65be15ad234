/**
 * The bindings that the build makes out of wasm-bindgen's output: one function that starts an
 * instance of its own at every call. Written by hand beside `src/`; `scripts/glue.mjs` refuses to
 * build when an export is missing here or there. JSON goes in as the bytes of its text; amounts of
 * 256 bits come out in decimal.
 */
import type { RawDeriver } from './tables-glue.js';
import type { EpochStakeTable, FinalizedBlock, KnownEpoch, Quorum, UpgradeAhead } from './types.js';

/** What the bindings throw for a rejection. */
export interface RawRejection {
  /** The fixed number beside the code; 0 where there is no randomness. */
  readonly number: number;
  readonly got: string | null;
  readonly expected: string | null;
}

/** Amounts of a quorum, in decimal. */
interface RawAmounts {
  readonly weight: string;
  readonly threshold: string;
  readonly total: string;
}

export type RawQuorum = Omit<Quorum, keyof RawAmounts> & RawAmounts;

/** An object on the module's side; its memory is given back by `free`. */
interface Owned {
  free(): void;
}

export interface RawTable extends Owned {
  total(): string;
  size(): number;
  verify(certificate: Uint8Array, kind: string): RawQuorum;
}

export interface RawRecording extends Owned {
  addTable(epoch: bigint, table: Uint8Array): void;
  push(line: Uint8Array): void;
  verify(): string;
}

export type RawBlock = Omit<FinalizedBlock, 'quorum'> & { readonly quorum: RawQuorum | null };

export interface RawProgress {
  /** Units of work that are left, about; 0 if there is nothing to compute. */
  readonly remaining: number;
  readonly idle: boolean;
  readonly withheld: bigint | null;
  readonly epoch: RawEpoch | null;
  readonly blocks: readonly RawBlock[];
}

/** An epoch whose stake table is known from now on. */
export type RawEpoch = Omit<KnownEpoch, 'totalStake'> & {
  readonly totalStake: string;
  /** The paths whose answers prove the table; none where a checkpoint named its hash. */
  readonly proof: readonly string[];
};

/** How far the way to today's stake table is. */
export interface RawWay {
  readonly from: bigint;
  readonly epoch: bigint;
  readonly until: bigint;
  readonly bytes: bigint;
}

export type RawStakeTable = Omit<EpochStakeTable, 'total' | 'threshold'> & { readonly total: string; readonly threshold: string };

export interface RawEquivocation {
  readonly kind: string;
  readonly epoch: bigint | null;
  readonly place: bigint;
  readonly leaves: readonly string[];
  readonly signers: readonly number[];
  readonly evidence: string | null;
}

export interface RawClient extends Owned {
  /** Whether the module that derives stake tables has to be linked before anything else is called. */
  needsDeriver(): boolean;
  linkDeriver(deriver: RawDeriver): void;
  providers(): string[];
  requests(limit: number): string[];
  working(): boolean;
  atTip(): boolean;
  respond(path: string, body: Uint8Array): RawProgress;
  missing(path: string): RawProgress;
  culprit(): string | undefined;
  step(budget: number): RawProgress;
  setRange(leaves: number): void;
  checkpoint(): Uint8Array | undefined;
  checkpointText(): string | undefined;
  followed(): Uint8Array | undefined;
  way(): RawWay | null;
  newestEpoch(): bigint | undefined;
  storedTables(): Uint8Array | undefined;
  stakeTable(epoch: bigint): RawStakeTable | null;
  announcedUpgrade(): UpgradeAhead | null;
  vidWeight(height: bigint): bigint | undefined;
  setTime(now: bigint): void;
  acceptExpiredAnchor(): void;
  confirm(checkpoint: Uint8Array): boolean;
  confirmByL1(epoch: bigint, time: bigint, members: Uint8Array): boolean;
  trust(): { readonly root: string; readonly date: bigint | null; readonly error: RawRejection | null };
  equivocation(first: Uint8Array, second: Uint8Array): RawEquivocation | null;
  checkEquivocation(evidence: Uint8Array): RawEquivocation;
  leafProof(proof: Uint8Array, descendants: Uint8Array | undefined, height: bigint | undefined): RawLeafProofCheck;
}

export interface RawLeafProofCheck extends Owned {
  step(budget: number): RawProgress;
}

export interface Bindings {
  headerCommitment(header: Uint8Array): string;
  leafCommitment(leaf: Uint8Array): string;
  Table: new (table: Uint8Array) => RawTable;
  Recording: new (network: Uint8Array) => RawRecording;
  Client: new (
    network: Uint8Array,
    checkpoint: Uint8Array | undefined,
    tables: Uint8Array | undefined,
    start: bigint | undefined,
    skip: boolean,
    l1Time: bigint | undefined,
  ) => RawClient;
  /** Only the client makes these. */
  LeafProofCheck: unknown;
}

export function instantiate(module: WebAssembly.Module): Bindings;
