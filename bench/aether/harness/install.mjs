/** Installs the contenders from the lock, and our packages beside them as they are published. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const shell = { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' };

export function install(build) {
  if (!existsSync(join(here, 'node_modules/solid-js')))
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { ...shell, cwd: here });
  if (!build) return;
  const packed = mkdtempSync(join(tmpdir(), 'bench-aether-'));
  try {
    execFileSync(process.execPath, ['tools/pack.mjs', 'nexus', 'netron', 'netron-browser', 'aether', '--to', packed], {
      ...shell,
      cwd: root,
    });
    const tarballs = readdirSync(packed).map((file) => join(packed, file));
    execFileSync('npm', ['install', '--silent', '--prefer-offline', '--no-save', '--ignore-scripts', ...tarballs], {
      ...shell,
      cwd: here,
    });
  } finally {
    rmSync(packed, { recursive: true });
  }
}
