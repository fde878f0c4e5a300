import { describe, expect, it } from 'vitest';
import { NamedPipeTransport } from '../../src/transport/node/pipe.js';
import { freshPath } from './temporary.js';
import { testTransport } from './transport.js';

// A pipe of Windows and a Unix socket are the same to Node but for the path.
const paths = new Map<string, string>();
const pathOf = (name: string) => {
  const path = paths.get(name) ?? freshPath();
  paths.set(name, path);
  return path;
};
const transport = process.platform === 'win32' ? new NamedPipeTransport() : new NamedPipeTransport(pathOf);
let count = 0;

testTransport('pipe', {
  listen: (options) => transport.listen(`netron-test-${process.pid}-${count++}`, options),
  connect: (server, options) => transport.connect(server.address, options),
  listenAgain: (server) => transport.listen(server.address),
  connectToNobody: () => transport.connect('pipe:nobody'),
  connectToNonsense: () => transport.connect('pipe:a/b'),
});

describe('NamedPipeTransport', () => {
  it.runIf(process.platform !== 'win32')('says where there are no named pipes', async () => {
    await expect(new NamedPipeTransport().connect('pipe:a')).rejects.toMatchObject({ code: 'unimplemented' });
    await expect(new NamedPipeTransport().listen('pipe:a')).rejects.toMatchObject({ code: 'unimplemented' });
  });
});
