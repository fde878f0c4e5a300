import { batch } from '../reactive/batch.js';
import { Disposed, Providing } from '../reactive/graph.js';
import { activeScope, raise, runIn, Scope } from '../reactive/owner.js';
import { Suspension } from '../reactive/suspend.js';
import { Description, type Properties, type Props } from './description.js';
import type { Host } from './host.js';
import { exchange, type Instance } from './instance.js';
import { PropsSource } from './props.js';

/** A use of a component: its own owner, properties and state. */
export class ComponentInstance extends Scope implements Instance {
  readonly key: unknown;
  readonly type: (props: Props) => unknown;
  protected readonly props: Properties;
  protected content: Instance;

  constructor(
    description: Description,
    protected readonly host: Host,
  ) {
    super(activeScope());
    this.key = description.key;
    this.type = description.type as (props: Props) => unknown;
    this.props = this.propsOf(description);
    this.content = this.make();
  }

  get name(): string {
    return this.type.name || '(unnamed)';
  }

  protected propsOf(description: Description): Properties {
    return new (description.source ?? PropsSource)(description, this);
  }

  /** Makes the instance of what the setup has returned. */
  protected show(view: unknown): Instance {
    return this.host.create(view);
  }

  /** Runs the setup and makes what it returns. */
  private make(): Instance {
    try {
      return runIn(this, () => this.show(this.type(this.props.proxy)));
    } catch (caught) {
      const thrown = caught instanceof Suspension ? (caught.endless?.(this) ?? caught) : caught;
      if (thrown instanceof Suspension) void thrown.until.then(() => this.retry());
      else if (!(this.flags & Providing)) {
        this.dispose();
        throw thrown;
      }
      raise(thrown, this.context);
      this.empty();
      return this.host.create(undefined);
    }
  }

  /** Runs the setup again, which could not be completed before. */
  private retry(): void {
    if (this.flags & Disposed) return;
    const old = this.content;
    try {
      batch(() => {
        this.content = this.make();
        exchange(old, this.content);
      });
    } catch (error) {
      raise(error, this.context);
    }
  }

  patch(value: unknown): boolean {
    if (!(value instanceof Description) || value.type !== this.type || value.key !== this.key) return false;
    this.props.replace(value);
    return true;
  }

  insert(parent: Node, before: Node | null): void {
    this.content.insert(parent, before);
  }

  firstNode(): Node {
    return this.content.firstNode();
  }

  lastNode(): Node {
    return this.content.lastNode();
  }

  remove(): void {
    this.content.remove();
  }
}

/** Name of the component that is under way, for messages. */
export function componentName(): string {
  for (let scope = activeScope(); scope !== undefined; scope = scope.parent ?? (scope.above as Scope | undefined)) {
    if (scope instanceof ComponentInstance) return scope.name;
  }
  return 'the root view';
}
