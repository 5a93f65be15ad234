import type { FinalizedBlock } from 'hotshot-light-client';

import { html } from '../dom.js';
import { count, duration, percent, shortHash, time } from '../format.js';
import { hasHandover, placeOf } from '../model/epoch.js';
import type { BlockView, State } from '../model/state.js';

const SHOWN = 12;

function cells(view: BlockView, epochHeight: number, open: (block: FinalizedBlock) => void): readonly HTMLElement[] {
  const { block, height } = view;
  const transition = epochHeight > 0 && hasHandover(block.version) && placeOf(height, epochHeight).transition;
  const own = height === view.provenWith;
  const button = html('button', { type: 'button', class: 'link', title: 'Look inside' }, count(block.height));
  button.addEventListener('click', () => open(block));
  return [
    html('th', { scope: 'row' }, button),
    html('td', {}, block.epoch === null ? '–' : count(block.epoch), transition ? html('span', { class: 'tag', title: 'Signed by two committees' }, 'handover') : null),
    html('td', { class: 'wide' }, time(view.finalAt)),
    html('td', {}, own ? duration(view.milliseconds) : html('span', { class: 'faint', title: `Final as an ancestor of block ${view.provenWith}` }, `with ${count(view.provenWith)}`)),
    html('td', {}, block.quorum === null ? html('span', { class: 'faint' }, '–') : percent(block.quorum.weight, block.quorum.total)),
    html('td', { class: 'code wide', title: block.hash }, shortHash(block.hash)),
  ];
}

/**
 * The last final blocks, the newest on top.
 *
 * @param open shows what is inside a block
 */
export function blocksView(section: HTMLElement, open: (block: FinalizedBlock) => void): (state: State) => void {
  const body = html('tbody');
  const table = html(
    'table',
    { class: 'blocks', 'aria-labelledby': 'blocks-title' },
    html(
      'thead',
      {},
      html(
        'tr',
        {},
        html('th', { scope: 'col' }, 'Block'),
        html('th', { scope: 'col' }, 'Epoch'),
        html('th', { scope: 'col', class: 'wide' }, 'Final at'),
        html('th', { scope: 'col' }, 'Checked in'),
        html('th', { scope: 'col' }, 'Signed'),
        html('th', { scope: 'col', class: 'wide' }, 'Hash'),
      ),
    ),
    body,
  );
  section.append(html('h2', { id: 'blocks-title' }, 'Blocks turning final'), table);

  const rows = new Map<number, HTMLTableRowElement>();
  return (state) => {
    const shown = state.blocks.slice(-SHOWN);
    const heights = new Set(shown.map(({ height }) => height));
    for (const [height, row] of rows) {
      if (heights.has(height)) continue;
      row.remove();
      rows.delete(height);
    }
    for (const view of shown) {
      if (rows.has(view.height)) continue;
      const row = html('tr', {}, ...cells(view, state.network?.epochHeight ?? 0, open));
      rows.set(view.height, row);
      body.prepend(row);
    }
  };
}
