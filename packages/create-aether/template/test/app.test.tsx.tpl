import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '@omnitron-dev/aether';
import { useMutation, useQuery } from '@omnitron-dev/aether/netron';
import { renderToString } from '@omnitron-dev/aether/ssr';
import { renderHook, until } from '@omnitron-dev/aether/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startNode } from '../server/node.ts';
import { App } from '../src/app.tsx';
import { appModule } from '../src/module.ts';
import { Notes } from '../src/notes.ts';

let address: string;
let stop: () => Promise<void>;

beforeEach(async () => {
  const { node, handler } = await startNode();
  const server = createServer(handler.node);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = async () => {
    server.closeAllConnections();
    server.close();
    await node.stop();
  };
});
afterEach(() => stop());

it('shows the notes of the service', async () => {
  await using app = createApp(appModule(address));
  expect(await renderToString(app.view(App))).toMatch(/<li>Hello\b/);
});

it('shows a note that was added', async () => {
  const hooks = () => ({ list: useQuery(Notes, 'list'), adding: useMutation(Notes, 'add') });
  await using hook = renderHook(hooks, { module: appModule(address) });
  const { list, adding } = hook.result;
  await until(list.data);
  await adding.mutate('milk');
  await until(() => list.data()?.some(({ text }) => text === 'milk'));
});

it('refuses a note without a text', async () => {
  await using hook = renderHook(() => useMutation(Notes, 'add'), { module: appModule(address) });
  await expect(hook.result.mutate(' ')).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(hook.result.error()?.message).toContain('expected a text');
});
