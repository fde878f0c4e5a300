/**
 * Reads the body of a response as text.
 *
 * @param max most bytes
 * @throws Error when it is longer; the rest is not read
 */
export async function boundedText(response: Response, max: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  const body = response.body?.getReader();
  for (;;) {
    const { done, value } = (await body?.read()) ?? { done: true };
    if (done || value === undefined) return text + decoder.decode();
    size += value.length;
    if (size > max) {
      await body?.cancel();
      throw new Error(`the response exceeds the limit of ${max} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
