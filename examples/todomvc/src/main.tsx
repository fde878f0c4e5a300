import './app.css';
import { render } from '@omnitron-dev/aether';
import { App } from './app.tsx';

render(<App />, document.querySelector('#app') as Element);
