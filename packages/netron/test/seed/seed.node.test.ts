/** Every sample of the project's founding documents, run from its own text inside of the programs beside this file. */
import { afterAll, describe, expect, it, vi } from 'vitest';
import { readPrograms, readSamples, samplesOf, writePrograms } from './samples.js';

const folder = await writePrograms('run', { freePorts: true });
const { captureConsole } = await import(/* @vite-ignore */ new URL('surroundings.shared.ts', folder).href);
captureConsole();
const programs = readPrograms();

for (const name of programs.keys()) {
  if (name.includes('.')) continue;
  describe(name, async () => {
    await import(/* @vite-ignore */ new URL(`${name}.ts`, folder).href);
  });
}

it('every sample is part of a program', () => {
  const used = new Set([...programs.values()].flatMap(samplesOf));
  expect([...readSamples().keys()].filter((name) => !used.has(name))).toEqual([]);
});

afterAll(() => {
  vi.restoreAllMocks();
});
