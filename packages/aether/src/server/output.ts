import type { Binding } from '../view/binding.js';
import type { Instance } from '../view/instance.js';
import { escapeText } from './escape.js';
import { type ServerAttribute, type ServerPiece, ServerPlace } from './nodes.js';

/** An instance in a text, and the value of a view that it shows. */
export interface Placed {
  readonly instance: Instance;
  readonly value: unknown;
}

/** Instances that were in a text before it is written again: those that continue are reused. */
export class Reuse {
  private next = 0;

  constructor(private readonly placed: readonly Placed[]) {}

  /** Returns the next instance that takes over a value. */
  take(value: unknown): Instance | undefined {
    for (let at = this.next; at < this.placed.length; at++) {
      const { instance, value: before } = this.placed[at] as Placed;
      if (value === before && instance.again !== undefined) instance.again();
      else if (!instance.patch(value)) continue;
      this.next = at + 1;
      return instance;
    }
    return undefined;
  }
}

/** Written text, with places for parts that may change later. */
export class Output {
  readonly pieces: ServerPiece[] = [];
  /** Contents of the places, in their order. */
  readonly placed: Placed[] = [];
  readonly bindings: Binding[] = [];
  /** Text since the last place. */
  html = '';
  /** Whether any text was written. */
  open = false;
  /** Whether it begins or ends with a text. */
  begins = false;
  ends = false;

  constructor(readonly reuse?: Reuse) {}

  /** Writes a text. A comment separates it from an adjacent one, because parsers would join them. */
  text(data: string): void {
    if (!this.open) this.begins = this.open = true;
    else if (this.ends) this.html += '<!---->';
    this.html += escapeText(data);
    this.ends = true;
  }

  /** Writes a number, in which there is nothing to escape. */
  number(value: number): void {
    if (!this.open) this.begins = this.open = true;
    else if (this.ends) this.html += '<!---->';
    this.html += value;
    this.ends = true;
  }

  /** Writes markup that begins and ends with a tag. */
  markup(html: string): void {
    this.html += html;
    this.open = true;
    this.ends = false;
  }

  /** Writes markup that may begin or end with a text. */
  append(html: string, beginsWithText: boolean, endsWithText: boolean): void {
    if (!this.open) {
      this.begins = beginsWithText;
      this.open = true;
    } else if (beginsWithText && this.ends) this.html += '<!---->';
    this.html += html;
    this.ends = endsWithText;
  }

  /** Writes an attribute, or nothing, within a tag. */
  inTag(html: string): void {
    this.html += html;
    this.open = true;
  }

  /** Opens a place for an attribute that may change, within a tag. */
  attribute(attribute: ServerAttribute, binding: Binding): void {
    this.cut();
    this.pieces.push(attribute);
    this.bindings.push(binding);
  }

  /** Opens a place for the instance of a value that may change. */
  place(instance: Instance, value: unknown): void {
    this.cut();
    const place = new ServerPlace();
    instance.insert(place as unknown as Node, null);
    this.pieces.push(place);
    this.placed.push({ instance, value });
  }

  /** Reverts everything written since the fields had the given values. */
  restore(html: string, open: boolean, begins: boolean, ends: boolean, pieces: number, placed: number, bindings: number): void {
    this.html = html;
    this.open = open;
    this.begins = begins;
    this.ends = ends;
    this.pieces.length = pieces;
    for (const { instance } of this.placed.splice(placed)) instance.dispose();
    for (const binding of this.bindings.splice(bindings)) binding.dispose();
  }

  /** Ends the text and returns its pieces. */
  finish(): readonly ServerPiece[] {
    this.cut();
    return this.pieces;
  }

  private cut(): void {
    const { html, begins, ends } = this;
    if (this.open) this.pieces.push({ html, beginsWithText: begins, endsWithText: ends });
    this.html = '';
    this.open = this.begins = this.ends = false;
  }
}
