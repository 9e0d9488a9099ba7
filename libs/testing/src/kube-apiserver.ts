import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { type StoredWrite, storedWrites } from './stored-writes.js';

/**
 * A real kube-apiserver with its etcd, on free loopback ports, all files in one temporary folder.
 * There is no controller manager: nothing deletes the content of a namespace, and pods are never scheduled.
 * Pods need no service account (that admission plugin is off, as nothing would create the accounts).
 */
export interface KubeApiServer {
  readonly url: string;
  /** Of a cluster administrator. */
  readonly kubeconfigPath: string;
  /** Of the user `restricted`, who may do nothing until a test binds a role to it. */
  readonly restrictedKubeconfigPath: string;
  /** Bearer tokens of the same two users. */
  readonly tokens: { readonly admin: string; readonly restricted: string };
  /** Certificate authority of the server, PEM. */
  readonly caPath: string;
  /** What signs the tokens of service accounts, PEM. */
  readonly serviceAccountKeyPath: string;
  /** Ends the API server as `kill -9` does; etcd keeps running and keeps its data. */
  kill(): Promise<void>;
  /** Starts the API server again on the same port, killing it first when it runs, and waits until it is ready. */
  restart(): Promise<void>;
  /** Stops the process without ending it: connections stay open and nothing answers, until `resume`. */
  pause(): void;
  resume(): void;
  /** Forgets all history in etcd: after a `restart`, older resource versions are answered 410. */
  compactEtcd(): Promise<void>;
  /**
   * Every write that there ever was of objects whose place in etcd begins so, as `/registry/policy.linkerd.io/`, in order. Also while the API
   * server is down; not what was before `compactEtcd`.
   */
  writesUnder(prefix: string): Promise<readonly StoredWrite[]>;
  /** Kills both and removes the folder. */
  stop(): Promise<void>;
}

const tokens = { admin: 'token-of-admin', restricted: 'token-of-restricted' } as const;

/** Takes about five seconds. Fails, saying what to run, when the programs are not on this machine. */
export async function startKubeApiServer(): Promise<KubeApiServer> {
  const programs = findPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'kube-apiserver-'));
  const file = (name: string) => join(folder, name);
  const [port, etcdPort, etcdPeerPort] = [await freePort(), await freePort(), await freePort()];
  const url = `https://127.0.0.1:${port}`;
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const etcdPeerUrl = `http://127.0.0.1:${etcdPeerPort}`;

  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  await writeFile(file('service-account.key'), privateKey);
  await writeFile(
    file('tokens.csv'),
    `${tokens.admin},admin,1,system:masters\n${tokens.restricted},restricted,2\n`,
  );

  const etcd = runChild(programs.etcd, [
    `--data-dir=${file('etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${etcdPeerUrl}`,
    `--initial-advertise-peer-urls=${etcdPeerUrl}`,
    `--initial-cluster=default=${etcdPeerUrl}`,
    '--log-level=error',
  ]);
  await until('etcd answers', etcd, async () => (await fetch(`${etcdUrl}/health`)).ok);

  let apiServer: Child | undefined;
  const start = async () => {
    apiServer = runChild(programs.apiServer, [
      `--etcd-servers=${etcdUrl}`,
      // else it forgets what is older than five minutes
      '--etcd-compaction-interval=0',
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
      `--token-auth-file=${file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--service-account-issuer=https://127.0.0.1',
      `--service-account-key-file=${file('service-account.key')}`,
      `--service-account-signing-key-file=${file('service-account.key')}`,
      '--allow-privileged=true',
    ]);
    await until('kube-apiserver is ready', apiServer, async () => {
      const ca = await readFile(file('apiserver.crt'));
      return (await getStatus(`${url}/readyz`, ca, tokens.admin)) === 200;
    });
  };
  const kill = async () => {
    await apiServer?.kill();
    apiServer = undefined;
  };
  const stop = async () => {
    await kill();
    await etcd.kill();
    await rm(folder, { recursive: true, force: true });
  };

  try {
    await start();
    await writeKubeconfig(file('admin.kubeconfig'), url, file('apiserver.crt'), tokens.admin);
    await writeKubeconfig(file('restricted.kubeconfig'), url, file('apiserver.crt'), tokens.restricted);
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    url,
    kubeconfigPath: file('admin.kubeconfig'),
    restrictedKubeconfigPath: file('restricted.kubeconfig'),
    tokens,
    caPath: file('apiserver.crt'),
    serviceAccountKeyPath: file('service-account.key'),
    kill,
    restart: async () => {
      await kill();
      await start();
    },
    pause: () => apiServer?.signal('SIGSTOP'),
    resume: () => apiServer?.signal('SIGCONT'),
    compactEtcd: async () => {
      const { header } = (await postJson(`${etcdUrl}/v3/kv/range`, { key: 'AA==' })) as {
        header: { revision: string };
      };
      await postJson(`${etcdUrl}/v3/kv/compaction`, { revision: header.revision, physical: true });
    },
    writesUnder: (prefix) => storedWrites(etcdUrl, prefix),
    stop,
  };
}

/** The folder where envtest users keep `kube-apiserver` and `etcd`; else the one that the project's own script fills. */
function findPrograms(): { apiServer: string; etcd: string } {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = process.env['KUBEBUILDER_ASSETS'] ?? join(cache, 'linkerd-mcp-tests');
  const programs = { apiServer: join(folder, 'kube-apiserver'), etcd: join(folder, 'etcd') };
  const missing = Object.values(programs).filter((path) => !existsSync(path));
  if (missing.length > 0) {
    throw new Error(
      `These tests need a real Kubernetes API server, and ${missing.join(' and ')} is not there. ` +
        'Run `tools/test-set-up.sh --install` (Debian, as root), or point KUBEBUILDER_ASSETS at a folder ' +
        'that has kube-apiserver and etcd.',
    );
  }
  return programs;
}

interface Child {
  readonly process: ChildProcess;
  /** The last lines it wrote, for the message when it does not come up. */
  log(): string;
  signal(signal: NodeJS.Signals): void;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
}

function runChild(program: string, args: readonly string[]): Child {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-8_192)));
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      log += error.message;
      resolve();
    });
  });
  // a test run that dies must not leave servers behind
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  return {
    process: child,
    log: () => log,
    signal: (signal) => child.kill(signal),
    kill: async () => {
      killNow();
      await gone;
      process.off('exit', killNow);
    },
  };
}

async function until(what: string, child: Child, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (child.process.exitCode === null && Date.now() < deadline) {
    if (await condition().catch(() => false)) return;
    await sleep(100);
  }
  await child.kill();
  throw new Error(`${what}: not within 60 s. It said last:\n${child.log()}`);
}

function getStatus(url: string, ca: Buffer, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = {
      ca,
      agent: false,
      timeout: 2_000,
      headers: { authorization: `Bearer ${token}` },
    } as const;
    const outgoing = request(url, options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

async function postJson(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** JSON is YAML. */
function writeKubeconfig(path: string, server: string, caPath: string, token: string): Promise<void> {
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': caPath } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  return writeFile(path, JSON.stringify(kubeconfig, undefined, 2));
}
