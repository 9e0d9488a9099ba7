import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { managedKinds } from '@mcp/events';
import { ClusterConnection } from '@mcp/kubernetes';
import { managedObjects } from '@mcp/linkerd';
import { ChartedCluster } from './charted-cluster.js';
import { deedsOf } from './deeds.js';
import { manifests, release } from './helm.js';
import { isRole, type Lack, lacksOfRights, lacksOfRules } from './rights.js';

/** Rendered before the tests are named: there is one for each right that is in the roles. */
const everywhere = {};
const usersOfTheCluster = { 'mcp-api': { auth: { mode: 'kubernetes' } } };
const inTwo = { global: { namespaces: ['shop', 'ledger'] } };
const ofRole =
  (service: string) =>
  ({ role }: Lack): boolean =>
    role.metadata.name.includes(service);
const rolesWith = async (values: object) => (await manifests('linkerd-mcp', values)).filter(isRole);
const installations = [
  {
    where: 'in all namespaces',
    values: everywhere,
    namespaces: [],
    services: ['collector', 'reconciler'],
    lacks: lacksOfRights(await rolesWith(everywhere)),
  },
  {
    where: 'for users of the cluster',
    values: usersOfTheCluster,
    namespaces: [],
    services: ['mcp-api'],
    lacks: lacksOfRights(await rolesWith(usersOfTheCluster)),
  },
  {
    where: 'in two namespaces',
    values: inTwo,
    namespaces: ['shop', 'ledger'],
    services: ['collector', 'reconciler'],
    lacks: lacksOfRules(await rolesWith(inTwo)),
  },
];

describe.each(installations)(
  'with the roles of the charts $where',
  ({ values, namespaces, services, lacks }) => {
    let cluster: ChartedCluster;
    const accounts = new Map<string, ClusterConnection>();

    beforeAll(async () => {
      cluster = await ChartedCluster.start(values, ['shop', 'ledger']);
      for (const service of ['collector', 'reconciler', 'mcp-api'])
        accounts.set(
          service,
          ClusterConnection.fromKubeconfig(await cluster.kubeconfigOf(`${release.name}-${service}`)),
        );
    }, 120_000);

    afterEach(async () => {
      // what one test made must not be there for the next: a lease, and policies
      const remove = (path: string): Promise<unknown> => cluster.admin.request('DELETE', `/apis/${path}`);
      await remove(`coordination.k8s.io/v1/namespaces/${release.namespace}/leases`);
      for (const namespace of ['shop', 'ledger'])
        for (const { group, version, plural } of managedKinds.map(managedObjects))
          await remove(`${group}/${version}/namespaces/${namespace}/${plural}`);
    });

    afterAll(async () => {
      for (const account of accounts.values()) await account.close();
      await cluster.stop();
    });

    describe.each(services)('the %s', (service) => {
      const refusals = async (): Promise<readonly string[]> => {
        const account = accounts.get(service)!;
        return (await Promise.all(deedsOf(service, namespaces).map((deed) => deed(account)))).flat();
      };

      it('can do all that it does', async () => {
        expect(await refusals()).toEqual([]);
      });

      it.each(lacks.filter(ofRole(service)))('cannot do without $what', async (lack) => {
        const told = await cluster.without(lack, accounts.get(service)!, refusals);
        expect(told).not.toEqual([]);
        expect(told.join('\n')).toMatch(/forbidden|cannot/i);
      });
    });

    it('the mcp-api has no right on any object of a namespace', async () => {
      const { body } = await accounts
        .get('mcp-api')!
        .request('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
          body: { spec: { namespace: 'shop' } },
        });
      const { status } = body as { status: { resourceRules: { resources: string[] }[] } };
      // asking what one may do is everybody's right
      const reviews = services.includes('mcp-api') ? [['tokenreviews'], ['subjectaccessreviews']] : [];
      expect(status.resourceRules.map(({ resources }) => resources).sort()).toEqual(
        [['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ...reviews].sort(),
      );
    });
  },
);

it('every role is looked at', async () => {
  const roles = await rolesWith(everywhere);
  expect(roles.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
    'ClusterRole linkerd-mcp:linkerd-mcp-collector',
    'ClusterRole linkerd-mcp:linkerd-mcp-reconciler',
    'Role linkerd-mcp-collector-lease',
    'Role linkerd-mcp-reconciler-lease',
  ]);
});
