import type { Workload, World } from './world.js';
import { namespaceOf, ofKind } from './world.js';

export const modes = [
  'all-unauthenticated',
  'all-authenticated',
  'cluster-unauthenticated',
  'cluster-authenticated',
  'audit',
  'deny',
] as const;

export type Mode = (typeof modes)[number];

export function parseMode(text: string | undefined): Mode | undefined {
  return modes.find((mode) => mode === text);
}

/** Numbers and ascending ranges from 1 to 65535, with commas between; one bad element discards the whole list. */
export function portListHolds(world: World, list: string, port: number): boolean {
  let held = false;
  for (const element of list.split(',')) {
    const [first, last = first, ...rest] = element.split('-').map((text) => text.trim());
    const bounds = [first, last];
    const numbers = bounds.map((text) => (/^[0-9]{1,5}$/.test(text ?? '') ? Number(text) : 0));
    const [from = 0, to = 0] = numbers;
    if (rest.length > 0 || from < 1 || to > 65535 || to < from) {
      world.touched('port-list-bad-element');
      return false;
    }
    if (from <= port && port <= to) {
      held = true;
      if (from < to) world.touched('port-list-range');
    }
  }
  return held;
}

/** Whether the workload's annotation, a port list, holds the port. */
export function annotationHolds(world: World, workload: Workload, name: string, port: number): boolean {
  const list = workload.metadata.annotations?.[`config.linkerd.io/${name}`];
  return list !== undefined && portListHolds(world, list, port);
}

/** The annotation of the workload if it is one of the six, else that of the cluster. */
function modeOfWorkload(world: World, workload: Workload): Mode {
  const name = 'config.linkerd.io/default-inbound-policy';
  const annotation = workload.metadata.annotations?.[name];
  const mode = parseMode(annotation);
  const namespace = ofKind(world, 'Namespace').find(
    ({ metadata }) => metadata.name === namespaceOf(workload),
  );
  if (namespace?.metadata.annotations?.[name] !== undefined) world.touched('default-annotation-namespace');
  if (mode !== undefined) {
    world.touched(workload.kind === 'Pod' ? 'default-annotation' : 'default-annotation-external');
    return mode;
  }
  world.touched(annotation === undefined ? 'default-of-cluster' : 'default-annotation-invalid');
  return parseMode(world.cluster.defaultPolicy) ?? 'deny';
}

/** A port that requires identity turns an unauthenticated mode into its authenticated kin. */
export function defaultModeOf(world: World, workload: Workload, port: number): Mode {
  const mode = modeOfWorkload(world, workload);
  if (!annotationHolds(world, workload, 'proxy-require-identity-inbound-ports', port)) return mode;
  if (mode === 'all-unauthenticated' || mode === 'cluster-unauthenticated') {
    world.touched('require-identity');
    return mode === 'all-unauthenticated' ? 'all-authenticated' : 'cluster-authenticated';
  }
  world.touched('require-identity-leaves');
  return mode;
}
