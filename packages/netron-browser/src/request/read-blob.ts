/** Reads results that are files; loaded with the first one. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import type { Body } from './codec.js';

/**
 * Reads a body as a Blob, or as a File when it has a name.
 *
 * @throws NetronError `data_loss` when the name cannot be read
 */
export async function readBlob(response: Response): Promise<Body> {
  const name = nameIn(response.headers.get('content-disposition') ?? '');
  const blob = await response.blob();
  const value = name === undefined ? blob : new File([blob], name, { type: blob.type });
  return { value, size: blob.size };
}

function nameIn(disposition: string): string | undefined {
  const name = /filename\*=UTF-8''([^;]+)/.exec(disposition)?.[1];
  try {
    return name && decodeURIComponent(name);
  } catch (cause) {
    throw new NetronError('data_loss', `cannot read the name of a file: ${name}`, { cause });
  }
}
