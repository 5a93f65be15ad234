import type { FromBreath, ToBreath } from '../breath.js';
import { html, setText } from '../dom.js';
import { count, duration, shortHash, size } from '../format.js';
import type { State } from '../model/state.js';
import { inWords } from '../model/words.js';

/** Epochs of the chain that was proven beforehand. */
const EPOCHS = 300;

/** Blocks with their votes that the plain way needs of each epoch: the one that tells the next committee, and one after it. */
const BLOCKS_AN_EPOCH = 2;

/** A newcomer's way to today's committee: all handovers at once, next to one after the other. */
export function breathView(section: HTMLElement): (state: State) => void {
  const check = html('button', { type: 'button' }, `Check ${EPOCHS} epochs`);
  const spoil = html('button', { type: 'button', class: 'quiet' }, 'Change one bit, and check again');
  const bar = html('span', { class: 'bar' });
  const ruler = html('div', { class: 'ruler line', 'aria-hidden': 'true' }, bar);
  const verdict = html('p', { class: 'breath-verdict', role: 'status' });
  const proofs = figure('By proofs');
  const plain = figure('The plain way, at this page’s pace');
  section.append(
    html('h2', { id: 'breath-title' }, 'Three hundred epochs in one breath'),
    html(
      'p',
      { class: 'note' },
      'Who signs changes with every epoch, and a newcomer knows only who signed long ago. The plain way goes through every handover since. A transition proof says of one handover that more than two thirds of the old committee’s stake signed the new one, and any number of them can be checked in one computation. These are of an invented chain whose keys are public: no real network has a key for such proofs yet.',
    ),
    html('div', { class: 'buttons' }, check, spoil),
    ruler,
    verdict,
    html('dl', { class: 'figures' }, proofs.element, plain.element),
  );

  let worker: Worker | undefined;
  const run = (order: ToBreath): void => {
    worker ??= begin();
    check.disabled = spoil.disabled = true;
    section.dataset['verdict'] = 'checking';
    verdict.replaceChildren();
    bar.style.inlineSize = '0%';
    worker.postMessage(order);
  };
  const begin = (): Worker => {
    const made = new Worker(new URL('../worker/breath.ts', import.meta.url), { type: 'module', name: 'transitions' });
    made.addEventListener('message', ({ data }: MessageEvent<FromBreath>) => take(data));
    made.addEventListener('error', (event) => {
      take({ type: 'failed', refusal: { code: 'error', summary: event.message || 'the worker did not start', got: null, expected: null } });
    });
    return made;
  };
  const take = (message: FromBreath): void => {
    if (message.type === 'progress') {
      bar.style.inlineSize = `${message.done * 100}%`;
      return;
    }
    check.disabled = spoil.disabled = false;
    if (message.type === 'proven') {
      section.dataset['verdict'] = 'honest';
      verdict.replaceChildren(
        html('strong', {}, 'Proven. '),
        `From epoch 1 to epoch ${count(message.epoch)}: its committee is the one with the commitments `,
        html('code', {}, shortHash(message.table)),
        '. It is certified, not final yet: finality comes from blocks that this committee signs.',
      );
      proofs.show(duration(message.milliseconds), `${size(message.bytes)} for ${count(message.epochs)} epochs, the last committee included`);
      return;
    }
    section.dataset['verdict'] = 'refused';
    const { refusal } = message;
    const where = refusal.got === null ? '' : `${refusal.got}: `;
    verdict.replaceChildren(html('strong', {}, 'Refused. '), where, inWords(refusal.code, refusal.summary), ' ', html('code', {}, refusal.code));
  };
  check.addEventListener('click', () => run({ spoil: null }));
  spoil.addEventListener('click', () => run({ spoil: 1 + Math.floor(Math.random() * EPOCHS) }));

  return (state) => {
    if (state.finalCount === 0) return;
    const blocks = (EPOCHS * BLOCKS_AN_EPOCH) / state.finalCount;
    const bytes = size(Math.round(state.bytes * blocks));
    plain.show(duration(state.verifyMilliseconds * blocks), `${bytes} at least: ${BLOCKS_AN_EPOCH} blocks of each epoch, as they cost here so far`);
  };
}

interface Figure {
  readonly element: HTMLElement;
  show(value: string, note: string): void;
}

function figure(term: string): Figure {
  const value = html('dd', { class: 'figure' }, '–');
  const note = html('dd', { class: 'note' });
  return {
    element: html('div', {}, html('dt', {}, term), value, note),
    show(text, explained) {
      setText(value, text);
      setText(note, explained);
    },
  };
}
