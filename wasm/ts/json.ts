import { LightClientError } from './error.js';
import type { CheckpointInput, JsonInput } from './types.js';

/** The core refuses deeper nesting by itself; this only keeps cycles from running forever. */
const DEPTH_LIMIT = 64;

const encoder = new TextEncoder();

/**
 * JSON as the bytes of its text.
 *
 * Objects are written out, for the core to read with the decoder that reads everything else. What
 * `JSON.parse` may have rounded is written as a fraction, so that it is nowhere an integer: where
 * one is asked for, the core says `json.integer`.
 */
export function encode(input: JsonInput): Uint8Array {
  if (input instanceof Uint8Array) return input;
  return encoder.encode(typeof input === 'string' ? input : write(input, 0));
}

/** A checkpoint as the module takes it: its bytes, or those of its line. */
export function encodeCheckpoint(input: CheckpointInput): Uint8Array {
  return typeof input === 'string' ? encoder.encode(input) : input;
}

function write(value: unknown, depth: number): string {
  if (depth > DEPTH_LIMIT) {
    throw new LightClientError('json.depth', { summary: 'the JSON is nested too deeply', got: 'deeper', expected: '32' });
  }
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return String(value);
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isSafeInteger(value) ? value.toString() : '0.5';
    case 'object': {
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map((item) => write(item ?? null, depth + 1)).join()}]`;
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== null && Object.getPrototypeOf(prototype) !== null) break;
      const members = Object.entries(value).filter(([, member]) => member !== undefined);
      return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${write(member, depth + 1)}`).join()}}`;
    }
  }
  throw new LightClientError('json.type', {
    summary: 'a JSON value is of another type than its place asks for',
    got: Object.prototype.toString.call(value),
    expected: 'what JSON.parse makes',
  });
}
