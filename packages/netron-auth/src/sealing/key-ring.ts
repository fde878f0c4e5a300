/** Encryption of data that is stored elsewhere: caches, sessions, queues. */

/** A key of the ring. */
export interface RingKey {
  /** Name of the key in sealed texts: letters, digits, `-` and `_`, at most 32. */
  readonly id: string;
  /** 16, 24 or 32 bytes, or their base64 text. */
  readonly key: Uint8Array | string;
}

const version = 's1';

/**
 * Seals texts with AES-GCM: without a key, nobody can read them, change them, or move them to another place unnoticed. The first key seals,
 * and all of them open: put a new key in front, and keep the old one while there are texts sealed with it.
 *
 * ```ts
 * const ring = new KeyRing([{ id: '2026-11', key: process.env.SEAL_KEY! }, { id: '2026-05', key: process.env.OLD_SEAL_KEY! }]);
 * const sealed = await ring.seal('a text', 'session 17');
 * await ring.open(sealed, 'session 17'); // 'a text'
 * ```
 *
 * @source NIST SP 800-38D: a random nonce of 96 bits, so that one key seals at most 2³² texts
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, Promise<CryptoKey>>;
  readonly #first: string;

  /** @throws TypeError or RangeError for a ring without keys, for ids that are invalid or not unique, and for keys of another length */
  constructor(keys: readonly RingKey[]) {
    const [first] = keys;
    if (first === undefined) throw new TypeError('KeyRing: expected at least one key');
    const ring = new Map<string, Promise<CryptoKey>>();
    for (const { id, key } of keys) {
      if (!/^[\w-]{1,32}$/.test(id)) throw new TypeError(`key id must be 1 to 32 letters, digits, '-' and '_', not '${id}'`);
      if (ring.has(id)) throw new TypeError(`duplicate key id '${id}'`);
      const bytes = typeof key === 'string' ? fromBase64(key) : Uint8Array.from(key);
      if (![16, 24, 32].includes(bytes.length))
        throw new RangeError(`key '${id}' must have 16, 24 or 32 bytes, not ${bytes.length}`);
      ring.set(id, crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']));
    }
    this.#keys = ring;
    this.#first = first.id;
  }

  /**
   * Seals a text.
   *
   * @param place name of the place where the text is stored; it can be opened only with the same name
   */
  async seal(text: string, place: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const key = await this.#keys.get(this.#first)!;
    const sealed = await crypto.subtle.encrypt(parameters(iv, place), key, new TextEncoder().encode(text));
    return [version, this.#first, toBase64(iv), toBase64(new Uint8Array(sealed))].join('.');
  }

  /** Opens a sealed text; `undefined` when it was changed, belongs to another place, or its key is not in the ring. */
  async open(sealed: string, place: string): Promise<string | undefined> {
    const [format, id = '', iv = '', data = '', ...rest] = sealed.split('.');
    const key = this.#keys.get(id);
    if (format !== version || key === undefined || rest.length > 0) return undefined;
    try {
      const opened = await crypto.subtle.decrypt(parameters(fromBase64(iv), place), await key, fromBase64(data));
      return new TextDecoder().decode(opened);
    } catch {
      return undefined;
    }
  }
}

const parameters = (iv: Uint8Array<ArrayBuffer>, place: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(place),
});

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4_096) text += String.fromCharCode(...bytes.subarray(at, at + 4_096));
  return btoa(text);
}

/** @throws TypeError when the text is not base64 */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  } catch {
    throw new TypeError('expected a base64 string');
  }
}
