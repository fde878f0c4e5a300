export { readPackets } from './all-packets.js';
export type { CallHeader } from './call-header.js';
export { readCall, readPipe } from './call-packets.js';
export { readEvent } from './event-packets.js';
export { flags, kinds, protocolVersion } from './packet-kinds.js';
export {
  type PacketReader,
  readGoodbye,
  readGreeting,
  readMessage,
  readResult,
  readServices,
  readThrown,
} from './packet-reader.js';
export type { PacketSink } from './packet-sink.js';
export {
  writeAck,
  writeBytes,
  writeCall,
  writeCancel,
  writeCredit,
  writeDoubt,
  writeDrop,
  writeEnd,
  writeError,
  writeEvent,
  writeEventBody,
  writeEventOf,
  writeFail,
  writeGoodbye,
  writeHello,
  writeItem,
  writePart,
  writePing,
  writePipe,
  writePong,
  writeRaw,
  writeRefusal,
  writeRelease,
  writeResult,
  writeReturn,
  writeServices,
  writeStop,
  writeUnknown,
} from './packet-writer.js';
export { readEnd, readFail, readItem, readRaw } from './stream-packets.js';
