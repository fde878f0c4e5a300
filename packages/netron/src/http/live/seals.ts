/** Seals of tags. A seal proves that this server has issued the tag to the client. */

/** Most sealed tags that are cached. */
const maxRemembered = 10_000;

/** Longest tag that is sealed, in characters. Clients cannot subscribe to longer ones. */
const longest = 512;

/** Characters of the key's name and of a seal. */
const nameLength = 6;
const sealLength = 16;

/** Result of opening a sealed tag: the tag, or why it is not valid. */
export type Opened = { readonly tag: string } | 'forged' | 'foreign';

export class Seals {
  readonly #key: Promise<{ readonly name: string; readonly key: CryptoKey }>;
  /** Whether other servers have the same key. */
  readonly #shared: boolean;
  /** Oldest first. */
  readonly #sealed = new Map<string, string>();

  /** @param secret shared by all nodes of a cluster. Default: random, for this node alone */
  constructor(secret: string | undefined) {
    this.#shared = secret !== undefined;
    const bytes = secret === undefined ? crypto.getRandomValues(new Uint8Array(32)) : new TextEncoder().encode(secret);
    this.#key = keyOf(bytes);
    // Every use of the key receives a failure.
    this.#key.catch(() => {});
  }

  /**
   * Returns `<tag>~<key>.<seal>` for each tag; a tag of more than 512 characters stays as it is. Synchronous when all of them were sealed
   * before.
   */
  seal(tags: readonly string[]): string[] | Promise<string[]> {
    const known = tags.map((tag) => (tag.length > longest ? tag : this.#sealed.get(tag)));
    if (known.every((sealed) => sealed !== undefined)) return known;
    return Promise.all(tags.map((tag, at) => known[at] ?? this.#giveOut(tag)));
  }

  /**
   * Opens a sealed tag: `forged` when the seal does not match the key, `foreign` when it was made with another key, for instance by another
   * node or before a restart.
   */
  async open(sealed: string): Promise<Opened> {
    const at = sealed.lastIndexOf('~');
    const tag = sealed.slice(0, at);
    if (at <= 0 || at > longest) return 'forged';
    const { name } = await this.#key;
    // When all nodes share one key, a seal by another key is forged.
    if (!sealed.startsWith(`${name}.`, at + 1)) return this.#shared ? 'forged' : 'foreign';
    return equal(this.#sealed.get(tag) ?? (await this.#sealOf(tag)), sealed) ? { tag } : 'forged';
  }

  /** Seals an issued tag and caches it. Checking a tag that was not issued leaves nothing in the cache. */
  async #giveOut(tag: string): Promise<string> {
    const sealed = await this.#sealOf(tag);
    if (this.#sealed.size >= maxRemembered) this.#sealed.delete(this.#sealed.keys().next().value as string);
    this.#sealed.set(tag, sealed);
    return sealed;
  }

  async #sealOf(tag: string): Promise<string> {
    const { name, key } = await this.#key;
    const seal = base64url(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(tag))).slice(0, sealLength);
    return `${tag}~${name}.${seal}`;
  }
}

async function keyOf(secret: Uint8Array): Promise<{ name: string; key: CryptoKey }> {
  const given = await crypto.subtle.importKey('raw', secret as BufferSource, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const derive = (purpose: string) => crypto.subtle.sign('HMAC', given, new TextEncoder().encode(`netron tags: ${purpose}`));
  const own = await derive('key');
  const key = await crypto.subtle.importKey('raw', own, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return { name: base64url(await derive('name')).slice(0, nameLength), key };
}

function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Compares two strings in time that does not depend on where they differ. */
function equal(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index++) difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  return difference === 0;
}
