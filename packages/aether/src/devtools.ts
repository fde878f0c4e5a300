/** A panel that shows what an application does. Nothing else imports it: pages that do not name it are as they were. */
export { Devtools, type DevtoolsProps } from './devtools/devtools.js';
export { Panel, type PanelProps, showPanel } from './devtools/panel.js';
export type {
  CallInfo,
  Command,
  ComponentInfo,
  ProviderInfo,
  QueryCondition,
  QueryInfo,
  RouteInfo,
  RouterInfo,
  SignalInfo,
  Snapshot,
  SnapshotSource,
  StreamInfo,
} from './devtools/snapshot.js';
