/** Calls from the other end of a client's connection: loaded by `connect`, unless the client declines them. */
import type { LoadedPart } from './client-loaded.js';
import { NetronError } from './errors/netron-error.js';
import { callbackPart } from './peer/calls/callback-part.js';
import { answer, bindSystem, step } from './peer/system/binding.js';
import { Dispatcher } from './service/call/dispatcher.js';
import type { CallObserver } from './service/call/observer.js';
import { serviceBinder } from './service/service-binder.js';

const nobody: CallObserver = { active: false, run: (call, enter) => enter(call), refused() {} };

const refuse = (): never => {
  throw new NetronError('permission_denied', 'this is a client, not a node');
};

const system = bindSystem({
  query: refuse,
  task: refuse,
  subscribe: refuse,
  unsubscribe: refuse,
  answer,
  expose: refuse,
  conceal: refuse,
  authenticate: refuse,
  step,
});

export const callbacksOfClient: LoadedPart = {
  parts: { callbacks: callbackPart },
  answering: (basis, middleware) => ({
    // Nothing is exposed; objects that are sent by reference have their public faces.
    bind: serviceBinder(middleware),
    system,
    dispatcher: new Dispatcher({ ...basis, observer: nobody, callContext: 'auto', outdated: () => {} }),
  }),
};
