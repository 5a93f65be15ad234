/**
 * The address of the module inside the package.
 *
 * Written in the one form that Vite, webpack, Rollup and esbuild plug-ins recognise: they copy the
 * file beside their output and put its new address here.
 */
export function assetUrl(): URL {
  return new URL('./hotshot_light_client.wasm', import.meta.url);
}

/** The address of the module that derives stake tables from the contract's events, loaded on first use. */
export function tablesAssetUrl(): URL {
  return new URL('./hotshot_light_client_tables.wasm', import.meta.url);
}

/** The address of the module that finds what rollups say in blocks, loaded on first use. */
export function rollupsAssetUrl(): URL {
  return new URL('./hotshot_light_client_rollups.wasm', import.meta.url);
}

/** The address of the second module, which proves what is in blocks and is loaded on first use. */
export function dataAssetUrl(): URL {
  return new URL('./hotshot_light_client_data.wasm', import.meta.url);
}
