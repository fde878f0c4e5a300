import { type MemberInfo, plainMember } from '../../middleware/member.js';
import type { BoundMember, IncomingChain } from '../../service/call/bound-service.js';
import type { CallContext } from '../../service/call/context.js';
import type { Dispatcher } from '../../service/call/dispatcher.js';
import { isThenable } from '../../util/is-thenable.js';
import { type Bind, memberAt } from './result-path.js';

/** The members of a link that calls on results use. */
export interface ResultCalls {
  readonly bind: Bind;
  /** Middleware for reading plain data. */
  readonly chain: IncomingChain | undefined;
  readonly dispatcher: Pick<Dispatcher, 'run'>;
}

/** The members of a result are unknown before it arrives. */
const info: MemberInfo = plainMember('result', '*');

/**
 * Creates the member for a call on the result of another call: it waits for the result and then uses the member at `path`.
 *
 * @param held the result, or a promise of it
 * @param args absent: reads the property at the path
 */
export function pipelinedMember(held: unknown, path: string[], args: unknown[] | undefined, calls: ResultCalls): BoundMember {
  const onResult = (result: unknown, call: CallContext): unknown => {
    // Canceled while it waited: the member never runs.
    if (call.abortReason !== undefined) throw call.abortReason;
    const bound = memberAt(result, path, args !== undefined, calls.bind, calls.chain);
    pipelined.kind = bound.kind;
    return calls.dispatcher.run(call.as(bound, args ?? []));
  };
  const pipelined: BoundMember & { kind: BoundMember['kind'] } = {
    service: { name: 'result', version: '0.0.0', members: [] },
    name: path.join('.'),
    kind: 'method',
    info,
    handler: (call) =>
      isThenable(held) ? held.then((result) => onResult(result, call as CallContext)) : onResult(held, call as CallContext),
    usesContext: false,
    internal: true,
  };
  return pipelined;
}
