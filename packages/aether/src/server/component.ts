import { ComputedNode } from '../reactive/computed.js';
import { active } from '../reactive/graph.js';
import { runIn } from '../reactive/owner.js';
import { ComponentInstance } from '../view/component.js';
import type { Description, Properties, Props } from '../view/description.js';
import { exchange, type Instance } from '../view/instance.js';
import { Attempt, attempt, isLifeless, Probe, PropsCell } from './attempt.js';
import type { Place, Places } from './places.js';
import type { TextHost } from './text-host.js';
import { Written } from './written.js';

/**
 * Properties of a component on a server. A text does not track them, because it is written again with new properties.
 * Getters are computed once, and again when something that they have read has changed.
 */
class ServerProps implements Properties, ProxyHandler<Props> {
  readonly proxy: Props = new Proxy<Props>({}, this);
  private current: Props;
  /** Whether there may be getters to compute. */
  private isCompiled: boolean;
  private cell: PropsCell | undefined = undefined;
  /** Values of read getters. */
  private computeds: Map<PropertyKey, ComputedNode<unknown> | { readonly value: unknown }> | undefined = undefined;

  constructor(
    { props, getters }: Description,
    private readonly component: ServerComponent,
  ) {
    this.current = props;
    this.isCompiled = getters !== undefined;
  }

  replace({ props, getters }: Description): void {
    if (props === this.current) return;
    this.current = props;
    this.isCompiled = getters !== undefined;
    for (const computed of this.computeds?.values() ?? []) if (computed instanceof ComputedNode) computed.dispose();
    this.computeds = undefined;
    this.cell?.write(props);
  }

  get(_: object, key: PropertyKey): unknown {
    this.follow();
    const { current } = this;
    const known = this.computeds?.get(key);
    if (known !== undefined) return known instanceof ComputedNode ? known.read() : known.value;
    if (this.isCompiled && Object.getOwnPropertyDescriptor(current, key)?.get !== undefined) return this.compute(key);
    return current[key as string];
  }

  has(_: object, key: PropertyKey): boolean {
    this.follow();
    return key in this.current;
  }

  ownKeys(): ArrayLike<string | symbol> {
    this.follow();
    return Reflect.ownKeys(this.current);
  }

  getOwnPropertyDescriptor(_: object, key: PropertyKey): PropertyDescriptor | undefined {
    this.follow();
    if (!Object.hasOwn(this.current, key)) return undefined;
    return { configurable: true, enumerable: true, get: () => this.get(_, key) };
  }

  set(_: object, key: PropertyKey): never {
    throw new TypeError(`property '${String(key)}' is read-only`);
  }

  deleteProperty(_: object, key: PropertyKey): never {
    return this.set(_, key);
  }

  private follow(): void {
    if (active.tracker === undefined || active.tracker instanceof Probe) return;
    this.cell ??= new PropsCell(this.current);
    this.cell.read();
  }

  /** Reads a getter, which belongs to the user of the component. */
  private compute(key: PropertyKey): unknown {
    const { current } = this;
    const { parent } = this.component;
    // In an object, because a property that is a function is not called.
    const read = () => ({ value: current[key as string] });
    const { places } = this.component;
    const { count } = places;
    const result = runIn(parent, () => attempt(read));
    this.computeds ??= new Map();
    if (!(result instanceof Attempt) || result.fixed) {
      const known = (result instanceof Attempt ? result.value : result) as ReturnType<typeof read>;
      this.computeds.set(key, known);
      places.keepSince(count);
      return known.value;
    }
    const again = result.resumed(read) as typeof read;
    const computed = runIn(parent, () => new ComputedNode<unknown>(() => again().value));
    this.computeds.set(key, computed);
    return computed.read();
  }
}

/** A use of a component on a server. */
export class ServerComponent extends ComponentInstance {
  // Declared only, because the constructor of the class above runs the setup.
  /** The result of the setup. */
  declare private view: { readonly value: unknown } | undefined;

  /** Place of a setup that waits, where it runs again. */
  private readonly place: Place | undefined;

  constructor(description: Description, host: TextHost) {
    super(description, host);
    this.place = this.view === undefined ? this.places.here : undefined;
  }

  get places(): Places {
    return (this.host as TextHost).places;
  }

  protected override retry(): void {
    this.places.from(this.place, () => super.retry());
  }

  protected override propsOf(description: Description): Properties {
    return new ServerProps(description, this);
  }

  protected override show(value: unknown): Instance {
    const content = this.host.create(value);
    this.view = { value };
    return content;
  }

  override patch(value: unknown): boolean {
    if (!super.patch(value)) return false;
    const { view } = this;
    if (view !== undefined) runIn(this, () => this.rewrite(view.value));
    return true;
  }

  private rewrite(value: unknown): void {
    const old = this.content;
    if (old.patch(value)) return;
    old.dispose();
    this.content = this.host.create(value);
    exchange(old, this.content);
  }

  /** Disposes itself if nothing in it may change or needs a cleanup, and returns its text. */
  settle(): Written | undefined {
    const { content, view } = this;
    if (view === undefined || !(content instanceof Written && content.fixed) || !isLifeless(this)) return undefined;
    this.dispose();
    return content;
  }
}
