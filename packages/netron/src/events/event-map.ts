/** Types that relate the name of an event to its data. */

/** Events of any name with data of any type, for a bus without declared events. */
// Handlers declare the type of their data; with `unknown` no declared type would be accepted.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type LooseEvents = Record<string, any>;

/** Names of the events in a map. */
export type EventName<Events extends object> = Extract<keyof Events, string>;

/** A name in the map, or a pattern with `*`. */
export type EventPattern<Events extends object> = EventName<Events> | `${string}*${string}`;

/** Names that a pattern covers; for a name, itself. */
export type CoveredName<Events extends object, Pattern extends string> = string extends keyof Events
  ? string
  : Pattern extends keyof Events
    ? Pattern
    : Extract<EventName<Events>, Template<Pattern>>;

/** Data of the events that a pattern covers. */
export type EventData<Events extends object, Pattern extends string> = string extends keyof Events
  ? Events[keyof Events]
  : Events[CoveredName<Events, Pattern> & keyof Events];

type Template<Pattern extends string> = Pattern extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Template<Tail>}`
  : Pattern;
