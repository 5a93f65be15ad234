import { LightClientError } from 'hotshot-light-client';

import type { Refusal } from '../protocol.js';

/** What the page shows of an error. */
export function toRefusal(error: unknown): Refusal {
  if (!(error instanceof LightClientError)) {
    return { code: 'error', summary: error instanceof Error ? error.message : String(error), got: null, expected: null };
  }
  const { summary, got, expected } = error.details;
  return { code: error.code, summary, got, expected };
}
