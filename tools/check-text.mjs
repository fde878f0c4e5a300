// What no file of the repository may contain, how long a source file may be, and that links in documents lead somewhere.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { repositoryFiles } from './lib/files.mjs';
import { root } from './lib/root.mjs';

/** Lines of a file; suites of tests may be longer. */
const longest = (/** @type {string} */ file) => (/\.test\.|\/test\//.test(file) ? 1_000 : 600);

/**
 * @typedef {object} Rule
 * @property {string} fault
 * @property {RegExp} text
 * @property {RegExp} [only] paths to look at; default: all
 * @property {RegExp} [except] paths to leave out
 */

// Words are taken apart so that this file does not contain them.
/** @type {Rule[]} */
const rules = [
  {
    fault: 'names the host of a package registry',
    // Hosts are told by their form: a file that named them would be the first to be found.
    text: /\b(?:registry|npm)\.[\w-]+\.(?:org|com|net|io|dev)\b|\bnpm(?:js|mirror)?\.(?:org|com)\b|\byarn(?:pkg)?\.com\b/,
  },
  {
    fault: 'contains an absolute path of a machine',
    text: new RegExp(
      String.raw`(?<![\w.~:/\-])/(?:${['wo' + 'rk', 'ro' + 'ot', 'ho' + 'me/\\w+', 'Us' + 'ers/\\w+'].join('|')})/`,
    ),
  },
  {
    fault: 'contains a path below the temporary folder; use `os.tmpdir()`',
    text: new RegExp(String.raw`(?<![\w.~:/\-])/${'tm' + 'p'}/\w`),
    only: /\.(?:[cm]?[jt]sx?|json)$/,
  },
  {
    fault: 'leaves work undone; do it, or document the decision',
    text: new RegExp(String.raw`\b(?:${'TO' + 'DO'}|${'FIX' + 'ME'}|${'XX' + 'X'}|@ts-${'ignore'}|@ts-${'nocheck'})\b`),
    except: /(?:^package-lock\.json|\/test\/seed\/.*)$/,
  },
  {
    fault: 'opens a comment with a clause; write a noun for a type, a verb for a function',
    text: /^\s*\/?\*\*? ?(?:What|Who|Whom|Whose|Whoever|Where|Why|Those) /,
    only: /^packages\/[^/]+\/src\/.*\.tsx?$/,
  },
  {
    fault: 'refers to a document that is not in the repository',
    text: new RegExp(String.raw`\b(?:${'MISS' + 'ION'}|${'BEHAV' + 'IOURS'}|${'RELIA' + 'BILITY'}|${'FAU' + 'LTS'}[.]md)\b`),
    only: /^(?:packages|tools|examples|bench|docs)\//,
    except: /\/test\/seed\/.*\.(?:md|txt)$/,
  },
  {
    fault: 'skips tests',
    text: /\b(?:describe|it|suite|test)(?:\.\w+)*\.(?:fails|only|skip|todo)\b|\bx(?:describe|it|test)\(/,
    only: /\.test(?:-d)?\.[cm]?[jt]sx?$|\/test\/.*\.[cm]?[jt]sx?$/,
  },
];

/** Anchors of documents that were linked to, by file. @type {Map<string, Set<string>>} */
const anchors = new Map();
const faults = [];
const files = await repositoryFiles();
for (const file of files) {
  const content = readFileSync(join(root, file));
  if (content.includes(0)) continue;
  const lines = content.toString().split('\n');
  for (const { fault, text, only, except } of rules) {
    if ((only && !only.test(file)) || except?.test(file)) continue;
    for (const [index, line] of lines.entries()) if (text.test(line)) faults.push(`${file}:${index + 1} ${fault}`);
  }
  if (/\.[cm]?[jt]sx?$/.test(file) && lines.length - 1 > longest(file)) {
    faults.push(`${file} has ${lines.length - 1} lines, more than ${longest(file)}`);
  }
  if (file.endsWith('.md')) faults.push(...brokenLinks(file, lines));
}

/**
 * Links to files, or to headings of documents, that do not exist. Code blocks and links to other places are not looked at.
 *
 * @param {string} file
 * @param {readonly string[]} lines
 */
function brokenLinks(file, lines) {
  const broken = [];
  for (const [index, line] of proseOf(lines)) {
    for (const [, target = ''] of line.replace(/`[^`]*`/g, '').matchAll(/\]\(<?([^)\s>]+)>?(?:\s[^)]*)?\)/g)) {
      if (/^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(target)) continue;
      const [path = '', anchor = ''] = decodeURI(target.replace(/\?[^#]*/, '')).split('#');
      const place = path === '' ? file : path.startsWith('/') ? path.slice(1) : normalize(join(dirname(file), path));
      const there = existsSync(join(root, place)) && (anchor === '' || !place.endsWith('.md') || anchorsOf(place).has(anchor));
      if (!there) broken.push(`${file}:${index + 1} links to ${target}, which does not exist`);
    }
  }
  return broken;
}

/**
 * Anchors of the headings of a document, as GitHub makes them.
 *
 * @param {string} file
 * @returns {Set<string>}
 */
function anchorsOf(file) {
  const known = anchors.get(file);
  if (known !== undefined) return known;
  /** @type {Set<string>} */
  const found = new Set();
  for (const [, line] of proseOf(readFileSync(join(root, file), 'utf8').split('\n'))) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{M}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    let name = anchor;
    for (let more = 1; found.has(name); more++) name = `${anchor}-${more}`;
    found.add(name);
  }
  anchors.set(file, found);
  return found;
}

/**
 * Lines outside code blocks, with their indexes.
 *
 * @param {readonly string[]} lines
 * @returns {Generator<[index: number, line: string]>}
 */
function* proseOf(lines) {
  let fence = '';
  for (const [index, line] of lines.entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? '';
    if (mark !== '' && (fence === '' || mark.startsWith(fence))) fence = fence === '' ? mark : '';
    if (fence === '' && mark === '') yield [index, line];
  }
}

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`${files.length} files`);
