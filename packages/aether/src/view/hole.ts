import { Owning } from '../reactive/graph.js';
import { runIn, Scope } from '../reactive/owner.js';
import { Followed } from './followed.js';
import type { Host } from './host.js';
import { exchange, type Instance } from './instance.js';
import { textOf } from './text.js';

/**
 * A function in a view: an effect that shows what the function returns. When that is of the same kind as before, what is
 * shown takes it over; elements, focus and the state of components stay.
 */
export class Hole extends Followed implements Instance {
  protected content: Instance | undefined = undefined;
  /** Owner of the content; absent for a text. */
  private inside: Scope | undefined = undefined;

  constructor(
    fn: () => unknown,
    protected readonly host: Host,
  ) {
    super(fn);
  }

  /** Makes the content. Separate from the constructor, so that classes above have their fields. */
  start(): this {
    this.execute();
    // A hole that fails on its first run shows nothing; its handler has been called.
    this.content ??= this.host.create(undefined);
    return this;
  }

  /** Computes the value to show. Its reads are tracked. */
  protected evaluate(): unknown {
    let value = this.fn();
    // A function that has read and made nothing would give the same function again: that is followed in its place, and needs
    // no hole of its own. So it is with `{row.label}`, which a compiler makes a function that gives a signal.
    while (typeof value === 'function' && this.depsTail === undefined && !(this.flags & Owning)) {
      this.fn = value as () => unknown;
      value = this.fn();
      if (value === this.fn) throw new TypeError('a function returns itself');
    }
    return value;
  }

  protected override perform(): void {
    const { inside } = this;
    try {
      this.show(this.evaluate());
    } catch (thrown) {
      if (this.inside === this) this.empty();
      else if (this.inside !== inside) {
        // The owner of content that could not be created. A previous text would stay, and nothing would dispose its children.
        this.inside?.dispose();
        this.inside = undefined;
      }
      this.show(undefined);
      throw thrown;
    }
  }

  /** Creates the owner of the content. The effect itself cannot own it: its children are disposed on each run. */
  protected owner(): Scope {
    return new Scope(this, false);
  }

  /** Shows a value in place of the previous one. */
  protected show(value: unknown): void {
    const { content, inside } = this;
    if (inside !== this) {
      if (content !== undefined && runIn(inside, () => content.patch(value))) return;
      inside?.dispose();
    }
    this.inside = textOf(value) === undefined ? this.owner() : undefined;
    this.content = runIn(this.inside ?? this, () => this.host.create(value));
    if (content !== undefined) exchange(content, this.content);
  }

  override release(): void {
    super.release();
    this.inside?.dispose();
  }

  insert(parent: Node, before: Node | null): void {
    (this.content as Instance).insert(parent, before);
  }

  firstNode(): Node {
    return (this.content as Instance).firstNode();
  }

  lastNode(): Node {
    return (this.content as Instance).lastNode();
  }

  remove(): void {
    (this.content as Instance).remove();
  }
}
