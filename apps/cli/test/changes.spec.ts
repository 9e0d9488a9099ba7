import { describe, expect, it } from '@jest/globals';
import { told } from './told.js';

describe('linkerd-mcp changes', () => {
  it.each([
    [['some-id', '--open'], '--open is of the list'],
    [['some-id', '-n', 'shop'], '--namespace is of the list'],
    [['--watch'], '--watch is of one change'],
    [['some-id', '--watch', '--at', 'log.1.00'], '--watch is of now'],
    [['--object', 'shop/web'], 'shop/web is no object: say namespace/Kind/name'],
    [['--phase', 'done'], 'say some of requested, dry-run'],
    [['--since', 'yesterday'], 'say a time, such as'],
  ])('%j cannot be done, and the command says why before it asks anyone', async (args, message) => {
    const { code, stdout, stderr } = await told(['changes', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
