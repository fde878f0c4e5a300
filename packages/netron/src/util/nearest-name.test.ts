import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.js';

describe('the nearest name', () => {
  it.each([
    ['one letter missing', 'lstenPort', 'listenPort'],
    ['one letter too many', 'portt', 'port'],
    ['another letter', 'pord', 'port'],
    ['two letters swapped', 'prot', 'port'],
    ['other case', 'LISTENPORT', 'listenPort'],
    ['three changes in a long name', 'lisenPotr', 'listenPort'],
  ])('%s', (_, name, expected) => {
    expect(nearestName(name, ['id', 'port', 'listenPort', 'listenHost'])).toBe(expected);
  });

  it('is the one with the fewest changes, whatever their order', () => {
    expect(nearestName('listenHort', ['listenHost', 'listenPort'])).toBe('listenHost');
    expect(nearestName('listenPrt', ['listenHost', 'listenPort'])).toBe('listenPort');
  });

  it.each(['', 'x', 'poet_', 'password'])('is none when nothing is near: %j', (name) => {
    expect(nearestName(name, ['port', 'listenPort'])).toBeUndefined();
  });
});
