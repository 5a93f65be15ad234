import { html, setText } from '../dom.js';
import type { State } from '../model/state.js';

/** How the page stands with its source, and the button that stops the movement. */
export function connectionView(line: HTMLElement, button: HTMLButtonElement, toggle: () => void): (state: State) => void {
  const dot = html('span', { class: 'dot', 'aria-hidden': 'true' });
  const text = html('span');
  line.append(dot, text);
  button.addEventListener('click', toggle);
  return (state) => {
    const from = state.source.kind === 'live' ? state.source.provider.replace(/^https?:\/\//, '') : 'a recording';
    line.dataset['phase'] = state.phase;
    setText(text, sentence(state, from));
    button.hidden = state.phase === 'loading' || state.phase === 'ended';
    setText(button, { paused: 'Go on', played: 'Play again' }[state.phase as string] ?? 'Pause');
  };
}

function sentence(state: State, from: string): string {
  switch (state.phase) {
    case 'loading':
      return 'Loading the verifier …';
    case 'following':
      return state.source.kind === 'live' ? `Live from ${from}` : 'Playing a recording';
    case 'unreachable':
      return `No answer from ${from}; trying again`;
    case 'paused':
      return 'Paused';
    case 'played':
      return 'The recording is over';
    case 'ended':
      return `Stopped: ${state.trouble?.summary ?? 'unknown reason'}`;
  }
}
