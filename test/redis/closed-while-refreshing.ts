// Closes a client of a Cluster (its URLs are the arguments) while it asks for the slots, and ends when nothing keeps it.
import { Cluster } from 'ioredis';
import { openClient } from '../../src/redis/client.ts';

const cluster = process.argv.slice(2).map((port) => ({ host: '127.0.0.1', port: Number(port) }));
const client = openClient({ cluster }, 500);
client.on('away', () => {});
client.once('ready', () => {
  if (!(client instanceof Cluster)) throw new Error('it is no Cluster');
  const refresh = client.refreshSlotsCache.bind(client);
  client.refreshSlotsCache = (callback) => {
    client.refreshSlotsCache = refresh;
    refresh(callback);
    client.disconnect();
    console.log('closed');
  };
});
