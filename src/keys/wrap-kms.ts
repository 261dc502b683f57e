import { base64url } from 'jose';
import { UnfitKeyError } from './parse-key.ts';
import { DATA_KEY_OCTETS, type DataKeyWrapper } from './wrap.ts';

/** How long a call of AWS KMS may take, tries included. */
const KMS_MS = 10_000;
const TOLD_CHARACTERS = 200;

/**
 * Has a key of AWS KMS wrap a data key, bound to the issuer by its encryption context. Credentials are found in the way of
 * the AWS SDK, which is imported when it is needed. Passes on the error of a package that is not installed.
 */
export function kmsWrapper(arn: string, issuer: string, setting: string): DataKeyWrapper {
  const region = arn.split(':')[3] ?? '';
  const context = { EncryptionContext: { issuer } };

  async function withClient<T>(
    work: (sdk: Awaited<ReturnType<typeof loadKms>>, send: Send) => Promise<T>,
  ): Promise<T> {
    const sdk = await loadKms();
    const client = new sdk.KMSClient({ region });
    try {
      return await work(sdk, { client, options: { abortSignal: AbortSignal.timeout(KMS_MS) } });
    } catch (error) {
      if (error instanceof UnfitKeyError) throw error;
      // Without the error as a cause: it has the whole answer in it.
      throw new UnfitKeyError(`AWS KMS did not do it for ${setting} (${why(error)})`);
    } finally {
      client.destroy();
    }
  }

  return {
    by: 'awsKms',
    id: arn,
    wrap: (dataKey) =>
      withClient(async ({ EncryptCommand }, { client, options }) => {
        const encrypt = new EncryptCommand({ KeyId: arn, Plaintext: dataKey, ...context });
        const { CiphertextBlob } = await client.send(encrypt, options);
        if (!CiphertextBlob) throw new UnfitKeyError(`AWS KMS answered without a ciphertext for ${setting}`);
        return base64url.encode(CiphertextBlob);
      }),
    unwrap: (text) =>
      withClient(async ({ DecryptCommand }, { client, options }) => {
        const CiphertextBlob = base64url.decode(text);
        const decrypt = new DecryptCommand({ KeyId: arn, CiphertextBlob, ...context });
        const { Plaintext } = await client.send(decrypt, options);
        if (Plaintext?.length !== DATA_KEY_OCTETS) {
          throw new UnfitKeyError(`AWS KMS answered with something other than a data key for ${setting}`);
        }
        return Plaintext;
      }),
  };
}

type Kms = Awaited<ReturnType<typeof loadKms>>;

interface Send {
  readonly client: InstanceType<Kms['KMSClient']>;
  readonly options: { readonly abortSignal: AbortSignal };
}

/** The `catch` makes bundlers warn of a package that is not installed, where they would otherwise fail. */
function loadKms() {
  return import('@aws-sdk/client-kms').catch((error: unknown) => {
    throw error;
  });
}

function why(error: unknown): string {
  if (!(error instanceof Error)) return 'for an unknown reason';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return `no answer in ${KMS_MS / 1000} s`;
  const text = error.message.replace(/[\p{C}\s]+/gu, ' ').trim();
  return `${error.name}: ${text.slice(0, TOLD_CHARACTERS)}`;
}
