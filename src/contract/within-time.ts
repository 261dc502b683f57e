/**
 * What the work resolves to, or a rejection with a `TimeoutError` if it takes longer than so many milliseconds. The
 * signal tells the work to stop; nobody waits for it.
 */
export async function withinTime<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const timeout = new DOMException('it took too long', 'TimeoutError');
      reject(timeout);
      controller.abort(timeout);
    }, milliseconds);
  });
  try {
    return await Promise.race([work(controller.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
