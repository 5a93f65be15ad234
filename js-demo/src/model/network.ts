import type { Quorum } from 'hotshot-light-client';

/** A member of a stake table, as the page draws it. */
export interface Member {
  /** The start of its key or account, to tell it from the others. */
  readonly name: string;
  readonly stake: bigint;
}

/**
 * What the page draws of a network file. The verification reads the file by itself and strictly;
 * nothing here decides anything.
 */
export interface NetworkView {
  readonly name: string;
  /** Blocks in an epoch; 0 without epochs. */
  readonly epochHeight: number;
  readonly providers: readonly string[];
  /** Keys of this network are public. */
  readonly insecure: boolean;
  /** Stake tables, ascending by the first epoch that each serves. */
  readonly tables: readonly { readonly fromEpoch: bigint; readonly members: readonly Member[] }[];
}

type Json = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function member(value: unknown, index: number): Member {
  const entry = isObject(value) ? value : {};
  const inner = isObject(entry['stake_table_entry']) ? entry['stake_table_entry'] : entry;
  const key = text(inner['stake_key']).split('~')[1] ?? '';
  const name = text(entry['account']).slice(0, 10) || key.slice(0, 8) || `no. ${index + 1}`;
  const stake = text(inner['stake_amount']);
  return { name, stake: /^(0x[0-9a-f]+|\d+)$/i.test(stake) ? BigInt(stake) : 1n };
}

function members(value: unknown): readonly Member[] {
  const list = isObject(value) ? (value['known_nodes_with_stake'] ?? value['validators']) : value;
  return Array.isArray(list) ? list.map(member) : [];
}

/**
 * Reads a network file for drawing.
 *
 * @throws {SyntaxError} when it is not JSON
 */
export function readNetwork(file: string): NetworkView {
  const parsed: unknown = JSON.parse(file);
  const network = isObject(parsed) ? parsed : {};
  const later = Array.isArray(network['later_stake_tables']) ? network['later_stake_tables'].filter(isObject) : [];
  const height = network['epoch_height'];
  const providers = network['providers'];
  return {
    name: text(network['name']) || 'unnamed network',
    epochHeight: typeof height === 'number' && Number.isSafeInteger(height) && height > 0 ? height : 0,
    providers: Array.isArray(providers) ? providers.map(text).filter((provider) => provider !== '') : [],
    insecure: network['insecure_devnet'] === true,
    tables: [
      { fromEpoch: 0n, members: members(network['stake_table'] ?? network) },
      ...later
        .map((table) => ({ fromEpoch: BigInt(Number(table['from_epoch']) || 0), members: members(table) }))
        .sort((one, other) => Number(one.fromEpoch - other.fromEpoch)),
    ],
  };
}

/**
 * The members among whom a quorum's signers are positions. Where the file's table is not the one
 * that the verification used (tables that follow from the chain itself, or unit weights), all that
 * is known is who signed: then every member counts the same.
 */
export function membersOf(network: NetworkView, quorum: Quorum): readonly Member[] {
  const epoch = quorum.epoch ?? 0n;
  const table = network.tables.filter(({ fromEpoch }) => fromEpoch <= epoch).at(-1)?.members ?? [];
  const signed = quorum.signers.reduce((sum, index) => sum + (table[index]?.stake ?? 0n), 0n);
  const total = table.reduce((sum, { stake }) => sum + stake, 0n);
  if (signed === quorum.weight && total === quorum.total) return table;
  const size = Math.max(table.length, (quorum.signers.at(-1) ?? -1) + 1);
  return Array.from({ length: size }, (_, index) => ({ name: table[index]?.name ?? `no. ${index + 1}`, stake: 1n }));
}
