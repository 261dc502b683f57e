import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { shipped, shippedManifests } from './shipped.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const ROOT = new URL('../../', import.meta.url);
const PAGE = readFileSync(new URL('deploying.md', DOCS), 'utf8');

/** What GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

describe('docs/deploying.md', () => {
  it('links to pages and headings that exist', () => {
    const links = [...PAGE.matchAll(/\]\(([^)#:]*)(?:#([^)]+))?\)/g)];
    expect(links.length).to.be.greaterThan(25);
    for (const [link, path = '', anchor] of links) {
      const page = path === '' ? PAGE : path.endsWith('.md') ? readFileSync(new URL(path, DOCS), 'utf8') : '';
      expect(existsSync(new URL(path || 'deploying.md', DOCS)), link).to.equal(true);
      if (anchor === undefined) continue;
      const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
      expect(anchors, link).to.include(anchor);
    }
  });

  it('names files that exist, and log events that the service has', () => {
    for (const [path] of PAGE.matchAll(/\bdeploy\/[\w./-]*\w/g)) {
      // Those that are made.
      if (path.includes('/secrets/') || path === 'deploy/matchstick') continue;
      expect(existsSync(new URL(path, ROOT)), path).to.equal(true);
    }
    const sources = readdirSync(new URL('src', ROOT), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(`src/${name}`, ROOT), 'utf8'))
      .join('');
    const [, alerts = ''] = /Alert on (.+?)\. \[/s.exec(PAGE) ?? [];
    const events = [...alerts.matchAll(/`([^`]+)`/g)].map(([, event = '']) => event);
    expect(events.length).to.be.greaterThan(5);
    for (const event of events) expect(sources, event).to.include(`event: '${event}'`);
  });

  it('makes the secrets that the manifests name, with the names that they have there', () => {
    for (const { metadata, stringData } of shippedManifests('kubernetes/secrets.example.yaml')) {
      const [name = ''] = Object.keys(stringData);
      const command = `kubectl --namespace ${metadata.namespace} create secret generic ${metadata.name} --from-file=${name}=`;
      expect(PAGE).to.include(command);
    }
  });

  it('puts the files of the unit where the unit looks for them', () => {
    const unit = shipped('systemd/matchstick.service');
    const { MATCHSTICK_CONFIG } = /MATCHSTICK_CONFIG=(?<MATCHSTICK_CONFIG>\S+)/.exec(unit)?.groups ?? {};
    const [, environment] = /^EnvironmentFile=-(.+)$/m.exec(unit) ?? [];
    const [, password] = /^LoadCredential=[^:]+:(.+)$/m.exec(unit) ?? [];
    const [, project] = /^ExecStart=\S+ (.+)\/node_modules\//m.exec(unit) ?? [];
    for (const path of [
      `matchstick.yaml ${MATCHSTICK_CONFIG}`,
      `tee ${environment}`,
      `/dev/stdin ${password}`,
      `--prefix ${project} `,
    ]) {
      expect(PAGE).to.include(path);
    }
  });
});
