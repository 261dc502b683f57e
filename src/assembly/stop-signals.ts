/** When a process is to stop. */
export interface StopSignals {
  /** Whether somebody has asked for it. */
  readonly isAsked: () => boolean;
  /** Resolves with the reason when somebody asks for the first time. */
  readonly asked: Promise<string>;
  /** Resolves when there is to be no waiting: somebody asked again, a moment later. */
  readonly hurried: Promise<void>;
  /** Asks, and asks to hurry. */
  stopNow(reason: string): void;
}

/** A signal to a group of processes also comes once from each program in between, such as npm: that is one. */
const SAME_MS = 1000;

const LOOK_EVERY_MS = 500;

/**
 * Hears SIGTERM and SIGINT from now on. `isBehindShell`: the shell in which npx runs this process does not pass signals on,
 * but ends by them, and that counts as one.
 */
export function hearStopSignals(monotonicMs: () => number, isBehindShell: boolean): StopSignals {
  let askedAtMs: number | undefined;
  let resolveAsked: (reason: string) => void = () => {};
  let resolveHurried = () => {};
  const asked = new Promise<string>((resolve) => {
    resolveAsked = resolve;
  });
  const hurried = new Promise<void>((resolve) => {
    resolveHurried = resolve;
  });
  const hear = (signal: string) => {
    askedAtMs ??= monotonicMs();
    if (monotonicMs() - askedAtMs > SAME_MS) resolveHurried();
    resolveAsked(signal);
  };
  process.on('SIGTERM', hear);
  process.on('SIGINT', hear);
  if (isBehindShell) {
    const shell = process.ppid;
    const looking = setInterval(() => {
      if (process.ppid === shell) return;
      clearInterval(looking);
      hear('SIGTERM');
    }, LOOK_EVERY_MS).unref();
  }
  return {
    isAsked: () => askedAtMs !== undefined,
    asked,
    hurried,
    stopNow: (reason) => {
      askedAtMs ??= monotonicMs();
      resolveHurried();
      resolveAsked(reason);
    },
  };
}
