/** Runs `action` in the next turn of the event loop, after input and output. */
export const nextTurn: (action: () => void) => void =
  typeof setImmediate === 'function' ? setImmediate : isBrowser() ? postTurn() : (action) => void setTimeout(action);

/** Whether this is a page or one of its workers. In server runtimes, a channel may be missing, or belong to the request that created it. */
function isBrowser(): boolean {
  return typeof Worker === 'function' && typeof MessageChannel === 'function';
}

/** Browsers have no `setImmediate`, and nested timers wait 4 ms; a message to oneself does not. */
function postTurn(): (action: () => void) => void {
  const actions: (() => void)[] = [];
  let channel: MessageChannel | undefined;
  return (action) => {
    if (channel === undefined) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => actions.shift()?.();
    }
    actions.push(action);
    channel.port2.postMessage(0);
  };
}
