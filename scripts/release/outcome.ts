/** What a check found. `not checked` is a question that nobody could answer here. */
export type Outcome =
  | { readonly outcome: 'ok'; readonly detail: string }
  | { readonly outcome: 'failed'; readonly problems: readonly string[] }
  | { readonly outcome: 'not checked'; readonly why: string };

/** `ok` with this detail if there are no problems. */
export function outcomeOf(problems: readonly string[], detail: string): Outcome {
  return problems.length > 0 ? { outcome: 'failed', problems } : { outcome: 'ok', detail };
}

/** The line that the maintainer reads. Each problem follows on a line of its own. */
export function lineOf(name: string, outcome: Outcome): string {
  const head = `${outcome.outcome.padEnd(11)}  ${name.padEnd(15)}  `;
  if (outcome.outcome === 'ok') return `${head}${outcome.detail}`;
  if (outcome.outcome === 'not checked') return `${head}${outcome.why}`;
  const { problems } = outcome;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [`${head}${count}`, ...problems.map((problem) => `${' '.repeat(13)}${problem}`)].join('\n');
}
