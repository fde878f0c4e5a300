/** The program `titan`. */
import { type CommandDef, defineCommand, renderUsage, runCommand } from 'citty';
import { checkArguments } from './commands/check-arguments.js';
import { generateService } from './commands/generate-service.js';
import { newCommand } from './commands/new.js';
import { startCommand } from './commands/start.js';
import { topologyCommand } from './commands/topology.js';
import { outputOf } from './plan/output.js';
import { Refusal } from './plan/refusal.js';

/** Commands by name. Each has its own arguments. */
// biome-ignore lint/suspicious/noExplicitAny: citty's own type of commands with any arguments
const commands: Readonly<Record<string, CommandDef<any>>> = {
  new: newCommand,
  'generate:service': generateService,
  start: startCommand,
  topology: topologyCommand,
};

const program = defineCommand({
  meta: { name: 'titan', description: 'Generates, starts and explains Titan applications' },
  subCommands: commands,
});

/**
 * Runs the program.
 *
 * @param args without the program's name
 * @returns the exit code: 0, or 1 when the command failed
 */
export async function main(args: readonly string[]): Promise<number> {
  const [name = ''] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const output = outputOf(args.includes('--json'));
  if (command === undefined || args.includes('--help') || args.includes('-h')) {
    const asked = args.length === 0 || args.includes('--help') || args.includes('-h');
    const usage = await renderUsage(command ?? program, command ? program : undefined);
    if (asked) output.say(usage);
    else
      output.fail(
        new Refusal(`unknown command ${JSON.stringify(name.slice(0, 40))}; expected one of ${Object.keys(commands).join(', ')}`),
      );
    return asked ? 0 : 1;
  }
  try {
    checkArguments(args.slice(1), command.args);
    await runCommand(command, { rawArgs: args.slice(1) });
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    output.fail(error);
    return 1;
  }
}
