import { driverError } from './error.js';

/**
 * Where the WebAssembly module comes from: its bytes, the compiled module, an HTTP response with
 * it, its address, or a promise of one of these.
 *
 * Compiling is what takes time; a `WebAssembly.Module` can be sent to workers and kept.
 */
export type WasmInput =
  | BufferSource
  | WebAssembly.Module
  | Response
  | URL
  | string
  | Promise<BufferSource | WebAssembly.Module | Response | URL | string>;

/** Compiled modules by address, so that every client of a page shares one. */
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Compiles the module, wherever it comes from. */
export async function compile(input: WasmInput, signal?: AbortSignal): Promise<WebAssembly.Module> {
  signal?.throwIfAborted();
  try {
    const source = await input;
    if (source instanceof WebAssembly.Module) return source;
    if (typeof source === 'string' || source instanceof URL) return await compileAt(source);
    if (typeof Response === 'function' && source instanceof Response) return await compileResponse(source);
    return await WebAssembly.compile(source as BufferSource);
  } catch (error) {
    throw driverError('wasm.load', 'the WebAssembly module could not be loaded', { got: String(error) }, error);
  } finally {
    signal?.throwIfAborted();
  }
}

function compileAt(address: string | URL): Promise<WebAssembly.Module> {
  const key = String(address);
  let module = compiled.get(key);
  if (module === undefined) {
    module = fetchModule(key);
    compiled.set(key, module);
    // A failure is not kept: the next attempt may find the network up again.
    module.catch(() => compiled.delete(key));
  }
  return module;
}

/** The part of Node's `process` that reads files; asked for at run time so that bundlers see no import. */
interface NodeLike {
  getBuiltinModule?(name: 'node:fs/promises'): { readFile(path: URL): Promise<Uint8Array<ArrayBuffer>> } | undefined;
}

async function fetchModule(address: string): Promise<WebAssembly.Module> {
  if (address.startsWith('file:')) {
    const node = (globalThis as { process?: NodeLike }).process;
    const files = node?.getBuiltinModule?.('node:fs/promises');
    if (files !== undefined) return WebAssembly.compile(await files.readFile(new URL(address)));
  }
  return compileResponse(await fetch(address));
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  // Streaming asks for the right media type, which many a static server does not send.
  if (response.headers.get('content-type')?.startsWith('application/wasm') === true) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}
