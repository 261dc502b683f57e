/** What a suite opened, closed in reverse order by the hook that it registers when called. */
export function cleanupAfter(hook: (close: () => Promise<void>) => void): (close: () => unknown) => void {
  const closers: (() => unknown)[] = [];
  hook(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  return (close) => closers.push(close);
}
