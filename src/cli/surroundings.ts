import type { Fetch } from '../client/web.ts';
import type { ShardsOptions } from '../redis/ask.ts';
import type { Environment } from '../settings/environment.ts';
import type { Settings } from '../settings/parse.ts';

/** What commands need of the process that they run in. */
export interface CommandSurroundings {
  /** The settings of the file that `--config` names, or of the usual one. Rejects with a SettingsError. */
  readonly loadSettings: (config: string | undefined) => Settings | Promise<Settings>;
  /** The connection to the configured Redis; undefined if the ledger is in memory. */
  readonly openRedis: (settings: Settings) => ShardsOptions | undefined | Promise<ShardsOptions | undefined>;
  /** Runs the service until it has stopped. Resolves to its exit code. */
  readonly serve: (config: string | undefined) => Promise<number>;
  /** The configuration that comes with the product, with its JSON Schema beside it. */
  readonly shippedConfig: string;
  readonly version: string;
  /** How the program was called, as a shell takes it: what printed commands begin with. */
  readonly command: string;
  readonly environment: Environment;
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly fetch: Fetch;
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  /** Asks a person for a secret without showing it. Absent where there is no terminal. */
  readonly prompt?: ((question: string) => Promise<string>) | undefined;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Which of the two may be coloured. */
  readonly colours: { readonly stdout: boolean; readonly stderr: boolean };
  /**
   * Aborts when a person presses Ctrl-C the first time, instead of ending the process at once: for what must still say how
   * to go on. Until `end`. Absent where nobody can.
   */
  readonly watchInterrupt?: () => { readonly signal: AbortSignal; readonly end: () => void };
  /** Aborted when nobody reads what is printed. */
  readonly unread: AbortSignal;
}
