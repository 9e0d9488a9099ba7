import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { validate } from '@mcp/policy';

interface AdmissionCase {
  readonly id: string;
  readonly why: string;
  readonly resource: unknown;
  readonly expect: 'accept' | 'reject';
  readonly layer?: keyof typeof layers;
}

const layers = { crd: ['schema'], webhook: ['webhook'], 'crd+webhook': ['schema', 'webhook'] };
const { admission } = JSON.parse(readFileSync(new URL('policy-cases.json', import.meta.url), 'utf8')) as {
  admission: readonly AdmissionCase[];
};

describe('admission', () => {
  it.each(admission)('$id: $why', ({ resource, expect: expected, layer }) => {
    const validation = validate(resource);
    const refusedBy = validation.judged
      ? [...new Set(validation.violations.map((violation) => violation.layer))].sort()
      : 'not judged';
    expect(refusedBy).toEqual(expected === 'accept' || layer === undefined ? [] : layers[layer]);
  });

  it('has cases for every one of them', () => {
    expect(admission).toHaveLength(76);
  });
});
