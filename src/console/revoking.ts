import { MatchstickError } from '../errors.ts';
import type { Route } from '../http/route.ts';
import { html, type Markup, pathLink, postForm } from '../pages/html.ts';
import { type Desk, required } from './desk.ts';
import { formToken, type Shown } from './document.ts';
import type { Guest } from './gate.ts';
import { requireJti } from './tokens.ts';

/** Revoking a token, a subject or a key: a page that asks, and the form on it. */
export function revokingRoutes(desk: Desk): readonly Route[] {
  const { gate, operations } = desk;
  const { at } = gate;
  const ask = (visit: Guest, { title, text, to, back, fields }: Question): Shown => {
    requireManage(visit);
    return {
      title,
      place: '',
      body: html`<div class="card narrow"><h1>${title}</h1><p>${text}</p>
${postForm(at(to), html`${formToken(visit.session)}${fields}<button class="danger" type="submit">${title}</button>`)}
<p class="tabs">${pathLink(at(back), 'Keep it')}</p></div>`,
    };
  };
  return [
    gate.view(
      {
        operationId: 'consoleAskToken',
        path: 'tokens/:jti/revoke',
        summary: 'Asks for confirmation before a token is revoked',
      },
      async (visit) => {
        const jti = requireJti(visit.raw.params.jti);
        return ask(visit, {
          title: 'Revoke this token',
          text: 'After that, it no longer works for anybody. This cannot be undone: the person needs a new one.',
          to: 'revoke-token',
          back: `tokens/${jti}`,
          fields: html`<input type="hidden" name="jti" value="${jti}">`,
        });
      },
    ),
    gate.view(
      {
        operationId: 'consoleAskSubject',
        path: 'subjects/:hash/revoke',
        summary: 'Asks for confirmation before all tokens of a subject are revoked',
      },
      async (visit) => askSubject(visit),
    ),
    gate.view(
      {
        operationId: 'consoleAskKey',
        path: 'keys/:kid/revoke',
        summary: 'Asks for confirmation before a key is revoked',
      },
      async (visit) => {
        const { session, raw } = visit;
        const kid = raw.params.kid ?? '';
        const { keys } = required(await operations.listKeys.perform({}, session.caller, raw.occasion));
        if (!keys.some((key) => key.kid === kid))
          throw new MatchstickError('not_found', 'There is no such key here.');
        return ask(visit, {
          title: 'Revoke this key',
          text: `Every token that the key ${kid} has signed stops working at once, at every instance. Do this if the key may be known to others.`,
          to: 'revoke-key',
          back: 'keys',
          fields: html`<input type="hidden" name="kid" value="${kid}">`,
        });
      },
    ),
    gate.action(
      { operationId: 'consoleRevokeToken', path: 'revoke-token', summary: 'Revokes a token' },
      async ({ session, raw, form }) => {
        const jti = requireJti(form.jti);
        required(await operations.revokeAsOperator.perform({ jti }, session.caller, raw.occasion));
        return gate.go(`tokens/${jti}`);
      },
    ),
    gate.action(
      {
        operationId: 'consoleRevokeSubject',
        path: 'revoke-subject',
        summary: 'Revokes all tokens of a subject',
      },
      async ({ form, ...visit }) => {
        requireManage(visit);
        const { subject = '', hash = '' } = form;
        const isMeant = /^[\w-]{22}$/.test(hash) && desk.hashSubject(subject.normalize('NFC')) === hash;
        if (!isMeant)
          return askSubject(
            { ...visit, raw: { ...visit.raw, params: { hash } } },
            'That is not the subject of this page. Nothing was revoked.',
          );
        required(
          await operations.revokeAsOperator.perform(
            { subject: subject.normalize('NFC') },
            visit.session.caller,
            visit.raw.occasion,
          ),
        );
        return gate.go(`subjects/${hash}`);
      },
    ),
    gate.action(
      { operationId: 'consoleRevokeKey', path: 'revoke-key', summary: 'Revokes a key' },
      async ({ session, raw, form }) => {
        required(await operations.revokeKey.perform({ kid: form.kid ?? '' }, session.caller, raw.occasion));
        return gate.go('keys');
      },
    ),
  ];

  function askSubject(visit: Guest, trouble?: string): Shown {
    const hash = visit.raw.params.hash ?? '';
    if (!/^[\w-]{22}$/.test(hash))
      throw new MatchstickError('not_found', 'This is not the hash of a subject.');
    const shown = ask(visit, {
      title: 'Revoke every token of this subject',
      text: 'Every token that the subject has now stops working, whatever it is for. Tokens made later work.',
      to: 'revoke-subject',
      back: `subjects/${hash}`,
      fields: html`<input type="hidden" name="hash" value="${hash}">${trouble === undefined ? undefined : html`<p class="trouble" role="alert">${trouble}</p>`}
<label for="subject">Type the subject to confirm</label><input id="subject" name="subject" type="text" required autocomplete="off" spellcheck="false">`,
    });
    return trouble === undefined ? shown : { ...shown, status: 400 };
  }
}

interface Question {
  readonly title: string;
  readonly text: string;
  readonly to: string;
  readonly back: string;
  readonly fields: Markup;
}

function requireManage({ session }: Guest): void {
  if (session.caller.operator === 'manage') return;
  throw new MatchstickError(
    'caller_forbidden',
    `The caller ${session.caller.name} can look, but cannot revoke. Only operators with manage can.`,
  );
}
