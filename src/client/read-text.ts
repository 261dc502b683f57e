/** A body that no answer of the service has, however often it is asked. `message` completes "The service at <origin> gave …". */
export class UnusableBody extends Error {}

/** Reads a whole body as UTF-8. Throws UnusableBody as soon as there is more of it than is allowed. */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decode(() => decoder.decode());
    size += value.byteLength;
    if (size > maxBytes) {
      // Ends the connection; whether that works is nothing to wait for.
      reader.cancel().catch(() => {});
      throw new UnusableBody('more than any answer has');
    }
    text += decode(() => decoder.decode(value, { stream: true }));
  }
}

function decode(octets: () => string): string {
  try {
    return octets();
  } catch {
    throw new UnusableBody('something that is not UTF-8');
  }
}
