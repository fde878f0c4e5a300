import { NetronError } from '../../errors/netron-error.js';
import { flags, writeCall, writePipe } from '../../wire/packets.js';
import type { Writer } from '../../wire/writer.js';
import type { CallRequest } from './call-sender.js';
import type { PendingCall } from './pending.js';

/**
 * Writes a call, and marks in its slot where the packet stands.
 *
 * @throws NetronError `canceled` when the call was given up meanwhile; what writing its values throws
 */
export function writeRequest(writer: Writer, slot: PendingCall, request: CallRequest): void {
  const { handle, member, path, args, options } = request;
  if (slot.unsent !== request) throw new NetronError('canceled', 'the call was given up while it was written');
  slot.message = writer.message;
  slot.position = writer.position;
  const bits = options?.signal === undefined ? 0 : flags.cancellable;
  if (path === undefined) writeCall(writer, slot.id, handle, member, bits, slot.header, args ?? []);
  else writePipe(writer, slot.id, handle, path, bits, slot.header, args);
}
