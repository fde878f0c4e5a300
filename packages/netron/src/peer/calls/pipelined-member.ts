import { type MemberInfo, plainMember } from '../../middleware/member.js';
import type { BoundMember, IncomingChain } from '../../service/call/bound-service.js';
import type { CallContext } from '../../service/call/context.js';
import type { Dispatcher } from '../../service/call/dispatcher.js';
import { isThenable } from '../../util/is-thenable.js';
import { type Bind, memberAt } from './result-path.js';

/** Members of a link that calls on results use. */
export interface ResultCalls {
  readonly bind: Bind;
  /** In front of reading plain data. */
  readonly chain: IncomingChain | undefined;
  readonly dispatcher: Pick<Dispatcher, 'run'>;
}

/** Nothing is known of what a result has before it is there. */
const info: MemberInfo = plainMember('result', '*');

/**
 * Makes the member behind a call on the result of another call: it waits for the result, and then is what stands at `path` there.
 *
 * @param held the result, or the promise of it
 * @param args absent: reads the property at the path
 */
export function pipelinedMember(held: unknown, path: string[], args: unknown[] | undefined, calls: ResultCalls): BoundMember {
  const onResult = (result: unknown, call: CallContext): unknown => {
    // Given up while it waited: its member never begins.
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
