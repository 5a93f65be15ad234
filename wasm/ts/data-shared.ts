/** The pure functions of the second module, and how its results are made into the package's types. */
import { instantiate } from './data-glue.js';
import type { Bindings, RawAccount, RawHeader, RawNamespace, RawPayload } from './data-glue.js';
import type {
  AccountContent,
  BlockHeader,
  Ledger,
  NamespaceContent,
  NamespaceTransaction,
  PayloadContent,
} from './data-types.js';
import { driverError } from './error.js';
import { Instance } from './instance.js';
import { encode } from './json.js';
import type { JsonInput } from './types.js';

/** An instance of the second module. */
export type DataInstance = Instance<Bindings>;

let module: WebAssembly.Module | undefined;
let instance: DataInstance | undefined;

/** Makes the pure functions ready, with the compiled second module. */
export function start(compiled: WebAssembly.Module): void {
  module ??= compiled;
}

/** A new instance of the second module. */
export function newInstance(compiled: WebAssembly.Module): DataInstance {
  return new Instance(compiled, instantiate);
}

/** The instance that the pure functions share. */
export function ready(): DataInstance {
  if (module === undefined) throw driverError('wasm.not_ready', 'await initData() first');
  if (instance === undefined || instance.trapped) instance = newInstance(module);
  return instance;
}

/** A header and the hash that it is known to have: from a final block, a checkpoint, an earlier proof. */
export interface TrustedHeader {
  /** The header as any server gave it. */
  readonly header: JsonInput;
  /** The block's hash, `BLOCK~…`. A hash from a server proves nothing. */
  readonly hash: string;
}

/**
 * A header that you trust by its hash, and the namespaces of its block; or an older one under it.
 *
 * @param older a height, and the answer of `light-client/header/{root}/{height}` about it
 * @throws {@link LightClientError} why it is refused
 */
export function verifyHeader(root: TrustedHeader, older?: { readonly height: bigint | number; readonly answer: JsonInput }): BlockHeader {
  const header = encode(root.header);
  const proof = older && encode(older.answer);
  const height = older && toHeight(older.height);
  return toHeader(ready().call((wasm) => wasm.header(header, root.hash, height, proof)));
}

/** What {@link verifyNamespace}, {@link verifyPayload} and `verifyBundle` take besides. */
export interface NamespaceOptions {
  /**
   * The number of shares (VID weight) under the verified stake table of the block's epoch. Without it,
   * the answer's number is used, and the result says `served`.
   */
  readonly weight?: bigint | number | undefined;
}

/**
 * What a block holds for a namespace, from an answer of `light-client/namespace/{height}/{ns}` or
 * `availability/block/{height}/namespace/{ns}`.
 *
 * @throws {@link LightClientError} why the answer is refused
 */
export function verifyNamespace(
  block: TrustedHeader,
  namespace: bigint | number,
  answer: JsonInput,
  options: NamespaceOptions = {},
): NamespaceContent {
  const [header, body] = [encode(block.header), encode(answer)];
  const id = toHeight(namespace);
  const weight = options.weight === undefined ? undefined : toHeight(options.weight);
  const instance = ready();
  const check = instance.call((wasm) => new wasm.NamespaceCheck(header, block.hash, id, body, weight));
  const taken = new Collector();
  try {
    const report = instance.call(() => check.finish());
    taken.take(instance.call(() => check.take()));
    return toNamespace(report, taken.all);
  } finally {
    if (!instance.trapped) check.free();
  }
}

/**
 * The whole payload of a block, recomputed to the commitment in its header, from an answer of
 * `light-client/payload/{height}` or `availability/payload/{height}`. The latter names no number of
 * shares: it needs the option `weight`.
 *
 * @throws {@link LightClientError} why the answer is refused
 */
