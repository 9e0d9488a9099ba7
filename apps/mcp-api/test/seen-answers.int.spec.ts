import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { everyoneMay } from '@mcp/access';
import {
  ExplainAccessRequest,
  ExplainAccessResponse,
  GetReachabilityRequest,
  LintPoliciesRequest,
  SimulateChangeRequest,
  WhatCanReachRequest,
  WhoCanReachRequest,
} from '@mcp/contracts';
import { sourceStateSubject } from '@mcp/events';
import { type ResourceKind, resourceKinds, VisibleNamespaces } from '@mcp/mesh';
import { containerPort, RecordedMesh, serverSpec } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

/** Not to be seen, and there before what may be. */
const hidden = ['kelp', 'fern'] as const;
const seen = 'moss';
const workload = (space: string) => ({ namespace: space, kind: 'Deployment', name: `${space}-app` });
const target = { workload: workload(seen), port: 8080 };

let api: ServedApi;
let mesh: RecordedMesh;
let client: Client;
let visible = VisibleNamespaces.all;
/** Of before there was what may be seen. */
let earlier = '';

beforeAll(async () => {
  api = await ServedApi.start({ authorizer: { ...everyoneMay, whereAllowed: async () => visible } });
  client = new Client(`127.0.0.1:${api.port}`, credentials.createInsecure());
  await api.ready();
  mesh = await RecordedMesh.of(api);
  for (const space of hidden) await add(space);
  await api.shown();
  earlier = (await api.getGraph()).position;
  await add(seen);
  await mesh.policy('Server', seen, 'http', serverSpec(`${seen}-app`, 8080, { proxyProtocol: 'unknown' }));
  await mesh.policy('MeshTLSAuthentication', seen, 'clients', { identities: ['a.b'], identityRefs: [] });
  await mesh.policy('AuthorizationPolicy', seen, 'some', {
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'http' },
    requiredAuthenticationRefs: [
      { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'clients' },
    ],
  });
  await api.shown();
  visible = VisibleNamespaces.only([seen]);
});
afterAll(async () => {
  client.close();
  await api.close();
});

async function add(space: string): Promise<void> {
  await mesh.namespace(space);
  const ports = [containerPort('http', 8080)];
  await mesh.workload(space, `${space}-app`, { [`${space}-1`]: '' }, { ports });
}

/** What comes back, in bytes. */
function ask(name: string, request: Uint8Array): Promise<Buffer> {
  const [asItIs, read] = [() => Buffer.from(request), (bytes: Buffer) => bytes];
  return new Promise((resolve, reject) => {
    const path = `/mcp.v1.PolicyAnswers/${name}`;
    client.makeUnaryRequest(path, asItIs, read, undefined, new Metadata(), (error, answer) =>
      error ? reject(error) : resolve(answer ?? Buffer.of()),
    );
  });
}

function tellsNothing(answer: string): void {
  for (const space of hidden) expect(answer).not.toContain(space);
}

const explain = (more: Partial<ExplainAccessRequest>) =>
  ask(
    'ExplainAccess',
    ExplainAccessRequest.encode(
      ExplainAccessRequest.fromPartial({ client: { workload: workload(seen) }, target, ...more }),
    ).finish(),
  );

const server = JSON.stringify({
  ...{ apiVersion: 'policy.linkerd.io/v1beta3', kind: 'Server', metadata: { namespace: seen, name: 'x' } },
  spec: { podSelector: {}, port: 8080 },
});

describe('who may see a namespace that was not there yet', () => {
  it.each<[string, (at: string) => Promise<Buffer>]>([
    ['ExplainAccess', (at) => explain({ at })],
    [
      'WhoCanReach',
      (at) =>
        ask(
          'WhoCanReach',
          WhoCanReachRequest.encode(WhoCanReachRequest.fromPartial({ target, at })).finish(),
        ),
    ],
    [
      'WhatCanReach',
      (at) => {
        const request = WhatCanReachRequest.fromPartial({ client: { workload: workload(seen) }, at });
        return ask('WhatCanReach', WhatCanReachRequest.encode(request).finish());
      },
    ],
    [
      'GetReachability',
      (at) => {
        const request = GetReachabilityRequest.fromPartial({ namespaces: [seen], at });
        return ask('GetReachability', GetReachabilityRequest.encode(request).finish());
      },
    ],
    [
      'LintPolicies',
      (at) => {
        const request = LintPoliciesRequest.fromPartial({ namespace: seen, at });
        return ask('LintPolicies', LintPoliciesRequest.encode(request).finish());
      },
    ],
    [
      'SimulateChange',
      (at) => {
        const request = SimulateChangeRequest.fromPartial({ yaml: server, at });
        return ask('SimulateChange', SimulateChangeRequest.encode(request).finish());
      },
    ],
  ])('is told by %s that it was not, and not what was there instead', async (_name, asked) => {
    const refused = await refusal(asked(earlier));
    expect(refused).toMatchObject({ code: status.NOT_FOUND, message: `there is no namespace ${seen}` });
    tellsNothing(JSON.stringify(refused));
  });
});

describe('while a kind is not followed, for a reason that names what is hidden', () => {
  let lost: ResourceKind;
  afterEach(() => mesh.source(lost, 'live'));
  const lose = async (kind: ResourceKind) => {
    lost = kind;
    const reason = `cannot list those of ${hidden.join(' and ')}`;
    await api.record(sourceStateSubject(kind), 'SourceStateChanged', { kind, phase: 'stale', reason });
    await api.shown();
  };

  it.each(resourceKinds.map((kind) => [kind]))('no page of an explanation says it of %s', async (kind) => {
    await lose(kind);
    let pages = 0;
    for (let pageToken = ''; pages === 0 || pageToken !== ''; pages += 1) {
      const bytes = await explain({ pageBytes: 1024, pageToken });
      tellsNothing(bytes.toString('latin1'));
      const page = ExplainAccessResponse.decode(bytes);
      expect(page.summary).toContain(`${seen}-app`);
      pageToken = page.nextPageToken;
    }
  });

  it('nothing says it of a workload that may be there', async () => {
    await lose('Pod');
    const refused = await refusal(api.edgeTraffic({ workload: { ...workload(seen), name: 'nothing' } }));
    expect(refused).toMatchObject({ code: status.FAILED_PRECONDITION });
    tellsNothing(JSON.stringify(refused));
  });
});
