/** A body that is longer than any answer of the service. */
export class OversizedBody extends Error {}

/** Reads a whole body as UTF-8. Throws OversizedBody as soon as there is more of it than is allowed. */
export async function readBody(response: Response, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > maxBytes) {
      // Ends the connection; whether that works is nothing to wait for.
      reader.cancel().catch(() => {});
      throw new OversizedBody(`more than ${maxBytes} octets`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
