export type { CallHeader } from './call-header.js';
export { flags, kinds, protocolVersion } from './packet-kinds.js';
export { type PacketSink, readGreeting, readPackets } from './packet-reader.js';
export {
  writeBytes,
  writeCall,
  writeCancel,
  writeCredit,
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
  writePing,
  writePipe,
  writePong,
  writeRaw,
  writeRelease,
  writeResult,
  writeServices,
  writeStop,
  writeUnknown,
  writeVoid,
} from './packet-writer.js';
