import { JwtAuthProvider } from '@omnitron-dev/netron-auth';

const jwt = new JwtAuthProvider('a secret of more than thirty-two bytes', 'https://id.example');
const { userId } = await jwt.authenticate(await jwt.createToken({ id: 'ada' }));
document.title = userId === 'ada' ? 'ok' : `got ${userId}`;
