import { devnetLiar } from './devnet.js';
import { byId, framed } from './dom.js';
import { plural } from './format.js';
import { recordedLiar } from './liar.js';
import type { Liar } from './liar.js';
import { tellLie } from './lying.js';
import { State } from './model/state.js';
import type { FromWorker, Source } from './protocol.js';
import { devnetRollups } from './rollups.js';
import { Session } from './session.js';
import { blocksView } from './view/blocks.js';
import { breathView } from './view/breath.js';
import { connectionView } from './view/connection.js';
import { costView } from './view/cost.js';
import { epochView } from './view/epoch.js';
import { insideView } from './view/inside.js';
import { labView } from './view/lab.js';
import { latestView } from './view/latest.js';
import { liesView } from './view/lies.js';
import { quorumView } from './view/quorum.js';
import { trustView } from './view/trust.js';

/** A block a second is slow enough to look at, and fast enough not to wait for. */
const RECORDING: Source = { kind: 'recording', blockMilliseconds: 1_000 };

const listeners = new Set<(message: FromWorker) => void>();
const session = new Session((message) => {
  state.take(message, Date.now());
  notice(message);
  for (const listener of listeners) listener(message);
  draw();
});

let state = new State(RECORDING);
let liar: Liar | undefined;

/** Says something to those who listen to the page. Not every block: a voice would never end. */
function announce(text: string): void {
  byId('announcer').textContent = text;
}

let announcedEpoch: bigint | null = null;

function notice(message: FromWorker): void {
  if (message.type === 'final') {
    const epoch = state.latest?.block.epoch ?? null;
    if (epoch === announcedEpoch) return;
    announcedEpoch = epoch;
    if (epoch !== null) announce(`Epoch ${epoch}: ${plural(state.finalCount, 'block')} verified so far.`);
  } else if (message.type === 'ended') announce(`The verification has stopped: ${message.refusal.summary}.`);
}

function start(source: Source): void {
  state = new State(source);
  announcedEpoch = null;
  liar = source.kind === 'live' ? devnetLiar(source.provider) : recordedLiar(session);
  lies.offer([]);
  inside.offer(undefined, []);
  session.send({ type: 'start', source });
  const asked = liar;
  void asked.lies().then((known) => {
    if (liar === asked) lies.offer(known);
    draw();
  });
  if (source.kind === 'live') {
    void devnetRollups(source.provider).then((rollups) => {
      if (liar === asked) inside.offer(source.provider, rollups);
    });
  }
  draw();
}

function toggle(): void {
  if (state.phase === 'played') return start(RECORDING);
  const paused = state.phase === 'paused';
  session.send({ type: paused ? 'resume' : 'pause' });
  state.phase = paused ? 'following' : 'paused';
  draw();
}

const lies = liesView(
  byId('lies'),
  (lie) => {
    if (liar === undefined) throw new Error('there is no server');
    return tellLie({ lie, liar, session, listeners, state });
  },
  announce,
);
const inside = insideView(byId('inside'), session);
const views: readonly ((state: State) => void)[] = [
  connectionView(byId('connection'), byId('pause') as HTMLButtonElement, toggle),
  latestView(byId('now')),
  quorumView(byId('quorum')),
  epochView(byId('epoch')),
  blocksView(byId('blocks'), (block) => {
    inside.open(block);
    byId('inside').scrollIntoView({ behavior: 'smooth' });
  }),
  (shown) => inside.draw(shown),
  (shown) => lies.draw(shown),
  labView(byId('lab'), session),
  breathView(byId('breath')),
  costView(byId('cost')),
  trustView(
    byId('trust'),
    ({ provider, network }) => start({ kind: 'live', provider, network, pollMilliseconds: 1_000 }),
    () => start(RECORDING),
  ),
];
const draw = framed(() => {
  for (const view of views) view(state);
});

/**
 * The source that the address names: `?provider=URL&network=PATH`. The network file is the root of
 * trust, so it can only be one that was published together with this page.
 */
async function addressed(): Promise<Source> {
  const query = new URLSearchParams(location.search);
  const provider = query.get('provider');
  const path = query.get('network');
  if (provider === null || path === null) return RECORDING;
  const address = new URL(path, location.href);
  if (address.origin !== location.origin) throw new Error(`the network file has to come from ${location.origin}`);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname} answered ${response.status}`);
  const poll = Number(query.get('poll') ?? 500);
  return {
    kind: 'live',
    provider: provider.replace(/\/+$/, ''),
    network: await response.text(),
    pollMilliseconds: Number.isFinite(poll) && poll >= 20 ? poll : 500,
  };
}

addressed().then(start, (error: unknown) => {
  state.phase = 'ended';
  state.trouble = { code: 'error', summary: error instanceof Error ? error.message : String(error), got: null, expected: null };
  draw();
});
