import { afterEach, describe, expect, it, vi } from 'vitest';
import { richReader, richWriter } from './rich-values.js';
import { readValue } from './value-reader.js';
import { writeValue } from './value-writer.js';

/** Writes `text` as a URL without checking it. */
function encoded(text: string): Uint8Array {
  const writer = richWriter(0);
  writer.extension(5, () => writer.string(text));
  return writer.buffer.subarray(0, writer.position);
}

function read(bytes: Uint8Array): unknown {
  const reader = richReader();
  reader.load(bytes);
  return readValue(reader);
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('URL', () => {
  it.each([
    'https://user:p%40ss@example.com:8443/a%20b?q=@#frag',
    'http://[2001:db8::1]:8080/',
    'file:///etc/hosts',
    `data:text/plain,${'a'.repeat(300)}`,
    `https://example.com/${'a/'.repeat(150)}`,
    'foo://%C3%BC/',
    'urn:isbn:0451450523',
  ])('arrives unchanged: %s', (text) => {
    const writer = richWriter(0);
    const url = new URL(text);
    writeValue(writer, url);
    expect((read(writer.buffer.subarray(0, writer.position)) as URL).href).toBe(url.href);
  });

  it.each([
    ['wide characters', `http://${'ü'.repeat(300)}/`],
    ['a percent-encoded host', `http://${'%C3%BC'.repeat(300)}/`],
    ['one behind a user', `http://u@${'%C3%BC'.repeat(300)}/`],
    ['one behind more slashes', `http:///${'%C3%BC'.repeat(300)}/`],
    ['one behind a backslash', `http:\\\\${'%C3%BC'.repeat(300)}/`],
    ['one without slashes', `http:${'%C3%BC'.repeat(300)}/`],
    ['upper case', `HTTP://${'%C3%BC'.repeat(300)}/`],
    ['a line break', `ht\ntp://${'%C3%BC'.repeat(300)}/`],
    ['a space before', ` http://${'%C3%BC'.repeat(300)}/`],
  ])('A4: a long host is refused before it is parsed in quadratic time: %s', (_, text) => {
    const parsed = vi.fn();
    vi.stubGlobal('URL', parsed);
    expect(() => read(encoded(text))).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(parsed).not.toHaveBeenCalled();
  });
});
