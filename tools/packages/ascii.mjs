/**
 * `code` with escapes in place of characters beyond ASCII, which stand in its strings, templates and patterns.
 *
 * @throws Error where an escape would be another text: behind a backslash, and in a file with raw templates
 */
export function escaped(/** @type {string} */ code) {
  const place = /\\[^\0-\x7f].{0,20}/.exec(code)?.[0];
  if (place !== undefined) throw new Error(`non-ASCII character after a backslash: ${place}`);
  if (/[^\0-\x7f]/.test(code) && /String\.raw\b/.test(code)) throw new Error('String.raw in a file with non-ASCII characters');
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Writes scripts in ASCII: one other character makes V8 hold the whole file with two bytes a character. Comes last, since
 * the bundler writes such characters itself; in the map, what follows one on its line is off by the length of the escape.
 */
export const ascii = {
  name: 'ascii',
  /**
   * @param {unknown} _options
   * @param {import('rolldown').OutputBundle} bundle
   */
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = escaped(file.code);
  },
};
