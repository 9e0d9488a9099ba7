import { versionPath, type ApiResource } from './api-resource.js';
import type { ClusterConnection } from './cluster-connection.js';
import { isKubernetesError } from './errors.js';
import { isRecord } from './kubernetes-object.js';

/** Asks the API server which versions of a kind it serves. Nothing is cached: definitions come and go. */
export class ApiDiscovery {
  constructor(private readonly connection: ClusterConnection) {}

  /** The first of the resource's versions that the server serves; undefined when it serves none of them. */
  async servedVersion(resource: ApiResource, signal?: AbortSignal): Promise<string | undefined> {
    const inGroup = await this.groupVersions(resource.group, signal);
    for (const version of resource.versions) {
      // a group serves a version as soon as one of its kinds does: ask for the kind itself
      if (inGroup.includes(version) && (await this.serves(resource, version, signal))) return version;
    }
    return undefined;
  }

  private async groupVersions(group: string, signal: AbortSignal | undefined): Promise<readonly unknown[]> {
    if (group === '') {
      const core = await this.get('/api', signal);
      const versions: unknown = core?.['versions'];
      return Array.isArray(versions) ? (versions as unknown[]) : [];
    }
    const found = await this.get(`/apis/${group}`, signal);
    const versions: unknown = found?.['versions'];
    return Array.isArray(versions) ? versions.filter(isRecord).map(({ version }) => version) : [];
  }

  private async serves(
    resource: ApiResource,
    version: string,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const found = await this.get(versionPath(resource.group, version), signal);
    const resources: unknown = found?.['resources'];
    return (
      Array.isArray(resources) && resources.filter(isRecord).some(({ name }) => name === resource.plural)
    );
  }

  private async get(
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const { body } = await this.connection.request('GET', path, signal === undefined ? {} : { signal });
      return isRecord(body) ? body : undefined;
    } catch (error) {
      if (isKubernetesError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }
}
