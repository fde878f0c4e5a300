/** Returns the name by which the processes of one market find each other: the coordinator's, which those that it starts get from it. */
export function marketNamespace(): string {
  process.env.MARKET ??= `market-${process.pid}`;
  return process.env.MARKET;
}
