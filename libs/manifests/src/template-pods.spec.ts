import { describe, expect, it } from '@jest/globals';
import type { ManifestObject, ManifestObjects } from './manifests.js';
import { observedManifests } from './observed-manifests.js';
import { withTemplatePods } from './template-pods.js';
import { manifestObject as object } from '../test/manifest-object.js';

const all = (...objects: readonly ManifestObject[]): ManifestObjects => ({
  files: 1,
  objects,
  notObjects: [],
});
const container = { name: 'web', ports: [{ containerPort: 80, name: 'http' }] };
const template = (annotations: object = {}) => ({
  metadata: { labels: { app: 'web' }, annotations },
  spec: { serviceAccountName: 'web', containers: [container] },
});
const web = { namespace: 'shop', name: 'web' };
const deployment = (annotations?: object) =>
  object('apps/v1', 'Deployment', web, { template: template(annotations) });
const shop = (annotations: object = {}) => object('v1', 'Namespace', { name: 'shop', annotations });
const enabled = { 'linkerd.io/inject': 'enabled' };

/** The pods that the manifests come to, as they are read. */
function pods(...objects: readonly ManifestObject[]) {
  const { manifests, withoutPods } = withTemplatePods(all(...objects));
  const observed = observedManifests(manifests, { scope: 'all', controlPlane: {} });
  return {
    withoutPods,
    pods: observed.flatMap((seen) =>
      seen.kind === 'Pod' && 'state' in seen ? [{ owner: seen.state.owner, ...seen.podShape }] : [],
    ),
  };
}

describe('pods of templates', () => {
  it('are owned by their controller, and are what the template says with what injection adds', () => {
    expect(pods(deployment(enabled))).toEqual({
      withoutPods: [],
      pods: [
        {
          owner: { kind: 'Deployment', name: 'web', uid: 'uid of Deployment' },
          labels: { app: 'web', 'linkerd.io/control-plane-ns': 'linkerd' },
          annotations: enabled,
          serviceAccount: 'web',
          ports: [{ container: 'web', init: false, name: 'http', number: 80, protocol: 'TCP' }],
          probes: [],
          meshed: true,
          governed: true,
        },
      ],
    });
  });

  it.each([
    ['the template asks for it', [deployment(enabled)], true],
    ['the template asks for ingress mode', [deployment({ 'linkerd.io/inject': 'ingress' })], true],
    ['the namespace asks for it', [shop(enabled), deployment()], true],
    ['nobody says anything, and the namespace is not known', [deployment()], true],
    ['nobody asks for it', [shop(), deployment()], false],
    ['the template refuses it', [shop(enabled), deployment({ 'linkerd.io/inject': 'disabled' })], false],
    [
      'the template refuses it, and the namespace is not known',
      [deployment({ 'linkerd.io/inject': 'disabled' })],
      false,
    ],
  ])('have the proxy as the injector decides: %s', (_what, objects, meshed) => {
    expect(pods(...objects).pods.map((pod) => pod.meshed)).toEqual([meshed]);
  });

  it('have the configuration of their namespace where they have none of their own', () => {
    const config = (ports: string) => ({ 'config.linkerd.io/opaque-ports': ports });
    const annotations = (...objects: readonly ManifestObject[]) =>
      pods(...objects).pods.map((pod) => pod.annotations);
    expect(annotations(shop({ ...enabled, ...config('1') }), deployment())).toEqual([config('1')]);
    expect(annotations(shop({ ...enabled, ...config('1') }), deployment(config('2')))).toEqual([config('2')]);
  });

  it.each(['StatefulSet', 'DaemonSet', 'ReplicaSet'])('are made for a %s', (kind) => {
    expect(pods(object('apps/v1', kind, web, { template: template() })).pods).toHaveLength(1);
  });

  it('are made for jobs', () => {
    const job = object('batch/v1', 'Job', { ...web, name: 'job' }, { template: template() });
    const cron = object('batch/v1', 'CronJob', web, { jobTemplate: { spec: { template: template() } } });
    expect(pods(job, cron).pods).toHaveLength(2);
  });

  it('are not made where there are pods, or where an owner has the template', () => {
    const pod = object('v1', 'Pod', web, { containers: [] });
    expect(pods(pod, deployment()).pods).toHaveLength(1);
    const owned = {
      ...web,
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'u', controller: true }],
    };
    expect(
      pods(deployment(), object('apps/v1', 'ReplicaSet', owned, { template: template() })).pods,
    ).toHaveLength(1);
  });

  it('are not known of a namespace where nothing makes any', () => {
    const server = object('policy.linkerd.io/v1beta3', 'Server', { namespace: 'ledger', name: 'a' });
    expect(pods(shop(), server, deployment()).withoutPods).toEqual(['ledger']);
  });
});
