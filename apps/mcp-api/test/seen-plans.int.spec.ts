import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { everyoneMay } from '@mcp/access';
import { ImpactCode, Plan } from '@mcp/contracts';
import { changeSubject } from '@mcp/events';
import { VisibleNamespaces } from '@mcp/mesh';
import { as, only, PlannedMesh, workload } from './planned-mesh.js';
import { refusal } from './served-api.js';

const hiddenSpaces = ['kelp', 'fern'];
const botOf = (space: string) => ({
  ...{ kind: 'identity' as const, identity: `bot.${space}.serviceaccount.identity.linkerd.cluster.local` },
});

let planned: PlannedMesh;
let visible = VisibleNamespaces.all;

beforeAll(async () => {
  planned = await PlannedMesh.start({
    authorizer: { ...everyoneMay, whereAllowed: async () => visible },
  });
  await planned.mesh.usage(workload, Date.now() + 1, [
    { client: as('web'), allowed: 61 },
    { client: as('report'), allowed: 2 },
    { client: botOf('kelp'), allowed: 9 },
    { client: botOf('fern'), allowed: 4 },
  ]);
});
afterAll(() => planned.close());

const bytesOf = (plan: Plan) => Buffer.from(Plan.encode(plan).finish()).toString('latin1');
const callersOf = ({ impacts }: Plan) => impacts.map(({ client }) => client?.identity);
const seeOnly = (...names: readonly string[]) => (visible = VisibleNamespaces.only(names));

describe('a plan of who may see the namespace of its objects alone', () => {
  it('has callers of others as one, counted together, and no name of them', async () => {
    visible = VisibleNamespaces.all;
    const whole = await planned.planned({ yaml: only('web') });
    expect(callersOf(whole)).toEqual(
      expect.arrayContaining([botOf('kelp').identity, botOf('fern').identity, as('report').identity]),
    );
    seeOnly('shop');
    const plan = await planned.planned({ yaml: only('web') });
    for (const space of hiddenSpaces) expect(bytesOf(plan)).not.toContain(space);
    expect(
      callersOf(plan)
        .filter((identity) => identity !== as('web').identity)
        .sort(),
    ).toEqual(['(hidden)', as('report').identity].sort());
    expect(plan.impacts.find(({ client }) => client?.identity === '(hidden)')).toMatchObject({
      ...{ allowed: 13, effect: whole.impacts[0]!.effect, clientWorkloads: [], pods: [] },
    });
    expect(plan.counts).toEqual(whole.counts);
    expect(plan.objects).toEqual(whole.objects);
  });

  it('says in general what has to be accepted, and is applied when that is', async () => {
    seeOnly('shop');
    const plan = await planned.planned({ yaml: only('web') });
    expect(plan.risk).toMatch(/^High risk: callers that are let in now would be refused\./);
    const codes = plan.impactsToAccept.map(({ code }) => code);
    expect(codes).toContain(ImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS);
    expect(plan.impactsToAccept.map(({ digest }) => digest)).toEqual(codes.map(() => ''));
    const refused = await refusal(planned.apply(plan.id));
    expect(refused.details).toMatchObject({ ErrorInfo: { reason: 'IMPACT_NOT_ACCEPTED' } });
    expect(
      await planned.apply(
        plan.id,
        ...(['CUTS_LIVE_CALLERS', 'UNKNOWN_IMPACT', 'OPENS_TO_EVERYONE', 'UNSAFE_ORDER'] as const).map(
          (code) => ImpactCode[`IMPACT_CODE_${code}`],
        ),
      ),
    ).toMatchObject({ accepted: true, changeId: plan.id });
  });
});

describe('who may not see the namespace of the objects', () => {
  it('gets no plan of them', async () => {
    seeOnly('kelp');
    expect(await refusal(planned.planned({ yaml: only('web') }))).toMatchObject({
      code: status.PERMISSION_DENIED,
      message: expect.stringContaining('list pods in namespace shop'),
    });
  });

  it('asks in vain to undo a change of them, as one that there is not', async () => {
    visible = VisibleNamespaces.all;
    const { changeId } = await planned.apply(
      (await planned.planned({ yaml: only('web', 'report') })).id,
      ImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS,
      ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT,
    );
    const part = changeSubject(`${changeId}-1`);
    await planned.served.record(part, 'ChangeRejected', { revision: 2, status: 422, message: 'no' });
    seeOnly('kelp');
    const unknown = await refusal(planned.undoOf('nothing'));
    expect(unknown.code).toBe(status.NOT_FOUND);
    expect(JSON.stringify(await refusal(planned.undoOf(changeId))).replaceAll(changeId, 'nothing')).toBe(
      JSON.stringify(unknown),
    );
  });
});
