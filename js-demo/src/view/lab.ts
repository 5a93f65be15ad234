import { html, setText } from '../dom.js';
import { count, duration } from '../format.js';
import { firstDifference, pathAt } from '../model/json-text.js';
import type { BlockView, State } from '../model/state.js';
import { inWords } from '../model/words.js';
import type { Verdict } from '../protocol.js';
import type { Session } from '../session.js';

/** Checks of one answer, in the order in which they are made, as a person would call them. */
const CHECKS: readonly (readonly [keyof Extract<Verdict, { kind: 'checked' }>['checks'], string])[] = [
  ['decode', 'It can be read'],
  ['header', 'The contents add up to the block’s hash'],
  ['leaf', 'It is the block that was voted on'],
  ['vote', 'The votes are for this height and round'],
  ['certificate', 'Enough stake signed, and the signature fits'],
  ['next_epoch_certificate', 'The next committee signed the handover'],
  ['upgrade_certificate', 'An announced upgrade is signed'],
  ['link', 'It follows the block before it'],
];

/** How long to wait after a change before it is verified: people type faster than that. */
const PAUSE_MILLISECONDS = 150;

/** One answer of the server, which the visitor may change at any place. */
export function labView(section: HTMLElement, session: Session): (state: State) => void {
  const title = html('span', {}, 'The server’s answer');
  const area = html('textarea', { id: 'answer', class: 'code', rows: 12, spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', wrap: 'soft', disabled: true });
  const flip = html('button', { type: 'button' }, 'Change a byte at random');
  const restore = html('button', { type: 'button', class: 'quiet' }, 'Undo all');
  const another = html('button', { type: 'button', class: 'quiet' }, 'Take the newest block');
  const verdictLine = html('p', { class: 'lab-verdict' });
  const place = html('p', { class: 'note lab-place' });
  const list = html('ol', { class: 'checks' });
  const outcome = html('div', { class: 'lab-outcome', role: 'status' }, verdictLine, place);
  section.append(
    html('h2', { id: 'lab-title' }, 'Change any byte'),
    html('p', { class: 'note' }, 'This is a whole answer as the server sent it: one block and its votes. Edit it wherever you like. The same verifier reads your version.'),
    html(
      'div',
      { class: 'lab' },
      html('div', {}, html('label', { for: 'answer', class: 'lab-title' }, title), area, html('div', { class: 'buttons' }, flip, restore, another)),
      html('div', {}, outcome, list),
    ),
  );

  let examined: BlockView | undefined;
  let original = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  let settled: BlockView | undefined;

  async function take(view: BlockView): Promise<void> {
    examined = view;
    const text = await session.answers(view.block.height, view.block.hash);
    if (examined !== view) return;
    if (text === null) {
      examined = undefined;
      return;
    }
    original = area.value = text;
    area.disabled = false;
    setText(title, `The server’s answer about block ${count(view.block.height)}, ${count(text.length)} bytes`);
    await verify();
  }

  async function verify(): Promise<void> {
    const text = area.value;
    const verdict = await session.verify(text);
    if (verdict === null || text !== area.value) return;
    draw(verdict, text);
  }

  function draw(verdict: Verdict, text: string): void {
    const changed = firstDifference(original, text);
    restore.disabled = changed === undefined;
    setText(place, changed === undefined ? 'Nothing is changed yet.' : describePlace(original, text, changed));
    const refused = firstRefusal(verdict);
    section.dataset['verdict'] = refused === undefined ? (changed === undefined ? 'honest' : 'harmless') : 'refused';
    if (refused !== undefined) {
      verdictLine.replaceChildren(html('strong', {}, 'Refused. '), inWords(refused.code, refused.summary), ' ', html('code', {}, refused.code));
    } else if (changed !== undefined) {
      verdictLine.replaceChildren(
        html('strong', {}, 'Still true. '),
        'What you changed is not part of what the validators signed. The verifier never looks at it, so changing it deceives nobody.',
      );
    } else {
      const took = verdict.kind === 'checked' ? ` Checked from nothing in ${duration(verdict.milliseconds)}, all keys of the committee included.` : '';
      verdictLine.replaceChildren(html('strong', {}, verdict.kind === 'checked' && verdict.final ? 'Final. ' : 'Signed. '), `Every check holds.${took}`);
    }
    list.replaceChildren(...CHECKS.map(([name, words]) => drawCheck(verdict, name, words)).filter((item) => item !== null));
  }

  area.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void verify(), PAUSE_MILLISECONDS);
  });
  restore.addEventListener('click', () => {
    area.value = original;
    void verify();
  });
  flip.addEventListener('click', () => {
    const at = Math.floor(Math.random() * area.value.length);
    area.value = area.value.slice(0, at) + otherThan(area.value.charAt(at)) + area.value.slice(at + 1);
    area.setSelectionRange(at, at + 1);
    void verify();
  });
  another.addEventListener('click', () => settled && void take(settled));

  return (state) => {
    // A little behind the newest block: what makes a block final comes after it.
    settled = state.blocks.at(-4) ?? (state.phase === 'played' ? state.latest : undefined);
    another.disabled = settled === undefined || settled === examined;
    flip.disabled = area.disabled;
    if (examined === undefined && settled !== undefined) void take(settled);
  };
}

/** A character of the same kind, so that a change is not always the same one: letter, digit, other. */
function otherThan(character: string): string {
  const pool = /\d/.test(character) ? '0123456789' : /[a-z]/i.test(character) ? 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ' : '{}[]",:';
  const others = pool.replace(character, '');
  return others.charAt(Math.floor(Math.random() * others.length));
}

function describePlace(original: string, text: string, at: number): string {
  const path = pathAt(original, at);
  const where = path === '' ? '' : `, in ${path}`;
  const change = original.length === text.length ? `“${original.charAt(at)}” became “${text.charAt(at)}”` : 'the text is longer or shorter from here on';
  return `First change at byte ${count(at + 1)}${where}: ${change}.`;
}

function firstRefusal(verdict: Verdict): { readonly code: string; readonly summary: string } | undefined {
  if (verdict.kind === 'unreadable') return verdict.refusal;
  const code = CHECKS.map(([name]) => verdict.checks[name]).find((outcome) => outcome !== 'ok' && outcome !== 'absent');
  return code === undefined ? undefined : { code, summary: '' };
}

function drawCheck(verdict: Verdict, name: (typeof CHECKS)[number][0], words: string): HTMLElement | null {
  const outcome = verdict.kind === 'checked' ? verdict.checks[name] : name === 'decode' ? verdict.refusal.code : 'absent';
  if (outcome === 'absent' && (name === 'upgrade_certificate' || name === 'next_epoch_certificate')) return null;
  const state = outcome === 'ok' ? 'ok' : outcome === 'absent' ? 'absent' : 'refused';
  const said = { ok: 'holds', absent: 'not reached', refused: 'fails' }[state];
  return html('li', { 'data-state': state }, html('span', { class: 'check-words' }, words), html('span', { class: 'check-said' }, said));
}
