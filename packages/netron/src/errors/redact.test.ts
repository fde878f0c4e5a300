import { describe, expect, it } from 'vitest';
import { redact } from './redact.js';

describe('redact', () => {
  it('replaces absolute paths, file URLs and paths in node_modules', () => {
    const cases: [string, string][] = [
      ['/etc/passwd', '<path>'],
      ["ENOENT: no such file or directory, open '/srv/app/my files/a.txt'", "ENOENT: no such file or directory, open '<path>'"],
      ['failed:/etc/passwd', 'failed:<path>'],
      ['(/srv/app/a.js:10:5)', '(<path>'],
      ['C:\\Users\\Ann\\a.txt is locked', '<path> is locked'],
      ['"C:/Program Files/App/a.exe"', '"<path>"'],
      ['\\\\server\\share\\a', '<path>'],
      ['from file:///srv/app/a.mjs', 'from <path>'],
      ['in ../../node_modules/pg/lib/client.js:5', 'in <path>'],
      ['in node_modules\\pg\\client.js', 'in <path>'],
      ['see ~/.ssh/id_rsa', 'see <path>'],
      ['cwd=/home/ann', 'cwd=<path>'],
      ['connect postgres://ann:pw@db/app now', 'connect <address> now'],
      ['boom\n    at run (/srv/app/a.js:1:2)\n    at main (b.js:3:4)', 'boom'],
    ];
    for (const [given, expected] of cases) expect(redact(given)).toBe(expected);
  });

  it('leaves other texts alone', () => {
    for (const text of [
      'Division by zero',
      'either/or, and a / b',
      'text/html expected',
      'see https://example.com/errors/42',
      "no service 'calc/v2@1.0.0'",
      '10/12/2026',
      'C: drive',
      '',
    ]) {
      expect(redact(text)).toBe(text);
    }
  });

  it('takes linear time for hostile strings', () => {
    for (const part of ['/', '"/', '\n at ', "':", 'a:\\', '=/ ', '@:=/', 'a://']) {
      expect(redact(part.repeat(1e6)).length).toBeLessThanOrEqual(8192 * 8);
    }
  });
});
