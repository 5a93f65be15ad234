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

export interface Bindings {
  Deriver: new () => RawDeriver;
}

export function instantiate(module: WebAssembly.Module): Bindings;
