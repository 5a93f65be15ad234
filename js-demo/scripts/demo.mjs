// The whole demo in one terminal: a devnet, the page that verifies it, and the command line client
// beside it. Ctrl-C ends all of them. `make demo` builds what this needs.
//
//   PAGE_PORT   port of the page (24080, or the next free one)
//   BLOCK_TIME  seconds between blocks (2)
//   DEVNET      further options of the devnet, such as "--validators 30 --epoch-height 12"
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { TARGET, knows, program, startDevnet } from './devnet.mjs';
import { liveAddress, servePage } from './page.mjs';

const blockTime = Number(process.env.BLOCK_TIME ?? 2);
if (!(blockTime > 0)) throw new Error('BLOCK_TIME is a number of seconds');
/** How often clients look for news: several times a block. */
const pollMilliseconds = Math.min(500, Math.max(50, blockTime * 250));
const folder = join(TARGET, 'demo');
const networkFile = join(folder, 'network.json');
mkdirSync(folder, { recursive: true });

const children = [];
let page;
let ending = false;

function end(code) {
  if (ending) return;
  ending = true;
  for (const child of children) child.kill('SIGTERM');
  // Open connections of a browser must not keep the page's server alive.
  const closing = page === undefined ? Promise.resolve() : page.close();
  void Promise.race([closing, new Promise((done) => setTimeout(done, 500).unref())]).then(() => process.exit(code));
}

/** Ends everything when a part that everything needs ends. */
function needed(name, child) {
  children.push(child);
  child.once('exit', (code, signal) => {
    // Ctrl-C reaches all programs of a terminal at once, in no order.
    if (signal === 'SIGINT' || signal === 'SIGTERM') return end(0);
    if (!ending) console.error(`${name} ended with ${signal ?? code}`);
    end(1);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

const further = (process.env.DEVNET ?? '').split(/\s+/).filter((option) => option !== '');
const devnet = await startDevnet(networkFile, ['--block-time', String(blockTime), '--history', '8', '--rollups', ...further]);
needed('the devnet', devnet.child);
page = await servePage({ port: Number(process.env.PAGE_PORT ?? 24080), networkFile });

console.log(`
  Open   ${liveAddress(page.address, devnet.address, pollMilliseconds)}

  The page trusts ${networkFile} and nothing else;
  its server is the devnet at ${devnet.address}. Ctrl-C ends everything.
`);

if (knows('hotshot-verify', 'follow')) {
  console.log('  The same in the shell: hotshot-verify follow\n');
  const options = ['--provider', devnet.address, '--network', networkFile, '--poll', String(pollMilliseconds / 1_000)];
  const follow = spawn(program('hotshot-verify'), ['follow', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(follow);
  for (const stream of [follow.stdout, follow.stderr]) {
    createInterface({ input: stream }).on('line', (line) => console.log(`  │ ${line}`));
  }
  follow.once('exit', (code, signal) => {
    if (!ending && signal !== 'SIGINT') console.error(`  hotshot-verify ended with ${signal ?? code}; the page goes on`);
  });
} else {
  console.log('  This build of hotshot-verify cannot follow a chain yet; the page can.\n');
}
