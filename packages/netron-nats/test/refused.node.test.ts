/** A backplane whose credentials NATS refuses for a while: the NATS client closes such a connection for good. */
import { expect, it } from 'vitest';
import { systemClock } from '../../netron/src/platform/node.js';
import { natsBackplane } from '../src/index.js';
import { natsServer } from './nats-server.js';

it('comes back when its credentials are taken again', async () => {
  const options = ['--user', 'u', '--pass', 'one'];
  const server = await natsServer({ jetStream: false, options });
  const url = `nats://u:one@127.0.0.1:${server.port}`;
  const backplane = natsBackplane({ url, reconnectTimeWait: 20, reconnectJitter: 0 });
  /** Notifications of the backplane, and waits for the next one. */
  const told: string[] = [];
  let look = (): void => {};
  const tell = (text: string): void => {
    told.push(text);
    look();
  };
  const heard = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (told.some((text) => pattern.test(text))) resolve();
      };
      look();
    });
  try {
    await backplane.start({
      namespace: 'x',
      clock: systemClock,
      random: () => 0.5,
      up: () => tell('up'),
      down: (error) => tell(`down: ${error.message}`),
      receive: (channel, message) => tell(`${channel} ${new TextDecoder().decode(message)}`),
    });
    await backplane.subscribe('c');
    await server.kill();
    options[3] = 'two';
    await server.start();
    // Refused twice, it is closed; attempts to open another one are refused as well.
    await heard(/^down: .*authorization/i);
    await server.kill();
    told.length = 0;
    options[3] = 'one';
    await server.start();
    await heard(/^up$/);
    await backplane.publish('c', new TextEncoder().encode('again'));
    await heard(/^c again$/);
  } finally {
    await backplane.stop();
    await server.end();
  }
  expect(told.at(-1)).toBe('c again');
});
