/** An application with two known callers, for tests of rules in front of members. */
import { Netron, type NetronError, type Remote } from '@omnitron-dev/netron';
import { type Application, type AppOptions, type AuthContext, createApp } from '../../src/index.js';
import { ends } from '../ends.js';

export { endAll, ends } from '../ends.js';

export const people: Record<string, AuthContext> = {
  ada: { userId: 'ada', roles: ['admin'], permissions: ['users:read', 'users:write'] },
  bob: { userId: 'bob', roles: ['user'], permissions: ['users:read'] },
  old: { userId: 'old', roles: ['admin'], expiresAt: 1 },
};
/** A provider that knows people by their names. */
export const providerOf = (known: Readonly<Record<string, AuthContext>>) => ({
  async authenticate(token: string): Promise<AuthContext> {
    const found = Object.hasOwn(known, token) ? known[token] : undefined;
    if (!found) throw new Error(`unknown token ${token} at /srv/secret.ts`);
    return { ...found };
  },
});
export const jwt = providerOf(people);
export const base: AppOptions = {
  signals: false,
  logger: { level: 'silent' },
  config: { netron: { transports: { websocket: { port: 0 }, tcp: { port: 0 } }, healthPort: false } },
  security: { authentication: jwt },
};

export async function running(service: object, options: AppOptions = {}): Promise<Application> {
  const app = createApp({ ...base, ...options }).service(service);
  await app.start();
  ends.push(() => app.stop());
  return app;
}

/** A client of somebody, connected to the application. */
export async function connected(app: Application, credentials?: unknown, scheme = 'ws') {
  const node = await Netron.create({ logLevel: 'silent', ...(credentials === undefined ? {} : { credentials }) });
  ends.push(() => node.stop());
  return node.connect(app.netron!.addresses.find((each) => each.startsWith(scheme))!);
}

/** The first service as somebody calls it, over a transport. */
export async function as<T extends object>(app: Application, credentials: unknown, scheme = 'ws'): Promise<Remote<T>> {
  const peer = await connected(app, credentials, scheme);
  return peer.queryInterface<T>(app.netron!.getServices()[0]!.name);
}

/** Outcome of a call: `ok`, or the code of its error. */
export const code = (action: unknown): Promise<string> =>
  (action as Promise<unknown>).then(
    () => 'ok',
    (error: NetronError) => error.code,
  );
