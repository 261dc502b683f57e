/**
 * The parts of the AWS SDK that sign. They are imported here and nowhere else, when there is a store: an `import` at
 * the head of a file would be the first thing that a program bundled in one file does, store or not. The `catch` makes
 * bundlers warn of a package that is not installed, where they would otherwise fail.
 */
export async function loadSdk() {
  const [{ GetObjectCommand, S3Client }, { getSignedUrl, S3RequestPresigner }, { createPresignedPost }] =
    await Promise.all([
      import('@aws-sdk/client-s3').catch(notLoaded),
      import('@aws-sdk/s3-request-presigner').catch(notLoaded),
      import('@aws-sdk/s3-presigned-post').catch(notLoaded),
    ]);
  return { GetObjectCommand, S3Client, getSignedUrl, S3RequestPresigner, createPresignedPost };
}

export type Sdk = Awaited<ReturnType<typeof loadSdk>>;

function notLoaded(error: unknown): never {
  throw error;
}
