// Measures the package's second module: namespaces of 1 MB and 10 MB at mainnet's number of shares, next
// to a straightforward implementation of the same code, and what the confirmation of a transaction
// downloads.
//
//   node wasm/bench/data.mjs
//
// Needs the built package (`make npm`) and the devnet (`cargo build --bin devnet`).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import { PACKAGE, TARGET } from '../scripts/tools.mjs';

/** The number of shares under mainnet's stake table. */
const WEIGHT = 1_059;
const THRESHOLD = Math.ceil(WEIGHT / 3);
/** The number of `vid.commitment` in the table of rejections. */
const VID_COMMITMENT = 418;
const load = (name) => import(pathToFileURL(join(PACKAGE, 'dist', `${name}.js`)));
const { LightClient } = await load('index');
const { headerCommitment, init, initData } = await load('verify');
const { instantiate } = await load('data-glue');
const { takeTransactions } = await load('data-shared');
await init();
await initData();
const module = await WebAssembly.compile(readFileSync(join(PACKAGE, 'dist', 'hotshot_light_client_data.wasm')));
const bindings = instantiate(module);

const program = ['release', 'debug'].map((profile) => join(TARGET, profile, 'devnet')).find(existsSync);

async function devnet(...options) {
  const file = join(mkdtempSync(join(tmpdir(), 'hotshot-bench-')), 'network.json');
  const child = spawn(program, ['--port', '0', '--rollups', '--failed-views', '0', '--network-file', file, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, address: JSON.parse(line).address, network: readFileSync(file, 'utf8') };
  }
  throw new Error('the devnet did not start');
}

const le32 = (value) => [...new Uint8Array(new Uint32Array([value]).buffer)];

/** A header with one namespace of so many bytes, made of a genuine one. */
function headerOf(template, length, commitment) {
  const header = structuredClone(template);
  const { fields } = header;
  fields.chain_config.chain_config.Left.max_block_size = '20000000';
  fields.ns_table.bytes = Buffer.from([...le32(1), ...le32(7), ...le32(length)]).toString('base64');
  if (commitment !== undefined) fields.payload_commitment = commitment;
  return header;
}

/** So many bytes of transactions, most of a thousand bytes each. */
function payloadOf(length) {
  const count = Math.floor((length - 4) / 1_004);
  const bodies = 4 + 4 * count;
  const payload = Buffer.alloc(length);
  payload.writeUInt32LE(count, 0);
  for (let index = 0; index < count; index++) payload.writeUInt32LE(index + 1 < count ? 1_000 * (index + 1) : length - bodies, 4 + 4 * index);
  for (let index = bodies; index < length; index++) payload[index] = (index * 31) % 251;
  return payload;
}

/** Processor time of this process in milliseconds: other work on the machine stretches wall-clock times. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Verifies a namespace; milliseconds, and the longest step. */
function verify(header, answer, length) {
  const [bytes, hash] = [Buffer.from(JSON.stringify(header)), headerCommitment(header)];
  const started = processorTime();
  const check = new bindings.NamespaceCheck(bytes, hash, 7n, answer, BigInt(WEIGHT));
  let longest = 0;
  let transactions = 0;
  try {
    for (let more = true, before = processorTime(); more; before = processorTime()) {
      more = check.step(1);
      transactions += [...takeTransactions(check.take())].length;
      longest = Math.max(longest, processorTime() - before);
    }
    check.finish();
    assert.equal(transactions, Math.floor((Number(length) - 4) / 1_004));
    return { milliseconds: processorTime() - started, longest };
  } finally {
    check.free();
  }
}

const FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** A group of AvidM by definition, in JavaScript's integers: a polynomial evaluated at every point. Milliseconds for all. */
function avidMByDefinition(length) {
  let coefficient = 1n;
  const coefficients = Array.from({ length: THRESHOLD }, () => (coefficient = (coefficient * 0x9e3779b97f4a7c15f39cc0605cedc835n) % FIELD));
  const started = processorTime();
  let sum = 0n;
  // A sixteenth of the points: all take the same time.
  const points = Math.ceil(WEIGHT / 16);
  for (let point = 1n; point <= BigInt(points); point++) {
    let value = 0n;
    for (const coefficient of coefficients) value = (value * point + coefficient) % FIELD;
    sum ^= value;
  }
  assert.notEqual(sum, 0n);
  const groups = Math.ceil((length + 1) / (31 * THRESHOLD));
  return ((processorTime() - started) / points) * WEIGHT * groups;
}

/**
 * The code of AvidmGf2 by definition: each recovery element is a sum over all originals, multiplied by way of
 * tables of logarithms. Milliseconds for all columns, without a hash.
 */
