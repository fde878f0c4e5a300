# {{name}}

```sh
npm install
npm run dev     # page and service on http://localhost:5173
npm test
npm run lint
npm run build
npm start       # the built page and its service, on PORT, 3000 by default
```

`src/contract.ts` declares what the page and the service share. `server/notes.ts` is the service, `src/app.tsx` the page.
