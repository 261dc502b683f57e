/** One line of a page of metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The page of a service, read by a program on its host. */
export async function scrape({ url }: { readonly url: string }): Promise<string> {
  const response = await fetch(`${url}/metrics`, {
    headers: { Connection: 'close' },
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status !== 200) throw new Error(`the page was answered with ${response.status}`);
  return response.text();
}

/** The samples of a page. Throws for a line that is none. */
export function samplesOf(page: string): readonly Sample[] {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === '') throw new Error(`not a sample: ${line}`);
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
      key,
      text,
    ]);
    return { name, labels: Object.fromEntries(pairs), value: value === '+Inf' ? Infinity : Number(value) };
  });
}

/** The sum of the samples of a name whose labels have these values. */
export function sumOf(page: string, name: string, wanted: Readonly<Record<string, string>> = {}): number {
  return samplesOf(page)
    .filter((sample) => sample.name === name)
    .filter(({ labels }) => Object.entries(wanted).every(([key, value]) => labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/** Every sample that may only grow, by its line without the value. */
export function countedBy(page: string): ReadonlyMap<string, number> {
  const types = new Map([...page.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]));
  const typeOf = (name: string) => types.get(name) ?? types.get(name.replace(/_(?:bucket|sum|count)$/, ''));
  return new Map(
    samplesOf(page)
      .filter(({ name }) => ['counter', 'histogram'].includes(typeOf(name) ?? ''))
      .map(({ name, labels, value }) => [`${name} ${JSON.stringify(labels)}`, value]),
  );
}

/** Those that were greater before, or are gone. */
export function fallen(before: string, after: string): readonly string[] {
  const now = countedBy(after);
  return [...countedBy(before)]
    .filter(([line, value]) => (now.get(line) ?? -1) < value)
    .map(([line, value]) => `${line}: ${value}, then ${now.get(line)}`);
}