function avidmGf2ByDefinition(length) {
  const [logarithms, powers] = [new Uint16Array(65_536), new Uint16Array(131_072)];
  for (let power = 0, element = 1; power < 65_535; power++) {
    logarithms[element] = power;
    powers[power] = powers[power + 65_535] = element;
    element = element & 0x8000 ? ((element << 1) ^ 0x1100b) & 0xffff : element << 1;
  }
  const recoveries = WEIGHT - THRESHOLD;
  // Factors and elements that are not zero; which ones makes no difference to the time.
  const factors = Uint16Array.from({ length: recoveries * THRESHOLD }, (_, index) => (index * 40_503) % 65_535);
  const column = Uint16Array.from({ length: THRESHOLD }, (_, index) => logarithms[1 + ((index * 40_503) % 65_535)]);
  const columns = 40;
  let sum = 0;
  const started = processorTime();
  for (let count = 0; count < columns; count++) {
    for (let recovery = 0; recovery < recoveries; recovery++) {
      let value = 0;
      const row = recovery * THRESHOLD;
      for (let original = 0; original < THRESHOLD; original++) value ^= powers[factors[row + original] + column[original]];
      sum += value;
    }
  }
  assert.notEqual(sum, 0);
  return ((processorTime() - started) / columns) * Math.ceil(length / THRESHOLD / 2);
}

console.log(`namespace proofs, ${WEIGHT} shares, in WebAssembly`);
for (const [name, version] of [
  ['AvidM (0.4)', '0.4'],
  ['AvidmGf2 (0.6)', '0.6'],
]) {
  const { child, address } = await devnet('--upgrades', version, '--history', '3', '--stop-at', '3', '--validators', '4');
  const template = (await (await fetch(`${address}/v1/availability/block/2`)).json()).header;
  child.kill();
  const [tag, variant] = version === '0.4' ? ['AvidMCommit', 'V1'] : ['AvidmGf2Commit', 'V2'];
  for (const length of [1_000_000, 10_000_000]) {
    const payload = payloadOf(length);
    const proof = { ns_index: 0, ns_payload: payload.toString('base64'), ns_proof: tagged('MERKLE_PROOF', '00'.repeat(8)) };
    const answer = Buffer.from(JSON.stringify({ proof: { [variant]: proof } }));
    // What the commitment is, the module says when it refuses another one.
    let header = headerOf(template, length);
    let commitment;
    try {
      verify(header, answer, length);
    } catch (refused) {
      if (refused.number !== VID_COMMITMENT) throw refused;
      commitment = refused.got;
    }
    header = headerOf(template, length, tagged(tag, commitment));
    const runs = Array.from({ length: length > 5_000_000 ? 1 : 3 }, () => verify(header, answer, length));
    const best = runs.reduce((best, run) => (run.milliseconds < best.milliseconds ? run : best));
    console.log(`  ${name.padEnd(15)} ${(length / 1e6).toString().padStart(2)} MB ${best.milliseconds.toFixed(0).padStart(7)} ms, longest step ${best.longest.toFixed(1)} ms`);
    const definition = variant === 'V1' ? avidMByDefinition(length) : avidmGf2ByDefinition(length);
    console.log(`  ${''.padEnd(15)} by definition, in JavaScript: ${definition.toFixed(0)} ms (from a part of it, without hashes), ${(definition / best.milliseconds).toFixed(0)}x`);
  }
}

/** Tagged base64 of 32 bytes in hexadecimal. */
function tagged(tag, hex) {
  const value = Buffer.from(hex.replace(/^0x/, ''), 'hex');
  let crc = 0;
  for (const byte of [...Buffer.from(tag), ...value]) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 7) & 0xff : crc << 1;
  }
  return `${tag}~${Buffer.from([...value, crc ^ value.length]).toString('base64url')}`;
}

const { child, address, network } = await devnet('--upgrades', '0.4', '--history', '100', '--block-time', '200ms', '--validators', '100');
const { legs, height } = await (await fetch(`${address}/devnet/post`, { method: 'POST', body: JSON.stringify({ rollups: ['nitro'] }) })).json();
const client = await LightClient.create({ network, providers: [address], start: BigInt(height), pollInterval: 50 });
const question = { rollup: legs[0].rollup, l2TransactionHash: legs[0].transaction, hint: height };
let found;
let bytes = 0;
await client.header(height + 2);
const { place } = await client.confirm({ ...question, to: height + 2 }, {
  onProgress: (step) => {
    if (step.report.inHotShot === 'yes') found ??= step.bytes;
    bytes = step.bytes;
  },
});
client.close();
child.kill();
console.log('\nbytes downloaded for one transaction, 100 validators, beside following the chain');
console.log(`  in a final block, by a hint: ${found} bytes`);
console.log(`  and the rollup's, by every block down to 0: ${bytes} bytes, ${Math.round(bytes / Number(place.height + 1n))} a block`);
