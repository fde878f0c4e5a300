/** The server of users that the tests of one file share: each begins with no calls counted. */
import { afterAll, beforeEach } from 'vitest';
import { startUserServer, type UserServer } from './server.js';

export async function sharedUserServer(): Promise<UserServer> {
  const server = await startUserServer();
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(() => {
    for (const method of Object.keys(server.calls)) delete server.calls[method];
  });
  return server;
}
