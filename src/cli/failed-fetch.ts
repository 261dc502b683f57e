const UNTRUSTED = ': its certificate is not trusted here (NODE_EXTRA_CA_CERTS names a file of authorities)';
const NO_TLS = ': it does not speak TLS there (http instead of https?)';

/** Failures before a request has left this machine, and what may mend them. */
const NEVER_SENT = new Map([
  ['ECONNREFUSED', ': nothing listens there'],
  ['ENOTFOUND', ': there is no such host'],
  ['EAI_AGAIN', ': its host cannot be looked up'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].map((code) => [code, ''] as const),
  ['ERR_SSL_WRONG_VERSION_NUMBER', NO_TLS],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', NO_TLS],
  ['ERR_TLS_CERT_ALTNAME_INVALID', ': its certificate is for another name'],
  ['CERT_HAS_EXPIRED', ': its certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
]);
/** What fetch says, without a code, of a port that it connects to for nobody. */
const REFUSED_PORT = 'bad port';

/** The request may have arrived. */
const CUT_SHORT =
  'The connection ended before there was an answer: it was cut, or what listens there does not speak HTTP.';

/** Whether a failed fetch proves that nothing was sent. */
export function wasNeverSent(error: unknown): boolean {
  const cause = causeOf(error);
  return NEVER_SENT.has(codeOf(cause)) || cause?.message === REFUSED_PORT;
}

/** A sentence for people about a failed fetch; empty where its code says everything. */
export function hintFor(error: unknown): string {
  const cause = causeOf(error);
  if (cause?.message === REFUSED_PORT) return ' No program of this kind connects to that port.';
  const code = codeOf(cause);
  // In Node 24 an answer that is no HTTP may come without a code.
  if (code === 'UND_ERR_SOCKET' || cause?.name === 'HTTPParserError') return ` ${CUT_SHORT}`;
  const hint = NEVER_SENT.get(code);
  return hint ? ` That means${hint}.` : '';
}

function causeOf(error: unknown): Error | undefined {
  return error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
}

function codeOf(cause: Error | undefined): string {
  return cause !== undefined && 'code' in cause ? String(cause.code) : '';
}
