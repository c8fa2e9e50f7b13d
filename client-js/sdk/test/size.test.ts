// The SDK stays small: 12 KB gzipped, and nothing but itself inside.

import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, it } from 'vitest';

const BUDGET_BYTES = 12 * 1024;

it('fits into 12 KB gzipped', async () => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    root: fileURLToPath(new URL('..', import.meta.url)),
    build: {
      write: false,
      target: 'es2022',
      // Not library mode, which keeps the white space.
      rollupOptions: { input: fileURLToPath(new URL('../src/index.ts', import.meta.url)), preserveEntrySignatures: 'strict' },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((result) => ('output' in result ? result.output : []));
  const code = outputs.map((output) => (output.type === 'chunk' ? output.code : '')).join('');
  expect(code).toContain('tandem.v1');
  const gzipped = gzipSync(code, { level: 9 }).length;
  console.info(`sdk: ${code.length} bytes, ${gzipped} gzipped`);
  expect(gzipped).toBeLessThanOrEqual(BUDGET_BYTES);
});
