/** A calculator over TCP: `node calculator.js [port]`. */
import { Netron, Public, Service, ValidationError } from '@omnitron-dev/netron';
import { announce } from './announce.js';
import { marketNamespace } from './namespace.js';

@Service('calculator@1.0.0')
export class Calculator {
  @Public()
  add(a: number, b: number): number {
    return a + b;
  }

  @Public()
  divide(a: number, b: number): number {
    if (b === 0) throw new ValidationError('cannot divide by zero', { details: { dividend: a } });
    return a / b;
  }
}

const netron = await Netron.create({
  id: 'calculator',
  transports: { tcp: { port: Number(process.argv[2] ?? 0) } },
  discovery: { namespace: marketNamespace() },
});
await netron.peer.exposeService(new Calculator());
announce(netron);
