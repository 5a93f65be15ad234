/** Reads what is in final blocks from servers that nobody trusts. */
import type { RawCheck } from './data-glue.js';
import { Collector, newInstance, toAccount, toHeader, toHeight, toNamespace, toPayload } from './data-shared.js';
import type { DataInstance } from './data-shared.js';
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
  SearchOptions,
  SearchRange,
} from './data-types.js';
import { LightClientError, at, driverError } from './error.js';
import { encode } from './json.js';
import type { Pool } from './pool.js';
import { encodeLegs, newInstance as newRollupsInstance, toBundleConfirmation, toConfirmation } from './rollups-shared.js';
import type { RollupsInstance } from './rollups-shared.js';
import type { RawBundleConfirmation, RawConfirmation, RawScan } from './rollups-glue.js';
import { faultOf } from './rotation.js';
import { SLICE_MILLISECONDS, breathe, systemClock } from './timing.js';
import type { Clock } from './timing.js';
import type { ClientEvent, FinalizedBlock } from './types.js';

/** What reading needs of the client that proves finality. */
export interface Finality {
  readonly pool: Pool;
  readonly clock?: Clock | undefined;
  /** The final block of a height, or the newest one that is known above it; without a height the newest. */
  final(height: bigint | undefined, signal: AbortSignal): Promise<FinalizedBlock>;
  /** The number of shares at a height, if the stake table of its epoch is known. */
  weight(height: bigint): bigint | undefined;
  tell(event: ClientEvent): void;
  /** The compiled second module. */
  module(): Promise<WebAssembly.Module>;
  /** The compiled module of rollups. */
  rollups(): Promise<WebAssembly.Module>;
}

/** A header in bytes, with the hash that was proven. */
interface Root {
  readonly block: { readonly height: bigint; readonly hash: string };
  readonly header: Uint8Array;
}

/** The most bytes of an answer: the largest block in base64. */
const ANSWER_LIMIT = 32 << 20;
/** The most bytes of a rejected answer that are kept. */
const EVIDENCE_LIMIT = 64 << 10;
/** How often a refused or failed request is tried, for each provider. */
const ROUNDS = 3;
/** How many leaves to ask for at once, unless the provider serves fewer. */
const STRETCH = 100;

/** Reads headers, namespaces and accounts, and searches for transactions. */
export class Reader {
  readonly #finality: Finality;
  readonly #data: Loaded<DataInstance>;
  readonly #rollups: Loaded<RollupsInstance>;
  #root: Root | undefined;

  constructor(finality: Finality) {
    this.#finality = finality;
    this.#data = new Loaded(() => finality.module().then(newInstance));
    this.#rollups = new Loaded(() => finality.rollups().then(newRollupsInstance));
  }

