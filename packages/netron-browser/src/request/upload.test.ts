import { ErrorClasses } from '@omnitron-dev/netron/http/client';
import { afterEach, expect, it, vi } from 'vitest';
import { TestClock } from '../../test/clock.js';
import { errorCodec } from './error-codec.js';
import { prepareUpload } from './upload.js';

/** The used part of `XMLHttpRequest`. */
class FakeXhr {
  static sent = 0;
  static answer = 204;
  readonly upload: { onprogress?: unknown } = {};
  readonly status = FakeXhr.answer;
  readonly response = new Blob([]);
  onload = () => {};
  onloadend = () => {};
  open(): void {}
  setRequestHeader(): void {}
  abort(): void {}
  getAllResponseHeaders(): string {
    return '';
  }
  send(): void {
    FakeXhr.sent += 1;
    queueMicrotask(() => {
      this.onload();
      this.onloadend();
    });
  }
}
afterEach(() => {
  vi.unstubAllGlobals();
  FakeXhr.sent = 0;
});

function upload(signal: AbortSignal): Promise<Response> {
  vi.stubGlobal('XMLHttpRequest', FakeXhr);
  return prepareUpload(
    'https://api.example.com/netron/files/store',
    { method: 'POST', headers: {}, signal },
    {
      args: [new Blob(['abc'])],
      base: 'https://api.example.com/netron',
      clock: new TestClock(),
      errors: errorCodec(new ErrorClasses()),
      fetch: undefined,
      progress: () => {},
      streamed: false,
    },
  )();
}

it('is not sent when its signal was aborted while its code was loaded', async () => {
  vi.stubGlobal('fetch', async () => new Response(null, { status: 404 }));
  await expect(upload(AbortSignal.abort(new Error('given up')))).rejects.toThrow('given up');
  expect(FakeXhr.sent).toBe(0);
});

it.each([204, 205, 200])('is answered with %d although the page may see no header of the answer', async (status) => {
  FakeXhr.answer = status;
  expect((await upload(new AbortController().signal)).status).toBe(status);
});
