/** Replaces JSX in a source by calls that defer the evaluation of its expressions. */
import type MagicString from 'magic-string';
import { escaped, isStatic } from './attributes.js';
import { binderOf, eventOf } from './binders.js';
import { evaluationOf, isHere } from './evaluation.js';
import { type Imported, localName } from './imports.js';
import { canBegin, canHold, canHoldText, empty, textOnly } from './nesting.js';
import { type Piece, writePieces } from './pieces.js';
import { isFlag, isSettled } from './select.js';
import { childrenOf, isIntrinsic, isJsx, literalText, type Node, nameOf } from './syntax.js';
import { cooked, decoded } from './text.js';

/** Names that compiled modules declare. */
const names = { templates: '_$t', index: '_$i' };

/** A dynamic part of a template: the description of its place, and its value. */
interface DynamicPart {
  readonly place: string;
  readonly value: Value;
}

/** A text, or an expression; `follow` if it is tracked. */
type Value = string | { readonly of: Node; readonly follow: boolean };

/** A child as JSX sees it. */
type Child = { readonly text: string } | { readonly of: Node };

/** Replaces the JSX of one module. */
export class Emitter {
  /** Declarations of the templates that are used. */
  readonly declarations: string[] = [];
  readonly used = new Set<Imported>();

  constructor(
    private readonly source: MagicString,
    private readonly code: string,
    program: Node,
    private readonly entities: ReadonlyMap<string, string>,
    /** Whether views are rendered on a server, which reads values one by one. */
    private readonly server: boolean,
    /** Names of variables that are reassigned anywhere in the module. */
    private readonly assigned: ReadonlySet<string>,
    /** Names that are known to be components. */
    private readonly components: ReadonlySet<string>,
  ) {
    this.visit(program);
  }

  /** Returns the local name of an import of the compiled module. */
  private use(exported: Imported): string {
    this.used.add(exported);
    return localName(exported);
  }

  private visit(node: Node): void {
    if (isJsx(node)) this.emit(node);
    else for (const child of childrenOf(node)) this.visit(child);
  }

  private emit(node: Node): void {
    const tag = node.type === 'JSXElement' && isIntrinsic(node) ? nameOf(node.openingElement.name as Node) : undefined;
    const pieces = tag !== undefined && this.compiles(node, tag) ? this.block(node, tag) : this.call(node, tag);
    for (const piece of pieces) if (typeof piece !== 'string') this.visit(piece.of);
    writePieces(this.source, node, pieces);
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

  /** Whether the options of a select, or of a group, are static, and so is everything that selects one. */
  private isStill(node: Node, tag: string): boolean {
    if (!isSettled(node, (attribute) => this.attributeText(attribute))) return false;
    const isStill = (child: Child) =>
      this.isHeld(child, [tag]) && 'of' in child && this.isStill(child.of, nameOf(child.of.openingElement.name) as string);
    return tag === 'option' || this.childrenOf(node).every(isStill);
  }

  /** Returns the code of a template with values. */
  private block(node: Node, tag: string): Piece[] {
    const parts: DynamicPart[] = [];
    const html = this.fill(node, tag, [], [], parts);
    const name = `${names.templates}${this.declarations.length}`;
    const places = parts.map(({ place }) => `{ ${place} }`).join(', ');
    const make = this.use(this.server ? 'template' : 'boundTemplate');
    const inside = !this.server && changesSpace.test(html) ? `, ${this.use('inside')}` : '';
    this.declarations.push(`const ${name} = /*#__PURE__*/ ${make}(${JSON.stringify(html)}, [${places}]${inside});`);
    if (this.server && !parts.some(({ value }) => typeof value !== 'string' && this.isFixed(value.of)))
      return [`${this.use('served')}(${name}, (${names.index}) => `, ...this.choice(parts), `${this.key(node)})`];
    const values = parts.flatMap(({ value }) => [typeof value === 'string' ? value : this.value(value.of, value.follow), ', ']);
    return [`${this.use('block')}(${name}, [`, ...values, `]${this.key(node)})`];
  }

  /** Returns the code of the values of parts by index. */
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
    const addAttribute = (name: string, value: Value) =>
      add(`name: ${JSON.stringify(name)}${this.server ? '' : `, by: ${this.binder(tag, name)}`}`, value);
    for (const attribute of node.openingElement.attributes as Node[]) {
      const name = nameOf(attribute.name as Node) as string;
      if (name === 'key') continue;
      const value = this.attributeText(attribute);
      if (value !== undefined && isStatic(tag, name, value)) html += value === '' ? ` ${name}` : ` ${name}="${escaped(value)}"`;
      else if (value !== undefined) addAttribute(name, JSON.stringify(value));
      else if (isFlag(attribute)) html += ` ${name}`;
      else if (attribute.value === null) addAttribute(name, 'true');
      else addAttribute(name, { of: expressionOf(attribute.value as Node), follow: !isHere(name) });
    }
    // Parsers end these themselves in HTML only.
    if (empty.has(tag)) return `${html}/>`;
    html += '>';
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

  private binder(tag: string, name: string): string {
    const binder = binderOf(tag, name);
    const imported = this.use(binder);
    return binder === 'listen' ? `/*#__PURE__*/ ${imported}(${eventOf(name)})` : imported;
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

  /** Returns a call that describes a component, a fragment, or an element without a template. */
  private call(node: Node, tag: string | undefined): Piece[] {
    const pieces: Piece[] = [];
    const opening = node.openingElement as Node | undefined;
    const type: Piece =
      opening === undefined
        ? this.use('Fragment')
        : tag !== undefined
          ? JSON.stringify(tag)
          : { of: opening.name as Node, before: '', after: '' };
    let hasGetters = false;
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
        else if (this.isLater(of)) {
          hasGetters = true;
          pieces.push({ of, before: `get ${property(name)}() { return (`, after: '); }, ' });
        } else pieces.push({ of, before: `${property(name)}: (`, after: '), ' });
      }
    }
    const children = this.children(node, tag !== undefined);
    hasGetters ||= children[0] === laterChildren;
    const callee = tag === undefined ? this.describer(opening?.name as Node | undefined, hasGetters) : 'jsx';
    return [`${this.use(callee)}(`, type, ', { ', ...pieces, ...children, ` }${this.key(node)})`];
  }

