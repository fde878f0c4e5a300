/** Patterns of paths: `/users/[id]`, `[[optional]]`, `[...rest]`, `[[...rest]]`. */

type Parameter<S extends string> = S extends `[[...${infer Name}]]`
  ? { readonly [K in Name]?: readonly string[] }
  : S extends `[...${infer Name}]`
    ? { readonly [K in Name]: readonly string[] }
    : S extends `[[${infer Name}]]`
      ? { readonly [K in Name]?: string }
      : S extends `[${infer Name}]`
        ? { readonly [K in Name]: string }
        : unknown;

type Parameters<P extends string> = P extends `${infer Head}/${infer Tail}` ? Parameter<Head> & Parameters<Tail> : Parameter<P>;

/** Parameters of a path, inferred from its pattern. */
export type PathParams<P extends string> = string extends P ? Params : { [K in keyof Parameters<P>]: Parameters<P>[K] };

/** Parameters of any path. */
export type Params = Readonly<Record<string, string | readonly string[] | undefined>>;

type Kind = 'static' | 'dynamic' | 'optional' | 'rest' | 'optional-rest';

interface Segment {
  readonly kind: Kind;
  /** Text of a static segment, name of a dynamic one. */
  readonly name: string;
}

const dynamic = /^\[(\[)?(\.\.\.)?([\w-]+)\](\])?$/;

/**
 * Parses a pattern.
 *
 * @throws TypeError for unbalanced brackets, and for a rest that is not the last segment
 */
export function parsePath(path: string): readonly Segment[] {
  const segments = split(path).map((text): Segment => {
    const [, open, dots, name, close] = dynamic.exec(text) ?? [];
    if (name === undefined || (open === undefined) !== (close === undefined)) {
      if (/[[\]]/.test(text))
        throw new TypeError(`path '${path}': a segment must be text, [name], [[name]], [...name] or [[...name]], not '${text}'`);
      return { kind: 'static', name: decode(text) };
    }
    if (dots) return { kind: open ? 'optional-rest' : 'rest', name };
    return { kind: open ? 'optional' : 'dynamic', name };
  });
  const early = segments.slice(0, -1).find(({ kind }) => kind === 'rest' || kind === 'optional-rest');
  if (early !== undefined) throw new TypeError(`path '${path}': [...${early.name}] must be the last segment`);
  return segments;
}

const split = (path: string): string[] => path.split('/').filter((text) => text !== '');

/** Decodes a part of a path. Malformed encoding stays as it is. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Rank of the end of a path: before an optional segment. */
const ranks: Record<Kind | 'end', number> = { static: 0, dynamic: 1, end: 2, optional: 3, rest: 4, 'optional-rest': 5 };

/** Compares two patterns, segment by segment: static before dynamic before optional before rest. For `sort`. */
export function comparePaths(a: readonly Segment[], b: readonly Segment[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = ranks[a[index]?.kind ?? 'end'] - ranks[b[index]?.kind ?? 'end'];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Matches a path against a pattern. Returns its parameters, decoded, or `undefined`. */
export function matchPath(pattern: readonly Segment[], pathname: string): Params | undefined {
  const params: Record<string, string | readonly string[]> = Object.create(null) as Record<string, string | readonly string[]>;
  return matchFrom(pattern, 0, split(pathname).map(decode), 0, params) ? params : undefined;
}

function matchFrom(
  pattern: readonly Segment[],
  index: number,
  texts: readonly string[],
  place: number,
  params: Record<string, string | readonly string[]>,
): boolean {
  const segment = pattern[index];
  if (segment === undefined) return place === texts.length;
  const { kind, name } = segment;
  const text = texts[place];
  if (kind === 'rest' || kind === 'optional-rest') {
    if (text === undefined) return kind === 'optional-rest';
    params[name] = texts.slice(place);
    return true;
  }
  if (text !== undefined && (kind !== 'static' || text === name)) {
    if (kind !== 'static') params[name] = text;
    if (matchFrom(pattern, index + 1, texts, place + 1, params)) return true;
    if (kind !== 'static') delete params[name];
  }
  return kind === 'optional' && matchFrom(pattern, index + 1, texts, place, params);
}

/**
 * Writes a path with parameters in it.
 *
 * @throws TypeError for a parameter that is missing, empty, `.` or `..`
 */
export function buildPath(path: string, params: Params): string {
  const texts = parsePath(path).flatMap(({ kind, name }) => {
    if (kind === 'static') return [encodeURIComponent(name)];
    const value = params[name];
    const values = typeof value === 'string' || typeof value === 'number' ? [String(value)] : (value ?? []);
    if (values.length === 0 && (kind === 'dynamic' || kind === 'rest'))
      throw new TypeError(`path '${path}': parameter '${name}' must be given`);
    const wrong = values.find((each) => /^\.{0,2}$/.test(each));
    // Of dots, browsers would make another path.
    if (wrong !== undefined)
      throw new TypeError(`path '${path}': parameter '${name}' must be a text other than '', '.' and '..', not '${wrong}'`);
    return values.map(encodeURIComponent);
  });
  return `/${texts.join('/')}`;
}
