import { createErrorCodec } from '../errors/error-codec.js';
import { NetronError } from '../errors/netron-error.js';
import { receivedErrors } from '../errors/received-error.js';
import { calledPart } from '../peer/called-part.js';
import { callPackets } from '../peer/calls/call-packets.js';
import { callbackPart } from '../peer/calls/callback-part.js';
import { flowPart } from '../peer/link/flow-part.js';
import { heartbeatPart } from '../peer/link/heartbeat-part.js';
import { handlePart } from '../peer/references/handle-part.js';
import { answer, bindSystem, step } from '../peer/system/binding.js';
import { Dispatcher } from '../service/call/dispatcher.js';
import type { CallObserver } from '../service/call/observer.js';
import { type ServiceBinder, serviceBinder } from '../service/service-binder.js';
import { addPackets, type ClientPart } from './part.js';

const nobody: CallObserver = { active: false, run: (call, enter) => enter(call), refused() {} };

const refuse = (): never => {
  throw new NetronError('permission_denied', 'this is a client, not a node');
};

/**
 * Part of a client that lets the other end call functions and service objects that it was sent, and services exposed with
 * `peer.exposeService`. Without it they cannot be sent, and calls of the other end are refused with `unimplemented`.
 */
export function callbacks(): ClientPart {
  return {
    name: 'callbacks',
    install(client) {
      client.called = calledPart;
      client.parts.callbacks = callbackPart;
      addPackets(client, callPackets);
      client.parts.handles = handlePart;
      client.parts.heartbeat = heartbeatPart;
      client.parts.flow = flowPart;
      // Errors thrown here may contain details of this program: their codec decides which of them are sent.
      if (client.errors === receivedErrors) client.errors = createErrorCodec();
      client.dispatcher = new Dispatcher({ ...client, observer: nobody, callContext: 'auto', outdated: () => {} });
      client.system = bindSystem({
        query: refuse,
        task: refuse,
        subscribe: refuse,
        unsubscribe: refuse,
        answer,
        expose: refuse,
        conceal: refuse,
        authenticate: refuse,
        step,
        describe: refuse,
      });
      // No service is exposed to every peer; objects sent by reference have public members, which are bound on first use, because the
      // part `middleware` may be installed after this one.
      let bind: ServiceBinder | undefined;
      client.services = {
        ...client.services,
        bind(target) {
          bind ??= serviceBinder(client.middleware ?? { incoming: [], construct: undefined });
          return bind(target);
        },
      };
    },
  };
}
