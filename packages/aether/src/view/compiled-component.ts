import { dev } from '#dev';
import { ComputedNode } from '../reactive/computed.js';
import { EffectNode } from '../reactive/effect.js';
import { active } from '../reactive/graph.js';
import { runIn } from '../reactive/owner.js';
import { SignalNode } from '../reactive/signal.js';
import { ComponentDescription } from './component.js';
import type { Description, Getters, Props } from './description.js';
import { ElementDescription } from './element.js';
import { getterOf, type PropsSource } from './props.js';

/** Getter properties: each is computed once, and again when something that it has read changes. */
class ComputedProps implements Getters {
  /** The current properties, for the computed ones. */
  private source: SignalNode<Props> | undefined = undefined;
  private computeds: Map<PropertyKey, ComputedNode<unknown>> | undefined = undefined;

  constructor(private readonly of: PropsSource) {}

  find(key: PropertyKey): ComputedNode<unknown> | undefined {
    const { of } = this;
    const known = this.computeds?.get(key);
    if (known === undefined && getterOf(of.current, key) === undefined) return undefined;
    const node = known ?? this.compute(key as string);
    if (dev) dev.getterRead(of, of.scope, String(key), active, node, (run) => new EffectNode(run).execute());
    return node;
  }

  notify(): void {
    this.source?.write(this.of.current);
  }

  /** Creates the computed of a property. It belongs to the user of the component, and ends with the component. */
  private compute(key: string): ComputedNode<unknown> {
    const { current, scope } = this.of;
    this.source ??= new SignalNode(current);
    const { source } = this;
    const node = runIn(scope.parent, () => new ComputedNode<unknown>(() => source.read()[key]));
    scope.defer(() => node.dispose());
    this.computeds ??= new Map();
    this.computeds.set(key, node);
    return node;
  }
}

const gettersOf = (of: PropsSource): Getters => new ComputedProps(of);

/** Like `component`, for a type that is known not to be the name of an element. */
export const useLater = (type: unknown, props: object, key?: unknown): Description =>
  new ComponentDescription(type, props as Props, key, gettersOf);

/**
 * Creates the description of a component whose properties may be getters. Each is evaluated when the component reads it,
 * once, and again when something that it has read changes. For compilers.
 */
export const component = (type: unknown, props: object, key?: unknown): Description =>
  typeof type === 'string' ? new ElementDescription(type, followed(props as Props), key) : useLater(type, props, key);

/** Returns properties for an element, which tracks getters, except events and references. */
const followed = (props: Props): Props =>
  Object.fromEntries(
    Object.keys(props).map((name) => [
      name,
      getterOf(props, name) && !/^(?:ref$|on.)/.test(name) ? () => props[name] : props[name],
    ]),
  );
