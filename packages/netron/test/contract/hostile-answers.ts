/** Answers over HTTP that no registry should give, for fakes of registries that speak it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

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

/**
 * Answers, and what is said of each.
 *
 * @param elsewhere address of a server that nobody should be led to
 */
export function hostileAnswers(elsewhere: string): readonly (readonly [name: string, answer: HostileAnswer, says: RegExp])[] {
  const status = [204, 400, 401, 403, 410, 429, 503].map(
    (code) => [`status ${code}`, text(code === 204 ? '' : `"made to answer ${code}"`, code), /JSON|list|\d{3}/] as const,
  );
  const redirects = [301, 302, 307, 308].map((code) => {
    const answer: HostileAnswer = (response) => response.writeHead(code, { location: elsewhere }).end();
    return [`a redirect, ${code}`, answer, new RegExp(String(code))] as const;
  });
  const types = ['42', '"text"', 'null', '{}', '{"items":{"0":1}}', '[{"Service":', '{"items":[', '<html></html>', ''].map(
    (body) => [`the body ${body}`, text(body), /JSON|other than a list/] as const,
  );
  return [
    ...status,
    ...redirects,
    ...types,
    ['nothing', () => {}, /within/],
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
        forever(response, () => response.socket?.write('x-more: x\r\n'));
      },
      /within|overflow|parse/i,
    ],
    ['a body that does not end', (response) => forever(response.writeHead(200, json), () => response.write(' ')), /within/],
    [
      'an error that does not end',
      (response) => forever(response.writeHead(500, json), () => response.write(' ')),
      /within|answered 500/,
    ],
    [
      'a body that is too long',
      (response) => {
        response.writeHead(200, json).end(Buffer.alloc(65 * 2 ** 20, 0x20));
      },
      /longer than|within/,
    ],
    [
      'a body that is too long when it is unpacked',
      (response) => {
        const packed = gzipSync(Buffer.alloc(2 ** 20, 0x20));
        response.writeHead(200, { ...json, 'content-encoding': 'gzip' });
        for (let size = 0; size <= 64; size += 1) response.write(packed);
        response.end();
      },
      /longer than|within|JSON/,
    ],
  ];
}
