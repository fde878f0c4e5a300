import { expect, it } from 'vitest';
import { TestClock } from '../../test/clock.js';
import { sendResumably } from './resume.js';

it('a request for the offset without an answer is repeated, and the rest is sent', async () => {
  const clock = new TestClock();
  const asked: string[] = [];
  const sent: number[] = [];
  const upload = {
    ...{ base: 'https://api.example.com/netron', clock, body: new Blob(['0123456789']), streamed: false },
    send: async (_: string, { method = '' }: RequestInit) => {
      asked.push(method);
      if (asked.length === 1) return new Promise<Response>(() => {});
      return new Response(null, { headers: { 'upload-offset': '4' } });
    },
    deliver: async (_: string, __: RequestInit, rest: Blob) => {
      sent.push(rest.size);
      if (sent.length === 1) throw new TypeError('the connection was lost');
      return new Response(null, { status: 204 });
    },
  };
  const answer = sendResumably('https://api.example.com/netron/files/store', { method: 'POST', headers: {} }, upload);
  for (let steps = 0; steps < 5; steps++) await clock.advance(5_000);
  expect((await answer).status).toBe(204);
  expect([asked, sent]).toEqual([
    ['HEAD', 'HEAD'],
    [10, 6],
  ]);
});
