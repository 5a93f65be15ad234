import type { FinalizedBlock } from 'hotshot-light-client';

import type { FromWorker, Refusal, Source } from '../protocol.js';
import { readNetwork } from './network.js';
import type { NetworkView } from './network.js';

/** A final block, and when and how this page came to know. */
export interface BlockView {
  readonly block: FinalizedBlock;
  readonly height: number;
  /** When this page knew, in milliseconds since 1970. */
  readonly finalAt: number;
  /** How long the proof took to verify that made it final. */
  readonly milliseconds: number;
  /** The newest block of that proof: the others are its ancestors. */
  readonly provenWith: number;
}

/** An answer that was refused. */
export interface RefusedAnswer {
  readonly at: number;
  readonly path: string;
  readonly refusal: Refusal;
}

export type Phase = 'loading' | 'following' | 'unreachable' | 'paused' | 'played' | 'ended';

/** How many final blocks the page remembers. */
const REMEMBERED = 500;

/** Everything that the page shows, as it follows from the worker's messages. */
export class State {
  readonly source: Source;
  phase: Phase = 'loading';
  network: NetworkView | undefined;
  /** The newest last. */
  readonly blocks: BlockView[] = [];
  readonly refused: RefusedAnswer[] = [];
  finalCount = 0;
  verifyMilliseconds = 0;
  bytes = 0;
  requests = 0;
  wasmBytes = 0;
  /** Why nothing goes on, where nothing does. */
  trouble: Refusal | undefined;

  constructor(source: Source) {
    this.source = source;
  }

  get latest(): BlockView | undefined {
    return this.blocks.at(-1);
  }

  /** The client has begun anew: what stopped it is over. */
  goOn(): void {
    if (this.phase === 'ended' || this.phase === 'unreachable') this.phase = 'following';
    this.trouble = undefined;
  }

  /** Takes a message in. */
  take(message: FromWorker, now: number): void {
    switch (message.type) {
      case 'started':
        this.network = readNetwork(message.network);
        this.wasmBytes = message.wasmBytes;
        this.phase = 'following';
        break;
      case 'request':
        this.requests++;
        break;
      case 'response':
        this.bytes += message.bytes;
        if (this.phase === 'unreachable') this.phase = 'following';
        this.trouble = undefined;
        break;
      case 'refused':
        this.refused.push({ at: now, path: message.path, refusal: message.refusal });
        if (this.refused.length > REMEMBERED) this.refused.shift();
        break;
      case 'unavailable':
        if (this.phase === 'following') this.phase = 'unreachable';
        this.trouble = message.refusal;
        break;
      case 'final':
        this.#takeBlocks(message.blocks, message.milliseconds, now);
        break;
      case 'played':
        if (this.phase === 'following') this.phase = 'played';
        break;
      case 'ended':
        this.phase = 'ended';
        this.trouble = message.refusal;
        break;
      default:
        break;
    }
  }

  #takeBlocks(blocks: readonly FinalizedBlock[], milliseconds: number, now: number): void {
    const provenWith = Number(blocks.at(-1)?.height ?? 0n);
    for (const block of blocks) {
      this.blocks.push({ block, height: Number(block.height), finalAt: now, milliseconds, provenWith });
    }
    this.blocks.splice(0, this.blocks.length - REMEMBERED);
    this.finalCount += blocks.length;
    this.verifyMilliseconds += milliseconds;
  }
}
