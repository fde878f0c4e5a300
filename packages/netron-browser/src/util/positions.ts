/** Positions in the log of a server, `<log>.<number>`. */

/** Parses a position. */
export function positionOf(cursor: string): { readonly log: string; readonly position: number } {
  const at = cursor.lastIndexOf('.');
  const position = Number(cursor.slice(at + 1));
  return at > 0 && Number.isSafeInteger(position) ? { log: cursor.slice(0, at), position } : { log: '', position: 0 };
}

/** Whether `own` is at `other` or after it, in the same log. */
export function reaches(own = '', other = ''): boolean {
  const a = positionOf(own);
  const b = positionOf(other);
  return a.log !== '' && a.log === b.log && a.position >= b.position;
}
