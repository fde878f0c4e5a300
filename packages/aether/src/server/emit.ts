/** Writes views as text. Only parts that may change during rendering become instances. */
import { activeScope, runIn, type Scope } from '../reactive/owner.js';
import { AttributeHole } from '../view/attribute-hole.js';
import type { Binding } from '../view/binding.js';
import { Block } from '../view/block.js';
import { createInstance } from '../view/create.js';
import { Description } from '../view/description.js';
import { Hole } from '../view/hole.js';
import { valuesOf } from '../view/list.js';
import { checkName } from '../view/names.js';
import { Served } from '../view/served.js';
import { textOf } from '../view/text.js';
import { Attempt, attempt, attemptAll, type View } from './attempt.js';
import { type AttributeWriter, attributeWriter, isIgnored } from './attribute-writer.js';
import { setWritten } from './binding.js';
import { ServerComponent } from './component.js';
import { escapeAttribute, escapeText } from './escape.js';
import { emptyTags, ServerAttribute } from './nodes.js';
import type { Output } from './output.js';
import { contentAttribute, patternOf, special } from './pattern.js';
import { placed } from './placed.js';
import type { TextHost } from './text-host.js';
import { Written } from './written.js';

/**
 * Writes a value of a view.
 *
 * @throws TypeError for a value that cannot be shown; errors of components
 */
export function emit(value: unknown, output: Output, host: TextHost): void {
  if (typeof value === 'string') output.text(value);
  else if (typeof value === 'number') output.number(value);
  else if (typeof value === 'function') emitFunction(value as View, output, host);
  else if (value instanceof Served || value instanceof Block) emitBlock(value, output, host);
  else if (value instanceof Description) emitDescription(value, output, host);
  else {
    const text = textOf(value);
    if (text !== undefined) return output.text(text);
    const values = valuesOf(value);
    if (values !== undefined) emitList(values, output, host);
    else emitInstance(value, output, host);
  }
}

/** Ensures that a list has at least one child, as in a page. */
function emitList(values: readonly unknown[], output: Output, host: TextHost): void {
  if (values.length === 0) output.text('');
  const { places } = host;
  const { depth } = places;
  try {
    for (let index = 0; index < values.length; index++) {
      places.enter(index);
      emit(values[index], output, host);
      places.depth = depth;
    }
  } finally {
    places.depth = depth;
  }
}

/** Writes the instance of a value, or a place for it if it may change. */
function emitInstance(value: unknown, output: Output, host: TextHost): void {
  const instance = output.reuse?.take(value) ?? createInstance(value, host);
  if (instance instanceof Written && instance.fixed) emitMarkup(instance, output);
  else output.place(instance, value);
}

/** Writes fixed content. */
function emitMarkup(written: Written, output: Output): void {
  for (const { html, beginsWithText, endsWithText } of written.markup) output.append(html, beginsWithText, endsWithText);
}

/** Writes the result of a function, which may have arguments. */
export function emitFunction(fn: View, output: Output, host: TextHost, item?: unknown, index?: unknown): void {
  emitResult(attempt(fn, item, index), output, host, fn, item, index);
}

/** Writes the result of a function; if it may change, a place for it. */
function emitResult(result: unknown, output: Output, host: TextHost, fn: View, item: unknown, index: unknown): void {
  if (typeof result === 'string') output.text(result);
  else if (typeof result === 'number') output.number(result);
  else if (!(result instanceof Attempt)) emitSafely(undefined, result, output, host);
  else if (result.fixed) emitSafely(result.owner, result.value, output, host);
  else {
    const again = result.resumed(fn, item, index);
    const { places } = host;
    output.place(output.reuse?.take(again) ?? placed(new Hole(again, host), places).start(), fn);
  }
}

/** Writes a value. After a failure its place stays empty, as in a page. */
function emitSafely(owner: Scope | undefined, value: unknown, output: Output, host: TextHost): void {
  // Not an object: most rows would need no other.
  const { html, open, begins, ends } = output;
  const pieces = output.pieces.length;
  const placed = output.placed.length;
  const bindings = output.bindings.length;
  try {
    if (owner === undefined) emit(value, output, host);
    else runIn(owner, () => emit(value, output, host));
  } catch (error) {
    output.restore(html, open, begins, ends, pieces, placed, bindings);
    const failing = () => {
      throw error;
    };
    const hole = runIn(owner ?? activeScope(), () => new Hole(failing, host).start());
    output.place(hole, failing);
  }
}

