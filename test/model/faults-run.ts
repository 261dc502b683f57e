import fc from 'fast-check';
import { startRedis } from '../support/redis-server.ts';
import { openMemories } from './faults-memories.ts';
import { playStory } from './faults-play.ts';
import { stories } from './faults-stories.ts';

/**
 * `npm run model [questions] [seed]`: asks a million questions, or as many, in stories of faults. Prints what it takes
 * to do the same again, and the shortest story that it can find when something is wrong.
 */
const [asked = '1000000', drawn = String(Math.floor(Math.random() * 2 ** 31))] = process.argv.slice(2);
const [most, seed] = [Number(asked), Number(drawn)];
if (!Number.isSafeInteger(most) || !Number.isSafeInteger(seed)) throw new TypeError('not a whole number');

const STORIES_AT_ONCE = 1000;
const startedAtMs = performance.now();
const redis = await startRedis();
const memories = await openMemories(redis.url);
let questions = 0;
let played = 0;
const property = fc.asyncProperty(stories(), async (story) => {
  if (questions >= most) return;
  questions += (await playStory(story, memories)).questions;
  played++;
});
try {
  for (let block = 0; questions < most; block++) {
    await fc.assert(property, { seed: seed + block, numRuns: STORIES_AT_ONCE, includeErrorInReport: true });
  }
} finally {
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  console.log(`seed ${seed}: ${played} stories, ${questions} questions, ${seconds} s`);
  memories.close();
  await redis.close();
}
