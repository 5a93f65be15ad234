/**
 * Looks into JSON without parsing it to values: integers beyond 2^53 - 1 would not survive that.
 * For showing and for taking recorded answers apart; the verifier has a strict reader of its own.
 */

/** The end of the string that begins at `from` (a quotation mark), or the text's end. */
function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** The members of the object that a text is, each with its value's own text. */
export function members(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let depth = 0;
  let key: string | undefined;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = stringEnd(text, at);
      if (depth === 1 && key === undefined) key = text.slice(at + 1, end - 1);
      at = end - 1;
    } else if (character === ':' && depth === 1 && start === 0) start = at + 1;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']' || (character === ',' && depth === 1)) {
      if (depth === 1 && key !== undefined) {
        found.set(key, text.slice(start, at).trim());
        key = undefined;
        start = 0;
      }
      if (character !== ',') depth--;
    }
  }
  return found;
}

/** The path of keys to the place at `offset`, such as `leaf.qc.data.epoch`; empty at the outermost. */
export function pathAt(text: string, offset: number): string {
  interface Level {
    key: string | undefined;
    index: number | undefined;
  }
  const levels: Level[] = [];
  for (let at = 0; at < text.length && at <= offset; at++) {
    const character = text[at];
    const level = levels.at(-1);
    if (character === '"') {
      const end = stringEnd(text, at);
      // A string before a colon is a key; the offset may stand inside it.
      if (level !== undefined && level.index === undefined && /^\s*:/.test(text.slice(end, end + 8))) {
        level.key = text.slice(at + 1, end - 1);
      }
      if (offset < end) break;
      at = end - 1;
    } else if (character === '{') levels.push({ key: undefined, index: undefined });
    else if (character === '[') levels.push({ key: undefined, index: 0 });
    else if (character === '}' || character === ']') {
      if (at < offset) levels.pop();
    } else if (character === ',' && level !== undefined) {
      if (level.index === undefined) level.key = undefined;
      else level.index++;
    }
  }
  return levels
    .map(({ key, index }) => (index === undefined ? (key === undefined ? '' : `.${key}`) : `[${index}]`))
    .join('')
    .replace(/^\./, '');
}

/** The first place where two texts differ, or `undefined` where they are equal. */
export function firstDifference(one: string, other: string): number | undefined {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return at;
  return one.length === other.length ? undefined : length;
}
