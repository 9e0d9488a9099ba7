import { describe, expect, it } from '@jest/globals';
import { resourceKinds } from '@mcp/mesh';
import type { AnyRecordedEvent } from './envelope.js';
import { isDeleted, isObserved, objectOfSubject } from './object-events.js';
import { desiredSubject, objectSubject, podShapeSubject, sourceSubject } from './subject.js';

describe('an event about an object', () => {
  const of = (type: string) => ({ type }) as AnyRecordedEvent;

  it('tells that it was seen, or that it is gone', () => {
    for (const kind of resourceKinds) {
      expect([isObserved(of(`${kind}Observed`)), isDeleted(of(`${kind}Observed`))]).toEqual([true, false]);
      expect([isObserved(of(`${kind}Deleted`)), isDeleted(of(`${kind}Deleted`))]).toEqual([false, true]);
    }
    expect([isObserved(of('PodShapeObserved')), isDeleted(of('DesiredStateSet'))]).toEqual([false, false]);
  });

  it('has a subject that tells which object', () => {
    const object = { namespace: 'shop', name: 'web', uid: '1' };
    expect(objectOfSubject(objectSubject('Pod', object))).toEqual({ kind: 'Pod', ...object });
    const namespace = { namespace: '', name: 'shop', uid: '2' };
    expect(objectOfSubject(objectSubject('Namespace', namespace))).toEqual({
      kind: 'Namespace',
      ...namespace,
    });
  });

  it('is not meant by another subject', () => {
    const key = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' } as const;
    for (const subject of [sourceSubject, podShapeSubject('a'), desiredSubject(key), 'Pod/shop/web/1/2'])
      expect(objectOfSubject(subject)).toBe(undefined);
  });
});
