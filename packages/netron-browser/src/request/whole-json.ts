/** Rich JSON of any value; loaded with the first that needs it. */
import { type ErrorCodec, readJson, writeJson } from '@omnitron-dev/netron/http/client';

/** Reads and writes any value. */
export interface WholeJson {
  read(text: string): unknown;
  write(args: readonly unknown[]): string;
}

/** @param errors for those among the values */
export function wholeJson(errors: ErrorCodec): WholeJson {
  return {
    read: (text) => readJson(text, { rich: true, errors }),
    write: (args) => writeJson(args, { rich: true, errors }, 'argument'),
  };
}
