/** Data that a server embeds for the hydrated page, in an inert script. */
import type { Container } from '@omnitron-dev/nexus';

/** Id of the script, for an application whose ids begin with a prefix. */
export const dataId = (prefix = ''): string => `aether-data${prefix === '' ? '' : `-${prefix}`}`;

// A script: a user of the page may control the id of another element.
const find = (document: Document, prefix?: string): Element | null => document.querySelector(`script#${dataId(prefix)}`);

/** Returns the embedded data, by key; `unreadable` if a part of it is missing. */
export function readHanded(document: Document, prefix?: string): Readonly<Record<string, unknown>> | 'unreadable' {
  try {
    const handed: unknown = JSON.parse(find(document, prefix)?.textContent ?? '{}');
    return typeof handed === 'object' && handed !== null ? (handed as Record<string, unknown>) : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** Takes for a container what is embedded of its services. Throws, or rejects, when it cannot be read. */
type EarlyTaker = (handed: Readonly<Record<string, unknown>>, container: Container) => unknown;

/** Called before the view is hydrated, when other code may read what is embedded. Each layer adds its own. */
export const earlyTakers: EarlyTaker[] = [];

/** Removes the script. */
export function dropHanded(document: Document, prefix?: string): void {
  find(document, prefix)?.remove();
}
