/** The third module, which derives stake tables from the contract's events, beside a client's own. */
import type { RawClient } from './glue.js';
import { entropy } from './entropy.js';
import { Instance } from './instance.js';
import { compile } from './module.js';
import type { WasmInput } from './module.js';
import type { LightClientOptions } from './options.js';
import { instantiate } from './tables-glue.js';

/** Where the modules come from that are loaded on first use, unless the options say. */
export interface LaterModules {
  /** Proves what is in blocks. */
  readonly data: () => WasmInput;
  /** Finds what rollups say there. */
  readonly rollups: () => WasmInput;
  /** Derives stake tables. */
  readonly tables: () => WasmInput;
}

/**
 * Loads the third module and gives a client an instance of it, if it is about to need one.
 *
 * The client calls into it by itself. A trap over there passes through the client's own instance, so
 * that one ends with the other.
 */
export async function linkDeriver(
  instance: Instance,
  client: RawClient,
  { tablesWasm, signal }: Pick<LightClientOptions, 'tablesWasm' | 'signal'>,
  modules: LaterModules,
): Promise<void> {
  if (!instance.call(() => client.needsDeriver())) return;
  const tables = new Instance(await compile(tablesWasm ?? modules.tables(), signal), instantiate);
  const random = entropy();
  const deriver = tables.call((wasm) => new wasm.Deriver(random));
  instance.call(() => client.linkDeriver(deriver));
}