function emitBlock(block: Block | Served, output: Output, host: TextHost): void {
  const pattern = patternOf(block.template, host.space);
  if (pattern === undefined) {
    emitInstance(block, output, host);
    return;
  }
  const read = block instanceof Served ? block.read : (index: number) => block.values[index];
  const { places } = host;
  const { depth } = places;
  const results = attemptAll(read, pattern.tried, pattern.children, places);
  /** Text since the last part that may open a place, and whether there is any. */
  let html = '';
  let started = false;
  let begins = false;
  let ends = false;
  /** Whether a written attribute still lacks its closing quote. */
  let open = false;
  for (const piece of pattern.pieces) {
    const { index, writer } = piece;
    const result = index < 0 ? undefined : results[index];
    if (piece.html !== '') {
      if (!started) begins = piece.beginsWithText;
      else if (ends && piece.beginsWithText) html += '<!---->';
      ends = piece.endsWithText;
      started = true;
    }
    if (writer?.takes(result)) {
      html += open ? piece.closingOpening : piece.opening;
      html += escapeAttribute(result);
      open = started = true;
      continue;
    }
    html += open ? piece.closing : piece.html;
    open = false;
    if (writer !== undefined && !writer.ignored && !(result instanceof Attempt)) {
      html += writer.html(piece.tag, result);
      started = true;
      continue;
    }
    if (writer === undefined && (typeof result === 'string' || typeof result === 'number')) {
      if (!started) begins = started = true;
      else if (ends) html += '<!---->';
      html += typeof result === 'string' ? escapeText(result) : result;
      ends = true;
    } else if (index >= 0) {
      if (started) output.append(html, begins, ends);
      html = '';
      started = ends = false;
      if (writer === undefined) {
        const inner = piece.space === host.space ? host : host.inSpace(piece.space);
        places.enter(index);
        try {
          emitResult(result, output, inner, read as View, index, undefined);
        } finally {
          places.depth = depth;
        }
      } else if (!writer.ignored) emitAttribute(piece.tag, writer, result, output, read as View, index);
      else if (typeof read(index) === 'string') writer.html(piece.tag, read(index));
    }
  }
  if (started) output.append(html, begins, ends);
}

/** Writes the result of a function for an attribute; if it may change, a place for it. */
function emitAttribute(tag: string, writer: AttributeWriter, result: unknown, output: Output, fn: View, item: unknown): void {
  if (!(result instanceof Attempt)) output.inTag(writer.html(tag, result));
  else if (result.fixed) output.inTag(writer.html(tag, result.value));
  else {
    const attribute = new ServerAttribute(writer.name, tag);
    const binding: Binding = new AttributeHole(
      attribute as unknown as Element,
      writer.name,
      result.resumed(fn, item),
      setWritten,
    );
    output.attribute(attribute, binding);
  }
}

function emitDescription(description: Description, output: Output, host: TextHost): void {
  const { type, props } = description;
  if (typeof type === 'function') emitComponent(description, output, host);
  else if (typeof type !== 'string' || special.has(type) || Object.keys(props).some((name) => contentAttribute.test(name))) {
    emitInstance(description, output, host);
  } else emitElement(type, props, output, host);
}

function emitElement(tag: string, props: Description['props'], output: Output, host: TextHost): void {
  checkName('element', tag);
  host.saw(tag);
  output.markup(`<${tag}`);
  for (const name of Object.keys(props)) {
    const value = props[name];
    if (name === 'children' || isIgnored(name, value)) continue;
    const result = typeof value === 'function' ? attempt(value as View) : value;
    emitAttribute(tag, attributeWriter(name), result, output, value as View, undefined);
  }
  output.markup('>');
  const { children } = props;
  const isEmpty = emptyTags.has(tag);
  if (children !== undefined && children !== null) {
    if (isEmpty) throw new TypeError(`<${tag}> cannot have children`);
    host.places.at(0, () => emit(children, output, host.within(tag)));
  }
  if (!isEmpty) output.markup(`</${tag}>`);
}

function emitComponent(description: Description, output: Output, host: TextHost): void {
  const known = output.reuse?.take(description);
  if (known !== undefined) {
    output.place(known, description);
    return;
  }
  const { places } = host;
  const { depth } = places;
  let component: ServerComponent;
  places.enterComponent();
  try {
    component = new ServerComponent(description, host);
  } finally {
    places.depth = depth;
  }
  const fixed = component.settle();
  if (fixed === undefined) output.place(component, description);
  else emitMarkup(fixed, output);
}
