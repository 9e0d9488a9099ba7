import type { MeshView } from '../src/view.js';
import {
  authorizationPolicy,
  identity,
  meshTLSAuthentication,
  ref,
  selector,
  serverOf,
  viewOf,
  workload,
} from './mesh-view.js';

/**
 * Workloads that have nothing in common, `perNamespace` in each namespace: each with a service account, an address, a Server, an
 * AuthorizationPolicy and a MeshTLSAuthentication of its own, which admits the workload before it.
 */
export function wideMesh(workloads: number, perNamespace = 100): MeshView {
  const homes = Array.from({ length: Math.ceil(workloads / perNamespace) }, (_, at) => {
    const home = `space-${at}`;
    const here = Array.from(
      { length: Math.min(perNamespace, workloads - at * perNamespace) },
      (_each, place) => ({ name: `w-${place}`, number: at * perNamespace + place }),
    );
    const before = (number: number) => {
      const client = (number + workloads - 1) % workloads;
      return identity(`space-${Math.floor(client / perNamespace)}`, `w-${client % perNamespace}`);
    };
    return [
      home,
      {
        workloads: here.map(({ name, number }) => {
          const plain = workload(home, name, {
            labels: { app: name, 'linkerd.io/control-plane-ns': 'linkerd' },
            runsAs: { serviceAccount: name },
          });
          const ip = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
          return {
            ...plain,
            groups: plain.groups.map(({ endpoint }) => ({
              endpoint,
              pods: [{ name, createdAt: 1_000, ips: [ip] }],
            })),
          };
        }),
        Server: here.map(({ name }) => serverOf(home, name, { selector: selector({ app: name }) })),
        AuthorizationPolicy: here.map(({ name }) =>
          authorizationPolicy(home, name, ref('Server', name), [ref('MeshTLSAuthentication', name)]),
        ),
        MeshTLSAuthentication: here.map(({ name, number }) =>
          meshTLSAuthentication(home, name, { identities: [before(number)] }),
        ),
      },
    ] as const;
  });
  return viewOf(Object.fromEntries(homes));
}