  async header(height: bigint | undefined, signal: AbortSignal): Promise<BlockHeader> {
    return (await this.#header(height, signal)).report;
  }

  async namespace(height: bigint | undefined, namespace: bigint, signal: AbortSignal): Promise<NamespaceContent> {
    const { report, header } = await this.#header(height, signal);
    const instance = await this.#data.get();
    // The table in the header is all that absence needs.
    if (!report.namespaces.some(({ id }) => BigInt(id) === namespace)) {
      return { height: report.height, hash: report.hash, namespace, present: false, parameters: null, bytes: 0, transactions: [] };
    }
    const weight = this.#finality.weight(report.height);
    return this.#ask(`/v1/light-client/namespace/${report.height}/${namespace}`, signal, async (bytes) => {
      const check = instance.call((wasm) => new wasm.NamespaceCheck(header, report.hash, namespace, bytes, weight));
      return this.#finish(instance, check, signal, (taken) => toNamespace(instance.call(() => check.finish()), taken.all));
    });
  }

  async payload(height: bigint | undefined, signal: AbortSignal): Promise<PayloadContent> {
    const { report, header } = await this.#header(height, signal);
    const instance = await this.#data.get();
    const weight = this.#finality.weight(report.height);
    return this.#ask(`/v1/light-client/payload/${report.height}`, signal, async (bytes) => {
      const check = instance.call((wasm) => new wasm.PayloadCheck(header, report.hash, bytes, weight));
      return this.#finish(instance, check, signal, (taken) => {
        const content = instance.call(() => check.finish());
        return toPayload(content, instance.call(() => check.bytes()), taken.transactions);
      });
    });
  }

  async account(account: string, options: AccountOptions, signal: AbortSignal): Promise<AccountContent> {
    const height = options.height === undefined ? undefined : toHeight(options.height);
    const { report, header } = await this.#header(height, signal);
    const ledger = options.ledger ?? 'reward';
    const instance = await this.#data.get();
    return this.#ask(await this.#accountPath(report, account, ledger, signal), signal, async (bytes) =>
      toAccount(instance.call((wasm) => wasm.account(header, report.hash, ledger, account, bytes))),
    );
  }

  /** Fees are served under height and view; a wrong view from a liar gives an answer that is refused. */
  async #accountPath({ height, version }: BlockHeader, account: string, ledger: string, signal: AbortSignal): Promise<string> {
    if (ledger === 'reward') return `/v1/reward-state${/^0\.[0-3]$/.test(version) ? '' : '-v2'}/proof/${height}/${account}`;
    const view = await this.#ask(`/v1/availability/leaf/${height}`, signal, async (bytes) => {
      return /"view_number":(\d+)/.exec(new TextDecoder().decode(bytes))?.[1] ?? '0';
    });
    return `/v1/catchup/${height}/${view}/account/${account}`;
  }

  confirm({ rollup, l2TransactionHash, ...range }: ConfirmQuestion, options: SearchOptions<Confirmation>, signal: AbortSignal): Promise<Confirmation> {
    const search = new Search(toConfirmation, ({ inHotShot, canonical }: RawConfirmation) => inHotShot === 'yes' && canonical === 'yes');
    const question = encode({ rollup, transaction: l2TransactionHash });
    return this.#search(search, question, { from: rollup.firstHeight, ...range }, options, signal);
  }

  confirmBundle(
    legs: readonly BundleLeg[],
    range: SearchRange,
    options: SearchOptions<BundleConfirmation>,
    signal: AbortSignal,
  ): Promise<BundleConfirmation> {
    const search = new Search(toBundleConfirmation, ({ answer }: RawBundleConfirmation) => answer === 'yes');
    const question = encode(`{"legs":${new TextDecoder().decode(encodeLegs(legs))}}`);
    return this.#search(search, question, range, options, signal);
  }

  async #search<Raw extends RawConfirmation | RawBundleConfirmation, T>(
    search: Search<Raw, T>,
    question: Uint8Array,
    range: SearchRange,
    options: SearchOptions<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const highest = range.to === undefined ? undefined : toHeight(range.to);
    const tip = await this.#finality.final(highest, signal);
    const to = highest ?? tip.height;
    const lowest = range.from === undefined ? (to > 100n ? to - 100n : 0n) : toHeight(range.from);
    const from = lowest < to ? lowest : to;
    const hint = range.hint === undefined ? undefined : toHeight(range.hint);
    const [data, instance, root] = [await this.#data.get(), await this.#rollups.get(), await this.#fetchRoot(tip, signal)];
    // The scan calls into the other module by itself. A trap over there passes through the scan's own
    // instance, so that one ends with the other.
    const prover = data.call((wasm) => new wasm.Prover());
    const scan = instance.call((wasm) => new wasm.Scan(question, from, to, root.header, tip.hash, tip.leaf, hint, prover));
    let stretch = await this.#stretch(signal);
    let bytes = 0;
    const report = (): Raw => instance.call(() => scan.report()) as Raw;
    const tell = (): void => {
      const done = instance.call(() => scan.done());
      options.onProgress?.({ done, all: to - from + 1n, bytes, report: search.convert(report()) });
    };
    try {
      instance.call(() => scan.setStretch(stretch));
      tell();
      for (;;) {
        const request = instance.call(() => scan.request());
        if (request === undefined || search.isAnswered(report())) return search.convert(report());
        const weight = this.#finality.weight(request.height);
        const found = await this.#attempt(request.path, signal, async (body) => {
          bytes += body.length;
          instance.call(() => scan.respond(body, weight));
          await this.#work(instance, scan, signal);
        });
        if (!found) {
          if (request.kind === 'leaves' && stretch > 1) stretch = Math.floor(stretch / 2);
          instance.call(() => (request.kind === 'leaves' ? scan.setStretch(stretch) : scan.missing()));
          if (instance.call(() => scan.request()?.path) === request.path) throw missing(request.path);
        }
        tell();
      }
    } finally {
      if (!instance.trapped) {
        scan.free();
        prover.free();
      }
    }
  }

  /** How many leaves a provider says that it serves at once. */
  async #stretch(signal: AbortSignal): Promise<number> {
    let stretch = STRETCH;
    await this.#attempt('/v1/availability/limits', signal, async (bytes) => {
      const limit = /"small_object_range_limit":(\d{1,6})/.exec(new TextDecoder().decode(bytes))?.[1];
      stretch = Math.max(1, Math.min(STRETCH, Number(limit ?? STRETCH)));
    });
    return stretch;
  }

  /** The header of a height with its bytes, proven by its hash or under a newer block. */
  async #header(height: bigint | undefined, signal: AbortSignal): Promise<{ report: BlockHeader; header: Uint8Array }> {
    const block = await this.#finality.final(height, signal);
    const [instance, root] = [await this.#data.get(), await this.#fetchRoot(block, signal)];
    if (height === undefined || block.height === height) {
      const report = toHeader(instance.call((wasm) => wasm.header(root.header, block.hash, undefined, undefined)));
      return { report, header: root.header };
    }
    const path = `/v1/light-client/header/${block.height}/${height}`;
    const report = await this.#ask(path, signal, async (bytes) =>
      toHeader(instance.call((wasm) => wasm.header(root.header, block.hash, height, bytes))),
    );
    const older = await this.#fetchRoot({ height, hash: report.hash }, signal);
    return { report, header: older.header };
  }

  /** The bytes of a header whose hash is proven. */
  async #fetchRoot(block: { readonly height: bigint; readonly hash: string }, signal: AbortSignal): Promise<Root> {
    if (this.#root?.block.hash === block.hash) return this.#root;
    const instance = await this.#data.get();
    this.#root = await this.#ask(`/v1/availability/header/${block.height}`, signal, async (bytes) => {
      instance.call((wasm) => wasm.header(bytes, block.hash, undefined, undefined));
      return { block, header: bytes };
    });
    return this.#root;
  }

  /** Asks until an answer is accepted. */
  async #ask<T>(path: string, signal: AbortSignal, accept: (bytes: Uint8Array) => Promise<T>): Promise<T> {
    let accepted: { readonly value: T } | undefined;
    await this.#attempt(path, signal, async (bytes) => {
      accepted = { value: await accept(bytes) };
    });
    if (accepted === undefined) throw missing(path);
    return accepted.value;
  }

  /**
   * Asks until an answer is accepted; `false` where providers say that there is none.
   *
   * @throws {@link LightClientError} what is wrong with the last answer, after every provider had its turns
   */
  async #attempt(path: string, signal: AbortSignal, accept: (bytes: Uint8Array) => Promise<void>): Promise<boolean> {
    const { pool } = this.#finality;
    const clock = this.#finality.clock ?? systemClock;
    const turns = pool.rotation.size * ROUNDS;
    const poor = new Set<string>();
    for (let turn = 1; ; turn++) {
      signal.throwIfAborted();
      try {
        const { provider, answer } = await pool.ask(path, ANSWER_LIMIT, false, signal);
        if (answer.bytes === null) {
          poor.add(provider.name);
          if (poor.size === pool.rotation.size || turn >= turns) return false;
          pool.rotation.failed(provider, 'poverty', clock.now());
          continue;
        }
        try {
          await accept(answer.bytes);
          pool.rotation.succeeded(provider);
          return true;
        } catch (error) {
          if (!(error instanceof LightClientError) || error.code === 'wasm.trap' || signal.aborted) throw error;
          const refused = at(error, { provider: provider.name, path });
          const fault = faultOf(error.code);
          pool.rotation.failed(provider, fault, clock.now());
          const evidence =
            fault === 'lie'
              ? { provider: provider.name, path, code: error.code, answer: answer.bytes.slice(0, EVIDENCE_LIMIT), length: answer.bytes.length }
              : null;
          this.#finality.tell({ type: 'rejected', provider: provider.name, path, error: refused, evidence });
          throw refused;
        }
      } catch (error) {
        if (!(error instanceof LightClientError) || error.code === 'wasm.trap' || signal.aborted || turn >= turns) throw error;
      }
    }
  }

  /** Does all of a check; what it took out on the way. */
  async #finish<T>(instance: DataInstance, check: RawCheck, signal: AbortSignal, end: (taken: Collector) => T): Promise<T> {
    const taken = new Collector();
    const step = (): boolean => {
      const more = check.step(1);
      taken.take(check.take());
      return more;
    };
    try {
      await slices(() => instance.call(step), signal);
      return end(taken);
    } finally {
      if (!instance.trapped) check.free();
    }
  }

  #work(instance: RollupsInstance, scan: RawScan, signal: AbortSignal): Promise<void> {
    const step = (): boolean =>
      instance.call(() => {
        if (scan.isWorking()) scan.step(1);
        return scan.isWorking();
      });
    return slices(step, signal);
  }
}

