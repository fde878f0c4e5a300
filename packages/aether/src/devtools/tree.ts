/**
 * Finds the components of a view with their signals. It reads the state of owners and instances, without hooks in them:
 * pages that are not inspected pay nothing.
 */
import { ComputedNode } from '../reactive/computed.js';
import { EffectNode } from '../reactive/effect.js';
import { Failed, type Node } from '../reactive/graph.js';
import { Scope } from '../reactive/owner.js';
import { SignalNode } from '../reactive/signal.js';
import { variables } from '../reactive/variables.js';
import { ComponentInstance } from '../view/component.js';
import { Numbers } from './numbers.js';
import { errorText, preview } from './preview.js';
import type { ComponentInfo, SignalInfo } from './snapshot.js';

/** Fields that lead upwards, to siblings, or out of the tree. */
const elsewhere = new Set([
  ...['parent', 'previous', 'following', 'above', 'around', 'last', 'context', 'cleanups'],
  ...['deps', 'depsTail', 'subs', 'subsTail', 'host', 'inner', 'props', 'template', 'values', 'node', 'nodes', 'marks', 'held'],
]);

/** Largest number of components to show. */
const most = 2_000;

/** Returns the topmost owner above a part. */
export function topOf(scope: Scope): Scope {
  let top = scope;
  for (let next: Scope | undefined = scope; next !== undefined; next = next.parent ?? (next.above as Scope | undefined))
    top = next;
  return top;
}

export interface Tree {
  readonly components: readonly ComponentInfo[];
  readonly omitted: number;
}

/** Reads trees of one page. Components and signals have the same numbers in all of them. */
export class TreeReader {
  readonly #numbers = new Numbers();

  /**
   * Reads the components below an owner.
   *
   * @param without a component that is left out with everything below it
   */
  read(top: Scope, without: Scope | undefined, values: boolean): Tree {
    const reading = new Reading(this.#numbers, without, values);
    const { children } = reading.visit(top);
    return { components: children, omitted: reading.omitted };
  }
}

interface Found {
  effects: number;
  readonly signals: Map<object, SignalInfo>;
  readonly children: ComponentInfo[];
}

class Reading {
  omitted = 0;
  #count = 0;
  readonly #seen = new Set<object>();

  constructor(
    private readonly numbers: Numbers,
    private readonly without: Scope | undefined,
    private readonly values: boolean,
  ) {}

  /** Collects effects, signals and components from a part down to the next components. */
  visit(part: object, found: Found = { effects: 0, signals: new Map(), children: [] }): Found {
    if (this.#seen.has(part) || part === this.without) return found;
    this.#seen.add(part);
    if (part instanceof EffectNode) {
      found.effects++;
      for (const source of sourcesOf(part)) this.#add(found, source);
    }
    for (const child of partsOf(part)) {
      if (child instanceof ComponentInstance) this.#component(child, found);
      else this.visit(child, found);
    }
    return found;
  }

  #component(component: ComponentInstance, { children }: Found): void {
    if (this.#seen.has(component) || component === this.without) return;
    if (this.#count === most) {
      this.#seen.add(component);
      this.omitted++;
      return;
    }
    this.#count++;
    const inside = this.visit(component);
    const id = this.numbers.of(component);
    children.push({ id, name: component.name, ...inside, signals: [...inside.signals.values()] });
  }

  #add({ signals }: Found, source: Node): void {
    if (signals.has(source)) return;
    const id = this.numbers.of(source);
    const { options, value } = source as { options?: { readonly name?: string | undefined }; value?: unknown };
    const kind = source instanceof ComputedNode ? 'computed' : source instanceof SignalNode ? 'signal' : 'property';
    const shown = this.values ? (source.flags & Failed ? errorText(value) : preview(value)) : undefined;
    signals.set(source, { id, name: options?.name ?? variables.get(source) ?? kind, value: shown });
  }
}

/** Returns the signals and computeds that a node has read. */
function sourcesOf(node: Node): Node[] {
  const sources: Node[] = [];
  for (let link = node.deps; link !== undefined; link = link.nextDep) sources.push(link.dep as Node);
  return sources;
}

/** Returns the owners and instances below a part, in the order of their creation. */
function partsOf(part: object): object[] {
  const parts: object[] = [];
  if (part instanceof Scope) for (let child = part.last; child !== undefined; child = child.previous) parts.unshift(child);
  for (const [name, value] of Object.entries(part)) if (!elsewhere.has(name)) collect(value, parts, 2);
  return parts;
}

function collect(value: unknown, into: object[], depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Scope || isInstance(value)) into.push(value);
  else if (depth > 0 && Array.isArray(value)) for (const item of value) collect(item, into, depth - 1);
  else if (depth > 0 && Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) collect(item, into, depth - 1);
}

const isInstance = (value: object): boolean =>
  typeof (value as { insert?: unknown }).insert === 'function' && typeof (value as { dispose?: unknown }).dispose === 'function';
