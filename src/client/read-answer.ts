import { type Call, type Exchanged, noAnswer } from './call.ts';
import { readText, UnusableBody } from './read-text.ts';
import { headerExtras, reviveProblem } from './revive-problem.ts';

const MAX_ANSWER_BYTES = 65_536;

/** What came back from `base`, as an answer to this very call or as none. Rejects when it breaks off. */
export async function readAnswer<T>(call: Call<T>, response: Response, base: string): Promise<Exchanged<T>> {
  const { status, headers } = response;
  const again = isPassing(status);
  const none = (gave: string) => noAnswer(base, `gave ${gave}`, again, headerExtras(headers));
  // A browser hides the status of a redirect that it did not follow.
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    response.body?.cancel().catch(() => {});
    return none('a redirect instead of an answer');
  }
  let text: string;
  try {
    text = await readText(response, call.maxAnswerBytes ?? MAX_ANSWER_BYTES);
  } catch (error) {
    if (error instanceof UnusableBody) return none(error.message);
    throw error;
  }
  const mediaType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const body = parseJson(text);
  if (mediaType === 'application/problem+json') {
    const error = reviveProblem(status, headers, body);
    return error ? { answered: false, error, again } : none('a problem that is not one of its own');
  }
  if (status !== call.status) return none(`status ${status} instead of an answer`);
  if (mediaType !== 'application/json' || !call.isAnswer(body)) {
    return none('something that is not an answer to this call');
  }
  return { answered: true, answer: body };
}

/** What the service says when it cannot answer now, and gateways for a service that they do not reach. */
function isPassing(status: number): boolean {
  return status === 429 || status >= 502;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
