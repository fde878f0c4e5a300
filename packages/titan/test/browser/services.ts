/** Server of the browser tests: an application with tokens, on a clock that pages move. */
import type { JwtAuthProvider } from '@omnitron-dev/netron-auth';
import { VirtualClock } from '../../../netron/test/integration/virtual-clock.js';
import { type Application, Auth, type AuthContext, type Caller, createApp, Public, TitanService } from '../../src/index.js';
import { Readers } from '../security/readers.js';
import { tokensOn } from '../security/tokens.js';

/** Milliseconds for which a token is good. */
export const life = 60_000;

/** Desk that issues tokens to everybody, and moves the clock of the server. */
@TitanService({ name: 'desk' })
export class Desk {
  readonly #clock: VirtualClock;
  readonly #jwt: JwtAuthProvider;
  constructor(clock: VirtualClock, jwt: JwtAuthProvider) {
    this.#clock = clock;
    this.#jwt = jwt;
  }
  @Public()
  token(id: string): Promise<string> {
    return this.#jwt.createToken({ id }, { expiresIn: life });
  }
  @Public()
  async pass(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }
}

/** Items for users: each that is told reaches all who follow. */
@TitanService({ name: 'news', auth: { required: true, except: ['tell'] } })
export class News {
  readonly #readers = new Readers();
  @Public()
  tell(item: number): number {
    this.#readers.tell(item);
    return this.#readers.size;
  }
  /** Moment when the caller's token ends. */
  @Public()
  expires(@Auth() user?: Caller<AuthContext>): number | undefined {
    return user?.expiresAt;
  }
  @Public()
  async *follow(): AsyncGenerator<number> {
    yield* this.#readers.follow();
  }
}

/** Starts the server. Pages of any origin reach it. */
export async function start(): Promise<Application> {
  const clock = new VirtualClock();
  const jwt = tokensOn(clock);
  const app = createApp({
    signals: false,
    logger: { level: 'silent' },
    config: { netron: { healthPort: false, transports: { websocket: { port: 0, origins: '*' } } } },
    // Time jumps here: a page cannot answer within it.
    netron: { clock, heartbeatInterval: 0 },
    security: { authentication: jwt },
  });
  return app.service(new Desk(clock, jwt)).service(News).start();
}
