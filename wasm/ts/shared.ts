import { driverError } from './error.js';
import { instantiate } from './glue.js';
import type { RawQuorum, RawTable } from './glue.js';
import { Instance } from './instance.js';
import { encode } from './json.js';
import { REJECTIONS } from './rejection-codes.js';
import type { JsonInput, Quorum, RecordingLine, RecordingResult, RecordingSummary, Rejection } from './types.js';

/** The module and the instance that the pure functions share; the instance is replaced after a trap. */
let module: WebAssembly.Module | undefined;
let instance: Instance | undefined;

/** Makes the pure functions ready, with a compiled module. */
export function start(compiled: WebAssembly.Module): void {
  module ??= compiled;
}

/** Makes the pure functions ready, at once. */
export function startSync(wasm: BufferSource | WebAssembly.Module): void {
  if (module !== undefined) return;
  try {
    module = wasm instanceof WebAssembly.Module ? wasm : new WebAssembly.Module(wasm);
  } catch (error) {
    throw driverError('wasm.load', 'the WebAssembly module could not be compiled', { got: String(error) }, error);
  }
}

/** Whether the pure functions are ready. */
export function started(): boolean {
  return module !== undefined;
}

function ready(): Instance {
  if (module === undefined) throw driverError('wasm.not_ready', 'await init() first');
  if (instance === undefined || instance.trapped) instance = new Instance(module, instantiate);
  return instance;
}

/** Every reason that the verifier has to refuse something. */
export function rejections(): readonly Rejection[] {
  return REJECTIONS;
}

/**
 * The commitment of a block header of any version that is known: the block's hash, `BLOCK~…`.
 *
 * @param header the header as the query service serves it
 * @throws {@link LightClientError} when it is not a header
 */
export function headerCommitment(header: JsonInput): string {
  const bytes = encode(header);
  return ready().call((wasm) => wasm.headerCommitment(bytes));
}

/**
 * The commitment of a leaf, which is what validators sign: `COMMIT~…`.
 *
 * @param leaf the inner leaf object, or the pair `{leaf, qc}` around it
 * @throws {@link LightClientError} when it is not a leaf
 */
export function leafCommitment(leaf: JsonInput): string {
  const bytes = encode(leaf);
  return ready().call((wasm) => wasm.leafCommitment(bytes));
}

/** The kinds of certificate, and the stake that each needs: two thirds, or nine tenths for upgrades. */
export type CertificateKind = 'quorum' | 'certificate2' | 'upgrade' | 'timeout' | 'view_sync_finalize';

/** How {@link verifyCertificate} takes its certificate. */
export interface VerifyCertificateOptions {
  /** What kind it is: the JSON does not tell them all apart. Default `quorum`. */
  readonly kind?: CertificateKind | undefined;
}

/**
 * A stake table whose keys have all been checked. Checking is most of the work of verifying one
 * certificate, so make this once when there are several.
 */
export class StakeTable {
  readonly #instance: Instance;
  readonly #raw: RawTable;

  /**
   * @param table a list of entries, or an object with one under `known_nodes_with_stake` or `validators`
   * @throws {@link LightClientError} with the entry that is not admitted
   */
  constructor(table: JsonInput) {
    this.#instance = ready();
    const bytes = encode(table);
    this.#raw = this.#instance.call((wasm) => new wasm.Table(bytes));
  }

