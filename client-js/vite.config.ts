// How the desk and the sandbox phone are built: two pages, plain files, nothing inlined (the
// server's content security policy allows scripts and styles from its own origin only).

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const page = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.TANDEM_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: page('./desk'),
  base: '/',
  oxc: { jsx: { importSource: 'preact' } },
  build: {
    outDir: page('./dist'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { index: page('./desk/index.html'), sandbox: page('./desk/sandbox.html') } },
  },
  server: {
    proxy: {
      '/api': server,
      '/sandbox/api': server,
      '/ws': { target: server, ws: true },
    },
  },
  test: {
    root: page('./'),
    include: ['sdk/test/**/*.test.ts', 'desk/test/**/*.test.{ts,tsx}'],
    environment: 'node',
  },
});
