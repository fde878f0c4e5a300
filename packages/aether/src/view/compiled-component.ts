import { dev } from '#dev';
import { ComputedNode } from '../reactive/computed.js';
import { EffectNode } from '../reactive/effect.js';
import { active } from '../reactive/graph.js';
import { runIn } from '../reactive/owner.js';
import { SignalNode } from '../reactive/signal.js';
import { Description, type Props } from './description.js';
import { getterOf, PropsSource } from './props.js';

/** Properties that may be getters: each is computed once, and again when what it has read changes. */
class ComputedProps extends PropsSource {
  /** The current properties, for those that are computed. */
  private source: SignalNode<Props> | undefined = undefined;
  private computeds: Map<PropertyKey, ComputedNode<unknown>> | undefined = undefined;

  override get(_: Props, key: PropertyKey): unknown {
    const known = this.computeds?.get(key);
    if (known === undefined && getterOf(this.current, key) === undefined) return super.get(_, key);
    const node = known ?? this.compute(key as string);
    if (dev) dev.getterRead(this, this.scope, String(key), active, node, (run) => new EffectNode(run).execute());
    return node.read();
  }

  protected override notify(): void {
    this.source?.write(this.current);
    super.notify();
  }

  /** Makes the computed of a property. It belongs to where the component is used, and ends with the component. */
  private compute(key: string): ComputedNode<unknown> {
    this.source ??= new SignalNode(this.current);
    const { source, scope } = this;
    const node = runIn(scope.parent, () => new ComputedNode<unknown>(() => source.read()[key]));
    scope.defer(() => node.dispose());
    this.computeds ??= new Map();
    this.computeds.set(key, node);
    return node;
  }
}

/**
 * Creates the description of a component whose properties may be getters: each is evaluated when the component reads it,
 * once, and again when what it has read changes. For compilers.
 */
export const component = (type: unknown, props: object, key?: unknown): Description =>
  new Description(type, props as Record<string, unknown>, key, ComputedProps);
