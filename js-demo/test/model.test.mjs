// The page's own small pieces of logic. Nothing here decides what is final.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { runnerImport } from 'vite';

const load = async (path) => (await runnerImport(`./src/${path}`, { root: `${import.meta.dirname}/..`, configFile: false, logLevel: 'error' })).module;
const { members, pathAt, firstDifference } = await load('model/json-text.ts');
const { percent, duration, size, plural, shortHash } = await load('format.ts');
const { hasHandover, placeOf, heightsOf } = await load('model/epoch.ts');
const { membersOf, readNetwork } = await load('model/network.ts');
const { inWords } = await load('model/words.ts');
const { grouped, isApplicable } = await load('liar.ts');
const { lieAbout } = await load('worker/recorded-lies.ts');
const { tellLie } = await load('lying.ts');
const { State } = await load('model/state.ts');

describe('JSON as text', () => {
  const text = '{"leaf":{"a":[1,{"b":"x\\"},{"}],"n":18446744073709551615},"qc":{"view":7},"s":"t","z":null}';

  it('is taken apart without losing a digit', () => {
    assert.deepEqual(
      [...members(text)],
      [['leaf', '{"a":[1,{"b":"x\\"},{"}],"n":18446744073709551615}'], ['qc', '{"view":7}'], ['s', '"t"'], ['z', 'null']],
    );
    assert.equal(members('{ "a" : 1 , "b" : [ ] }').get('a'), '1');
    for (const broken of ['', '[', '{"a"', '{"a":', '}}}]', 'nothing']) assert.equal(members(broken).size, 0, broken);
  });

  it('names the place of every character', () => {
    const at = (mark) => pathAt(text, text.indexOf(mark));
    assert.equal(at('18446744'), 'leaf.n');
    assert.equal(at('x\\"'), 'leaf.a[1].b');
    assert.equal(at('7}'), 'qc.view');
    assert.equal(at('null'), 'z');
    for (let offset = 0; offset <= text.length; offset++) assert.equal(typeof pathAt(text, offset), 'string');
  });

  it('is compared', () => {
    assert.equal(firstDifference('same', 'same'), undefined);
    assert.equal(firstDifference('sane', 'same'), 2);
    assert.equal(firstDifference('sam', 'same'), 3);
  });
});

it('figures are said so that nothing looks like more than it is', () => {
  assert.equal(percent(6_666n, 10_000n), '66.66 %');
  assert.equal(percent(2n, 3n), '66.66 %');
  assert.equal(percent(1n, 1n), '100.00 %');
  assert.equal(percent(0n, 0n), '–');
  assert.deepEqual([0.04, 9.96, 101, 1_500, 240_000].map(duration), ['0.0 ms', '10.0 ms', '101 ms', '1.5 s', '4 min']);
  assert.deepEqual([12, 1_000, 2_500_000].map(size), ['12 B', '1.0 kB', '2.5 MB']);
  assert.deepEqual([1, 2_000].map((value) => plural(value, 'block')), ['1 block', '2,000 blocks']);
  assert.equal(shortHash('BLOCK~0123456789abcdef0123'), 'BLOCK~012345…0123');
});

it('blocks have their places in epochs', () => {
  assert.deepEqual(placeOf(1, 20), { epoch: 1, position: 1, transition: false });
  assert.deepEqual([16, 17, 20, 21].map((height) => placeOf(height, 20).transition), [false, true, true, false]);
  assert.deepEqual(placeOf(21, 20), { epoch: 2, position: 1, transition: false });
  assert.deepEqual(['0.2', '0.3', '0.5', '0.6'].map(hasHandover), [false, true, true, false]);
  for (const height of [1, 19, 20, 21, 400]) {
    const { epoch } = placeOf(height, 20);
    const { first, last } = heightsOf(epoch, 20);
    assert.ok(first <= height && height <= last);
  }
});

