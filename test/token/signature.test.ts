import { expect } from 'chai';
import fc from 'fast-check';
import { base64url, CompactSign, type CryptoKey, compactVerify, errors, generateKeyPair } from 'jose';
import { ALGORITHMS, type Algorithm } from '../../src/token/key.ts';
import { isSignatureOf, signatureOf } from '../../src/token/signature.ts';

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const textOf = (part: bigint) => part.toString(16).padStart(64, '0');

/** What jose says of the same token. */
async function joseSays(token: string, algorithm: Algorithm, key: CryptoKey): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

for (const algorithm of ALGORITHMS) {
  describe(`a signature of ${algorithm}`, () => {
    let keys: Awaited<ReturnType<typeof generateKeyPair>>;
    const header = base64url.encode(JSON.stringify({ alg: algorithm }));

    before(async () => {
      keys = await generateKeyPair(algorithm);
    });

    async function bothSay(signature: string, payload: string): Promise<boolean> {
      const input = `${header}.${payload}`;
      const ours = isSignatureOf(base64url.decode(signature), input, algorithm, keys.publicKey);
      expect(await joseSays(`${input}.${signature}`, algorithm, keys.publicKey), signature).to.equal(ours);
      return ours;
    }

    it('is one for jose, and one of jose is one here, whatever is signed', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 600 }), async (octets) => {
          const payload = base64url.encode(octets);
          const signature = base64url.encode(signatureOf(`${header}.${payload}`, algorithm, keys.privateKey));
          expect(await bothSay(signature, payload)).to.equal(true);
          const jws = await new CompactSign(octets)
            .setProtectedHeader({ alg: algorithm })
            .sign(keys.privateKey);
          expect(await bothSay(jws.split('.')[2] ?? '', payload)).to.equal(true);
        }),
        { numRuns: 50 },
      );
    });

    it('is judged as jose judges it when bits of it are flipped, or it is shorter or longer', async () => {
      const payload = base64url.encode('what was signed');
      const octets = signatureOf(`${header}.${payload}`, algorithm, keys.privateKey);
      for (let bit = 0; bit < octets.length * 8; bit++) {
        const flipped = Uint8Array.from(octets, (octet, at) =>
          at === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet,
        );
        expect(await bothSay(base64url.encode(flipped), payload), `bit ${bit}`).to.equal(false);
      }
      for (const length of [0, 1, 32, 63, 65, 72, 128]) {
        const resized = new Uint8Array(length);
        resized.set(octets.subarray(0, length));
        expect(await bothSay(base64url.encode(resized), payload), `${length} octets`).to.equal(false);
      }
    });

    it('is judged as jose judges it at the edges of its numbers', async () => {
      const payload = base64url.encode('what was signed');
      const signature = signatureOf(`${header}.${payload}`, algorithm, keys.privateKey);
      const hex = signature.toString('hex');
      const [r, s] = [BigInt(`0x${hex.slice(0, 64)}`), BigInt(`0x${hex.slice(64)}`)];
      const edges = [0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n];
      const pairs = [
        ...edges.flatMap((edge) => [[edge, s] as const, [r, edge] as const, [edge, edge] as const]),
      ];
      for (const [first, second] of [...pairs, [r, ORDER - (s % ORDER)] as const, [s, r] as const]) {
        await bothSay(Buffer.from(textOf(first) + textOf(second), 'hex').toString('base64url'), payload);
      }
    });

    it('is not looked for with a key of another kind', async () => {
      const [other] = ALGORITHMS.filter((each) => each !== algorithm);
      const { publicKey, privateKey } = await generateKeyPair(other ?? '');
      expect(() => isSignatureOf(new Uint8Array(64), 'e30.e30', algorithm, publicKey)).to.throw(TypeError);
      expect(() => signatureOf('e30.e30', algorithm, privateKey)).to.throw(TypeError);
    });
  });
}
