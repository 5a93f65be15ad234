import { html, setText } from '../dom.js';
import { count, duration, plural, size } from '../format.js';
import type { State } from '../model/state.js';

/** What it took: the data and the work since the page was opened. */
export function costView(section: HTMLElement): (state: State) => void {
  const figures: { value: HTMLElement; note: HTMLElement }[] = [];
  const figure = (term: string): HTMLElement => {
    const value = html('dd', { class: 'figure' }, '–');
    const note = html('dd', { class: 'note' });
    figures.push({ value, note });
    return html('div', {}, html('dt', {}, term), value, note);
  };
  section.append(
    html('h2', { id: 'cost-title' }, 'What it took'),
    html('dl', { class: 'figures' }, figure('Blocks verified'), figure('Downloaded'), figure('Requests'), figure('Time spent checking')),
  );
  const [blocks, bytes, requests, checking] = figures;

  const show = (target: { value: HTMLElement; note: HTMLElement } | undefined, value: string, note: string): void => {
    if (target === undefined) return;
    setText(target.value, value);
    setText(target.note, note);
  };
  return (state) => {
    const each = Math.max(1, state.finalCount);
    const recorded = state.source.kind === 'recording';
    show(blocks, count(state.finalCount), state.refused.length === 0 ? 'no answer refused' : `${plural(state.refused.length, 'answer')} refused`);
    show(bytes, size(state.bytes), `${size(Math.round(state.bytes / each))} a block; the verifier itself is ${size(state.wasmBytes)}`);
    show(requests, count(state.requests), recorded ? 'to the recording, inside this page' : 'plain GETs, to one server');
    show(checking, duration(state.verifyMilliseconds), `${duration(state.verifyMilliseconds / each)} a block, beside the page’s own thread`);
  };
}
