import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { LIMIT_NAMES } from '../../src/limits/limit.ts';
import { meters } from '../../src/metrics/meters.ts';
import { samplesOf } from '../metrics/page.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { shipped, shippedYaml, type Tree } from './shipped.ts';

const PROMTOOL = process.env.PROMTOOL || 'promtool';
const FOLDER = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url));
const RULES = 'matchstick-rules.yaml';
const TESTS = 'matchstick-rules-tests.yaml';
/** What Prometheus itself adds to what it scrapes. */
const SCRAPED = { up: [], labels: ['job', 'instance'] };

describe('deploy/prometheus', () => {
  const onClose = cleanupAfter(after);
  const rules: readonly Tree[] = shippedYaml(`prometheus/${RULES}`).groups.flatMap(
    (group: Tree) => group.rules,
  );
  const alerts = rules.filter(({ alert }) => alert !== undefined);
  const tests: readonly Tree[] = shippedYaml(`prometheus/${TESTS}`).tests;
  const dashboard: Tree = JSON.parse(shipped('prometheus/grafana-dashboard.json'));
  const panels: readonly Tree[] = dashboard.panels.filter(({ type }: Tree) => type !== 'row');
  const queries: readonly string[] = [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }: Tree) => expr)),
    ...dashboard.annotations.list.map(({ expr }: Tree) => expr),
  ].map(filledIn);

  async function promtool(cwd: string, ...args: readonly string[]) {
    const child = startChild(PROMTOOL, args, { cwd });
    return { exitCode: await child.exited(), output: child.output() };
  }

  /** The shipped rules and their tests in a folder of their own, with another text of the rules: those tests that tell of one alert. */
  async function testing(text: string, alert: string) {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-prometheus-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, RULES), text);
    const ofAlert = ({ alert_rule_test }: Tree) =>
      alert_rule_test.some(({ alertname }: Tree) => alertname === alert);
    const those = { ...shippedYaml(`prometheus/${TESTS}`), tests: tests.filter(ofAlert) };
    await writeFile(join(folder, TESTS), stringify(those));
    return promtool(folder, 'test', 'rules', TESTS);
  }

  it('has rules and a configuration that Prometheus takes', async () => {
    for (const args of [
      ['check', 'rules', RULES],
      ['check', 'config', '--syntax-only', 'prometheus.yaml'],
    ]) {
      const { exitCode, output } = await promtool(FOLDER, ...args);
      expect(exitCode, output).to.equal(0);
    }
  });

  it('has alerts that fire when they are to, and only then', async () => {
    const { exitCode, output } = await promtool(FOLDER, 'test', 'rules', TESTS);
    expect(exitCode, output).to.equal(0);
    const isTested = (alert: string, fires: boolean) =>
      tests
        .flatMap((test) => test.alert_rule_test)
        .some(({ alertname, exp_alerts }) => alertname === alert && exp_alerts.length > 0 === fires);
    for (const { alert } of alerts) {
      expect(isTested(alert, true), `${alert} fires`).to.equal(true);
      expect(isTested(alert, false), `${alert} does not`).to.equal(true);
    }
  });

  it('has tests that an alert with another threshold does not pass', async () => {
    const rules = shipped(`prometheus/${RULES}`).replace('> 10\n', '> 1000\n');
    const { exitCode, output } = await testing(rules, 'MatchstickSecondUses');
    expect(exitCode).to.equal(1);
    expect(output).to.include('alertname: MatchstickSecondUses');
  });

  it('has a dashboard of queries that Prometheus can parse', async () => {
    expect(queries.length).to.be.greaterThan(20);
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-prometheus-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    const named = (list: readonly string[]) => ({
      groups: [{ name: 'dashboard', rules: list.map((expr, index) => ({ record: `query:${index}`, expr })) }],
    });
    const check = async (list: readonly string[]) => {
      await writeFile(join(folder, 'queries.yml'), stringify(named(list)));
      return promtool(folder, 'check', 'rules', 'queries.yml');
    };
    const { exitCode, output } = await check(queries);
    expect(exitCode, output).to.equal(0);
    expect((await check([...queries, 'sum(rate(matchstick_redemptions_total[5m])'])).exitCode).to.equal(1);
  });

  it('names only metrics and labels that the service has, in rules, tests and dashboard', async () => {
    const page = await everyMetric();
    const known = new Map<string, ReadonlySet<string>>([['up', new Set(SCRAPED.labels)]]);
    for (const { name, labels } of samplesOf(page)) {
      const before = known.get(name) ?? SCRAPED.labels;
      known.set(name, new Set([...before, ...Object.keys(labels)]));
    }
    for (const { record, expr } of rules) {
      if (record !== undefined) known.set(record, labelsIn(expr));
    }
    const series = tests.flatMap((test) => test.input_series.map((each: Tree) => each.series));
    const expressions = [...queries, ...rules.map(({ expr }) => expr), ...series];
    for (const expression of expressions) {
      const names = namesIn(expression);
      expect(names, expression).to.have.length.of.at.least(1);
      for (const name of names) expect([...known.keys()], expression).to.include(name);
      const allowed = names.flatMap((name) => [...(known.get(name) ?? [])]);
      for (const label of labelsIn(expression)) expect(allowed, expression).to.include(label);
    }
    // And each metric of Matchstick's own is on the dashboard.
    const own = [...page.matchAll(/^# TYPE (matchstick_\w+) /gm)].map(([, name = '']) => name);
    for (const name of own) expect(queries.join('\n'), name).to.include(name);
  });

  it('has a dashboard whose panels Grafana can lay out', () => {
    expect(dashboard.schemaVersion).to.be.a('number');
    const ids = dashboard.panels.map(({ id }: Tree) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const taken = new Map<string, string>();
    for (const { title, type, gridPos, targets = [], datasource } of dashboard.panels) {
      expect(['row', 'stat', 'timeseries', 'table']).to.include(type);
      expect(gridPos.x + gridPos.w, title).to.be.at.most(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`), title).to.equal(undefined);
          taken.set(`${x},${y}`, title);
        }
      }
      if (type === 'row') continue;
      expect(datasource.uid, title).to.match(/^\$\{datasource\}$/);
      expect(new Set(targets.map(({ refId }: Tree) => refId)).size, title).to.equal(targets.length);
    }
    const variables = dashboard.templating.list.map(({ name }: Tree) => `$${name}`);
    expect(variables).to.deep.equal(['$datasource', '$job', '$instance']);
  });

  it('has a paragraph in docs/metrics.md for each alert, where the alert says', () => {
    const doc = shipped('../docs/metrics.md');
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook).to.equal(`docs/metrics.md#${alert.toLowerCase()}`);
      expect(doc, alert).to.match(new RegExp(`^### ${alert}\n\n.{40,}`, 'm'));
    }
  });
});

/** A page on which every metric has a series. */
async function everyMetric(): Promise<string> {
  const all = meters({
    build: { version: '1', node: '20' },
    purposes: ['password-reset'],
    operations: ['burn'],
    keys: () => [{ kid: 'one', state: 'signing', sinceMs: 0 }],
    nowMs: () => 0,
  });
  for (const limit of LIMIT_NAMES) all.limited(limit);
  all.observeLedger('burn', 'ok', 0.001);
  all.observeRequest({ method: 'GET', route: '/healthz', status: '200', seconds: 0.001 });
  return all.page();
}

/** A query of the dashboard with the values that Grafana puts in. */
function filledIn(query: string): string {
  return query.replaceAll('$__rate_interval', '5m').replaceAll(/\$(?:job|instance)/g, '.*');
}

function namesIn(expression: string): readonly string[] {
  const bare = expression.replaceAll(/"[^"]*"/g, '""');
  return [...bare.matchAll(/(?<![\w:])(?:matchstick|process|nodejs)[\w:]*|(?<![\w:])up(?=\{)/g)].map(
    ([name]) => name,
  );
}

function labelsIn(expression: string): ReadonlySet<string> {
  const bare = expression.replaceAll(/"[^"]*"/g, '""');
  const matched = [...bare.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*""/g)].map(([, label = '']) => label);
  const grouped = [...bare.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(','),
  );
  return new Set([...matched, ...grouped.map((label) => label.trim())]);
}
