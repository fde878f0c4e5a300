/** A process exits at once when its nodes have stopped, whatever is at the address of Redis. */
import { describe, it } from 'vitest';
import { endingPrograms, silentServer } from '../../netron/test/ends-by-itself.js';
import { freePort } from '../../netron/test/free-port.js';

const endsByItself = endingPrograms('packages/netron-redis/src/index.ts');
const registry = (url: string) => `{ discovery: { backend: tested.redisDiscovery('${url}'), required } }`;
const backplane = (url: string) => `{ events: { cluster: tested.redisBackplane('${url}'), required }, remoteEvents: true }`;

describe.each([false, true])('where a node requires Redis: %s', (refused) => {
  it.each([
    ['a registry', registry],
    ['a backplane', backplane],
  ])('ends when nobody is at the address of %s, or somebody who says nothing', async (_, options) => {
    for (const address of [`127.0.0.1:${await freePort()}`, await silentServer()]) {
      const text = options(`redis://${address}`).replace('required', `required: ${refused}`);
      await endsByItself({ refused, options: text });
    }
  });
});
