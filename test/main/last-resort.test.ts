import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { emptyFolder, end, startMain, urlOf } from './start-main.ts';

/** What goes wrong at a signal, in the process itself. */
const FAILING = (thrown: string) =>
  `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${thrown} });`)}`;

describe('a failure that nobody foresaw', () => {
  const onClose = cleanupAfter(after);

  async function start(thrown: string) {
    const folder = await emptyFolder(onClose);
    const child = startMain(folder, { NODE_OPTIONS: `--import=${FAILING(thrown)}` });
    onClose(() => end(child));
    return { child, url: await urlOf(child) };
  }

  it('outside of any request is logged, and takes nothing down, if it is a promise', async () => {
    const { child, url } = await start(
      "Promise.reject(new RangeError('unforeseen')); Promise.reject('no error')",
    );
    child.kill('SIGUSR2');
    await child.printed(/"event":"process\.unforeseen","what":"unhandledRejection".*RangeError/);
    await child.printed(/something was thrown that is not an error/);
    expect((await fetch(`${url}/healthz`)).status).to.equal(200);
  });

  it('ends the process in order, with 1, if it is an exception', async () => {
    const { child } = await start("setTimeout(() => { throw new RangeError('unforeseen') })");
    child.kill('SIGUSR2');
    await child.printed(/"event":"process\.unforeseen","what":"uncaughtException".*RangeError/);
    expect(await child.exited()).to.equal(1);
    expect(child.output()).to.include('"event":"service.stopped"');
  });
});
