/** URLSearchParams and Headers: the platform's lists of names and values. */
import { costs } from './costs.js';
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { Unwritable } from './unwritable.js';
import { valueFeatures } from './value-features.js';
import type { Writer } from './writer.js';

/** Whether `value` is an instance of a class that not every runtime has. */
function isA(name: 'Headers' | 'URLSearchParams', value: object): boolean {
  const { [name]: Class } = globalThis as unknown as Record<string, (new () => object) | undefined>;
  return Class !== undefined && value instanceof Class;
}

/** Kinds of lists. */
export type WebListKind = 'searchParams' | 'headers';

const names = { searchParams: 'URLSearchParams', headers: 'Headers' } as const;

/** Returns the kind of a list; `undefined` for any other object. */
export function webListKind(value: object): WebListKind | undefined {
  return isA('URLSearchParams', value) ? 'searchParams' : isA('Headers', value) ? 'headers' : undefined;
}

/**
 * Returns names and values of a list, alternating.
 *
 * @throws Unwritable when one of them is not a string
 */
export function textsOf(list: Iterable<[string, string]>, kind: WebListKind): string[] {
  const texts = [...list].flat();
  for (const text of texts) {
    if (typeof text !== 'string')
      throw new Unwritable('invalid_argument', `is a ${names[kind]} with a value that is not a string`);
  }
  return texts;
}

/**
 * Writes URLSearchParams or Headers: their names and values in order, alternating.
 *
 * @returns whether it was one of them
 */
export function writeWebList(writer: Writer, value: object): boolean {
  const kind = webListKind(value);
  if (kind === undefined) return false;
  const texts = textsOf(value as Headers, kind);
  writer.need(valueFeatures.values, `is a ${names[kind]}`);
  writer.spend(costs.list + texts.length * costs.listText);
  const start = writer.beginExtension(extensionTypes[kind]);
  writer.arrayHeader(texts.length);
  for (const text of texts) writer.string(text);
  writer.endExtension(start);
  return true;
}

/** Reads the body of either extension. */
export function readWebList(reader: Reader, type: number): object | undefined {
  reader.spend(costs.list);
  const texts = readTexts(reader);
  const list = make(type === extensionTypes.searchParams ? 'searchParams' : 'headers', texts);
  return typeof list === 'string' ? reader.refuse(list) : list;
}

/**
 * Creates a list from names and values.
 *
 * @throws NetronError `invalid_argument` when this runtime has no such list, or does not accept one of them
 */
export function makeWebList(kind: WebListKind, texts: readonly string[]): object {
  const list = make(kind, texts);
  if (typeof list === 'string') throw malformed(list);
  return list;
}

/** @returns the list, or the reason why there is none */
function make(kind: WebListKind, texts: readonly string[]): object | string {
  const { URLSearchParams: Params, Headers: Fields } = globalThis as Partial<
    Pick<typeof globalThis, 'Headers' | 'URLSearchParams'>
  >;
  const list = kind === 'searchParams' ? Params && new Params() : Fields && new Fields();
  if (list === undefined) return 'a list of a type that this runtime does not support';
  try {
    for (let index = 0; index < texts.length; index += 2) list.append(texts[index]!, texts[index + 1]!);
  } catch {
    return 'Headers with a name or value that this runtime rejects';
  }
  return list;
}

function readTexts(reader: Reader): string[] {
  const type = reader.u8();
  const count = type >> 4 === 9 ? type & 0x0f : type >> 1 === 0xdc >> 1 ? reader.length(2 << (type - 0xdc)) : -1;
  if (count < 0 || count % 2 !== 0) throw malformed('a list without its names and values');
  if (count > reader.end - reader.position) throw malformed('a list that ends too early');
  reader.spend(count * (1 + costs.listText));
  const texts: string[] = [];
  for (let index = 0; index < count; index++) texts.push(reader.string());
  return texts;
}
