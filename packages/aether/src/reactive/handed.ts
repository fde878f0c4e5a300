/** Data that a server hands to the page that takes over, in a script that does not run. */

/** Id of the script. */
export const dataId = 'aether-data';

// A script: an element may have its id from somebody who uses the page.
const find = (document: Document): Element | null => document.querySelector(`script#${dataId}`);

/** Returns what is handed over, by its keys; `unreadable` when a part of it is missing. */
export function readHanded(document: Document): Readonly<Record<string, unknown>> | 'unreadable' {
  try {
    const handed: unknown = JSON.parse(find(document)?.textContent ?? '{}');
    return typeof handed === 'object' && handed !== null ? (handed as Record<string, unknown>) : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** Takes the script out. */
export function dropHanded(document: Document): void {
  find(document)?.remove();
}
