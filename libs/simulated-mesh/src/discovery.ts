import type { JsonObject } from './kubernetes-object.js';
import type { ResourceType } from './resource-type.js';
import { allResources, apiVersionOf } from './resource-type.js';

/** What a client asks before it knows what there is: `/version`, `/api`, `/apis` and below, without the resources themselves. */
export function discover(path: readonly string[]): JsonObject | undefined {
  const [root, first, second, ...rest] = path;
  if (rest.length > 0) return undefined;
  if (root === 'version' && first === undefined) return version;
  if (root === 'api' && first === undefined) {
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  }
  if (root === 'api' && first === 'v1' && second === undefined) return resourceList('', 'v1');
  if (root !== 'apis') return undefined;
  if (first === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupOf) };
  if (!groups().includes(first)) return undefined;
  if (second === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(first) };
  return versionsOf(first).includes(second) ? resourceList(first, second) : undefined;
}

/** The version that the simulated server says it has: what its answers are modelled on. */
const version = {
  major: '1',
  minor: '31',
  gitVersion: 'v1.31.0+simulated',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2024-08-13T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'simulated',
};

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const statusVerbs = ['get', 'patch', 'update'];

function resourceList(group: string, version: string): JsonObject {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(group, version),
    resources: allResources
      .filter((type) => type.group === group && type.versions.includes(version))
      .flatMap(apiResources),
  };
}

function apiResources(type: ResourceType): readonly JsonObject[] {
  const { kind, plural, namespaced, shortNames } = type;
  const resource = { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs, shortNames };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: statusVerbs };
  return type.statusSubresource ? [resource, status] : [resource];
}

function groups(): readonly string[] {
  return [...new Set(allResources.map(({ group }) => group).filter((group) => group !== ''))];
}

/** Stored versions first: the first one is preferred. */
function versionsOf(group: string): readonly string[] {
  const types = allResources.filter((type) => type.group === group);
  const stored = types
    .map((type) => type.versions[0])
    .sort()
    .reverse();
  return [...new Set([...stored, ...types.flatMap(({ versions }) => versions)])];
}

function groupOf(group: string): JsonObject {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}
