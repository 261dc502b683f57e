import type { MatchstickEvent } from '../events/event.ts';
import type { HearEvent } from '../events/recorder.ts';
import { LIMIT_NAMES, type LimitName } from '../limits/limit.ts';
import { findChanges, type MetricChange } from './changes.ts';
import {
  closedSet,
  EPOCH_REASONS,
  FIRST_OUTCOMES,
  limitLabel,
  methodLabel,
  outcomeLabel,
  reasonLabel,
} from './labels.ts';
import {
  counterIn,
  histogramIn,
  type MetricSnapshot,
  processRegistry,
  readGaugeIn,
  snapshotOf,
} from './prometheus.ts';

/** A key, and since when it is in its state. */
export interface KeyAge {
  readonly kid: string;
  readonly state: 'next' | 'signing' | 'verifying' | 'revoked';
  readonly sinceMs: number;
}

export interface MetersOptions {
  readonly build: { readonly version: string; readonly node: string };
  /** The names of the configured purposes. */
  readonly purposes: Iterable<string>;
  /** What the ledger can be asked. */
  readonly operations: Iterable<string>;
  readonly keys: () => readonly KeyAge[];
  readonly nowMs: () => number;
}

/** What one process counts and measures. No label has a value that is not configured or of a closed set. */
export interface Meters {
  /** Counts what has happened. */
  readonly hear: HearEvent;
  /** Counts a request that met a limit. */
  limited(limit: LimitName): void;
  observeLedger(operation: string, outcome: 'ok' | 'unavailable', seconds: number): void;
  /** `route` is the template of a known one, or `(none)`; so is `status` of a request that got no answer. */
  observeRequest(request: {
    readonly method: string;
    readonly route: string;
    readonly status: string;
    readonly seconds: number;
  }): void;
  /** Counts events that reached nobody who was to keep them. */
  dropped(events: number): void;
  /** The page of this process alone, in the Prometheus text format. */
  page(): Promise<string>;
  /** Every metric, as it is now. */
  everything(): Promise<readonly MetricSnapshot[]>;
  /** What was counted since this was called last. Gauges are not counted. */
  changes(): Promise<readonly MetricChange[]>;
  /** Calls `listener` whenever something is counted. */
  onChange(listener: () => void): void;
}

const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const LEDGER_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

export function meters({ build, purposes, operations, keys, nowMs }: MetersOptions): Meters {
  const names = [...purposes];
  const purposeLabel = closedSet(names);
  const operationLabel = closedSet(operations);
  const registry = processRegistry(build);
  const changed = new Set<string>();
  const changesIn = findChanges();
  let listener = () => {};

  const counted = (name: string) => {
    changed.add(name);
    listener();
  };

  function counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    const metric = counterIn(registry, name, help, labelNames);
    return {
      /** From the beginning there is a 0, so that the first one that is counted is seen as an increase. */
      begin: (labels: Readonly<Record<Label, string>>) => metric.inc({ ...labels }, 0),
      add: (labels: Readonly<Record<Label, string>>, amount = 1) => {
        metric.inc({ ...labels }, amount);
        counted(name);
      },
    };
  }

  function histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: readonly number[],
  ) {
    const metric = histogramIn(registry, name, help, labelNames, buckets);
    return (labels: Readonly<Record<Label, string>>, value: number) => {
      metric.observe({ ...labels }, value);
      counted(name);
    };
  }

  const minted = counter('matchstick_tokens_minted_total', 'Tokens that were minted.', ['purpose']);
  const redemptions = counter(
    'matchstick_redemptions_total',
    'Attempts at redeeming: redeemed, held, or the code of the refusal.',
    ['purpose', 'outcome'],
  );
  const secondUses = counter(
    'matchstick_second_uses_total',
    'Attempts at a token that another attempt had redeemed before.',
    ['purpose'],
  );
  const opened = counter('matchstick_links_opened_total', 'Links whose page was shown.', ['purpose']);
  const epochs = counter('matchstick_ledger_epochs_total', 'Epochs that began. All tokens before are void.', [
    'reason',
  ]);
  const limited = counter('matchstick_rate_limited_total', 'Requests that were refused by a limit.', [
    'limit',
  ]);
  const dropped = counter(
    'matchstick_events_dropped_total',
    'Events that could not be kept, or not logged.',
    [],
  );
  const ledger = histogram(
    'matchstick_ledger_operation_duration_seconds',
    'How long the ledger took to answer, tries included.',
    ['operation', 'outcome'],
    LEDGER_BUCKETS,
  );
  const requests = histogram(
    'matchstick_http_request_duration_seconds',
    'From the head of a request to the end of its answer.',
    ['method', 'route', 'status'],
    HTTP_BUCKETS,
  );
  readGaugeIn(
    registry,
    'matchstick_key_age_seconds',
    'For how long a key has been in its state.',
    ['kid', 'state'],
    () => keys().map(({ kid, state, sinceMs }) => [{ kid, state }, (nowMs() - sinceMs) / 1000] as const),
  );

  for (const purpose of names) {
    for (const each of [minted, secondUses, opened]) each.begin({ purpose });
    for (const outcome of FIRST_OUTCOMES) redemptions.begin({ purpose, outcome });
  }
  for (const reason of EPOCH_REASONS) epochs.begin({ reason });
  for (const limit of LIMIT_NAMES) limited.begin({ limit });
  dropped.begin({});

  function hear({ type, code, token, secondUse }: MatchstickEvent): void {
    const purpose = purposeLabel(token?.purpose);
    const redemption = (outcome: string | undefined) =>
      redemptions.add({ purpose, outcome: outcomeLabel(outcome) });
    if (type === 'token.minted') minted.add({ purpose });
    else if (type === 'token.redeemed') redemption('redeemed');
    else if (type === 'token.held') redemption('held');
    else if (type === 'token.refused') redemption(code);
    else if (type === 'link.opened') opened.add({ purpose });
    else if (type === 'epoch.began') epochs.add({ reason: reasonLabel(code) });
    if (secondUse) secondUses.add({ purpose });
  }

  return {
    hear,
    limited: (limit) => limited.add({ limit: limitLabel(limit) }),
    observeLedger: (operation, outcome, seconds) =>
      ledger({ operation: operationLabel(operation), outcome }, seconds),
    observeRequest: ({ method, route, status, seconds }) =>
      requests({ method: methodLabel(method), route, status }, seconds),
    dropped: (events) => dropped.add({}, events),
    page: () => registry.metrics(),
    everything: () => snapshotOf(registry),
    changes: async () => {
      const now = new Set(changed);
      changed.clear();
      return changesIn(await snapshotOf(registry, now));
    },
    onChange: (hearChange) => {
      listener = hearChange;
    },
  };
}
