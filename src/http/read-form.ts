const FORM_MEDIA_TYPE = /^application\/x-www-form-urlencoded *(?:; *charset=(?:utf-8|"utf-8") *)?$/i;

interface FormRequest {
  readonly header: (name: string) => string | undefined;
  readonly readBody: (maxBytes: number) => Promise<Uint8Array>;
}

/**
 * The fields of a form that a browser sent; none for anything else, which no page of ours sends. A field
 * that is there twice is left out: it says nothing.
 */
export async function readForm(
  { header, readBody }: FormRequest,
  maxBytes: number,
): Promise<Readonly<Record<string, string>>> {
  if (!FORM_MEDIA_TYPE.test(header('content-type') ?? '')) return {};
  const form = new URLSearchParams(new TextDecoder().decode(await readBody(maxBytes)));
  const fields = new Map<string, string | undefined>();
  for (const [name, value] of form) fields.set(name, fields.has(name) ? undefined : value);
  return Object.fromEntries(
    [...fields].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
