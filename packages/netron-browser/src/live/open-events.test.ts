import { describe, expect, it } from 'vitest';
import type { HttpPeerOptions } from '../peer/options.js';
import { partsOf } from '../peer/parts.js';
import { eventsOf } from './open-events.js';

/** Opens the events of a server with one answer, for one user. */
function open(answer: () => Response, options: HttpPeerOptions = {}, owner = '') {
  const parts = partsOf('https://api.example.com/netron', { fetch: async () => answer(), ...options });
  return eventsOf(parts, owner)(['a'], undefined, new AbortController().signal);
}
const events = () => new Response('id: log.1\n\n', { headers: { 'content-type': 'text/event-stream' } });

describe('opening a stream of events', () => {
  it('returns the reader of the body, whatever middleware does with results', async () => {
    const middleware = {
      stage: 'POST_RESPONSE',
      async execute(context: { result: unknown }, next: () => Promise<void>) {
        context.result = { wrapped: context.result };
        await next();
      },
    };
    const reader = await open(events, { middleware: [middleware] });
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('id: log.1\n\n');
    expect(await reader.read()).toMatchObject({ done: true });
  });

  it('requests nothing as another user than the one whose events they are', async () => {
    let asked = 0;
    const answer = () => {
      asked += 1;
      return events();
    };
    const as = (identity: string) => open(answer, { token: 'a token', identity }, '"ada"');
    await expect(as('eve')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(asked).toBe(0);
    await (await as('ada')).cancel();
    expect(asked).toBe(1);
  });

  it('fails for an answer without a body', async () => {
    await expect(open(() => new Response(null, { status: 204 }))).rejects.toMatchObject({ code: 'data_loss' });
  });
});
