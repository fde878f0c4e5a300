/** The samples of the founding document on Aether and Netron, run from their own text inside of the programs beside this file. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { extractSnippets } from '../../../../tools/snippets.js';
import { url } from './surroundings.js';

const here = new URL('./', import.meta.url);
const cache = new URL('../../../../.cache/seed-aether/', here);
const marker = /^[ ]*\/\/ sample: (.+?)(?: #(\d))?$/gm;
const samples = new Map(extractSnippets('packages/aether/test/seed/aether.md').map(({ heading, code }) => [heading, code]));
const programs = readdirSync(new URL('programs/', here)).map((file) => ({
  name: file.replace(/\.tsx\.txt$/, ''),
  text: readFileSync(new URL(`programs/${file}`, here), 'utf8'),
}));

/** A sample, or the part of it that begins with the comment of a number. */
function textOf(heading: string, part: string | undefined): string {
  const sample = samples.get(heading) ?? expect.unreachable(`no sample '${heading}'`);
  if (part === undefined) return sample;
  const [, text] = new RegExp(`^(// ${part}\\. [^]*?)(?=^// \\d\\. |(?![^]))`, 'm').exec(sample) ?? [];
  return text ?? expect.unreachable(`'${heading}' has no part ${part}`);
}

await rm(cache, { recursive: true, force: true });
await mkdir(cache, { recursive: true });
for (const { name, text } of programs) {
  const whole = text
    .replace(marker, (_, heading: string, part?: string) => textOf(heading, part))
    .replace(/'https:\/\/(?:api|analytics|auth)\.example\.com'/g, JSON.stringify(url));
  await writeFile(new URL(`${name}.tsx`, cache), whole);
}

for (const { name } of programs) {
  describe(name, async () => {
    await import(/* @vite-ignore */ new URL(`${name}.tsx`, cache).href);
  });
}

it('every sample is part of a program', () => {
  const used = programs.flatMap(({ text }) => [...text.matchAll(marker)].map(([, heading]) => heading));
  expect([...samples.keys()].filter((heading) => !used.includes(heading))).toEqual([]);
});
