import type { EffectNode } from '../reactive/effect.js';
import type { Block, Filled } from '../view/block.js';
import { ComponentDescription } from '../view/component.js';
import { createInstance } from '../view/create.js';
import { Hole } from '../view/hole.js';
import type { ListProps, Space } from '../view/host.js';
import type { Instance } from '../view/instance.js';
import { Rows } from '../view/rows.js';
import type { SuspenseProps } from '../view/suspense.js';
import { TextInstance, textOf } from '../view/text.js';
import { bindWritten } from './binding.js';
import { emit } from './emit.js';
import { fillInOrder } from './fill.js';
import { makeList } from './list.js';
import { MarkedSuspense } from './marked-suspense.js';
import { ServerElement, ServerMark, ServerParent, ServerText } from './nodes.js';
import type { Output } from './output.js';
import { special } from './pattern.js';
import { PlacedComponent, placed } from './placed.js';
import { fallbackOf, Places } from './places.js';
import type { TextHost } from './text-host.js';
import { Written } from './written.js';
import { writtenSpaceOf, writtenSpaceWithin } from './written-space.js';

interface Page {
  /** Marks that were made: their numbers are unique in the page. */
  marks: number;
  /** Stands before them. */
  readonly prefix: string;
  readonly places: Places;
  isDocument: boolean;
}

/** Makes views that are written as HTML. */
export class ServerHost implements TextHost {
  readonly live = false;
  readonly bind = bindWritten;
  readonly document = { createDocumentFragment: () => new ServerParent() } as unknown as Document;

  constructor(
    readonly space: Space = 'html',
    /** Whether elements are created as nodes, because a surrounding one inspects its content before it is written. */
    private readonly nodes = false,
    /** State of the whole page. */
    private readonly page: Page = { marks: 0, prefix: '', places: new Places('', true), isDocument: false },
  ) {}

  get places(): Places {
    return this.page.places;
  }

  /** Whether the view is a whole document. */
  get isDocument(): boolean {
    return this.page.isDocument;
  }

  /** Notes an element that is made. */
  saw(tag: string): void {
    if (tag === 'html') this.page.isDocument = true;
  }

  create(value: unknown, position?: number): Instance {
    return position === undefined ? this.make(value) : this.places.at(position, () => this.make(value));
  }

  private make(value: unknown): Instance {
    if (this.nodes) return this.places.within(value, () => this.makeNodes(value));
    const text = textOf(value);
    return text === undefined ? new Written((output) => this.write(value, output), this) : new TextInstance(text, this);
  }

  private makeNodes(value: unknown): Instance {
    if (value instanceof ComponentDescription) return new PlacedComponent(value, this);
    if (typeof value === 'function') return placed(new Hole(value as () => unknown, this), this.places).start();
    const made = createInstance(value, this);
    return made instanceof Rows ? placed(made, this.places) : made;
  }

  at<R extends { start(): R }>(position: number, row: R): R {
    return this.places.at(position, () => placed(row as R & EffectNode, this.places).start());
  }

  write(value: unknown, output: Output): void {
    emit(value, output, this);
  }

  element(tag: string): Element {
    this.saw(tag);
    return new ServerElement(tag, writtenSpaceOf(tag, this.space)) as unknown as Element;
  }

  text(data: string): Text {
    return new ServerText(data) as unknown as Text;
  }

  suspense(props: SuspenseProps): Instance {
    const id = `${this.page.prefix}${this.page.marks++}`;
    const around = this.space === 'svg' ? 'svg' : this.space === 'mathml' ? 'math' : undefined;
    const mark = (data: string) => new ServerMark(data, around) as unknown as ChildNode;
    const marks = { start: mark(`[${id}`), end: mark(`]${id}`), claimed: () => false };
    const { places } = this;
    const place = places.here;
    return new MarkedSuspense(
      props,
      this,
      marks,
      (make) => places.from(place, () => make(undefined)),
      (make) => places.from(fallbackOf(place), make),
    ).start();
  }

  list(props: ListProps, indexed: boolean): Instance | undefined {
    return this.nodes ? undefined : makeList(props, indexed, this);
  }

  fill(block: Block): Filled {
    return fillInOrder(block, this);
  }

  within(tag: string, around: Space = this.space): ServerHost {
    const space = writtenSpaceWithin(tag, around);
    const nodes = this.nodes || special.has(tag);
    return space === this.space && nodes === this.nodes ? this : new ServerHost(space, nodes, this.page);
  }

  /** The host of a place with elements of a namespace. */
  inSpace(space: Space): ServerHost {
    return new ServerHost(space, this.nodes, this.page);
  }
}
