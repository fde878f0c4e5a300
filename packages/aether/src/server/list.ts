import { EffectNode } from '../reactive/effect.js';
import { runIn, Scope } from '../reactive/owner.js';
import type { Signal } from '../reactive/signal.js';
import type { Binding } from '../view/binding.js';
import type { ListProps } from '../view/host.js';
import type { Instance } from '../view/instance.js';
import { valuesOf } from '../view/list.js';
import { Attempt, attempt, owned } from './attempt.js';
import { emit, emitFunction } from './emit.js';
import { type ServerPiece, ServerPlace, ServerTemplate } from './nodes.js';
import { Output, type Placed } from './output.js';
import type { TextHost } from './text-host.js';
import { Written } from './written.js';

/** A signal that never changes. */
function constant<T>(value: T): Signal<T> {
  return Object.assign(() => value, { peek: () => value });
}

/** Conversion of the items of a list to rows. */
class RowMaker {
  constructor(
    private readonly props: ListProps,
    private readonly indexed: boolean,
  ) {}

  /** Whether rows depend on their place. */
  get placed(): boolean {
    return this.indexed || this.props.children.length > 1;
  }

  get fallback(): unknown {
    return this.props.fallback;
  }

  items(): readonly unknown[] {
    const { each } = this.props;
    const value: unknown = typeof each === 'function' ? (each as () => unknown)() : each;
    const items = value ? valuesOf(value)?.slice() : [];
    if (items === undefined) throw new TypeError(`each must be iterable, not ${typeof value}`);
    return items;
  }

  /** Returns a function that writes the row of an item. */
  writer(host: TextHost): (item: unknown, index: number, output: Output) => void {
    const make = this.props.children as (item: unknown, index: unknown) => unknown;
    if (this.indexed) return (item, index, output) => emitFunction(make, output, host, constant(item), index);
    return make.length > 1
      ? (item, index, output) => emitFunction(make, output, host, item, constant(index))
      : (item, _, output) => emitFunction(make, output, host, item);
  }

  /** Writes the rows of items, or the fallback. */
  write(items: readonly unknown[], output: Output, host: TextHost): void {
    if (items.length === 0) emit(this.fallback, output, host);
    const write = this.writer(host);
    const { places } = host;
    const { depth } = places;
    try {
      for (let index = 0; index < items.length; index++) {
        places.enter(index);
        write(items[index], index, output);
        places.depth = depth;
      }
    } finally {
      places.depth = depth;
    }
  }
}

/** Makes a list: a text, when its items stay what they are. */
export function makeList(props: ListProps, indexed: boolean, host: TextHost): Instance {
  const maker = new RowMaker(props, indexed);
  const read = () => maker.items();
  const made = attempt(read);
  if (made instanceof Attempt && !made.fixed) return new WrittenList(maker, made.resumed(read), host).start();
  const items = (made instanceof Attempt ? made.value : made) as readonly unknown[];
  return new Written((output) => maker.write(items, output, host), host);
}

/** Returns the text of one item. */
interface Row {
  readonly item: unknown;
  readonly at: number;
  readonly owner: Scope | undefined;
  readonly pieces: readonly ServerPiece[];
  readonly placed: readonly Placed[];
  readonly bindings: readonly Binding[];
}

/** A list whose items may change. Rows of items that stay are not written again. */
class WrittenList extends EffectNode implements Instance {
  readonly node = new ServerTemplate();
  private rows: readonly Row[] = [];
  /** Owns the rows. */
  private readonly inside: Scope = new Scope(this, false);
  private readonly place: TextHost['places']['here'];

  constructor(
    private readonly maker: RowMaker,
    items: () => unknown,
    private readonly host: TextHost,
  ) {
    super(items);
    this.place = host.places.here;
  }

  override get label(): string {
    return 'list';
  }

  start(): this {
    this.execute();
    return this;
  }

  protected override perform(): void {
    const { places } = this.host;
    // Rows that go on keep their ids.
    const place = this.rows.some(({ at }) => at >= 0) ? undefined : this.place;
    places.from(place, () => {
      const items = this.fn() as readonly unknown[];
      runIn(this.inside, () => this.show(items));
    });
  }

  private show(items: readonly unknown[]): void {
    const { maker, rows: old, node } = this;
    const { places } = this.host;
    const known = this.known();
    const write = maker.writer(this.host);
    const rows =
      items.length === 0
        ? [this.write(undefined, -1, (output) => emit(maker.fallback, output, this.host))]
        : items.map(
            (item, at) => known(item, at) ?? places.at(at, () => this.write(item, at, (output) => write(item, at, output))),
          );
    const used = new Set(rows);
    for (const row of old) if (!used.has(row)) end(row);
    this.rows = rows;
    node.pieces = rows.flatMap(({ pieces }) => pieces);
    for (const piece of node.pieces) if (piece instanceof ServerPlace) piece.parentNode = node as never;
  }

  /** Returns a function that finds the row of an item, each row once. */
  private known(): (item: unknown, at: number) => Row | undefined {
    const { placed } = this.maker;
    const rows = new Map<unknown, Row[]>();
    for (const row of this.rows) {
      if (row.at < 0) continue;
      const same = rows.get(row.item);
      if (same === undefined) rows.set(row.item, [row]);
      else same.push(row);
    }
    return (item, at) => {
      const same = rows.get(item);
      const index = same === undefined ? -1 : placed ? same.findIndex((row) => row.at === at) : 0;
      return index < 0 ? undefined : same?.splice(index, 1)[0];
    };
  }

  private write(item: unknown, at: number, write: (output: Output) => void): Row {
    const output = new Output();
    const owner = owned(() => write(output));
    return { item, at, owner, pieces: output.finish(), placed: output.placed, bindings: output.bindings };
  }

  override release(): void {
    super.release();
    for (const row of this.rows) end(row);
    this.inside.dispose();
  }

  patch(): boolean {
    return false;
  }

  insert(parent: Node, before: Node | null): void {
    parent.insertBefore(this.node as unknown as Node, before);
  }

  firstNode(): Node {
    return this.node as unknown as Node;
  }

  lastNode(): Node {
    return this.node as unknown as Node;
  }

  remove(): void {
    this.node.remove();
  }
}

function end({ owner, placed, bindings }: Row): void {
  for (const { instance } of placed) instance.dispose();
  for (const binding of bindings) binding.dispose();
  owner?.dispose();
}
