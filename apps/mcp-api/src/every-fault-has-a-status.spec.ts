import { describe, expect, it } from '@jest/globals';
import { NotAllowed, NotAuthenticated, TooManyChanges } from '@mcp/access';
import * as eventLog from '@mcp/event-log';
import { codeOf } from '@mcp/grpc';
import { AccessUnknown } from '@mcp/sources';

const position = { log: 'log', sequence: 1, digest: 'a' };

const faults = [
  new eventLog.VersionConflict('subject', 1, 2),
  new eventLog.DeposedWriter('role', 'holder'),
  new eventLog.KeyReused('key', 'change'),
  new eventLog.EventTooLarge('subject', 2, 1),
  new eventLog.OutcomeUnknown(undefined),
  new eventLog.LogUnavailable('read'),
  new eventLog.PositionOfAnotherLog(position, 'other'),
  new eventLog.PositionLost(position),
  new eventLog.PositionTrimmed(position, 7),
  new eventLog.LogCorrupt('a gap'),
  new eventLog.LogInUse('a folder'),
  new eventLog.NoResponder('topic', undefined),
  new eventLog.NoAnswer('topic', 1),
  new eventLog.AnswerFailed('topic', 'why'),
];

describe('the faults of the event log and its board', () => {
  it('are all looked at here', () => {
    const classes = Object.entries(eventLog as Record<string, unknown>)
      .filter(([name, value]) => name !== 'EventLogError' && isErrorClass(value))
      .map(([name]) => name);
    expect(faults.map((fault) => fault.constructor.name).sort()).toEqual(classes.sort());
  });

  it.each(faults.map((fault) => [fault.code, fault] as const))('%s has a status', (code, fault) => {
    expect(codeOf(fault)).toBe(code);
  });
});

function isErrorClass(value: unknown): boolean {
  return typeof value === 'function' && (value.prototype as unknown) instanceof Error;
}

it('a caller who has no right to it gets PERMISSION_DENIED', () => {
  const deed = { verb: 'list', group: '', resource: 'pods' } as const;
  expect(codeOf(new NotAllowed({ name: 'ada', provenBy: 'kubernetes' }, deed, ''))).toBe('PERMISSION_DENIED');
});

it('a caller who asks for too many changes gets TOO_MANY_CHANGES', () => {
  expect(codeOf(new TooManyChanges(1, 1))).toBe('TOO_MANY_CHANGES');
});

it('a caller of whom the API server does not tell gets ACCESS_UNKNOWN', () => {
  expect(codeOf(new AccessUnknown('no answer', undefined))).toBe('ACCESS_UNKNOWN');
});

it('a caller who is not known gets UNAUTHENTICATED', () => {
  expect(codeOf(new NotAuthenticated('no'))).toBe('UNAUTHENTICATED');
});