export function verifyPayload(block: TrustedHeader, answer: JsonInput, options: NamespaceOptions = {}): PayloadContent {
  const [header, body] = [encode(block.header), encode(answer)];
  const weight = options.weight === undefined ? undefined : toHeight(options.weight);
  const instance = ready();
  const check = instance.call((wasm) => new wasm.PayloadCheck(header, block.hash, body, weight));
  const taken = new Collector();
  try {
    const report = instance.call(() => check.finish());
    taken.take(instance.call(() => check.take()));
    return toPayload(report, instance.call(() => check.bytes()), taken.transactions);
  } finally {
    if (!instance.trapped) check.free();
  }
}

/**
 * What an account holds, from an answer of `reward-state-v2/proof/{height}/{address}` or
 * `catchup/{height}/{view}/account/{address}`.
 *
 * @throws {@link LightClientError} why the answer is refused
 */
export function verifyAccount(block: TrustedHeader, ledger: Ledger, account: string, answer: JsonInput): AccountContent {
  const [header, body] = [encode(block.header), encode(answer)];
  return toAccount(ready().call((wasm) => wasm.account(header, block.hash, ledger, account, body)));
}

/** A height, or another integer of 64 bits. */
export function toHeight(height: bigint | number): bigint {
  const valid = typeof height === 'bigint' ? height >= 0n && height < 2n ** 64n : Number.isSafeInteger(height) && height >= 0;
  if (!valid) throw driverError('argument.invalid', 'no integer of 64 bits', { got: String(height), expected: '0 to 2^64-1' });
  return BigInt(height);
}

export function toHeader({ block, namespaces, ...rest }: RawHeader): BlockHeader {
  return { ...rest, hash: block, namespaces: namespaces.map(({ namespace, length }) => ({ id: namespace, bytes: Number(length) })) };
}

/** The transactions of a namespace as they come out of the module one after the other: see `Outgoing` in `src/data.rs`. */
export function* takeTransactions(bytes: Uint8Array): Generator<readonly [namespace: number, transaction: NamespaceTransaction]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const [namespace, position] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const overlaps = bytes[at + 8] === 1;
    const start = at + 10 + view.getUint8(at + 9);
    const commitment = String.fromCharCode(...bytes.subarray(at + 10, start));
    at = start + 4 + view.getUint32(start, true);
    yield [namespace, { position, commitment, overlaps, payload: bytes.slice(start + 4, at) }];
  }
}

/** @param transactions those that were taken on the way */
export function toNamespace({ block, length, ...rest }: RawNamespace, transactions: readonly NamespaceTransaction[]): NamespaceContent {
  return { ...rest, hash: block, bytes: Number(length), transactions };
}

/** @param transactions those that were taken on the way, by namespace */
export function toPayload(
  { block, length, namespaces, ...rest }: RawPayload,
  payload: Uint8Array<ArrayBuffer>,
  transactions: ReadonlyMap<number, readonly NamespaceTransaction[]>,
): PayloadContent {
  return {
    ...rest,
    hash: block,
    bytes: Number(length),
    payload,
    namespaces: namespaces.map(({ namespace, length, transactions: readable }) => ({
      id: namespace,
      bytes: Number(length),
      transactions: readable && (transactions.get(namespace) ?? []),
    })),
  };
}

/** Collects what a check takes out on its way. */
export class Collector {
  readonly #transactions = new Map<number, NamespaceTransaction[]>();

  /** By namespace. */
  get transactions(): ReadonlyMap<number, readonly NamespaceTransaction[]> {
    return this.#transactions;
  }

  /** Of all namespaces. */
  get all(): readonly NamespaceTransaction[] {
    return [...this.#transactions.values()].flat();
  }

  take(bytes: Uint8Array): void {
    for (const [namespace, transaction] of takeTransactions(bytes)) {
      const known = this.#transactions.get(namespace);
      if (known === undefined) this.#transactions.set(namespace, [transaction]);
      else known.push(transaction);
    }
  }
}

export function toAccount({ amount, ...rest }: RawAccount): AccountContent {
  return { ...rest, amount: amount === null ? null : BigInt(amount) };
}
