import { Netron } from '@omnitron-dev/netron';
import { type AuthContext, authenticator, JwtAuthProvider } from '@omnitron-dev/netron-auth';

const jwt = new JwtAuthProvider('a secret of more than thirty-two bytes', 'https://id.example');
const context: AuthContext = await jwt.authenticate(await jwt.createToken({ id: 'ada' }));
await Netron.create({ authenticate: authenticator(jwt) });
// @ts-expect-error exactly one source of keys
new JwtAuthProvider({ issuer: 'https://id.example', secret: 'x', jwks: 'https://id.example/keys' });
console.log(context.userId);
