import type { DesiredState } from '@mcp/events';
import { managedObjects, readLiveObject } from '@mcp/linkerd';
import type { ApplyAnswer, DeleteAnswer, LiveObject, PolicyApply, PolicyTarget } from '@mcp/sources';
import { manifestToCommit } from './manifest-to-commit.js';
import type { Manifests } from './manifests.js';

/** Manifests are read, never written: the answer to every apply is the YAML to commit, and to every deletion that there is no cluster. */
export class ManifestsTarget implements PolicyTarget {
  constructor(private readonly manifests: Manifests) {}

  async live(key: DesiredState['key']): Promise<LiveObject | undefined> {
    const of = managedObjects(key.kind);
    const found = this.manifests.objects.find(({ group, kind, raw }) => {
      const { namespace, name } = raw['metadata'] as { readonly namespace?: string; readonly name: string };
      const sameKind = group === of.group && kind === of.objectKind;
      return sameKind && namespace === key.namespace && name === key.name;
    });
    if (found === undefined) return undefined;
    const { uid, resourceVersion } = found.raw['metadata'] as Readonly<Record<string, unknown>>;
    return {
      uid: String(uid),
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
      ...readLiveObject(key.kind, found.raw),
    };
  }

  async apply({ desired }: PolicyApply): Promise<ApplyAnswer> {
    return { answer: 'not-a-cluster', manifest: manifestToCommit(desired) };
  }

  async delete(): Promise<DeleteAnswer> {
    return { answer: 'not-a-cluster' };
  }
}
