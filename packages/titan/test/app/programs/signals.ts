// How a process ends that runs an application. The first argument says what happens in it.
import { createApp } from '../../../src/index.js';

const [scene] = process.argv.slice(2);
const say = (text: string) => process.stdout.write(`${text}\n`);
const forever = () => new Promise<void>(() => {});

class Part {
  #open: NodeJS.Timeout | undefined;
  async onStart() {
    // Keeps the process alive, as an open connection does.
    this.#open = setInterval(() => {}, 1_000_000);
    if (scene === 'start fails') throw new Error('no database');
    if (scene === 'stopped while starting') {
      say('starting');
      await new Promise((resolve) => process.once('SIGTERM', () => setImmediate(resolve)));
    }
  }
  async onStop() {
    say('stopping');
    if (scene === 'stop fails') throw new Error('boom');
    if (scene === 'stop hangs') await forever();
    clearInterval(this.#open);
    say('stopped');
  }
}

const app = createApp({
  logger: { level: 'silent' },
  stopTimeout: scene === 'stop hangs' ? Number.POSITIVE_INFINITY : 5_000,
}).use(Part);
const second = createApp({ logger: { level: 'silent' } });
second.onStop(() => say('second stopped'));
await second.start();
await app.start();
say('ready');
