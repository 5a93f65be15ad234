import { html, setAttribute, setText } from '../dom.js';
import { count } from '../format.js';
import { TRANSITION_BLOCKS, hasHandover, heightsOf, placeOf } from '../model/epoch.js';
import type { State } from '../model/state.js';

/** Epochs up to this height are drawn block by block; mainnet's forty thousand blocks are a line. */
const CELLS_LIMIT = 64;

const SERVICE = 'Validators serve for one epoch.';
const HANDOVER =
  'Handover: this epoch’s validators and the next one’s both sign, so that nobody has to be believed about who comes next.';

interface Row {
  readonly element: HTMLElement;
  /** @param handover whether its last blocks are signed by two committees */
  draw(epoch: number, from: number, to: number, handover: boolean): void;
}

/** One epoch: a cell for each block, or a line where there are too many. */
function row(height: number): Row {
  const name = html('p', { class: 'epoch-name' });
  const cells = Array.from({ length: Math.min(height, CELLS_LIMIT) }, () => html('span'));
  const ruler = html('div', { class: 'ruler', role: 'img' });
  const asCells = height <= CELLS_LIMIT;
  const bar = html('span', { class: 'bar' });
  if (asCells) ruler.append(...cells);
  else {
    ruler.classList.add('line');
    ruler.append(bar);
  }
  ruler.style.setProperty('--cells', String(cells.length));
  return {
    element: html('div', { class: 'epoch-row' }, name, ruler),
    draw(epoch, from, to, handover) {
      const { first, last } = heightsOf(epoch, height);
      setText(name, `Epoch ${count(epoch)}`);
      const done = Math.min(to, last) - Math.max(from, first) + 1;
      if (asCells) {
        cells.forEach((cell, index) => {
          const block = first + index;
          const state = block > to ? 'ahead' : block < from ? 'before' : 'final';
          const transition = handover && last - block < TRANSITION_BLOCKS ? ' transition' : '';
          setAttribute(cell, 'class', `cell ${state}${transition}${block === to ? ' newest' : ''}`);
          setAttribute(cell, 'title', `Block ${count(block)}`);
        });
      } else bar.style.inlineSize = `${((Math.min(to, last) - first + 1) / height) * 100}%`;
      const position = Math.min(to, last) - first + 1;
      setAttribute(
        ruler,
        'aria-label',
        `Epoch ${epoch}, blocks ${first} to ${last}: at block ${position} of ${height}, ${Math.max(0, done)} verified here.${handover ? ` The last ${TRANSITION_BLOCKS} are the handover.` : ''}`,
      );
    },
  };
}

/** How far the epoch has come, and the handover at its end. */
export function epochView(section: HTMLElement): (state: State) => void {
  const title = html('h2', { id: 'epoch-title' }, 'Epoch');
  const rows = html('div', { class: 'epochs' });
  const key = html(
    'ul',
    { class: 'key', 'aria-hidden': 'true' },
    html('li', {}, html('span', { class: 'cell final' }), 'final'),
    html('li', {}, html('span', { class: 'cell final transition' }), 'handover, signed twice'),
    html('li', {}, html('span', { class: 'cell ahead' }), 'to come'),
    html('li', {}, html('span', { class: 'cell before' }), 'before this page looked'),
  );
  const note = html('p', { class: 'note' }, SERVICE);
  section.append(title, rows, html('div', { class: 'epoch-foot' }, note, key));

  let built: { height: number; previous: Row; current: Row } | undefined;
  return (state) => {
    const height = state.network?.epochHeight ?? 0;
    const latest = state.latest;
    section.hidden = state.network !== undefined && (height === 0 || (latest !== undefined && latest.block.epoch === null));
    if (height === 0 || latest === undefined || section.hidden) return;
    if (built?.height !== height) {
      built = { height, previous: row(height), current: row(height) };
      rows.replaceChildren(built.previous.element, built.current.element);
    }
    const place = placeOf(latest.height, height);
    const from = state.blocks[0]?.height ?? latest.height;
    setText(title, `Epoch ${count(place.epoch)}, block ${count(place.position)} of ${count(height)}`);
    built.previous.element.hidden = place.epoch === 1 || from > heightsOf(place.epoch - 1, height).last;
    const end = heightsOf(place.epoch - 1, height).last;
    const before = state.blocks.findLast((view) => view.height === end)?.block.version ?? latest.block.version;
    const handover = hasHandover(latest.block.version);
    built.previous.draw(place.epoch - 1, from, latest.height, hasHandover(before));
    built.current.draw(place.epoch, from, latest.height, handover);
    setText(note, !handover ? SERVICE : place.transition ? HANDOVER : `${SERVICE} In its last ${TRANSITION_BLOCKS} blocks the next epoch’s validators sign along.`);
  };
}
