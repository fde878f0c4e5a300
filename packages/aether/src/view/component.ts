import { dev } from '#dev';
import { batch } from '../reactive/batch.js';
import { Disposed, Providing } from '../reactive/graph.js';
import { Notice } from '../reactive/notice.js';
import { activeScope, raise, runIn, Scope } from '../reactive/owner.js';
import { Description, type Properties, type Props } from './description.js';
import type { Host } from './host.js';
import { exchange, type Instance } from './instance.js';
import { PropsSource } from './props.js';

/** Describes a use of a component. */
export class ComponentDescription extends Description {
  make(host: Host): Instance {
    if (typeof this.type !== 'function') throw unshowable(this, this);
    return new ComponentInstance(this, host);
  }
}

/** Like `jsx`, for a type that is known not to be the name of an element. For compilers. */
export const use = (type: unknown, props: object, key?: unknown): Description =>
  new ComponentDescription(type, props as Props, key);

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
    return new PropsSource(description, this);
  }

  /** Creates the instance of the result of the setup. */
  protected show(view: unknown): Instance {
    return this.host.create(view);
  }

  /** Runs the setup and creates its result. */
  private make(): Instance {
    try {
      return runIn(this, () => this.show(this.type(this.props.proxy)));
    } catch (caught) {
      const thrown = caught instanceof Notice ? (caught.endless?.(this) ?? caught) : caught;
      if (thrown instanceof Notice && thrown.until) void thrown.until.then(() => this.retry());
      else if (!(this.flags & Providing)) {
        this.dispose();
        throw thrown;
      }
      raise(thrown, this.context);
      this.empty();
      return this.host.create(undefined);
    }
  }

  /** Runs the setup again, after it could not complete. */
  protected retry(): void {
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

/**
 * Returns the error for a value that cannot be shown.
 *
 * @param description the value, if it describes a component or an element
 */
export function unshowable(value: unknown, description?: Description): TypeError {
  let scope = activeScope();
  while (scope !== undefined && !(scope instanceof ComponentInstance)) scope = scope.parent ?? (scope.above as Scope | undefined);
  return new TypeError(`${scope?.name ?? 'the root view'}: cannot show ${dev ? dev.kindOf(value, description) : 'an object'}`);
}
