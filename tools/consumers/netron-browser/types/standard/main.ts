import { type FluentInterface, HttpCacheManager, HttpRemotePeer, type Query, RetryManager } from '@omnitron-dev/netron-browser';

interface Users {
  find(id: string): Promise<{ name: string; since: Date }>;
  list(): string[];
}

const peer = new HttpRemotePeer('https://api.example.com')
  .setCacheManager(new HttpCacheManager())
  .setRetryManager(new RetryManager());
const users: FluentInterface<Users> = await peer.queryFluentInterface<Users>('users');
const since: Date = (await users.cache(1_000).retry(2).find('7')).since;
const list: string[] = await users.list();
const query: Query<number> = peer.watch<Users, 'list', number>('users', 'list', [], { transform: (names) => names.length });
// @ts-expect-error an id is a string
users.find(7);
console.log(since, list, query.data);
