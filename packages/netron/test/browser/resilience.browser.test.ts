import '../../src/middleware/adaptive-limit.test.js';
import '../../src/middleware/bulkhead.test.js';
import '../../src/middleware/circuit-breaker.test.js';
import '../../src/middleware/hedge.test.js';
import '../../src/middleware/retry.test.js';
import '../../src/middleware/shed.test.js';
