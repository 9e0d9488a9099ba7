import { describe, expect, it } from '@jest/globals';
import type { ResourceKind } from '@mcp/mesh';
import fc from 'fast-check';
import { anyMesh } from '../../test/any-state.js';
import { lintCases } from '../../test/lint-cases/index.js';
import { rateLimit } from '../../test/mesh-samples.js';
import {
  authorizationPolicy,
  endpoint,
  httpRoute,
  probe,
  ref,
  serverAuthorization,
  serverOf,
  viewOf,
  withoutStatus,
  workload,
} from '../../test/mesh-view.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { MeshView } from '../view.js';
import { lint } from './lint.js';
import type { LintCode } from './lint-rules.js';
import { portFindings } from './port-findings.js';

/** At every port that something could be found about. */
function atPorts(view: MeshView): readonly LintCode[] {
  const index = new PolicyIndex(view);
  return [...view.namespaces.values()].flatMap(({ workloads, policy }) =>
    workloads.flatMap(({ ref: of, groups }) =>
      groups.flatMap((group) => {
        const servers = policy.Server.flatMap(({ spec }) =>
          typeof spec.port === 'number' ? [spec.port] : [],
        );
        const ports = new Set([...group.endpoint.ports.map(({ number }) => number), ...servers, 80]);
        return [...ports].flatMap((port) =>
          portFindings(index, { workload: of, endpoint: group.endpoint, port }),
        );
      }),
    ),
  );
}

function codesOf(view: MeshView): ReadonlySet<LintCode> {
  return new Set([...lint(new PolicyIndex(view))].map(({ code }) => code));
}

const web = workload('shop', 'web', endpoint({ probes: [probe('/live')] }));
const at = (view: MeshView, port = 80) => {
  const [{ ref: of, groups: [group] } = web] = view.namespaces.get('shop')?.workloads ?? [];
  if (group === undefined) throw new Error('there is no pod');
  return portFindings(new PolicyIndex(view), { workload: of, endpoint: group.endpoint, port });
};

describe('the findings at a port', () => {
  it('are none where all does what it says', () => {
    expect(at(viewOf({ shop: { workloads: [web] } }))).toEqual([]);
  });

  it('are those of the Servers that select it, of their policies, routes and rate limits, and of its probes', () => {
    const view = viewOf({
      shop: {
        Server: [serverOf('shop', 'a'), serverOf('shop', 'b')],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'open', ref('Namespace', 'shop')),
          authorizationPolicy('shop', 'gone', ref('Server', 'a'), [ref('MeshTLSAuthentication', 'gone')]),
        ],
        HTTPRoute: [
          httpRoute('shop', 'in-use', ['a'], [{ path: { type: 'Exact', value: '/x' } }]),
          withoutStatus(httpRoute('shop', 'not-accepted', ['a'])),
        ],
        HTTPLocalRateLimitPolicy: [rateLimit('shop', 'limit', 'a')],
        workloads: [web],
      },
    });
    expect(at(view)).toEqual(['LNK105', 'LNK203', 'LNK302', 'LNK403', 'LNK406', 'LNK407', 'LNK702']);
  });

  it('are none of a Server that governs another port, or of what applies there', () => {
    const view = viewOf({
      shop: {
        Server: [serverOf('shop', 'a', { port: 81 }), serverOf('shop', 'b', { port: 81 })],
        AuthorizationPolicy: [authorizationPolicy('shop', 'open', ref('Server', 'a'))],
        workloads: [web],
      },
    });
    expect([at(view), at(view, 81)]).toEqual([[], ['LNK105', 'LNK302']]);
  });

  it('are only why policy does not act, where it does not', () => {
    const annotations = { 'config.linkerd.io/skip-inbound-ports': '80' };
    const view = viewOf({
      shop: {
        Server: [serverOf('shop', 'a')],
        AuthorizationPolicy: [authorizationPolicy('shop', 'open', ref('Server', 'a'))],
        workloads: [workload('shop', 'web', endpoint({ annotations }))],
      },
    });
    expect(at(view)).toEqual(['LNK106']);
  });

  it('are those of annotations where there is no Server, and that they play no role where there is one', () => {
    const annotations = {
      'config.linkerd.io/default-inbound-policy': 'none',
      'config.linkerd.io/opaque-ports': 'http',
      'config.linkerd.io/proxy-require-identity-inbound-ports': '80',
    };
    const workloads = [workload('shop', 'web', endpoint({ annotations }))];
    expect(at(viewOf({ shop: { workloads } }))).toEqual(['LNK601', 'LNK602']);
    expect(at(viewOf({ shop: { Server: [serverOf('shop', 'a')], workloads } }))).toEqual(['LNK605']);
  });

  it.each<[ResourceKind, readonly LintCode[]]>([
    ['AuthorizationPolicy', ['LNK301', 'LNK403', 'LNK702']],
    ['ServerAuthorization', ['LNK302', 'LNK403', 'LNK702']],
    ['HTTPRoute', ['LNK301', 'LNK302', 'LNK702']],
    ['HTTPLocalRateLimitPolicy', ['LNK301', 'LNK302', 'LNK403']],
  ])('are none of a %s that may be another by now', (kind, others) => {
    const shop = {
      Server: [serverOf('shop', 'a')],
      AuthorizationPolicy: [authorizationPolicy('shop', 'open', ref('Server', 'a'))],
      ServerAuthorization: [serverAuthorization('shop', 'nobody', { name: 'a' }, {})],
      HTTPRoute: [withoutStatus(httpRoute('shop', 'not-accepted', ['a']))],
      HTTPLocalRateLimitPolicy: [rateLimit('shop', 'limit', 'a')],
      workloads: [workload('shop', 'web')],
    };
    expect(at(viewOf({ shop }, { notLive: new Map([[kind, 'stale']]) }))).toEqual(others);
  });

  it('are none where it is not known what governs it', () => {
    const shop = { Server: [serverOf('shop', 'a'), serverOf('shop', 'b')], workloads: [web] };
    expect(at(viewOf({ shop }, { notLive: new Map([['Server', 'stale']]) }))).toEqual([]);
  });
});

describe('the findings at the ports of a mesh', () => {
  it.each(lintCases)('are among those of lint: $rule', ({ view, findings }) => {
    const found = new Set(findings.map(({ code }) => code));
    expect(atPorts(view).filter((code) => !found.has(code))).toEqual([]);
  });

  it('can be each of these', () => {
    expect([...new Set(lintCases.flatMap(({ view }) => atPorts(view)))].sort()).toEqual([
      'LNK105',
      'LNK106',
      'LNK107',
      'LNK108',
      'LNK203',
      'LNK301',
      'LNK302',
      'LNK306',
      'LNK401',
      'LNK402',
      'LNK403',
      'LNK404',
      'LNK405',
      'LNK406',
      'LNK407',
      'LNK408',
      'LNK409',
      'LNK601',
      'LNK602',
      'LNK605',
      'LNK606',
      'LNK701',
      'LNK702',
    ]);
  });

  it('are among those of lint, whatever the mesh', () => {
    fc.assert(
      fc.property(anyMesh, (view) => {
        const found = codesOf(view);
        expect(atPorts(view).filter((code) => !found.has(code))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
