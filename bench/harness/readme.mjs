/** Puts measured tables where readers of a package look for them. */
import { readFileSync, writeFileSync } from 'node:fs';

const between = /(?<=<!-- bench -->\n)[\s\S]*(?=<!-- \/bench -->)/;

/**
 * Replaces what stands between `<!-- bench -->` and `<!-- /bench -->` in the README of a package.
 *
 * @param {string} name of the package's folder
 * @param {string} markdown headings in it are one level deeper there
 */
export function writeReadme(name, markdown) {
  const file = new URL(`../../packages/${name}/README.md`, import.meta.url);
  const text = readFileSync(file, 'utf8');
  if (!between.test(text)) throw new Error(`no <!-- bench --> … <!-- /bench --> in packages/${name}/README.md`);
  const inner = markdown.trim().replace(/^## /gm, '### ');
  writeFileSync(
    file,
    text.replace(between, () => `${inner}\n`),
  );
}
