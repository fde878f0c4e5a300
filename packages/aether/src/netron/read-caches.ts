/** Reads caches from a server-rendered page, with values of all types. Loaded when a page has values that are not common JSON. */
import { readJson } from '@omnitron-dev/netron-browser';
import type { HandedCaches } from './write-cache.js';

/** Reads what `writeCaches` has written. */
export const readCaches = (handed: string): HandedCaches => readJson(handed, { rich: true }) as HandedCaches;
