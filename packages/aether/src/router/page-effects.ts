import { report } from '../reactive/error.js';
import { handedRoutes } from './handover.js';
import { focusHeading, leaveHeading } from './heading.js';
import { optionsOf } from './load.js';
import type { Page, RouterOptions } from './options.js';
import { decode } from './path.js';
import { ScrollPositions } from './scroll-positions.js';

const positions = new ScrollPositions();
const storage = () => sessionStorage;

/** Notes where the page that is left is scrolled to. One that is not complete has no place to come back to. */
export function leavePage(page: Page | undefined, key: string): void {
  if (page !== undefined && isLoaded(page)) positions.note(key, [scrollX, scrollY]);
}

/**
 * Keeps the positions when the document is left, for one that is loaded again or come back to.
 *
 * @param note calls `leavePage` for the page that is shown
 * @returns ends that
 */
export function keepPositions(note: () => void): () => void {
  history.scrollRestoration = 'manual';
  positions.restore(storage);
  const leave = () => {
    note();
    positions.keep(storage);
  };
  addEventListener('pagehide', leave);
  return () => {
    removeEventListener('pagehide', leave);
    leaveHeading();
  };
}

export const isLoaded = ({ matches }: Page): boolean => !matches.some(({ pending }) => pending);

/** A page that is to be shown. */
export interface PageChange {
  readonly page: Page;
  /** The page that is shown; `undefined` for the first. */
  readonly before: Page | undefined;
  /** The last one that was complete. */
  readonly from: Page | undefined;
  /** Key of the entry that is left; `undefined` when `leavePage` has been told of it. */
  readonly left: string | undefined;
  /** Whether it is an entry that was there: the user went back or forward, or has loaded the document. */
  readonly moved: boolean;
  /** Aborts when the page is no longer wanted. */
  readonly signal: AbortSignal;
  /** Key of the entry that is shown then. */
  key(): string;
  readonly options: RouterOptions;
}

/** Makes a change of the page, with its effects on the document. Returns a promise when the browser takes a moment for it. */
export function changePage(shown: PageChange, change: () => void): Promise<void> | undefined {
  const { page, before, from, left, signal, options } = shown;
  if (left !== undefined) leavePage(before, left);
  const all = () => {
    if (signal.aborted) return;
    const titled = document.title;
    const observer = new MutationObserver(() => {});
    observer.observe(document.head, { childList: true, characterData: true, subtree: true });
    change();
    const changes = observer.takeRecords();
    observer.disconnect();
    const changed = changes.some(({ target, addedNodes }) => isTitle(target) || [...addedNodes].some(isTitle));
    if (isLoaded(page)) afterPage(shown, titled, changed || document.title !== titled);
  };
  if (!options.viewTransitions || from === undefined || !isLoaded(page) || !('startViewTransition' in document))
    return void all();
  const { ready, finished, updateCallbackDone } = document.startViewTransition(all);
  // They reject if a later change comes before the end of the animation, or if the page is hidden.
  for (const end of [ready, finished]) end.catch(() => {});
  return updateCallbackDone;
}

const isTitle = ({ nodeName, parentNode }: Node): boolean => [nodeName, parentNode?.nodeName].includes('TITLE');

/** Title of the current page, set by the router, its components or a server; `undefined` if it has none. */
let written: string | undefined;
/** Original title, which pages without a title use; `undefined` if it is unknown. */
let own: string | undefined;

/**
 * Sets the title; restores the scroll position, or scrolls to the fragment or to the top; moves focus, and notifies screen
 * readers. A page without a title does not keep the previous title if that was set for the previous page: it gets that of
 * the document, or else its heading, also when that changes. Titles set by other code stay; then the heading is announced.
 *
 * @param titled title of the document before the change
 * @param changed whether the title was set during the change
 */
function afterPage({ page, from, moved, key, options }: PageChange, titled: string, changed: boolean): void {
  let title: string | undefined;
  try {
    title = titleOf(page, options);
  } catch (error) {
    // The page is shown anyway.
    report(error);
  }
  if (from === undefined) {
    own = undefined;
    // A server has written the title of the page, or that of the document.
    const served = (title !== undefined || page.matches.length === 0) && handedRoutes(page.url) !== undefined;
    written = served ? titled : undefined;
  }
  // A title set by its components.
  if (changed) title ??= document.title;
  const before = written;
  if (title !== undefined) {
    if (titled !== '' && titled !== title && titled !== written) own = titled;
    written = setTitle(title);
  }
  // Keeps the position of a user who has scrolled before hydration.
  if (from === undefined && (scrollX !== 0 || scrollY !== 0)) return;
  const position = moved ? positions.of(key()) : undefined;
  if (position !== undefined) scrollTo(...(position as [number, number]));
  else if (page.url.hash !== '') document.getElementById(decode(page.url.hash.slice(1)))?.scrollIntoView();
  else if (from !== undefined && page.url.pathname !== from.url.pathname) scrollTo(0, 0);
  if (from === undefined || page.url.pathname === from.url.pathname) return;
  // Title from the heading.
  let made: string | undefined;
  const heading = focusHeading((text) => {
    if (document.title === made) written = made = setTitle(text);
  });
  if (title === undefined && titled === before) {
    written = undefined;
    if (own !== undefined) setTitle(own);
    else written = made = setTitle(heading ?? '');
  }
  announcer().textContent = (title ?? heading ?? document.title) || null;
}

/** Returns the title in the form of the document: trimmed. */
function setTitle(title: string): string {
  document.title = title;
  return document.title;
}

/** Returns the title of the innermost route that has one. A function is not asked for that of a route that has failed: it has no data. */
export function titleOf({ matches }: Page, { notFoundTitle }: RouterOptions): string | undefined {
  if (matches.length === 0) return notFoundTitle;
  for (const match of [...matches].reverse()) {
    const { title } = optionsOf(match.route);
    if (title === undefined || match.pending) continue;
    if (typeof title === 'string') return title;
    if (match.error === undefined) return title(match);
  }
  return undefined;
}

/** Returns the region whose texts screen readers say. It is made ahead of them: they follow changes within, not its arrival. */
export function announcer(): HTMLElement {
  const id = 'aether-announcer';
  let region = document.getElementById(id);
  if (region === null) {
    region = document.createElement('div');
    region.id = id;
    region.setAttribute('role', 'status');
    region.setAttribute('aria-live', 'polite');
    region.style.cssText = 'position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap';
    document.body.append(region);
  }
  return region;
}
