import { Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GetMeshGraphRequest, type GetMeshGraphResponse, GraphForm, Phase } from '@mcp/contracts';
import { freePort, ownAddress, ScriptedKubelet, startKubeApiServer } from '@mcp/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerOf } from './answer-of.js';
import type { ApiCaller } from './api-caller.js';
import { runCommand } from './command-run.js';
import { eventually } from './eventually.js';
import { kubectlOn } from './kubectl.js';
import { RealMesh } from './real-mesh.js';
import { namespace, openToEveryone, webServer } from './shop.js';

const audience = 'linkerd-mcp';
const people = ['viewer', 'editor', 'nobody', 'deployer'];
const nameOf = (person: string): string => `system:serviceaccount:people:${person}`;

type Kubectl = RealMesh['kubectl'];

let mesh: RealMesh;
let meshPort: number;
let viewer: ApiCaller;
/** Forwards the port of a pod to the API. */
let kubelet: ScriptedKubelet;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callers-'));
  meshPort = await freePort();
  mesh = await RealMesh.open({
    api: {
      MCP_AUTH: 'kubernetes',
      MCP_TOKEN_AUDIENCE: audience,
      MCP_MESH_PORT: String(meshPort),
      MCP_MESH_IDENTITY: 'linkerd.cluster.local',
    },
  });
  await mesh.create(...['shop', 'ledger'].map(namespace), webServer);
  await addPeople(mesh.kubectl);
  await mesh.kubectl('create', 'clusterrole', 'mesh-reader', '--verb=list', '--resource=pods');
  await mesh.kubectl(
    ...['create', 'clusterrole', 'policy-editor', '--verb=create,patch'],
    '--resource=authorizationpolicies.policy.linkerd.io',
  );
  await bind('clusterrolebinding', 'mesh-reader', 'viewer');
  for (const person of ['editor', 'deployer']) {
    await bind('rolebinding', 'mesh-reader', person);
    await bind('rolebinding', 'policy-editor', person);
  }
  await mesh.startApps();
  const ports = { 10900: Number(mesh.address.split(':')[1]) };
  kubelet = await ScriptedKubelet.start({ name: 'mcp-api-0', ready: true, ports });
  viewer = await withToken('viewer');
  await eventually(
    () => namespacesSeenBy(viewer),
    (seen) => ['shop', 'ledger', 'people'].every((each) => seen.includes(each)),
  );
}, 120_000);

afterAll(async () => {
  await kubelet.stop();
  await rm(folder, { recursive: true });
  await mesh.close();
}, 30_000);

async function addPeople(kubectl: Kubectl): Promise<void> {
  await kubectl('create', 'namespace', 'people');
  for (const person of people) await kubectl('-n', 'people', 'create', 'serviceaccount', person);
}

/** A cluster role, everywhere or in `shop`. */
async function bind(kind: 'clusterrolebinding' | 'rolebinding', role: string, person: string): Promise<void> {
  const where = kind === 'rolebinding' ? ['-n', 'shop'] : [];
  const what = [`${role}-${person}`, `--clusterrole=${role}`, `--serviceaccount=people:${person}`];
  await mesh.kubectl(...where, 'create', kind, ...what);
}

async function tokenOf(person: string, meantFor = audience, kubectl = mesh.kubectl): Promise<string> {
  const printed = await kubectl('-n', 'people', 'create', 'token', person, `--audience=${meantFor}`);
  return printed.trim();
}

async function withToken(person: string): Promise<ApiCaller> {
  return sending('authorization', `Bearer ${await tokenOf(person)}`);
}

function sending(header: string, value: string, address = mesh.address): ApiCaller {
  const headers = new Metadata();
  headers.set(header, value);
  return mesh.callerAt(address, headers);
}

/** As the proxy of the API's pod passes on a call of one whom it knows by mutual TLS. */
function proven(person: string, host = ownAddress()): ApiCaller {
  const identity = `${person}.people.serviceaccount.identity.linkerd.cluster.local`;
  return sending('l5d-client-id', identity, `${host}:${meshPort}`);
}

async function namespacesSeenBy(caller: ApiCaller): Promise<readonly string[]> {
  const request = GetMeshGraphRequest.fromPartial({ form: GraphForm.GRAPH_FORM_TYPED });
  const { entities } = await answerOf<GetMeshGraphResponse>((done) =>
    caller.graphs.getMeshGraph(request, caller.caller, caller.soon(), done),
  );
  return entities
    .filter(({ key }) => key.startsWith('Namespace/'))
    .map(({ key }) => key.slice('Namespace/'.length));
}

const applied = (caller: ApiCaller, name: string, namespace = 'shop') =>
  caller.apply({ name, namespace, jsonSpec: openToEveryone });

/** The code that a call ends with. */
async function codeOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

