import { Block, BlockInstance, type Template } from './block.js';
import type { Host } from './host.js';
import type { Instance } from './instance.js';
import { Native } from './native.js';

/** A compiled description whose values are read by index, which costs a server less than a function for each. */
export class Served extends Native {
  constructor(
    readonly template: Template,
    readonly read: (index: number) => unknown,
    key: unknown,
  ) {
    super(key);
  }

  make(host: Host): Instance {
    return new ServedInstance(this.block(), host);
  }

  /** The description with functions. */
  block(): Block {
    const { template, read, key } = this;
    const values = template.parts.map(({ name }, index) => (isTaken(name) ? read(index) : () => read(index)));
    return new Block(template, values, key);
  }
}

/** Whether the value of an attribute is used as it is: a handler or a reference. */
const isTaken = (name: string | undefined): boolean => name === 'ref' || (name?.startsWith('on') === true && name.length > 2);

/** Takes over other descriptions, for pages that run modules compiled for a server: tests with their own document. */
class ServedInstance extends BlockInstance {
  override patch(value: unknown): boolean {
    return super.patch(value instanceof Served ? value.block() : value);
  }
}

/** Creates a description from a template and a function that returns the values by index. For compilers, in modules of servers. */
export const served = (of: Template, read: (index: number) => unknown, key?: unknown): Served => new Served(of, read, key);
