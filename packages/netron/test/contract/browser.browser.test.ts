import './memory.test.js';
import './message-port.test.js';
