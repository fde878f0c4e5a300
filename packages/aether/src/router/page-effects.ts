import { optionsOf } from './load.js';
import type { Page } from './options.js';

/** Scroll positions by the keys of entries. */
const positions = new Map<string, readonly [x: number, y: number]>();

/** Remembers where the page that is left was scrolled to. */
export function beforePage(key: string): void {
  history.scrollRestoration = 'manual';
  positions.set(key, [scrollX, scrollY]);
}

/** A page that has just been shown. */
export interface PageChange {
  readonly page: Page;
  readonly from: Page | undefined;
  /** Whether the user went back or forward. */
  readonly moved: boolean;
  readonly key: string;
}

/** Sets the title; scrolls to where the page was, to its fragment or to the top; moves focus, and tells screen readers. */
export function afterPage({ page, from, moved, key }: PageChange): void {
  const title = titleOf(page);
  if (title !== undefined) document.title = title;
  if (from === undefined) return;
  if (moved) scrollTo(...((positions.get(key) ?? [0, 0]) as [number, number]));
  else if (page.url.hash !== '') document.getElementById(decodeURIComponent(page.url.hash.slice(1)))?.scrollIntoView();
  else if (page.url.pathname !== from.url.pathname) scrollTo(0, 0);
  if (page.url.pathname === from.url.pathname) return;
  focusHeading();
  announce(document.title);
}

/** Returns the title of the innermost route that has one. */
export function titleOf({ matches }: Page): string | undefined {
  for (const match of [...matches].reverse()) {
    const { title } = optionsOf(match.route);
    if (title !== undefined && !match.pending) return typeof title === 'string' ? title : title(match);
  }
  return undefined;
}

/** Moves focus to the heading, as a browser does to a page that it has loaded. */
function focusHeading(): void {
  const target = document.querySelector<HTMLElement>('main h1, h1') ?? document.querySelector<HTMLElement>('main');
  if (target === null) return;
  if (!target.hasAttribute('tabindex')) target.setAttribute('tabindex', '-1');
  target.focus({ preventScroll: true });
}

/** Lets screen readers say a text. */
function announce(text: string): void {
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
  region.textContent = text;
}
