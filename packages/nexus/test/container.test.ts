import { testContainer } from './contract/container.js';

testContainer('legacy dialect');
