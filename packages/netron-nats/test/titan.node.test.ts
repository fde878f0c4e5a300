/** Titan applications that discover each other, and share logouts, through a real NATS server. */
import { Netron, type NetronError } from '@omnitron-dev/netron';
import { afterAll, expect, it } from 'vitest';
import { eventually } from '../../netron/test/http/eventually.js';
import { JwtAuthProvider, Revocations } from '../../netron-auth/src/index.js';
import { Auth, type AuthContext, type Caller, createApp, Public, TitanService } from '../../titan/src/index.js';
import { natsBackplane, natsDiscovery } from '../src/index.js';
import { natsServer } from './nats-server.js';

@TitanService({ name: 'users@1.0.0' })
class Users {
  @Public()
  name(id: string) {
    return `${id} of the other application`;
  }
}

@TitanService({ name: 'front@1.0.0', auth: true })
class Front {
  static users: () => { name(id: string): Promise<string> };
  @Public()
  who(@Auth() user?: Caller<AuthContext>) {
    return Front.users().name(user?.userId ?? 'nobody');
  }
}

const server = await natsServer();
afterAll(() => server.end());

/** An application with its own list of revocations. */
function application(id: string) {
  const revocations = new Revocations();
  const jwt = new JwtAuthProvider({ secret: 'a secret of at least thirty-two bytes', issuer: 'https://id.test', revocations });
  const app = createApp({
    signals: false,
    logger: { level: 'silent' },
    config: { netron: { id, port: 0, healthPort: false } },
    netron: {
      discovery: natsDiscovery({ servers: `127.0.0.1:${server.port}`, prefix: 'titan' }),
      events: { cluster: natsBackplane(server.url) },
      remoteEvents: true,
    },
    security: { authentication: jwt, revocations },
  });
  return { app, jwt, revocations };
}

it('a service of another application is called by its name, and a logout in one reaches the other', async () => {
  const users = application('users');
  const front = application('front');
  users.app.service(Users);
  front.app.service(Front);
  Front.users = () => front.app.connectToService<Users>('users@^1.0.0');
  await using _users = users.app;
  await using _front = front.app;
  await users.app.start();
  await front.app.start();
  const token = await front.jwt.createToken({ id: 'ada' });
  await using client = await Netron.create({ logLevel: 'silent', credentials: token });
  const peer = await client.connect(`ws://127.0.0.1:${front.app.netron?.listenPort}`);
  const remote = await peer.queryInterface<Front>('front');
  expect(await remote.who()).toBe('ada of the other application');
  users.revocations.revoke({ userId: 'ada' });
  await eventually(() => expect(front.revocations.size).toBe(1));
  const code = () =>
    remote.who().then(
      () => 'answered',
      (error: NetronError) => error.code,
    );
  expect(await code()).toBe('unauthenticated');
});
