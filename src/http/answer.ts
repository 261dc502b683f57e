import { type Answer, COMMON_HEADERS } from '../problem.ts';

const JSON_HEADERS: Answer['headers'] = { ...COMMON_HEADERS, 'Content-Type': 'application/json' };

export function jsonAnswer(
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return {
    status,
    headers: headers ? { ...JSON_HEADERS, ...headers } : JSON_HEADERS,
    body: JSON.stringify(body),
  };
}
