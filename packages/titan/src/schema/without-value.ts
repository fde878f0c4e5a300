/** Cuts a value out of the message of a schema library: some quote what they got. */
export function withoutValue(message: string, value: unknown): string {
  const cut = message.replace(/[,;]?\s*(?:but )?(?:received|got|was|actual)\b.*$/is, '');
  const texts = [value, ...(typeof value === 'object' && value !== null ? Object.values(value) : [])]
    .filter((each) => ['string', 'number', 'bigint', 'boolean'].includes(typeof each))
    .map(String)
    .filter((text) => text.length > 0)
    .sort((a, b) => b.length - a.length);
  // A short one is cut only where it is quoted: it may be a part of any word.
  const clean = texts.reduce(
    (text, given) =>
      (given.length < 4 ? [`"${given}"`, `'${given}'`] : [given]).reduce((at, each) => at.split(each).join('…'), text),
    cut,
  );
  return clean.trim() === '' ? 'is not valid' : clean;
}
