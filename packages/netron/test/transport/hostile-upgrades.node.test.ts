import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, Netron, systemClock } from '../../src/index.js';
import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import type { Server } from '../../src/transport/transport.js';
import { Probe } from '../contract/probe.js';
import { quiet } from '../integration/nodes.js';
import { WorkCounter } from '../work.js';
import { closeCodeIn, Raw, rawWebSocket, upgradeRequest, webSocketFrame } from './raw.js';

const transport = new WebSocketTransport();
let server: Server;
let port: number;
let accepted = 0;
let delivered = 0;

beforeAll(async () => {
  server = await transport.listen(0, { maxMessage: 1_000 });
  port = Number(new URL(server.address).port);
  server.accept((connection) => {
    accepted++;
    const probe = new Probe();
    probe.countOnly = true;
    probe.onMessage = () => delivered++;
    connection.start(probe);
  });
});

afterAll(() => server.close());

/** Its result, or the text 'nothing' instead of waiting for ever. */
const soon = <T>(promise: Promise<T>) => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'nothing'>((resolve) => {
    timer = setTimeout(() => resolve('nothing'), 60_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const long = 'x'.repeat(20_000);
const upgrades: [string, string][] = [
  ['the method POST', upgradeRequest({ first: 'POST / HTTP/1.1' })],
  ['the method PUT', upgradeRequest({ first: 'PUT / HTTP/1.1' })],
  ['the method OPTIONS', upgradeRequest({ first: 'OPTIONS * HTTP/1.1' })],
  ['the method CONNECT', upgradeRequest({ first: 'CONNECT example.com:80 HTTP/1.1' })],
  ['an unknown method', upgradeRequest({ first: 'BREW / HTTP/1.1' })],
  ['no method', upgradeRequest({ first: '/ HTTP/1.1' })],
  ['HTTP 0.9', 'GET /\r\n\r\n'],
  ['HTTP 9.9', upgradeRequest({ first: 'GET / HTTP/9.9' })],
  ['the preface of HTTP 2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['no version', upgradeRequest({ version: '' })],
  ['version 0', upgradeRequest({ version: 'Sec-WebSocket-Version: 0' })],
  ['version 14', upgradeRequest({ version: 'Sec-WebSocket-Version: 14' })],
  ['a version that is not a number', upgradeRequest({ version: 'Sec-WebSocket-Version: thirteen' })],
  ['no key', upgradeRequest({ key: '' })],
  ['an empty key', upgradeRequest({ key: 'Sec-WebSocket-Key:' })],
  ['a short key', upgradeRequest({ key: 'Sec-WebSocket-Key: abc' })],
  ['a long key', upgradeRequest({ key: `Sec-WebSocket-Key: ${'A'.repeat(100)}==` })],
  ['a key that is not base64', upgradeRequest({ key: 'Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==' })],
  ['two keys', upgradeRequest({ more: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' })],
  ['no upgrade', upgradeRequest({ upgrade: '' })],
  ['another upgrade', upgradeRequest({ upgrade: 'Upgrade: h2c' })],
  ['no connection', upgradeRequest({ connection: '' })],
  ['connection close', upgradeRequest({ connection: 'Connection: close' })],
  ['no host', upgradeRequest({ host: '' })],
  ['an empty protocol', upgradeRequest({ more: 'Sec-WebSocket-Protocol: ,' })],
  ['a protocol of spaces', upgradeRequest({ more: 'Sec-WebSocket-Protocol: a b' })],
  ['a duplicate protocol', upgradeRequest({ more: 'Sec-WebSocket-Protocol: a, a' })],
  ['a foreign origin', upgradeRequest({ more: 'Origin: https://evil.example' })],
  ['the origin null', upgradeRequest({ more: 'Origin: null' })],
  ['an origin that starts with the allowed one', upgradeRequest({ more: 'Origin: http://127.0.0.1.evil.example' })],
  ['an origin that ends with the allowed one', upgradeRequest({ more: 'Origin: http://evil127.0.0.1' })],
  ['an origin with credentials', upgradeRequest({ more: 'Origin: http://127.0.0.1@evil.example' })],
  ['an origin that is not a URL', upgradeRequest({ more: 'Origin: 127.0.0.1' })],
  ['another port as origin', upgradeRequest({ more: 'Origin: http://127.0.0.1:1' })],
  ['a header of 20 kB', upgradeRequest({ more: `X: ${long}` })],
  ['a path of 20 kB', upgradeRequest({ first: `GET /${long} HTTP/1.1` })],
  ['3,000 headers', upgradeRequest({ more: Array.from({ length: 3_000 }, (_, i) => `X${i}: ${i}`).join('\r\n') })],
  ['a header with a NUL', upgradeRequest({ more: 'X: a\0b' })],
  ['a folded header', upgradeRequest({ more: 'X: a\r\n b' })],
  ['a header without a colon', upgradeRequest({ more: 'nonsense' })],
  ['a header without a name', upgradeRequest({ more: ': x' })],
  ['a smuggled length', upgradeRequest({ first: 'POST / HTTP/1.1', more: 'Content-Length: 5\r\nTransfer-Encoding: chunked' })],
  ['bytes of an unknown protocol', Buffer.from(Array.from({ length: 100 }, (_, i) => (i * 37) & 255)).toString('latin1')],
];

describe('A2: hostile upgrades', () => {
  it.each(upgrades)('%s gets a response or is closed within a second', async (_, request) => {
    const before = accepted;
    const raw = new Raw(port);
    await raw.write(Buffer.from(request, 'latin1'));
    const outcome = await soon(raw.until((received) => received.includes('\r\n\r\n')));
    expect(outcome).not.toBe('nothing');
    const status = raw.received.toString('latin1').slice(0, 12);
    expect(status === '' || /^HTTP\/1\.1 4\d\d$/.test(status), status).toBe(true);
    raw.socket.destroy();
    expect(accepted).toBe(before);
  });

  it('are 43 cases', () => expect(upgrades.length).toBe(43));
});

const bytes = (...list: number[]) => Uint8Array.from(list);
const many = (count: number, frame: Buffer) => Buffer.concat(Array.from({ length: count }, () => frame));
const closeFrame = (code: number) => webSocketFrame(0x88, bytes(code >> 8, code & 255));
const reserved = [0x90, 0xa0, 0xb0, 0xc0, 0xd0, 0xe0, 0xf0];
const opcodes = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
const badCodes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

const frames: [string, Uint8Array, number][] = [
  ...reserved.map((bits): [string, Uint8Array, number] => [
    `reserved bits ${bits.toString(16)}`,
    webSocketFrame(bits | 2, bytes(1)),
    1002,
  ]),
  ...opcodes.map((code): [string, Uint8Array, number] => [`opcode ${code}`, webSocketFrame(0x80 | code, bytes(1)), 1002]),
  ...badCodes.map((code): [string, Uint8Array, number] => [`close code ${code}`, closeFrame(code), 1002]),
  ['a close of one byte', webSocketFrame(0x88, bytes(1)), 1002],
  ['a close of 126 bytes', webSocketFrame(0x88, new Uint8Array(126)), 1002],
  ['a close in pieces', webSocketFrame(0x08, bytes(3, 232)), 1002],
  ['a ping of 126 bytes', webSocketFrame(0x89, new Uint8Array(126)), 1002],
  ['a ping in pieces', webSocketFrame(0x09, bytes(1)), 1002],
  ['a pong of 126 bytes', webSocketFrame(0x8a, new Uint8Array(126)), 1002],
  ['a pong in pieces', webSocketFrame(0x0a, bytes(1)), 1002],
  ['a frame without a mask', webSocketFrame(0x82, bytes(1), { masked: false }), 1002],
  ['a ping without a mask', webSocketFrame(0x89, bytes(1), { masked: false }), 1002],
  ['a continuation without a first frame', webSocketFrame(0x80, bytes(1)), 1002],
  ['an unfinished continuation without a first frame', webSocketFrame(0x00, bytes(1)), 1002],
  ['a message inside of a message', Buffer.concat([webSocketFrame(0x02, bytes(1)), webSocketFrame(0x82, bytes(2))]), 1002],
  ['an empty message', webSocketFrame(0x82), 1002],
  ['an empty message in pieces', Buffer.concat([webSocketFrame(0x02), webSocketFrame(0x80)]), 1002],
  ['a compressed frame', webSocketFrame(0xc2, bytes(1, 2, 3)), 1002],
  ['a text message', webSocketFrame(0x81, Buffer.from('hello')), 1003],
  ['a string that is not UTF-8', webSocketFrame(0x81, bytes(0xff, 0xfe)), 1003],
  ['one byte too many', webSocketFrame(0x82, new Uint8Array(1_001)), 1009],
  [
    'one byte too many in pieces',
    Buffer.concat([webSocketFrame(0x02, new Uint8Array(600)), webSocketFrame(0x80, new Uint8Array(401))]),
    1009,
  ],
  ['4 GB announced', webSocketFrame(0x82, bytes(1), { length: 2 ** 32 }), 1009],
  ['2^53 bytes announced', webSocketFrame(0x82, bytes(1), { length: 2n ** 53n }), 1009],
  ['2^63 bytes announced', webSocketFrame(0x82, bytes(1), { length: 2n ** 63n }), 1009],
];

describe('A2: illegal frames', () => {
  it.each(frames)('%s closes the connection with its close code', async (_, frame, code) => {
    const before = delivered;
    const raw = await rawWebSocket(port);
    await raw.write(frame);
    const outcome = await soon(raw.until((received) => closeCodeIn(received) !== undefined));
    expect(outcome).not.toBe('nothing');
    expect(closeCodeIn(raw.received)).toBe(code);
    raw.socket.destroy();
    expect(delivered).toBe(before);
  });

  it('are at least 52 cases', () => expect(frames.length).toBeGreaterThanOrEqual(52));

  it('A12: 300,000 fragments of one byte close the connection with 1008 after 1,024 fragments', async () => {
    const roomy = await transport.listen(0);
    roomy.accept((connection) => connection.start(new Probe()));
    const raw = await rawWebSocket(Number(new URL(roomy.address).port));
    const fragments = many(1_000, webSocketFrame(0x00, bytes(1)));
    await raw.write(webSocketFrame(0x02, bytes(1)));
    let sent = 0;
    for (; sent < 300 && !raw.socket.destroyed && closeCodeIn(raw.received) === undefined; sent++) {
      await Promise.race([raw.write(fragments), raw.closed]);
    }
    await raw.until((received) => closeCodeIn(received) !== undefined);
    expect(closeCodeIn(raw.received)).toBe(1008);
    raw.socket.destroy();
    await roomy.close();
  });

  it('B14: a flood of pings closes the connection with 1008 and does not delay other connections', async () => {
    const raw = await rawWebSocket(port);
    const flood = many(10_000, webSocketFrame(0x89, bytes(1, 2, 3, 4)));
    using work = new WorkCounter();
    for (let i = 0; i < 20 && !raw.socket.destroyed; i++) await Promise.race([raw.write(flood), raw.closed]);
    await raw.until((received) => closeCodeIn(received) !== undefined);
    expect(closeCodeIn(raw.received)).toBe(1008);
    // A hundred are answered; of each of the others no more is done than to leave it.
    expect(work.take()).toBeLessThan(201_000);
    raw.socket.destroy();
  });
});

describe('E1: origins', () => {
  const from = async (to: Pick<Server, 'address'>, origin: string, host?: string) => {
    const connection = await transport.connect(to.address, { headers: { Origin: origin, ...(host ? { Host: host } : {}) } });
    connection.terminate();
  };

  it('accepts pages of the same host', async () => {
    await from(server, `http://127.0.0.1:${port}`);
    await from(server, 'https://app.example.com', 'app.example.com');
    await from(server, 'https://app.example.com', 'app.example.com:443');
    await from(server, 'http://APP.example.com:8080', 'app.example.com:8080');
  });

  it('compares allowed origins as a whole', async () => {
    const listed = await transport.listen(0, { origins: ['https://app.example.com'] });
    await from(listed, 'https://app.example.com');
    for (const origin of [
      'http://app.example.com',
      'https://app.example.com.evil.example',
      'https://evil-app.example.com',
      'https://app.example.com:8443',
      'https://example.com',
      'null',
    ]) {
      await expect(from(listed, origin)).rejects.toMatchObject({ code: 'permission_denied' });
    }
    await listed.close();
  });

  it("accepts all origins with '*'", async () => {
    const open = await transport.listen(0, { origins: '*' });
    await from(open, 'https://evil.example');
    await open.close();
  });

  it('a node logs refused origins at most once a minute', async () => {
    const lines: unknown[] = [];
    let later = 0;
    const logger = { ...quiet, warn: (facts: object, text: string) => void lines.push({ ...facts, text }) };
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + later };
    await using node = await Netron.create({ listenPort: 0, logger, clock });
    const to = { address: node.addresses[0] as string };
    const refused = (origin: string) => expect(from(to, origin)).rejects.toMatchObject({ code: 'permission_denied' });
    for (const origin of ['https://one.example', 'https://two.example']) await refused(origin);
    const text = 'a page was refused: its origin is not allowed (option origins of the listener)';
    const line = { address: to.address, from: expect.stringContaining('127.0.0.1'), text };
    expect(lines).toEqual([{ ...line, origin: 'https://one.example' }]);
    later = 60_000;
    await refused(`https://${'x'.repeat(500)}.example`);
    expect(lines.slice(1)).toEqual([{ ...line, origin: `https://${'x'.repeat(120)}` }]);
  });
});
