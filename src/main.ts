import { describeFailure } from './assembly/failure.ts';
import { serve } from './assembly/serve.ts';

serve(process.env).catch((error: unknown) => {
  const text = describeFailure(error);
  if (text !== undefined) process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
