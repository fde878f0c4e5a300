/**
 * `node bench/http/run.mjs [--rounds 9] [--seconds 1]`: measures calls over HTTP beside a bare server and other libraries, and the client's
 * cache beside query-core; installs what is missing. Servers are processes of their own; one run, interleaved rounds, medians;
 * ratios are medians of those within each round, so that what slows a round down slows both.
 * Packages are measured as they are published. Writes `results.json`
 * and the table in the README of netron-browser.
 */
import '../harness/application.mjs';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeReadme } from '../harness/readme.mjs';
import { report } from './report.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '1' },
    build: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const load = Number(loadavg()[0]?.toFixed(1));
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const shell = { stdio: 'inherit', shell: process.platform === 'win32', cwd: here };

if (!existsSync(join(here, 'node_modules'))) execFileSync('npm', ['ci', '--ignore-scripts'], shell);
if (values.build) {
  const packed = mkdtempSync(join(tmpdir(), 'bench-http-'));
  execFileSync(process.execPath, ['tools/pack.mjs', 'netron', 'netron-browser', '--to', packed], { ...shell, cwd: root });
  const tarballs = readdirSync(packed).map((file) => join(packed, file));
  execFileSync('npm', ['install', '--silent', '--prefer-offline', '--no-save', '--ignore-scripts', ...tarballs], shell);
  rmSync(packed, { recursive: true });
}

const { chunks, chunkSize, contenders } = await import('./contenders.mjs');
const { Connection } = await import('./load.mjs');
const { cacheHit, sharing } = await import('./cache.mjs');

