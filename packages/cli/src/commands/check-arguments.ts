import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { ArgsDef } from 'citty';
import { Refusal } from '../plan/refusal.js';

const shown = (text: string): string => JSON.stringify(text.slice(0, 60));

/**
 * Refuses arguments that a command does not have. A misspelt flag would otherwise be ignored, and its value taken for a name.
 *
 * @param given without the name of the command
 * @param known arguments of the command
 * @throws Refusal
 */
export function checkArguments(given: readonly string[], known: ArgsDef): void {
  const all = Object.entries(known);
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, definition] of all) {
    if (definition.type === 'positional') continue;
    const short = 'alias' in definition && typeof definition.alias === 'string' ? { short: definition.alias } : {};
    options[name] = { type: definition.type === 'string' ? 'string' : 'boolean', ...short };
  }
  const flags = Object.keys(options);
  const { tokens } = parseArgs({ args: [...given], options, strict: false, allowNegative: true, tokens: true });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const type = options[name]?.type;
    if (type === undefined)
      throw new Refusal(`unknown option ${shown(rawName)}; expected one of ${flags.map((flag) => `--${flag}`).join(', ')}`);
    if (type === 'string' && !value) throw new Refusal(`--${name} requires a value`);
    if (type === 'boolean' && value !== undefined) throw new Refusal(`--${name} does not take a value, got ${shown(value)}`);
  }
  const extra = words[all.length - flags.length];
  if (extra !== undefined) throw new Refusal(`unexpected argument ${shown(extra)}`);
}
