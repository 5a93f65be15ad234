// No single call keeps a page from its next frame while the stake table is taken from contracts on Ethereum: logs read
// and replayed, keys checked, and the table hashed as the contract's circuits do, which takes more than a second in all.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { devnetOptions, start } from './devnet.mjs';
import { putContracts, startEvm, withoutEvm } from './evm.mjs';
import { hold, load, stopwatch } from './frames.mjs';

const options = { ...devnetOptions, skip: devnetOptions.skip || withoutEvm };

test('no call about contracts on Ethereum is longer than a frame', options, async (context) => {
  const chain = ['--dynamic-stake', '--validators', '100', '--history', '86', '--stop-at', '86'];
  const [devnet, evm] = await Promise.all([start(context, ...chain), startEvm(context)]);
  const contracts = await (await fetch(`${devnet.address}/devnet/l1`)).json();
  await putContracts(evm, contracts);
  const { chain_id, epoch_height, epoch_start_block, first_dynamic_epoch } = JSON.parse(devnet.network);
  const l1 = { chain_id: 31337, light_client_contract: contracts.light_client.address, stake_table_contract: contracts.stake_table.address };
  const network = new TextEncoder().encode(JSON.stringify({ chain_id, epoch_height, epoch_start_block, first_dynamic_epoch, l1 }));
  const [instantiate, module] = await load('tables-glue.js', 'hotshot_light_client_tables.wasm');
  const answers = new Map();

  async function run() {
    const { times, timed } = stopwatch();
    const { L1Reader } = instantiate(module);
    const reader = timed('create', () => new L1Reader(network));
    for (let request = reader.request(); request !== null; request = reader.request()) {
      const { method, params } = request;
      const asked = method + params;
      if (!answers.has(asked)) answers.set(asked, new TextEncoder().encode(JSON.stringify(await evm.request({ method, params: JSON.parse(params) }))));
      timed(method, () => reader.respond(answers.get(asked)));
    }
    let steps = 0;
    for (let left = 1; left > 0; steps++) left = timed('step', () => reader.step(1));
    // A key and a row of three columns are units.
    assert.ok(steps > 100 + 3 * 100, `${steps} steps`);
    assert.ok(timed('anchor', () => reader.anchor()) !== null);
    timed('tables', () => reader.tables(undefined));
    timed('members', () => reader.members());
    reader.free();
    return times;
  }

  await hold(context, run, 4);
});
