/**
 * The bindings of the third module, which derives stake tables from the contract's events. Made as
 * those in `glue.d.ts` are.
 */

/** Derives the tables of one client: takes jobs and answers in bytes that only the main module reads. */
export interface RawDeriver {
  begin(job: Uint8Array): Uint8Array;
  step(budget: number): Uint8Array;
  registrations(state: number): Uint8Array | undefined;
  free(): void;
}

/** Reads the contracts on L1 that a network file names. */
export interface RawL1Reader {
  providers(): string[];
  request(): { readonly method: string; readonly params: string } | null;
  next(): bigint;
  last(): bigint;
  respond(result: Uint8Array): void;
  narrow(): boolean;
  step(budget: number): number;
  fixingRoot(): bigint | undefined;
  anchor(): {
    readonly block: bigint;
    readonly date: bigint;
    readonly epoch: bigint;
    readonly height: bigint;
    readonly validators: number;
  } | null;
  members(): Uint8Array;
  tables(header: Uint8Array | undefined): Uint8Array;
  free(): void;
}

export interface Bindings {
  Deriver: new (entropy: Uint8Array) => RawDeriver;
  L1Reader: new (network: Uint8Array) => RawL1Reader;
}

export function instantiate(module: WebAssembly.Module): Bindings;
