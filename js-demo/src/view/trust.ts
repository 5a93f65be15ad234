import { html, setText } from '../dom.js';
import { count, plural } from '../format.js';
import type { State } from '../model/state.js';

/** A live provider that the visitor chose. */
export interface Choice {
  readonly provider: string;
  /** The network file's text. */
  readonly network: string;
}

/** What all of this rests on, and the form that points the page at another provider. */
export function trustView(section: HTMLElement, connect: (choice: Choice) => void, playRecording: () => void): (state: State) => void {
  const root = html('p');
  const provider = html('input', { id: 'provider', type: 'url', required: true, placeholder: 'https://query.example.org', autocomplete: 'url', spellcheck: 'false' });
  const file = html('input', { id: 'network', type: 'file', accept: '.json,application/json', required: true });
  const problem = html('p', { class: 'problem', role: 'alert' });
  const recording = html('button', { type: 'button', class: 'quiet' }, 'Play the recording');
  const form = html(
    'form',
    { class: 'connect' },
    html('div', {}, html('label', { for: 'provider' }, 'Query node'), provider),
    html('div', {}, html('label', { for: 'network' }, 'Network file, your root of trust'), file),
    html('div', { class: 'buttons' }, html('button', { type: 'submit' }, 'Connect'), recording),
    problem,
  );
  section.append(
    html('h2', { id: 'trust-title' }, 'What you still have to trust'),
    html(
      'div',
      { class: 'prose' },
      root,
      html('p', {}, 'A server can stay silent, and it can hide that newer blocks exist: no mathematics can force anybody to speak. It cannot make this page take a false block for a final one.'),
    ),
    html('details', { class: 'other' }, html('summary', {}, 'Point this page at another network'), form),
  );

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const chosen = file.files?.[0];
    if (chosen === undefined) return;
    void chosen.text().then(
      (network) => {
        try {
          JSON.parse(network);
        } catch {
          return setText(problem, `${chosen.name} is not JSON.`);
        }
        setText(problem, '');
        connect({ provider: provider.value.replace(/\/+$/, ''), network });
      },
      () => setText(problem, `${chosen.name} could not be read.`),
    );
  });
  recording.addEventListener('click', playRecording);

  return (state) => {
    recording.hidden = state.source.kind === 'recording';
    const network = state.network;
    if (network === undefined) return;
    const members = network.tables[0]?.members.length ?? 0;
    const pinned = `This page, and the file that came with it: it names the ${plural(members, 'validator')} of “${network.name}” by their keys, and epochs of ${count(network.epochHeight)} blocks. All else was checked against those keys.`;
    setText(root, network.insecure ? `${pinned} This is a test network: its keys are public, and its blocks are worth nothing.` : pinned);
  };
}
