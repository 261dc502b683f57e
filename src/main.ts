import { nodeProblem } from './assembly/node-version.ts';

async function main(): Promise<void> {
  const problem = nodeProblem(process.versions.node);
  if (problem !== undefined) return fail(problem);
  // Not before: an older Node would fail at what is imported, and say something else.
  const { serve } = await import('./assembly/serve.ts');
  const { describeFailure } = await import('./assembly/failure.ts');
  await serve(process.env).catch((error: unknown) => fail(describeFailure(error)));
}

function fail(text: string | undefined): void {
  if (text !== undefined) process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

await main();
