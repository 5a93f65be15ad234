import { LightClientError } from './error.js';
import type { RawClient } from './glue.js';
import type { Kept } from './keeper.js';
import type { ClientEvent } from './types.js';

/** What is wrong with what a store gave back, and not with the network file. */
const DAMAGED = /^(?:checkpoint|store|stake_table|point|bitvec)\./;

/**
 * Makes a client from what was kept, as far as it is usable. What a store gives back is not the caller's
 * word: the client begins anew without it. A checkpoint of the caller's own has to be right, and has to
 * agree with the tables that are kept.
 */
export async function recover(
  own: Uint8Array | undefined,
  kept: Kept,
  make: (checkpoint: Uint8Array | undefined, tables: Uint8Array | undefined) => Promise<RawClient>,
  tell: (event: ClientEvent) => void,
): Promise<RawClient> {
  const checkpoint = own ?? kept.checkpoint;
  const attempt = async (checkpoint: Uint8Array | undefined, tables: Uint8Array | undefined): Promise<RawClient | LightClientError> => {
    try {
      return await make(checkpoint, tables);
    } catch (error) {
      if (error instanceof LightClientError && DAMAGED.test(error.code)) return error;
      throw error;
    }
  };
  const both = await attempt(checkpoint, kept.tables);
  if (!(both instanceof LightClientError)) return both;
  if (own !== undefined && both.code === 'checkpoint.stake_table') throw both;
  const withoutTables = kept.tables === undefined ? both : await attempt(checkpoint, undefined);
  if (!(withoutTables instanceof LightClientError)) {
    tell({ type: 'tables_discarded', error: both });
    return withoutTables;
  }
  if (own !== undefined || kept.checkpoint === undefined) throw withoutTables;
  tell({ type: 'checkpoint_discarded', error: withoutTables });
  const withoutCheckpoint = await attempt(undefined, kept.tables);
  if (!(withoutCheckpoint instanceof LightClientError)) return withoutCheckpoint;
  if (kept.tables === undefined) throw withoutCheckpoint;
  tell({ type: 'tables_discarded', error: withoutCheckpoint });
  return make(undefined, undefined);
}
