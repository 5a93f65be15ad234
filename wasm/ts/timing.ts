/** Time as the client sees it; tests have one of their own. */
export interface Clock {
  /** Milliseconds since some moment. Never goes back. */
  now(): number;
  /** Waits, and rejects with the signal's reason when that comes first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Waits, and rejects with the signal's reason when that comes first. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', aborted);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', aborted, { once: true });
  });
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => performance.now(), sleep };

interface YieldingScheduler {
  yield?(): Promise<void>;
}

/** Lets the page draw and handle input before work goes on. */
export function breathe(): Promise<void> {
  const scheduler = (globalThis as { scheduler?: YieldingScheduler }).scheduler;
  return scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));
}

/**
 * After how long a slice of verification ends and the event loop gets its turn. A frame is 16 ms, and the
 * call that ends a slice may take ten of them: the longest that were measured do.
 */
export const SLICE_MILLISECONDS = 5;

/** The time, in whole seconds since 1970. */
export function seconds(time: (() => number) | undefined): bigint {
  return BigInt(Math.floor((time ?? Date.now)() / 1_000));
}
