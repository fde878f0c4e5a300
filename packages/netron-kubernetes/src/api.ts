/** Requests to the API server: lists, and watches that end when they fall silent. */
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { StoreHost } from '@omnitron-dev/netron/discovery';
import { linesOf } from './lines.js';
import type { ReadOptions } from './options.js';
import { recordOf, versionOf } from './read.js';

/** Milliseconds for an answer. */
export const requestTimeout = 10_000;
/** Milliseconds for which a watch may be silent: the server sends bookmarks about every minute. */
export const silence = 90_000;
/** Most bytes of a list. */
const longestList = 64 * 1024 * 1024;

/** An answer other than 200. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(`the Kubernetes API server responded with status ${status}${reason === '' ? '' : `: ${reason}`}`);
    this.status = status;
  }
}

export class KubernetesApi {
  readonly #options: ReadOptions;
  readonly #host: Pick<StoreHost, 'clock' | 'inTime'>;

  constructor(options: ReadOptions, host: Pick<StoreHost, 'clock' | 'inTime'>) {
    this.#options = options;
    this.#host = host;
  }

  /** Returns all existing objects, and the version from which a watch continues. */
  list(): Promise<{ items: readonly unknown[]; version: string }> {
    return this.#host.inTime(requestTimeout, async (signal) => {
      const text = await textOf(await this.#request({}, signal), longestList);
      const { items, metadata } = recordOf(parse(text));
      if (!Array.isArray(items)) throw new Error('the Kubernetes API server did not respond with a list');
      return { items, version: versionOf(metadata) };
    });
  }

  /**
   * Calls `take` with the events after `version`, grouped as they arrive. Resolves when the server ends the watch, as it does every few
   * minutes; rejects when it was silent for too long.
   */
  async watch(version: string, take: (events: readonly unknown[]) => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#host;
    const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: version };
    const response = await this.#host.inTime(requestTimeout, (late) => this.#request(query, signal, late));
    let timer: unknown;
    const arm = (): void => {
      clock.clearTimeout(timer);
      timer = clock.setTimeout(() => response.destroy(new Error(`the watch was silent for ${silence} ms`)), silence, true);
    };
    try {
      arm();
      for await (const lines of linesOf(response)) {
        arm();
        if (lines.length > 0) take(lines.map(parse));
      }
    } finally {
      clock.clearTimeout(timer);
      response.destroy();
    }
  }

  /** Resolves to an answer with status 200. Any of the signals also ends the answer. */
  #request(query: Record<string, string>, ...signals: readonly AbortSignal[]): Promise<IncomingMessage> {
    const { server, path, selector, ca, token } = this.#options;
    const url = new URL(path, server);
    url.search = new URLSearchParams({ labelSelector: selector, ...query }).toString();
    const [secret, authority] = [token(), ca()];
    const headers = { accept: 'application/json', ...(secret !== '' && { authorization: `Bearer ${secret}` }) };
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'http:' ? requestHttp : requestHttps;
      const request = send(url, { headers, agent: false, ...(authority !== undefined && { ca: authority }) });
      for (const signal of signals) destroyWhenAborted(request, signal);
      request.once('error', reject);
      request.once('close', () => reject(new Error('the Kubernetes API server closed the connection without a response')));
      request.once('response', (response) => {
        if (response.statusCode === 200) return resolve(response);
        const fail = (reason: string): void => reject(new StatusError(response.statusCode ?? 0, reason.slice(0, 200)));
        textOf(response, 64 * 1024).then(fail, () => fail(''));
      });
      request.end();
    });
  }
}

/** Destroys the request when the signal aborts, and removes its listener once the request has ended. */
function destroyWhenAborted(request: ClientRequest, signal: AbortSignal): void {
  const abort = (): void => void request.destroy(signal.reason as Error);
  if (signal.aborted) return abort();
  signal.addEventListener('abort', abort, { once: true });
  request.once('close', () => signal.removeEventListener('abort', abort));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the Kubernetes API server did not respond with JSON');
  }
}

async function textOf(response: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new Error(`the response of Kubernetes exceeds ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
