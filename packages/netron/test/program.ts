/** A program in a process of its own, and what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** A program that was started. */
export interface Program {
  readonly child: ChildProcess;
  /** Whole lines so far, of both outputs. */
  readonly lines: readonly string[];
  /** Those of the standard output. */
  readonly said: readonly string[];
  /** Those of the output for errors. */
  readonly complaints: readonly string[];
  /** Resolves to its exit code when it has ended and all has been read. */
  readonly ended: Promise<number | null>;
  /** Resolves when its lines are as wanted, looked at after each; rejects when it ends before. */
  until(holds: (lines: readonly string[]) => boolean): Promise<void>;
  /** Resolves when it has written a line that contains `text`. */
  says(text: string): Promise<void>;
  /** Sends it a signal; resolves with what it has written, and its exit code. */
  end(signal: NodeJS.Signals): Promise<{ readonly lines: readonly string[]; readonly code: number | null }>;
}

/** Where and with what a program runs; default: as this process. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program of JavaScript. */
export function start(path: string, args: readonly string[] = [], { cwd, env }: ProgramOptions = {}): Program {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [path, ...args], { stdio, cwd, env: { ...process.env, ...env } });
  const [lines, said, complaints]: [string[], string[], string[]] = [[], [], []];
  const looking = new Set<() => void>();
  const hear = (stream: Readable, own: string[]): void => {
    readLines(stream, (line) => {
      own.push(line);
      lines.push(line);
      for (const look of looking) look();
    });
  };
  hear(child.stdout, said);
  hear(child.stderr, complaints);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const until: Program['until'] = (holds) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (holds(lines)) resolve();
      };
      looking.add(look);
      look();
      void ended.then((code) => reject(new Error(`the program has ended with ${code}:\n${lines.join('\n')}`)));
    });
  return {
    ...{ child, lines, said, complaints, ended, until },
    says: (text) => until((all) => all.some((line) => line.includes(text))),
    async end(signal) {
      child.kill(signal);
      return { code: await ended, lines };
    },
  };
}

/** Hands on each line that is not empty; pieces of a line are put together. */
function readLines(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const [first = '', ...more] = text.split('\n');
    const whole = [rest + first, ...more];
    rest = whole.pop() ?? '';
    for (const line of whole) if (line !== '') take(line);
  });
  stream.once('end', () => {
    if (rest !== '') take(rest);
  });
}
