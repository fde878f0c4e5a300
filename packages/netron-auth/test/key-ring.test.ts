import { expect, it } from 'vitest';
import { KeyRing } from '../src/index.js';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const [old, fresh] = [
  { id: 'old', key: key(1) },
  { id: 'new', key: key(2) },
];

it('SE-15: opens its sealed texts, under the same name only; equal texts are sealed differently', async () => {
  const ring = new KeyRing([fresh]);
  const texts = ['', 'a text', 'ä €'.repeat(10_000)];
  for (const text of texts) expect(await ring.open(await ring.seal(text, 'a'), 'a')).toBe(text);
  const sealed = await ring.seal('secret', 'a');
  expect([sealed.includes('secret'), sealed === (await ring.seal('secret', 'a'))]).toEqual([false, false]);
  expect(await ring.open(sealed, 'b')).toBeUndefined();
});

it('SE-15: the first key seals, all of them open; a removed key opens nothing', async () => {
  const before = await new KeyRing([old]).seal('x', 'a');
  const ring = new KeyRing([fresh, old]);
  expect([await ring.open(before, 'a'), (await ring.seal('y', 'a')).split('.')[1]]).toEqual(['x', 'new']);
  expect(await new KeyRing([fresh]).open(before, 'a')).toBeUndefined();
});

it('SE-15: a text that was changed anywhere does not open', async () => {
  const ring = new KeyRing([fresh, old]);
  const sealed = await ring.seal('a text', 'a');
  for (let at = 0; at < sealed.length; at++) {
    const other = sealed[at] === 'A' ? 'B' : 'A';
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
    // The last character of base64 may have unused bits.
    const opened = await ring.open(changed, 'a');
    expect(opened === undefined || (at >= sealed.length - 3 && opened === 'a text')).toBe(true);
  }
  for (const text of ['', '.', 's1.new', 's1.new.!.!', `${sealed}.x`]) expect(await ring.open(text, 'a')).toBeUndefined();
});

it('SE-15: invalid keys are refused', () => {
  expect(() => new KeyRing([])).toThrow('at least one key');
  expect(() => new KeyRing([{ id: 'a b', key: key(1) }])).toThrow("not 'a b'");
  expect(() => new KeyRing([old, old])).toThrow('duplicate key id');
  expect(() => new KeyRing([{ id: 'a', key: key(1).subarray(1) }])).toThrow('not 31');
  expect(() => new KeyRing([{ id: 'a', key: '!' }])).toThrow('base64');
});
