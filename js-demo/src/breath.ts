/** What the page and the worker that checks transition proofs say to each other. */
import type { Refusal } from './protocol.js';

/** Check everything, with one bit of the record of an epoch changed if one is named. */
export interface ToBreath {
  readonly spoil: number | null;
}

export type FromBreath =
  /** How much is done, from 0 to 1. */
  | { readonly type: 'progress'; readonly done: number }
  /** All proofs hold, and the last table is the one that they lead to. */
  | {
      readonly type: 'proven';
      readonly epochs: number;
      /** The epoch that the last proof hands over to. */
      readonly epoch: bigint;
      /** The commitments of its stake table. */
      readonly table: string;
      readonly bytes: number;
      readonly milliseconds: number;
    }
  | { readonly type: 'refused'; readonly epochs: number; readonly bytes: number; readonly milliseconds: number; readonly refusal: Refusal }
  /** There was nothing to check: a file is missing. */
  | { readonly type: 'failed'; readonly refusal: Refusal };
