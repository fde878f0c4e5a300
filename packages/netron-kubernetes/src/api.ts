/** Requests to the API server: lists, and watches that end when they fall silent. */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '@omnitron-dev/netron';
import type { ReadOptions } from './options.js';

/** Milliseconds that a list may take, and that a watch may be silent: the server sends bookmarks about every minute. */
const listTimeout = 10_000;
export const silence = 90_000;
/** Bytes of a list, and of one line of a watch. */
const longestList = 64 * 1024 * 1024;
const longestLine = 4 * 1024 * 1024;

/** An answer other than 200. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(`the API server of Kubernetes has answered ${status}${reason === '' ? '' : `: ${reason}`}`);
    this.status = status;
  }
}

export class KubernetesApi {
  readonly #options: ReadOptions;
  readonly #clock: Clock;

  constructor(options: ReadOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** All objects that there are, and the version that a watch continues from. */
  async list(signal: AbortSignal): Promise<{ items: readonly unknown[]; version: string }> {
    const response = await this.#request({}, signal);
    const timer = this.#clock.setTimeout(
      () => response.destroy(new Error(`no list within ${listTimeout} ms`)),
      listTimeout,
      true,
    );
    try {
      const answer = JSON.parse(await textOf(response, longestList)) as {
        items?: unknown;
        metadata?: { resourceVersion?: unknown };
      } | null;
      if (!Array.isArray(answer?.items))
        throw new Error('the API server of Kubernetes has answered with something other than a list');
      return { items: answer.items, version: String(answer.metadata?.resourceVersion ?? '') };
    } finally {
      this.#clock.clearTimeout(timer);
    }
  }

  /**
   * Calls `take` with each event after `version`; resolves when the server ends the watch, as it does every few minutes.
   * Rejects when it was silent for too long.
   */
  async watch(version: string, take: (event: unknown) => void, signal: AbortSignal): Promise<void> {
    const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: version };
    const response = await this.#request(query, signal);
    let timer: unknown;
    const arm = (): void => {
      this.#clock.clearTimeout(timer);
      timer = this.#clock.setTimeout(() => response.destroy(new Error(`a watch was silent for ${silence} ms`)), silence, true);
    };
    try {
      arm();
      let rest = '';
      response.setEncoding('utf8');
      for await (const text of response as AsyncIterable<string>) {
        arm();
        const lines = (rest + text).split('\n');
        rest = lines.pop() as string;
        if (rest.length > longestLine) throw new Error(`an event of Kubernetes is longer than ${longestLine} characters`);
        for (const line of lines) if (line.trim() !== '') take(JSON.parse(line));
      }
    } finally {
      this.#clock.clearTimeout(timer);
      response.destroy();
    }
  }

  #request(query: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
    const { server, path, selector, ca, token } = this.#options;
    const url = new URL(path, server);
    url.search = new URLSearchParams({ labelSelector: selector, ...query }).toString();
    const secret = token();
    const headers = { accept: 'application/json', ...(secret !== '' && { authorization: `Bearer ${secret}` }) };
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'http:' ? requestHttp : requestHttps;
      const request = send(url, { headers, signal, agent: false, ...(ca !== undefined && { ca }) });
      const timer = this.#clock.setTimeout(
        () => request.destroy(new Error(`no answer of Kubernetes within ${listTimeout} ms`)),
        listTimeout,
        true,
      );
      request.once('error', (error) => {
        this.#clock.clearTimeout(timer);
        reject(error);
      });
      request.once('response', (response) => {
        this.#clock.clearTimeout(timer);
        if (response.statusCode === 200) return resolve(response);
        const fail = (reason: string): void => reject(new StatusError(response.statusCode ?? 0, reason.slice(0, 200)));
        textOf(response, 64 * 1024).then(fail, () => fail(''));
      });
      request.end();
    });
  }
}

async function textOf(response: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new Error(`an answer of Kubernetes is longer than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
