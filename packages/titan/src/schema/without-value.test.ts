import { expect, test } from 'vitest';
import { withoutValue } from './without-value.js';

test('cuts what a message quotes of a value, and of the values in it', () => {
  expect(withoutValue('"secret" is no id', 'secret')).toBe('"…" is no id');
  expect(withoutValue('secret is no id', { id: 'secret' })).toBe('… is no id');
  expect(withoutValue('expected string, received 12345', 12345)).toBe('expected string');
});

test('takes a text as one value, however long: its letters are none', () => {
  expect(withoutValue('expected one of "a"|"b"|"c"', 'cab')).toBe('expected one of "a"|"b"|"c"');
  expect(withoutValue('Too big: expected string to have <=1000 characters', 'x'.repeat(2_000))).toBe(
    'Too big: expected string to have <=1000 characters',
  );
});

test('shows nothing of long messages, and nothing beside more than 1,000 values', () => {
  expect(withoutValue('m'.repeat(1_001), 'a')).toBe('is not valid');
  expect(withoutValue('expected numbers', Array(1_001).fill(1))).toBe('is not valid');
});
