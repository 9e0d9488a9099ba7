import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { denyAll, forWeb, Story } from '../test/story.js';
import { MeshGraph } from './mesh-graph.js';

const golden = fileURLToPath(new URL('../golden/small-mesh.json', import.meta.url));

/** A shop with a front and a store, one of its pods not meshed, behind a policy that someone asked for and someone edited. */
function smallMesh(): Story {
  const web = {
    owner: { kind: 'ReplicaSet', name: 'web-5d8f' },
    shape: {
      labels: { app: 'web', 'linkerd.io/control-plane-ns': 'linkerd' },
      serviceAccount: 'web',
      ports: [{ container: 'web', init: false, name: 'http', number: 8080, protocol: 'TCP' }],
    },
  };
  return new Story()
    .record('source', 'SourceIdentified', { source: 'kubernetes', id: 'kube-system-uid' })
    .scope('all')
    .source('Pod', 'syncing', 'the first list is under way')
    .controlPlane({ defaultPolicy: 'deny', version: 'edge-25.8.3', configured: ['trustDomain'] })
    .namespace('shop', { team: 'storefront' })
    .controller('Deployment', { namespace: 'shop', name: 'web' })
    .controller('ReplicaSet', { namespace: 'shop', name: 'web-7c9b' }, { kind: 'Deployment', name: 'web' })
    .controller('ReplicaSet', { namespace: 'shop', name: 'web-5d8f' }, { kind: 'Deployment', name: 'web' })
    .pod({ namespace: 'shop', name: 'web-5d8f-a' }, web)
    .pod({ namespace: 'shop', name: 'web-5d8f-b', ready: false }, web)
    .controller('StatefulSet', { namespace: 'shop', name: 'store' })
    .pod(
      { namespace: 'shop', name: 'store-0' },
      {
        owner: { kind: 'StatefulSet', name: 'store' },
        shape: { labels: { app: 'store' }, serviceAccount: 'store', meshed: false, governed: false },
      },
    )
    .service({
      namespace: 'shop',
      name: 'web',
      selector: { app: 'web' },
      ports: [{ name: 'http', number: 80, protocol: 'TCP', targetPort: 'http' }],
    })
    .service({ namespace: 'shop', name: 'store', headless: true, selector: { app: 'store' } })
    .service({ namespace: 'shop', name: 'payments', type: 'ExternalName', externalName: 'pay.example.org' })
    .service({ namespace: 'shop', name: 'forgotten', selector: { app: 'gone' } })
    .desire('web', forWeb)
    .policy({
      namespace: 'shop',
      name: 'web',
      spec: forWeb,
      change: { id: 'change-17', revision: 1 },
      fieldOwners: [
        { manager: 'linkerd-mcp', operation: 'Apply', at: 20_000, paths: ['spec.targetRef.name'] },
      ],
    })
    .policy({
      namespace: 'shop',
      name: 'web',
      spec: denyAll,
      fieldOwners: [
        { manager: 'kubectl-edit', operation: 'Update', at: 21_000, paths: ['spec.targetRef.name'] },
      ],
    })
    .desire('store', denyAll)
    .unreadable({ kind: 'Server', namespace: 'shop', name: 'web-http' })
    .source('Pod', 'live')
    .telemetry('live')
    .edge('shop/Deployment/web', 'shop/StatefulSet/store', {
      security: 'plaintext',
      insecureReasons: ['not_provided_by_service_discovery'],
      services: ['shop/store'],
    })
    .edge({ kind: 'unmeshed' }, 'shop/Deployment/web', { evidence: 'server', security: 'plaintext' })
    .edge('shop/Deployment/gone', 'shop/Deployment/web');
}

describe('the graph of a small mesh', () => {
  it('is the golden one', () => {
    const graph = new MeshGraph();
    for (const event of smallMesh().events) graph.evolve(event);
    const entities = graph.entities();
    if (process.env['GOLDEN_UPDATE'] === '1')
      writeFileSync(golden, `${JSON.stringify(entities, undefined, 2)}\n`);
    expect(entities).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
  });
});
