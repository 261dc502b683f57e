export { type ErrorCode, MatchstickError } from '../errors.ts';
export type { AppRequest } from './app-request.ts';
export { capabilityOf, linkOf, type OpenedLink, releaseCapability } from './grants.ts';
export type { CapabilityOptions } from './options.ts';
export { keepRawBody } from './raw-body.ts';
export { type CapabilityHandler, requireCapability } from './require-capability.ts';
