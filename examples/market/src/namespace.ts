/**
 * Returns the namespace in which the processes of one market find each other: the coordinator creates it and passes it to
 * the processes that it starts.
 */
export function marketNamespace(): string {
  process.env.MARKET ??= `market-${process.pid}`;
  return process.env.MARKET;
}
