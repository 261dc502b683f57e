/** Opens what a part needs, and closes all of it, the last one first, whatever happens. */
export async function withResources<T>(
  work: (open: <R extends { close(): Promise<unknown> }>(opening: Promise<R>) => Promise<R>) => Promise<T>,
): Promise<T> {
  const opened: { close(): Promise<unknown> }[] = [];
  try {
    return await work(async (opening) => {
      const resource = await opening;
      opened.push(resource);
      return resource;
    });
  } finally {
    for (const resource of opened.reverse()) await resource.close();
  }
}
