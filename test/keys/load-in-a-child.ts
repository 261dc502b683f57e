import { loadKeyFile } from './load-key-file.ts';

/** Loads the key files that it is told of, all at once, when it gets SIGUSR2, and prints the kids. */
const paths = process.argv.slice(2);
const waiting = setInterval(() => {}, 1000);
process.once('SIGUSR2', async () => {
  clearInterval(waiting);
  const rings = await Promise.all(paths.map((path) => loadKeyFile(path, 'ES256', Date.now())));
  console.log(`kids ${rings.map(({ signing }) => signing.kid).join(',')}.`);
});
console.log('ready');
