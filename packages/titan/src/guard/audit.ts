import {
  type AnnotationEntry,
  type Call,
  createAnnotation,
  type Handler,
  type MemberInfo,
  NetronError,
} from '@omnitron-dev/netron';
import type { AuthContext } from '@omnitron-dev/netron-auth/identity';
import type { AuditedCall, AuditTrail } from '../security/audit.js';
import { hidden, isSecretName } from '../util/secret-names.js';
import { whenDone } from '../util/when-done.js';
import { withoutSecrets } from '../util/without-secrets.js';
import { checkAudit } from './check-rules.js';

/** Parts of a call to record in addition to its outcome and caller. */
export interface AuditOptions {
  /** Whether to record arguments; a list selects keys of the first argument. Secrets are hidden by name. Default `false`. */
  readonly arguments?: boolean | readonly string[];
}

/** Longest text of recorded arguments, in characters. */
const longest = 4_096;

/** Audit options of members. Those of a member take precedence over those of its service. */
export const Audited = createAnnotation<AuditOptions>({ name: 'titan.audit', merge: 'complete' });

/** Records the calls of a member, or of all members of a service, including refused ones. */
export function Audit(options: AuditOptions = {}): AnnotationEntry {
  checkAudit('@Audit', options);
  return Audited(options);
}

/** Records calls, and the opening of streams. Runs outside of everything that may refuse. */
export function auditCalls(audit: AuditTrail) {
  return (next: Handler, member: MemberInfo): Handler => {
    const options = member.annotation(Audited);
    if (!options) return next;
    return (call) => {
      const record = begin(call, options);
      const end = (outcome: string) => audit.record({ ...record(), outcome });
      const failed = (error: unknown): never => {
        end(NetronError.is(error) ? error.code : 'unknown');
        throw error;
      };
      const passed = <T>(result: T): T => {
        end('ok');
        return result;
      };
      try {
        return whenDone(next(call), passed, failed);
      } catch (error) {
        return failed(error);
      }
    };
  };
}

function begin(call: Call, options: AuditOptions): () => Omit<AuditedCall, 'outcome'> {
  const began = performance.now();
  const given = argumentsOf(call.args, options.arguments ?? false);
  return () => {
    const { id, address, transport } = call.peer;
    // Read at the end: the call is authenticated in between.
    const user = call.user as AuthContext | undefined;
    return {
      kind: 'call',
      service: call.service,
      method: call.method,
      ...(user && { user: { userId: user.userId, tenant: user.tenant, tokenId: user.tokenId } }),
      caller: { id, address, transport },
      ms: Math.round(performance.now() - began),
      ...(call.trace && { trace: call.trace.traceparent.slice(3, 35) }),
      ...(given !== undefined && { arguments: given }),
    };
  };
}

function argumentsOf(args: readonly unknown[], wanted: boolean | readonly string[]): unknown {
  if (wanted === false) return undefined;
  const shown = wanted === true ? args : [picked(args[0], wanted)];
  try {
    const text = JSON.stringify(withoutSecrets(shown));
    return text.length <= longest ? JSON.parse(text) : `(${text.length} characters)`;
  } catch {
    return '(cannot be written as JSON)';
  }
}

function picked(value: unknown, keys: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return '(not an object with these keys)';
  const own = keys.filter((key) => Object.hasOwn(value, key));
  return Object.fromEntries(own.map((key) => [key, isSecretName(key) ? hidden : (value as Record<string, unknown>)[key]]));
}
