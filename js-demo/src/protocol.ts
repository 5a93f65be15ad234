/** What the page and its worker say to each other. All of it survives a structured clone. */
import type { FinalizedBlock, NamespaceContent } from 'hotshot-light-client';
import type { RecordingChecks } from 'hotshot-light-client/verify';

import type { Leg } from './rollups.js';
import type { Finding } from './worker/inside.js';

/** Where blocks come from. */
export type Source =
  /** A query node. */
  | { readonly kind: 'live'; readonly provider: string; readonly network: string; readonly pollMilliseconds: number }
  /** The recording beside the page, served block by block inside the worker. */
  | { readonly kind: 'recording'; readonly blockMilliseconds: number };

/** An error with what the page shows of it. */
export interface Refusal {
  readonly code: string;
  readonly summary: string;
  readonly got: string | null;
  readonly expected: string | null;
}

/** The verdict on one answer that the visitor may have changed. */
export type Verdict =
  | { readonly kind: 'checked'; readonly checks: RecordingChecks; readonly final: boolean; readonly milliseconds: number }
  | { readonly kind: 'unreadable'; readonly refusal: Refusal };

export type ToWorker =
  | { readonly type: 'start'; readonly source: Source }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Forget how often the server failed, and ask again at once. */
  | { readonly type: 'retry'; readonly id: number }
  /** Makes the recording's server tell a lie, or none. */
  | { readonly type: 'lie'; readonly kind: string | null }
  /** Asks the server to prove one block by itself. */
  | { readonly type: 'prove'; readonly id: number; readonly height: bigint }
  /** Reads what a final block holds for a namespace. */
  | { readonly type: 'namespace'; readonly id: number; readonly height: bigint; readonly namespace: number }
  /** Watches for transactions that were sent, from a height on, until they are final. */
  | { readonly type: 'watch'; readonly id: number; readonly legs: readonly Leg[]; readonly height: number }
  /** Asks for a final block's answers: itself and what is needed around it. */
  | { readonly type: 'answers'; readonly id: number; readonly height: bigint; readonly hash: string }
  /** Verifies a final block's answer with a changed text. */
  | { readonly type: 'verify'; readonly id: number; readonly text: string };

export type FromWorker =
  /** The network file that the client trusts. */
  | { readonly type: 'started'; readonly network: string; readonly wasmBytes: number }
  | { readonly type: 'request'; readonly path: string }
  | { readonly type: 'response'; readonly path: string; readonly bytes: number; readonly milliseconds: number }
  | { readonly type: 'refused'; readonly path: string; readonly refusal: Refusal }
  | { readonly type: 'unavailable'; readonly path: string; readonly refusal: Refusal }
  | { readonly type: 'final'; readonly blocks: readonly FinalizedBlock[]; readonly milliseconds: number }
  /** The recording has been played to its end. */
  | { readonly type: 'played' }
  /** The client has given up for good. */
  | { readonly type: 'ended'; readonly refusal: Refusal }
  /** The client has begun anew after `retry`. */
  | { readonly type: 'retried'; readonly id: number }
  /** What came of `prove`: a refusal, or nothing to refuse. */
  | { readonly type: 'proved'; readonly id: number; readonly refusal: Refusal | null }
  /** What a block holds for a namespace, or why that is refused. */
  | { readonly type: 'namespace'; readonly id: number; readonly answer: NamespaceContent | Refusal }
  /** Something about what is watched. */
  | { readonly type: 'finding'; readonly watch: number; readonly finding: Finding }
  /** The watch has ended: by itself, or because something is refused. */
  | { readonly type: 'watched'; readonly id: number; readonly refusal: Refusal | null }
  | { readonly type: 'answers'; readonly id: number; readonly text: string | null }
  | { readonly type: 'verdict'; readonly id: number; readonly verdict: Verdict | null };
