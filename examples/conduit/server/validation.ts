import { Contract, deriveCall, type Handler, type MemberInfo, ValidationError } from '@omnitron-dev/netron';

/** Refuses calls whose arguments violate their contract, with the paths of the errors: pages show them at the fields. */
export function checkArguments(next: Handler, member: MemberInfo): Handler {
  const input = member.annotation(Contract)?.input;
  if (input === undefined) return next;
  return async (call) => {
    const only = call.args.length === 1;
    const result = await input['~standard'].validate(only ? call.args[0] : [...call.args]);
    if (result.issues === undefined) return next(deriveCall(call, { args: only ? [result.value] : (result.value as unknown[]) }));
    const issues = result.issues.map(({ path = [], message }) => ({
      path: ['input', ...path.map((part) => (typeof part === 'object' ? part.key : part))].map(String).join('.'),
      message,
    }));
    throw new ValidationError(`${member.service}.${member.name}: invalid arguments`, { details: { issues } });
  };
}
