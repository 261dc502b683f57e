import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How many octets are still referred to. */
export function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
