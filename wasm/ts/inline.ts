/**
 * Everything of the package with the WebAssembly module inside, as text: for single files, for
 * extensions, and for wherever a second file is in the way. Nothing has to be awaited before the
 * pure functions are called; the module is compiled at the first call.
 *
 * @module
 */
import { BaseClient } from './client.js';
import type { LightClientOptions } from './options.js';
import { base64 } from './inline-bytes.js';
import * as data from './data-shared.js';
import { prepare } from './prepare.js';
import * as rollups from './rollups-shared.js';
import * as shared from './shared.js';
import type { VerifyCertificateOptions, VerifyRecordingOptions } from './shared.js';
import type { JsonInput, Quorum, RecordingResult } from './types.js';

export type { Eip1193Provider, FollowOptions, L1Options, LeafProofOptions, LightClientOptions } from './options.js';
export { verifyAccount, verifyHeader, verifyNamespace, verifyPayload } from './data-shared.js';
export type { NamespaceOptions, TrustedHeader } from './data-shared.js';
export type * from './data-types.js';
export { LightClientError } from './error.js';
export type { DriverErrorCode, ErrorCode, ErrorDetails } from './error.js';
export type { WasmInput } from './module.js';
export { httpProvider } from './provider.js';
export type { Answer, HttpOptions, Provider } from './provider.js';
export type { RejectionCode } from './rejection-codes.js';
export { verifyBundle } from './rollups-shared.js';
export type { CertificateKind, VerifyCertificateOptions, VerifyRecordingOptions } from './shared.js';
export type { Clock } from './timing.js';
export { rejections } from './shared.js';
export { indexedDbStore, memoryStore } from './store.js';
export type * from './types.js';

let module: WebAssembly.Module | undefined;

/** The module, compiled once. */
export function wasmModule(): WebAssembly.Module {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  return module;
}

/** The second module, which proves what is in blocks, compiled. It is in a file of its own, loaded here. */
export async function dataWasmModule(): Promise<WebAssembly.Module> {
  const { base64: text } = await import('./inline-data-bytes.js');
  return WebAssembly.compile(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

/** The module that finds what rollups say in blocks, compiled. It is in a file of its own, loaded here. */
export async function rollupsWasmModule(): Promise<WebAssembly.Module> {
  const { base64: text } = await import('./inline-rollups-bytes.js');
  return WebAssembly.compile(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

/** The module that derives stake tables, compiled. It is in a file of its own, loaded here. */
export async function tablesWasmModule(): Promise<WebAssembly.Module> {
  const { base64: text } = await import('./inline-tables-bytes.js');
  return WebAssembly.compile(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

let initialisingData: Promise<void> | undefined;

/** As `initData` of `hotshot-light-client/verify`. */
export function initData(): Promise<void> {
  initialisingData ??= dataWasmModule().then(data.start);
  return initialisingData;
}

let initialisingRollups: Promise<void> | undefined;

/** As `initRollups` of `hotshot-light-client/verify`. */
export function initRollups(): Promise<void> {
  initialisingRollups ??= Promise.all([rollupsWasmModule(), initData()]).then(([module]) => rollups.start(module));
  return initialisingRollups;
}

function ready(): typeof shared {
  if (!shared.started()) shared.start(wasmModule());
  return shared;
}

/** As `LightClient` of `hotshot-light-client`. */
export class LightClient extends BaseClient {
  /** As `LightClient.create` of `hotshot-light-client`. */
  static async create(options: LightClientOptions): Promise<LightClient> {
    return new LightClient(await prepare({ ...options, wasm: options.wasm ?? wasmModule() }, { data: dataWasmModule, rollups: rollupsWasmModule, tables: tablesWasmModule }));
  }
}

/** As `StakeTable` of `hotshot-light-client/verify`. */
export class StakeTable extends shared.StakeTable {
  constructor(table: JsonInput) {
    ready();
    super(table);
  }
}

/** As `headerCommitment` of `hotshot-light-client/verify`. */
export function headerCommitment(header: JsonInput): string {
  return ready().headerCommitment(header);
}

/** As `leafCommitment` of `hotshot-light-client/verify`. */
export function leafCommitment(leaf: JsonInput): string {
  return ready().leafCommitment(leaf);
}

/** As `verifyCertificate` of `hotshot-light-client/verify`. */
export function verifyCertificate(
  certificate: JsonInput,
  stakeTable: JsonInput | shared.StakeTable,
  options?: VerifyCertificateOptions,
): Quorum {
  return ready().verifyCertificate(certificate, stakeTable, options);
}

/** As `verifyRecording` of `hotshot-light-client/verify`. */
export function verifyRecording(
  lines: string | Uint8Array | readonly JsonInput[],
  network: JsonInput,
  options?: VerifyRecordingOptions,
): RecordingResult {
  return ready().verifyRecording(lines, network, options);
}
