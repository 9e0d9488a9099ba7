import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { everyoneMay } from '@mcp/access';
import {
  CallerKind,
  DenialKind,
  ListDenialsResponse,
  Verdict,
  type ListDenialsRequest,
} from '@mcp/contracts';
import type { ClientSeen } from '@mcp/mesh';
import { VisibleNamespaces } from '@mcp/mesh';
import { RecordedMesh, serverSpec } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

const spaces = ['kelp', 'moss', 'fern'] as const;
const workload = (space: string) => ({ namespace: space, kind: 'Deployment', name: `${space}-app` });
const path = (space: string) => `${space}/Deployment/${space}-app`;
const identity = (space: string) => `${space}-app.${space}.serviceaccount.identity.linkerd.cluster.local`;
const foreign = 'app.somewhere.example';

let api: ServedApi;
let visible = VisibleNamespaces.all;

beforeAll(async () => {
  api = await ServedApi.start({
    authorizer: { ...everyoneMay, whereAllowed: async () => visible },
  });
  await api.ready();
  const mesh = await RecordedMesh.of(api);
  await mesh.telemetry('live', '', {
    faults: [
      { code: 'scrapes-fail', message: 'kelp, moss, fern', pods: spaces.map((s) => `${s}/x`), since: 1 },
    ],
  });
  for (const space of spaces) {
    await mesh.namespace(space);
    const { name } = workload(space);
    await mesh.workload(space, name, { [`${name}-1`]: '' }, { serviceAccount: name });
    await mesh.policy('Server', space, `${space}-http`, serverSpec(name, 8080));
  }
  for (const to of spaces) {
    const at = {
      workload: workload(to),
      server: { group: 'policy.linkerd.io', kind: 'server', name: `${to}-http` },
    };
    const clients: readonly ClientSeen[] = [
      ...spaces.map((from) => ({ kind: 'identity' as const, identity: identity(from) })),
      { kind: 'identity', identity: foreign },
      { kind: 'unmeshed' },
    ];
    for (const [n, client] of clients.entries())
      await mesh.refused({ ...at, client, count: 1, total: n + 1, firstAt: 1_000 + n, lastAt: 2_000 + n });
    for (const from of spaces) await mesh.edge(path(from), path(to));
    for (const other of spaces)
      await mesh.refused({
        ...{ what: 'egress-denied', workload: workload(to), client: { kind: 'unidentified' }, port: 443 },
        server: { group: 'policy.linkerd.io', kind: 'egressnetwork', name: `${other}/${other}-out` },
      });
  }
  await api.shown();
  while ((await api.denials()).denials.length < 24);
});
afterAll(() => api.close());

function see(...seen: readonly string[]): void {
  visible = VisibleNamespaces.only(seen);
}

const told = async (request: Partial<ListDenialsRequest> = {}) => {
  const answer = await api.denials(request);
  return { ...answer, bytes: Buffer.from(ListDenialsResponse.encode(answer).finish()).toString('latin1') };
};

const seenSets = [['kelp'], ['moss'], ['fern'], ['kelp', 'moss'], ['moss', 'fern'], ['kelp', 'fern']];

describe.each(seenSets.map((seen) => [seen]))('who may list the pods of %j', (seen) => {
  const hidden = spaces.filter((space) => !seen.includes(space));
  beforeAll(() => see(...seen));

  it('is told what was refused there, and no other name', async () => {
    const { denials, bytes } = await told();
    expect([...new Set(denials.map((denial) => denial.workload?.namespace))].sort()).toEqual(
      [...seen].sort(),
    );
    for (const space of hidden) expect(bytes).not.toContain(space);
    expect(bytes).not.toContain(foreign);
  });

  it('is told of all hidden clients as one, with what they were refused together', async () => {
    for (const space of seen) {
      const { denials } = await told({ workload: workload(space), kinds: [DenialKind.DENIAL_KIND_DENIED] });
      const ofHidden = hidden.reduce((sum, from) => sum + spaces.indexOf(from) + 1, 4);
      expect(denials.map(({ client, count }) => [client?.identity, count])).toEqual(
        expect.arrayContaining([
          ['(hidden)', ofHidden],
          ['', 5],
          ...seen.map((from) => [identity(from), spaces.indexOf(from as 'kelp') + 1]),
        ]),
      );
      expect(denials).toHaveLength(2 + seen.length);
      const one = denials.find(({ client }) => client?.identity === '(hidden)');
      expect(one).toMatchObject({
        ...{ clientWorkloads: [], edges: [], caller: undefined, verdictNow: Verdict.VERDICT_UNSPECIFIED },
        ...{ firstAt: new Date(1_000 + spaces.indexOf(hidden[0]!)), lastAt: new Date(2_003) },
      });
      const own = denials.find(({ client }) => client?.identity === identity(space));
      expect(own).toMatchObject({
        ...{ caller: workload(space), edges: [`Edge/${path(space)}>${path(space)}:8080`] },
        verdictNow: Verdict.VERDICT_DENY,
      });
    }
  });

  it('asks in vain for what is hidden, as for what is not there', async () => {
    const known = JSON.stringify(await refusal(api.denials({ namespace: 'nowhere' })));
    for (const space of hidden) {
      const refused = JSON.stringify(await refusal(api.denials({ namespace: space })));
      expect(refused.replaceAll(space, 'nowhere')).toBe(known);
      const client = { identity: identity(space), kind: CallerKind.CALLER_KIND_IDENTITY };
      expect((await told({ client })).denials).toEqual([]);
    }
  });

  it('learns no hidden name from pages and their tokens', async () => {
    const all = (await told()).denials;
    const paged: unknown[] = [];
    for (let pageToken = ''; ;) {
      const { denials, nextPageToken, bytes } = await told({ pageBytes: 1024, pageToken });
      paged.push(...denials);
      for (const space of hidden) {
        expect(bytes).not.toContain(space);
        expect(Buffer.from(nextPageToken, 'base64url').toString()).not.toContain(space);
      }
      if (nextPageToken === '') break;
      pageToken = nextPageToken;
    }
    expect(paged).toEqual(all);
  });
});

describe('who sees other namespaces than before', () => {
  it('cannot go on with the pages of before', async () => {
    see('kelp', 'moss');
    const { nextPageToken: pageToken } = await told({ pageBytes: 1024 });
    see('kelp');
    expect(await refusal(api.denials({ pageBytes: 1024, pageToken }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
  });
});
