{
  "name": "{{name}}",
  "version": "0.1.0",
  "private": true,
  "type": "module",
  "engines": {
    "node": ">=20.19.1"
  },
  "titan": {
    "app": "dist/app.js",
    "dialect": "{{dialect}}"
  },
  "scripts": {
    "build": "tsc",
    "start": "node dist/main.js",
    "test": "tsc && cd dist && node --test",
    "lint": "biome check",
    "format": "biome check --write"
  },
  "dependencies": {
    "@omnitron-dev/netron": "{{version}}",
    "@omnitron-dev/netron-auth": "{{version}}",
    {{#redis}}
    "@omnitron-dev/netron-redis": "{{version}}",
    {{/redis}}
    "@omnitron-dev/titan": "{{version}}",
    {{#redis}}
    "ioredis": "^6.0.0",
    {{/redis}}
    "zod": "^4.6.0"
  },
  "devDependencies": {
    "@biomejs/biome": "~2.5.15",
    "@omnitron-dev/cli": "{{version}}",
    "@types/node": "^20.19.0",
    "typescript": "~7.0.0"
  }
}
