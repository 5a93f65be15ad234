import { LightClientError, headerCommitment, verifyRecording } from 'hotshot-light-client/verify';

import { members } from '../model/json-text.js';
import type { Verdict } from '../protocol.js';
import { toRefusal } from './refusal.js';

/** A query service's answer about one block. */
export interface Answer {
  /** `{"leaf":…,"qc":…}`. */
  readonly leaf: string;
  /** The block's hash, `BLOCK~…`. */
  readonly hash: string;
}

/** The recorded lines around a block: what comes before it, and what makes it final. */
export interface Surroundings {
  readonly network: string;
  readonly before: string | undefined;
  readonly after: readonly string[];
}

/** The hash of the block in an answer; empty where there is no block in it. */
export function hashOf(leaf: string): string {
  try {
    return headerCommitment(members(members(leaf).get('leaf') ?? '').get('block_header') ?? '');
  } catch (error) {
    if (error instanceof LightClientError) return '';
    throw error;
  }
}

/** An answer as a line of a recording. Breaks of lines mean nothing in JSON, and end a line there. */
export function toLine({ leaf, hash }: Answer): string {
  return `{"leaf":${leaf.replace(/[\r\n]+/g, ' ')},"hash":${JSON.stringify(hash)}}`;
}

/** Verifies a block's answer, as it was or as the visitor changed it, among its honest neighbours. */
export function examine(answer: Answer, { network, before, after }: Surroundings): Verdict {
  const started = performance.now();
  try {
    const lines = [...(before === undefined ? [] : [before]), toLine(answer), ...after];
    const { lines: verdicts } = verifyRecording(lines, network);
    const own = verdicts[before === undefined ? 0 : 1];
    if (own === undefined) throw new Error('a line has no verdict');
    return { kind: 'checked', checks: own.checks, final: own.final, milliseconds: performance.now() - started };
  } catch (error) {
    if (!(error instanceof LightClientError)) throw error;
    return { kind: 'unreadable', refusal: toRefusal(error) };
  }
}
