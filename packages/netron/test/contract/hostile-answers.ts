/** Answers over HTTP that no registry should give, for fakes of registries that speak it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { VirtualClock } from '../integration/virtual-clock.js';
import type { TestNode } from './discovering.js';

/** Gives one wrong answer to a request. */
export type HostileAnswer = (response: ServerResponse, request: IncomingMessage) => void;

const json = { 'content-type': 'application/json' };
const text =
  (body: string, status = 200): HostileAnswer =>
  (response) =>
    response.writeHead(status, json).end(body);

/** Writes something again and again until the other end has closed the connection. */
function forever(response: ServerResponse, write: () => void): void {
  const again = (): void => {
    if (response.destroyed || response.socket?.destroyed === true) return;
    write();
    setTimeout(again, 1);
  };
  again();
}

/** A wrong answer, and what is said of it. */
type Case = readonly [name: string, answer: HostileAnswer, says: RegExp];

/**
 * Gives a node each of the wrong answers, and a right one after it. Time stands still, but where only the end of a time limit ends
 * an answer.
 *
 * @param elsewhere address of a server that nobody should be led to
 * @param server the fake of the registry
 * @param node on virtual time; `ask` asks once and resolves to the ids that are known then
 * @param known the ids that are right
 */
export async function survivesHostileAnswers(
  elsewhere: string,
  server: { hostile: HostileAnswer | undefined },
  { discovery, clock, ask }: Pick<TestNode, 'discovery'> & { readonly clock: VirtualClock; ask(): Promise<string[]> },
  known: readonly string[],
): Promise<void> {
  for (const [name, answer, says] of hostileAnswers(elsewhere)) {
    server.hostile = answer;
    const asked = ask();
    expect([name, await (says === late ? clock.settle(asked) : asked)]).toEqual([name, known]);
    const [{ up, error } = {}] = discovery.backends;
    expect([name, up, error?.message]).toEqual([name, false, expect.stringMatching(says)]);
    server.hostile = undefined;
    expect([name, await ask(), discovery.state]).toEqual([name, known, 'ready']);
  }
}

const late = /within/;

function hostileAnswers(elsewhere: string): readonly Case[] {
  const status = [204, 400, 401, 403, 410, 429, 503].map(
    (code) => [`status ${code}`, text(code === 204 ? '' : `"made to answer ${code}"`, code), /JSON|list|\d{3}/] as const,
  );
  const redirects = [301, 302, 307, 308].map((code) => {
    const answer: HostileAnswer = (response) => response.writeHead(code, { location: elsewhere }).end();
    return [`a redirect, ${code}`, answer, new RegExp(String(code))] as const;
  });
  const types = ['42', '"text"', 'null', '{}', '{"items":{"0":1}}', '[{"Service":', '{"items":[', '<html></html>', ''].map(
    (body) => [`the body ${body}`, text(body), /JSON|with an? (?:array|list)/] as const,
  );
  return [
    ...status,
    ...redirects,
    ...types,
    ['nothing', () => {}, late],
    ['an end before an answer', (response) => response.destroy(), /closed|hang up|ECONNRESET|terminated|fetch failed/],
    [
      'a body that is cut',
      (response) => {
        response.writeHead(200, { ...json, 'content-length': '100' });
        response.write('[', () => response.destroy());
      },
      /aborted|terminated|closed|ECONNRESET/,
    ],
    [
      'something other than HTTP',
      (response) => void response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'),
      /parse|HTTP|HPE|socket|closed/i,
    ],
    ['another protocol', (response) => void response.writeHead(101, { connection: 'upgrade', upgrade: 'x' }).end(), /./],
    [
      'a head that does not end',
      (response) => {
        response.socket?.write('HTTP/1.1 200 OK\r\n');
        forever(response, () => response.socket?.write(`x-more: ${'x'.repeat(1_000)}\r\n`));
      },
      /overflow|parse/i,
    ],
    ['a body that does not end', (response) => forever(response.writeHead(200, json), () => response.write(' ')), late],
    ['an error that does not end', (response) => forever(response.writeHead(500, json), () => response.write(' ')), late],
    [
      'a body that is too long',
      (response) => {
        response.writeHead(200, json).end(Buffer.alloc(65 * 2 ** 20, 0x20));
      },
      /exceeds/,
    ],
    [
      'a body that is too long when it is unpacked',
      (response) => {
        const packed = gzipSync(Buffer.alloc(2 ** 20, 0x20));
        response.writeHead(200, { ...json, 'content-encoding': 'gzip' });
        for (let size = 0; size <= 64; size += 1) response.write(packed);
        response.end();
      },
      /exceeds|JSON/,
    ],
  ];
}
