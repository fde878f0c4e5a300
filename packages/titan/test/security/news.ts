import {
  MemoryTransport,
  Netron,
  type NetronError,
  type NetronOptions,
  type Remote,
  type RemotePeer,
} from '@omnitron-dev/netron';
import { ApiKeyAuthProvider, RbacAuthzProvider, Revocations } from '@omnitron-dev/netron-auth';
import { BusyClock } from '../../../netron/test/busy-clock.js';
import {
  type Application,
  type AppOptions,
  Auth,
  type AuthContext,
  type Caller,
  createApp,
  Public,
  RequirePermission,
  RequireRole,
  TitanService,
} from '../../src/index.js';
import { ends } from '../ends.js';
import { Readers } from './readers.js';
import { tokensOn } from './tokens.js';

export { endAll } from '../ends.js';

/** Reads another service's stream for whoever calls. */
@TitanService({ name: 'front' })
export class Front {
  static news: () => Pick<News, 'follow'>;
  @Public()
  async *follow() {
    yield* Front.news().follow() as AsyncIterable<number>;
  }
}

@TitanService({ name: 'news', auth: true })
export class News {
  readonly #readers = new Readers();
  get readers() {
    return this.#readers.size;
  }
  tell(item: number) {
    this.#readers.tell(item);
  }
  @Public()
  who(@Auth() user?: Caller<AuthContext>) {
    return user?.userId;
  }
  @RequireRole('editor')
  @RequirePermission('news:write')
  @Public()
  write() {
    return 'written';
  }
  @Public()
  async *follow() {
    yield* this.#readers.follow();
  }
}

/** An application on virtual time, with tokens, keys, roles and revocations of netron-auth. */
export async function world(options: AppOptions = {}) {
  const clock = new BusyClock();
  const now = () => clock.wall();
  const revocations = new Revocations({ now });
  const jwt = clock.watched(tokensOn(clock, { revocations }));
  const keys = clock.watched(new ApiKeyAuthProvider({ now }));
  const authorization = new RbacAuthzProvider({
    reader: ['news:read'],
    editor: { permissions: ['news:write'], inherits: ['reader'] },
  });
  const memory = new MemoryTransport();
  const node = async (more: AppOptions['security'] = {}, events?: NetronOptions['events']) => {
    const service = new News();
    const app = createApp({
      signals: false,
      logger: { level: 'silent' },
      config: { netron: { healthPort: false, transports: { memory: { name: `node-${ends.length}` } } } },
      ...options,
      netron: { clock, additionalTransports: [memory], ...(events && { events, remoteEvents: true }) },
      security: { authentication: { jwt, keys }, authorization, revocations, ...more },
    })
      .service(service)
      .service(Front);
    Front.news = () => app.connectToService('news') as never;
    await app.start();
    ends.push(() => clock.settle(app.stop()));
    return { app, service };
  };
  const as = async (app: Application, credentials?: unknown): Promise<{ peer: RemotePeer; news: Remote<News> }> => {
    const client = await Netron.create({
      logLevel: 'silent',
      clock,
      credentials,
      maxReconnectAttempts: 0,
      additionalTransports: [memory],
    });
    ends.push(() => clock.settle(client.stop()));
    const peer = await clock.settle(client.connect(app.netron!.addresses[0]!));
    return { peer, news: await clock.settle(peer.queryInterface<News>('news')) };
  };
  const outcome = (action: unknown) =>
    clock.settle(
      (action as Promise<unknown>).then(
        (value) => value,
        ({ code }: NetronError) => code,
      ),
    );
  return { clock, revocations, jwt, keys, node, as, outcome };
}