describe('a caller with a token of the cluster', () => {
  it('who may list all pods sees all, and changes nothing', async () => {
    expect(await namespacesSeenBy(viewer)).toEqual(expect.arrayContaining(['shop', 'ledger', 'people']));
    expect(await codeOf(applied(viewer, 'by-viewer'))).toBe(status.PERMISSION_DENIED);
  });

  it('who may edit one namespace has its change applied there, and none elsewhere', async () => {
    const editor = await withToken('editor');
    expect(await namespacesSeenBy(editor)).toEqual(['shop']);
    const { changeId } = await applied(editor, 'by-editor');
    expect(await viewer.reaches(changeId, Phase.PHASE_CONVERGED)).toMatchObject({
      actor: nameOf('editor'),
      actorProvenBy: 'kubernetes',
    });
    expect(await mesh.kubectl('-n', 'shop', 'get', 'authorizationpolicies', '-o', 'name')).toContain(
      '/by-editor',
    );
    expect(await codeOf(applied(editor, 'by-editor', 'ledger'))).toBe(status.PERMISSION_DENIED);
  });

  it('who may do nothing is told nothing', async () => {
    const nobody = await withToken('nobody');
    expect(await codeOf(namespacesSeenBy(nobody))).toBe(status.PERMISSION_DENIED);
    expect(await codeOf(applied(nobody, 'by-nobody'))).toBe(status.PERMISSION_DENIED);
  });

  it('that is for another audience is not let in', async () => {
    const forVault = sending('authorization', `Bearer ${await tokenOf('viewer', 'vault')}`);
    expect(await codeOf(namespacesSeenBy(forVault))).toBe(status.UNAUTHENTICATED);
  });

  it('that another cluster gave, to a namesake and for this audience, is not let in', async () => {
    const other = await startKubeApiServer();
    try {
      const kubectl = kubectlOn(other.kubeconfigPath);
      await addPeople(kubectl);
      const foreign = sending('authorization', `Bearer ${await tokenOf('viewer', audience, kubectl)}`);
      expect(await codeOf(namespacesSeenBy(foreign))).toBe(status.UNAUTHENTICATED);
    } finally {
      await other.stop();
    }
  }, 60_000);
});

describe('the command, where the API asks for a token', () => {
  const forwarded = async (user: object): Promise<readonly string[]> => {
    const kubeconfig = {
      clusters: [{ name: 'c', cluster: { server: kubelet.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
    return ['--kubeconfig', join(folder, 'kubeconfig')];
  };

  it('sends that of the kubeconfig through the cluster, and shows it nowhere', async () => {
    const token = await tokenOf('editor');
    const run = await runCommand(['graph', '-o', 'json', '--verbose', ...(await forwarded({ token }))], {});
    expect({ code: run.code, stderr: run.stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('that of the kubeconfig goes to it'),
    });
    expect(run.stdout).toContain('shop');
    expect(run.stdout).not.toContain('ledger');
    expect(run.stdout + run.stderr).not.toContain(token);
  });

  it('sends the one that a program of the kubeconfig gives', async () => {
    const credential = { kind: 'ExecCredential', status: { token: await tokenOf('viewer') } };
    const script = `console.log(${JSON.stringify(JSON.stringify(credential))})`;
    const user = {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: process.execPath,
        args: ['-e', script],
      },
    };
    const run = await runCommand(['graph', '-o', 'json', ...(await forwarded(user))], {});
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('ledger') });
  });

  it('says what to do where the kubeconfig has none', async () => {
    const run = await runCommand(['graph', ...(await forwarded({}))], {});
    expect(run).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('the kubeconfig has none to pass on'),
    });
  });

  it('sends none of the kubeconfig to an address that is said', async () => {
    const flags = await forwarded({ token: await tokenOf('viewer') });
    const run = await runCommand(['graph', '--address', mesh.address, ...flags], {});
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('the call has no token') });
  });
});

describe('a caller whom the mesh proves', () => {
  it('has its change applied where its service account may, and none elsewhere', async () => {
    const deployer = proven('deployer');
    const { changeId } = await applied(deployer, 'by-deployer');
    expect(await viewer.reaches(changeId, Phase.PHASE_CONVERGED)).toMatchObject({
      actor: nameOf('deployer'),
      actorProvenBy: 'mesh',
    });
    expect(await codeOf(applied(deployer, 'by-deployer', 'ledger'))).toBe(status.PERMISSION_DENIED);
    expect(await codeOf(namespacesSeenBy(proven('nobody')))).toBe(status.PERMISSION_DENIED);
  });

  it('is not one who comes past the proxy with the same words, and that is counted', async () => {
    const forged = (): Promise<number> => mesh.apps['mcp-api'].count('mcp_api_forged_identities_total');
    const before = await forged();
    const calls = [
      namespacesSeenBy(proven('viewer', '127.0.0.1')),
      applied(proven('deployer', '127.0.0.1'), 'forged'),
    ];
    expect(await Promise.all(calls.map(codeOf))).toEqual([status.UNAUTHENTICATED, status.UNAUTHENTICATED]);
    expect(await forged()).toBe(before + 2);
    expect(await mesh.kubectl('-n', 'shop', 'get', 'authorizationpolicies', '-o', 'name')).not.toContain(
      'forged',
    );
  });
});
