import { ApiKeyAuthProvider, JwtAuthProvider, RbacAuthzProvider } from '@omnitron-dev/netron-auth';

const jwt = new JwtAuthProvider('a secret of more than thirty-two bytes', 'https://id.example');
const user = await jwt.authenticate(await jwt.createToken({ id: 'ada', roles: ['editor'] }));
const keys = new ApiKeyAuthProvider();
const service = await keys.authenticate((await keys.createKey({ id: 'billing' })).key);
const allowed = await new RbacAuthzProvider({ editor: ['posts:*'] }).authorize(user, 'posts', 'read');

if (user.userId !== 'ada' || service.userId !== 'billing' || !allowed) throw new Error('not what was expected');
console.log('ok');
