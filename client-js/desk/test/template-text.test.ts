// What a template says once its gaps are filled.

import { expect, test } from 'vitest';
import { fill, outline } from '../src/template-text.ts';

test('gaps are filled as the server fills them', () => {
  const text = 'Hi {{2}}, {{1}} and {{ 2 }} {again}: {{no gap}} {{}}';
  expect(fill(text, ['1', '2'], ['one', '{{1}}'])).toBe('Hi {{1}}, one and {{1}} {again}: {{no gap}} {{}}');
  expect(fill('Dear {{last_name}}', ['last_name'], ['$& é👍'])).toBe('Dear $& é👍');
  expect(outline('Dear {{ last_name }}')).toBe('Dear [last_name]');
});
