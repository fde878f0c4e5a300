/** An entry of a history. */
export interface HistoryEntry {
  /** Path, query and fragment, within the base. */
  readonly href: string;
  /** Position among the entries of this page. */
  readonly index: number;
  /** Identifies the entry, for scroll positions. */
  readonly key: string;
  readonly state: unknown;
}

/** A history of addresses, one of which is current. */
export interface RouterHistory {
  readonly entry: HistoryEntry;
  push(href: string, state: unknown): void;
  replace(href: string, state: unknown): void;
  /** Goes back or forward, then or later. The router waits until `moved` is called, as after a step of the user. */
  go(delta: number): void;
  /** Calls `moved` after each step back or forward, of the user and by `go`. Returns a function that unsubscribes it. */
  listen(moved: () => void): () => void;
  /** Returns the address for the `href` of a link. */
  address(href: string): string;
}

let keys = 0;
const newKey = (): string => `${Date.now().toString(36)}.${keys++}`;

/** Options of `memory`. */
export interface MemoryOptions {
  /** Default `/`. */
  readonly initial?: string | undefined;
}

/** Creates a history in memory, for servers, tests, and parts of pages. */
export function memory({ initial = '/' }: MemoryOptions = {}): RouterHistory {
  const entries: HistoryEntry[] = [{ href: initial, index: 0, key: newKey(), state: undefined }];
  const listeners = new Set<() => void>();
  let index = 0;
  return {
    get entry() {
      return entries[index] as HistoryEntry;
    },
    push(href, state) {
      entries.splice(++index);
      entries.push({ href, index, key: newKey(), state });
    },
    replace(href, state) {
      entries[index] = { ...(entries[index] as HistoryEntry), href, state };
    },
    go(delta) {
      const next = Math.min(Math.max(index + delta, 0), entries.length - 1);
      if (next === index) return;
      index = next;
      for (const moved of [...listeners]) moved();
    },
    listen(moved) {
      listeners.add(moved);
      return () => listeners.delete(moved);
    },
    address: (href) => href,
  };
}

interface Kept {
  readonly index: number;
  readonly key: string;
  readonly state: unknown;
}

/** A history over the one of the page. */
function pageHistory(read: () => string, write: (href: string) => string): RouterHistory {
  const kept = (): Kept | undefined => (history.state as { aether?: Kept } | null)?.aether;
  const keep = (index: number, key: string, state: unknown) => ({
    ...(history.state as object | null),
    aether: { index, key, state },
  });
  let last = -1;
  const current = (): HistoryEntry => {
    // An entry created by a link within the page follows the previous one.
    if (kept() === undefined) history.replaceState(keep(last + 1, newKey(), undefined), '');
    const { index, key, state } = kept() as Kept;
    last = index;
    return { href: read(), index, key, state };
  };
  return {
    get entry() {
      return current();
    },
    push(href, state) {
      history.pushState(keep(current().index + 1, newKey(), state), '', write(href));
    },
    replace(href, state) {
      const { index, key } = current();
      history.replaceState(keep(index, key, state), '', write(href));
    },
    go: (delta) => history.go(delta),
    listen(moved) {
      addEventListener('popstate', moved);
      return () => removeEventListener('popstate', moved);
    },
    address: write,
  };
}

/** Creates a history with addresses as the server sees them, below `base`. */
export function pathHistory(base: string): RouterHistory {
  return pageHistory(
    () => within(base, location.pathname) + location.search + location.hash,
    (href) => `${base}${href}`,
  );
}

/** Creates a history with addresses in the fragment, for pages whose server has only one path. */
export function hashHistory(): RouterHistory {
  let last = '/';
  return pageHistory(
    () => {
      // Any other fragment is a position in the page.
      if (location.hash.startsWith('#/')) last = location.hash.slice(1);
      else if (location.hash === '') last = '/';
      return last;
    },
    (href) => `#${href}`,
  );
}

/** Creates a history whose entries are addresses as the server sees them, with those of the application below `base`. */
export function below(base: string, history: RouterHistory): RouterHistory {
  return {
    get entry() {
      const { href, ...rest } = history.entry;
      return { href: within(base, href), ...rest };
    },
    push: (href, state) => history.push(base + href, state),
    replace: (href, state) => history.replace(base + href, state),
    go: (delta) => history.go(delta),
    listen: (moved) => history.listen(moved),
    address: (href) => history.address(base + href),
  };
}

/** Returns an address without its base; the address itself if it is not below it. */
export function within(base: string, href: string): string {
  if (base === '' || !isWithin(base, href)) return href;
  const rest = href.slice(base.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

export const isWithin = (base: string, href: string): boolean =>
  href.startsWith(base) && /^(?:$|[/?#])/.test(href.slice(base.length));

/** Returns the address within the application for an address of the document; `undefined` if it is outside. */
export function withinDocument(history: RouterHistory, base: string, address: string): string | undefined {
  const { origin, pathname, search, hash } = new URL(address);
  const inDocument = (href: string) => new URL(history.address(href), document.baseURI).href;
  // The first page below a base may lack the slash that its links have.
  const written = pathname === base ? `${origin}${pathname}/${search}${hash}` : address;
  const candidates = [
    [hash.slice(1), address],
    [within(base, pathname) + search + hash, written],
  ] as const;
  return candidates.find(([href, said]) => href.startsWith('/') && inDocument(href) === said)?.[0];
}
