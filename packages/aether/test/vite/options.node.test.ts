import { expect, it } from 'vitest';
import { type AetherOptions, aether } from '../../src/vite/index.js';

it.each<[object, string]>([
  [{ exlude: /a/ }, "aether: unknown option 'exlude'; known: include, exclude"],
  [{ include: 'src/**' }, 'aether: include must be a RegExp, not src/**'],
])('the plugin refuses %o', (options, message) => {
  expect(() => aether(options as AetherOptions)).toThrow(new TypeError(message));
});

it('the plugin accepts patterns, and options that are undefined', () => {
  expect(aether({ include: /a/, exclude: /b/ }).name).toBe('aether');
  expect(aether({ include: undefined } as object).name).toBe('aether');
});
