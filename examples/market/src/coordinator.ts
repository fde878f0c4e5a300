/**
 * Starts a calculator, a file store and a market in processes of their own, each with another transport, and uses them:
 * `node coordinator.js [--smoke]`. Exits with 0 if every check has passed.
 */
import assert, { AssertionError } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Netron } from '@omnitron-dev/netron';
import { calculate } from './calculations.js';
import type { Calculator } from './calculator.js';
import type { FileService } from './files.js';
import type { MarketData } from './market.js';
import { marketNamespace } from './namespace.js';
import { surviveOutage } from './outage.js';
import { PriceFeed } from './price-feed.js';
import { readPrices } from './prices.js';
import { Processes } from './processes.js';
import { mebibyte, Report, timed } from './report.js';
import { writeSampleFile } from './sample-file.js';
import { transfer } from './transfers.js';

const size = (process.argv.includes('--smoke') ? 32 : 256) * mebibyte;
const maxSeconds = 120;

const folder = mkdtempSync(join(tmpdir(), 'netron-market-'));
const processes = new Processes(fail);
process.once('exit', () => {
  processes.abandon();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
// `on`, not `once`: a second Ctrl-C must not interrupt the cleanup.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
process.once('unhandledRejection', fail);
setTimeout(() => fail(new Error(`not done after ${maxSeconds} s`)), maxSeconds * 1000).unref();

try {
  console.log(`\n${await run()}`);
} catch (error) {
  fail(error);
}

async function run(): Promise<Report> {
  const report = new Report();
  console.log('Processes');
  marketNamespace();
  const [, , marketProcess] = await Promise.all([
    processes.start('calculator'),
    processes.start('files', folder),
    processes.start('market'),
  ]);

  const netron = await Netron.create({
    id: 'coordinator',
    remoteEvents: ['memory:used'],
    reconnectDelay: 100,
    discovery: { namespace: marketNamespace() },
  });
  const calculatorPeer = await netron.connect('calculator@1.0.0');
  const filePeer = await netron.connect('files@1.0.0');
  const marketPeer = await netron.connect('marketData@1.0.0');
  const calculator = await calculatorPeer.queryInterface<Calculator>('calculator@1.0.0');
  const files = await filePeer.queryInterface<FileService>('files@1.0.0');
  const market = await marketPeer.queryInterface<MarketData>('marketData@1.0.0');
  const feed = new PriceFeed();
  await feed.follow(marketPeer);

  console.log('\nCalls');
  await calculate(calculator, report);

  console.log(`\nFiles: ${size / mebibyte} MiB`);
  const file = await writeSampleFile(join(folder, 'sample.bin'), size);
  await transfer(files, file, report);

  console.log('\nPrices');
  await readPrices(market, feed, report);

  console.log('\nThe same over HTTP');
  const path = '/netron/marketData/quote?args=%5B%22TEA%22%5D';
  const quote = await fetch(marketProcess.address.replace(/^ws/, 'http') + path);
  assert.equal(quote.status, 200, 'the market does not respond over HTTP');
  console.log(`  ${await quote.text()}`);
  console.log(`  try it: node examples/market/dist/market.js 8080 & sleep 1; curl "http://127.0.0.1:8080${path}"`);

  console.log('\nOutage: the market is killed and started again');
  await surviveOutage({ processes, marketProcess, marketPeer, market, feed, calculator, files, file, report });

  const sum = (bytes: number, more: number): number => bytes + more;
  const memory = await timed(() => netron.emitReduce('memory:used', {}, sum, 0));
  assert.equal((await netron.emitParallel('memory:used', {})).length, 3, 'not every process responded to an event');
  report.add({
    what: 'event reduced over three processes',
    count: 1,
    ms: memory.ms,
    note: `memory: ${Math.round(memory.result / mebibyte)} MiB`,
  });
  report.add({ what: 'price events received', count: feed.count, note: '0 lost while connected' });
  feed.verify();

  await netron.stop();
  await processes.stop();
  return report;
}

function fail(error: unknown): never {
  console.error(`\nFailed: ${error instanceof AssertionError ? error.message : ((error as Error)?.stack ?? error)}`);
  process.exit(1);
}
