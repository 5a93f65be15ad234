/**
 * Three hundred epochs in one breath: the committed chain of transition proofs, checked in a worker of
 * its own, so that following the chain does not wait for it. The keys of that chain are public.
 */
import { verifyTransitions } from 'hotshot-light-client/transition';

import keyAddress from '../../../circuits/fixture/verifying-key?url';
import networkAddress from '../../../circuits/fixture/network.json?url';
import recordsAddress from '../../../circuits/fixture/records?url';
import tableAddress from '../../../circuits/fixture/stake_table.json?url';
import type { FromBreath, ToBreath } from '../breath.js';
import { toRefusal } from './refusal.js';

/** Bytes of a record, and where the signed block tree stands in it. */
const RECORD_BYTES = 476;
const ROOT_PLACE = 28;

const say = (message: FromBreath): void => postMessage(message);

async function fetched(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

let files: Promise<readonly Uint8Array[]> | undefined;

async function check({ spoil }: ToBreath): Promise<void> {
  files ??= Promise.all([networkAddress, keyAddress, recordsAddress, tableAddress].map(fetched));
  const [network, key, original, table] = await files;
  if (network === undefined || key === undefined || original === undefined || table === undefined) return;
  const records = original.slice();
  const epochs = records.length / RECORD_BYTES;
  const place = spoil === null ? undefined : (spoil - 1) * RECORD_BYTES + ROOT_PLACE;
  if (place !== undefined && place < records.length) records[place] = (records[place] ?? 0) ^ 1;
  const bytes = network.length + key.length + records.length + table.length;
  // The first call compiles the module as well, which is paid once.
  await verifyTransitions({ network, key, records: original.slice(0, RECORD_BYTES) });
  const start = performance.now();
  try {
    const proven = await verifyTransitions({ network, key, records, onProgress: (done) => say({ type: 'progress', done }) });
    const milliseconds = performance.now() - start;
    proven.checkTable(table);
    say({ type: 'proven', epochs, epoch: proven.epoch, table: proven.table, bytes, milliseconds });
  } catch (error) {
    say({ type: 'refused', epochs, bytes, milliseconds: performance.now() - start, refusal: toRefusal(error) });
  }
}

addEventListener('message', (event: MessageEvent<ToBreath>) => {
  check(event.data).catch((error: unknown) => say({ type: 'failed', refusal: toRefusal(error) }));
});
