import { describe, expect, it } from '@jest/globals';
import { told } from './told.js';

describe('linkerd-mcp events', () => {
  it.each([
    [['--since', '1h', '--after', 'log.1.00'], '--since and --after both say where to begin'],
    [['--since', 'yesterday'], 'say a time, such as'],
    [['-o', 'yaml'], 'Allowed choices are table, json'],
  ])('%j cannot be done, and the command says why before it asks anyone', async (args, message) => {
    const { code, stdout, stderr } = await told(['events', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
