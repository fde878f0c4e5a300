/** Static attributes. */
import { isAddress, isValues } from '../view/addresses.js';
import { attributeText, isForProperty } from '../view/named.js';
import { checkName } from '../view/names.js';
import { hyphenated, isSet } from '../view/styles.js';
import { attributeMarkup, escapeAttribute } from './escape.js';

/** Whether an attribute is for pages only: a reference, a handler, a property. */
export const isIgnored = (name: string, value: unknown): boolean =>
  name === 'ref' || (name.startsWith('on') ? name.length > 2 && typeof value !== 'string' : name.startsWith('prop:'));

/** Writes an attribute of one name. */
export class AttributeWriter {
  /** Whether a string is written as it is, without special rules. */
  private readonly plain: boolean;
  private readonly address: boolean;
  /** Whether it is for pages only, whatever its value is. A text for a handler is refused. */
  readonly ignored: boolean;
  /** Text before the value. */
  readonly before: string;

  /** @throws TypeError for a name that would end the attribute */
  constructor(readonly name: string) {
    checkName('attribute', name);
    this.before = ` ${name}="`;
    this.ignored = isIgnored(name, undefined);
    this.address = isAddress.test(name);
    // Every value of a list may be an address.
    this.plain = !name.toLowerCase().startsWith('on') && !isValues.test(name);
  }

  /** Whether a value is a text that is written as it is. */
  takes(value: unknown): value is string {
    return typeof value === 'string' && value !== '' && this.plain && !(this.address && mayRun(value));
  }

  /** Returns the markup of the attribute in an element; nothing, when it is left out. */
  html(tag: string, value: unknown): string {
    if (this.takes(value)) return `${this.before}${escapeAttribute(value)}"`;
    const { name } = this;
    // In a page, custom elements receive objects as properties.
    if (isForProperty(tag, name, value)) return '';
    const text = attributeOf(name, value);
    return text === undefined ? '' : attributeMarkup(name, text);
  }
}

/** The text that an attribute is written with; `undefined` when it is left out. */
export function attributeOf(name: string, value: unknown): string | undefined {
  return name === 'style' && typeof value === 'object' ? styleText(value) || undefined : attributeText(name, value);
}

function styleText(value: object | null): string {
  return Object.entries(value ?? {})
    .filter(([name, each]) => isSet(each) && isDeclaration(name, String(each)))
    .map(([name, each]) => `${hyphenated(name)}:${String(each)}`)
    .join(';');
}

/** Texts and addresses in a value of CSS, which may hold any character. */
const quoted = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\burl\([^"'()\\\s]*\)/g;

/** Whether a property and its value form exactly one declaration. Pages drop others themselves. */
function isDeclaration(name: string, value: string): boolean {
  const rest = value.replace(quoted, '');
  let depth = 0;
  for (const bracket of rest.match(/[()[\]]/g) ?? []) {
    depth += bracket === '(' || bracket === '[' ? 1 : -1;
    if (depth < 0) break;
  }
  return depth === 0 && /^[\w-]+$/.test(name) && !/[;"'{}]|\/\*|\\$/.test(rest);
}

/** Writers by name, up to a limit that no program reaches with the names in its source. */
const writers = new Map<string, AttributeWriter>();
const maximumWriters = 1_000;

/** @throws TypeError for a name that would end the attribute */
export function attributeWriter(name: string): AttributeWriter {
  const known = writers.get(name);
  if (known !== undefined) return known;
  const writer = new AttributeWriter(name);
  if (writers.size < maximumWriters) writers.set(name, writer);
  return writer;
}

/** Whether an address may run a script: browsers ignore leading control characters and spaces. */
function mayRun(address: string): boolean {
  const first = address.charCodeAt(0);
  return first <= 0x20 || (first | 0x20) === 0x6a;
}
