export const COMMAND_TIMED_OUT = 'Command timed out';

/** The promise's outcome, or a rejection with `COMMAND_TIMED_OUT` after so many milliseconds. */
export async function before<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(COMMAND_TIMED_OUT)), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
