import { costs } from './costs.js';
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { Unwritable } from './unwritable.js';
import { valueFeatures } from './value-features.js';
import type { Writer } from './writer.js';

// Parsing takes quadratic time in the length of a host that is not ASCII or is percent-encoded: 16 s for 900 KB on Node 20. A URL's `href`
// is ASCII in its normal form, and no real host has more than 253 characters.
const ascii = /^[\x20-\x7e]*$/;
const special = /^(?:https?|wss?|ftp|file):/;
// Only a file's host may be empty: for other schemes, further slashes are skipped and the host follows them.
const shortHost = /^(?:file:\/\/[^/?#\\@]{0,260}|[a-z]+:\/\/(?:[^/?#\\@]*@)?[^/?#\\@]{1,260})\//;
const scheme = /^[a-z][a-z0-9+.-]*:/;

/** Returns the URL whose `href` is `text`; `undefined` when there is none. Both ends accept the same texts. */
function parse(text: string): URL | undefined {
  if (!ascii.test(text) || !scheme.test(text) || (special.test(text) && !shortHost.test(text))) return undefined;
  try {
    const url = new URL(text);
    return url.href === text ? url : undefined;
  } catch {
    return undefined;
  }
}

const hrefOf = Object.getOwnPropertyDescriptor(URL.prototype, 'href')!.get!;

/**
 * Returns the `href` of a URL.
 *
 * @throws Unwritable when no receiver would accept it
 */
export function textOfUrl(url: URL): string {
  const href = hrefOf.call(url) as string;
  if (parse(href) === undefined) {
    const host = special.test(href) && !shortHost.test(href);
    throw new Unwritable(
      'invalid_argument',
      host ? 'is a URL with a host of more than 260 characters' : 'is a URL that is not in normal form',
    );
  }
  return href;
}

/** Writes a URL as its `href`. */
export function writeUrl(writer: Writer, url: URL): void {
  const href = textOfUrl(url);
  // Only opaque paths, such as that of a data URL, may contain spaces.
  if (href.includes(' ')) writer.need(valueFeatures.values, 'is a URL with a space');
  writer.spend(costs.url);
  const start = writer.beginExtension(extensionTypes.url);
  writer.string(href);
  writer.endExtension(start);
}

/** Reads the extension's body: an absolute URL in its normal form, as in `href`. */
export function readUrl(reader: Reader): URL {
  reader.spend(costs.url);
  return parseUrl(reader.string());
}

/**
 * Parses an absolute URL in its normal form, in linear time.
 *
 * @throws NetronError `invalid_argument` when `text` is not one
 */
export function parseUrl(text: string): URL {
  const url = parse(text);
  if (url === undefined) throw malformed('an invalid URL');
  return url;
}
