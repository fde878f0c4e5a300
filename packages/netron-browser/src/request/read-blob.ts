/** Results that are files; loaded with the first. */
import type { Body } from './codec.js';

/** Reads a body as a Blob, or as a File where it has a name. */
export async function readBlob(response: Response): Promise<Body> {
  const blob = await response.blob();
  const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const value = name === undefined ? blob : new File([blob], decodeURIComponent(name), { type: blob.type });
  return { value, size: blob.size };
}
