/** Reads embedded data of routes with values that JSON lacks. Loaded by pages that have some. */
import { readCommonJson } from '@omnitron-dev/netron-browser';
import type { HandedData } from './handover.js';

/** Reads what `writeRoutes` has written as rich JSON. Dates need no further code; bigints, Maps and others do. */
export async function readRoutes(text: string): Promise<HandedData> {
  const common = readCommonJson(text, true);
  return (common === undefined ? (await import('./read-rare.js')).readRare(text) : common.value) as HandedData;
}
