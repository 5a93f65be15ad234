import { driverError } from './error.js';

/** Randomness for a module that has no source of its own. */
export function entropy(): Uint8Array {
  const bytes = globalThis.crypto?.getRandomValues(new Uint8Array(32));
  if (bytes === undefined) throw driverError('entropy.unavailable', 'there is no source of randomness');
  return bytes;
}
