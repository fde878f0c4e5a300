import { Netron, type NetronOptions } from '@omnitron-dev/netron';

/** The node of an application, from its creation to its end. The one place that knows how a node is started and stopped. */
export interface AppNode {
  readonly netron: Netron;
  /** Lets peers in. */
  listen(): Promise<void>;
  /** Takes no new calls and waits for those under way. */
  drain(timeout: number): Promise<void>;
  stop(timeout: number): Promise<void>;
}

/** Creates a node that does not listen yet. */
export async function createNode(options: NetronOptions): Promise<AppNode> {
  const netron = await Netron.create(options);
  return {
    netron,
    listen: async () => {},
    drain: () => netron.stopListening(),
    stop: (timeout) => netron.stop({ timeout }),
  };
}
