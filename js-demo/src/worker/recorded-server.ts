import type { Provider } from 'hotshot-light-client';

import { members } from '../model/json-text.js';
import { lieAbout } from './recorded-lies.js';

/** A recorded block: the query service's answers about it, in their own text. */
interface RecordedBlock {
  readonly height: number;
  /** `{"leaf":…,"qc":…}`. */
  readonly leaf: string;
  readonly hash: string;
  /** The Certificate2 of a block of protocol 0.6 or later. */
  readonly certificate2: string | undefined;
}

const RANGE = /^\/v\d\/availability\/leaf\/(\d+)\/(\d+)$/;
const CERTIFICATE2 = /^\/v\d\/catchup\/(\d+)\/cert2$/;

function readLine(line: string): RecordedBlock {
  const parts = members(line);
  const leaf = parts.get('leaf') ?? '';
  const certificate2 = parts.get('cert2') ?? members(leaf).get('cert2');
  return {
    height: Number(/"height":(\d+)/.exec(leaf)?.[1]),
    leaf,
    hash: (parts.get('hash') ?? '').replaceAll('"', ''),
    certificate2: certificate2 === 'null' ? undefined : certificate2,
  };
}

/**
 * Answers like a query node, from a recording: block after block, as time goes by. The light client
 * asks it as it would ask any server, and believes it as little.
 */
export class RecordedServer implements Provider {
  readonly name = 'the recording';
  readonly #blocks: readonly RecordedBlock[];
  /** How many blocks exist by now. */
  #made = 0;
  #lie: string | undefined;

  /** @param lines a `blocks.jsonl` */
  constructor(lines: string) {
    this.#blocks = lines
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(readLine)
      // Nobody voted for genesis: it is given, not proven.
      .filter(({ height }) => height > 0);
  }

  /** The first recorded height. */
  get first(): number {
    return this.#blocks[0]?.height ?? 1;
  }

  /** How many blocks there are to come. */
  get remaining(): number {
    return this.#blocks.length - this.#made;
  }

  /** A block is made. */
  advance(): void {
    this.#made = Math.min(this.#made + 1, this.#blocks.length);
  }

  /** Tells a lie from now on, or the truth. */
  lie(kind: string | undefined): void {
    this.#lie = kind;
  }

  /** The answer about a block and its hash, without any lie. */
  answer(height: number): { readonly leaf: string; readonly hash: string } | undefined {
    return this.#blocks.find((block) => block.height === height);
  }

  get(path: string): Promise<{ readonly status: number; readonly bytes: Uint8Array | null }> {
    const text = this.#answer(path);
    const bytes = text === undefined ? null : new TextEncoder().encode(text);
    return Promise.resolve({ status: bytes === null ? 404 : 200, bytes });
  }

  #answer(path: string): string | undefined {
    const known = this.#blocks.slice(0, this.#made);
    if (path.endsWith('/node/block-height')) return String((known.at(-1)?.height ?? this.first - 1) + 1);
    const range = RANGE.exec(path);
    if (range !== null) {
      const [from, until] = [Number(range[1]), Number(range[2])];
      const leaves = known.filter(({ height }) => height >= from && height < until).map(({ leaf }) => leaf);
      if (leaves.length !== until - from) return undefined;
      return this.#lie === undefined ? `[${leaves.join()}]` : lieAbout(this.#lie, leaves);
    }
    const certificate2 = CERTIFICATE2.exec(path);
    if (certificate2 !== null) {
      const height = Number(certificate2[1]);
      return known.find((block) => block.height >= height && block.certificate2 !== undefined)?.certificate2;
    }
    return undefined;
  }
}
