import type { BaseClient } from './client.js';

/**
 * A client at the other end of a channel: calls and loops as they are, everything else by calls that are
 * awaited. Made from the client itself, so that nothing can be forgotten.
 */
export type Remote = {
  readonly [Name in keyof BaseClient]: BaseClient[Name] extends (...input: infer Input) => infer Output
    ? [Output] extends [AsyncGenerator]
      ? (...input: Input) => Output
      : (...input: Input) => Promise<Awaited<Output>>
    : () => Promise<BaseClient[Name]>;
};

/** What is asked of a client by one call: everything but its loop and its end. */
export type Asked = Exclude<keyof BaseClient, 'follow' | 'close'>;
