<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="icon" href="data:," />
    <title>{{name}}</title>
  </head>
  <body>
    <main id="app"></main>
    <script type="module" src="/src/main.tsx"></script>
  </body>
</html>
