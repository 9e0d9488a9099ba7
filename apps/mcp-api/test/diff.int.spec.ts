import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { DiffKind, DiffRequest, Verdict, type DiffResponse } from '@mcp/contracts';
import { everyoneMay } from '@mcp/access';
import { type FieldOwner, VisibleNamespaces } from '@mcp/mesh';
import { as, PlannedMesh, workload } from './planned-mesh.js';
import { serverSpec } from './recorded-mesh.js';
import { refusal } from './served-api.js';

let on: PlannedMesh;
let start: string;

beforeEach(async () => {
  on = await PlannedMesh.start();
  start = await positionNow();
  await sleep(2);
});
afterEach(() => on.close());

async function positionNow(): Promise<string> {
  await on.served.shown();
  return (await on.served.getGraph()).position;
}

function diff(request: Partial<DiffRequest>): Promise<DiffResponse> {
  return new Promise((resolve, reject) => {
    on.served.history.diff(DiffRequest.fromPartial(request), (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

const server = (accessPolicy: 'deny' | 'audit', fieldOwners: readonly FieldOwner[] = []) =>
  on.mesh.policy(
    'Server',
    'shop',
    'api',
    serverSpec('api', 8080, { proxyProtocol: 'HTTP/1', accessPolicy }),
    {
      fieldOwners,
    },
  );

describe('the difference between two moments', () => {
  it('is nothing where nothing happened', async () => {
    expect(await diff({ from: start })).toMatchObject({
      ...{ changes: [], reach: [], added: 0, removed: 0, changed: 0, callers: 0, nextPageToken: '' },
      from: { position: start },
      to: { position: start },
    });
  });

  it('tells what was added, and of whom policy decides otherwise', async () => {
    await server('deny');
    const found = await diff({ from: start });
    expect(found).toMatchObject({ added: 1, removed: 0, callers: 2 });
    expect(found.changes).toContainEqual(
      expect.objectContaining({ key: 'Server/shop/api', what: DiffKind.DIFF_KIND_ADDED }),
    );
    expect(found.changes).toContainEqual(
      expect.objectContaining({ kind: 'Workload', what: DiffKind.DIFF_KIND_CHANGED }),
    );
    expect(found.reach).toMatchObject(
      ['report', 'web'].map((account) => ({
        client: { identity: as(account).identity },
        workload: { namespace: 'shop', name: 'api' },
        port: 8080,
        before: Verdict.VERDICT_ALLOW,
        after: Verdict.VERDICT_DENY,
      })),
    );
  });

  it('names the fields of a policy as its manifest does, and who wrote them when', async () => {
    await server('deny');
    const before = await positionNow();
    const at = 1_760_000_000_000;
    await server('audit', [
      { manager: 'kubectl-edit', operation: 'Update', at, paths: ['spec.accessPolicy'] },
    ]);
    const { changes } = await diff({ from: before });
    expect(changes.find(({ kind }) => kind === 'PolicyObject')).toMatchObject({
      what: DiffKind.DIFF_KIND_CHANGED,
      fields: [
        {
          path: 'spec.accessPolicy',
          before: '"deny"',
          after: '"audit"',
          manager: 'kubectl-edit',
          at: new Date(at),
        },
      ],
    });
  });

  it('is of the namespaces that are asked for, and of a time as of a position', async () => {
    // the log's clock has milliseconds, and a time is of all that was recorded in it
    const time = new Date();
    await sleep(2);
    await server('deny');
    await on.mesh.namespace('bank');
    const whole = await diff({ fromTime: time });
    expect(whole.changes).toEqual((await diff({ from: start })).changes);
    const bank = await diff({ from: start, namespaces: ['bank'] });
    expect(bank.changes.map(({ key }) => key)).toEqual(['Namespace/bank']);
    expect(bank.reach).toEqual([]);
  });

  it('comes in pages of the same two moments', async () => {
    await server('deny');
    const whole = await diff({ from: start });
    const paged: DiffResponse[] = [await diff({ from: start, pageBytes: 1 })];
    await on.mesh.namespace('later');
    for (let token = paged[0]!.nextPageToken; token !== '';) {
      paged.push(await diff({ from: start, pageBytes: 1, pageToken: token }));
      token = paged.at(-1)!.nextPageToken;
    }
    expect(paged).toHaveLength(whole.changes.length + whole.reach.length);
    expect(paged.flatMap(({ changes }) => changes)).toEqual(whole.changes);
    expect(paged.flatMap(({ reach }) => reach)).toEqual(whole.reach);
    expect(new Set(paged.map(({ to }) => to!.position)).size).toBe(1);
  });

  it.each([
    ['no beginning', {}, 'from'],
    ['two beginnings', { fromTime: new Date(), from: 'x.1.0123456789abcdef' }, 'from'],
    ['an end before it', { fromTime: new Date(2_000), toTime: new Date(1_000) }, 'to_time'],
  ])('is refused with %s', async (_what, request, field) => {
    expect(await refusal(diff(request))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field }] } },
    });
  });

  it('is refused where the earlier moment is the later one', async () => {
    await server('deny');
    expect(await refusal(diff({ from: await positionNow(), to: start }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
  });
});

describe('for who may see some namespaces', () => {
  it('has all callers that may not be seen as one, of whom policy decides otherwise', async () => {
    await on.close();
    let visible = VisibleNamespaces.all;
    on = await PlannedMesh.start({ authorizer: { ...everyoneMay, whereAllowed: async () => visible } });
    const botOf = (space: string) =>
      ({ kind: 'identity', identity: `bot.${space}.serviceaccount.identity.linkerd.cluster.local` }) as const;
    await on.mesh.usage(workload, Date.now() + 1, [
      { client: as('web'), allowed: 61 },
      { client: as('report'), allowed: 2 },
      { client: botOf('kelp'), allowed: 3 },
      { client: botOf('fern'), allowed: 3 },
    ]);
    const from = await positionNow();
    await server('deny');
    expect((await diff({ from })).callers).toBe(4);
    visible = VisibleNamespaces.only(['shop']);
    const found = await diff({ from });
    expect(found.reach.map(({ client }) => client?.identity).sort()).toEqual(
      ['(hidden)', as('report').identity, as('web').identity].sort(),
    );
    visible = VisibleNamespaces.only(['kelp']);
    expect(await diff({ from })).toMatchObject({ reach: [], added: 0, changed: 0 });
  });
});
