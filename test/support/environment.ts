// Mocha loads this before any test (.mocharc.json, scripts/quick-tests.ts).
import { shareFolder } from './once-per-run.ts';

// On Node 20 the AWS SDK announces with its first client that it will need a newer Node. src/main.ts leaves that out too.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

let removeShared: () => void = () => {};

export function mochaGlobalSetup(): void {
  removeShared = shareFolder();
}

export function mochaGlobalTeardown(): void {
  removeShared();
}
