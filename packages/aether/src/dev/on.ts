/** Checks of development. */
import type { Checks, Register } from './checks.js';

/** Components that have read a property in their setup, by property. Each is reported once. */
const read = new WeakMap<object, Map<string, string>>();
const warned = new Set<string>();

/** Components that are set up for others, whose properties they use. */
const setUps = new WeakMap<object, object>();

/** Arrays in signals, with their content at the time of the write. */
const contents = new WeakMap<object, readonly unknown[]>();

/** Longer arrays are not copied. */
const longestCopy = 10_000;

/** Consecutive answers of resources that made their creator run again. */
const answers = new WeakMap<object, number>();

/** Returns the node behind a signal. */
const node: unique symbol = Symbol.for('@omnitron-dev/aether/node') as never;

/** Number of repetitions that indicates a mistake. */
const manyAnswers = 10;

/** Properties that a page sets instead of attributes, with the property that reflects the attribute. */
const initial: Readonly<Record<string, string>> = { value: 'defaultValue', checked: 'defaultChecked', muted: 'defaultMuted' };

/** Properties of elements, as the program has set them last. */
const properties = new WeakMap<Element, Readonly<Record<string, unknown>>>();

/** Mounted or hydrated views, by element. */
const shown = new WeakMap<Element, Set<unknown>>();

export const dev: Checks | false = {
  propertyRead(of, component, property, register) {
    if (inSetup(component, register)) note(of, component, property);
  },

  propertiesReplaced(of, before, now, isFollowed) {
    for (const property of Object.keys(now)) {
      const component = read.get(of)?.get(property);
      if (component === undefined || warned.has(`${component}.${property}`)) continue;
      if (isFollowed(property) || Object.is(given(before, property), given(now, property))) continue;
      warnOfProperty(component, property);
    }
  },

  getterRead(of, component, property, register, source, follow) {
    if (!inSetup(component, register) || read.get(of)?.has(property)) return;
    const name = note(of, component, property);
    let before: unknown = source;
    follow(() => {
      let now: unknown;
      try {
        now = source.read();
      } catch {
        // Its readers are notified.
        return;
      }
      // The only reader that it has is this one.
      if (before !== source && !Object.is(before, now) && source.subs === source.subsTail) warnOfProperty(name, property);
      before = now;
    });
  },

  setUpFor(use, component) {
    setUps.set(component, use);
  },

  kindOf,

  attributeDropped(name, reason) {
    console.warn(`attribute ${name} was dropped: it ${reason}`);
  },

  comparing(set, taking) {
    const compare = (element: Element, name: string, ...rest: never[]) => {
      if (!taking()) return set(element, name, ...rest);
      const found = content(element, name);
      // The user may have typed already: that is not a mismatch.
      const written = initialContent(element, name) ?? found;
      const result = set(element, name, ...rest);
      const now = content(element, name);
      if (now !== found && now !== written) report(element, name, now, written);
      return result;
    };
    return compare as typeof set;
  },

  attributeDiffers: report,

  propertySet(element, name, value) {
    properties.set(element, { ...properties.get(element), [name]: value });
    return value;
  },

  propertyGiven: (element, name) => properties.get(element)?.[name],

  valueWritten(value, register) {
    untracked(register, () => {
      if (Array.isArray(value) && value.length <= longestCopy) contents.set(value, [...(value as unknown[])]);
    });
  },

  valueWrittenAgain(value, register, signal) {
    const before = contents.get(value as object);
    if (before === undefined) return;
    const now = untracked(register, () => [...(value as readonly unknown[])]);
    if (now.length === before.length && now.every((each, index) => Object.is(each, before[index]))) return;
    contents.set(value as object, now);
    console.warn(
      `${signal}: an array was changed in place and set again, which notifies nobody. Set a new one, [...items, item], or use a store`,
    );
  },

  answersOf(maker, signals, register, name = 'resource') {
    const nodes = signals.map((signal) => (signal as { [node]?: unknown })[node]);
    return () => {
      if (maker === undefined) return;
      // In the run that creates it, nothing has been read before.
      if (register.tracker !== undefined || !follows(maker, nodes)) return void answers.delete(maker);
      const count = (answers.get(maker) ?? 0) + 1;
      answers.set(maker, count);
      if (count !== manyAnswers) return;
      console.error(
        `${name}: each answer runs the code again that creates and reads it, which requests without end. Create it in the setup of the component`,
      );
    };
  },

  optionsGiven(where, options, names) {
    for (const name of Object.keys(options).filter((name) => !Object.hasOwn(names, name)))
      console.warn(`${where}: unknown option '${name}'; known: ${Object.keys(names).join(', ')}`);
  },

  memberMissing(service, member, by) {
    console.warn(`${service}.${by}: service '${service}' has no member '${member}'`);
  },

  shown(element, view, by) {
    const views = shown.get(element) ?? new Set();
    if (views.has(view)) console.warn(`${by}: ${named(element)} shows this view twice now`);
    shown.set(element, views.add(view));
    return () => void views.delete(view);
  },

  itemsGiven(items, by) {
    if (by === undefined) warnOfRepeated(items.entries(), 'For: item');
    else warnOfRepeated(items.map(by).entries(), 'For: key');
  },

  childrenGiven(children) {
    const keys = children.map((child) => (child as { readonly key?: unknown } | null | undefined)?.key);
    warnOfRepeated(
      [...keys.entries()].filter(([, key]) => key !== undefined),
      'list: key',
    );
  },

  notEmbedded(what, reason) {
    const text = `${what}: ${reason}, so the server cannot embed it, and the page loads it again`;
    if (!warned.has(text)) console.warn(text);
    warned.add(text);
  },
};

