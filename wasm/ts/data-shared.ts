/** The pure functions of the second module, and how its results are made into the package's types. */
import { instantiate } from './data-glue.js';
import type { Bindings, RawAccount, RawBundle, RawBundleConfirmation, RawConfirmation, RawHeader, RawNamespace, RawTransaction } from './data-glue.js';
import { legToJson } from './data-types.js';
import type {
  AccountContent,
  BlockHeader,
  BundleConfirmation,
  BundleLeg,
  Confirmation,
  ConfirmedBundle,
  Ledger,
  NamespaceContent,
  NamespaceTransaction,
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

function ready(): DataInstance {
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

/** What {@link verifyNamespace} and {@link verifyBundle} take besides. */
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
  try {
    return toNamespace(instance.call(() => check.finish()), []);
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

/**
 * That all legs of a bundle are in one block.
 *
 * @param answers one for each namespace of the legs
 * @throws {@link LightClientError} why they are not
 */
export function verifyBundle(
  block: TrustedHeader,
  legs: readonly BundleLeg[],
  answers: readonly { readonly namespace: number; readonly answer: JsonInput }[],
  options: NamespaceOptions = {},
): ConfirmedBundle {
  const decoder = new TextDecoder();
  const parts = answers.map(({ namespace, answer }) => `{"namespace":${encodeNumber(namespace)},"answer":${decoder.decode(encode(answer))}}`);
  const bundle = encode(`{"legs":${decoder.decode(encodeLegs(legs))},"answers":[${parts.join()}]}`);
  const header = encode(block.header);
  const weight = options.weight === undefined ? undefined : toHeight(options.weight);
  return toBundle(ready().call((wasm) => wasm.bundle(header, block.hash, bundle, weight)));
}

function encodeNumber(value: number): string {
  return new TextDecoder().decode(encode(value));
}

/** Legs as the bytes of their JSON. */
export function encodeLegs(legs: readonly BundleLeg[]): Uint8Array {
  return encode(legs.map((leg) => legToJson(leg, toBase64)));
}

/** A height, or another integer of 64 bits. */
export function toHeight(height: bigint | number): bigint {
  const valid = typeof height === 'bigint' ? height >= 0n && height < 2n ** 64n : Number.isSafeInteger(height) && height >= 0;
  if (!valid) throw driverError('argument.invalid', 'no integer of 64 bits', { got: String(height), expected: '0 to 2^64-1' });
  return BigInt(height);
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index);
  return bytes;
}

export function toHeader({ block, namespaces, ...rest }: RawHeader): BlockHeader {
  return { ...rest, hash: block, namespaces: namespaces.map(({ namespace, length }) => ({ id: namespace, bytes: Number(length) })) };
}

export function toTransaction({ position, payload, ...transaction }: RawTransaction): NamespaceTransaction {
  return { ...transaction, position: Number(position), payload: fromBase64(payload) };
}

/** @param before the transactions that were taken before the end */
export function toNamespace({ block, length, transactions, ...rest }: RawNamespace, before: readonly NamespaceTransaction[]): NamespaceContent {
  return { ...rest, hash: block, bytes: Number(length), transactions: [...before, ...transactions.map(toTransaction)] };
}

export function toAccount({ amount, ...rest }: RawAccount): AccountContent {
  return { ...rest, amount: amount === null ? null : BigInt(amount) };
}

export function toBundle({ block, ...rest }: RawBundle): ConfirmedBundle {
  return { ...rest, hash: block };
}

export function toConfirmation(raw: RawConfirmation): Confirmation {
  return raw;
}

export function toBundleConfirmation({ bundle, ...rest }: RawBundleConfirmation): BundleConfirmation {
  return { ...rest, bundle: bundle && toBundle(bundle) };
}
