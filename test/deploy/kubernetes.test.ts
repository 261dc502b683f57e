import { readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import {
  SECONDS_TO_STOP,
  shipped,
  shippedManifests,
  shippedSettings,
  shippedYaml,
  type Tree,
} from './shipped.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const FOLDER = new URL('../../deploy/kubernetes/', import.meta.url);
/** The one that is no object of Kubernetes's own, and the configuration of the service. */
const OTHERS = ['kustomization.yaml', 'matchstick.yaml'];

describe('deploy/kubernetes', () => {
  const onClose = cleanupAfter(after);
  const files = readdirSync(FOLDER).filter((name) => !OTHERS.includes(name));
  const objects: readonly Tree[] = files.flatMap((name) => shippedManifests(`kubernetes/${name}`));
  const ofKind = (kind: string): Tree => objects.find((each) => each.kind === kind);
  const deployment = ofKind('Deployment');
  const pod = deployment.spec.template.spec;
  const [container] = pod.containers;
  const kustomization = shippedYaml('kubernetes/kustomization.yaml');

  /** What a strict compiler says of objects, by the types that are made of Kubernetes's own description of its API. */
  async function compiled(trees: readonly Tree[]): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-kubernetes-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    await symlink(MODULES, join(folder, 'node_modules'));
    const source = trees.map((tree, index) => {
      const group = tree.apiVersion.includes('/')
        ? tree.apiVersion.replace('.k8s.io', '')
        : `core/${tree.apiVersion}`;
      const type = `import('kubernetes-types/${group}').${tree.kind}`;
      return `export const object${index}: ${type} = ${JSON.stringify(tree)};\n`;
    });
    await writeFile(join(folder, 'objects.ts'), source.join(''));
    const tsc = join(MODULES, '@typescript/native/bin/tsc');
    const options = [
      '--noEmit',
      '--singleThreaded',
      '--strict',
      '--module',
      'nodenext',
      '--ignoreConfig',
      '--types',
      '',
    ];
    const child = startChild(process.execPath, [tsc, ...options, join(folder, 'objects.ts')]);
    await child.exited();
    return child.output();
  }

  it('has objects that the API of Kubernetes describes, with nothing misspelled', async () => {
    expect(objects.map(({ kind }) => kind)).to.have.members([
      ...['Namespace', 'Deployment', 'Service', 'PodDisruptionBudget', 'NetworkPolicy', 'Secret', 'Secret'],
    ]);
    expect(await compiled(objects)).to.equal('');
    const misspelled = structuredClone(deployment);
    misspelled.spec.template.spec.containers[0].readynessProbe = {};
    const mistyped = structuredClone(deployment);
    mistyped.spec.replicas = '2';
    const found = await compiled([misspelled, mistyped]);
    expect(found).to.match(/readynessProbe"?'? does not exist/);
    expect(found).to.include("'string' is not assignable to type 'number'");
  });

  it('applies every file but the example of the secrets', () => {
    const applied = [...kustomization.resources, 'secrets.example.yaml'];
    expect(applied).to.have.members(files);
    expect(kustomization.configMapGenerator[0].files).to.deep.equal(['matchstick.yaml']);
    for (const { stringData } of objects.filter(({ kind }) => kind === 'Secret')) {
      for (const value of Object.values<string>(stringData)) expect(value).to.match(/<[^>]+>/);
    }
  });

  it('meets the Pod Security Standard "restricted", which its namespace enforces', () => {
    expect(ofKind('Namespace').metadata.labels['pod-security.kubernetes.io/enforce']).to.equal('restricted');
    expect(restrictedViolations(pod)).to.deep.equal([]);
    const root = structuredClone(pod);
    root.securityContext = {};
    root.containers[0].securityContext = { capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } };
    root.volumes.push({ name: 'host', hostPath: { path: '/' } });
    root.hostNetwork = true;
    expect(restrictedViolations(root)).to.have.length(6);
  });

  it('can write nowhere, has no account at the API, and limits its memory', () => {
    expect(container.securityContext.readOnlyRootFilesystem).to.equal(true);
    for (const mount of container.volumeMounts) expect(mount.readOnly, mount.name).to.equal(true);
    expect(pod.automountServiceAccountToken).to.equal(false);
    expect(container.resources.limits.memory).to.match(/^\d+Mi$/);
  });

  it('is one set of pods, found by what must find them', () => {
    const labels = { 'app.kubernetes.io/name': 'matchstick' };
    const selectors = [
      deployment.spec.selector.matchLabels,
      deployment.spec.template.metadata.labels,
      ofKind('Service').spec.selector,
      ofKind('PodDisruptionBudget').spec.selector.matchLabels,
      ofKind('NetworkPolicy').spec.podSelector.matchLabels,
      pod.topologySpreadConstraints[0].labelSelector.matchLabels,
    ];
    for (const selector of selectors) expect(selector).to.deep.equal(labels);
    expect(ofKind('Service').spec.ports[0].targetPort).to.equal(container.ports[0].name);
    expect(shipped('Containerfile')).to.include(`\nEXPOSE ${container.ports[0].containerPort}\n`);
  });

  it('never has fewer pods than it should while it is rolled, and lets each stop in its own time', () => {
    expect(deployment.spec.replicas).to.be.greaterThan(1);
    expect(deployment.spec.strategy.rollingUpdate).to.deep.equal({ maxUnavailable: 0, maxSurge: 1 });
    expect(pod.terminationGracePeriodSeconds).to.be.greaterThan(SECONDS_TO_STOP);
    expect(container).to.not.have.property('lifecycle');
  });

  it('asks Redis whether a pod is ready, and never whether it is alive', () => {
    expect(container.readinessProbe.httpGet.path).to.equal('/readyz');
    expect(container.livenessProbe.httpGet.path).to.equal('/healthz');
    expect(container.startupProbe.httpGet.path).to.equal('/healthz');
  });

  it('mounts the files that the configuration names, as the service takes them', () => {
    const text = shipped('kubernetes/matchstick.yaml').replace('<64 hex characters>', 'a'.repeat(64));
    const { keys, ledger } = shippedSettings('kubernetes/matchstick.yaml', { HOST: '0.0.0.0' }, text);
    const secretAt = (path: string) => {
      const mount = container.volumeMounts.find(({ mountPath }: Tree) => path.startsWith(`${mountPath}/`));
      const { secret } = pod.volumes.find(({ name }: Tree) => name === mount.name);
      // The service refuses a key file that belongs to somebody else, unless only its group may read it.
      expect(secret.defaultMode).to.equal(0o440);
      const named = objects.find(
        ({ kind, metadata }) => kind === 'Secret' && metadata.name === secret.secretName,
      );
      expect(named.stringData).to.have.property(path.slice(mount.mountPath.length + 1));
    };
    secretAt(keys.file);
    secretAt(Object(ledger.redis).passwordFile);
    expect(pod.securityContext.fsGroup).to.equal(pod.securityContext.runAsGroup);
    const config = container.volumeMounts.find(({ name }: Tree) => name === 'config').mountPath;
    expect(shipped('Containerfile')).to.include(`MATCHSTICK_CONFIG=${config}/matchstick.yaml`);
  });
});

