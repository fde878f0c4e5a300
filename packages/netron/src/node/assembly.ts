/** Makes the parts of a node from its options and connects them with each other. */
import { defaultTransports } from '#transports';
import { adviceOf } from '../cluster/advice.js';
import type { ServiceConnectOptions } from '../cluster/options.js';
import { NetronError } from '../errors/netron-error.js';
import type { EventHub } from '../events/hub.js';
import type { HttpAccess } from '../http/handler.js';
import { Acceptor } from '../peer/acceptor.js';
import { calledPart } from '../peer/called-part.js';
import { allParts } from '../peer/link/all-parts.js';
import { nodeMiddleware } from '../peer/node-middleware.js';
import type { NodeBasis } from '../peer/node-role.js';
import { reconnectPart } from '../peer/reconnect-part.js';
import type { PeerOwner, RemotePeer } from '../peer/remote-peer.js';
import { sessionBounds } from '../peer/session/session-options.js';
import { Sessions } from '../peer/session/sessions.js';
import { systemService } from '../peer/system/service.js';
import { Dispatcher } from '../service/call/dispatcher.js';
import { PublishingObserver } from '../service/call/observer.js';
import { TaskRegistry } from '../tasks/task-registry.js';
import { checkedTransports } from '../transport/checked-transport.js';
import { Transports } from '../transport/transports.js';
import { Access } from './access.js';
import { type AuthenticationRequest, authentication, awaitedCredentials, logRefusal } from './authentication.js';
import { boundOf, connectionSettings, fromZero, reconnectSettings } from './checked-options.js';
import { NodeCluster } from './cluster.js';
import { clusterNode, connectsAll } from './cluster-node.js';
import { isServiceQuery } from './connect-target.js';
import { Dials } from './dials.js';
import { NodeDiscovery } from './discovery.js';
import { Edge } from './edge.js';
import { EventAccess } from './event-access.js';
import { NetronEvents } from './events.js';
import { HostedServices } from './hosted-services.js';
import { HttpOption } from './http-option.js';
import { NodeLife } from './life.js';
import { checkListener, httpListen, type ListenRequest } from './listen-requests.js';
import { Listeners } from './listeners.js';
import { LocalPeer } from './local-peer.js';
import { memberCheck } from './member-check.js';
import { NodeEvents } from './node-events.js';
import { loadDescribe } from './on-demand.js';
import type { NetronConnectOptions, NetronOptions } from './options.js';
import { PeerDirectory } from './peer-directory.js';
import { peerNews } from './peer-news.js';
import { publishers } from './publishers.js';
import { SeenServices } from './seen-services.js';
import { ServiceCalls } from './service-calls.js';

/** The node as its parts use it. */
export interface AssembledNode {
  /** The node's own event bus; passed to services when they start. */
  readonly hub: EventHub & { invalidate(...tags: string[]): void };
  /** Receives the errors of event handlers for which no caller waits. */
  onError(error: unknown, event: string): void;
  /** Closes the node's own event bus. */
  end(): void;
}

/** Parts of a node. */
export type Assembly = ReturnType<typeof assemble>;

/**
 * @param requests where the node listens when it starts
 * @throws what `Netron.create` throws for its options
 */
