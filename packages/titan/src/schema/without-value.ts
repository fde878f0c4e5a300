/** Largest length of a message, and number of values to search in it: beyond these limits nothing of it is shown. */
const [longest, most] = [1_000, 1_000];

const nothing = 'is not valid';

/** Removes a value from the message of a schema library, since some libraries quote the value. */
export function withoutValue(message: string, value: unknown): string {
  if (message.length > longest) return nothing;
  // A string is one value, however long it is.
  const inner: unknown[] = typeof value === 'object' && value !== null ? Object.values(value) : [];
  if (inner.length > most) return nothing;
  const cut = message.replace(/[,;]?\s*(?:but )?(?:received|got|was|actual)\b.*$/is, '');
  const texts = [value, ...inner]
    .filter((each) => ['string', 'number', 'bigint', 'boolean'].includes(typeof each))
    .map(String)
    .filter((text) => text.length > 0 && text.length <= cut.length)
    .sort((a, b) => b.length - a.length);
  // A short one is removed only if it is quoted: it may be a part of any word.
  const clean = texts.reduce(
    (text, given) =>
      (given.length < 4 ? [`"${given}"`, `'${given}'`] : [given]).reduce((at, each) => at.split(each).join('…'), text),
    cut,
  );
  return clean.trim() === '' ? nothing : clean;
}
