const CHARACTERS = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;

/**
 * What is wrong with the name of a general purpose bucket, by the naming rules of Amazon S3; undefined
 * when nothing is. The SDK would take nearly anything, and a bucket called `..` is a way to every other one.
 */
export function bucketNameProblem(name: string): string | undefined {
  if (!CHARACTERS.test(name)) {
    return 'must be 3 to 63 of a-z, 0-9, . and -, beginning and ending with a letter or digit';
  }
  if (name.includes('..')) return 'must not have two dots in a row';
  if (IP_ADDRESS.test(name)) return 'must not look like an IP address';
  if (name.endsWith('--x-s3')) return 'must not be a directory bucket: they know no presigned requests';
  return undefined;
}
