/** A page whose user changes by `setToken` while queries, streams and changes are under way. */
import { writeJson } from '@omnitron-dev/netron/http/client';
import { afterEach, expect, it } from 'vitest';
import { FakeServer, gate } from '../../../netron-browser/test/fake-server.js';
import { createApp, For, signal } from '../../src/index.js';
import {
  Backend,
  NetronClient,
  NetronModule,
  NetronService,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useStream,
} from '../../src/netron/index.js';
import '../view/page.js';

interface INotes {
  list(): Promise<string[]>;
  note(id: number): Promise<string>;
  page(from: number): Promise<string>;
  add(text: string): Promise<string>;
  feed(): AsyncIterable<string>;
}

@Backend('main', { service: 'notes@^1.0.0' })
class Notes extends NetronService<INotes> {}

@Backend('main', { service: 'notes@^1.0.0' })
class WrittenNotes extends NetronService<INotes> {
  override async list() {
    return [...(await this.query('list', [], { cache: { maxAge: 60_000, tags: ['notes'] } }))];
  }
}

const userOf = ({ headers }: { readonly headers: Headers }) => headers.get('authorization')?.replace('Bearer ', '') ?? 'nobody';

let end = async () => {};
afterEach(() => end());

/** A page that shows all that a user may see, and a server whose answers name the user. */
async function open(token: (name: string) => string | (() => Promise<string>)) {
  const server = new FakeServer();
  const notes = new Map<string, string[]>();
  const of = (user: string) => notes.get(user) ?? [`note of ${user}`];
  /** Answers that wait, by member and user. */
  const held = new Map<string, ReturnType<typeof gate>>();
  const streams: { readonly user: string; readonly say: (text: string) => void; readonly signal: AbortSignal }[] = [];
  const tags = { cache: { ttl: 60, tags: ['notes'] } };
  const answer =
    (member: string, make: (user: string, args: readonly unknown[]) => unknown) =>
    async (asked: { readonly headers: Headers; readonly args: readonly unknown[] }) => {
      await held.get(`${member} ${userOf(asked)}`)?.promise;
      return make(userOf(asked), asked.args);
    };
  server
    .on(
      'notes.list',
      { safe: true, ...tags },
      answer('list', (user) => of(user)),
    )
    .on(
      'notes.note',
      { safe: true, ...tags },
      answer('note', (user, [id]) => `${id as number} of ${user}`),
    )
    .on(
      'notes.page',
      { safe: true, ...tags },
      answer('page', (user, [from]) => `page ${from as number} of ${user}`),
    )
    .on(
      'notes.add',
      { idempotent: true, invalidates: ['notes'] },
      answer('add', (user, [text]) => {
        if (text === 'bad') throw new TypeError('the network is gone');
        notes.set(user, [...of(user), String(text)]);
        return `added by ${user}`;
      }),
    )
    .on(
      'notes.feed',
      {},
      (asked) => {
        const body = new TransformStream<Uint8Array, Uint8Array>();
        const writer = body.writable.getWriter();
        const say = (text: string) =>
          void writer.write(new TextEncoder().encode(`${writeJson(text, { rich: true })}\n`)).catch(() => {});
        streams.push({ user: userOf(asked), say, signal: asked.signal });
        say(`for ${userOf(asked)}`);
        return new Response(body.readable, { headers: { 'content-type': 'application/netron+jsonl' } });
      },
      'stream',
    );
  const backends = { main: { url: 'https://api.example.com', fetch: server.fetch, token: token('one'), retry: { attempts: 1 } } };
  const app = createApp([...(NetronModule.forRoot({ backends }).providers ?? []), Notes, WrittenNotes]);
  const { container } = app;
  const ids = signal([1, 2]);
  let add: (text: string) => Promise<string> = () => Promise.reject(new Error('not yet'));
  const List = () => {
    const all = useQuery(Notes, 'list');
    const kept = useQuery(Notes, 'list', [], { keepPrevious: true, transform: (texts) => texts.join() });
    const written = useQuery(WrittenNotes, 'list');
    const each = useQueries(Notes, 'note', () => ids().map((id) => [id] as [number]));
    const pages = useInfiniteQuery(Notes, 'page', { first: 0, args: (from) => [from], next: () => undefined });
    const feed = useStream(Notes, 'feed');
    const { mutate, data, error } = useMutation(Notes, 'add', {
      optimistic: { method: 'list', update: (texts, text) => [...((texts as string[] | undefined) ?? []), text] },
    });
    add = mutate;
    return (
      <ul>
        <For each={() => all.data() ?? []}>{(text) => <li>{text}</li>}</For>
        <li>{() => kept.data()}</li>
        <li>{() => written.data()?.join()}</li>
        <li>{() => each.data()?.join()}</li>
        <li>{() => pages.data()?.join()}</li>
        <li>{() => feed.items().join()}</li>
        <li>{() => data()}</li>
        <li>{() => error()?.message}</li>
      </ul>
    );
  };
  const element = document.body.appendChild(document.createElement('div'));
  app.mount(List, element);
  end = async () => {
    end = async () => {};
    await app.dispose();
    element.remove();
  };
  /** All that the page has shown since it was asked last. */
  const seen: string[] = [];
  const observer = new MutationObserver(() => seen.push(element.textContent as string));
  observer.observe(element, { childList: true, characterData: true, subtree: true });
  const text = () => [...element.querySelectorAll('li')].map(({ textContent }) => textContent).filter(Boolean);
  const whole = (user: string, added = '') => [
    `note of ${user}`,
    ...(added ? [added] : []),
    ...new Array<string>(2).fill(`note of ${user}${added ? `,${added}` : ''}`),
    `1 of ${user},2 of ${user}`,
    `page 0 of ${user}`,
    `for ${user}`,
  ];
  const shows = (user: string, added?: string) => expect.poll(text).toEqual(whole(user, added));
  const peer = container.get(NetronClient).backend();
  const name = (user: string) => {
    seen.length = 0;
    peer.setToken(token(user));
  };
  return { server, held, streams, of, text, shows, seen, name, peer, add: (what: string) => add(what) };
}

