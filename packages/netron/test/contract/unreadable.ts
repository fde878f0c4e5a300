/** What a program may throw although nothing can be read of it, by name. */
export const unreadable: Readonly<Record<string, () => unknown>> = {
  'an object without a prototype': () => Object.create(null),
  'a proxy whose traps throw': () => new Proxy({}, throwing),
  'a proxy of an error whose traps throw': () => new Proxy(new Error('hidden'), throwing),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'an error whose message throws': () => withGetter('message'),
  'an error whose name throws': () => withGetter('name'),
  'an error whose code throws': () => withGetter('code'),
  'an error whose stack throws': () => withGetter('stack'),
  'an error whose cause throws': () => withGetter('cause'),
  'an error whose message is a symbol': () => Object.assign(new Error(), { message: Symbol('text') }),
  'an error whose message has no text': () => Object.assign(new Error(), { message: Object.create(null) as unknown }),
};

const refuse = (): never => {
  throw new Error('trap');
};

const throwing: ProxyHandler<object> = {
  get: refuse,
  has: refuse,
  getPrototypeOf: refuse,
  ownKeys: refuse,
  getOwnPropertyDescriptor: refuse,
  defineProperty: refuse,
  set: refuse,
};

function withGetter(name: string): Error {
  return Object.defineProperty(new Error('readable'), name, { get: refuse });
}
