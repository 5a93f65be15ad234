import { LightClientError, driverError } from './error.js';
import type { Bindings, RawRejection } from './glue.js';
import { REJECTIONS } from './rejection-codes.js';

function isRejection(error: unknown): error is RawRejection {
  return typeof error === 'object' && error !== null && !(error instanceof Error) && 'number' in error && 'expected' in error;
}

/** An error of the core as the package throws it. */
export function fromRaw({ number, got, expected }: RawRejection): LightClientError {
  const known = REJECTIONS.find((rejection) => rejection.number === number);
  if (known === undefined) return driverError('entropy.unavailable', 'there is no source of randomness');
  return new LightClientError(known.code, { summary: known.summary, got, expected });
}

/**
 * One running instance of the module.
 *
 * A trap (a fault in the module, an exhausted stack or memory) leaves an instance in no known
 * state: it is never called again. Others, with memories of their own, are not affected.
 */
export class Instance<B = Bindings> {
  readonly #bindings: B;
  #trap: unknown;

  /** @param start makes bindings of the module that it is given */
  constructor(module: WebAssembly.Module, start: (module: WebAssembly.Module) => B) {
    try {
      this.#bindings = start(module);
    } catch (error) {
      throw driverError('wasm.load', 'the WebAssembly module could not be started', { got: String(error) }, error);
    }
  }

  /** Whether the instance has trapped. */
  get trapped(): boolean {
    return this.#trap !== undefined;
  }

  /** Calls into the module. */
  call<T>(use: (bindings: B) => T): T {
    if (this.#trap !== undefined) throw this.#dead();
    try {
      return use(this.#bindings);
    } catch (error) {
      if (isRejection(error)) throw fromRaw(error);
      this.#trap = error ?? new Error('thrown without a reason');
      throw this.#dead();
    }
  }

  #dead(): LightClientError {
    return driverError('wasm.trap', 'the WebAssembly instance stopped and cannot be used any more', { got: String(this.#trap) }, this.#trap);
  }
}
