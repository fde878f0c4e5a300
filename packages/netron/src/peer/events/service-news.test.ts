import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import type { BoundService } from '../../service/call/bound-service.js';
import { defaultLimits, type Limits } from '../../wire/limits.js';
import { ServiceNews } from './service-news.js';

const shop = { definition: { name: 'shop', version: '1.0.0', members: [] }, target: {} } as unknown as BoundService;

interface Options {
  readonly announced?: string[];
  readonly concealed?: BoundService[];
  readonly selective?: boolean;
  readonly accepted?: Partial<Limits>;
}

/** Announces the services of a node to a peer, and notes the packets sent. */
function telling(names: string[], { announced = names, concealed = [], selective = false, accepted }: Options = {}) {
  const recorded = new RecordedOutbox();
  const hidden: BoundService[] = [];
  const state = { names, unseen: [] as BoundService[] };
  const news = new ServiceNews(
    {
      owner: { id: 'peer', identity: undefined },
      outbox: recorded.outbox,
      accepted: { ...defaultLimits, ...accepted },
      conceal: (bound) => void hidden.push(bound),
    },
    { selective, names: () => state.names, unseen: () => state.unseen },
    announced,
    concealed,
  );
  const packets = () => recorded.packets().map((packet) => packet.kind === 'services' && [packet.added, packet.removed]);
  return { hidden, news, packets, state };
}

const many = Array.from({ length: 600 }, (_, number) => `service${number}@1.0.0`);
const sizes = (packets: (false | (readonly string[])[])[]) =>
  packets.map((packet) => packet !== false && packet.map(({ length }) => length));

describe('news of services', () => {
  it('announces nothing while the hello is up to date', () => {
    expect(telling(['shop@1.0.0']).packets()).toEqual([]);
  });

  it('starts with the services missing from the hello and those removed since, in packets that fit', () => {
    const { packets } = telling(many, { announced: ['old@1.0.0', 'shop@1.0.0'], concealed: [shop] });
    const sent = packets();
    expect(sizes(sent)).toEqual([
      [0, 2],
      [256, 0],
      [256, 0],
      [88, 0],
    ]);
    expect(sent[0]).toEqual([[], ['shop@1.0.0', 'old@1.0.0']]);
  });

  it('names fewer at a time for an end with low limits', () => {
    const { packets } = telling(many.slice(0, 6), { announced: [], accepted: { message: 1_024 } });
    expect(sizes(packets())).toEqual([
      [4, 0],
      [2, 0],
    ]);
  });

  it('announces another service under the name of a removed one', () => {
    expect(telling(['shop@1.0.0'], { concealed: [shop] }).packets()).toEqual([
      [[], ['shop@1.0.0']],
      [['shop@1.0.0'], []],
    ]);
  });

  it('announces the difference to another identity, and hides what that does not see', () => {
    const { hidden, news, packets, state } = telling(['shop@1.0.0', 'all@1.0.0'], { selective: true });
    news.tell(['late@1.0.0'], ['all@1.0.0']);
    state.names = ['admin@1.0.0', 'late@1.0.0'];
    state.unseen = [shop];
    news.recheck();
    news.recheck();
    expect(packets()).toEqual([
      [['late@1.0.0'], ['all@1.0.0']],
      [['admin@1.0.0'], ['shop@1.0.0']],
    ]);
    expect(hidden).toEqual([shop, shop]);
  });

  it('rechecks nothing when all callers see the same services', () => {
    const { hidden, news, packets, state } = telling(['shop@1.0.0']);
    state.names = [];
    state.unseen = [shop];
    news.recheck();
    expect([packets(), hidden]).toEqual([[], []]);
  });
});
