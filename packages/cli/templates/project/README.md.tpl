# {{name}}

```sh
npm install
npm run build
npm start
```

In another terminal:

```sh
curl localhost:8080/netron/greeting/greet -H 'content-type: application/json' -d '["Ada"]'
curl localhost:9090/health
```

| Variable | |
| --- | --- |
| `SERVICE_NAME` | name of the application, in logs. Default `{{name}}` |
| `HOST` | address to listen on. Default `127.0.0.1`: the local machine only |
| `PORT` | port of WebSocket and HTTP calls. Default 8080 |
| `HEALTH_HOST`, `HEALTH_PORT` | address of `/health` and `/ready`. Default `127.0.0.1`, 9090 |
| `AUTH_SECRET` | secret that signs the tokens of callers, 32 bytes at least. Without it all callers are anonymous, and the application accepts no connections from other machines |
| `TRUST_PROXY` | number of proxies in a row that name their client in `X-Forwarded-For`: 1 behind nginx, an Ingress or a load balancer, if the port is reachable only through it. Default 0: all clients behind a proxy count as one, also for failed logins |
| `DRAIN_DELAY` | milliseconds between SIGTERM and the last new connection, so that load balancers notice. Default 0 |
| `DISCOVERY_ENABLED` | with `true`, nodes find each other |
{{#redis}}
| `REDIS_URL` | the Redis server that they use for it. Default `redis://localhost:6379` |
{{/redis}}

`npx titan generate:service NAME` generates another service; add it to `src/app.ts`. `npm test` runs the tests, `npm run lint` checks style and common
mistakes, `npm run format` fixes what it can.
