// Compiled, never run: every line says what a type must and must not allow.
import { StakeTable, init, verifyCertificate, verifyHeader, verifyRecording } from 'hotshot-light-client/verify';
import type { ErrorCode, LightClientError, Quorum, RecordingResult } from 'hotshot-light-client/verify';
import { LightClient, httpProvider, indexedDbStore, memoryStore } from 'hotshot-light-client';
import type { BlockHeader, ClientEvent, ClientStore, Confirmation, EpochStakeTable, FinalizedBlock, ProviderStatus, RollupConfig } from 'hotshot-light-client';
import { connect, serve } from 'hotshot-light-client/worker';
import * as inline from 'hotshot-light-client/inline';
import { mainnet } from 'hotshot-light-client/networks';

await init(new URL('https://example.com/module.wasm'));
const result: RecordingResult = verifyRecording(['{}', { leaf: {} }, new Uint8Array()], '{}', { stakeTables: { 3: '{}' } });
const height: number | bigint | null = result.lines[0]?.height ?? null;
// @ts-expect-error a height may be larger than a number holds
const narrow: number | null = result.lines[0]?.height ?? null;
const quorum: Quorum = verifyCertificate({}, new StakeTable([]), { kind: 'certificate2' });
const weight: bigint = quorum.weight;
// @ts-expect-error there is no such kind
verifyCertificate({}, [], { kind: 'certificate3' });
const code = (error: LightClientError): ErrorCode => error.code;
const known: ErrorCode[] = ['qc.signature', 'wasm.trap'];
// @ts-expect-error codes are a closed list
const unknown: ErrorCode = 'qc.sgnature';
const same: string = inline.headerCommitment('{}');
let [seconds, epoch]: [number | null, bigint | undefined] = [null, undefined];
let state: ProviderStatus['state'] = 'ready';
const own: ClientStore = { load: async () => new Uint8Array(), save: async () => {}, remove: async () => {} };
// @ts-expect-error a store keeps several things, by their names
const nameless: ClientStore = { load: async () => undefined, save: async (bytes: Uint8Array) => {}, remove: async () => {} };
const stores: ClientStore[] = [own, nameless, memoryStore()];
const client: LightClient = await LightClient.create({
  network: { epoch_height: 10n },
  providers: ['http://a.example', new URL('http://b.example'), httpProvider('http://c.example')],
  store: indexedDbStore(),
  start: 'tip',
  onProgress(event: ClientEvent) {
    if (event.type === 'rejected') code(event.error);
    if (event.type === 'progress') seconds = event.secondsLeft;
    if (event.type === 'epoch') epoch = event.epoch;
    if (event.type === 'provider') state = event.state;
    // @ts-expect-error other events have no error
    if (event.type === 'request') code(event.error);
  },
});
for await (const block of client.follow({ signal: AbortSignal.timeout(1) })) {
  const final: FinalizedBlock = block;
  const large: bigint = final.height;
  // @ts-expect-error a verified block does not change
  final.height = large;
}
const table: EpochStakeTable = await client.stakeTable(5n);
verifyCertificate({}, new StakeTable(table));
const age: number | undefined = client.tip?.age;
const rollup: RollupConfig = { namespace: 1, format: 'nitro', authority: [{ signer: '0x', from: 0 }], firstHeight: 0n };
const confirmation: Confirmation = await client.confirm({ rollup, l2TransactionHash: '0x', hint: 5 }, { signal: AbortSignal.timeout(1) });
const place: bigint | undefined = confirmation.place?.height;
// @ts-expect-error an answer can also be unknown
const certain: 'yes' | 'no' = confirmation.inHotShot;
const transactions: readonly Uint8Array[] = (await client.namespace(undefined, 7n)).transactions.map(({ payload }) => payload);
// @ts-expect-error a leg says what it looks for
await client.confirmBundle([{ namespace: 5 }]);
const header: BlockHeader = verifyHeader({ header: {}, hash: 'BLOCK~' }, { height: 1n, answer: '{}' });
export { certain, header, place, transactions };
const remote = await connect(new Worker('worker.js'), { network: '{}', providers: ['http://a.example'] });
const kept: Uint8Array | undefined = await remote.checkpoint();
const confirmed: boolean = await remote.confirmByL1({ provider: { request: async () => '0x1' } }, { signal: AbortSignal.timeout(1) });
const line: string | undefined = client.checkpointText();
const shown: boolean = client.confirmCheckpoint(line ?? new Uint8Array());
// @ts-expect-error at the other end everything takes a while
const rest: boolean = remote.confirmCheckpoint('HOTSHOT_CHECKPOINT~');
const pinned: LightClient = await LightClient.create({ network: { ...mainnet, checkpoint: 'HOTSHOT_CHECKPOINT~' } });
export { confirmed, pinned, rest, shown };
const stop: () => void = serve();
export { age, epoch, kept, seconds, state, stop, stores };
export { code, height, known, narrow, same, unknown, weight };
