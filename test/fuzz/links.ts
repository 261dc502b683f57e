import fc from 'fast-check';
import { parseCode } from '../../src/links/code.ts';
import { type MintedLink, mintLink } from '../http/link-page.ts';
import { TEST_CALLERS, TEST_PURPOSES } from '../support/deployment.ts';
import { call } from '../support/service.ts';
import { expectWellFormed, type Front, type FrontAnswer, lastRequest, openFront } from './front.ts';
import { besieged, expectSilence } from './http.ts';
import {
  type BuiltVisit,
  builtVisit,
  type KnownLink,
  LINKS,
  type LinkName,
  MARK,
  type Visit,
  visits,
} from './link-visits.ts';
import { Find, type Property, type Target } from './target.ts';

const APP = 'https://app.example.test';
const THEN = `${APP}/reset`;
const PURPOSES = {
  ...TEST_PURPOSES,
  leads: { audience: APP, lifetime: '15m', link: { then: THEN } },
  plain: { audience: APP, lifetime: '15m', link: {} },
  coded: { audience: APP, lifetime: '15m', link: { code: true } },
};
const ALL = Object.keys(PURPOSES);
const CALLERS = { ...TEST_CALLERS, main: { mint: ALL, redeem: ALL, inspect: true, revoke: true } };
/** A well-formed reference of no link. */
const NOWHERE: KnownLink = { path: `/l/${'A'.repeat(22)}` };

/** One visit, with what came of it. */
interface Visited {
  readonly visit: Visit;
  readonly built: BuiltVisit;
  readonly answer: FrontAnswer | undefined;
  readonly hungUp: boolean;
}

/** Whether the button was pressed and let through. */
function isThrough({ visit: { method }, answer }: Visited): boolean {
  if (method !== 'POST' || !answer) return false;
  const isPage = answer.headers.get('content-type')?.startsWith('text/html') === true;
  return answer.status === 200 && isPage && !answer.text.includes('name="attempt"');
}

/** The answer is a page, or leads where the purpose does; a router's refusal only where there is no link. */
function expectPage({ visit, built, answer }: Visited, minted: MintedLink | undefined): void {
  if (!answer) return;
  const { status, headers, text } = answer;
  const type = headers.get('content-type') ?? '';
  const about = `${visit.method} answered ${status} ${text.slice(0, 2000)}`;
  const location = headers.get('location');
  if (location !== undefined) throw new Find(`it leads to ${location}: ${about}`);
  for (const [, to = ''] of text.matchAll(/(?:;url=|href=")(?!data:)([^"]*)"/g)) {
    if (!to.startsWith(`${THEN}?redemption=`)) throw new Find(`it leads to ${to}: ${about}`);
  }
  const isPerson = visit.method === 'GET' || visit.method === 'POST';
  if (built.isReadable && isPerson && !type.startsWith('text/html')) throw new Find(`no page: ${about}`);
  if (text.includes(MARK) || text.includes('<fuzz-mark>'))
    throw new Find(`a page repeats what it was sent: ${about}`);
  if (minted && text.includes(minted.token)) throw new Find(`a page shows a token: ${about}`);
  if (
    type.startsWith('text/html') &&
    !headers.get('content-security-policy')?.includes("default-src 'none'")
  ) {
    throw new Find(`a page has no policy: ${about}`);
  }
}

/** Only a right button burns, for one attempt, and the token is what the answers say. */
async function expectConsistent(
  { service }: Front,
  { token, code }: MintedLink,
  all: readonly Visited[],
): Promise<void> {
  const through = all.filter(isThrough);
  if (through.some(({ visit }) => visit.isForeign && visit.head.length === 0))
    throw new Find('a foreign button is let through');
  const knowsCode = ({ built }: Visited) =>
    code === undefined || parseCode(new URLSearchParams(built.form).get('code') ?? undefined) === code;
  if (!through.every(knowsCode)) throw new Find('a button is let through without the code');
  const attempts = new Set(through.map(({ built }) => built.attempt ?? built.id));
  if (attempts.size > 1) throw new Find('two attempts are let through');
  const { json } = await call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
  if (through.length > 0 && json.state !== 'burned')
    throw new Find(`a token is ${json.state} after its button was pressed`);
  const isUnknown = all.some(({ visit, hungUp }) => hungUp && visit.method !== 'GET');
  if (through.length === 0 && json.state !== 'live' && !isUnknown) {
    throw new Find(`a token is ${json.state}, and no button was let through`);
  }
}

function linksProperty(front: Front, newName: () => string): Property {
  return fc.asyncProperty(visits, async (all) => {
    const minted = new Map<LinkName, MintedLink>();
    for (const purpose of LINKS) {
      if (purpose === 'nowhere' || !all.some(({ link }) => link === purpose)) continue;
      minted.set(purpose, await mintLink(front.service, { purpose }));
    }
    const visited: Visited[] = [];
    for (const visit of all) {
      const built = builtVisit(visit, minted.get(visit.link) ?? NOWHERE, newName());
      const octets = Buffer.concat([built.octets, lastRequest()]);
      const happened = await front.send(octets);
      expectWellFormed(happened, octets);
      // A damaged head may have lost its id; then its answer is the one that is not the last request's.
      const answer = happened.answers.find(({ headers }) => headers.get('x-request-id') !== 'last');
      visited.push({ visit, built, answer, hungUp: happened.hungUp });
    }
    for (const each of visited) expectPage(each, minted.get(each.visit.link));
    for (const [name, link] of minted) {
      await expectConsistent(
        front,
        link,
        visited.filter(({ visit }) => visit.link === name),
      );
    }
    expectSilence(
      front,
      ...[...minted.values()].flatMap(({ token, path }) => [token, path.slice('/l/'.length)]),
    );
  });
}

/** Links and their pages. */
export const linksTarget: Target<Front> = {
  name: 'links',
  suiteRuns: 80,
  open: async (onClose) => {
    const front = await openFront(onClose, { purposes: PURPOSES }, CALLERS);
    let names = 0;
    const newName = () => `fuzz-${++names}`;
    return {
      subject: front,
      property: (subject) => linksProperty(subject, newName),
      ...(await besieged(front, newName)),
    };
  },
};
