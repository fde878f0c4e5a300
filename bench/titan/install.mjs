/** Installs what is measured: other frameworks by the lock of this folder, our packages as they are published. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** @param {boolean} build whether to pack and install our packages again */
export function install(build) {
  const shell = /** @type {const} */ ({ stdio: 'inherit', shell: process.platform === 'win32' });
  if (!existsSync(join(here, 'node_modules'))) execFileSync('npm', ['ci', '--ignore-scripts'], { ...shell, cwd: here });
  else if (!build) return;
  const packed = mkdtempSync(join(tmpdir(), 'bench-titan-'));
  try {
    const packages = ['nexus', 'netron', 'netron-auth', 'titan', 'cli'];
    execFileSync(process.execPath, ['tools/pack.mjs', ...packages, '--to', packed], { ...shell, cwd: join(here, '..', '..') });
    const tarballs = readdirSync(packed).map((file) => join(packed, file));
    const options = ['--silent', '--prefer-offline', '--no-save', '--ignore-scripts'];
    execFileSync('npm', ['install', ...options, ...tarballs], { ...shell, cwd: here });
  } finally {
    rmSync(packed, { recursive: true });
  }
}
