export { type ErrorCode, MatchstickError } from '../errors.ts';
export type { OpenedLink } from '../guard/expect-redemption.ts';
export type { AppRequest } from './app-request.ts';
export { capabilityOf, linkOf, releaseCapability } from './grants.ts';
export { keepRawBody } from './raw-body.ts';
export { type CapabilityHandler, type CapabilityOptions, requireCapability } from './require-capability.ts';
