import type { ErrorCode, LightClientError } from './error.js';
import type { RejectionCode } from './rejection-codes.js';

/** What an object of parsed JSON holds. An integer beyond 2^53 - 1 has to come as `bigint`. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * JSON in one of three forms: its text, the UTF-8 bytes of its text, or what `JSON.parse` made of it.
 *
 * Text and bytes are exact. `JSON.parse` rounds integers beyond 2^53 - 1; such a number is refused
 * with `json.integer` where an integer is asked for, it is never taken as something else.
 */
export type JsonInput = string | Uint8Array | JsonValue | object;

/**
 * A checkpoint: the bytes that `client.checkpoint()` gives, or the line `HOTSHOT_CHECKPOINT~…` that
 * `client.checkpointText()` and `hotshot-verify checkpoint export` give. Both say the same.
 */
export type CheckpointInput = Uint8Array | string;

/** Where to begin when no checkpoint is given: at the newest block or at a height. */
export type Start = 'tip' | bigint | number;

/** A block that is final: verified by this machine, never taken from a server's word. */
export interface FinalizedBlock {
  readonly height: bigint;
  /** The consensus view in which the block was proposed. */
  readonly view: bigint;
  /** The epoch of the block; `null` before protocol 0.3, which has none. */
  readonly epoch: bigint | null;
  /** The protocol version of the block's header, such as `0.4`. */
  readonly version: string;
  /** The block's hash: the commitment of its header, `BLOCK~…`. */
  readonly hash: string;
  /** The commitment of the leaf, `COMMIT~…`. */
  readonly leaf: string;
  /** The commitment of the payload; its tag says under which scheme. */
  readonly payloadCommitment: string;
  /** When the block was made, as its leader says: milliseconds since 1970, whole seconds before 0.4. */
  readonly timestampMillis: bigint;
  /** The newest L1 block that the leader knew. */
  readonly l1Head: bigint;
  /** The newest finalized L1 block that the leader knew. */
  readonly l1Finalized: bigint | null;
  /** The hash of the next epoch's stake table state, `STAKE_TABLE~…`, near the end of an epoch from 0.4 on. */
  readonly nextStakeTableHash: string | null;
  /** The namespaces with transactions in the block; `null` where the table in the header is malformed. */
  readonly namespaces: readonly BlockNamespace[] | null;
  /** Who decided the block; `null` where it is final as the ancestor of a block that was decided. */
  readonly quorum: Quorum | null;
}

/** A namespace, which is a rollup as a rule, in a block. */
export interface BlockNamespace {
  readonly id: number;
  /** How many bytes of the payload belong to it. */
  readonly bytes: number;
}

/** Who signed a certificate, with what stake. */
export interface Quorum {
  /** View of the certificate. */
  readonly view: bigint;
  /** The epoch whose stake table signed, where the verification knows it. */
  readonly epoch: bigint | null;
  /** Positions of the signers in the stake table, ascending. */
  readonly signers: readonly number[];
  /** Stake of all who signed, in the table's unit (wei of ESP; 1 a validator before proof of stake). */
  readonly weight: bigint;
  /** The least stake that is enough. */
  readonly threshold: bigint;
  /** Stake of the whole table. */
  readonly total: bigint;
}

/** One reason to refuse something. */
export interface Rejection {
  /** The fixed number beside the code. */
  readonly number: number;
  readonly code: RejectionCode;
  /** What it means, as half a sentence in English. */
  readonly summary: string;
}

/** The verdict of one check of a recording: passed, not applicable, or the code of the rejection. */
export type CheckVerdict = 'ok' | 'absent' | (string & {});

/** The checks of one line of a recording, in the order in which they are made. */
export interface RecordingChecks {
  readonly decode: CheckVerdict;
  /** The line's hash is the header's commitment. */
  readonly header: CheckVerdict;
  /** The leaf's commitment is what its certificate signs. */
  readonly leaf: CheckVerdict;
  /** The vote that the certificate states is the one that it signs. */
  readonly vote: CheckVerdict;
  /** Signature and weight of the certificate. */
  readonly certificate: CheckVerdict;
  readonly next_epoch_certificate: CheckVerdict;
  readonly upgrade_certificate: CheckVerdict;
  /** The block follows the previous line's. */
  readonly link: CheckVerdict;
  /** The payload is the one that the header names, as far as the builder's commitment covers it. */
  readonly builder_commitment: CheckVerdict;
}

/** What was found about one line of a recording: the object that `hotshot-verify recording --json` prints. */
export interface RecordingLine {
  /** Line number, from 1. */
  readonly line: number;
  /** Block height; `null` where the line could not be read. A `bigint` only beyond 2^53 - 1. */
  readonly height: number | bigint | null;
  readonly view: number | bigint | null;
  readonly version: string | null;
  readonly checks: RecordingChecks;
  /** Whether the accepted lines prove the block final. */
  readonly final: boolean;
}

