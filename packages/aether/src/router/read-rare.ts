import { readJson } from '@omnitron-dev/netron-browser';

/** Reads values of all types. Loaded by the first page that needs it. */
export const readRare = (text: string): unknown => readJson(text, { rich: true });
