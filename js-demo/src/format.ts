const whole = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** A count with its thousands apart. */
export function count(value: number | bigint): string {
  return whole.format(value);
}

/** `1 block`, `2 blocks`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A duration as a person says it: `0.8 ms`, `12.1 ms`, `140 ms`, `1.4 s`, `3 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 99.95) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 99_950) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${whole.format(Math.round(milliseconds / 60_000))} min`;
}

/** An amount of data in decimal units: `640 B`, `12.4 kB`, `3.1 MB`. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 999_950) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A share as `66.68 %`. Rounded down, so that nothing looks like two thirds that is less. */
export function percent(part: bigint, total: bigint): string {
  if (total === 0n) return '–';
  const hundredths = (part * 10_000n) / total;
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')} %`;
}

/** A time of day. */
export function time(milliseconds: number): string {
  return clock.format(milliseconds);
}

/** The beginning and the end of a tagged hash, enough for an eye to compare. */
export function shortHash(tagged: string): string {
  const [tag, value] = tagged.split('~');
  return value === undefined || value.length < 16 ? tagged : `${tag}~${value.slice(0, 6)}…${value.slice(-4)}`;
}
