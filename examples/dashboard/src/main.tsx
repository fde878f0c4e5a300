import { createApp, Module } from '@omnitron-dev/aether';
import { Dashboard } from './app.tsx';

/** Address of the server: `?server=…`, or its default address. */
const main = new URLSearchParams(location.search).get('server') ?? 'http://127.0.0.1:4000';

@Module({ backends: { main } })
class AppModule {}

createApp(AppModule).mount(Dashboard, '#app');
