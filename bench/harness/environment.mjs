/** Brings about what a run needs, and records what it ran on. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
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

/** Where Debian puts servers is not on every user's path. */
export const withSystemPath = { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin` };

/** Installs nats-server where the system has packages; says so where it cannot. */
export function installBroker() {
  if (brokerVersion() !== 'absent') return;
  const { status } = spawnSync(process.execPath, ['tools/system.mjs'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) console.error('nats-server is missing: its rows will say so');
}

const brokerVersion = () => firstLine('nats-server', ['--version']).replace(/^.*v/, '');

/**
 * Packs Netron of another commit and puts it beside the others under the name `netron-before`.
 *
 * @param {string} commit
 */
export function buildBeside(commit) {
  const sources = mkdtempSync(join(tmpdir(), 'bench-before-'));
  const target = `${bench}node_modules/netron-before`;
  try {
    run('git', ['worktree', 'add', '--quiet', '--detach', '--force', sources, commit], root);
    symlinkSync(join(root, 'node_modules'), join(sources, 'node_modules'));
    packNetron(sources, sources);
    const tarball = readdirSync(sources).find((name) => name.endsWith('.tgz'));
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    run('tar', ['-xzf', join(sources, tarball), '-C', target, '--strip-components=1'], root);
  } finally {
    run('git', ['worktree', 'remove', '--force', sources], root);
  }
}

/**
 * Builds our packages and installs them beside the others as they are published: packed and bundled.
 *
 * @param {string[]} packages
 */
export function build(packages = ['netron']) {
  const packed = mkdtempSync(join(tmpdir(), 'bench-netron-'));
  try {
    run(process.execPath, ['tools/pack.mjs', ...packages, '--to', packed], root);
    const tarballs = readdirSync(packed).map((name) => join(packed, name));
    // Peers are the workspace's: what is compared with asks for older ones, which it does not use here.
    const options = ['--silent', '--prefer-offline', '--no-save', '--ignore-scripts', '--legacy-peer-deps'];
    run('npm', ['install', ...options, ...tarballs], bench);
  } finally {
    rmSync(packed, { recursive: true });
  }
}

function packNetron(sources, destination) {
  if (existsSync(join(sources, 'tools/pack.mjs'))) {
    run(process.execPath, ['tools/pack.mjs', 'netron', '--to', destination], sources);
    return;
  }
  // Commits that bundled on packing.
  const folder = join(sources, 'packages/netron');
  run('npx', ['tsc', '-b', folder], sources);
  run('npm', ['pack', '--silent', '--pack-destination', destination], folder);
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
    load: Number(loadavg()[0].toFixed(2)),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    commit: firstLine('git', ['rev-parse', '--short', 'HEAD']),
    versions: {
      ...dependencies,
      ...optionalDependencies,
      'nats-server': brokerVersion(),
    },
  };
}

function firstLine(command, args) {
  try {
    return execFileSync(command, args, {
      cwd: root,
      env: withSystemPath,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'absent';
  }
}
