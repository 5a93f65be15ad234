// The client against a devnet over HTTP: real answers, an epoch's end, and lies.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { devnetOptions as options, start } from './devnet.mjs';
import { PACKAGE } from './installed.mjs';

const { LightClient } = await import(pathToFileURL(join(PACKAGE, 'dist', 'index.js')));

async function until(client, height) {
  const blocks = [];
  for await (const block of client.follow()) {
    blocks.push(block);
    if (block.height >= height) break;
  }
  return blocks;
}

for (const [name, upgrades] of [
  ['of protocol 0.4', '0.4'],
  ['that upgrades from 0.2 to 0.6', '0.2,0.3,0.4,0.5,0.6'],
]) {
  test(`follows a devnet ${name}, from genesis to its newest blocks`, options, async (context) => {
    const { address, network } = await start(context, '--upgrades', upgrades, '--history', '60', '--block-time', '100ms');
    const client = await LightClient.create({ network, providers: [address], start: 1n, pollInterval: 50 });
    const blocks = await until(client, 64n);
    assert.deepEqual(blocks.slice(0, 64).map((block) => block.height), Array.from({ length: 64 }, (_, index) => BigInt(index + 1)));
    assert.ok(blocks.some((block) => block.quorum !== null));
    client.close();
  });
}

// Lies that show in whatever range the client asks for; how much it asks depends on the machine.
for (const lie of ['altered-time', 'altered-payload', 'gap', 'doubled', 'not-json', 'checksum', 'huge-integer']) {
  test(`refuses the lie ${lie}, and follows the honest server beside it`, options, async (context) => {
    const chain = ['--history', '40', '--stop-at', '40'];
    const [liar, honest] = await Promise.all([start(context, ...chain, '--lie', lie), start(context, ...chain)]);
    const rejected = [];
    const client = await LightClient.create({
      network: honest.network,
      providers: [liar.address, honest.address],
      start: 1n,
      pollInterval: 50,
      onProgress: (event) => event.type === 'rejected' && rejected.push(event),
    });
    const blocks = await until(client, 30n);
    assert.equal(blocks[0].height, 1n);
    assert.ok(rejected.length > 0, 'the lie was told');
    assert.deepEqual(rejected.filter((event) => event.provider !== liar.address), []);
    context.diagnostic(rejected[0].error.message);
    client.close();
  });
}

test('ends where the validators sign a fork, and keeps both answers', options, async (context) => {
  const chain = ['--history', '40', '--stop-at', '40'];
  const [liar, honest] = await Promise.all([start(context, ...chain, '--lie', 'fork', '--lie-from', '20'), start(context, ...chain)]);
  const client = await LightClient.create({ network: honest.network, providers: [liar.address, honest.address], start: 1n, pollInterval: 50 });
  await assert.rejects(until(client, 30n), (error) => {
    assert.equal(error.code, 'finality.equivocation');
    assert.ok(error.details.evidence.length > 0);
    return true;
  });
  client.close();
});
