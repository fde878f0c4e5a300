import { testContainer } from './contract/container.js';

testContainer('browser');