  /** Chooses the function that describes a component, or an element if the name may be one. A fragment has no name. */
  private describer(name: Node | undefined, hasGetters: boolean): Imported {
    if (this.server) return 'component';
    const isKnown = name === undefined || this.components.has(this.code.slice(name.start, name.end));
    if (isKnown) return hasGetters ? 'useLater' : 'use';
    return hasGetters ? 'component' : 'jsx';
  }

  private children(node: Node, holes: boolean): Piece[] {
    const children = this.childrenOf(node);
    if (children.length === 0) return [];
    const later =
      !holes &&
      children.every((child) => !('of' in child) || this.mayWait(child.of)) &&
      children.some((child) => 'of' in child && this.isLater(child.of));
    const values = children.flatMap((child): Piece[] => [
      'text' in child ? JSON.stringify(child.text) : this.value(child.of, holes),
      ', ',
    ]);
    if (children.length === 1) values.pop();
    else {
      values.unshift('[');
      values.push(']');
    }
    return later ? [laterChildren, ...values, '; }'] : ['children: ', ...values];
  }

  private childValue(child: Child): Value {
    return 'text' in child ? JSON.stringify(child.text) : { of: child.of, follow: true };
  }

  /** Whether an expression has to be evaluated in place. */
  private isFixed(of: Node): boolean {
    return evaluationOf(of, this.assigned).fixed;
  }

  private value(of: Node, follow: boolean): Piece {
    const { reads, fixed } = evaluationOf(of, this.assigned);
    return { of, before: follow && reads && !fixed ? '() => (' : '(', after: ')' };
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

  /** Returns the text of a static attribute. */
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
      if (child.type === 'JSXSpreadChild') return [{ of: child.expression }];
      if (child.type !== 'JSXExpressionContainer') return [{ of: child }];
      const expression = child.expression as Node;
      if (expression.type === 'JSXEmptyExpression') return [];
      const text = literalText(expression);
      return text === undefined || text === '' ? [{ of: expression }] : [{ text }];
    });
  }
}

/** Opens children that become a getter. */
const laterChildren = 'get children() { return ';

/** Elements whose children have another namespace. */
const changesSpace = /<(?:svg|math|foreignObject|desc|title|m[inos]|mtext)[\s>]/;

const expressionOf = (value: Node): Node => (value.type === 'JSXExpressionContainer' ? (value.expression as Node) : value);

/** Returns a name as the key of an object. In quotes, `__proto__` would set the prototype. */
const property = (name: string): string => (name === '__proto__' ? '["__proto__"]' : JSON.stringify(name));
