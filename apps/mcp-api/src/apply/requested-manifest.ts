import type { DesiredState } from '@mcp/events';
import { invalidRequest } from '@mcp/grpc';
import { readRequestedObject } from '@mcp/linkerd';
import { readManifestText } from '@mcp/manifests';
import { ofFairSize } from './spec-size.js';

/** The one object that a text asks for. Fails with INVALID_REQUEST, naming every field that is wrong. */
export function requestedManifest(yaml: string): Pick<DesiredState, 'key' | 'spec'> {
  const { objects, problems } = readManifestText(yaml);
  const [object, ...more] = objects;
  if (problems.length > 0) throw invalid(problems.map(({ message }) => message));
  if (object === undefined || more.length > 0)
    throw invalid([`must be the manifest of one object, and has ${objects.length}`]);
  const read = readRequestedObject(object.object);
  if ('problems' in read)
    throw invalid(
      read.problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)),
    );
  return { key: read.key, spec: ofFairSize(read.spec, 'yaml') };
}

function invalid(descriptions: readonly string[]): Error {
  return invalidRequest(descriptions.map((description) => ({ field: 'yaml', description })));
}
