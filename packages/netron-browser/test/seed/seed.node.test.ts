/** The samples of the founding documents that concern the client, run from their original text inside the programs beside this file. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { extractSnippets } from '../../../../tools/snippets.js';

const here = new URL('./', import.meta.url);
const cache = new URL('../../../../.cache/seed-browser/', here);
const marker = /^[ ]*\/\/ sample: (.+)$/gm;
const samples = new Map(
  extractSnippets('packages/netron-browser/test/seed/browser.md').map(({ heading, code }) => [heading, code]),
);
const files = readdirSync(new URL('programs/', here)).map((file) => ({
  name: file.replace(/\.ts\.txt$/, ''),
  text: readFileSync(new URL(`programs/${file}`, here), 'utf8'),
}));
const surroundings = files.find(({ name }) => name.includes('.'))!;
const programs = files.filter(({ name }) => !name.includes('.'));

await rm(cache, { recursive: true, force: true });
for (const { name, text } of programs) {
  // Each program has its own environment and its own server.
  const folder = new URL(`${name}/`, cache);
  await mkdir(folder, { recursive: true });
  const whole = text
    .replace(marker, (_, heading: string) => samples.get(heading) ?? expect.unreachable(`no sample '${heading}'`))
    .replaceAll("'https://api.example.com'", 'url');
  await writeFile(new URL('program.ts', folder), whole);
  await writeFile(new URL(`${surroundings.name}.ts`, folder), surroundings.text);
}

for (const { name } of programs) {
  describe(name, async () => {
    await import(/* @vite-ignore */ new URL(`${name}/program.ts`, cache).href);
  });
}

it('every sample is part of a program', () => {
  const used = programs.flatMap(({ text }) => [...text.matchAll(marker)].map(([, heading]) => heading));
  expect([...samples.keys()].filter((heading) => !used.includes(heading))).toEqual([]);
});
