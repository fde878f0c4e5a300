/** Channels of a backplane. */

/** Channel that every node receives. */
export const channelOfAll = 'all';

/** Channel of one node. */
export function channelOfNode(id: string): string {
  return `node:${id}`;
}

const events = 'event:';

/** Returns the channel of the events that a pattern covers, for handlers of that pattern. */
export function channelOfEvents(pattern: string): string {
  return events + pattern;
}

/** Returns the pattern of a channel of events; `undefined` for other channels. */
export function patternOf(channel: string): string | undefined {
  return channel.startsWith(events) ? channel.slice(events.length) : undefined;
}
