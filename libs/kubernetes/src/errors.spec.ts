import { describe, expect, it } from '@jest/globals';
import { errorFromAnswer } from './errors.js';

const status = (fields: object) => ({ kind: 'Status', message: 'because', ...fields });

describe('the error that an answer of the API server stands for', () => {
  it.each([
    ['401', 401, status({}), undefined, { code: 'UNAUTHORIZED' }],
    ['403', 403, status({}), undefined, { code: 'FORBIDDEN' }],
    ['404', 404, status({}), undefined, { code: 'NOT_FOUND' }],
    [
      '409 for a name that is taken',
      409,
      status({ reason: 'AlreadyExists' }),
      undefined,
      { code: 'ALREADY_EXISTS' },
    ],
    ['409 for a version', 409, status({ reason: 'Conflict' }), undefined, { code: 'VERSION_CONFLICT' }],
    [
      '409 for fields of others',
      409,
      status({
        reason: 'Conflict',
        details: {
          causes: [
            { reason: 'FieldManagerConflict', message: 'conflict with "argo" using v1', field: '.spec.a' },
            { reason: 'FieldManagerConflict', message: 'said in another way', field: '.spec.b' },
            { reason: 'SomethingElse', message: 'no conflict', field: '.spec.c' },
          ],
        },
      }),
      undefined,
      {
        code: 'FIELD_CONFLICT',
        conflicts: [
          { manager: 'argo', field: '.spec.a' },
          { manager: 'said in another way', field: '.spec.b' },
        ],
      },
    ],
    ['410', 410, status({}), undefined, { code: 'GONE' }],
    ['422', 422, status({}), undefined, { code: 'REJECTED' }],
    ['429 with a header', 429, status({}), '7', { code: 'TOO_MANY_REQUESTS', retryAfterMs: 7_000 }],
    ['429 without', 429, status({}), undefined, { code: 'TOO_MANY_REQUESTS', retryAfterMs: undefined }],
    [
      '504 with the time in the body',
      504,
      status({ details: { retryAfterSeconds: 2 } }),
      undefined,
      { code: 'UNAVAILABLE', retryAfterMs: 2_000 },
    ],
    ['503 that asks for hours', 503, status({}), '9999', { code: 'UNAVAILABLE', retryAfterMs: 120_000 }],
    ['503 with a date', 503, status({}), 'Wed, 21 Oct 2026 07:28:00 GMT', { retryAfterMs: undefined }],
  ])('%s', (_name, httpStatus, body, retryAfter, expected) => {
    const error = errorFromAnswer('GET /x', httpStatus, body, retryAfter);
    expect(error).toMatchObject({ ...expected, status: httpStatus, message: 'GET /x: because' });
  });

  it('says the HTTP status when a proxy answers something else', () => {
    expect(errorFromAnswer('GET /x', 502, undefined, undefined)).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'GET /x: HTTP 502',
    });
  });
});