  /** Stake of all members. */
  get total(): bigint {
    return BigInt(this.#instance.call(() => this.#raw.total()));
  }

  /** Number of members. */
  get size(): number {
    return this.#instance.call(() => this.#raw.size());
  }

  /** As {@link verifyCertificate}. */
  verifyCertificate(certificate: JsonInput, options: VerifyCertificateOptions = {}): Quorum {
    const bytes = encode(certificate);
    return toQuorum(this.#instance.call(() => this.#raw.verify(bytes, options.kind ?? 'quorum')));
  }

  /** Gives the memory back at once. Without it, it is given back some time after the last use. */
  free(): void {
    if (!this.#instance.trapped) this.#raw.free();
  }
}

/** A quorum with its amounts as numbers. */
export function toQuorum(raw: RawQuorum): Quorum {
  return { ...raw, weight: BigInt(raw.weight), threshold: BigInt(raw.threshold), total: BigInt(raw.total) };
}

/**
 * Verifies that a quorum of a stake table signed a certificate: the vote that it states, the stake
 * of the signers, and their signature. Says nothing about whether the table is the right one for
 * the certificate's height; {@link verifyRecording} and the light client choose tables themselves.
 *
 * @returns who signed, with what stake
 * @throws {@link LightClientError} why the certificate proves nothing
 */
export function verifyCertificate(
  certificate: JsonInput,
  stakeTable: JsonInput | StakeTable,
  options: VerifyCertificateOptions = {},
): Quorum {
  if (stakeTable instanceof StakeTable) return stakeTable.verifyCertificate(certificate, options);
  const table = new StakeTable(stakeTable);
  try {
    return table.verifyCertificate(certificate, options);
  } finally {
    table.free();
  }
}

/** What {@link verifyRecording} takes beside the lines and the network. */
export interface VerifyRecordingOptions {
  /** Stake tables by the epoch from which each holds. The network's own serves all before. */
  readonly stakeTables?: Readonly<Record<string, JsonInput>> | undefined;
}

/**
 * Verifies a recorded stretch of a chain, block by block: what `hotshot-verify recording --json`
 * does. A bad line does not spoil the others, and contributes nothing to them.
 *
 * @param lines the text of a `blocks.jsonl`, or its lines in any form of JSON
 * @param network a network file, or the `stake_table.json` of a recording
 * @throws {@link LightClientError} when a line is not JSON at all, or the network is not usable
 */
export function verifyRecording(
  lines: string | Uint8Array | readonly JsonInput[],
  network: JsonInput,
  options: VerifyRecordingOptions = {},
): RecordingResult {
  // Nothing of the caller's runs while a call into the module is open.
  const chain = encode(network);
  const tables = Object.entries(options.stakeTables ?? {}).map(([epoch, table]) => [toEpoch(epoch), encode(table)] as const);
  const texts = toLines(lines).map(encode);
  const instance = ready();
  const recording = instance.call((wasm) => new wasm.Recording(chain));
  try {
    const text = instance.call(() => {
      for (const [epoch, table] of tables) recording.addTable(epoch, table);
      for (const line of texts) recording.push(line);
      return recording.verify();
    });
    const objects = text.split('\n');
    const summary = JSON.parse(objects.pop()!) as RecordingSummary;
    return { lines: objects.map(toLine), summary };
  } finally {
    if (!instance.trapped) recording.free();
  }
}

function toEpoch(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) throw driverError('argument.invalid', 'a stake table is given for no epoch', { got: text, expected: 'digits' });
  return BigInt(text);
}

function toLines(lines: string | Uint8Array | readonly JsonInput[]): readonly JsonInput[] {
  if (typeof lines !== 'string' && !(lines instanceof Uint8Array)) return lines;
  // Bytes that are no UTF-8 become characters that no tagged string has: the line's own rejection.
  const text = typeof lines === 'string' ? lines : new TextDecoder('utf-8', { ignoreBOM: true }).decode(lines);
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** A line's verdict. Integers that a number cannot hold stay exact as `bigint`. */
function toLine(text: string): RecordingLine {
  const line = JSON.parse(text) as RecordingLine;
  if (Number.isSafeInteger(line.height ?? 0) && Number.isSafeInteger(line.view ?? 0)) return line;
  const [, height, view] = /"height":(\d+),"view":(\d+)/.exec(text)!;
  return { ...line, height: exact(height!), view: exact(view!) };
}

function exact(digits: string): number | bigint {
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
}
