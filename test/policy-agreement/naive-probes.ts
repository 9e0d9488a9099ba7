import type { Container } from './kubernetes-objects.js';
import type { Workload, World } from './world.js';

/** The paths that the kubelet gets on the port: of liveness, readiness and startup probes of every container. */
export function probePathsOf(world: World, workload: Workload, port: number): string[] {
  if (workload.kind === 'ExternalWorkload') {
    world.touched('probe-external-workload');
    return [];
  }
  const { containers, initContainers = [] } = workload.spec;
  return [
    ...containers.flatMap((container) => probePathsOfContainer(world, container, port)),
    ...initContainers.flatMap((container) => {
      const paths = probePathsOfContainer(world, container, port);
      if (paths.length > 0) world.touched('probe-init-container');
      return paths;
    }),
  ];
}

function probePathsOfContainer(world: World, container: Container, port: number): string[] {
  const probes = [container.livenessProbe, container.readinessProbe, container.startupProbe];
  return probes.flatMap((probe) => {
    if (probe === undefined) return [];
    if (probe.httpGet === undefined) {
      world.touched('probe-other');
      return [];
    }
    const { path, port: wanted } = probe.httpGet;
    if (!isPort(world, container, wanted, port)) return [];
    if (path === undefined) world.touched('probe-path-default');
    const [withoutQuery = '', query] = (path ?? '/').split('?');
    if (query !== undefined) world.touched('probe-path-query');
    if (withoutQuery.startsWith('/')) return [withoutQuery];
    world.touched('probe-path-relative');
    return [];
  });
}

/** A number, or a name among the TCP ports of the same container, without case. */
function isPort(world: World, container: Container, wanted: number | string, port: number): boolean {
  if (typeof wanted === 'number') return wanted === port;
  const named = (container.ports ?? []).filter(({ name }) => name?.toLowerCase() === wanted.toLowerCase());
  const found = named.some(
    ({ containerPort, protocol }) => containerPort === port && (protocol ?? 'TCP') === 'TCP',
  );
  world.touched(found ? 'probe-port-name' : 'probe-port-elsewhere');
  return found;
}
