/** Text of JSX: its white space and its entities. */
import { parseSync, transformWithOxc } from 'vite';
import { isNode, type Node } from './syntax.js';

/** Returns the text of JSX source: lines are trimmed and joined, empty ones left out. */
export function cooked(raw: string): string {
  const lines = raw.split(/\r\n|\n|\r/);
  const last = lines.findLastIndex((line) => /[^ \t]/.test(line));
  return lines
    .map((line, index) => {
      let text = line.replaceAll('\t', ' ');
      if (index > 0) text = text.replace(/^ +/, '');
      if (index < lines.length - 1) text = text.replace(/ +$/, '');
      return text !== '' && index < last ? `${text} ` : text;
    })
    .join('');
}

const entity = /&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi;

/** Replaces entities by their characters. */
export const decoded = (text: string, named: ReadonlyMap<string, string>): string =>
  text.replace(entity, (whole, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return named.get(name) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hexadecimal as string, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

const known = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['nbsp', '\u00a0'],
]);

/** Returns the characters of the entities in the JSX of a module; Vite's own compiler decodes the rare ones. */
export async function entitiesOf(code: string): Promise<ReadonlyMap<string, string>> {
  const names = new Set(
    [...code.matchAll(entity)].flatMap(([, , , name]) => (name === undefined || known.has(name) ? [] : [name])),
  );
  if (names.size === 0) return known;
  const all = new Map(known);
  const elements = [...names].map((name) => `<a t="&${name};"/>`);
  const jsx = await transformWithOxc(`[${elements.join()}]`, 'entities.jsx', { jsx: { runtime: 'automatic' } });
  const texts: string[] = [];
  const collect = (node: Node): void => {
    if (node.type === 'Property' && node.key.name === 't') texts.push(node.value.value as string);
    for (const child of Object.values(node).flat() as unknown[]) if (isNode(child)) collect(child);
  };
  collect(parseSync('entities.js', jsx.code).program as unknown as Node);
  for (const [index, name] of [...names].entries()) all.set(name, texts[index] as string);
  return all;
}
