/** Rich JSON for any value; loaded with the first value that needs it. */
import { type ErrorCodec, readJson, writeJson } from '@omnitron-dev/netron/http/client';

/** Encodes and decodes any value. */
export interface FullJson {
  read(text: string): unknown;
  write(args: readonly unknown[]): string;
}

/** @param errors for errors among the values */
export function fullJson(errors: ErrorCodec): FullJson {
  return {
    read: (text) => readJson(text, { rich: true, errors }),
    write: (args) => writeJson(args, { rich: true, errors }, 'argument'),
  };
}
