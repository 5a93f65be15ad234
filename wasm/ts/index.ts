/**
 * Follows the finality of a HotShot chain without trusting the servers that it asks.
 *
 * @module
 */
import { assetUrl, dataAssetUrl, rollupsAssetUrl, tablesAssetUrl } from './asset.js';
import { BaseClient } from './client.js';
import { prepare } from './prepare.js';
import type { LightClientOptions } from './options.js';

export type { Eip1193Provider, FollowOptions, L1Options, LeafProofOptions, LightClientOptions } from './options.js';
export type {
  AccountContent,
  AccountOptions,
  Answer as ConfirmationAnswer,
  BlockHeader,
  BundleConfirmation,
  BundleLeg,
  ConfirmQuestion,
  Confirmation,
  ConfirmedBundle,
  FoundLeg,
  HeightRange,
  Ledger,
  NamespaceContent,
  NamespaceTransaction,
  PayloadContent,
  PayloadNamespace,
  ParameterSource,
  Place,
  ReadOptions,
  RollupConfig,
  SearchOptions,
  SearchProgress,
  SearchRange,
} from './data-types.js';
export { LightClientError } from './error.js';
export type { DriverErrorCode, ErrorCode, ErrorDetails } from './error.js';
export type { WasmInput } from './module.js';
export { httpProvider } from './provider.js';
export type { Answer, HttpOptions, Provider } from './provider.js';
export type { RejectionCode } from './rejection-codes.js';
export type { Clock } from './timing.js';
export { indexedDbStore, memoryStore } from './store.js';
export type {
  BlockNamespace,
  CheckpointInput,
  ClientEvent,
  ClientStore,
  EpochStakeTable,
  Equivocation,
  Evidence,
  FinalTip,
  FinalizedBlock,
  JsonInput,
  JsonValue,
  KnownEpoch,
  ProviderStatus,
  Quorum,
  Servers,
  StakeTableMember,
  Start,
  Trust,
  UpgradeAhead,
} from './types.js';

/** A light client: follows a chain and believes nothing but its network file. */
export class LightClient extends BaseClient {
  /**
   * Loads the module, if no client has done so before, and reads the network file.
   *
   * @throws {@link LightClientError} `wasm.load`, `provider.none`, or what is wrong with the network
   * file or the checkpoint
   */
  static async create(options: LightClientOptions): Promise<LightClient> {
    return new LightClient(await prepare({ ...options, wasm: options.wasm ?? assetUrl() }, { data: dataAssetUrl, rollups: rollupsAssetUrl, tables: tablesAssetUrl }));
  }
}
