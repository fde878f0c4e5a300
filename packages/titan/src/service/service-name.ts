import { quoted } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';

/** Names that services have, as messages say it. */
export const nameExpected = 'the name of a service, such as users or users@1.0.0';

/**
 * Reads the name and the version of a service, which may stand in one text.
 *
 * @throws TitanError `invalid_use` when there are two versions
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
