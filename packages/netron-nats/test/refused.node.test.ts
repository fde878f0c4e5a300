/** A backplane that NATS refuses for a while: its credentials, after which the NATS client closes the connection for good, or a channel. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../netron/src/platform/node.js';
import { VirtualClock } from '../../netron/src/testing.js';
import { eventually } from '../../netron/test/http/eventually.js';
import { natsBackplane } from '../src/index.js';
import { natsServer } from './nats-server.js';

it('returns when its credentials are accepted again', async () => {
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

it('says that it may not hear a channel, and hears it when it may', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nats-allowed-'));
  const file = join(folder, 'allowed.conf');
  const allow = (denied: string): void =>
    writeFileSync(file, `authorization { users: [{ user: u, password: p, permissions: { subscribe: { deny: "${denied}" } } }] }`);
  allow(`netron.x.events.${Buffer.from('c').toString('base64url')}`);
  const server = await natsServer({ jetStream: false, options: ['-c', file] });
  const clock = new VirtualClock();
  const told: string[] = [];
  const heard: string[] = [];
  const backplane = natsBackplane({
    url: `nats://u:p@127.0.0.1:${server.port}`,
    reconnectTimeWait: 20,
    reconnectJitter: 0,
    maxReconnectAttempts: -1,
  });
  try {
    await backplane.subscribe('b');
    await backplane.start({
      namespace: 'x',
      clock,
      random: () => 0.5,
      up: () => told.push('up'),
      down: ({ message }) => told.push(message),
      receive: (channel) => heard.push(channel),
    });
    expect(told).toEqual(['up']);
    await backplane.subscribe('c');
    expect(told[1]).toMatch(/permission/i);
    // It is asked again, and the state stays what it is.
    await eventually(async () => {
      await clock.advance(1_000);
      expect(told.length).toBeGreaterThan(2);
    });
    expect(told.slice(1).filter((text) => !/permission/i.test(text))).toEqual([]);
    allow('nothing');
    await server.kill();
    await server.start();
    await eventually(async () => {
      await clock.advance(1_000);
      await backplane.publish('c', new Uint8Array([1]));
      expect([told.at(-1), heard.includes('c')]).toEqual(['up', true]);
    });
  } finally {
    await backplane.stop();
    await server.end();
    rmSync(folder, { recursive: true });
  }
});
