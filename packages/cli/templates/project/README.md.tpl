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
| `HOST` | address to listen on. Default `127.0.0.1`: this machine only |
| `PORT` | port of WebSocket and HTTP calls. Default 8080 |
| `HEALTH_HOST`, `HEALTH_PORT` | address of `/health` and `/ready`. Default `127.0.0.1`, 9090 |
| `AUTH_SECRET` | secret of the tokens that callers show, 32 bytes at least. Without it nobody is known, and other machines are not let in |
| `TRUST_PROXY` | how many proxies in a row name their client in `X-Forwarded-For`: 1 behind nginx, an Ingress or a load balancer, if the port is reached through it only. Default 0: all clients behind a proxy count as one, also for failed logins |
| `DRAIN_DELAY` | milliseconds between SIGTERM and the last new connection, for balancers to notice. Default 0 |
| `DISCOVERY_ENABLED` | `true`: nodes find each other |
{{#redis}}
| `REDIS_URL` | the Redis server through which they do. Default `redis://localhost:6379` |
{{/redis}}

`npx titan generate:service NAME` writes another service; name it in `src/app.ts`. `npm test` runs the tests, `npm run lint` looks at style and common
mistakes, `npm run format` repairs what it can.
