import { describe, expect, it } from '@jest/globals';
import { golden, told } from '../../test/told.js';
import { withoutGoForms } from '../go-flags.js';
import { paintFor } from '../output/paint.js';
import { checkOutput } from './check-output.js';
import { type Check, runChecks } from './check-run.js';

const fails = (description: string, rest: Partial<Check> = {}): Check => ({
  description,
  holds: async () => {
    throw new Error(`${description} does not\nhold`);
  },
  ...rest,
});
const passes = (description: string): Check => ({ description, holds: async () => undefined });
const run = (checks: readonly Check[], waitMs = 0) =>
  runChecks(
    [
      { name: 'linkerd-mcp', checks },
      { name: 'after', checks: [passes('later')] },
    ],
    waitMs,
    () => undefined,
  );

describe('checks', () => {
  it('are told each, with what is wrong in one line', async () => {
    expect(await run([passes('a'), fails('b'), fails('c', { onlyWarns: true })])).toEqual([
      {
        name: 'linkerd-mcp',
        checks: [
          { description: 'a', result: 'success' },
          { description: 'b', result: 'error', error: 'b does not hold' },
          { description: 'c', result: 'warning', error: 'c does not hold' },
        ],
      },
      { name: 'after', checks: [{ description: 'later', result: 'success' }] },
    ]);
  });

  it('end at a needed one that fails', async () => {
    const checked = await run([fails('a', { needed: true }), passes('b')]);
    expect(checked.flatMap(({ checks }) => checks.map(({ description }) => description))).toEqual(['a']);
  });

  it('are asked again for what comes with time, and only for that', async () => {
    let asked = 0;
    const slow: Check = {
      description: 'slow',
      comesWithTime: true,
      holds: async () => {
        asked += 1;
        if (asked < 2) throw new Error('not yet');
      },
    };
    const [first] = await run([slow, fails('b')], 5_000);
    expect(first?.checks.map(({ result }) => result)).toEqual(['success', 'error']);
    expect(asked).toBe(2);
  });
});

describe('what is printed of checks', () => {
  const checked = run([
    passes('a collector is at work'),
    fails('traffic', { onlyWarns: true }),
    fails('the API answers'),
  ]);

  it.each(['table', 'short', 'json'] as const)('as %s is what `linkerd check` prints', async (format) => {
    const text = checkOutput(await checked, format, paintFor(false));
    expect(text).toBe(golden(`check-${format}.txt`, text));
  });

  it('says nothing but the result where all passed and it is to be short', async () => {
    expect(checkOutput(await run([passes('a')]), 'short', paintFor(false))).toBe(
      'Status check results are √\n',
    );
  });
});

describe('the flags that Linkerd hands on', () => {
  it('are read in the forms of Go', () => {
    expect(
      withoutGoForms([
        'check',
        '--verbose=true',
        '--proxy=false',
        '--as-group=[]',
        '--as-group=[a,b]',
        '--wait=5m0s',
        '--context=a=b',
      ]),
    ).toEqual(['check', '--verbose', '--as-group=a', '--as-group=b', '--wait=5m0s', '--context=a=b']);
  });

  it('are all taken, and those of versions to come are ignored', async () => {
    const linkerd = [
      '--api-addr=a:1',
      '--context=c',
      '--as=me',
      '--as-group=[]',
      '--linkerd-namespace=l',
      '--verbose=false',
    ];
    const { code, stdout, stderr } = await told([
      ...['check', ...linkerd, '--namespace=n', '--proxy=false', '--wait=0s', '--to-come=1', '--output=json'],
      '--kubeconfig=/nowhere',
    ]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      success: false,
      categories: [
        {
          categoryName: 'kubernetes-api',
          checks: [
            {
              description: 'can initialize the client',
              error: expect.stringContaining('/nowhere'),
              result: 'error',
            },
          ],
        },
      ],
    });
  });
});
