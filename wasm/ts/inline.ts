/**
 * Everything of the package with the WebAssembly module inside, as text: for single files, for
 * extensions, and for wherever a second file is in the way. Nothing has to be awaited before the
 * pure functions are called; the module is compiled at the first call.
 *
 * @module
 */
import { base64 } from './inline-bytes.js';
import * as shared from './shared.js';
import type { Rejection, VerifyCertificateOptions, VerifyRecordingOptions } from './shared.js';
import type { JsonInput, Quorum, RecordingResult } from './types.js';

export { LightClientError } from './error.js';
export type { DriverErrorCode, ErrorCode, ErrorDetails } from './error.js';
export type { RejectionCode } from './rejection-codes.js';
export type { CertificateKind, Rejection, VerifyCertificateOptions, VerifyRecordingOptions } from './shared.js';
export type * from './types.js';

let module: WebAssembly.Module | undefined;

/** The module, compiled once. */
export function wasmModule(): WebAssembly.Module {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  return module;
}

function ready(): typeof shared {
  if (!shared.started()) shared.start(wasmModule());
  return shared;
}

/** As `StakeTable` of `hotshot-light-client/verify`. */
export class StakeTable extends shared.StakeTable {
  constructor(table: JsonInput) {
    ready();
    super(table);
  }
}

/** As `rejections` of `hotshot-light-client/verify`. */
export function rejections(): readonly Rejection[] {
  return ready().rejections();
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
