import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder of this package, wherever its code is: the one with the templates. */
export const ownFolder: string = fileURLToPath(find(new URL('.', import.meta.url)));

function find(folder: URL): URL {
  const above = new URL('..', folder);
  return existsSync(new URL('templates', folder)) || above.href === folder.href ? folder : find(above);
}