/** The last object of a recording's verdict. */
export interface RecordingSummary {
  readonly blocks: number;
  readonly rejected: number;
  readonly final: number;
}

/** The verdict on a recording: one object a line, and one for the whole. */
export interface RecordingResult {
  readonly lines: readonly RecordingLine[];
  readonly summary: RecordingSummary;
}

/** How much the providers agree about the newest block. Staleness cannot be proven away: ask several. */
export interface Servers {
  /** How many were asked last: liars and those that do not answer are not asked. */
  readonly asked: number;
  /** How many of them have the block. */
  readonly agreeing: number;
  /** The most blocks that any of them claims: what is to come, or made up. */
  readonly highest: bigint;
}

/** The newest final block, and how new it is. */
export interface FinalTip {
  readonly height: bigint;
  /** When the block was made, as its leader says: milliseconds since 1970. */
  readonly timestampMillis: bigint;
  /** How many milliseconds ago that was. Nobody can prove that there is nothing newer. */
  readonly age: number;
  /** How much the providers agreed about it. */
  readonly servers: Servers;
}

/** An epoch whose stake table is known: its registrations have the hash that is trusted or proven. */
export interface KnownEpoch {
  readonly epoch: bigint;
  /** The hash of the registrations, `STAKE_TABLE~…`. */
  readonly stakeTableHash: string;
  /** How many validators sign. */
  readonly validators: number;
  /** Their stake, in wei of ESP. */
  readonly totalStake: bigint;
  /** The total weight that shares of the epoch's payloads are dealt out by. */
  readonly vidTotalWeight: bigint;
  /** The height of the final header that carries the hash; `null` where a checkpoint names it. */
  readonly root: bigint | null;
}

/** A member of a stake table, in the form of stake table files. */
export interface StakeTableMember {
  /** The Ethereum account of a registered validator, in hex. */
  readonly account: string | null;
  /** `BLS_VER_KEY~…`, with which blocks are voted for. */
  readonly stake_key: string;
  /** `SCHNORR_VER_KEY~…`, with which states are signed for L1. */
  readonly state_ver_key: string | null;
  /** In decimal. */
  readonly stake_amount: string;
}

/** The stake table of an epoch, in the order of the signers. `StakeTable` of `./verify` takes it. */
export interface EpochStakeTable {
  readonly epoch: bigint;
  /** The hash of the registrations, `STAKE_TABLE~…`; `null` for a table that the network file pins. */
  readonly stakeTableHash: string | null;
  readonly vidTotalWeight: bigint | null;
  /** Stake of all members. */
  readonly total: bigint;
  /** The least stake that makes a block final. */
  readonly threshold: bigint;
  readonly validators: readonly StakeTableMember[];
}

/** A protocol version that this package does not know and that the validators have certified. */
export interface UpgradeAhead {
  /** Such as `0.7`. */
  readonly version: string;
  /** The last view of ordinary blocks of the old version. */
  readonly lastView: bigint;
  /** The first view of the new one: get a newer package before. */
  readonly firstView: bigint;
}

/** How a provider stands with the client. */
export interface ProviderStatus {
  readonly provider: string;
  /**
   * `ready` to be asked; `resting` after it did not answer, or not with what was asked; `quarantined`
   * because verification rejected what it said: then it is asked only if nobody else can be.
   */
  readonly state: 'ready' | 'resting' | 'quarantined';
  /** Faults in a row. */
  readonly faults: number;
  /** Lies altogether. */
  readonly lies: number;
  /** A moving average in milliseconds, once it was asked. */
  readonly latency: number | null;
  /** For how many milliseconds more it is not asked first. */
  readonly milliseconds: number;
}

/** What a client's trust rests on. */
export interface Trust {
  /**
   * `pinned`: the network file's stake table and genesis. `checkpoint`: somebody's word about one block.
   * `l1_contract`: the light client contract on L1, which takes signatures of a third of the stake plus
   * one and has an owner who can replace it.
   */
  readonly root: 'pinned' | 'checkpoint' | 'l1_contract';
  /** Since when, in seconds since 1970, where that is known. */
  readonly date: bigint | null;
  /** `trust.expired` if that is older than the network allows. */
  readonly error: LightClientError | null;
}

/**
 * What validators signed twice although they may sign it once: a proof that the chain is broken.
 * Two certified leaves at one height in different views are legal, and none.
 */
