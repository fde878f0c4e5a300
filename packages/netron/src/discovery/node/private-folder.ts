import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetronError } from '../../errors/netron-error.js';

/**
 * Returns the folder in which nodes of this user on this machine find each other.
 *
 * @param namespace letters, digits, `_`, `-`, `.`
 */
export function localFolder(namespace: string): { readonly base: string; readonly folder: string } {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const uid = process.getuid?.();
  const base =
    runtime !== undefined && runtime !== ''
      ? join(runtime, 'netron')
      : join(tmpdir(), uid === undefined ? 'netron' : `netron-${uid}`);
  return { base, folder: join(base, namespace) };
}

/**
 * Makes a folder that only this user can access, or checks that an existing one is such.
 *
 * @throws NetronError `failed_precondition` when it belongs to another user, is a link, or is accessible to others
 */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const uid = process.getuid?.();
  // Windows: the folder is in the user's own profile.
  if (uid === undefined) return;
  const facts = await lstat(path);
  const refuse = (reason: string): never => {
    throw new NetronError(
      'failed_precondition',
      `discovery: ${path} ${reason}: it must be a directory of this user with mode 0700`,
    );
  };
  if (facts.isSymbolicLink()) refuse('is a symbolic link');
  if (!facts.isDirectory()) refuse('is not a directory');
  if (facts.uid !== uid) refuse(`belongs to user ${facts.uid}`);
  if ((facts.mode & 0o077) !== 0) refuse(`has mode ${(facts.mode & 0o777).toString(8)}`);
}
