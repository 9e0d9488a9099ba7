import { describe, expect, it } from '@jest/globals';
import { Drift, DriftMode, ListDriftResponse } from '@mcp/contracts';
import { driftText } from './drift.js';
import { paintFor } from './paint.js';

const plain = paintFor(false);
const object = { kind: 'Server', namespace: 'shop', name: 'web' };

function textOf(...objects: NonNullable<Parameters<typeof ListDriftResponse.fromPartial>[0]['objects']>) {
  return driftText(ListDriftResponse.fromPartial({ objects }), plain);
}

describe('the text about drift', () => {
  it('says so where nothing is to be told', () => {
    expect(textOf()).toBe('All that was asked for is as desired, and nothing is enforced.\n');
  });

  it('has a row for each object, and then what it differs in and why', () => {
    const conflicted = { code: 'CONFLICTED', message: 'spec.port belongs to helm' };
    expect(
      textOf(
        {
          ...{ object, drift: Drift.DRIFT_PENDING, mode: DriftMode.DRIFT_MODE_REPORT, changeId: 'c2' },
          fields: [{ path: 'spec.port', desired: '80', live: '8080', manager: 'helm' }],
          notApplied: conflicted,
        },
        {
          object: { ...object, name: 'api' },
          ...{ drift: Drift.DRIFT_DELETED, mode: DriftMode.DRIFT_MODE_REPORT, changeId: 'c1' },
          stopped: { code: 'FOUGHT', message: '3 corrections were overwritten' },
        },
      ),
    ).toBe(
      [
        'OBJECT           DRIFT    MODE    DESIRED BY',
        'Server shop/web  pending  report  c2',
        'Server shop/api  deleted  report  c1',
        '',
        'Server shop/web',
        '  spec.port  of helm',
        '    - 80',
        '    + 8080',
        '  its change was not applied: spec.port belongs to helm (CONFLICTED)',
        '',
        'Server shop/api',
        '  no longer enforced: 3 corrections were overwritten (FOUGHT)',
        '',
      ].join('\n'),
    );
  });
});
