/** Replaces JSX in a source by calls that postpone the evaluation of its expressions. */
import type MagicString from 'magic-string';
import { escaped, isStatic } from './attributes.js';
import { assignedNames, evaluationOf, isHere } from './evaluation.js';
import { canBegin, canHold, canHoldText, empty, textOnly } from './nesting.js';
import { isFlag, isSettled } from './select.js';
import { childrenOf, isIntrinsic, isJsx, literalText, type Node, nameOf } from './syntax.js';
import { cooked, decoded } from './text.js';

/** Names that compiled modules import and declare. */
export const names = {
  block: '_$block',
  served: '_$served',
  template: '_$template',
  component: '_$component',
  jsx: '_$jsx',
  fragment: '_$Fragment',
  templates: '_$t',
  index: '_$i',
};

/** Part of what replaces an element: text, or an expression of the source with text around it. */
type Piece = string | { readonly of: Node; readonly before: string; readonly after: string };

/** A dynamic part of a template: how its place is described, and its value. */
interface DynamicPart {
  readonly place: string;
  readonly value: Value;
}

/** A text, or an expression; `follow` when it is shown anew whenever it has changed. */
type Value = string | { readonly of: Node; readonly follow: boolean };

/** A child as JSX sees it. */
type Child = { readonly text: string } | { readonly of: Node };

/** Replaces the JSX of one module. */
export class Emitter {
  /** Declarations of the templates that are used. */
  readonly declarations: string[] = [];
  readonly used = new Set<keyof typeof names>();
  private readonly assigned: ReadonlySet<string>;

  constructor(
    private readonly source: MagicString,
    private readonly code: string,
    program: Node,
    private readonly entities: ReadonlyMap<string, string>,
    /** Whether views are written by a server, which asks for values one by one. */
    private readonly server: boolean,
  ) {
    this.assigned = assignedNames(program);
    this.visit(program);
  }

  private visit(node: Node): void {
    if (isJsx(node)) this.emit(node);
    else for (const child of childrenOf(node)) this.visit(child);
  }

  private emit(node: Node): void {
    const tag = node.type === 'JSXElement' && isIntrinsic(node) ? nameOf(node.openingElement.name as Node) : undefined;
    this.assemble(node, tag !== undefined && this.compiles(node, tag) ? this.block(node, tag) : this.call(node, tag));
  }

  /** Whether an element can be a template of its own. */
  private compiles(node: Node, tag: string): boolean {
    if (!canBegin(tag)) return false;
    const attributes = node.openingElement.attributes as Node[];
    // A spread may have any attribute, children included.
    if (attributes.some(({ type, name }) => type === 'JSXSpreadAttribute' || nameOf(name as Node) === 'is')) return false;
    if (attributes.some(({ name }) => nameOf(name as Node) === 'children')) return false;
    const children = this.childrenOf(node);
    if (tag === 'select') return this.isStill(node, tag);
    if (empty.has(tag)) return children.length === 0;
    return !textOnly.has(tag) || children.length < 2;
  }

  /** Whether the options of a select, or of a group, are there from the start, and so is all by which it chooses one itself. */
  private isStill(node: Node, tag: string): boolean {
    if (!isSettled(node, (attribute) => this.attributeText(attribute))) return false;
    const isStill = (child: Child) =>
      this.isHeld(child, [tag]) && 'of' in child && this.isStill(child.of, nameOf(child.of.openingElement.name) as string);
    return tag === 'option' || this.childrenOf(node).every(isStill);
  }

  /** A template with values. */
  private block(node: Node, tag: string): Piece[] {
    const parts: DynamicPart[] = [];
    const html = this.fill(node, tag, [], [], parts);
    const name = `${names.templates}${this.declarations.length}`;
    this.used.add('template');
    const places = parts.map(({ place }) => `{ ${place} }`).join(', ');
    this.declarations.push(`const ${name} = /*#__PURE__*/ ${names.template}(${JSON.stringify(html)}, [${places}]);`);
    if (this.server && !parts.some(({ value }) => typeof value !== 'string' && this.isFixed(value.of))) {
      this.used.add('served');
      return [`${names.served}(${name}, (${names.index}) => `, ...this.choice(parts), `${this.key(node)})`];
    }
    this.used.add('block');
    const values = parts.flatMap(({ value }) => [typeof value === 'string' ? value : this.value(value.of, value.follow), ', ']);
    return [`${names.block}(${name}, [`, ...values, `]${this.key(node)})`];
  }