/** What the standard forbids (kubernetes.io, Pod Security Standards, restricted), as far as it applies to Linux pods. */
function restrictedViolations(pod: Tree): readonly string[] {
  const found: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  const volumeKinds = [
    'configMap',
    'csi',
    'downwardAPI',
    'emptyDir',
    'ephemeral',
    'persistentVolumeClaim',
    'projected',
  ];
  for (const { name, ...source } of pod.volumes) {
    must([...volumeKinds, 'secret'].includes(Object.keys(source)[0] ?? ''), `volume ${name}`);
  }
  must(!pod.hostNetwork && !pod.hostPID && !pod.hostIPC, 'host namespaces');
  const ofPod = pod.securityContext ?? {};
  for (const { name, securityContext: own = {}, ports = [] } of [
    ...pod.containers,
    ...(pod.initContainers ?? []),
  ]) {
    must(own.allowPrivilegeEscalation === false, `${name}: allowPrivilegeEscalation`);
    must(own.privileged !== true, `${name}: privileged`);
    const { drop = [], add = [] } = own.capabilities ?? {};
    must(
      drop.includes('ALL') && add.every((each: string) => each === 'NET_BIND_SERVICE'),
      `${name}: capabilities`,
    );
    must((own.runAsNonRoot ?? ofPod.runAsNonRoot) === true, `${name}: runAsNonRoot`);
    must((own.runAsUser ?? ofPod.runAsUser) !== 0, `${name}: runAsUser`);
    const seccomp = (own.seccompProfile ?? ofPod.seccompProfile)?.type;
    must(seccomp === 'RuntimeDefault' || seccomp === 'Localhost', `${name}: seccompProfile`);
    must(
      ports.every(({ hostPort }: Tree) => hostPort === undefined),
      `${name}: hostPort`,
    );
  }
  return found;
}
