// A real S3 server to try things on: Ceph's RADOS gateway with a monitor and an object store in memory. All of it
// listens on 127.0.0.1 alone, keeps its state in a temporary folder, and is gone with whoever started it.
import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './test-tools.mjs';

const run = promisify(execFile);
const REGION = 'us-east-1';
const START_TIMEOUT_MS = 60_000;
/** The role that can be assumed at a server with STS. */
const ROLE = 'signer';

/** A server of this call's own, or the one that S3_TEST_ENDPOINT names. */
export async function startS3Server({ sts = false } = {}) {
  const { S3_TEST_ENDPOINT: endpoint, S3_TEST_ACCESS_KEY, S3_TEST_SECRET_KEY } = process.env;
  if (endpoint) {
    const credentials = {
      accessKeyId: S3_TEST_ACCESS_KEY ?? '',
      secretAccessKey: S3_TEST_SECRET_KEY ?? '',
    };
    return { endpoint, region: REGION, credentials, isCeph: false, close: async () => {} };
  }
  return await startCeph(sts);
}

async function startCeph(sts) {
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-s3-'));
  const daemons = [];
  const killAll = () => {
    for (const { child } of daemons) child.kill('SIGKILL');
  };
  const close = async () => {
    process.off('exit', killAll);
    killAll();
    await Promise.all(daemons.map(({ exited }) => exited));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', killAll);
  const daemon = (name, ...args) => {
    const child = spawn(programOf(name), ['-c', join(folder, 'ceph.conf'), ...args, '-f'], {
      stdio: 'ignore',
    });
    const started = { name, child, exited: new Promise((resolve) => child.once('exit', resolve)) };
    daemons.push(started);
    return started;
  };
  try {
    return { ...(await startDaemons(folder, daemon, sts)), region: REGION, isCeph: true, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startDaemons(folder, daemon, sts) {
  const [s3Port, v2Port, v1Port] = await freePorts(3);
  const monitor = `[v2:127.0.0.1:${v2Port},v1:127.0.0.1:${v1Port}]`;
  const ids = { cluster: randomUUID(), store: randomUUID() };
  const config = join(folder, 'ceph.conf');
  await Promise.all(['mon', 'osd', 'log', 'run'].map((name) => mkdir(join(folder, name))));
  await writeFile(join(folder, 'keyring'), '');
  await writeFile(config, cephConfig({ folder, s3Port, monitor, cluster: ids.cluster, sts }));
  const ceph = (name, ...args) => run(programOf(name), ['-c', config, ...args]);

  const map = join(folder, 'monmap');
  await run(programOf('monmaptool'), ['--create', '--fsid', ids.cluster, '--addv', 'a', monitor, map]);
  await ceph('ceph-mon', '-i', 'a', '--mkfs', '--monmap', map, '--keyring', join(folder, 'keyring'));
  const mon = daemon('ceph-mon', '-i', 'a');
  await until(mon, folder, () => ceph('ceph', '--connect-timeout', '3', 'osd', 'new', ids.store, '0'));
  await ceph('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', ids.store);
  const osd = daemon('ceph-osd', '-i', '0');
  await until(osd, folder, async () => {
    const { stdout } = await ceph('ceph', 'osd', 'stat');
    if (!stdout.includes('1 up')) throw new Error('the object store is not up');
  });
  const gateway = daemon('radosgw', '-n', 'client.rgw.a');
  await until(gateway, folder, () => connection(s3Port));

  const credentials = {
    accessKeyId: randomBytes(10).toString('hex').toUpperCase(),
    secretAccessKey: randomBytes(30).toString('base64'),
  };
  const admin = (...args) => ceph('radosgw-admin', '-n', 'client.rgw.a', ...args);
  const keys = ['--access-key', credentials.accessKeyId, '--secret-key', credentials.secretAccessKey];
  await admin('user', 'create', '--uid', 'test', '--display-name', 'test', ...keys);
  if (sts) await createRole(admin);
  return {
    endpoint: `http://127.0.0.1:${s3Port}`,
    credentials,
    ...(sts ? { roleArn: `arn:aws:iam:::role/${ROLE}` } : {}),
  };
}

async function createRole(admin) {
  const statement = (members) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...members }] });
  const trust = statement({ Principal: { AWS: ['arn:aws:iam:::user/test'] }, Action: ['sts:AssumeRole'] });
  const rights = statement({ Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] });
  await admin('role', 'create', '--role-name', ROLE, '--path', '/', '--assume-role-policy-doc', trust);
  await admin('role', 'policy', 'put', '--role-name', ROLE, '--policy-name', 'all', '--policy-doc', rights);
}

