/** Cuts a value out of the message of a schema library: some quote what they got. */
export function withoutValue(message: string, value: unknown): string {
  const cut = message.replace(/[,;]?\s*(?:but )?(?:received|got|was|actual)\b.*$/is, '');
  const texts = [value, ...(typeof value === 'object' && value !== null ? Object.values(value) : [])]
    .filter((each) => ['string', 'number', 'bigint', 'boolean'].includes(typeof each))
    .map(String)
    .filter((text) => text.length > 0)
    .sort((a, b) => b.length - a.length);
  const clean = texts.reduce((text, secret) => (text.length === 0 ? text : text.split(secret).join('…')), cut);
  return clean.trim() === '' ? 'is not valid' : clean;
}
