/** Where a block stands in its epoch. */
export interface Place {
  readonly epoch: number;
  /** Position in the epoch, from 1 to the epoch's height. */
  readonly position: number;
  /** Whether the block is one of the epoch's last, which two committees sign where there is a handover. */
  readonly transition: boolean;
}

/** The last so many blocks of an epoch are signed by two committees. */
export const TRANSITION_BLOCKS = 4;

/** Whether two committees sign the last blocks of an epoch in a protocol version: from 0.3 until 0.6. */
export function hasHandover(version: string): boolean {
  const minor = Number(version.split('.')[1]);
  return minor >= 3 && minor < 6;
}

/** The place of a block height in epochs of a given height (which is not 0). */
export function placeOf(height: number, epochHeight: number): Place {
  const epoch = Math.max(1, Math.ceil(height / epochHeight));
  const position = height - (epoch - 1) * epochHeight;
  return { epoch, position, transition: position > epochHeight - TRANSITION_BLOCKS };
}

/** The heights of an epoch, first and last. The first epoch begins with block 1: genesis is apart. */
export function heightsOf(epoch: number, epochHeight: number): { readonly first: number; readonly last: number } {
  return { first: (epoch - 1) * epochHeight + 1, last: epoch * epochHeight };
}
