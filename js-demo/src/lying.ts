import type { Liar, Lie } from './liar.js';
import { TRANSITION_BLOCKS, placeOf } from './model/epoch.js';
import type { State } from './model/state.js';
import type { FromWorker, Refusal } from './protocol.js';
import type { Session } from './session.js';

/** What came of a lie. */
export type Outcome =
  /** An answer was refused. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly milliseconds: number }
  /** Nothing turned final and nothing could be refused: the server had nothing to say. */
  | { readonly kind: 'withheld' }
  /** Blocks went on turning final: the lie was about nothing that the page looks at. */
  | { readonly kind: 'harmless'; readonly blocks: number }
  /** The honest chain did not go on from where the lie had led: something false was taken for true. */
  | { readonly kind: 'believed'; readonly refusal: Refusal }
  /** The server could not be asked. */
  | { readonly kind: 'failed'; readonly message: string };

/** How long a lie that nobody can notice is told: long enough to see that nothing comes of it. */
const UNNOTICED_MILLISECONDS = 4_000;
/** How long other lies are told at least, unless they are refused before, and at most; in between, an epoch and a bit. */
const PATIENCE = { least: 15_000, most: 90_000 };
/** After so long without a final block, proofs are asked for. */
const UNDISTURBED_MILLISECONDS = 6_000;

/** What is needed to watch a server lie. */
export interface Scene {
  readonly lie: Lie;
  readonly liar: Liar;
  readonly session: Session;
  /** Told about everything that the worker says. */
  readonly listeners: Set<(message: FromWorker) => void>;
  readonly state: State;
}

/**
 * Makes a server tell a lie, waits for what comes of it, and makes it honest again.
 *
 * Two things are asked of the lying server: the next blocks, by the client that follows the chain
 * anyway, and proofs of single blocks.
 */
export async function tellLie(scene: Scene): Promise<Outcome> {
  const { liar, session, state } = scene;
  const outcome = await watch(scene).finally(() => liar.tell(null));
  await session.retry();
  // A false block that was believed shows now: the honest chain would not go on from it. Nothing before
  // counts: the lie's last answers were still on their way.
  const afterwards = hear(scene, ['final', 'refused', 'ended', 'played'], patienceFor(state));
  state.goOn();
  const contradiction = refusalIn(await afterwards);
  // Some lies of a devnet are a second leaf that its validators signed: that is noticed as well, and is no belief.
  const signedTwice = outcome.kind === 'refused' && contradiction?.code === 'finality.equivocation';
  return contradiction === null || signedTwice ? outcome : { kind: 'believed', refusal: contradiction };
}

/** Tells the lie until there is an outcome. */
async function watch(scene: Scene): Promise<Outcome> {
  const { lie, liar, session, state } = scene;
  const started = performance.now();
  const before = state.finalCount;
  const noticeable = lie.codes.length > 0;
  const refused = hear(scene, ['refused', 'ended'], noticeable ? patienceFor(state) : UNNOTICED_MILLISECONDS).then(refusalIn);
  await liar.tell(lie);
  // The client that follows the chain comes first; where it goes on undisturbed, proofs are asked for.
  const disturbed = await Promise.race([refused, hear(scene, ['final'], UNDISTURBED_MILLISECONDS).then(() => null)]);
  const proven = disturbed ?? (noticeable ? await prove(session, toProve(lie, state)) : null);
  const refusal = proven ?? (await refused);
  if (refusal !== null) return { kind: 'refused', refusal, milliseconds: performance.now() - started };
  const blocks = state.finalCount - before;
  return blocks > 0 ? { kind: 'harmless', blocks } : { kind: 'withheld' };
}

function refusalIn(message: FromWorker | null): Refusal | null {
  return message?.type === 'refused' || message?.type === 'ended' ? message.refusal : null;
}

/** The next message of one of these types; `null` if there is none for so long. */
function hear({ listeners }: Scene, types: readonly FromWorker['type'][], milliseconds: number): Promise<FromWorker | null> {
  return new Promise((resolve) => {
    const settle = (message: FromWorker | null): void => {
      clearTimeout(timer);
      listeners.delete(listener);
      resolve(message);
    };
    const listener = (message: FromWorker): void => {
      if (types.includes(message.type)) settle(message);
    };
    const timer = setTimeout(() => settle(null), milliseconds);
    listeners.add(listener);
  });
}

/** Asks for proofs of blocks one after another, up to the first that is refused. */
async function prove(session: Session, heights: readonly bigint[]): Promise<Refusal | null> {
  for (const height of heights) {
    const refusal = await session.prove(height);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** Proofs are asked of blocks so far below the newest final one that all their descendants exist. */
const SETTLED_BLOCKS = 3;

/** What to ask proofs of: a recent block, one of the last handover, and the beginning if the lie is about it. */
function toProve(lie: Lie, state: State): readonly bigint[] {
  const newest = state.latest?.height;
  if (state.source.kind === 'recording' || newest === undefined) return [];
  if (lie.codes.includes('network.genesis')) return [0n];
  const recent = newest - SETTLED_BLOCKS;
  const epochHeight = state.network?.epochHeight ?? 0;
  if (epochHeight === 0) return recent > 0 ? [BigInt(recent)] : [];
  const { epoch, transition } = placeOf(recent, epochHeight);
  const handover = transition ? recent : (epoch - 1) * epochHeight - TRANSITION_BLOCKS + 2;
  return [...new Set([recent, handover])].filter((height) => height > 0).map(BigInt);
}

/** Some lies have to wait for the end of an epoch; so long, and no longer, they are told. */
function patienceFor(state: State): number {
  const [first, last] = [state.blocks[0], state.latest];
  if (first === undefined || last === undefined || last.height === first.height) return PATIENCE.least;
  const each = (last.finalAt - first.finalAt) / (last.height - first.height);
  const epoch = 1.5 * each * (state.network?.epochHeight ?? 0);
  return Math.min(PATIENCE.most, Math.max(PATIENCE.least, Number.isFinite(epoch) ? epoch : 0));
}
