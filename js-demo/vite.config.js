import { defineConfig } from 'vite';

// Relative addresses: the built page works from any folder of any static server.
export default defineConfig({
  base: './',
  worker: { format: 'es' },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
});
