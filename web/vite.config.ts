import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  // Addresses relative to the page: the viewer works behind any prefix.
  base: './',
  plugins: [react()],
  // NiiVue's reader of Zarr brings decompressors as large as all the rest; nothing here is Zarr.
  resolve: { alias: [{ find: /^numcodecs\/.*/, replacement: '/src/viewer/no-zarr-codec.ts' }] },
  build: { outDir: '../dist/web', emptyOutDir: true, chunkSizeWarningLimit: 4096 },
  server: {
    // Pure functions of the stations (geometry, windows) are used as they are.
    fs: { allow: ['..'] },
    proxy: { '/v1': process.env.VOXSEEK_SERVER ?? 'http://127.0.0.1:7700' },
  },
});