export interface Equivocation {
  readonly kind: 'quorum' | 'next_epoch_quorum' | 'certificate2' | 'finality';
  /** The epoch whose validators signed; `null` before 0.3 and for two final blocks of one height. */
  readonly epoch: bigint | null;
  /** The view of both certificates; with `finality`, the height of both blocks. */
  readonly place: bigint;
  /** The two leaves, `COMMIT~…`. */
  readonly leaves: readonly string[];
  /** Positions in the stake table of those who signed both certificates; empty with `finality`. */
  readonly signers: readonly number[];
}

/** What a provider said that verification rejected, to be shown to others. */
export interface Evidence {
  readonly provider: string;
  readonly path: string;
  /** Why it was rejected. */
  readonly code: ErrorCode;
  /** The first 64 KiB of the answer. */
  readonly answer: Uint8Array;
  /** How many bytes the whole answer had. */
  readonly length: number;
}

/** What a light client tells while it works. */
export type ClientEvent =
  /** A request goes out. */
  | { readonly type: 'request'; readonly provider: string; readonly path: string }
  /** An answer has arrived; nothing is believed yet. */
  | {
      readonly type: 'response';
      readonly provider: string;
      readonly path: string;
      readonly status: number;
      readonly bytes: number;
      readonly milliseconds: number;
    }
  /**
   * A provider's answer was refused. It contributed nothing; another provider is asked. With evidence
   * it was a lie, and the provider is in quarantine; without, somebody else may be to blame.
   */
  | {
      readonly type: 'rejected';
      readonly provider: string;
      readonly path: string;
      readonly error: LightClientError;
      readonly evidence: Evidence | null;
    }
  /** A provider did not answer, or not with what was asked. It is asked again later. */
  | { readonly type: 'unavailable'; readonly provider: string; readonly path: string; readonly error: LightClientError }
  /** Blocks turned final. `milliseconds` is the time that verification took on this machine. */
  | {
      readonly type: 'finalized';
      readonly provider: string;
      readonly from: bigint;
      readonly to: bigint;
      readonly milliseconds: number;
      readonly servers: Servers;
      /** How many milliseconds ago the newest of them was made. */
      readonly age: number;
      /** What that rests on. */
      readonly root: Trust['root'];
    }
  /** The stake table of one more epoch is known. */
  | ({ readonly type: 'epoch' } & KnownEpoch)
  /** How far the way to today's stake table is: epoch `epoch` of `until`, begun at `from`. */
  | {
      readonly type: 'progress';
      readonly from: bigint;
      readonly epoch: bigint;
      /** Before anything of it is proven this is the providers' word. */
      readonly until: bigint;
      /** Bytes of answers that were taken. */
      readonly bytes: number;
      /** How long it takes at the pace so far; `null` at the beginning. */
      readonly secondsLeft: number | null;
    }
  /** A provider is found wanting, or has recovered. */
  | ({ readonly type: 'provider' } & ProviderStatus)
  /** Validators certified a protocol version that this package does not know. */
  | ({ readonly type: 'upgrade' } & UpgradeAhead)
  /** How far the contracts' logs on L1 are read, and what they came to in the end. */
  | {
      readonly type: 'l1';
      readonly block: bigint;
      readonly last: bigint;
      readonly anchor: {
        /** The finalized L1 block at which the contracts were read. */
        readonly block: bigint;
        /** The epoch of the table that the light client contract commits to. */
        readonly epoch: bigint;
        /** The newest HotShot block that the contract knows. */
        readonly height: bigint;
        readonly validators: number;
      } | null;
    }
  /** Something was refused, and it cannot be told whose fault that is. It is done in another way. */
  | { readonly type: 'unclear'; readonly error: LightClientError }
  /** Blocks up to a height are proven and not shown, because trust began too long ago. */
  | { readonly type: 'withheld'; readonly height: bigint; readonly error: LightClientError }
  /** Nothing to do until more blocks are made, or until a provider may be asked again. */
  | { readonly type: 'waiting'; readonly milliseconds: number }
  /** A kept checkpoint was not usable; the client begins from the network file. */
  | { readonly type: 'checkpoint_discarded'; readonly error: LightClientError }
  /** Kept stake tables were not usable; they are derived anew. */
  | { readonly type: 'tables_discarded'; readonly error: LightClientError }
  /** The store could not be read or written; the client goes on without it, or keeps less in it. */
  | { readonly type: 'store_failed'; readonly error: LightClientError };

/**
 * Somewhere to keep what a client learnt between visits: bytes by their names. One store serves one
 * network. What is loaded is checked like any other input; what is not there any more is learnt anew.
 */
export interface ClientStore {
  /** The bytes that were saved last under a name, or `undefined`. */
  load(key: string): Promise<Uint8Array | undefined>;
  /** Replaces the bytes whole or not at all. An error named `QuotaExceededError` makes the client keep less. */
  save(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
}
