import { toHeight } from './data-shared.js';
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
import { LightClientError, driverError } from './error.js';
import { Following, toBlock } from './following.js';
import { fromRaw } from './instance.js';
import { encode, encodeCheckpoint } from './json.js';
import { readL1 } from './l1.js';
import { compile } from './module.js';
import type { FollowOptions, L1Options, LeafProofOptions } from './options.js';
import type { ClientParts } from './prepare.js';
import { Reader } from './reader.js';
import { slices } from './slices.js';
import { seconds } from './timing.js';
import type {
  CheckpointInput,
  EpochStakeTable,
  Equivocation,
  FinalTip,
  FinalizedBlock,
  JsonInput,
  ProviderStatus,
  Trust,
} from './types.js';

/**
 * A light client: follows a chain and believes nothing but its network file.
 *
 * The entry points of the package add where the module comes from. What it offers, a worker's
 * `RemoteClient` offers too.
 */
export abstract class BaseClient {
  readonly #parts: ClientParts;
  readonly #following: Following;
  readonly #reader: Reader;
  readonly #closing = new AbortController();

  /** @internal */
  protected constructor(parts: ClientParts) {
    this.#parts = parts;
    const { instance, raw, options, modules } = parts;
    const following = new Following(parts);
    this.#following = following;
    this.#reader = new Reader({
      pool: following.pool,
      clock: options.clock,
      final: (height, signal) => following.finalBlock(height, signal),
      weight: (height) => instance.call(() => raw.vidWeight(height)),
      tell: (event) => following.tell(event),
      module: () => compile(options.dataWasm ?? modules.data()),
      rollups: () => compile(options.rollupsWasm ?? modules.rollups()),
    });
  }

  /**
   * The blocks that turn final from here on, in order, without gaps and without forks: each is
   * linked to the one before. Ends when the loop is left, when a signal aborts or when the client is
   * closed; servers that fail or lie do not end it.
   *
   * Only one loop can run at a time; the next one goes on where it ended.
   *
   * @throws {@link LightClientError} `provider.none`, `client.busy`, `client.closed`,
   * `finality.equivocation` when validators are caught signing two chains (both are in
   * `details.evidence`), and `upgrade_required` when every provider shows a protocol that this version does not know
   */
  follow(options: FollowOptions = {}): AsyncGenerator<FinalizedBlock, void, undefined> {
    return this.#following.blocks(this.#signal(options.signal));
  }

  /**
   * The verified stake table of an epoch: the one that is in force, the one before, and those that the
   * network file pins; of others while the client comes past them. Waits until the chain is that far,
   * as {@link header} does.
   *
   * @throws {@link LightClientError} `epoch.table_unknown` for an epoch that the client has gone past: ask a
   * client that begins before it
   */
  async stakeTable(epoch: bigint | number, options: ReadOptions = {}): Promise<EpochStakeTable> {
    const { instance, raw } = this.#parts;
    const wanted = toHeight(epoch);
    const known = (): EpochStakeTable | undefined => {
      const table = instance.call(() => raw.stakeTable(wanted));
      if (table !== null) return { ...table, total: BigInt(table.total), threshold: BigInt(table.threshold) };
      const newest = instance.call(() => raw.newestEpoch());
      if (newest === undefined || wanted >= newest) return undefined;
      throw new LightClientError('epoch.table_unknown', {
        summary: 'the client has gone past this epoch, and keeps the newest stake tables only',
        got: String(wanted),
        expected: `${newest - 1n} or later`,
      });
    };
    await this.#following.advance(() => known() !== undefined, this.#signal(options.signal));
    return known()!;
  }

  /** The newest final block, how old it is and how many providers have it; `undefined` before the first. */
  get tip(): FinalTip | undefined {
    return this.#following.tip;
  }

  /** How the providers stand. */
  get providers(): readonly ProviderStatus[] {
    return this.#following.pool.rotation.statuses(this.#following.now());
  }

  /**
   * A final header and the namespaces of its block: proven by its hash where the block turned final
   * in this client, else under a newer final block.
   *
   * Waits until the chain is that far. It follows the chain itself where no loop does; inside a loop
   * over {@link follow}, ask about blocks that the loop has shown.
   *
   * @param height by default that of the newest final block
   * @throws {@link LightClientError} why the last provider's answer is refused
   */
  header(height?: bigint | number, options: ReadOptions = {}): Promise<BlockHeader> {
    return this.#reader.header(height === undefined ? undefined : toHeight(height), this.#signal(options.signal));
  }

  /**
   * What a final block holds for a namespace: its transactions, or the proof that it has none.
   *
   * @throws {@link LightClientError} why the last provider's answer is refused
   */
  namespace(height: bigint | number | undefined, namespace: bigint | number, options: ReadOptions = {}): Promise<NamespaceContent> {
    const at = height === undefined ? undefined : toHeight(height);
    return this.#reader.namespace(at, toHeight(namespace), this.#signal(options.signal));
  }

  /**
   * The whole payload of a final block, recomputed to the commitment in its header: what every namespace
   * of the block holds. It costs as much as the block is large, up to 10 MB.
   *
   * @throws {@link LightClientError} why the last provider's answer is refused
   */
  payload(height?: bigint | number, options: ReadOptions = {}): Promise<PayloadContent> {
    return this.#reader.payload(height === undefined ? undefined : toHeight(height), this.#signal(options.signal));
  }

  /**
   * What an account holds under a final header: fee balance or rewards.
   *
   * @throws {@link LightClientError} why the last provider's answer is refused
   */
  account(account: string, options: AccountOptions = {}): Promise<AccountContent> {
    return this.#reader.account(account, options, this.#signal(options.signal));
  }

  /**
   * The wallet's question: is my L2 transaction in a final block, and is it the rollup's? Searches
   * down from the newest final block, or from `to`, every height linked to the next; a hint is tried
   * first. Ends early once both answers are yes.
   *
   * @throws {@link LightClientError} what is wrong with the question, or with the last provider's answer
   */
  confirm(question: ConfirmQuestion, options: SearchOptions<Confirmation> = {}): Promise<Confirmation> {
    return this.#reader.confirm(question, options, this.#signal(options.signal));
  }

  /**
   * Whether transactions of several rollups are in one final block. Searches as {@link confirm} does.
   *
   * @throws {@link LightClientError} what is wrong with the legs, or with the last provider's answer
   */
  confirmBundle(legs: readonly BundleLeg[], options: SearchRange & SearchOptions<BundleConfirmation> = {}): Promise<BundleConfirmation> {
    return this.#reader.confirmBundle(legs, options, options, this.#signal(options.signal));
  }

  /**
   * Verifies a proof that one leaf is final, as `light-client/leaf/…` serves it, with the stake
   * tables of the network file. The proof may come from anywhere.
   *
   * @throws {@link LightClientError} with the reason why it proves nothing
   */
  async verifyLeafProof(proof: JsonInput, options: LeafProofOptions = {}): Promise<FinalizedBlock> {
    const signal = this.#signal(options.signal);
    signal.throwIfAborted();
    const bytes = encode(proof);
    const descendants = options.descendants === undefined ? undefined : encode(options.descendants);
    const height = options.height === undefined ? undefined : toHeight(options.height);
    const { instance, raw } = this.#parts;
    const check = instance.call(() => raw.leafProof(bytes, descendants, height));
    try {
      const [{ blocks }] = await slices(instance, () => check.step(1), signal);
      return toBlock(blocks[0]!);
    } finally {
      if (!instance.trapped) check.free();
    }
  }

  /**
   * What everything rests on, since when, and whether that is too old: then blocks are proven but not
   * shown (event `withheld`, code `trust.expired`) until {@link confirmCheckpoint}, {@link confirmByL1} or
   * {@link acceptExpiredAnchor}.
   */
  get trust(): Trust {
    this.#closing.signal.throwIfAborted();
    const { root, date, error } = this.#parts.instance.call(() => this.#parts.raw.trust());
    return { root: root as Trust['root'], date, error: error && fromRaw(error) };
  }

  /**
   * Takes a fresh checkpoint, from a source that you trust, for proof that this is the right chain.
   *
   * @returns whether the client is past that block already; otherwise it is compared when it comes
   * @throws {@link LightClientError} `trust.conflict` if another chain was verified: the client stops for
   * good; `trust.confirmation` for a checkpoint that is too old itself or of a block passed long ago
   */
  confirmCheckpoint(checkpoint: CheckpointInput): boolean {
    this.#closing.signal.throwIfAborted();
    const { instance, raw } = this.#parts;
    const bytes = encodeCheckpoint(checkpoint);
    return instance.call(() => raw.confirm(bytes));
  }

  /**
   * Takes Espresso's contracts on Ethereum, read through your own provider, for proof that this is the
   * right chain: the stake table that they commit to is the one that this client came to.
   *
   * @returns whether the client knows the table of that epoch already; otherwise it is compared when it
   * comes there
   * @throws {@link LightClientError} `l1.*` as with the option `l1`; `trust.conflict` if this client came to
   * another table: it stops for good; `trust.confirmation` if the contract's newest state is too old
   * itself, or of an epoch that the client has gone past
   */
  async confirmByL1(l1: L1Options, options: ReadOptions = {}): Promise<boolean> {
    const signal = this.#signal(options.signal);
    const { instance, raw, options: own, modules } = this.#parts;
    const tell = { ...own, onProgress: this.#following.tell.bind(this.#following) };
    const { epoch, time, members } = await readL1(encode(own.network), l1.provider, tell, modules, signal);
    return instance.call(() => {
      raw.setTime(seconds(own.time));
      return raw.confirmByL1(epoch, time, members);
    });
  }

  /** Shows blocks as final from now on although what trust began with is too old: you take the risk. */
  acceptExpiredAnchor(): void {
    this.#closing.signal.throwIfAborted();
    this.#parts.instance.call(() => this.#parts.raw.acceptExpiredAnchor());
  }

  /**
   * Checks evidence that validators signed two things of which they may sign one, wherever it came
   * from: what an error `finality.equivocation` carries, or what `hotshot-verify` printed.
   *
   * @throws {@link LightClientError} why it proves none
   */
  verifyEquivocation(evidence: JsonInput): Equivocation {
    const bytes = encode(evidence);
    const { instance, raw } = this.#parts;
    const { kind, epoch, place, leaves, signers } = instance.call(() => raw.checkEquivocation(bytes));
    return { kind: kind as Equivocation['kind'], epoch, place, leaves, signers };
  }

  /**
   * The newest final block as bytes, for {@link LightClientOptions.checkpoint} at another time;
   * `undefined` as long as nothing is final. Whoever gives you a checkpoint is believed about that
   * one block, so keep your own.
   */
  checkpoint(): Uint8Array | undefined {
    this.#closing.signal.throwIfAborted();
    return this.#parts.instance.call(() => this.#parts.raw.checkpoint());
  }

  /** As {@link checkpoint}, as one line to be pasted: `HOTSHOT_CHECKPOINT~…`. */
  checkpointText(): string | undefined {
    this.#closing.signal.throwIfAborted();
    return this.#parts.instance.call(() => this.#parts.raw.checkpointText());
  }

  /** Stops everything and gives the memory back. A loop that is running ends with `client.closed`. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(driverError('client.closed', 'the client was closed'));
    if (!this.#parts.instance.trapped) this.#parts.raw.free();
  }

  /** One signal for the options', the client's own and the call's. */
  #signal(call: AbortSignal | undefined): AbortSignal {
    return AbortSignal.any([this.#closing.signal, this.#parts.options.signal, call].filter((signal) => signal !== undefined));
  }
}