  /** The values of parts by their index. */
  private choice(parts: readonly DynamicPart[]): Piece[] {
    if (parts.length === 0) return ['undefined'];
    return parts.flatMap(({ value }, index): Piece[] => [
      index === parts.length - 1 ? '' : `${names.index} === ${index} ? `,
      typeof value === 'string' ? value : { of: value.of, before: '(', after: ')' },
      index === parts.length - 1 ? '' : ' : ',
    ]);
  }

  /** Writes an element into a template, and returns its HTML. */
  private fill(node: Node, tag: string, outer: readonly string[], path: readonly number[], parts: DynamicPart[]): string {
    let html = `<${tag}`;
    const add = (place: string, value: Value) => parts.push({ place: `path: [${path.join(', ')}], ${place}`, value });
    for (const attribute of node.openingElement.attributes as Node[]) {
      const name = nameOf(attribute.name as Node) as string;
      if (name === 'key') continue;
      const value = this.attributeText(attribute);
      if (value !== undefined && isStatic(tag, name, value)) html += value === '' ? ` ${name}` : ` ${name}="${escaped(value)}"`;
      else if (value !== undefined) add(`name: ${JSON.stringify(name)}`, JSON.stringify(value));
      else if (isFlag(attribute)) html += ` ${name}`;
      else if (attribute.value === null) add(`name: ${JSON.stringify(name)}`, 'true');
      else add(`name: ${JSON.stringify(name)}`, { of: expressionOf(attribute.value as Node), follow: !isHere(name) });
    }
    html += '>';
    if (empty.has(tag)) return html;
    const children = this.childrenOf(node);
    if (children.length === 1 && !this.isHeld(children[0] as Child, [...outer, tag])) {
      add('only: true', this.childValue(children[0] as Child));
      return `${html}</${tag}>`;
    }
    const inner = [...outer, tag];
    for (const [index, child] of children.entries()) {
      const before = children[index - 1];
      if (this.isHeld(child, inner) && !('text' in child && before !== undefined && 'text' in before)) {
        html +=
          'text' in child
            ? escaped(child.text)
            : this.fill(child.of, nameOf(child.of.openingElement.name) as string, inner, [...path, index], parts);
      } else {
        html += '<!>';
        parts.push({ place: `path: [${[...path, index].join(', ')}]`, value: this.childValue(child) });
      }
    }
    return `${html}</${tag}>`;
  }

  /** Whether a child is written into the template of its parent. */
  private isHeld(child: Child, outer: readonly string[]): boolean {
    const parent = outer.at(-1) as string;
    if ('text' in child) return canHoldText(parent) && !textOnly.has(parent) && !/[\0\r]|^\n/.test(child.text);
    if (child.of.type !== 'JSXElement' || !isIntrinsic(child.of) || textOnly.has(parent)) return false;
    const tag = nameOf(child.of.openingElement.name as Node) as string;
    const keyed = (child.of.openingElement.attributes as Node[]).some(({ name }) => name && nameOf(name as Node) === 'key');
    return !keyed && canHold(outer, tag) && this.compiles(child.of, tag);
  }

  /** A call that describes a component, a fragment, or an element that has no template. */
  private call(node: Node, tag: string | undefined): Piece[] {
    const callee = tag === undefined ? 'component' : 'jsx';
    this.used.add(callee);
    const pieces: Piece[] = [`${names[callee]}(`];
    const opening = node.openingElement as Node | undefined;
    if (opening === undefined) {
      this.used.add('fragment');
      pieces.push(names.fragment);
    } else if (tag !== undefined) pieces.push(JSON.stringify(tag));
    else pieces.push({ of: opening.name as Node, before: '', after: '' });
    pieces.push(', { ');
    for (const attribute of (opening?.attributes ?? []) as Node[]) {
      if (attribute.type === 'JSXSpreadAttribute') {
        pieces.push({ of: attribute.argument as Node, before: '...(', after: '), ' });
        continue;
      }
      const name = nameOf(attribute.name as Node) as string;
      if (name === 'key') continue;
      const text = this.attributeText(attribute);
      if (attribute.value === null || text !== undefined)
        pieces.push(`${property(name)}: ${text === undefined ? 'true' : JSON.stringify(text)}, `);
      else {
        const of = expressionOf(attribute.value as Node);
        if (tag !== undefined) pieces.push(`${property(name)}: `, this.value(of, !isHere(name)), ', ');
        else if (this.isLater(of)) pieces.push({ of, before: `get ${property(name)}() { return (`, after: '); }, ' });
        else pieces.push({ of, before: `${property(name)}: (`, after: '), ' });
      }
    }
    pieces.push(...this.children(node, tag !== undefined), ` }${this.key(node)})`);
    return pieces;
  }