describe('the network file', () => {
  const table = (...stakes) => ({ known_nodes_with_stake: stakes.map((stake, index) => ({ stake_key: `BLS_VER_KEY~key${index}xxxxxx`, stake_amount: stake })) });
  const quorum = (epoch, signers, weight, total) => ({ view: 1n, epoch, signers, weight, threshold: 0n, total });

  it('is read in its forms', () => {
    const network = readNetwork(JSON.stringify({ name: 'n', epoch_height: 20, stake_table: table('0x2', '3'), later_stake_tables: [{ from_epoch: 5, ...table('7') }] }));
    assert.equal(network.epochHeight, 20);
    assert.deepEqual(network.tables.map(({ members: list }) => list.map(({ stake }) => stake)), [[2n, 3n], [7n]]);
    assert.equal(readNetwork(JSON.stringify({ epoch_height: 10, ...table('0x1') })).tables[0].members.length, 1);
    assert.equal(readNetwork('[]').tables[0].members.length, 0);
  });

  it('draws only a table that the verification used', () => {
    const network = readNetwork(JSON.stringify({ epoch_height: 20, stake_table: table('2', '3'), later_stake_tables: [{ from_epoch: 5, ...table('7', '1') }] }));
    const stakes = (...parameters) => membersOf(network, quorum(...parameters)).map(({ stake }) => stake);
    assert.deepEqual(stakes(1n, [1], 3n, 5n), [2n, 3n]);
    assert.deepEqual(stakes(6n, [0], 7n, 8n), [7n, 1n]);
    assert.deepEqual(stakes(6n, [0, 2], 9n, 20n), [1n, 1n, 1n]);
  });
});

it('every reason has words', () => {
  assert.match(inWords('qc.signature', ''), /forged/);
  assert.equal(inWords('brand.new', 'a thing is not another'), 'A thing is not another.');
  assert.notEqual(inWords('brand.new', ''), '');
});

it('lies are grouped and offered where they can be told', () => {
  const lies = [
    { id: 'gap', title: '', codes: ['leaf.range'] },
    { id: 'cert2-view', title: '', codes: ['qc.view'] },
    { id: 'wrong-epoch', title: '', codes: ['qc.epoch'] },
    { id: 'withheld', title: '', codes: [] },
  ];
  assert.deepEqual([...grouped(lies).values()].flat().map(({ id }) => id).sort(), lies.map(({ id }) => id).sort());
  const offered = (minor) => lies.filter((lie) => isApplicable(lie, minor)).map(({ id }) => id);
  assert.deepEqual(offered(2), ['gap', 'withheld']);
  assert.deepEqual(offered(4), ['gap', 'wrong-epoch', 'withheld']);
  assert.deepEqual(offered(6), ['gap', 'cert2-view', 'withheld']);
});

it('an unknown lie is the truth', () => {
  assert.equal(lieAbout('none', ['{"a":1}', '{"a":2}']), '[{"a":1},{"a":2}]');
});

describe('what comes of a lie', () => {
  const source = { kind: 'live', provider: 'http://127.0.0.1', network: '{}', pollMilliseconds: 50 };
  const lie = { id: 'wrong-height', title: 'Answers about another height', codes: ['leaf.range'] };
  const refused = (code) => ({ type: 'refused', path: '/v1/availability/leaf/1/2', refusal: { code, summary: '', got: null, expected: null } });

  /** Tells a lie to a page whose worker says these messages: while it is told, before its client begins anew, and after. */
  function outcome(during, before, after) {
    const listeners = new Set();
    const say = (messages) => messages.forEach((message) => [...listeners].forEach((listener) => listener(message)));
    const liar = { tell: (told) => Promise.resolve().then(() => void (told !== null && setImmediate(say, during))) };
    const session = {
      async retry() {
        say(before);
        setImmediate(say, after);
      },
    };
    return tellLie({ lie, liar, session, listeners, state: new State(source) });
  }

  it('is a refusal, although the last answers of the lie are refused after it is over', async () => {
    const { kind, refusal } = await outcome([refused('leaf.range')], [refused('leaf.range')], [{ type: 'final', blocks: [], milliseconds: 1 }]);
    assert.equal(kind, 'refused');
    assert.equal(refusal.code, 'leaf.range');
  });

  it('is belief where the honest chain is refused afterwards', async () => {
    const { kind, refusal } = await outcome([refused('leaf.range')], [], [refused('leaf.parent')]);
    assert.equal(kind, 'believed');
    assert.equal(refusal.code, 'leaf.parent');
  });
});
