/**
 * The bindings of the module of transition proofs, made as those of `glue.d.ts`. What is thrown for a
 * rejection is the text of its JSON.
 */

export interface RawWalk {
  free(): void;
  step(budget: number): string;
  checkTable(table: Uint8Array): void;
}

export interface Bindings {
  TransitionWalk: new (
    network: Uint8Array,
    epoch: bigint,
    key: Uint8Array,
    records: Uint8Array,
    entropy: Uint8Array,
  ) => RawWalk;
}

export function instantiate(module: WebAssembly.Module): Bindings;
