// Compiled, never run: every line says what a type must and must not allow.
import { StakeTable, init, verifyCertificate, verifyRecording } from 'hotshot-light-client/verify';
import type { ErrorCode, LightClientError, Quorum, RecordingResult } from 'hotshot-light-client/verify';
import * as inline from 'hotshot-light-client/inline';

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
export { code, height, known, narrow, same, unknown, weight };
