import type { Liar, Lie } from './liar.js';

/** Lies in answers that the follower never asks for: its stake tables are pinned, and what is in blocks is another view. */
const UNASKED = /^(?:events?|data)-/;

/** What the devnet's list holds, if it is one. */
function readLie(value: unknown): Lie | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, words, codes } = value as { readonly kind?: unknown; readonly words?: unknown; readonly codes?: unknown };
  if (typeof kind !== 'string' || typeof words !== 'string' || !Array.isArray(codes)) return undefined;
  return { id: kind, title: words, codes: codes.filter((code) => typeof code === 'string') };
}

/**
 * A devnet, which lies on request. Other servers do not offer it; they are not asked twice.
 *
 * @param provider the server's address
 */
export function devnetLiar(provider: string): Liar {
  return {
    async lies() {
      try {
        const response = await fetch(`${provider}/devnet/lies`, { credentials: 'omit' });
        const list: unknown = response.ok ? await response.json() : [];
        return Array.isArray(list) ? list.map(readLie).filter((lie) => lie !== undefined).filter(({ id }) => !UNASKED.test(id)) : [];
      } catch {
        return [];
      }
    },
    async tell(lie) {
      // Plain text: a request that browsers send without asking the server first.
      const response = await fetch(`${provider}/devnet/lie`, {
        method: 'POST',
        body: JSON.stringify({ kind: lie?.id ?? null }),
        credentials: 'omit',
      });
      if (!response.ok) throw new Error(`the devnet answered ${response.status}`);
    },
  };
}
