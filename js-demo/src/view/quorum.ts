import { html, setAttribute, setText, svg } from '../dom.js';
import { percent, plural } from '../format.js';
import { membersOf } from '../model/network.js';
import type { Member } from '../model/network.js';
import type { State } from '../model/state.js';

const RADIUS = 84;
const WIDTH = 20;
/** Where the line runs that adds the signers up. */
const SUM_RADIUS = 94;
/** Half of the gap between two members, in radians. */
const GAP = 0.006;
const TURN = 2 * Math.PI;

const at = (radius: number, angle: number): string =>
  `${(radius * Math.sin(angle)).toFixed(2)} ${(-radius * Math.cos(angle)).toFixed(2)}`;

/** A member's part of the ring, between two angles. */
function arc(from: number, to: number): string {
  const gap = Math.min(GAP, (to - from) / 4);
  const [start, end] = [from + gap, to - gap];
  const large = end - start > Math.PI ? 1 : 0;
  const [outer, inner] = [RADIUS, RADIUS - WIDTH];
  return `M${at(outer, start)}A${outer} ${outer} 0 ${large} 1 ${at(outer, end)}L${at(inner, end)}A${inner} ${inner} 0 ${large} 0 ${at(inner, start)}Z`;
}

/** The line from the top of the ring through a share of it. */
function sumLine(whole: number): string {
  const end = Math.min(whole, 0.9999) * TURN;
  return `M${at(SUM_RADIUS, 0)}A${SUM_RADIUS} ${SUM_RADIUS} 0 ${end > Math.PI ? 1 : 0} 1 ${at(SUM_RADIUS, end)}`;
}

/** The share of `part`, exact enough to draw. */
const share = (part: bigint, total: bigint): number => (total === 0n ? 0 : Number((part * 1_000_000n) / total) / 1_000_000);

/** The members as a ring: an arc each, as long as its stake is large. */
function drawMembers(members: readonly Member[], ring: SVGGElement): readonly SVGPathElement[] {
  const total = members.reduce((sum, { stake }) => sum + stake, 0n);
  let before = 0n;
  const paths = members.map(({ name, stake }) => {
    const from = share(before, total) * TURN;
    before += stake;
    return svg('path', { d: arc(from, share(before, total) * TURN) }, svg('title', {}, `${name}…: ${percent(stake, total)} of the stake`));
  });
  ring.replaceChildren(...paths);
  return paths;
}

/** Who signed the newest proof: a ring of all members by stake, and the mark that has to be passed. */
export function quorumView(section: HTMLElement): (state: State) => void {
  const ring = svg('g');
  const mark = svg('path', { class: 'mark' });
  const sum = svg('path', { class: 'sum' });
  const figure = svg('text', { class: 'ring-figure', y: -2 }, '–');
  const label = svg('text', { class: 'ring-label', y: 20 }, 'of stake signed');
  const drawing = svg('svg', { class: 'ring', viewBox: '-104 -104 208 208', role: 'img', 'aria-label': 'No signatures yet' }, ring, sum, mark, figure, label);
  const caption = html('p', { class: 'note' }, 'Each arc is a validator, as long as its share of the stake. Filled arcs signed.');
  section.append(html('h2', { id: 'quorum-title' }, 'Who signed it'), drawing, caption);

  let drawn: readonly Member[] | undefined;
  let paths: readonly SVGPathElement[] = [];
  return (state) => {
    const network = state.network;
    const quorum = state.latest?.block.quorum ?? undefined;
    if (network === undefined) return;
    const members = quorum === undefined ? (network.tables[0]?.members ?? []) : membersOf(network, quorum);
    if (drawn === undefined || members.length !== drawn.length || members.some((member, index) => member.stake !== drawn?.[index]?.stake)) {
      drawn = members;
      paths = drawMembers(members, ring);
    }
    if (quorum === undefined) return;
    const signed = new Set(quorum.signers);
    paths.forEach((path, index) => path.classList.toggle('signed', signed.has(index)));
    const needed = share(quorum.threshold, quorum.total) * TURN;
    setAttribute(mark, 'd', `M${at(RADIUS + 4, needed)}L${at(SUM_RADIUS + 7, needed)}`);
    setAttribute(sum, 'd', sumLine(share(quorum.weight, quorum.total)));
    setText(figure, percent(quorum.weight, quorum.total));
    setAttribute(
      drawing,
      'aria-label',
      `${percent(quorum.weight, quorum.total)} of the stake signed; ${percent(quorum.threshold, quorum.total)} is needed.`,
    );
    setText(
      caption,
      `${signed.size} of ${plural(paths.length, 'validator')} signed. Each arc is one, as long as its share of the stake. The outer line adds up those who signed: it has to pass the mark, just above two thirds.`,
    );
  };
}
