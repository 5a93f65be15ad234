import type { RawProgress } from './glue.js';
import type { Instance } from './instance.js';
import { SLICE_MILLISECONDS, breathe } from './timing.js';

/**
 * Computes in slices until nothing is left, and lets the event loop run in between.
 *
 * @returns the last progress, and how many milliseconds the computing took
 */
export async function slices(instance: Instance, step: () => RawProgress, signal: AbortSignal): Promise<[RawProgress, number]> {
  let spent = 0;
  for (;;) {
    const started = performance.now();
    let elapsed = 0;
    do {
      signal.throwIfAborted();
      const progress = instance.call(step);
      elapsed = performance.now() - started;
      if (progress.remaining === 0) return [progress, spent + elapsed];
    } while (elapsed < SLICE_MILLISECONDS);
    spent += elapsed;
    await breathe();
  }
}
