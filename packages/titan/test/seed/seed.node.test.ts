/** The samples of the founding documents that show Titan, run from their own text inside of the programs beside this file. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { extractSnippets } from '../../../../tools/snippets.js';
import { freePort } from '../../../netron/test/free-port.js';

const here = new URL('./', import.meta.url);
const folder = new URL('../../../../.cache/seed-titan/', here);
const marker = /^[ ]*\/\/ sample: (.+)$/gm;
const samples = new Map(extractSnippets('packages/titan/test/seed/titan.md').map(({ heading, code }) => [heading, code]));
const programs = readdirSync(new URL('programs/', here)).map((file) => ({
  name: file.replace(/\.ts\.txt$/, ''),
  text: readFileSync(new URL(`programs/${file}`, here), 'utf8'),
}));

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const { name, text } of programs) {
  const whole = text
    .replace(marker, (_, heading: string) => samples.get(heading) ?? expect.unreachable(`no sample '${heading}'`))
    .replaceAll(/@(?:titan|netron)\/core/g, (name) => (name === '@titan/core' ? '@omnitron-dev/titan' : '@omnitron-dev/netron'));
  const port = await freePort();
  await writeFile(new URL(`${name}.ts`, folder), whole.replaceAll(/\b(?:9000|8080)\b/g, String(port)).replaceAll(/port: (?:5000|3000)\b/g, 'port: 0'));
}

for (const { name } of programs) {
  describe(name, async () => {
    await import(/* @vite-ignore */ new URL(`${name}.ts`, folder).href);
  });
}

it('every sample is part of a program', () => {
  const used = programs.flatMap(({ text }) => [...text.matchAll(marker)].map(([, heading]) => heading));
  expect([...samples.keys()].filter((heading) => !used.includes(heading))).toEqual([]);
});