const median = (/** @type {number[]} */ numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/**
 * Measures each once in every round, in changing order.
 *
 * @template {Record<string, number>} T
 * @param {string[]} names
 * @param {(name: string) => Promise<T>} measure
 * @returns {Promise<{ results: Record<string, T>, ratios: Record<string, T> }>} medians, and those of each beside Netron's
 */
async function interleaved(names, measure) {
  const all = new Map(names.map((name) => [name, /** @type {T[]} */ ([])]));
  for (let round = 0; round < rounds; round++)
    for (let at = 0; at < names.length; at++) {
      const name = names[(at + round) % names.length] ?? '';
      all.get(name)?.push(await measure(name));
    }
  const own = all.get('netron') ?? [];
  /** @type {(list: T[], of: (value: number, key: keyof T, round: number) => number) => T} */
  const medians = (list, of) => {
    const keys = /** @type {(keyof T)[]} */ (Object.keys(list[0] ?? {}));
    const each = keys.map((key) => [key, median(list.map((figures, round) => of(Number(figures[key]), key, round)))]);
    return Object.fromEntries(each);
  };
  return {
    results: Object.fromEntries([...all].map(([name, list]) => [name, medians(list, (value) => value)])),
    ratios: Object.fromEntries(
      [...all].map(([name, list]) => [name, medians(list, (value, key, round) => Number(own[round]?.[key]) / value)]),
    ),
  };
}

const names = Object.keys(contenders);
const servers = new Map();
for (const name of names) {
  const child = fork(join(here, 'server.mjs'), [name], { cwd: here });
  const [{ port }] = await once(child, 'message');
  servers.set(name, { child, port });
}

/** @param {string} name */
async function cpu(name) {
  const { child } = servers.get(name);
  child.send('cpu');
  const [{ cpu: taken }] = await once(child, 'message');
  return taken;
}

/**
 * Requests a second over so many connections, and what the server takes for one.
 *
 * @param {string} name
 * @param {number} connections
 * @param {number} calls of one request
 * @param {(at: number) => Buffer} request
 * @param {(body: string, at: number) => boolean} right
 * @param {number} time seconds
 */
async function rate(name, connections, calls, request, right, time) {
  const { port } = servers.get(name);
  const all = Array.from({ length: connections }, () => new Connection(port));
  let done = 0;
  const before = await cpu(name);
  const began = performance.now();
  const end = began + time * 1_000;
  await Promise.all(
    all.map(async (connection, at) => {
      const bytes = request(at);
      while (performance.now() < end) {
        const body = await connection.ask(bytes);
        if (!right(body, at)) throw new Error(`${name}: ${body.slice(0, 200)}`);
        done += calls;
      }
    }),
  );
  const elapsed = (performance.now() - began) / 1_000;
  const taken = (await cpu(name)) - before;
  for (const { socket } of all) socket.destroy();
  return { 'calls/s': done / elapsed, 'server CPU, µs a call': taken / done };
}

/** @type {(name: string, time: number) => Promise<{ 'calls/s': number, 'server CPU, µs a call': number }>} */
const add = (name, time) =>
  rate(
    name,
    64,
    1,
    (at) => contenders[name].add(at),
    (body, at) => body.includes(String(at + 2)),
    time,
  );
/** @type {typeof add} */
const batch = (name, time) =>
  rate(
    name,
    4,
    100,
    () => contenders[name].batch?.(100, false) ?? Buffer.alloc(0),
    (body) => body.includes('101'),
    time,
  );

/** @param {string} name */
async function firstAnswer(name) {
  const connection = new Connection(servers.get(name).port);
  await once(connection.socket, 'connect');
  const began = performance.now();
  const first = new Promise((resolve) => {
    connection.first = () => resolve(undefined);
  });
  const whole = connection.ask(contenders[name].batch?.(100, true) ?? Buffer.alloc(0));
  await first;
  const ms = performance.now() - began;
  await whole;
  connection.socket.destroy();
  return { ms };
}

/**
 * Bytes a second, and what the server takes for a mebibyte, of as many transfers as fit: one alone is over before its code is compiled.
 *
 * @param {(name: string) => Promise<void>} transfer
 * @returns {(name: string) => Promise<{ 'MB/s': number, 'server CPU, µs a MiB': number }>}
 */
const throughput = (transfer) => async (name) => {
  let size = 0;
  const before = await cpu(name);
  const began = performance.now();
  do {
    await transfer(name);
    size += chunkSize * chunks;
  } while (performance.now() - began < seconds * 1_000);
  const elapsed = (performance.now() - began) / 1_000;
  return { 'MB/s': size / 1e6 / elapsed, 'server CPU, µs a MiB': ((await cpu(name)) - before) / (size / 1_048_576) };
};

const bytesDown = throughput(async (name) => {
  const socket = connect(servers.get(name).port, '127.0.0.1');
  let received = 0;
  socket.write(contenders[name].down ?? '');
  await new Promise((resolve) => {
    socket.on('data', (chunk) => {
      received += chunk.length;
      if (received > chunkSize * chunks) resolve(undefined);
    });
  });
  socket.destroy();
});

const bytesUp = throughput(async (name) => {
  const connection = new Connection(servers.get(name).port);
  const chunk = Buffer.alloc(chunkSize, 'x');
  const answer = connection.ask(Buffer.from(`${contenders[name].up}Content-Length: ${chunkSize * chunks}\r\n\r\n`));
  for (let n = 0; n < chunks; n++) if (!connection.socket.write(chunk)) await once(connection.socket, 'drain');
  if (!(await answer).includes(String(chunkSize * chunks))) throw new Error(`${name}: another number of bytes`);
  connection.socket.destroy();
});

/** @type {import('./report.mjs').Row[]} */
const rows = [];
try {
  for (const name of names) await add(name, 2 * seconds);
  rows.push({ title: '`add`, 64 connections', ...(await interleaved(names, (name) => add(name, seconds))) });
  const batching = ['netron', 'trpc'];
  for (const name of batching) await batch(name, seconds);
  rows.push({
    title: '100 calls in one request, 4 connections',
    ...(await interleaved(batching, (name) => batch(name, seconds))),
  });
  rows.push({ title: 'first answer of 100 when one takes 1 s', ...(await interleaved(batching, firstAnswer)) });
  const streaming = ['bare', 'netron'];
  for (const name of streaming) await bytesDown(name);
  rows.push({ title: '64 MiB to the client', ...(await interleaved(streaming, bytesDown)) });
  for (const name of streaming) await bytesUp(name);
  rows.push({ title: '64 MiB to the server', ...(await interleaved(streaming, bytesUp)) });
} finally {
  for (const { child } of servers.values()) child.kill();
}
rows.push({ title: 'a cached read, awaited', ...(await interleaved(['netron', 'query-core'], cacheHit)) });
rows.push({
  title: 'sharing of 1,000 records with dates, of which one changed',
  ...(await interleaved(['netron', 'query-core'], sharing)),
});

const machine = { node: process.versions.node, cpu: `${cpus().length} × ${cpus()[0]?.model}`, load };
const run = { date: new Date().toISOString().slice(0, 10), ...machine, rounds, seconds };
const text = report(rows, run);
console.log(text);
writeFileSync(join(here, 'results.json'), `${JSON.stringify({ ...run, rows }, undefined, 1)}\n`);
writeReadme('netron-browser', text);
