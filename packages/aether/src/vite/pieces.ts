/** Writes the replacement of an element, around the expressions of the source, which stay in place so that the source map is correct. */
import type MagicString from 'magic-string';
import type { Node } from './syntax.js';

/** Part of the replacement of an element: text, or an expression of the source with text around it. */
export type Piece = string | { readonly of: Node; readonly before: string; readonly after: string };

/** Writes pieces in place of an element. */
export function writePieces(source: MagicString, node: Node, pieces: readonly Piece[]): void {
  let at = node.start;
  let pending = '';
  const write = (end: number) => {
    if (end > at) source.overwrite(at, end, pending);
    else source.appendLeft(at, pending);
  };
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
