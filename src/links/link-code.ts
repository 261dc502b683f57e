import type { ErrorCode } from '../errors.ts';

/** Why a link was refused, where no error code says it. docs/events.md explains each. */
export const LINK_CODES = ['code_wrong', 'code_locked', 'link_unconfigured', 'pressed_elsewhere'] as const;

/** The code of a `link.refused`. */
export type LinkCode = ErrorCode | (typeof LINK_CODES)[number];
