// The rules of the house that a compiler does not keep: short files that say what they are, and
// nothing that the content security policy would refuse.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const LINES_MAX = 400;
const GENERATED = 'sdk/src/protocol.ts';
const root = fileURLToPath(new URL('../..', import.meta.url));

const files = ['sdk', 'desk', 'e2e']
  .flatMap((folder) => readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`))
  .filter((path) => /\.(ts|tsx|mjs|css)$/.test(path) && path !== GENERATED)
  .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }));

function offenders(test: (text: string) => boolean, kinds = /./): string[] {
  return files.filter(({ path, text }) => kinds.test(path) && test(text)).map(({ path }) => path);
}

it('has short files that open by saying what lives there', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(offenders((text) => text.split('\n').length - 1 > LINES_MAX)).toEqual([]);
  expect(offenders((text) => !/^(\/\/ |\/\* )/.test(text))).toEqual([]);
});

it('writes no HTML, no inline style and no code from text', () => {
  const banned = /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write)\b|\sstyle=|\beval\(|new Function\(/;
  expect(offenders((text) => banned.test(text), /^desk\/(src|sandbox)\//)).toEqual([]);
  for (const page of ['desk/index.html', 'desk/sandbox.html']) {
    expect(readFileSync(`${root}/${page}`, 'utf8')).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  }
});

it('keeps types honest', () => {
  expect(offenders((text) => /:\s*any\b|\bas any\b|@ts-ignore/.test(text), /\/src\/|sandbox\//)).toEqual([]);
});

it('has a lock file that fits any registry', () => {
  expect(readFileSync(`${root}/package-lock.json`, 'utf8')).not.toContain('"resolved"');
});
