import type { Binding } from '../view/binding.js';
import type { Block, Filled } from '../view/block.js';
import { createInstance } from '../view/create.js';
import { Hole } from '../view/hole.js';
import { type Host, type Marks, type Space, spaceOf, spaceWithin } from '../view/host.js';
import type { Instance } from '../view/instance.js';
import { bindWritten } from './binding.js';
import { fillInOrder } from './fill.js';
import { ServerElement, ServerMark, ServerParent, ServerText } from './nodes.js';
import { fillPieces } from './pieces.js';

/** Makes nodes that are written as HTML. */
export class ServerHost implements Host {
  readonly live = false;
  readonly document = { createDocumentFragment: () => new ServerParent() } as unknown as Document;

  constructor(
    readonly space: Space = 'html',
    /** Numbers of marks, unique in the page. */
    private readonly count = { next: 0 },
  ) {}

  create(value: unknown): Instance {
    const instance = createInstance(value, this);
    return (instance instanceof Hole && instance.settle()) || instance;
  }

  element(tag: string): Element {
    return new ServerElement(tag, spaceOf(tag, this.space)) as unknown as Element;
  }

  bind(element: Element, name: string, value: unknown, binding?: Binding, before?: unknown): Binding | undefined {
    return bindWritten(element, name, value, binding, before);
  }

  text(data: string): Text {
    return new ServerText(data) as unknown as Text;
  }

  marks(): Marks {
    const id = this.count.next++;
    return { start: mark(`[${id}`), end: mark(`]${id}`), claimed: () => false };
  }

  between(_marks: Marks | undefined, make: (claiming: boolean) => Instance | undefined): Instance | undefined {
    return make(false);
  }

  fill(block: Block): Filled {
    return fillPieces(block, this) ?? fillInOrder(block, this);
  }

  within(tag: string, around: Space = this.space): Host {
    const space = spaceWithin(tag, around);
    return space === this.space ? this : new ServerHost(space, this.count);
  }

  enter(): void {}

  leave(): void {}
}

const mark = (data: string): ChildNode => new ServerMark(data) as unknown as ChildNode;
