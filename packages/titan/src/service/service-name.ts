import { quoted } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';

/** Description of a service name, for messages. */
export const nameExpected = 'a service name, such as users or users@1.0.0';

/**
 * Reads the name and the version of a service, which may be combined in one string.
 *
 * @throws TitanError `invalid_use` if there are two versions
 */
export function nameAndVersion({ name, version }: { readonly name: string; readonly version?: string | undefined }): {
  readonly name: string;
  readonly version: string;
} {
  const at = name.indexOf('@');
  if (at === -1) return { name, version: version ?? '1.0.0' };
  const said = name.slice(at + 1);
  if (version !== undefined && version !== said)
    throw new TitanError('invalid_use', `service ${quoted(name)} has two versions, ${said} and ${version}`);
  return { name: name.slice(0, at), version: said };
}
