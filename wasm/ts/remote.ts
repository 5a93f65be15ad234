import { unpackInside } from './channel.js';
import type { Beside, Channel } from './channel.js';
import type {
  AccountContent,
  AccountOptions,
  BlockHeader,
  BundleConfirmation,
  BundleLeg,
  ConfirmQuestion,
  Confirmation,
  NamespaceContent,
  PayloadContent,
  ReadOptions,
  SearchOptions,
  SearchRange,
} from './data-types.js';
import type { FollowOptions, L1Options, LeafProofOptions } from './options.js';
import type { Asked, Remote } from './surface.js';
import type { CheckpointInput, EpochStakeTable, Equivocation, FinalTip, FinalizedBlock, JsonInput, ProviderStatus, Trust } from './types.js';

/** A light client that runs at the other end of a channel: all that `LightClient` offers, awaited. */
export class RemoteClient implements Remote {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** What cannot be sent stays here: signals, listeners, wallets. */
  async #ask<T>(name: Asked, input: readonly unknown[], { signal, onProgress, wallet }: Beside = {}): Promise<T> {
    return (await this.#channel.call(name, input, { signal, onProgress, wallet })) as T;
  }

  /** As `LightClient.follow`. */
  async *follow(options: FollowOptions = {}): AsyncGenerator<FinalizedBlock, void, undefined> {
    try {
      for (;;) {
        const step = (await this.#channel.call('next', undefined, options)) as IteratorResult<FinalizedBlock, void>;
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      await this.#channel.call('leave', undefined).catch(() => undefined);
    }
  }

  /** As `LightClient.verifyLeafProof`. */
  verifyLeafProof(proof: JsonInput, { signal, ...options }: LeafProofOptions = {}): Promise<FinalizedBlock> {
    return this.#ask('verifyLeafProof', [proof, options], { signal });
  }

  /** As `LightClient.header`. */
  header(height?: bigint | number, { signal, ...options }: ReadOptions = {}): Promise<BlockHeader> {
    return this.#ask('header', [height, options], { signal });
  }

  /** As `LightClient.namespace`. */
  namespace(height: bigint | number | undefined, namespace: bigint | number, { signal, ...options }: ReadOptions = {}): Promise<NamespaceContent> {
    return this.#ask('namespace', [height, namespace, options], { signal });
  }

  /** As `LightClient.payload`. */
  payload(height?: bigint | number, { signal, ...options }: ReadOptions = {}): Promise<PayloadContent> {
    return this.#ask('payload', [height, options], { signal });
  }

  /** As `LightClient.account`. */
  account(account: string, { signal, ...options }: AccountOptions = {}): Promise<AccountContent> {
    return this.#ask('account', [account, options], { signal });
  }

  /** As `LightClient.confirm`. */
  confirm(question: ConfirmQuestion, { signal, onProgress, ...options }: SearchOptions<Confirmation> = {}): Promise<Confirmation> {
    return this.#ask('confirm', [question, options], { signal, onProgress: onProgress as Beside['onProgress'] });
  }

  /** As `LightClient.confirmBundle`. */
  confirmBundle(
    legs: readonly BundleLeg[],
    { signal, onProgress, ...options }: SearchRange & SearchOptions<BundleConfirmation> = {},
  ): Promise<BundleConfirmation> {
    return this.#ask('confirmBundle', [legs, options], { signal, onProgress: onProgress as Beside['onProgress'] });
  }

  /** As `LightClient.stakeTable`. */
  stakeTable(epoch: bigint | number, { signal, ...options }: ReadOptions = {}): Promise<EpochStakeTable> {
    return this.#ask('stakeTable', [epoch, options], { signal });
  }

  /** As `LightClient.tip`. */
  tip(): Promise<FinalTip | undefined> {
    return this.#ask('tip', []);
  }

  /** As `LightClient.providers`. */
  providers(): Promise<readonly ProviderStatus[]> {
    return this.#ask('providers', []);
  }

  /** As `LightClient.trust`. */
  async trust(): Promise<Trust> {
    return unpackInside(await this.#ask<Trust>('trust', []));
  }

  /** As `LightClient.confirmCheckpoint`. */
  confirmCheckpoint(checkpoint: CheckpointInput): Promise<boolean> {
    return this.#ask('confirmCheckpoint', [checkpoint]);
  }

  /** As `LightClient.confirmByL1`. The provider stays where it is: what the worker wants to know from it is asked here. */
  confirmByL1({ provider, ...l1 }: L1Options, { signal, ...options }: ReadOptions = {}): Promise<boolean> {
    return this.#ask('confirmByL1', [l1, options], { signal, wallet: provider });
  }

  /** As `LightClient.acceptExpiredAnchor`. */
  acceptExpiredAnchor(): Promise<void> {
    return this.#ask('acceptExpiredAnchor', []);
  }

  /** As `LightClient.verifyEquivocation`. */
  verifyEquivocation(evidence: JsonInput): Promise<Equivocation> {
    return this.#ask('verifyEquivocation', [evidence]);
  }

  /** As `LightClient.checkpoint`. */
  checkpoint(): Promise<Uint8Array | undefined> {
    return this.#ask('checkpoint', []);
  }

  /** As `LightClient.checkpointText`. */
  checkpointText(): Promise<string | undefined> {
    return this.#ask('checkpointText', []);
  }

  /** Ends the client; the worker goes on serving others. */
  async close(): Promise<void> {
    await this.#channel.call('close', undefined).catch(() => undefined);
    this.#channel.close();
  }
}