function cephConfig({ folder, s3Port, monitor, cluster, sts }) {
  const sections = {
    global: {
      fsid: cluster,
      'mon host': monitor,
      'public addr': '127.0.0.1',
      'cluster addr': '127.0.0.1',
      'ms bind ipv6': false,
      // Its own authentication guards a network that is not there; without it the gateway must be told not to
      // insist on encryption, or it never reaches the monitor.
      'auth cluster required': 'none',
      'auth service required': 'none',
      'auth client required': 'none',
      'ms mon client mode': 'crc',
      'ms mon service mode': 'crc',
      'ms mon cluster mode': 'crc',
      // One monitor has nobody to wait for: with the defaults a start takes 12 seconds.
      'paxos propose interval': 0.01,
      'paxos min wait': 0.01,
      'osd objectstore': 'memstore',
      'osd pool default size': 1,
      'osd pool default min size': 1,
      'osd pool default pg num': 4,
      'osd pool default pgp num': 4,
      'osd pool default pg autoscale mode': 'off',
      'osd crush chooseleaf type': 0,
      'mon allow pool size one': true,
      'mon max pg per osd': 1000,
      'mon data avail crit': 1,
      'run dir': join(folder, 'run'),
      'log file': join(folder, 'log', '$name.log'),
      'admin socket': join(folder, 'run', '$name.$pid.asok'),
      keyring: join(folder, 'keyring'),
    },
    'mon.a': { 'mon data': join(folder, 'mon') },
    'osd.0': { 'osd data': join(folder, 'osd') },
    'client.rgw.a': {
      'rgw frontends': `beast endpoint=127.0.0.1:${s3Port} tcp_nodelay=1`,
      'rgw dns name': 'localhost',
      'rgw enable usage log': false,
      'rgw enable gc threads': false,
      'rgw enable lc threads': false,
      'rgw enable quota threads': false,
      'rgw run sync thread': false,
      ...(sts
        ? {
            'rgw s3 auth use sts': true,
            'rgw sts key': randomBytes(8).toString('hex'),
            'rgw sts min session duration': 1,
          }
        : {}),
    },
  };
  return Object.entries(sections)
    .map(([name, settings]) => {
      const lines = Object.entries(settings).map(([setting, value]) => `${setting} = ${value}`);
      return `[${name}]\n${lines.join('\n')}\n`;
    })
    .join('\n');
}

/** Tries until it succeeds; rejects with the end of the daemon's log when that has ended, or takes too long. */
async function until({ name, child }, folder, attempt) {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const ended = child.exitCode !== null || child.signalCode !== null;
      if (!ended && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      const what = ended ? 'ended' : 'did not get ready';
      throw new Error(`${name} ${what} while it was started:\n${await logOf(name, folder)}`, {
        cause: error,
      });
    }
  }
}

async function logOf(name, folder) {
  const file = { 'ceph-mon': 'mon.a', 'ceph-osd': 'osd.0', radosgw: 'client.rgw.a' }[name];
  const text = await readFile(join(folder, 'log', `${file}.log`), 'utf8').catch(() => '(it wrote no log)');
  return text.split('\n').slice(-10).join('\n');
}

function connection(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** Ports below those that systems give to clients: a server of ours must not find its own taken by one of them. */
async function freePorts(count) {
  const ports = new Set();
  while (ports.size < count) {
    const port = randomInt(22_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function programOf(name) {
  const path = findProgram(name);
  if (!path)
    throw new Error(`${name} is not on the PATH (Debian: apt-get install ceph-mon ceph-osd radosgw)`);
  return path;
}
