import { execFileSync } from 'node:child_process';
import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UnixSocketTransport } from '../../src/transport/node/unix.js';
import { Probe } from '../contract/probe.js';
import { freshPath } from '../contract/temporary.js';

const transport = new UnixSocketTransport();

/** The file of a socket whose process was killed. */
function staleSocket(path: string): void {
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', program], { stdio: 'ignore' });
  } catch {
    // Killed, as intended.
  }
}

describe('E12: the file of a Unix socket', () => {
  it('is accessible only to its user by default, and is removed when the server closes', async () => {
    const path = freshPath();
    const server = await transport.listen(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await server.close();
    expect(existsSync(path)).toBe(false);
    const shared = await transport.listen(path, { mode: 0o660 });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    await shared.close();
  });

  it('does not change permissions of other files', async () => {
    const before = process.umask();
    const server = await transport.listen(freshPath());
    expect(process.umask()).toBe(before);
    await server.close();
  });

  it('is replaced when no process listens', async () => {
    const path = freshPath();
    staleSocket(path);
    expect(existsSync(path)).toBe(true);
    const server = await transport.listen(`unix:${path}`);
    server.accept((connection) => connection.start(new Probe()));
    (await transport.connect(path)).terminate();
    await server.close();
  });

  it('is replaced by one of several concurrent servers; the others fail', async () => {
    for (let round = 0; round < 5; round += 1) {
      const path = freshPath();
      staleSocket(path);
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => transport.listen(path)));
      const listening = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
      expect(listening).toHaveLength(1);
      for (const error of refused) expect(error).toMatchObject({ code: 'unavailable', cause: { code: 'EADDRINUSE' } });
      const accepted = new Promise<void>((resolve) => listening[0]?.accept(() => resolve()));
      const near = await transport.connect(path);
      await accepted;
      near.terminate();
      expect(existsSync(`${path}.lock`)).toBe(false);
      await listening[0]?.close();
    }
  });

  it('is replaced when another process was killed while replacing it', async () => {
    const path = freshPath();
    staleSocket(path);
    writeFileSync(`${path}.lock`, '');
    await expect(transport.listen(path)).rejects.toMatchObject({ code: 'unavailable' });
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(`${path}.lock`, longAgo, longAgo);
    await (await transport.listen(path)).close();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('is not replaced while a process listens; a file that is not a socket is never replaced', async () => {
    const path = freshPath();
    const server = await transport.listen(path);
    await expect(transport.listen(path)).rejects.toMatchObject({ code: 'unavailable', cause: { code: 'EADDRINUSE' } });
    (await transport.connect(path)).terminate();
    await server.close();
    writeFileSync(path, 'precious');
    await expect(transport.listen(path)).rejects.toMatchObject({ code: 'unavailable' });
    expect(existsSync(path)).toBe(true);
  });

  it('is refused when its path is longer than the system allows', async () => {
    await expect(transport.listen(`/tmp/${'x'.repeat(120)}`)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(transport.connect('unix:')).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});
