/**
 * The verification, off the page's own thread: whatever it takes, the page goes on drawing. Nothing
 * reaches the page but what was proven and what was refused.
 */
import { httpProvider } from 'hotshot-light-client';
import { init } from 'hotshot-light-client/verify';
import wasmAddress from 'hotshot-light-client/wasm?url';

import type { FromWorker, Source, ToWorker } from '../protocol.js';
import { Following } from './following.js';
import { RecordedServer } from './recorded-server.js';
import { loadRecording } from './recording.js';
import { toRefusal } from './refusal.js';

const say = (message: FromWorker): void => postMessage(message);

/** The module is fetched and compiled once, for the client and for the pure functions. */
async function load(): Promise<{ module: WebAssembly.Module; size: number }> {
  const response = await fetch(wasmAddress);
  if (!response.ok) throw new Error(`${wasmAddress} answered ${response.status}`);
  const bytes = await response.arrayBuffer();
  const module = await WebAssembly.compile(bytes);
  await init(module);
  return { module, size: bytes.byteLength };
}

let loading: ReturnType<typeof load> | undefined;
let following: Following | undefined;

async function start(source: Source): Promise<void> {
  following?.stop();
  following = undefined;
  loading ??= load();
  const { module, size } = await loading;
  let network: string;
  let server;
  if (source.kind === 'live') {
    network = source.network;
    server = httpProvider(source.provider);
  } else {
    const recording = await loadRecording();
    network = recording.network;
    server = new RecordedServer(recording.blocks);
  }
  say({ type: 'started', network, wasmBytes: size });
  following = new Following({ source, network, server, wasm: module, say });
  following.run();
}

async function serve(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'start':
      return start(message.source);
    case 'pause':
      return following?.pause();
    case 'resume':
      return following?.run();
    case 'retry':
      await following?.retry();
      return say({ type: 'retried', id: message.id });
    case 'lie':
      return following?.lie(message.kind);
    case 'prove': {
      const refusal = await following?.prove(message.height);
      return say({ type: 'proved', id: message.id, refusal: refusal ?? null });
    }
    case 'namespace': {
      const answer = await following?.namespace(message.height, message.namespace);
      if (answer !== undefined) say({ type: 'namespace', id: message.id, answer });
      return;
    }
    case 'watch': {
      const refusal = await following?.watch(message.legs, message.height, (finding) => say({ type: 'finding', watch: message.id, finding }));
      return say({ type: 'watched', id: message.id, refusal: refusal ?? null });
    }
    case 'answers': {
      const text = await following?.answers(message.height, message.hash);
      return say({ type: 'answers', id: message.id, text: text ?? null });
    }
    case 'verify':
      return say({ type: 'verdict', id: message.id, verdict: following?.verify(message.text) ?? null });
  }
}

addEventListener('message', (event: MessageEvent<ToWorker>) => {
  serve(event.data).catch((error: unknown) => say({ type: 'ended', refusal: toRefusal(error) }));
});
