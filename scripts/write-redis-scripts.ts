// Writes src/redis/scripts/sources.ts: the Lua files as code, so that they travel with every bundle.
import { readFileSync, writeFileSync } from 'node:fs';
import { redisSources } from './redis-sources.ts';

const target = new URL('../src/redis/scripts/sources.ts', import.meta.url);
const text = redisSources();
if (readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
