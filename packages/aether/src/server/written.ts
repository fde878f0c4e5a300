import type { Binding } from '../view/binding.js';
import { NodeInstance } from '../view/instance.js';
import { type ServerMarkup, ServerPlace, ServerTemplate } from './nodes.js';
import { Output, type Placed, Reuse } from './output.js';
import type { TextHost } from './text-host.js';

/** A part of a view as text. Another value is written anew, and what lives in the text goes on where it still has a place. */
export class Written extends NodeInstance<ChildNode> {
  private placed: readonly Placed[] = [];
  private bindings: readonly Binding[] = [];
  private readonly template: ServerTemplate;

  constructor(
    write: (output: Output) => void,
    private readonly host: TextHost,
  ) {
    const template = new ServerTemplate();
    super(template as unknown as ChildNode, undefined);
    this.template = template;
    this.write(write, undefined);
  }

  /** Whether nothing in it may change. */
  get fixed(): boolean {
    return this.placed.length === 0 && this.bindings.length === 0;
  }

  /** The text, when it is fixed. */
  get markup(): readonly ServerMarkup[] {
    return this.template.pieces as readonly ServerMarkup[];
  }

  patch(value: unknown): boolean {
    const { placed, bindings } = this;
    const write = () => this.write((output) => this.host.write(value, output), new Reuse(placed));
    // What goes on keeps its ids.
    if (placed.length === 0) write();
    else this.host.places.from(undefined, write);
    const used = new Set(this.placed.map(({ instance }) => instance));
    for (const { instance } of placed) if (!used.has(instance)) instance.dispose();
    for (const binding of bindings) binding.dispose();
    return true;
  }

  override dispose(): void {
    for (const { instance } of this.placed) instance.dispose();
    for (const binding of this.bindings) binding.dispose();
  }

  private write(write: (output: Output) => void, reuse: Reuse | undefined): void {
    const output = new Output(reuse);
    write(output);
    const { template } = this;
    template.pieces = output.finish();
    for (const piece of template.pieces) if (piece instanceof ServerPlace) piece.parentNode = template as never;
    this.placed = output.placed;
    this.bindings = output.bindings;
  }
}
