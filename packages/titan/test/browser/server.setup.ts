import type { TestProject } from 'vitest/node';
import { start } from './services.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of an application with tokens. */
    titan: string;
  }
}

/** Runs an application in Vitest's own process, which the pages connect to. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const app = await start();
  provide('titan', app.netron?.addresses[0] as string);
  return () => app.stop({ timeout: 0 });
}
