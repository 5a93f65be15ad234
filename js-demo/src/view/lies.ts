import { html, setText } from '../dom.js';
import { duration, plural } from '../format.js';
import { grouped, isApplicable } from '../liar.js';
import type { Lie } from '../liar.js';
import type { Outcome } from '../lying.js';
import type { State } from '../model/state.js';
import { inWords } from '../model/words.js';

/** The control that makes the server lie, and the list of what came of it. */
export interface LiesView {
  /** Offers these lies; with none, the section is not shown. */
  offer(lies: readonly Lie[]): void;
  draw(state: State): void;
}

/**
 * @param tell makes the server tell a lie until there is an outcome
 * @param announce says something to those who listen to the page
 */
export function liesView(section: HTMLElement, tell: (lie: Lie) => Promise<Outcome>, announce: (text: string) => void): LiesView {
  const select = html('select', { id: 'lie' });
  const button = html('button', { type: 'submit' }, 'Tell this lie');
  const all = html('button', { type: 'button', class: 'quiet' }, 'Tell them all');
  const form = html(
    'form',
    { class: 'lie-form' },
    html('label', { for: 'lie' }, 'The server'),
    select,
    html('div', { class: 'buttons' }, button, all),
  );
  const summary = html('p', { class: 'tally' });
  const results = html('ol', { class: 'refusals', 'aria-label': 'Lies and what came of them', tabindex: 0 });
  section.append(
    html('h2', { id: 'lies-title' }, 'Make the server lie'),
    html('p', { class: 'note' }, 'Choose a lie. The server tells it to this page, and the page says why it does not believe it.'),
    form,
    summary,
    results,
  );
  section.hidden = true;

  let known: readonly Lie[] = [];
  let minor = -1;
  let offered: readonly Lie[] = [];
  let busy = false;
  let stopping = false;
  /** Whether there is a chain to lie about: a recording ends. */
  let running = false;

  async function run(lies: readonly Lie[]): Promise<void> {
    if (busy) return;
    busy = true;
    stopping = false;
    button.disabled = true;
    setText(all, 'Stop');
    for (const lie of lies) {
      if (stopping || !running) break;
      const entry = html('li', { class: 'refusal', 'data-lie': lie.id, 'data-state': 'waiting' }, html('p', { class: 'refusal-lie' }, lie.title), html('p', { class: 'note' }, 'The server is lying …'));
      for (const old of results.querySelectorAll('li')) if (old.dataset['lie'] === lie.id) old.remove();
      results.prepend(entry);
      const outcome = await tell(lie).catch((error: unknown): Outcome => ({ kind: 'failed', message: String(error) }));
      entry.dataset['state'] = outcome.kind;
      entry.replaceChildren(...describe(lie, outcome));
      announce(spoken(lie, outcome));
    }
    busy = false;
    button.disabled = all.disabled = false;
    setText(all, `Tell all ${offered.length}`);
    tally();
  }

  /** What came of all lies so far, in one line. */
  function tally(): void {
    const amount = (state: string): number => results.querySelectorAll(`li[data-state="${state}"]`).length;
    const [told, refused, believed] = [results.querySelectorAll('li').length, amount('refused'), amount('believed')];
    const rest = told - refused - believed;
    const parts = [`${refused} refused`, ...(rest === 0 ? [] : [`${rest} without effect`]), believed === 0 ? 'none believed' : `${believed} believed`];
    setText(summary, told < 2 ? '' : `${plural(told, 'lie')} told: ${parts.join(', ')}.`);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const lie = offered.find(({ id }) => id === select.value);
    if (lie !== undefined) void run([lie]);
  });
  all.addEventListener('click', () => {
    if (!busy) return void run(offered);
    // The lie that is being told is told to its end, so that the server is honest afterwards.
    stopping = true;
    all.disabled = true;
  });

  function offer(): void {
    offered = known.filter((lie) => isApplicable(lie, minor));
    const groups = [...grouped(offered)].map(([name, lies]) =>
      html('optgroup', { label: name }, ...lies.map(({ id, title }) => html('option', { value: id }, title))),
    );
    const chosen = select.value;
    select.replaceChildren(...groups);
    if (offered.some(({ id }) => id === chosen)) select.value = chosen;
    section.hidden = offered.length === 0;
    if (!busy) setText(all, `Tell all ${offered.length}`);
  }

  return {
    offer(lies) {
      known = lies;
      offer();
    },
    draw(state) {
      running = state.phase !== 'played' && state.phase !== 'paused';
      const idle = !busy && state.phase === 'following' && state.latest !== undefined;
      button.disabled = !idle;
      all.disabled = busy ? stopping : !idle;
      const newest = Number(state.latest?.block.version.split('.')[1] ?? minor);
      if (newest === minor) return;
      minor = newest;
      offer();
    },
  };
}

function describe(lie: Lie, outcome: Outcome): readonly HTMLElement[] {
  const title = html('p', { class: 'refusal-lie' }, lie.title);
  switch (outcome.kind) {
    case 'refused': {
      const { code, summary, got, expected } = outcome.refusal;
      const compared = html('dl', { class: 'compared' });
      if (got !== null) compared.append(html('dt', {}, 'sent'), html('dd', { class: 'code' }, got));
      if (expected !== null) compared.append(html('dt', {}, 'due'), html('dd', { class: 'code' }, expected));
      return [
        title,
        html('p', { class: 'refusal-words' }, html('strong', {}, 'Refused. '), inWords(code, summary)),
        html('details', {}, html('summary', {}, html('code', {}, code), ` after ${duration(outcome.milliseconds)}`), compared),
      ];
    }
    case 'withheld':
      return [title, html('p', { class: 'refusal-words' }, html('strong', {}, 'Nothing believed. '), 'The server held back what it has. It can stay silent; it cannot make a false block final.')];
    case 'harmless':
      return [title, html('p', { class: 'refusal-words' }, html('strong', {}, 'No effect. '), `${plural(outcome.blocks, 'true block')} turned final meanwhile: the lie was about nothing that this page relies on.`)];
    case 'believed':
      return [title, html('p', { class: 'refusal-words' }, html('strong', {}, 'Believed. '), `The honest chain no longer fits (${outcome.refusal.code}). This is a fault in the verifier: please report it.`)];
    case 'failed':
      return [title, html('p', { class: 'refusal-words' }, `The server could not be asked to lie: ${outcome.message}`)];
  }
}

function spoken(lie: Lie, outcome: Outcome): string {
  if (outcome.kind === 'refused') return `${lie.title}: refused. ${inWords(outcome.refusal.code, outcome.refusal.summary)}`;
  const said = { harmless: 'no effect.', withheld: 'nothing believed.', believed: 'believed, which is a fault.', failed: 'the server could not be asked.' };
  return `${lie.title}: ${said[outcome.kind]}`;
}
