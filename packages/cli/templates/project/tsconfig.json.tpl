{
  "compilerOptions": {
    "target": "ES2022",
    "module": "NodeNext",
    "lib": ["ES2023", "ESNext.Disposable", "ESNext.Decorators", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    "types": ["node"],
    "rootDir": "src",
    "outDir": "dist",
    {{#legacy}}
    "experimentalDecorators": true,
    "emitDecoratorMetadata": true,
    {{/legacy}}
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "skipLibCheck": true,
    "sourceMap": true
  },
  "include": ["src"]
}
