import { makeApp } from './app.js';

await makeApp().start();
