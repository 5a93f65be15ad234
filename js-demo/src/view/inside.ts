import type { FinalizedBlock, NamespaceContent } from 'hotshot-light-client';

import { html, setText } from '../dom.js';
import { count, plural, shortHash, size } from '../format.js';
import type { State } from '../model/state.js';
import { inWords } from '../model/words.js';
import type { Refusal } from '../protocol.js';
import { post } from '../rollups.js';
import type { Rollup } from '../rollups.js';
import type { Session } from '../session.js';
import type { Finding } from '../worker/inside.js';

/** How many things that were sent stay on the page. */
const KEPT = 6;
/** How many transactions of a namespace are listed. */
const LISTED = 8;

/** What is inside final blocks: the visitor sends something, and reads what is there. */
export interface InsideView {
  /** Offers to send to these rollups of a devnet; with none, there is nothing to send. */
  offer(provider: string | undefined, rollups: readonly Rollup[]): void;
  /** Opens a final block. */
  open(block: FinalizedBlock): void;
  draw(state: State): void;
}

export function insideView(section: HTMLElement, session: Session): InsideView {
  const text = html('input', { id: 'letter', maxlength: 80, value: 'Hello from my browser', autocomplete: 'off' });
  const one = html('button', { type: 'submit' }, 'Send a transaction');
  const two = html('button', { type: 'button', class: 'quiet' }, 'Send a two-leg bundle');
  const form = html('form', { class: 'send' }, html('label', { for: 'letter' }, 'A few words to write into it'), text, html('div', { class: 'buttons' }, one, two));
  const sent = html('ol', { class: 'sent', 'aria-label': 'What was sent, and what became of it', 'aria-live': 'polite' });
  const sending = html('div', {}, html('h3', {}, 'Send something to a rollup'), form, sent);
  const title = html('h3', {}, 'A block');
  const content = html('div', { class: 'opened' });
  const reading = html('div', {}, title, content);
  section.append(
    html('h2', { id: 'inside-title' }, 'Look inside the blocks'),
    html(
      'p',
      { class: 'note' },
      'A final block is of use to you once you know that your transaction is in it. What a server says of a block’s contents is recomputed here, up to the commitment that the validators signed.',
    ),
    html('div', { class: 'inside' }, sending, reading),
  );
  sending.hidden = true;

  let provider: string | undefined;
  let opened: FinalizedBlock | undefined;
  let live = false;

  async function send(rollups: readonly string[]): Promise<void> {
    if (provider === undefined) return;
    const line = html('p', { class: 'sent-state' }, 'Sent. It waits for a block …');
    const entry = html('li', { 'data-state': 'waiting' }, html('p', { class: 'sent-what' }, rollups.length > 1 ? 'A bundle of two rollups' : 'A transaction'), line);
    sent.prepend(entry);
    for (const old of [...sent.children].slice(KEPT)) old.remove();
    try {
      const { legs, height } = await post(provider, rollups, text.value);
      entry.append(html('p', { class: 'code note' }, legs.map(({ name, transaction }) => `${name} ${transaction.slice(0, 10)}…`).join(', ')));
      const refusal = await session.watch(legs, height, (finding) => show(entry, line, finding));
      if (refusal !== null) refuse(entry, line, refusal);
    } catch (error) {
      entry.dataset['state'] = 'failed';
      setText(line, error instanceof Error ? error.message : String(error));
    }
  }

  function show(entry: HTMLElement, line: HTMLElement, finding: Finding): void {
    switch (finding.kind) {
      case 'passed':
        setText(line, `Not in block ${count(finding.height)}, which is final. Waiting for the next …`);
        break;
      case 'found': {
        const { confirmation, done, all } = finding;
        entry.dataset['state'] = 'found';
        const at = confirmation.place === null ? '' : `In block ${count(confirmation.place.height)}, and final. `;
        setText(line, `${at}Is it the rollup’s? ${count(done)} of ${count(all)} blocks before it read …`);
        break;
      }
      case 'confirmed': {
        const { place, position, canonical, verified } = finding.confirmation;
        entry.dataset['state'] = canonical === 'yes' ? 'final' : 'found';
        const where = place === null ? [] : [html('strong', {}, `Final in block ${count(place.height)}. `)];
        const rule = position === null ? 'Whether the rollup takes it is open.' : `It is message ${count(position)} of the rollup, and no earlier one took that place.`;
        const range = verified === null ? '' : ` Blocks ${count(verified.from)} to ${count(verified.to)} were read without a gap, ${size(finding.bytes)}.`;
        line.replaceChildren(...where, rule, range);
        break;
      }
      case 'bundled': {
        const { bundle } = finding.confirmation;
        if (bundle === null) break;
        entry.dataset['state'] = 'final';
        line.replaceChildren(
          html('strong', {}, `Both legs are final in block ${count(bundle.height)}. `),
          `They became final together, in one order. That each succeeds on its rollup is another question. ${size(finding.bytes)} were read.`,
        );
        break;
      }
    }
  }

  function refuse(entry: HTMLElement, line: HTMLElement, { code, summary }: Refusal): void {
    entry.dataset['state'] = 'refused';
    line.replaceChildren(html('strong', {}, 'Refused. '), inWords(code, summary), ' ', html('code', {}, code));
  }

  function open(block: FinalizedBlock): void {
    opened = block;
    setText(title, `Block ${count(block.height)}`);
    const namespaces = block.namespaces ?? [];
    const intro = namespaces.length === 0 ? 'It is empty. ' : `It has bytes for ${plural(namespaces.length, 'rollup')}. `;
    const list = namespaces.map((namespace) => entryOf(block, namespace.id, Number(namespace.bytes)));
    content.replaceChildren(
      html('p', { class: 'note' }, `${intro}The list is part of what the validators signed: what is not in it is not in the block.`),
      html('ul', { class: 'namespaces' }, ...list),
    );
  }

  function entryOf(block: FinalizedBlock, id: number, bytes: number): HTMLElement {
    const result = html('div', { class: 'namespace-content' });
    const button = html('button', { type: 'button', class: 'quiet' }, 'Read');
    button.hidden = !live;
    button.addEventListener('click', () => {
      button.disabled = true;
      setText(result, 'Asking the server, and recomputing what it says …');
      const started = performance.now();
      void session.namespace(block.height, id).then((answer) => {
        button.disabled = false;
        if (opened !== block) return;
        result.replaceChildren(...('code' in answer ? refusalOf(answer) : contentOf(answer, performance.now() - started)));
      });
    });
    return html('li', { 'data-namespace': id }, html('p', {}, html('strong', {}, `Namespace ${id}`), ` ${size(bytes)} `, button), result);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(['nitro']);
  });
  two.addEventListener('click', () => void send(['nitro', 'op-stack']));

  return {
    offer(address, rollups) {
      provider = address;
      sending.hidden = rollups.length === 0;
    },
    open,
    draw(state) {
      live = state.source.kind === 'live';
      const latest = state.blocks.findLast(({ block }) => (block.namespaces?.length ?? 0) > 0);
      if (opened === undefined && latest !== undefined) open(latest.block);
    },
  };
}

function refusalOf({ code, summary }: Refusal): HTMLElement[] {
  return [html('p', { class: 'refused' }, html('strong', {}, 'Refused. '), inWords(code, summary), ' ', html('code', {}, code))];
}

function contentOf({ transactions, bytes }: NamespaceContent, milliseconds: number): HTMLElement[] {
  const items = transactions.slice(0, LISTED).map(({ commitment, payload }) =>
    html('li', {}, html('span', { class: 'code' }, shortHash(commitment)), ` ${size(payload.length)} `, html('span', { class: 'code faint' }, preview(payload))),
  );
  const more = transactions.length - items.length;
  return [
    html('p', { class: 'proven' }, html('strong', {}, 'Proven. '), `${plural(transactions.length, 'transaction')} in ${size(bytes)}, recomputed in ${Math.round(milliseconds)} ms with the request.`),
    html('ul', { class: 'transactions' }, ...items, more > 0 ? html('li', { class: 'note' }, `and ${count(more)} more`) : null),
  ];
}

/** The beginning of a payload: letters where they are letters. */
function preview(payload: Uint8Array): string {
  const shown = [...payload.slice(0, 48)].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·'));
  return shown.join('') + (payload.length > 48 ? '…' : '');
}
