import { describe, expect, it } from 'vitest';
import { Public, Service, ServiceBase } from '../../src/index.js';
import { failure, gate, nodes, until } from './nodes.js';

@Service('shop@1.0.0')
class First extends ServiceBase<{ sold: string }> {
  readonly opened = gate();
  begun = 0;

  sell(what: string): void {
    this.emit('sold', what);
  }

  @Public()
  async slow(): Promise<string> {
    this.begun += 1;
    await this.opened.opened;
    return 'first';
  }

  @Public()
  name(): string {
    return 'first';
  }
}

@Service('shop@1.0.0')
class Second extends ServiceBase<{ sold: string }> {
  sell(what: string): void {
    this.emit('sold', what);
  }

  @Public()
  async slow(): Promise<string> {
    return 'second';
  }

  @Public()
  name(): string {
    return 'second';
  }
}

/** Members in another order, one less and one more. */
@Service('shop@1.0.0')
class Third extends ServiceBase<{ sold: string }> {
  @Public()
  added(): string {
    return 'new';
  }

  @Public()
  name(): string {
    return 'third';
  }
}

describe('exposeService(service, { replace: true })', () => {
  it('no call is lost: running calls end in the old service, later ones reach the new one', async () => {
    const first = new First();
    await using pair = await nodes({ services: [first] });
    const shop = await pair.peer.queryInterface<First>('shop');
    const slow = shop.slow();
    await until(() => first.begun === 1);
    const answers: string[] = [];
    let going = true;
    const calling = (async () => {
      while (going) answers.push(await shop.name());
    })();
    await until(() => answers.length > 10);
    await pair.server.peer.exposeService(new Second(), { replace: true });
    await until(() => answers.at(-1) === 'second');
    going = false;
    await calling;
    first.opened.open();
    expect(await slow).toBe('first');
    expect(new Set(answers)).toEqual(new Set(['first', 'second']));
    expect(pair.server.getServices().length).toBe(1);
  });

  it('with another definition: proxies keep their members, and a new query gives the new ones', async () => {
    await using pair = await nodes({ services: [new First()] });
    const shop = await pair.peer.queryInterface<First>('shop');
    expect(await shop.name()).toBe('first');
    await pair.server.peer.exposeService(new Third(), { replace: true });
    const raced = shop.name(); // may still be sent to the handle before
    expect(await raced).toBe('third');
    expect(await failure(shop.slow())).toMatchObject({ name: 'SkewError' });
    const again = await pair.peer.queryInterface<Third>('shop');
    expect([await again.added(), await again.name()]).toEqual(['new', 'third']);
  });

  it('moves subscriptions to the new service', async () => {
    const first = new First();
    const second = new Second();
    await using pair = await nodes({ services: [first], server: { allowServiceEvents: true } });
    const shop = await pair.peer.queryInterface<First>('shop');
    const heard: unknown[] = [];
    await shop.on('sold', (what) => {
      heard.push(what);
    });
    first.sell('a');
    await pair.server.peer.exposeService(second, { replace: true });
    first.sell('nobody hears this');
    second.sell('b');
    await until(() => heard.length === 2);
    expect(heard).toEqual(['a', 'b']);
  });

  it('exposes a new service, ignores an exposed one, and conceal removes it', async () => {
    await using pair = await nodes();
    const second = new Second();
    for (let time = 0; time < 2; time += 1) await pair.server.peer.exposeService(second, { replace: true });
    const shop = await pair.peer.queryInterface<Second>('shop');
    expect(await shop.name()).toBe('second');
    await pair.server.peer.exposeService(new First(), { replace: true });
    expect(await shop.name()).toBe('first');
    await pair.server.peer.concealService('shop');
    expect(await failure(shop.name())).toMatchObject({ code: 'not_found' });
    expect(await failure(pair.server.peer.exposeService({}, { replace: true }))).toBeInstanceOf(TypeError);
  });
});
