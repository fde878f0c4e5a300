import { Cache, Invalidates } from '../../src/http/index.js';
import { defineService, getCallContext, NetronError, Safe, withAnnotations } from '../../src/index.js';

/** A service with members of every kind, which notes what runs. */
export function shop(ran: string[] = []) {
  const stock = new Map([['apple', 3]]);
  return defineService({
    name: 'shop/orders@1.2.0',
    methods: {
      price: withAnnotations(
        (item: string) => {
          ran.push('price');
          return { item, cents: 25, since: new Date(0) };
        },
        Cache({ ttl: 60, tags: ['prices'] }),
      ),
      open: withAnnotations(() => 'for everybody', Cache({ ttl: 10, shared: true })),
      list: withAnnotations(() => [...stock.keys()], Safe()),
      buy: withAnnotations(
        (item: string, count: number) => {
          ran.push('buy');
          if (!stock.has(item)) throw new NetronError('not_found', `no ${item}`);
          stock.set(item, (stock.get(item) ?? 0) - count);
          return stock.get(item);
        },
        Invalidates(['prices']),
      ),
      echo: (...values: unknown[]) => values,
      whoami: withAnnotations(() => ({ user: getCallContext().user, agent: getCallContext().headers['x-app'] }), Safe()),
      fail: (status: number) => {
        throw Object.assign(new Error('as you wish'), { statusCode: status });
      },
      hang: () =>
        new Promise((_, reject) => {
          ran.push('hang');
          const { signal } = getCallContext();
          signal.addEventListener('abort', () => {
            ran.push('aborted');
            reject(signal.reason);
          });
        }),
      nothing: () => undefined,
      deep: () => Array.from({ length: 500 }).reduce((inner: unknown) => [inner], 1),
      trap: () => {
        throw new Proxy(new Error('hidden'), {
          get() {
            throw new Error('trap');
          },
        });
      },
      odd: () => ({ user: { avatar: Symbol('x') } }),
    },
    properties: { version: '1.2.0' },
    writable: [],
  });
}
