import { type FileHandle, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Netron } from '@omnitron-dev/netron';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import {
  Audit,
  type AuditRecord,
  createApp,
  EventBus,
  Public,
  RequireRole,
  Revocations,
  TitanService,
  verifyAuditFile,
} from '../../src/index.js';
import { AuditFile } from '../../src/security/audit-file.js';
import { endAll, ends, providerOf } from '../guard/callers.js';

const folder = await mkdtemp(join(tmpdir(), 'titan-audit-'));
afterAll(() => rm(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${++files}.log`);
afterEach(endAll);

@TitanService({ name: 'accounts', audit: true, auth: { required: true, except: ['open'] } })
class Accounts {
  @Public()
  open() {}
  @Audit({ arguments: ['to', 'password'] })
  @RequireRole('teller')
  @Public()
  pay(_order: { to: string; amount: number; password: string }) {
    return 'paid';
  }
  @Audit({ arguments: true })
  @Public()
  fail(_long: string) {
    throw new Error('no');
  }
}

@TitanService({ name: 'notes' })
class Notes {
  @Audit({ arguments: ['to'] })
  @Public()
  add(_text: string) {}
  @Audit({ arguments: true })
  @Public()
  keep(_text: string) {}
}

describe('EV-10, SE-14: the audit trail', () => {
  it('says so where a list of keys meets an argument that is no object', async () => {
    const app = createApp({ signals: false, logger: { level: 'silent' }, config: { netron: { port: 0, healthPort: false } } });
    const heard: AuditRecord[] = [];
    app.get(EventBus).subscribe('audit:*', (record) => void heard.push(record as AuditRecord));
    await app.service(Notes).start();
    ends.push(() => app.stop());
    await app.connectToService(Notes).add('a non-empty string');
    expect(heard).toMatchObject([{ kind: 'call', arguments: ['(not an object with these keys)'] }]);
  });

  it('records calls with caller and outcome, failed logins and revocations, as events and as lines of a file', async () => {
    const path = newPath();
    const authentication = providerOf({ ada: { userId: 'ada', roles: ['teller'], tokenId: 't1' }, bob: { userId: 'bob' } });
    const app = createApp({
      signals: false,
      logger: { level: 'silent' },
      config: { netron: { port: 0, healthPort: false } },
      audit: { path, key: 'a secret' },
      security: { authentication },
    }).service(Accounts);
    const heard: AuditRecord[] = [];
    app.get(EventBus).subscribe('audit:*', (record) => void heard.push(record as AuditRecord));
    await app.start();
    ends.push(() => app.stop());
    const as = async (credentials?: string) => {
      const node = await Netron.create({ logLevel: 'silent', credentials });
      ends.push(() => node.stop());
      return (await node.connect(app.netron!.addresses[0]!)).queryInterface<Accounts>('accounts');
    };
    const order = { to: 'x', amount: 5, password: 'p' };
    const quietly = (call: unknown) => (call as Promise<unknown>).catch(() => {});
    const [ada, bob] = [await as('ada'), await as('bob')];
    await ada.pay(order);
    await quietly(bob.pay(order));
    await quietly(ada.fail('x'.repeat(10_000)));
    await (await as()).open();
    await quietly(as('wrong'));
    app.get(Revocations).revoke({ userId: 'bob' });
    const facts = heard.map((record) =>
      record.kind === 'call'
        ? [record.method, record.user?.userId, record.outcome, record.arguments]
        : record.kind === 'login'
          ? ['login', record.outcome]
          : ['revoked', record.userId],
    );
    expect(facts).toEqual([
      ['pay', 'ada', 'ok', [{ to: 'x', password: '***' }]],
      ['pay', 'bob', 'permission_denied', [{ to: 'x', password: '***' }]],
      ['fail', 'ada', 'unknown', '(10004 characters)'],
      ['open', undefined, 'ok', undefined],
      ['login', 'unauthenticated'],
      ['revoked', 'bob'],
    ]);
    expect(heard.every(({ at }) => at > 0)).toBe(true);
    await app.stop();
    const lines = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ kind, method }) => method ?? kind)).toEqual(['pay', 'pay', 'fail', 'open', 'login', 'revocation']);
    expect(await verifyAuditFile(path, { key: 'a secret' })).toMatchObject({ valid: true, records: 6 });
    expect(await verifyAuditFile(path, { key: 'another' })).toMatchObject({ valid: false, brokenAt: 1 });
  });

  it('the chain goes on after a restart and shows each line that was changed, moved or taken out', async () => {
    const path = newPath();
    for (const part of [0, 1, 2]) {
      const file = await AuditFile.open({ path });
      for (let n = 0; n < 5; n++) file.append({ at: 1, kind: 'call', n: part * 5 + n });
      await file.close();
    }
    expect(await verifyAuditFile(path)).toMatchObject({ valid: true, records: 15 });
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const broken: string[][] = [
      lines.map((line, at) => (at === 4 ? line.replace('"n":4', '"n":5') : line)),
      lines.filter((_, at) => at !== 4),
      [...lines.slice(0, 4), lines[5]!, lines[4]!, ...lines.slice(6)],
      [...lines.slice(0, 4), 'no JSON', ...lines.slice(5)],
    ];
    for (const text of broken) {
      await writeFile(path, `${text.join('\n')}\n`);
      expect(await verifyAuditFile(path)).toMatchObject({ valid: false, records: 4, brokenAt: 5 });
    }
  });

  it('a member says what of it is recorded, before its service', async () => {
    @TitanService({ name: 'said', audit: { arguments: true } })
    class Said {
      @Audit({ arguments: ['to'] })
      @Public()
      some(order: object) {
        return order;
      }
      @Public({ audit: { arguments: ['to'] } })
      other(order: object) {
        return order;
      }
      @Public()
      all(order: object) {
        return order;
      }
    }
    await using app = createApp({
      signals: false,
      logger: { level: 'silent' },
      config: { netron: { port: 0, healthPort: false } },
    }).service(Said);
    await app.start();
    const heard: unknown[] = [];
    app.get(EventBus).subscribe('audit:call', (record) => void heard.push((record as { arguments: unknown }).arguments));
    const said = app.connectToService<Said>('said');
    for (const name of ['some', 'other', 'all'] as const) await said[name]({ to: 'x', of: 5 });
    await vi.waitUntil(() => heard.length === 3);
    expect(heard).toEqual([[{ to: 'x' }], [{ to: 'x' }], [{ to: 'x', of: 5 }]]);
  });

  it('the chain is whole whatever ends lines elsewhere stands in a text, and what is changed behind it shows', async () => {
    const path = newPath();
    const app = createApp({
      signals: false,
      logger: { level: 'silent' },
      config: { netron: { port: 0, healthPort: false } },
      audit: { path },
    }).service(Notes);
    await app.start();
    ends.push(() => app.stop());
    const ending = ['\n', '\r', '\r\n', '\u000b', '\u000c', '\u001c', '\u001d', '\u001e', '\u0085', '\u2028', '\u2029'];
    const texts = [...ending.map((end) => `a${end}b`), 'x\u2028'.repeat(50_000), `","hash":"${'a'.repeat(64)}"}\n`, 'the last'];
    for (const text of texts) await app.connectToService(Notes).keep(text);
    await app.stop();
    expect(await verifyAuditFile(path)).toMatchObject({ valid: true, records: texts.length });
    await writeFile(path, (await readFile(path, 'utf8')).replace('the last', 'the lost'));
    expect(await verifyAuditFile(path)).toMatchObject({ valid: false, brokenAt: texts.length });
  });

  it('a line that a crash has cut is removed; another file is left as it is', async () => {
    const path = newPath();
    const file = await AuditFile.open({ path });
    file.append({ at: 1 });
    await file.close();
    const whole = await readFile(path, 'utf8');
    await writeFile(path, `${whole}{"at":2,"kin`);
    const again = await AuditFile.open({ path });
    again.append({ at: 3 });
    await again.close();
    expect(await verifyAuditFile(path)).toMatchObject({ valid: true, records: 2 });
    for (const text of ['a letter', 'a letter\n', 'one\ntwo']) {
      await writeFile(path, text);
      await expect(AuditFile.open({ path })).rejects.toThrow('is not an audit file');
      expect(await readFile(path, 'utf8')).toBe(text);
    }
  });

  it('lines that were written in part, and records that cannot be written, leave the chain whole', async () => {
    const path = newPath();
    const file = await AuditFile.open({ path });
    const probe = await open(path);
    const synced = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, 'datasync');
    await probe.close();
    file.append({ at: 1 });
    await file.flush();
    synced.mockRejectedValue(new Error('no space left'));
    file.append({ at: 2 });
    await file.flush();
    expect(file.health()).toMatchObject({ healthy: false, message: 'no space left' });
    file.append({ at: 3, user: { id: 5n } });
    await file.flush();
    expect(file.health()).toMatchObject({ healthy: false });
    synced.mockRestore();
    file.append({ at: 4 });
    await file.close();
    expect(await verifyAuditFile(path)).toMatchObject({ valid: true, records: 3 });
    expect(await readFile(path, 'utf8')).toContain('"kind":"lost","records":2');
  });

  it('what waited while a write failed, and the number of what is lost, is written at the end', async () => {
    const path = newPath();
    const file = await AuditFile.open({ path });
    const probe = await open(path);
    const synced = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, 'datasync');
    await probe.close();
    let fail = (_: Error) => {};
    const begun = new Promise<void>((resolve) => {
      synced.mockImplementationOnce(() => {
        resolve();
        return new Promise((_, reject) => {
          fail = reject;
        });
      });
    });
    file.append({ at: 1, kind: 'first' });
    await begun;
    file.append({ at: 2, kind: 'second' });
    fail(new Error('no space left'));
    await file.close();
    synced.mockRestore();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ kind: 'second' }, { kind: 'lost', records: 1 }]);
    expect([await verifyAuditFile(path), file.health()]).toMatchObject([{ valid: true }, { healthy: true }]);
  });

  it('more records than may wait are counted; a file that cannot be written turns health red', async () => {
    const path = newPath();
    const file = await AuditFile.open({ path, maxWaiting: 10 });
    for (let n = 0; n < 25; n++) file.append({ at: n });
    await file.flush();
    const lines = (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([lines.length, lines.at(-1).kind, lines.at(-1).records]).toEqual([11, 'lost', 15]);
    expect(file.health()).toEqual({ healthy: true });
    await file.close();
    file.append({ at: 1 });
    await file.flush();
    expect(file.health()).toMatchObject({ healthy: false, critical: true });
  });
});
