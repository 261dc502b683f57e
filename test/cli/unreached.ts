/** Surroundings of a command that must not need them. */
function unreached(): never {
  throw new Error('went on');
}

export const UNREACHED = {
  loadSettings: unreached,
  openRedis: unreached,
  serve: unreached,
  shippedConfig: '/none',
  command: 'matchstick',
  version: '0.0.0',
  environment: {},
  fetch: unreached,
  readInput: unreached,
  colours: { stdout: false, stderr: false },
  unread: new AbortController().signal,
  stdout: unreached,
  stderr: unreached,
};
