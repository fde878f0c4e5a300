import type { Block, Filled } from '../view/block.js';
import { createInstance } from '../view/create.js';
import { type Host, type Marks, type Space, spaceOf, spaceWithin } from '../view/host.js';
import type { Instance } from '../view/instance.js';
import { fillInOrder } from './fill.js';
import { ServerElement, ServerMark, ServerParent, ServerText } from './nodes.js';

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
    return createInstance(value, this);
  }

  element(tag: string): Element {
    return new ServerElement(tag, spaceOf(tag, this.space)) as unknown as Element;
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
    return fillInOrder(block, this);
  }

  within(tag: string, around: Space = this.space): Host {
    const space = spaceWithin(tag, around);
    return space === this.space ? this : new ServerHost(space, this.count);
  }

  enter(): void {}

  leave(): void {}
}

const mark = (data: string): ChildNode => new ServerMark(data) as unknown as ChildNode;
