/** Brings about what a run needs, and records what it ran on. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';

const bench = fileURLToPath(new URL('..', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Installs what the bench compares with, unless it is there as the lock says. */
export function install() {
  const installed = `${bench}node_modules/.package-lock.json`;
  if (existsSync(installed) && sameVersions(`${bench}package-lock.json`, installed)) return;
  console.error('installing the contenders …');
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], bench);
}

/** Builds our packages. */
export function build() {
  run('npm', ['run', '--silent', 'build'], root);
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

function sameVersions(wanted, installed) {
  const versions = (/** @type {string} */ file) => {
    const { packages } = JSON.parse(readFileSync(file, 'utf8'));
    return Object.entries(packages).filter(([path, { optional }]) => path !== '' && !optional);
  };
  const have = Object.fromEntries(versions(installed));
  return versions(wanted).every(([path, { version }]) => have[path]?.version === version);
}

/** Machine, runtime, and the versions of everything compared. */
export function describeMachine() {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(`${bench}package.json`, 'utf8'));
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    commit: firstLine('git', ['rev-parse', '--short', 'HEAD']),
    versions: {
      ...dependencies,
      ...optionalDependencies,
      'nats-server': firstLine('nats-server', ['--version']).replace(/^.*v/, ''),
    },
  };
}

function firstLine(command, args) {
  try {
    return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'absent';
  }
}
