import { describe, expect, it } from '@jest/globals';
import { told } from './told.js';

const object = 'shop/AuthorizationPolicy/web';

describe('linkerd-mcp drift', () => {
  it.each([
    [['--enforce'], 'say which object: namespace/Kind/name'],
    [[object], 'say what is to be done about it: --report, --enforce or --accept'],
    [[object, '--report', '--accept'], 'say one of --report, --enforce and --accept'],
    [[object, '--accept', '--force-from', 'kubectl-edit'], '--force-from is of --enforce'],
    [['shop/web', '--report'], 'shop/web is no object'],
  ])('%j cannot be done, and the command says why before it asks anyone', async (args, message) => {
    const { code, stdout, stderr } = await told(['drift', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('linkerd-mcp diff', () => {
  it.each([
    [['yesterday'], 'say a time, such as'],
    [['24h', 'log.1'], 'say a time, such as'],
  ])('%j cannot be done, and the command says why before it asks anyone', async (args, message) => {
    const { code, stderr } = await told(['diff', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
