import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  Drift,
  DriftMode,
  ListDriftRequest,
  type ListDriftResponse,
  type DriftingObject,
  Phase,
  SetDriftModeRequest,
  type SetDriftModeResponse,
} from '@mcp/contracts';
import { answerOf } from './answer-of.js';
import { eventually } from './eventually.js';
import { RealMesh } from './real-mesh.js';
import { namespace, openToEveryone, webServer } from './shop.js';

let mesh: RealMesh;
const object = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' };
const resource = ['authorizationpolicies.policy.linkerd.io', '-n', 'shop', 'web'];

beforeAll(async () => {
  mesh = await RealMesh.open();
  await mesh.create(namespace('shop'), webServer);
  await mesh.startApps();
  const { changeId } = await mesh.apply({ name: 'web', jsonSpec: openToEveryone });
  await mesh.reaches(changeId, Phase.PHASE_CONVERGED);
}, 120_000);
afterAll(() => mesh.close(), 30_000);

/** By hand; kubectl says that it is `kubectl-patch`. */
async function edit(server: string): Promise<void> {
  const patch = JSON.stringify({ spec: { targetRef: { name: server } } });
  await mesh.kubectl('patch', ...resource, '--type=merge', '-p', patch);
}

const targetNow = () => mesh.kubectl('get', ...resource, '-o', 'jsonpath={.spec.targetRef.name}');

/** None where it is as desired and nothing is to be told of it. */
async function drift(): Promise<DriftingObject | undefined> {
  const { objects } = await answerOf<ListDriftResponse>((done) =>
    mesh.desired.listDrift(ListDriftRequest.fromPartial({}), mesh.caller, mesh.soon(), done),
  );
  return objects[0];
}

function setMode(mode: DriftMode, forceFrom: readonly string[] = []): Promise<SetDriftModeResponse> {
  const request = SetDriftModeRequest.fromPartial({
    object,
    mode,
    forceFrom: [...forceFrom],
    reason: 'agreed',
  });
  return answerOf((done) => mesh.desired.setDriftMode(request, mesh.caller, mesh.soon(), done));
}

it('tells a field that was edited by hand, with its manager and the time', async () => {
  await edit('other');
  const found = await eventually(drift, (seen) => seen?.drift === Drift.DRIFT_DRIFTED);
  expect(found).toMatchObject({
    object,
    fields: [
      { path: 'spec.targetRef.name', desired: '"web-http"', live: '"other"', manager: 'kubectl-patch' },
    ],
  });
  expect(Math.abs(Date.now() - found!.fields[0]!.at!.getTime())).toBeLessThan(60_000);
});

it('leaves a field to its manager where nobody said that it may be taken back, and says so', async () => {
  await setMode(DriftMode.DRIFT_MODE_ENFORCE);
  const stopped = await eventually(drift, (seen) => seen?.stopped !== undefined);
  expect(stopped).toMatchObject({
    mode: DriftMode.DRIFT_MODE_REPORT,
    stopped: { code: 'CONFLICTED', message: expect.stringContaining('kubectl-patch') },
  });
  expect(await targetNow()).toBe('other');
});

it('puts back what was edited by hand, and does not fight', async () => {
  // what could not be applied is desired no less: asking for it again is what the mode does
  const { changeId } = await mesh.apply({ name: 'web', jsonSpec: openToEveryone });
  await mesh.reaches(changeId, Phase.PHASE_CONFLICTED);
  await mesh.kubectl(
    'patch',
    ...resource,
    '--type=merge',
    '--field-manager=linkerd-mcp',
    '-p',
    JSON.stringify({ spec: { targetRef: { name: 'web-http' } } }),
  );
  await eventually(drift, (seen) => seen === undefined || seen.drift === Drift.DRIFT_NONE);
  await setMode(DriftMode.DRIFT_MODE_ENFORCE, ['kubectl-patch']);
  for (let edits = 1; edits <= 3; edits += 1) {
    await edit(`other-${edits}`);
    await eventually(targetNow, (target) => target === 'web-http');
  }
  await edit('other-4');
  const stopped = await eventually(drift, (seen) => seen?.stopped !== undefined);
  expect(stopped?.stopped?.code).toBe('FOUGHT');
  expect(await targetNow()).toBe('other-4');
});

it('accepts what is there', async () => {
  const { changeId } = await setMode(DriftMode.DRIFT_MODE_ACCEPT);
  await mesh.reaches(changeId, Phase.PHASE_CONVERGED);
  await eventually(drift, (seen) => seen === undefined);
  expect(await targetNow()).toBe('other-4');
});