  private children(node: Node, holes: boolean): Piece[] {
    const children = this.childrenOf(node);
    if (children.length === 0) return [];
    const later =
      !holes &&
      children.every((child) => !('of' in child) || this.mayWait(child.of)) &&
      children.some((child) => 'of' in child && this.isLater(child.of));
    const values = children.flatMap((child): Piece[] => [
      holes ? this.child(child) : 'text' in child ? JSON.stringify(child.text) : { of: child.of, before: '(', after: ')' },
      ', ',
    ]);
    if (children.length === 1) values.pop();
    else {
      values.unshift('[');
      values.push(']');
    }
    return later ? ['get children() { return ', ...values, '; }'] : ['children: ', ...values];
  }

  /** A child of an element: a function when its value may change. */
  private child(child: Child): Piece {
    return 'text' in child ? JSON.stringify(child.text) : this.value(child.of, true);
  }

  private childValue(child: Child): Value {
    return 'text' in child ? JSON.stringify(child.text) : { of: child.of, follow: true };
  }

  /** Whether an expression has to be evaluated where it stands. */
  private isFixed(of: Node): boolean {
    return evaluationOf(of, this.assigned).fixed;
  }

  private value(of: Node, follow: boolean): Piece {
    const { reads, fixed } = evaluationOf(of, this.assigned);
    return follow && reads && !fixed ? { of, before: '() => (', after: ')' } : { of, before: '(', after: ')' };
  }

  /** Whether a property becomes a getter. */
  private isLater(of: Node): boolean {
    return evaluationOf(of, this.assigned).reads && this.mayWait(of);
  }

  private mayWait(of: Node): boolean {
    const { fixed, bound } = evaluationOf(of, this.assigned);
    return !fixed && !bound;
  }

  private key(node: Node): string {
    const attributes = (node.openingElement?.attributes ?? []) as Node[];
    const attribute = attributes.find(({ name }) => name && nameOf(name as Node) === 'key');
    if (attribute === undefined) return '';
    const text = this.attributeText(attribute);
    if (text !== undefined) return `, ${JSON.stringify(text)}`;
    const of = attribute.value as Node | null;
    return of === null ? ', true' : `, (${this.code.slice(expressionOf(of).start, expressionOf(of).end)})`;
  }

  /** The text of an attribute that is written as a text. */
  private attributeText({ value }: Node): string | undefined {
    if (value === null) return undefined;
    if ((value as Node).type === 'Literal') return decoded((value as Node).value as string, this.entities);
    return (value as Node).type === 'JSXExpressionContainer' ? literalText((value as Node).expression as Node) : undefined;
  }

  private childrenOf(node: Node): Child[] {
    return (node.children as Node[]).flatMap((child): Child[] => {
      if (child.type === 'JSXText') {
        const text = decoded(cooked(child.value as string), this.entities);
        return text === '' ? [] : [{ text }];
      }
      if (child.type !== 'JSXExpressionContainer') return [{ of: child }];
      const expression = child.expression as Node;
      if (expression.type === 'JSXEmptyExpression') return [];
      const text = literalText(expression);
      return text === undefined || text === '' ? [{ of: expression }] : [{ text }];
    });
  }

  /** Writes the pieces in the place of an element. Its expressions stay where they are, so that the source map holds. */
  private assemble(node: Node, pieces: readonly Piece[]): void {
    let at = node.start;
    let pending = '';
    const write = (end: number) => {
      if (end > at) this.source.overwrite(at, end, pending);
      else this.source.appendLeft(at, pending);
    };
    for (const piece of pieces) if (typeof piece !== 'string') this.visit(piece.of);
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        pending += piece;
        continue;
      }
      pending += piece.before;
      write(piece.of.start);
      at = piece.of.end;
      pending = piece.after;
    }
    write(node.end);
  }
}

const expressionOf = (value: Node): Node => (value.type === 'JSXExpressionContainer' ? (value.expression as Node) : value);

/** A name as the key of an object. In quotes `__proto__` would set the prototype. */
const property = (name: string): string => (name === '__proto__' ? '["__proto__"]' : JSON.stringify(name));