/** An instance of a module, made at the first use and again after a trap. */
class Loaded<I extends { readonly trapped: boolean }> {
  readonly #load: () => Promise<I>;
  #instance: Promise<I> | undefined;

  constructor(load: () => Promise<I>) {
    this.#load = load;
  }

  async get(): Promise<I> {
    if (this.#instance !== undefined && (await this.#instance).trapped) this.#instance = undefined;
    if (this.#instance === undefined) {
      const loading = this.#load();
      this.#instance = loading;
      // A failure is not kept: the next call tries again.
      loading.catch(() => (this.#instance = undefined));
    }
    return this.#instance;
  }
}

/** What tells one kind of search from another. */
class Search<Raw, T> {
  readonly convert: (raw: Raw) => T;
  /** Whether nothing that is still to be read could change the answer. */
  readonly isAnswered: (raw: Raw) => boolean;

  constructor(convert: (raw: Raw) => T, isAnswered: (raw: Raw) => boolean) {
    this.convert = convert;
    this.isAnswered = isAnswered;
  }
}

function missing(path: string): LightClientError {
  return driverError('provider.missing', 'no provider has it', { path });
}

/** Computes in slices while there is something left, and lets the event loop run in between. */
async function slices(step: () => boolean, signal: AbortSignal): Promise<void> {
  for (;;) {
    const started = performance.now();
    do {
      signal.throwIfAborted();
      if (!step()) return;
    } while (performance.now() - started < SLICE_MILLISECONDS);
    await breathe();
  }
}
