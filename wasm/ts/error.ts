import type { RejectionCode } from './rejection-codes.js';

/**
 * What can go wrong around the verification, in this package's own code rather than in the core.
 *
 * - `argument.invalid`: a call was given something that it cannot take; the caller's mistake.
 * - `wasm.load`: the WebAssembly module could not be fetched, compiled or started.
 * - `wasm.not_ready`: a synchronous function was called before `init()` had finished.
 * - `wasm.trap`: the instance stopped in the middle of a call and is dead. Other instances live on.
 * - `entropy.unavailable`: there is no Web Crypto where the module runs.
 * - `client.closed`: the client was closed.
 * - `client.busy`: a second loop over the same client was begun while the first is running.
 * - `provider.missing`: every provider says that it does not have what was asked for.
 * - `provider.none`: no provider was given, neither in the options nor in the network file.
 * - `provider.unreachable`: the provider did not answer, or not in time.
 * - `provider.status`: the provider answered with an HTTP status that is neither success nor "not there".
 * - `provider.unusable`: the provider answered a simple question with something else.
 * - `provider.oversized`: the answer was longer than its request allows.
 * - `l1.unreachable`: the caller's L1 provider gave no answer, again and again.
 * - `store.failed`: the store could not be read or written.
 * - `store.quota`: there is no room left in the store.
 */
export type DriverErrorCode =
  | 'argument.invalid'
  | 'wasm.load'
  | 'wasm.not_ready'
  | 'wasm.trap'
  | 'entropy.unavailable'
  | 'client.closed'
  | 'client.busy'
  | 'provider.missing'
  | 'provider.none'
  | 'provider.unreachable'
  | 'provider.status'
  | 'provider.unusable'
  | 'provider.oversized'
  | 'l1.unreachable'
  | 'store.failed'
  | 'store.quota';

/** Every code that a {@link LightClientError} can have: the core's rejections and the driver's own. */
export type ErrorCode = RejectionCode | DriverErrorCode;

/** What is known about an error besides its code. */
export interface ErrorDetails {
  /** The meaning of the code, as half a sentence in English. */
  readonly summary: string;
  /** What was found, where two things were compared. */
  readonly got: string | null;
  /** What should have been there. */
  readonly expected: string | null;
  /** The provider that caused it, where one did. */
  readonly provider?: string;
  /** The path that was asked for, where something was. */
  readonly path?: string;
  /** For how many milliseconds the provider asks to be left alone. */
  readonly retryAfter?: number;
  /**
   * With `finality.equivocation`: both answers, as JSON that anybody can check with
   * `client.verifyEquivocation` or `hotshot-verify equivocation`.
   */
  readonly evidence?: string;
}

/**
 * The only error that this package throws by itself.
 *
 * Aborting is not an error of this kind: a call that was given an `AbortSignal` rejects with the
 * signal's own reason.
 */
export class LightClientError extends Error {
  /** The stable code: the same in this package, in the command line tool and in every other surface. */
  readonly code: ErrorCode;
  /** Both sides of the comparison that failed, and where it happened. */
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails, options?: ErrorOptions) {
    const compared = details.got === null && details.expected === null
      ? ''
      : ` (got ${details.got ?? '-'}, expected ${details.expected ?? '-'})`;
    super(`${code}: ${details.summary}${compared}`, options);
    this.name = 'LightClientError';
    this.code = code;
    this.details = details;
  }
}

/** Builds an error of the driver's own. */
export function driverError(
  code: DriverErrorCode,
  summary: string,
  extra: Partial<Omit<ErrorDetails, 'summary'>> = {},
  cause?: unknown,
): LightClientError {
  return new LightClientError(
    code,
    { got: null, expected: null, ...extra, summary },
    cause === undefined ? undefined : { cause },
  );
}

/** The same error with the provider and path that it came from. */
export function at(error: LightClientError, place: { provider: string; path: string }): LightClientError {
  return new LightClientError(error.code, { ...error.details, ...place }, { cause: error });
}
