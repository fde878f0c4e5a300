{
  "name": "{{name}}",
  "version": "0.1.0",
  "private": true,
  "type": "module",
  "engines": {
    "node": ">=20.19.1"
  },
  "scripts": {
    "dev": "vite",
    "build": "tsc && vite build --outDir dist/page && vite build --ssr server/main.ts --outDir dist/server",
    "start": "node dist/server/main.js",
    "test": "vitest run",
    "lint": "biome check",
    "format": "biome check --write"
  },
  "dependencies": {
    "@omnitron-dev/aether": "{{version}}",
    "@omnitron-dev/netron": "{{version}}",
    "sirv": "^3.0.2"
  },
  "devDependencies": {
    "@biomejs/biome": "~2.5.15",
    "@types/node": "^20.19.0",
    "typescript": "~7.0.0",
    "vite": "~8.3.8",
    "vitest": "~4.1.12"
  }
}
