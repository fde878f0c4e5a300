{
  "compilerOptions": {
    "target": "ES2022",
    "module": "ESNext",
    "moduleResolution": "Bundler",
    "lib": ["ES2023", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    "types": ["node", "vite/client"],
    "experimentalDecorators": true,
    "jsx": "react-jsx",
    "jsxImportSource": "@omnitron-dev/aether",
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "skipLibCheck": true,
    "noEmit": true,
    "allowImportingTsExtensions": true
  },
  "include": ["src", "server", "test", "vite.config.ts"]
}
