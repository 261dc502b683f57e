/** What one look at a server found. `refuse`: it cannot hold the ledger. `warn`: it can, at a stated cost. */
export interface Finding {
  readonly check: string;
  readonly level: 'good' | 'note' | 'warn' | 'refuse';
  readonly detail: string;
  /** Of a refusal: whether it may be over soon without anybody changing the settings, as after a failover. */
  readonly mayPass?: true;
}

/** What Redis answered, by name. */
export type Facts = ReadonlyMap<string, string>;
