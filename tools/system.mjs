// Installs the programs that tests start, on Debian and its relatives, when they are missing.
import { accessSync, chmodSync, constants, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './lib/run.mjs';

/** @type {{ program: string, package: string, what: string, variable?: string }[]} */
const needed = [
  { program: 'chromium', package: 'chromium', what: 'Chromium (or its path in CHROMIUM)', variable: 'CHROMIUM' },
  { program: 'nginx', package: 'nginx-light', what: 'nginx' },
  { program: 'nats-server', package: 'nats-server', what: 'NATS server' },
  { program: 'redis-server', package: 'redis-server', what: 'Redis' },
  { program: 'dnsmasq', package: 'dnsmasq-base', what: 'dnsmasq' },
  { program: 'openssl', package: 'openssl', what: 'OpenSSL' },
];

/** Servers live in folders that are not on every user's path. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @param {string} path */
function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const isMissing = (/** @type {typeof needed[number]} */ { program, variable }) =>
  !(variable !== undefined && process.env[variable] && executable(process.env[variable])) &&
  !folders.some((folder) => executable(join(folder, program)));

const missing = needed.filter(isMissing);
if (missing.length === 0) {
  console.log(`present: ${needed.map(({ program }) => program).join(', ')}`);
  process.exit(0);
}

const names = missing.map(({ package: name }) => name).join(' ');
if (!executable('/usr/bin/apt-get')) {
  console.error(`The tests need programs that are not installed:\n${missing.map(({ what }) => `  - ${what}`).join('\n')}`);
  console.error('Install them with the package manager of this system and run the command again.');
  process.exit(1);
}
if (process.getuid?.() !== 0) {
  console.error(`Missing: ${missing.map(({ program }) => program).join(', ')}. Installing needs root:`);
  console.error(`  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names}`);
  process.exit(1);
}

// Debian starts a server when it installs one, on its default port. This file forbids it while it is there.
const policy = '/usr/sbin/policy-rc.d';
const kept = `${policy}.before-netron`;
const env = { DEBIAN_FRONTEND: 'noninteractive' };
const forbid = () => {
  if (existsSync(policy)) renameSync(policy, kept);
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
};
const restore = () => {
  rmSync(policy, { force: true });
  if (existsSync(kept)) renameSync(kept, policy);
};

console.log(`installing ${names}`);
let failed = false;
process.once('exit', restore);
forbid();
for (const args of [
  ['update', '-q'],
  ['install', '-y', '-q', '--no-install-recommends', ...missing.map(({ package: name }) => name)],
]) {
  const { code, output } = await run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], { env });
  if (code === 0) continue;
  console.error(output);
  // An old list may still do; only the installation itself decides.
  failed = args[0] === 'install';
}
const still = missing.filter(isMissing);
if (failed || still.length > 0) {
  console.error(`cannot install: ${still.map(({ program }) => program).join(', ') || names}`);
  process.exit(1);
}
console.log('installed');
