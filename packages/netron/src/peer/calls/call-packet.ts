import { NetronError } from '../../errors/netron-error.js';
import { writeCall, writePipe } from '../../wire/packets.js';
import type { Writer } from '../../wire/writer.js';
import type { PendingCall } from './pending.js';

/**
 * Writes a call, and stores the position of the packet in its slot.
 *
 * @param args `undefined` to read the property at the path
 * @throws NetronError `canceled` when the call was canceled in the meantime; the error of writing its values
 */
export function writeRequest(writer: Writer, slot: PendingCall, args: unknown[] | undefined): void {
  const { callee, header, flags } = slot;
  if (!slot.unsent) throw new NetronError('canceled', 'the call was canceled while it was written');
  slot.message = writer.message;
  slot.position = writer.position;
  if (callee.path === undefined) writeCall(writer, slot.id, callee.handle, callee.member, flags, header, args ?? []);
  else writePipe(writer, slot.id, callee.handle, callee.path, flags, header, args);
}
