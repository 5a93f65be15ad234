/**
 * Pure functions of the verifier: bytes and JSON in, verdict out. No network, no state.
 *
 * The functions are synchronous. Await {@link init} once before the first of them, and
 * {@link initData} before the first that is about what is in a block, {@link initRollups} before
 * {@link verifyBundle}; nothing is loaded by importing this module.
 *
 * @module
 */
import { assetUrl, dataAssetUrl, rollupsAssetUrl } from './asset.js';
import * as data from './data-shared.js';
import { compile } from './module.js';
import type { WasmInput } from './module.js';
import * as rollups from './rollups-shared.js';
import * as shared from './shared.js';

export { verifyAccount, verifyHeader, verifyNamespace, verifyPayload } from './data-shared.js';
export type { NamespaceOptions, TrustedHeader } from './data-shared.js';
export type {
  AccountContent,
  BlockHeader,
  BundleLeg,
  ConfirmedBundle,
  FoundLeg,
  Ledger,
  NamespaceContent,
  NamespaceTransaction,
  ParameterSource,
  PayloadContent,
  PayloadNamespace,
  RollupConfig,
} from './data-types.js';
export { LightClientError } from './error.js';
export type { DriverErrorCode, ErrorCode, ErrorDetails } from './error.js';
export type { WasmInput } from './module.js';
export type { RejectionCode } from './rejection-codes.js';
export { verifyBundle } from './rollups-shared.js';
export { StakeTable, headerCommitment, leafCommitment, rejections, verifyCertificate, verifyRecording } from './shared.js';
export type { CertificateKind, VerifyCertificateOptions, VerifyRecordingOptions } from './shared.js';
export type {
  CheckVerdict,
  JsonInput,
  JsonValue,
  Quorum,
  RecordingChecks,
  RecordingLine,
  RecordingResult,
  RecordingSummary,
  Rejection,
} from './types.js';

let initialising: Promise<void> | undefined;

/**
 * Loads the module. Calling it again costs nothing and waits for the first call.
 *
 * @param wasm where the module comes from; by default the file in this package
 * @throws {@link LightClientError} `wasm.load`
 */
export function init(wasm?: WasmInput): Promise<void> {
  if (initialising === undefined) {
    initialising = compile(wasm ?? assetUrl()).then(shared.start);
    // A failure is not kept: the next call tries again.
    initialising.catch(() => (initialising = undefined));
  }
  return initialising;
}

/**
 * Loads the module at once, from its bytes or from what they compile to. For places where nothing
 * can be awaited; browsers allow it outside workers only for small modules, of which this is one.
 *
 * @throws {@link LightClientError} `wasm.load`
 */
export function initSync(wasm: BufferSource | WebAssembly.Module): void {
  shared.startSync(wasm);
}

let initialisingData: Promise<void> | undefined;

/**
 * Loads the second module, which {@link verifyHeader}, {@link verifyNamespace}, {@link verifyPayload}
 * and {@link verifyAccount} need. Calling it again costs nothing and waits for the first call.
 *
 * @param wasm where the second module comes from; by default the file in this package
 * @throws {@link LightClientError} `wasm.load`
 */
export function initData(wasm?: WasmInput): Promise<void> {
  if (initialisingData === undefined) {
    initialisingData = compile(wasm ?? dataAssetUrl()).then(data.start);
    // A failure is not kept: the next call tries again.
    initialisingData.catch(() => (initialisingData = undefined));
  }
  return initialisingData;
}

let initialisingRollups: Promise<void> | undefined;

/**
 * Loads the module of rollups and the second one, both of which {@link verifyBundle} needs. Calling it
 * again costs nothing and waits for the first call.
 *
 * @param wasm where the module of rollups comes from; by default the file in this package
 * @param data where the second module comes from, unless {@link initData} was told
 * @throws {@link LightClientError} `wasm.load`
 */
export function initRollups(wasm?: WasmInput, data?: WasmInput): Promise<void> {
  if (initialisingRollups === undefined) {
    initialisingRollups = Promise.all([compile(wasm ?? rollupsAssetUrl()), initData(data)]).then(([module]) => rollups.start(module));
    // A failure is not kept: the next call tries again.
    initialisingRollups.catch(() => (initialisingRollups = undefined));
  }
  return initialisingRollups;
}
