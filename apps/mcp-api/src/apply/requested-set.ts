import { invalidRequest } from '@mcp/grpc';
import { formatResourceKey } from '@mcp/mesh';
import { mostObjects, type ApplyChangeRequest } from '../requests/apply.request.js';
import type { ChangeWish, ObjectWish } from './change-wish.js';
import { requestedManifests } from './requested-manifest.js';

/** The objects that a request asks for together. Fails with INVALID_REQUEST, naming every field that is wrong. */
export function requestedSet(
  request: Pick<ApplyChangeRequest, 'yaml' | 'delete' | 'expectedRevisions'>,
): ChangeWish['objects'] {
  const applied = request.yaml.trim() === '' ? [] : requestedManifests(request.yaml);
  const revisions = new Map(
    request.expectedRevisions.map(({ object, revision }) => [formatResourceKey(object), revision]),
  );
  const wishes: ObjectWish[] = [
    ...applied,
    ...request.delete.map(({ kind, namespace, name }) => ({ key: { kind, namespace, name } })),
  ].map((wish) => ({ ...wish, expectedRevision: revisions.get(formatResourceKey(wish.key)) }));
  const names = wishes.map(({ key }) => formatResourceKey(key));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw invalid('yaml', `${twice} is there more than once; say once what it is to be`);
  const foreign = [...revisions.keys()].find((name) => !names.includes(name));
  if (foreign !== undefined) throw invalid('expected_revisions', `${foreign} is not changed by this request`);
  const [first, ...more] = wishes;
  if (first === undefined) throw invalid('yaml', 'must have an object, or delete one');
  if (wishes.length > mostObjects)
    throw invalid('yaml', `must have at most ${mostObjects} objects, and has ${wishes.length}`);
  return [first, ...more];
}

function invalid(field: string, description: string): Error {
  return invalidRequest([{ field, description }]);
}
