/** Writes the data of routes into a server-rendered page. Loaded only on the server. */

import { writeJson } from '@omnitron-dev/netron-browser';
import { dev } from '#dev';
import type { Handed, HandedData, HandedSubmission } from './handover.js';
import type { Page, Submission } from './options.js';

/** Nesting levels of a value on its own. Rich JSON allows 64; fields of an error have three around them. */
const limits = { depth: 61, elements: Number.POSITIVE_INFINITY };

/** Whether to hand over a value of a route. */
type Keep = (value: unknown, route: string, name: string) => boolean;

/**
 * Returns the data of the routes of a page and the answer of their action, as the page reads them; `undefined` if there is none. Data
 * that cannot be written, such as an instance of a class with methods, is left out: the page loads its data itself.
 */
export function writeRoutes(page: Page, submission: Submission | undefined): Omit<Handed, 'href'> | undefined {
  const written = (keep: Keep) => encoded(dataOf(page, keep), sentTo(page, submission, keep));
  try {
    return written(() => true);
  } catch {
    return written(isWritable);
  }
}

function encoded(data: HandedData['data'], sent: HandedData['sent']): Omit<Handed, 'href'> | undefined {
  if (data === undefined && sent === undefined) return undefined;
  const rich = writeJson({ ...(data && { data }), ...(sent && { sent }) } satisfies HandedData, { rich: true });
  const { v: plain, t: tags } = JSON.parse(rich) as { readonly v: HandedData; readonly t?: unknown };
  return tags === undefined ? plain : { rich };
}

/** Data of the loaders, in the order of the routes. */
function dataOf({ matches }: Page, keep: Keep): readonly unknown[] | undefined {
  if (matches.some(({ error, pending }) => error !== undefined || pending)) return undefined;
  const loaded = matches.map(({ route, data }) => (route.options.loader === undefined ? null : data));
  return matches.every(({ route }, index) => keep(loaded[index], route.path, 'data')) ? loaded : undefined;
}

function sentTo({ matches }: Page, { route, answer, error }: Partial<Submission> = {}, keep: Keep): HandedSubmission | undefined {
  const at = matches.findIndex((match) => match.route === route);
  if (route === undefined || at < 0) return undefined;
  if (error === undefined) return answer !== undefined && keep(answer, route.path, 'answer') ? { at, answer } : undefined;
  const told = ['name', 'message', 'code', 'issues', 'details'].map((name) => [name, (error as never)[name] as unknown] as const);
  const kept = told.filter(([name, value]) => value !== undefined && keep(value, route.path, `error.${name}`));
  return { at, error: Object.fromEntries(kept) };
}

function isWritable(value: unknown, route: string, name: string): boolean {
  try {
    writeJson(value, { rich: true, limits }, name);
    return true;
  } catch (error) {
    if (dev) dev.notEmbedded(`route '${route}'`, (error as Error).message);
    return false;
  }
}
