import type { DesiredPresence } from '@mcp/events';
import { invalidRequest } from '@mcp/grpc';
import { readRequestedObject } from '@mcp/linkerd';
import { readManifestText, type ManifestTextObject } from '@mcp/manifests';
import { ofFairSize } from './spec-size.js';

type Requested = Pick<DesiredPresence, 'key' | 'spec'>;

/** The one object that a text asks for. Fails with INVALID_REQUEST, naming every field that is wrong. */
export function requestedManifest(yaml: string): Requested {
  const objects = objectsIn(yaml);
  const [requested] = objects.length === 1 ? readAll(objects) : [];
  if (requested !== undefined) return requested;
  throw invalid([`must be the manifest of one object, and has ${objects.length}`]);
}

/** All objects that a text asks for, in its order. Fails with INVALID_REQUEST, naming every field that is wrong. */
export function requestedManifests(yaml: string): readonly Requested[] {
  return readAll(objectsIn(yaml));
}

function objectsIn(yaml: string): readonly ManifestTextObject[] {
  const { objects, problems } = readManifestText(yaml);
  if (problems.length > 0) throw invalid(problems.map(({ message }) => message));
  return objects;
}

function readAll(objects: readonly ManifestTextObject[]): readonly Requested[] {
  const faults: string[] = [];
  const read = objects.flatMap(({ object, document }) => {
    const requested = readRequestedObject(object);
    if (!('problems' in requested)) return [requested];
    const place = objects.length === 1 ? '' : `document ${document}: `;
    for (const { field, message } of requested.problems)
      faults.push(`${place}${field === '' ? message : `${field}: ${message}`}`);
    return [];
  });
  if (faults.length > 0) throw invalid(faults);
  return read.map(({ key, spec }) => ({ key, spec: ofFairSize(spec, 'yaml') }));
}

function invalid(descriptions: readonly string[]): Error {
  return invalidRequest(descriptions.map((description) => ({ field: 'yaml', description })));
}
