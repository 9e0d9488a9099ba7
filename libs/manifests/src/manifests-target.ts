import { policyGroup, readLiveAuthorizationPolicy } from '@mcp/linkerd';
import type { ResourceKey } from '@mcp/mesh';
import type { ApplyAnswer, LiveObject, PolicyApply, PolicyTarget } from '@mcp/sources';
import { manifestToCommit } from './manifest-to-commit.js';
import type { Manifests } from './manifests.js';

/** Manifests are read, never written: the answer to every apply is the YAML to commit. */
export class ManifestsTarget implements PolicyTarget {
  constructor(private readonly manifests: Manifests) {}

  async live(key: ResourceKey): Promise<LiveObject | undefined> {
    const found = this.manifests.objects.find(({ group, kind, raw }) => {
      const { namespace, name } = raw['metadata'] as { readonly namespace?: string; readonly name: string };
      return group === policyGroup && kind === key.kind && namespace === key.namespace && name === key.name;
    });
    if (found === undefined) return undefined;
    const { uid, resourceVersion } = found.raw['metadata'] as Readonly<Record<string, unknown>>;
    return {
      uid: String(uid),
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
      ...readLiveAuthorizationPolicy(found.raw),
    };
  }

  async apply({ desired }: PolicyApply): Promise<ApplyAnswer> {
    return { answer: 'not-a-cluster', manifest: manifestToCommit(desired) };
  }
}