export function assemble(node: AssembledNode, options: NetronOptions, basis: NodeBasis, requests: readonly ListenRequest[]) {
  const { clock, logger, scheduler, random } = basis;
  const { hub, onError } = node;
  // Invalid options are refused before anything connects or starts.
  connectionSettings({}, options);
  reconnectSettings({}, options);

  const events = new NetronEvents(onError);
  const tasks = new TaskRegistry<RemotePeer>(options, (error) => onError(error, 'allowRemoteTasks'));
  const transports = new Transports([...defaultTransports(), ...checkedTransports(options.additionalTransports)]);
  for (const request of requests) checkListener(transports.named(request.transport), request);
  const middleware = nodeMiddleware(options, basis);
  const { incomingChain } = middleware;
  const peers = new PeerDirectory(() => core);
  const services = new SeenServices({
    middleware,
    check: memberCheck(transports.all, options.edges),
    guard: new Access(options, clock, onError),
    links: () => peers.links,
    changed: (added, removed) => {
      for (const name of added) events.emit('service:exposed', name);
      for (const name of removed) events.emit('service:concealed', name);
      discovery.changed();
      cluster.changed();
    },
  });
  const { registry } = services;
  const access = new EventAccess(hub, options, onError);
  const handshakeTimeout = boundOf('handshakeTimeout', options.handshakeTimeout, 5_000);
  const authenticate = authentication(options.authenticate, logger, clock, handshakeTimeout);
  const hosted = new HostedServices(hub, registry, options.allowRemoteServices ?? false);
  const resolve = services.resolve.bind(services);

  const core: PeerOwner = {
    ...basis,
    parts: allParts,
    reconnect: reconnectPart,
    called: calledPart,
    middleware,
    services: {
      bind: registry.bind,
      exposes: (bound) => registry.exposes(bound),
      names: (caller) => services.names(caller),
    },
    sessions: new Sessions(basis, options.session === false ? undefined : sessionBounds(true, options)),
    advertised: (caller) => services.advertised(caller),
    system: systemService({
      resolve,
      describe: async (query, caller) => {
        const { manifestOf } = await loadDescribe();
        return manifestOf(await resolve(query, caller));
      },
      tasks,
      incomingChain,
      authenticate: options.authenticate === undefined ? undefined : authenticate,
      exposeFor: (peer, service) => hosted.exposeFor(peer, service),
      concealFor: (peer, name, link) => hosted.concealFor(peer, name, link),
    }),
    publisher: publishers(basis, services, access, options.visible !== undefined),
    dispatcher: new Dispatcher({
      ...basis,
      observer: new PublishingObserver(events, basis),
      callContext: options.callContext ?? 'auto',
      outdated: (tags) => hub.invalidate(...tags),
    }),
    ...peerNews(() => ({ peers, events, dials, hosted, discovery, cluster })),
  };

  const edge = new Edge({ ...core, resolve, known: (query, caller) => services.known(query, caller) });
  const dials = new Dials(core, options, transports, peers);
  const acceptor = new Acceptor({
    node: core,
    timeout: handshakeTimeout,
    resumeWindow: boundOf('resumeWindow', options.resumeWindow, 30_000),
    authenticate,
    adopt: (nodeId, number, reconnector) => peers.adopt(nodeId, number, reconnector),
  });
  const listeners = new Listeners({
    clock,
    scheduler,
    logger,
    maxMessage: basis.announced.message,
    authenticated: options.authenticate !== undefined,
    transport: (name) => transports.named(name),
    accept: (connection, { services }) => acceptor.receive(connection, services),
  });
  const discovery: NodeDiscovery = new NodeDiscovery(
    {
      id: basis.id,
      instance: basis.instance,
      started: basis.started,
      clock,
      random,
      logger,
      schemes: new Set(transports.all.flatMap(({ schemes }) => schemes)),
      addresses: () => listeners.advertised,
      services: () => registry.listed((definition) => adviceOf(definition).enabled !== false),
      draining: () => life.state === 'draining',
      // A peer whose session waits for a new connection may be gone.
      connected: (id) => id === basis.id || (peers.connected.get(id)?.state ?? 'suspended') !== 'suspended',
      listen: (transport, at) => listeners.open({ transport, at, services: undefined, advertise: false, options: {} }),
    },
    options,
    boundOf('connectTimeout', options.connectTimeout, 10_000),
    { changed: () => cluster.changed(), uses: (query) => cluster.uses(query), seek: (query) => cluster.seek(query) },
  );
  const life = new NodeLife(
    {
      clock,
      scheduler,
      listeners,
      peers,
      dialing: dials.pending,
      acceptor,
      edge,
      dispatcher: core.dispatcher,
      inFlight: basis.inFlight,
      discovery,
      shared: {
        start: () => {
          const started = shared.start();
          return connectsAll(options) ? Promise.all([cluster.load(), started]).then(() => {}) : started;
        },
        leave: () => shared.leave(),
        caughtUp: (ms) => shared.caughtUp(ms),
      },
      leaving: () => events.emit('draining', undefined),
      release: async () => {
        // No peer answers these calls any more.
        for (const door of [local, edge]) door.abandon('the node was stopped');
        basis.inFlight.forget();
        await hosted.close();
        await shared.close();
        cluster.close();
        access.close();
        node.end();
      },
    },
    requests,
    fromZero('stopTimeout', options.stopTimeout ?? 10_000),
  );
  /** @throws NetronError `failed_precondition` */
  const checkRunning = (): void => {
    if (life.stopping) throw new NetronError('failed_precondition', 'the node was stopped');
  };
  const local = new LocalPeer({
    ...core,
    services: registry,
    incomingChain,
    tasks,
    expose: async (service, given) => {
      checkRunning();
      await hosted.expose(service, given);
    },
    conceal: (name) => hosted.conceal(name),
    listen: (service, event, listener) => access.listen(service, event, listener),
    reportError: (error) => onError(error, 'service'),
  });
  const cluster: NodeCluster = new NodeCluster(
    clusterNode(
      { ...core, peers: peers.connected, peer: local, discovery: () => discovery },
      options,
      (address, given, session) => dials.connect(address, given, session),
    ),
  );
  const shared: NodeEvents = new NodeEvents(
    {
      ...basis,
      hub,
      expose: (service) => hosted.expose(service, undefined),
      attach: (subscriber) => access.attach(undefined, subscriber),
      failed: onError,
    },
    cluster,
    options,
    boundOf('connectTimeout', options.connectTimeout, 10_000),
  );
  const calls = new ServiceCalls(
    () => [local, ...peers.connected.values()],
    (query, method, args, given) => (discovery.wanted ? cluster.call(query, method, args, given) : undefined),
    basis.inFlight,
  );
  const httpAccess: HttpAccess = {
    authenticates: options.authenticate !== undefined,
    awaitCredentials: awaitedCredentials(logger, clock, handshakeTimeout),
    known: (service, caller) => edge.known(service, caller),
    resolve: (service, caller) => edge.resolve(service, caller),
    dispatchTo: (service, call) => edge.run(service, call, clock.now()),
  };
  const http = httpListen(options);
  return {
    core,
    events,
    tasks,
    transports,
    peers,
    services: registry,
    shared,
    authenticate,
    refused: (request: AuthenticationRequest, error: unknown) => logRefusal(logger, request, error),
    edge,
    httpAccess,
    listeners,
    discovery,
    life,
    local,
    underWay: () => {
      const ofPeers = peers.links.flatMap(({ incoming, outgoingStreams }) => [
        ...incoming.names,
        ...outgoingStreams.list().map(({ owner }) => owner),
      ]);
      return [...local.underWay, ...edge.underWay, ...ofPeers, ...basis.inFlight.left];
    },
    calls,
    http: http && new HttpOption(core.clock, core.limits, http),
    connect: async (to: string | object, given: NetronConnectOptions | ServiceConnectOptions) => {
      checkRunning();
      return isServiceQuery(to)
        ? cluster.connect(to, given as ServiceConnectOptions)
        : dials.connect(to, given as NetronConnectOptions);
    },
    service: (query: string, given: ServiceConnectOptions | undefined) => {
      checkRunning();
      return cluster.service(query, given);
    },
  };
}
