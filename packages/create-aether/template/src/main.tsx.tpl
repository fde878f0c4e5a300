import { createApp } from '@omnitron-dev/aether';
import { App } from './app.tsx';
import { appModule } from './module.ts';

createApp(appModule(location.origin)).mount(App, '#app');