function kindOf(value: unknown, description: { readonly type: unknown } | undefined): string {
  if (description) return `an element whose type is ${typeof description.type}: a name or a component is expected`;
  if (typeof (value as { then?: unknown }).then === 'function') return 'a promise: use a resource or lazy()';
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== 'Object' ? `an object of class ${name}` : 'an object';
}

interface Link {
  readonly dep: unknown;
  readonly nextDep?: Link | undefined;
}

function follows(reader: { readonly deps?: Link | undefined }, sources: readonly unknown[]): boolean {
  for (let link = reader.deps; link !== undefined; link = link.nextDep) if (sources.includes(link.dep)) return true;
  return false;
}

/** Whether the setup of a component is running, untracked. Its handlers have the same owner, but there is content by then. */
function inSetup(component: object, { tracker, owner }: Register): boolean {
  if (tracker !== undefined || typeof owner !== 'object' || owner === null) return false;
  const isSetUp = owner === component || setUps.get(owner) === component;
  return isSetUp && (owner as { readonly content?: unknown }).content === undefined;
}

/** Records a read in the setup of a component. Returns the component's name. */
function note(of: object, component: object, property: string): string {
  const { name } = component as { readonly name: string };
  const properties = read.get(of) ?? new Map<string, string>();
  read.set(of, properties.set(property, name));
  return name;
}

function warnOfProperty(component: string, property: string): void {
  if (warned.has(`${component}.${property}`)) return;
  warned.add(`${component}.${property}`);
  console.warn(
    `${component}: property '${property}' has changed, but was read in the setup, which runs once. Read it in the view: () => props.${property}`,
  );
}

function warnOfRepeated(keys: Iterable<readonly [position: number, key: unknown]>, of: string): void {
  const used = new Set<unknown>();
  for (const [position, key] of keys) {
    // An object may have no string form.
    const named = Object(key) === key ? of : `${of} ${String(key)}`;
    if (used.has(key)) console.warn(`${named} appears again at position ${position}`);
    used.add(key);
  }
}

/** Reads a value, which may be a store, without tracking it. */
function untracked<T>(register: Register, look: () => T): T {
  const { tracker } = register;
  register.tracker = undefined;
  try {
    return look();
  } finally {
    register.tracker = tracker;
  }
}

/** The value of a property, or its getter. */
function given(properties: object, property: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(properties, property);
  return descriptor?.get ?? descriptor?.value;
}

function report(element: Element, name: string, expected: string | undefined, found: string | undefined): void {
  console.error(`hydrate: ${said(name, expected)} was expected in ${named(element)}, found ${said(name, found)}`);
}

const named = (element: Element): string => `<${element.localName}${element.id === '' ? '' : ` id="${element.id}"`}>`;

const said = (name: string, text: string | undefined): string =>
  text === undefined ? `no attribute ${name}` : `attribute ${name}="${text}"`;

function content(element: Element, name: string): string | undefined {
  if (initialOf(element, name) !== undefined) return property(element, name);
  // As the browser parses it: properties have several spellings.
  if (name === 'style') return (element as HTMLElement).style.cssText || undefined;
  // Browsers hide the attribute of a nonce in a policy.
  if (name === 'nonce') return (element as HTMLElement).nonce || undefined;
  if (/^(?:inner|outer)html$/i.test(name)) return element.innerHTML;
  return element.getAttribute(name) ?? undefined;
}

// The text of a textarea is its content.
const initialOf = (element: Element, name: string): string | undefined =>
  Object.hasOwn(initial, name) && (initial[name] as string) in element && element.localName !== 'textarea'
    ? initial[name]
    : undefined;

function initialContent(element: Element, name: string): string | undefined {
  const initially = initialOf(element, name);
  return initially === undefined ? undefined : property(element, initially);
}

function property(element: Element, name: string): string | undefined {
  const value = (element as unknown as Record<string, unknown>)[name];
  return value === undefined ? undefined : String(value);
}
