/** Runs functions of the program and of its storage: their failures go to the console and stop nothing else. */

/** Calls a listener. An error that it throws, or rejects with, reaches neither the other listeners nor the caller. */
export function attempt(listener: () => unknown, what = 'a listener'): void {
  const failed = (error: unknown) => console.error(`${what} failed:`, error);
  try {
    const said = listener();
    if (said instanceof Promise) said.catch(failed);
  } catch (error) {
    failed(error);
  }
}

/**
 * Runs work that has no caller to wait for it, and logs its failure.
 *
 * @returns whether it succeeded
 */
export async function report(what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    console.error(`${what}:`, error);
    return false;
  }
}
