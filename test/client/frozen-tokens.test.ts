import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { createPreVerifier } from '../../src/client/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { VECTORS, vectorFile } from '../vectors/vectors.ts';
import { answer, startScripted } from './scripted-service.ts';

/** Reasons for a refusal for which no key of the service is needed. */
const FORGED = [
  'it is too long',
  'it is not three base64url segments',
  "its header's alg is not the algorithm of its key",
  'its key is not known here',
  'its signature does not verify',
];

describe('a pre-verifier that sees the frozen tokens', () => {
  const onClose = cleanupAfter(after);

  /** What it says of each token under each purpose, at the time for which they were made. */
  async function judge() {
    const file = vectorFile.parse(JSON.parse(await readFile(VECTORS, 'utf8')));
    const { url, close } = await startScripted(answer(200, { keys: file.keys }));
    onClose(close);
    const preVerify = createPreVerifier({ url, issuer: file.issuer, clockToleranceSeconds: 0 });
    const asked = file.tokens.flatMap((token) =>
      Object.keys(file.purposes).map((purpose) => ({ ...token, purpose })),
    );
    return atTime(file.now * 1000, () =>
      Promise.all(asked.map(async (each) => ({ ...each, found: await preVerify(each.token, each.purpose) }))),
    );
  }

  it('K6: says of every one whether it is plausible, and turns away none that the service redeems', async () => {
    const judged = await judge();
    const good = judged.filter(
      ({ expected, purpose }) => expected.valid && !expected.expired && expected.claims.purpose === purpose,
    );
    expect(good.length).to.be.greaterThan(10);
    for (const { name, alg, expected, purpose, found } of judged) {
      const what = `${name} (${alg}) for ${purpose}`;
      const isGood = good.some((each) => each.name === name && each.alg === alg && each.purpose === purpose);
      if (isGood) expect(found.plausible, what).to.equal(true);
      else if (expected.valid) expect(found.plausible, what).to.equal(false);
    }
  });

  it('K6: turns away every one whose signature, key or algorithm is not of the service', async () => {
    const refused = (await judge()).filter(
      ({ expected }) => !expected.valid && FORGED.includes(expected.reason),
    );
    expect(refused.length).to.be.greaterThan(50);
    for (const { name, alg, found } of refused) expect(found.plausible, `${name} (${alg})`).to.equal(false);
  });
});

/** Runs it while it is this time, which jose asks `Date` for. */
async function atTime<T>(nowMs: number, run: () => Promise<T>): Promise<T> {
  const { Date: RealDate } = globalThis;
  globalThis.Date = class extends RealDate {
    constructor(time: number = nowMs) {
      super(time);
    }
    static override now = () => nowMs;
  } as DateConstructor;
  try {
    return await run();
  } finally {
    globalThis.Date = RealDate;
  }
}
