import { describe, expect, it } from 'vitest';
import type { NodeInfo } from './node-info.js';
import { isForbidden, readRecord, runOf } from './read-record.js';

const schemes: ReadonlySet<string> = new Set(['ws', 'wss', 'tcp', 'unix']);
const good = { id: 'a', instance: 'i', status: 'up', addresses: ['tcp://10.0.0.1:80'], labels: {}, weight: 1 };
const refusal = (record: unknown): string | undefined => {
  const reading = readRecord(record, schemes);
  return 'refused' in reading ? reading.refused : undefined;
};
const read = (record: unknown): NodeInfo => (readRecord(record, schemes) as { node: NodeInfo }).node;

describe('D5: a record of a registry', () => {
  it('is read from JSON or an object, with all fields that a node may set', () => {
    const full = {
      ...good,
      started: 5,
      status: 'draining',
      services: ['users@1.0.0', 'a/b.c-d@2.0.0-beta.1'],
      region: 'eu',
      zone: 'a',
      labels: { tier: 'gold', empty: '' },
      weight: 0.5,
      version: '3',
      load: 0.7,
    };
    expect(read(full)).toEqual(full);
    expect(read(JSON.stringify(full))).toEqual(full);
    expect(read({ ...good, unknown: 'field' })).toEqual({ ...good, started: 0 });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /not an object/],
    ['a list', [], /not an object/],
    ['null', 'null', /not an object/],
    ['text', '{"id":', /not JSON/],
    ['1 MB', JSON.stringify({ ...good, version: 'x'.repeat(2 ** 20) }), /longer than 16384 characters/],
    ['deep nesting', `${'['.repeat(10_000)}`, /not JSON/],
    ['no id', { ...good, id: '' }, /^id must be/],
    ['a long id', { ...good, id: 'x'.repeat(129) }, /^id must be/],
    ['an id that is no string', { ...good, id: { toString: () => 'a' } }, /^id must be/],
    ['no instance', { ...good, instance: 5 }, /^instance must be/],
    ['another status', { ...good, status: 'dead' }, /^status must be/],
    ['inherited fields', Object.create(good), /^status must be/],
    ['no addresses', { ...good, addresses: [] }, /no address that this node can connect to/],
    ['foreign schemes', { ...good, addresses: ['gopher://a', 'javascript:alert(1)'] }, /no address that this node/],
    ['nine addresses', { ...good, addresses: Array(9).fill('tcp://10.0.0.1:1') }, /at most 8/],
    ['a long address', { ...good, addresses: [`tcp://${'a'.repeat(300)}:1`] }, /an address must be/],
    ['1,025 services', { ...good, services: Array(1_025).fill('a@1.0.0') }, /at most 1024/],
    ['a service without version', { ...good, services: ['users'] }, /name@1\.0\.0/],
    ['a service with a range', { ...good, services: ['users@^1.0.0'] }, /name@1\.0\.0/],
    ['65 labels', { ...good, labels: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`l${n}`, ''])) }, /more than 64/],
    ['a label that is no string', { ...good, labels: { a: 1 } }, /label's value/],
    ['a label named __proto__', `${JSON.stringify(good).slice(0, -1)},"labels":{"__proto__":"x"}}`, /__proto__/],
    ['a weight below 0', { ...good, weight: -1 }, /^weight must be/],
    ['a weight that is no number', { ...good, weight: Number.NaN }, /^weight must be/],
  ])('is refused when it is %s', (_, record, reason) => {
    expect(refusal(record)).toMatch(reason);
  });

  it('names its run, or none when it is no record', () => {
    expect(runOf('{"id":"a","instance":"i","status":7}')).toEqual({ id: 'a', instance: 'i' });
    const none = ['', 'x', 'null', '7', '[]', '{"id":"a"}', '{"id":7,"instance":"i"}', `${' '.repeat(16 * 1024)}{}`];
    for (const record of none) expect(runOf(record)).toBeUndefined();
  });

  it('never throws and never changes a prototype', () => {
    const trap = new Proxy(
      {},
      {
        getOwnPropertyDescriptor() {
          throw new Error('trap');
        },
      },
    );
    expect(refusal(trap)).toBe('cannot be read');
    readRecord(`{"__proto__":{"polluted":1},"id":"a"}`, schemes);
    expect(({} as Record<string, unknown>).polluted).toBe(undefined);
    for (let n = 0; n < 10_000; n += 1) readRecord('{"id":', schemes);
  });

  it('leaves out addresses that this node cannot use', () => {
    expect(read({ ...good, addresses: ['quic://10.0.0.1:1', 'unix:/run/a.sock', 'wss://example.com/netron'] }).addresses).toEqual(
      ['unix:/run/a.sock', 'wss://example.com/netron'],
    );
  });
});

describe('E8: addresses that no node can have', () => {
  it.each([
    'ws://169.254.169.254/latest/meta-data',
    'tcp://169.254.0.1:80',
    'tcp://2852039166:80',
    'tcp://0xA9FEA9FE:80',
    'tcp://0251.0376.0251.0376:80',
    'tcp://0xa9.254.43518:80',
    'ws://[::ffff:169.254.169.254]:80/',
    'ws://[::ffff:a9fe:a9fe]/',
    'ws://[::169.254.169.254]/',
    'tcp://[fe80::1]:80',
    'tcp://[febf::1]:80',
    'tcp://[ff02::1]:80',
    'tcp://[::]:80',
    'tcp://[0:0:0:0:0:0:0:0]:80',
    'tcp://0.0.0.0:80',
    'tcp://0:80',
    'tcp://224.0.0.1:80',
    'tcp://239.255.255.255:80',
    'tcp://255.255.255.255:80',
    'tcp://240.0.0.1:80',
    'ws://user:secret@10.0.0.1/',
    'ws://169.254.169.254@10.0.0.1/',
    'tcp://',
    'tcp://[::1',
  ])('%s', (address) => {
    expect(isForbidden(address)).toBe(true);
    expect(refusal({ ...good, addresses: [address] })).toMatch(/address/);
  });

  it.each([
    'tcp://10.0.0.1:80',
    'tcp://127.0.0.1:80',
    'ws://localhost:8080/netron',
    'tcp://[::1]:80',
    'tcp://[2001:db8::1]:80',
    'wss://node-1.example.com/',
    'tcp://22.1.1.1:1',
    'tcp://223.255.255.1:1',
    'unix:/run/netron/a.sock',
    'ws://[::ffff:10.0.0.1]/',
  ])('%s is accepted', (address) => expect(isForbidden(address)).toBe(false));
});
