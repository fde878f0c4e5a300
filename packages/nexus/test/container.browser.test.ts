import { testContainer } from './contract/container.js';
import { testOwnership } from './contract/ownership.js';

testContainer('browser');
testOwnership('browser');
