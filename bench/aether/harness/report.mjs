/** Writes figures as tables. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/**
 * @typedef {object} Section
 * @property {string} title
 * @property {string} text what the figures are
 * @property {string[]} columns
 * @property {{ title: string, cells: (string | undefined)[] }[]} rows
 */

/** Writes a figure with three digits. */
export const digits = (figure) => (figure >= 100 ? figure.toFixed(0) : figure >= 10 ? figure.toFixed(1) : figure.toFixed(2));

/** @param {Section} section */
export function table({ title, text, columns, rows }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    `## ${title}`,
    '',
    text,
    '',
    line(['', ...columns]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map(({ title: name, cells }) => line([name, ...cells.map((cell) => cell ?? '–')])),
  ].join('\n');
}

/** The table without the rows that its means are of. @param {Section} section */
export function summary(section) {
  const means = section.rows.filter(({ title }) => title.startsWith('**'));
  return table(means.length === 0 ? section : { ...section, rows: means });
}

/** Machine and versions of a run. */
export function describe({ rounds }) {
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const names = ['alien-signals', '@preact/signals', 'solid-js', 'vue', '@tanstack/solid-query', 'react'];
  const versions = names.map((name) => `${name} ${dependencies[name]}`).join(', ');
  return `\`npm run bench:aether -- --rounds ${rounds}\`, ${new Date().toISOString().slice(0, 10)}: ${cpus()[0].model.trim()}, ${cpus().length} cores (load ${loadavg()[0].toFixed(1)}), Node ${process.versions.node}. ${versions}.`;
}
