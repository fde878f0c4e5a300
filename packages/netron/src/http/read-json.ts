/** Reads values from untrusted JSON within limits that are checked before anything is built. */
import { fromBase64 } from '#platform';
import type { ErrorCodec, WireError } from '../errors/wire-error.js';
import { box } from '../wire/boxed.js';
import { costs, hashCost } from '../wire/costs.js';
import { defaultLimits } from '../wire/limits.js';
import { malformed } from '../wire/malformed.js';
import { parseRegExp } from '../wire/regexp.js';
import { parseTemporal } from '../wire/temporal.js';
import { makeArray } from '../wire/typed-array.js';
import { parseUrl } from '../wire/url.js';
import { makeWebList } from '../wire/web-lists.js';
import { ElementBudget } from './element-budget.js';
import { isRecord, misfit, ownValue, placeOf, readDate } from './json-tag.js';
import { jsonTags } from './json-tags.js';
import type { JsonOptions } from './json-values.js';
import { parseJson, richValue } from './parse-json.js';

/**
 * Reads one value in the form that `writeJson` writes.
 *
 * @throws NetronError `invalid_argument` when the text is not JSON, exceeds a limit, or has a tag that does not fit its value; never any
 *   other error
 */
export function readJson(text: string, { rich, errors, limits = defaultLimits }: JsonOptions): unknown {
  const { parsed, elements } = parseJson(text, limits);
  if (!rich) return parsed;
  return richValue(parsed, (holder, tags) => {
    new TagReader(holder, errors, new ElementBudget(limits.elements, elements)).apply(tags);
  });
}

/** Applies a list of tags to the value beside it. */
export function applyTags(holder: Record<string, unknown>, tags: unknown, errors: ErrorCodec | undefined): void {
  new TagReader(holder, errors, new ElementBudget(defaultLimits.elements, 0)).apply(tags);
}

class TagReader {
  readonly #holder: Record<string, unknown>;
  readonly #errors: ErrorCodec | undefined;
  readonly #budget: ElementBudget;

  /** @param holder has the value as `v` */
  constructor(holder: Record<string, unknown>, errors: ErrorCodec | undefined, budget: ElementBudget) {
    this.#holder = holder;
    this.#errors = errors;
    this.#budget = budget;
  }

  apply(tags: unknown): void {
    if (!Array.isArray(tags)) throw malformed('tags that are not an array');
    for (const tag of tags) this.#one(tag);
  }

  #one(entry: unknown): void {
    const { tag, holder, key } = placeOf(this.#holder, entry);
    if (tag === jsonTags.hole) return makeHole(holder, key);
    holder[key] = this.#value(tag, ownValue(holder, key));
  }

  #value(tag: string, plain: unknown): unknown {
    const kind = Number(tag.slice(1));
    if (tag.length > 1 && (tag[0] === jsonTags.array || tag[0] === jsonTags.temporal) && Number.isInteger(kind)) {
      return tag[0] === jsonTags.array ? this.#array(kind, plain) : this.#temporal(kind, plain);
    }
    switch (tag) {
      case jsonTags.undefined:
        if (plain === null) return undefined;
        break;
      case jsonTags.timestamp:
        return readDate(plain);
      case jsonTags.map:
        return this.#map(plain);
      case jsonTags.set:
        return this.#set(plain);
      case jsonTags.bigint:
        return readInteger(plain);
      case jsonTags.number:
        if (typeof plain === 'string' && numbers.has(plain)) return Number(plain);
        break;
      case jsonTags.bytes:
        this.#budget.spend(costs.binary);
        return readBytes(plain);
      case jsonTags.url:
        this.#budget.spend(costs.url);
        if (typeof plain === 'string') return parseUrl(plain);
        break;
      case jsonTags.regexp:
        this.#budget.spendCostly(costs.regexp);
        return readRegExp(plain);
      case jsonTags.searchParams:
        return this.#parameters(plain);
      case jsonTags.headers:
        return this.#headers(plain);
      case jsonTags.boxed:
        this.#budget.spend(costs.boxed);
        return box(plain);
      case jsonTags.error:
        this.#budget.spendCostly(costs.error);
        if (this.#errors === undefined) throw malformed('an unexpected error');
        if (isRecord(plain)) return this.#errors.decode(plain as unknown as WireError);
        break;
    }
    throw misfit();
  }

  #array(kind: number, plain: unknown): unknown {
    this.#budget.spend(costs.array);
    return makeArray(kind, readBytes(plain));
  }

  #temporal(kind: number, plain: unknown): unknown {
    this.#budget.spend(costs.temporal);
    if (typeof plain !== 'string') throw misfit();
    return parseTemporal(kind, plain);
  }

  #parameters(plain: unknown): object {
    if (typeof plain !== 'string') throw misfit();
    this.#budget.spend(costs.list + plain.split('&').length * 2 * costs.listText);
    return makeWebList('searchParams', [...new URLSearchParams(plain)].flat());
  }

  #headers(pairs: unknown): object {
    if (!Array.isArray(pairs)) throw misfit();
    this.#budget.spend(costs.list + pairs.length * 2 * costs.listText);
    const texts = pairs.flat() as unknown[];
    if (texts.length !== pairs.length * 2 || !texts.every((text) => typeof text === 'string')) throw misfit();
    return makeWebList('headers', texts as string[]);
  }

  #map(plain: unknown): Map<unknown, unknown> {
    if (!Array.isArray(plain)) throw misfit();
    this.#budget.spend(costs.collection);
    const map = new Map<unknown, unknown>();
    for (const pair of plain) {
      if (!Array.isArray(pair) || pair.length !== 2) throw misfit();
      this.#budget.spendCostly(hashCost(pair[0]));
      map.set(pair[0], pair[1]);
    }
    if (map.size !== plain.length) throw malformed('a Map with a duplicate key');
    return map;
  }

  #set(plain: unknown): Set<unknown> {
    if (!Array.isArray(plain)) throw misfit();
    this.#budget.spend(costs.collection);
    for (let index = 0; index < plain.length; index++) {
      if (!(index in plain)) throw malformed('a Set with a hole');
      this.#budget.spendCostly(hashCost(plain[index]));
    }
    const set = new Set<unknown>(plain);
    if (set.size !== plain.length) throw malformed('a Set with a duplicate element');
    return set;
  }
}

const numbers: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity', '-0']);
/** Digits of 2^8191. */
const longestInteger = 2467;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function readRegExp(plain: unknown): RegExp {
  const end = typeof plain === 'string' && plain[0] === '/' ? plain.lastIndexOf('/') : 0;
  if (end === 0) throw misfit();
  return parseRegExp((plain as string).slice(1, end), (plain as string).slice(end + 1));
}

/** Turns a `null` in an array into a hole. */
function makeHole(holder: Record<string, unknown>, key: string): void {
  if (!Array.isArray(holder) || ownValue(holder, key) !== null) throw misfit();
  delete holder[key];
}

function readInteger(plain: unknown): bigint {
  if (typeof plain !== 'string' || plain.length > longestInteger || !/^(?:0|-?[1-9]\d*)$/.test(plain)) throw misfit();
  return BigInt(plain);
}

function readBytes(plain: unknown): Uint8Array {
  if (typeof plain !== 'string' || plain.length % 4 !== 0 || !base64.test(plain)) throw misfit();
  return fromBase64(plain);
}
