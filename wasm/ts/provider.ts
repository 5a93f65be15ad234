import { LightClientError, driverError } from './error.js';

/**
 * An answer of a provider: `bytes` is `null` where it honestly has nothing to give, or not as much at
 * once (HTTP 404, 400, 416).
 */
export interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array | null;
}

/** A server of chain data. Nothing that it says is believed. */
export interface Provider {
  /** How events and errors name it. */
  readonly name: string;
  /**
   * Fetches a path such as `/v1/availability/leaf/10/20`.
   *
   * @param limit the most bytes that the answer may have
   */
  get(path: string, limit: number, signal: AbortSignal): Promise<Answer>;
}

/** How an HTTP provider is asked. */
export interface HttpOptions {
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** After how many milliseconds an answer is given up. Default 15,000. */
  readonly timeout?: number | undefined;
}

/** What nodes answer for what they do not have, and for ranges beyond their limit. */
const MISSING = [404, 400, 416];
/** The longest pause that a server may ask for. */
const RETRY_LIMIT = 60_000;

/** The pause that a server with too many requests asks for. */
function retryAfter({ headers }: Response): { retryAfter?: number } {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return seconds > 0 ? { retryAfter: Math.min(RETRY_LIMIT, seconds * 1_000) } : {};
}

/**
 * A HotShot query node.
 *
 * Requests are plain GETs without headers of their own, so that a browser sends no preflight and a
 * node needs no more than `Access-Control-Allow-Origin`.
 */
export function httpProvider(base: string | URL, options: HttpOptions = {}): Provider {
  const name = String(base).replace(/\/+$/, '');
  const timeout = options.timeout ?? 15_000;
  return {
    name,
    async get(path, limit, signal) {
      signal.throwIfAborted();
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
      try {
        const request = options.fetch ?? globalThis.fetch;
        const response = await request(name + path, {
          signal: limited,
          credentials: 'omit',
          cache: 'no-store',
          referrerPolicy: 'no-referrer',
        });
        if (MISSING.includes(response.status)) {
          await response.body?.cancel();
          return { status: response.status, bytes: null };
        }
        if (!response.ok) {
          await response.body?.cancel();
          throw driverError('provider.status', 'the provider answered with an error', {
            got: String(response.status),
            expected: '200 or 404',
            ...retryAfter(response),
          });
        }
        return { status: response.status, bytes: await read(response, limit) };
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof LightClientError) throw error;
        throw driverError('provider.unreachable', 'the provider did not answer', { got: String(error) }, error);
      }
    },
  };
}

/** Reads a body and gives up as soon as it is longer than allowed. */
async function read(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) break;
    length += part.value.byteLength;
    if (length > limit) {
      await reader?.cancel();
      throw driverError('provider.oversized', 'the answer is too long', { got: `over ${limit}`, expected: `${limit} bytes` });
    }
    chunks.push(part.value);
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
