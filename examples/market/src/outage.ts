import assert from 'node:assert/strict';
import { NetronError, type Peer, type Remote } from '@omnitron-dev/netron';
import type { Calculator } from './calculator.js';
import type { FileService } from './files.js';
import type { MarketData } from './market.js';
import type { PriceFeed } from './price-feed.js';
import type { Processes, ServiceProcess } from './processes.js';
import type { Report } from './report.js';
import type { SampleFile } from './sample-file.js';
import { fetchFile } from './transfers.js';

export interface OutageScene {
  processes: Processes;
  marketProcess: ServiceProcess;
  marketPeer: Peer;
  market: Remote<MarketData>;
  feed: PriceFeed;
  calculator: Remote<Calculator>;
  files: Remote<FileService>;
  file: SampleFile;
  report: Report;
}

/**
 * Kills the market process and restarts it. Meanwhile calls and downloads continue with the other services; afterwards the
 * same peer, proxy and subscription work with the new process.
 */
export async function surviveOutage(scene: OutageScene): Promise<void> {
  const { processes, marketProcess, marketPeer, market, feed, report } = scene;
  const others = keepBusy(scene);
  const disconnected = new Promise<void>((resolve) => marketPeer.once('disconnected', () => resolve()));
  const connected = new Promise<void>((resolve) => marketPeer.once('connected', () => resolve()));
  const stream = readUntilItFails(market);
  await feed.more(1);

  const killed = performance.now();
  await processes.kill(marketProcess);
  await disconnected;
  feed.startOver();
  const before = { ...others.done };
  const waiting = market.instrument('BTC').price();
  assert.match(await stream, /^(unavailable|unknown_outcome)$/, 'a stream does not report that its producer is gone');

  await processes.start('market', new URL(marketProcess.address).port);
  const started = performance.now();
  await connected;
  const back = performance.now();
  const after = { ...others.done };
  assert.equal((await waiting).symbol, 'BTC', 'the call made during the outage returned a wrong result');
  await feed.more(10);
  feed.verify();
  await others.stop();

  assert.ok(after.calls > before.calls && after.bytes > before.bytes, 'the other processes made no progress');
  report.add({ what: 'market killed, restarted, reconnected', count: 1, ms: back - killed, note: 'same peer, same proxy' });
  report.add({ what: 'reconnect once it listens again', count: 1, ms: back - started });
  report.add({
    what: 'calls to the calculator meanwhile',
    count: after.calls - before.calls,
    ms: back - killed,
    note: '0 failed',
  });
  report.add({ what: 'downloaded meanwhile', bytes: after.bytes - before.bytes, ms: back - killed, note: 'SHA-256 equal' });
}

/** Calls the calculator and downloads the file, over and over; `stop` throws if any of that has failed. */
function keepBusy({ calculator, files, file }: OutageScene) {
  const done = { calls: 0, bytes: 0 };
  let stopping = false;
  const calls = async (): Promise<void> => {
    for (; !stopping; done.calls += 1) assert.equal(await calculator.add(done.calls, 1), done.calls + 1, 'wrong sum');
  };
  const downloads = async (): Promise<void> => {
    while (!stopping) await fetchFile(files, file, (bytes) => (done.bytes += bytes));
  };
  const both = Promise.all([calls(), downloads()]);
  return {
    done,
    async stop(): Promise<void> {
      stopping = true;
      await both;
    },
  };
}

/** Returns the code of the error with which a stream of prices ends. */
async function readUntilItFails(market: Remote<MarketData>): Promise<string> {
  try {
    for await (const { price } of market.streamPrices(['BTC'])) assert.ok(price > 0);
    return 'no error';
  } catch (error) {
    return error instanceof NetronError ? error.code : String(error);
  }
}
