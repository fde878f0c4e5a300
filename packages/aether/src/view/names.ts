/** Names that cannot end a tag: browsers allow others, which a parser would read differently. */
const names = {
  element: /^[a-z][\w.:\u00b7-\uffff-]*$/i,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are not part of names
  attribute: /^[^\s"'<>/=\0-\x1f\x7f]+$/,
};

/** @throws TypeError for a name that is none of its kind */
export function checkName(kind: keyof typeof names, name: string): void {
  if (!names[kind].test(name)) throw new TypeError(`invalid ${kind} name '${name}'`);
}
