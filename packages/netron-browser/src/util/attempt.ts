/** Functions of the program, and what it has given to store things: their failures are told to the console and stop nothing else. */

/** Calls a listener. One that throws keeps no other from being called, nor fails what has called it. */
export function attempt(listener: () => void, what = 'a listener'): void {
  try {
    listener();
  } catch (error) {
    console.error(`${what} has failed:`, error);
  }
}

/**
 * Does something that nobody waits for.
 *
 * @returns whether it has succeeded
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
