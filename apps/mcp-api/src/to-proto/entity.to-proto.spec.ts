import { describe, expect, it } from '@jest/globals';
import { Coverage, Drift, Entity, PortReach, SourcePhase } from '@mcp/contracts';
import type { GraphEntity, PolicyObjectNode } from '@mcp/graph';
import { entityToProto } from './entity.to-proto.js';

/** What a client reads. */
const read = (entity: GraphEntity): Entity['entity'] =>
  Entity.decode(Entity.encode(entityToProto(entity)).finish()).entity;

function policyObject(value: Pick<PolicyObjectNode, 'kind' | 'spec'>): GraphEntity {
  const object = { namespace: 'shop', name: 'web', uid: 'u', labels: {}, fieldOwners: [], conditions: [] };
  return {
    kind: 'PolicyObject',
    key: `${value.kind}/shop/web`,
    namespaces: ['shop'],
    value: { ...object, ...value } as PolicyObjectNode,
  };
}

describe('an entity reaches a client', () => {
  it('with what is not known left out, and not as a default', () => {
    const value = { configured: ['trustDomain'], trustDomain: 'a', probeNetworks: [], problems: [] };
    expect(read({ kind: 'ControlPlane', key: 'ControlPlane', namespaces: [], value })).toEqual({
      $case: 'controlPlane',
      controlPlane: {
        trustDomain: 'a',
        controlPlaneNamespace: undefined,
        defaultPolicy: undefined,
        clusterNetworks: [],
        clusterNetworksKnown: false,
        probeNetworks: [],
        probeNetworksKnown: true,
        version: undefined,
        configured: ['trustDomain'],
        problems: [],
      },
    });
  });

  it('as a source with its phase and time', () => {
    const value = { kind: 'Pod', phase: 'forbidden', reason: 'no', since: 1_500 } as const;
    expect(read({ kind: 'Source', key: 'Source/Pod', namespaces: [], value })).toEqual({
      $case: 'source',
      source: {
        kind: 'Pod',
        phase: SourcePhase.SOURCE_PHASE_FORBIDDEN,
        reason: 'no',
        since: new Date(1_500),
      },
    });
  });

  it('as a Service that selects nothing by itself', () => {
    const value = {
      namespace: 'shop',
      name: 'web',
      type: 'ExternalName',
      headless: false,
      ports: [{ number: 80, protocol: 'TCP', targetPort: 'http' }],
      workloads: [],
      pods: 0,
      meshed: 'no-pods',
      externalName: 'example.org',
      problems: [],
    } as const;
    expect(read({ kind: 'Service', key: 'Service/shop/web', namespaces: ['shop'], value })).toMatchObject({
      service: {
        selector: {},
        selectorless: true,
        ports: [{ name: '', number: 80, protocol: 'TCP', targetPort: 'http' }],
        meshed: Coverage.COVERAGE_NO_PODS,
        externalName: 'example.org',
      },
    });
  });

  it('as a workload with what policy says of its ports', () => {
    const value = {
      ref: { namespace: 'shop', kind: 'Deployment', name: 'web' },
      hasController: true,
      pods: 2,
      readyPods: 2,
      meshedPods: 1,
      governedPods: 2,
      meshed: 'some',
      governed: 'all',
      serviceAccounts: [],
      identities: [],
      ports: [
        {
          number: 8080,
          names: ['http'],
          protocol: 'TCP',
          policies: [
            {
              server: { kind: 'Server', namespace: 'shop', name: 'web' },
              protocol: 'gRPC',
              reach: 'some',
              findings: ['LNK105', 'LNK302'],
            },
            { server: { kind: 'default', name: 'deny' }, protocol: 'unknown', reach: 'nobody', findings: [] },
            { reach: 'not-enforced', findings: [] },
          ],
        },
      ],
      services: [],
      problems: [],
    } as const;
    expect(
      read({ kind: 'Workload', key: 'Workload/shop/Deployment/web', namespaces: ['shop'], value }),
    ).toMatchObject({
      workload: {
        ports: [
          {
            number: 8080,
            policies: [
              {
                governedBy: { $case: 'server', server: 'web' },
                proxyProtocol: 'gRPC',
                reach: PortReach.PORT_REACH_SOME,
                findings: ['LNK105', 'LNK302'],
              },
              {
                governedBy: { $case: 'defaultPolicy', defaultPolicy: 'deny' },
                proxyProtocol: 'unknown',
                reach: PortReach.PORT_REACH_NOBODY,
                findings: [],
              },
              {
                governedBy: undefined,
                proxyProtocol: '',
                reach: PortReach.PORT_REACH_NOT_ENFORCED,
                findings: [],
              },
            ],
          },
        ],
      },
    });
  });

  it('as a policy object that is only desired, without a spec', () => {
    const entity = policyObject({ kind: 'AuthorizationPolicy' });
    const desired = { changeId: 'c', revision: 3, drift: 'deleted', differingFields: [] };
    const wanted = { ...entity, value: { ...entity.value, uid: '', desired } } as GraphEntity;
    expect(read(wanted)).toMatchObject({
      policyObject: {
        uid: '',
        createdAt: undefined,
        spec: undefined,
        desired: { changeId: 'c', revision: 3, drift: Drift.DRIFT_DELETED },
      },
    });
  });

  const reference = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
  const sent = { ...reference, namespace: '' };
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [{ key: 'a', operator: 'Exists' as const }],
  };
  const parent = { ...reference, port: 80 };

  it.each<[Pick<PolicyObjectNode, 'kind' | 'spec'>, object]>([
    [
      {
        kind: 'Server',
        spec: { selects: 'pods', selector, port: 'http', proxyProtocol: 'HTTP/2', accessPolicy: 'deny' },
      },
      {
        server: {
          selector: {
            matchLabels: { app: 'web' },
            matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }],
          },
          externalWorkloads: false,
          port: { port: { $case: 'name', name: 'http' } },
          proxyProtocol: 'HTTP/2',
          accessPolicy: 'deny',
        },
      },
    ],
    [
      {
        kind: 'ServerAuthorization',
        spec: {
          server: { name: 'web' },
          client: {
            networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }],
            unauthenticated: true,
            meshTLS: { unauthenticatedTLS: true, identities: ['*'], serviceAccounts: [{ name: 'a' }] },
          },
        },
      },
      {
        serverAuthorization: {
          serverName: 'web',
          serverSelector: undefined,
          networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }],
          unauthenticated: true,
          meshTls: {
            unauthenticatedTls: true,
            identities: ['*'],
            serviceAccounts: [{ name: 'a', namespace: '' }],
          },
        },
      },
    ],
    [
      {
        kind: 'AuthorizationPolicy',
        spec: { targetRef: reference, requiredAuthenticationRefs: [reference] },
      },
      { authorizationPolicy: { targetRef: sent, requiredAuthenticationRefs: [sent] } },
    ],
    [
      { kind: 'MeshTLSAuthentication', spec: { identities: ['a'], identityRefs: [reference] } },
      { meshTlsAuthentication: { identities: ['a'], identityRefs: [sent] } },
    ],
    [
      { kind: 'NetworkAuthentication', spec: { networks: [{ cidr: '::/0', except: [] }] } },
      { networkAuthentication: { networks: [{ cidr: '::/0', except: [] }] } },
    ],
    [
      {
        kind: 'GatewayHTTPRoute',
        spec: {
          parentRefs: [parent],
          hostnames: ['h'],
          rules: [
            {
              matches: [
                {
                  path: { type: 'PathPrefix', value: '/' },
                  headers: [{ type: 'Exact', name: 'n', value: 'v' }],
                  queryParams: [],
                  method: 'GET',
                },
              ],
              filters: [{ type: 'RequestRedirect', detail: { port: 1 } }],
              backendRefs: [{ ...parent, weight: 2 }],
              timeouts: { request: '1s' },
            },
          ],
        },
      },
      {
        httpRoute: {
          parentRefs: [{ ...sent, port: 80, sectionName: '' }],
          hostnames: ['h'],
          rules: [
            {
              matches: [
                {
                  pathType: 'PathPrefix',
                  path: '/',
                  headers: [{ type: 'Exact', name: 'n', value: 'v' }],
                  queryParams: [],
                  method: 'GET',
                },
              ],
              filters: [{ type: 'RequestRedirect', detail: { port: 1 } }],
              backendRefs: [{ ...sent, port: 80, weight: 2 }],
              requestTimeout: '1s',
              backendRequestTimeout: '',
            },
          ],
        },
      },
    ],
    [
      {
        kind: 'GRPCRoute',
        spec: {
          parentRefs: [],
          hostnames: [],
          rules: [
            {
              matches: [{ method: { type: 'Exact', service: 's' }, headers: [] }],
              filters: [],
              backendRefs: [],
            },
          ],
        },
      },
      {
        grpcRoute: {
          rules: [{ matches: [{ methodType: 'Exact', service: 's', method: '', headers: [] }] }],
        },
      },
    ],
    [
      {
        kind: 'HTTPLocalRateLimitPolicy',
        spec: {
          targetRef: reference,
          totalRequestsPerSecond: 5,
          identityRequestsPerSecond: 0,
          overrides: [{ requestsPerSecond: 1, clientRefs: [reference] }],
        },
      },
      {
        httpLocalRateLimitPolicy: {
          targetRef: sent,
          totalRequestsPerSecond: 5,
          overrides: [{ requestsPerSecond: 1, clientRefs: [sent] }],
        },
      },
    ],
    [
      { kind: 'EgressNetwork', spec: { trafficPolicy: 'Deny' } },
      { egressNetwork: { trafficPolicy: 'Deny', networks: [], allExternalNetworks: true } },
    ],
  ])('as a policy object with its whole spec: %#', (object, spec) => {
    expect(read(policyObject(object))).toMatchObject({ policyObject: { spec: { spec } } });
  });
});
