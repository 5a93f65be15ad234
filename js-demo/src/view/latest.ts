import { html, setText } from '../dom.js';
import { count, duration, plural, shortHash, time } from '../format.js';
import type { State } from '../model/state.js';

/** The newest final block, in figures that can be read from across a room. */
export function latestView(section: HTMLElement): (state: State) => void {
  const height = html('p', { class: 'height' }, '–');
  const verdict = html('p', { class: 'verdict', 'data-state': 'waiting' }, 'Waiting for the first block');
  const verified = html('dd');
  const final = html('dd');
  const made = html('dd');
  const round = html('dd');
  const hash = html('dd', { class: 'code' });
  const row = (term: string, value: HTMLElement): HTMLElement => html('div', {}, html('dt', {}, term), value);
  const madeRow = row('Block to final', made);
  const facts = html(
    'dl',
    { class: 'facts' },
    row('Proof checked in', verified),
    row('Known final at', final),
    madeRow,
    row('Round of voting', round),
    row('Block hash', hash),
  );
  section.append(html('h2', { id: 'now-title' }, 'Newest final block'), height, verdict, facts);

  return (state) => {
    const latest = state.latest;
    if (latest === undefined) return setText(verdict, waiting(state));
    const { block, provenWith } = latest;
    setText(height, count(block.height));
    verdict.dataset['state'] = 'final';
    setText(verdict, 'Final');
    const together = state.blocks.filter((other) => other.provenWith === provenWith && other.finalAt === latest.finalAt).length;
    setText(verified, together > 1 ? `${duration(latest.milliseconds)} for ${plural(together, 'block')}` : duration(latest.milliseconds));
    setText(final, time(latest.finalAt));
    // A recording's blocks were made long ago: how old they are says nothing.
    madeRow.hidden = state.source.kind === 'recording';
    setText(made, duration(Math.max(0, latest.finalAt - Number(block.timestampMillis))));
    setText(round, count(block.view));
    setText(hash, shortHash(block.hash));
    hash.title = block.hash;
  };
}

function waiting(state: State): string {
  if (state.phase === 'loading') return 'Loading the verifier';
  if (state.phase === 'ended' || state.phase === 'unreachable') return 'Nothing verified yet';
  return state.requests === 0 ? 'Checking the validators’ keys' : 'Waiting for the first proof';
}