const tokens: [string, (name: string) => string | (() => Promise<string>)][] = [
  ['by tokens', (name) => name],
  ['by tokens that come later', (name) => async () => name],
];

it.each(tokens)('a page shows only data of the current user, %s', async (_, token) => {
  const page = await open(token);
  await page.shows('one');
  page.name('two');
  // Nothing is left in the same turn.
  expect(page.text().join()).not.toContain('one');
  await page.shows('two');
  expect(page.seen.join()).not.toContain('one');
  expect(page.streams.map(({ user, signal }) => [user, signal.aborted])).toEqual([
    ['one', true],
    ['two', false],
  ]);
  page.streams[0]?.say('secret of one');
  page.streams[1]?.say('news');
  await expect.poll(() => page.text().at(-1)).toBe('for two,news');
  page.name('one');
  await page.shows('one');
  expect(page.seen.join()).not.toContain('two');
});

it.each(tokens)('late answers for the previous user are not shown, %s', async (_, token) => {
  const page = await open(token);
  for (const member of ['list', 'note', 'page']) page.held.set(`${member} one`, gate());
  await expect.poll(() => page.server.calls('notes.list').length).toBeGreaterThan(0);
  await expect.poll(() => page.server.calls('notes.page').length).toBeGreaterThan(0);
  page.name('two');
  await page.shows('two');
  for (const { open } of page.held.values()) open(undefined as never);
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setTimeout(resolve));
  expect(page.text().join() + page.seen.join()).not.toContain('one');
});

it.each(tokens)('a change belongs to the user who made it, and is not shown to another user, %s', async (_, token) => {
  const page = await open(token);
  await page.shows('one');
  page.held.set('add one', gate());
  // Before it is sent.
  const adding = page.add('early');
  page.name('two');
  await page.shows('two');
  page.held.get('add one')?.open(undefined as never);
  expect(await adding).toBe('added by one');
  await page.shows('two');
  expect([page.of('one'), page.of('two'), page.seen.join().includes('early')]).toEqual([
    ['note of one', 'early'],
    ['note of two'],
    false,
  ]);
  // While the server makes it, and it fails.
  for (const what of ['late', 'bad']) {
    page.held.set('add two', gate());
    const { length } = page.server.calls('notes.add');
    const late = page.add(what).catch((error: Error) => error.message);
    await expect.poll(() => page.server.calls('notes.add').length).toBe(length + 1);
    await expect.poll(() => page.text().join()).toContain(what);
    page.name('one');
    expect(page.text().join()).not.toContain(what);
    await page.shows('one', 'early');
    page.held.get('add two')?.open(undefined as never);
    expect(await late).toContain(what === 'late' ? 'added by two' : 'no answer');
    await page.shows('one', 'early');
    expect(page.seen.join()).not.toMatch(/late|bad|two|no answer/);
    page.name('two');
    await page.shows('two', 'late');
  }
  // What it has come to is shown to its user alone.
  for (const what of ['more', 'bad']) {
    await page.add(what).catch(() => {});
    await expect.poll(() => page.text().at(-1)).toMatch(/added by two|no answer/);
    page.name('one');
    expect(page.text().join()).not.toMatch(/two|no answer/);
    await page.shows('one', 'early');
    page.name('two');
  }
});
