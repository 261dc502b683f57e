/** What to do with what an operation answered, by `operationId`: OpenAPI links. */
const TOKEN = '$response.body#/token';
const JTI = '$response.body#/jti';
const PURPOSE = '$request.body#/purpose';
const REDEMPTION = '$response.body#/redemptionId';

interface Link {
  readonly operationId: string;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly requestBody?: Readonly<Record<string, string>>;
}

const AFTER_MINT = {
  redeem: {
    operationId: 'redeem',
    description: 'Redeem the token. If the purpose has several audiences, also send the audience.',
    requestBody: { token: TOKEN, purpose: PURPOSE },
  },
  inspect: { operationId: 'inspect', description: 'Inspect its state.', requestBody: { token: TOKEN } },
  inspectJti: {
    operationId: 'inspectJti',
    description: 'Inspect its state, without the token.',
    parameters: { jti: JTI },
  },
  revoke: { operationId: 'revoke', description: 'Revoke it.', requestBody: { jti: JTI } },
} satisfies Readonly<Record<string, Link>>;

const AFTER_REDEEM = {
  commit: {
    operationId: 'commit',
    description: 'Burn a held use for good.',
    parameters: { id: REDEMPTION },
  },
  release: { operationId: 'release', description: 'Give a held use back.', parameters: { id: REDEMPTION } },
} satisfies Readonly<Record<string, Link>>;

/** The links of the success of an operation. */
export const LINKS: Readonly<Record<string, Readonly<Record<string, Link>>>> = {
  mint: AFTER_MINT,
  redeem: AFTER_REDEEM,
};
