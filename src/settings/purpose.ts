import type { InputProblem } from '../errors.ts';
import { didYouMean } from '../input-problems.ts';
import { BINDINGS, type Purpose } from '../token/purpose.ts';
import { compileClaimsSchema } from './claims-schema.ts';
import { asLinkPolicy } from './page-look.ts';
import type { SettingsFile } from './schema.ts';

type PurposeSettings = SettingsFile['purposes'][string];

/** The policy of a purpose. What does not fit together is added to `problems`. */
export function asPurpose(name: string, policy: PurposeSettings, problems: InputProblem[]): Purpose {
  const audiences = typeof policy.audience === 'string' ? [policy.audience] : policy.audience;
  const purpose: Purpose = {
    name,
    audiences,
    lifetimeSeconds: policy.lifetime,
    uses: policy.uses,
    ...(policy.live === undefined ? {} : { live: policy.live }),
    ...(policy.link ? { link: asLinkPolicy(policy.link) } : {}),
    ...(policy.bind ? { bind: policy.bind } : {}),
    ...(policy.sealed ? { sealed: new Set(policy.sealed) } : {}),
  };
  problems.push(...sealedProblems(name, policy), ...boundLinkProblems(name, policy));
  if (!policy.claims) return purpose;
  try {
    return { ...purpose, checkClaims: compileClaimsSchema(policy.claims) };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'is not a JSON Schema';
    problems.push({ path: `purposes.${name}.claims`, message });
    return purpose;
  }
}

function boundLinkProblems(name: string, { bind = {}, link }: PurposeSettings) {
  const required = BINDINGS.filter((kind) => bind[kind] === 'required');
  if (!link || required.length === 0) return [];
  const message = `a visitor can show no proof, so no link works while bind requires ${required.join(' and ')}`;
  return [{ path: `purposes.${name}.link`, message }];
}

/** Only declared claims can be sealed. What opens something ends up in a URL, for its holder to read. */
function sealedProblems(name: string, { claims, sealed = [], opens }: PurposeSettings) {
  const declared = Object.keys(claims?.properties ?? {});
  const opening = Object.values(opens?.s3 ?? {}).join('\n');
  return sealed.flatMap((claim) => {
    const path = `purposes.${name}.sealed`;
    if (!declared.includes(claim)) {
      return [{ path, message: `no claim is named ${claim}${didYouMean(claim, declared)}` }];
    }
    if (!opening.includes(`{claims.${claim}}`)) return [];
    return [{ path, message: `the claim ${claim} is used by opens, so it cannot be sealed` }];
  });
}
