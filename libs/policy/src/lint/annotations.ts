import type { Labels, ObjectStates } from '@mcp/mesh';
import { defaultPolicies } from '@mcp/mesh';
import { listsPort } from '../ports/default-policy.js';
import { annotations as names } from '../names.js';
import { parsePortList } from '../matching/port-list.js';
import { servesRequests } from '../routes/protocol.js';
import type { Finding, FindingSubject } from './finding.js';
import { finding, ofWorkload } from './finding.js';
import type { LintedNamespace } from './linted-namespace.js';
import type { PlacedEndpoint, PlacedPort } from './server-reach.js';

export function* lintAnnotations(namespace: LintedNamespace): Iterable<Finding> {
  const { view, endpoints, index } = namespace;
  const ofNamespace = index.view.notLive.has('Namespace') ? {} : view.annotations;
  yield* unusableValues(
    { kind: 'object', key: { kind: 'Namespace', namespace: '', name: namespace.name } },
    ofNamespace,
  );
  for (const placed of endpoints) {
    const { workload, endpoint } = placed;
    const about = ofWorkload(workload);
    yield* unusableValues(about, endpoint.annotations);
    if (endpoint.kind === 'Pod' && endpoint.meshed) yield* notCopied(placed, ofNamespace);
    yield* proxyWithoutPolicy(placed);
  }
  if (!namespace.knows('Server')) return;
  for (const server of namespace.servers.values())
    for (const at of namespace.reachOf(server)?.governs ?? []) yield* annotationsOverruledBy(server, at);
}

export function* proxyWithoutPolicy({ workload, endpoint }: PlacedEndpoint): Iterable<Finding> {
  if (endpoint.kind === 'Pod' && endpoint.meshed && !endpoint.governed)
    yield finding(
      'LNK606',
      ofWorkload(workload),
      'metadata.labels',
      'the label linkerd.io/control-plane-ns is missing',
    );
}

export function* unusableValues(about: FindingSubject, annotations: Labels): Iterable<Finding> {
  const mode = annotations[names.defaultInboundPolicy];
  if (mode !== undefined && !defaultPolicies.some((policy) => policy === mode))
    yield finding('LNK601', about, fieldOf(names.defaultInboundPolicy), `"${shortened(mode)}" is no policy`);
  for (const name of [names.opaquePorts, names.requireIdentityPorts]) {
    const list = parsePortList(annotations[name] ?? '');
    if ('bad' in list)
      yield finding(
        'LNK602',
        about,
        fieldOf(name),
        `"${shortened(list.bad)}" is no port and no range of ports`,
      );
  }
}

/** Also of the ports of clients: all that policy answers hang on. */
function* notCopied({ workload, endpoint }: PlacedEndpoint, ofNamespace: Labels): Iterable<Finding> {
  const about = ofWorkload(workload);
  for (const name of Object.values(names)) {
    const wanted = ofNamespace[name];
    const had = endpoint.annotations[name];
    if (wanted === undefined || wanted === had) continue;
    if (had === undefined)
      yield finding(
        'LNK603',
        about,
        fieldOf(name),
        `namespace ${workload.namespace} says "${shortened(wanted)}", and the pods are older than that`,
      );
    else
      yield finding(
        'LNK604',
        about,
        fieldOf(name),
        `namespace ${workload.namespace} says "${shortened(wanted)}", the pods "${shortened(had)}"`,
      );
  }
}

export function* annotationsOverruledBy(
  server: ObjectStates['Server'],
  { workload, endpoint, port }: PlacedPort,
): Iterable<Finding> {
  const listing = (name: string): boolean => listsPort(endpoint.annotations, name, port);
  const because = `port ${port} is governed by Server ${server.name}`;
  if (listing(names.opaquePorts) && servesRequests(server.spec.proxyProtocol))
    yield finding(
      'LNK605',
      ofWorkload(workload),
      fieldOf(names.opaquePorts),
      `${because}, with proxyProtocol ${server.spec.proxyProtocol}`,
    );
  if (listing(names.requireIdentityPorts))
    yield finding('LNK605', ofWorkload(workload), fieldOf(names.requireIdentityPorts), because);
}

function fieldOf(annotation: string): string {
  return `metadata.annotations[${annotation}]`;
}

/** An annotation may be of any length. */
function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
