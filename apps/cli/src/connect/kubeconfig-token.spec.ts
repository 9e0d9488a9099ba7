import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { Run } from '../run.js';
import { kubeconfigToken } from './kubeconfig-token.js';

const asMyself = { asGroup: [], mcpNamespace: 'linkerd-mcp', verbose: false };
const having = (token: string | undefined) => ({ bearerToken: async () => token });

async function told(
  connection: Parameters<typeof kubeconfigToken>[1],
  options: Partial<Parameters<typeof kubeconfigToken>[2]> = {},
): Promise<{ readonly token: string; readonly notes: string }> {
  let notes = '';
  const run = new Run({
    environment: {},
    stdin: Readable.from([]),
    write: () => undefined,
    hasRoom: async () => undefined,
    note: (text) => void (notes += text),
    coloured: false,
    watched: false,
  });
  return { token: await kubeconfigToken(run, connection, { ...asMyself, ...options }), notes };
}

describe('the token for an API in the cluster of the kubeconfig', () => {
  it('is that of the kubeconfig', async () => {
    expect(await told(having('a-secret'))).toEqual({ token: 'a-secret', notes: '' });
  });

  it('is said to be sent, and is not shown', async () => {
    const { notes } = await told(having('a-secret'), { verbose: true });
    expect(notes).toBe('the API asks for a token: that of the kubeconfig goes to it\n');
  });

  it.each([
    ['a user', { as: 'ada' }],
    ['a group', { asGroup: ['developers'] }],
  ])('is not sent for somebody else: %s', async (_whom, options) => {
    await expect(told(having('a-secret'), options)).rejects.toThrow('is yours, not that of whom --as names');
  });

  it('is missed in words that say what to do', async () => {
    await expect(told(having(undefined))).rejects.toThrow(
      'the kubeconfig has none to pass on, as a client certificate is none: give one with --token-file or MCP_TOKEN',
    );
  });

  it('is missed in one line where the program that should give it fails', async () => {
    const failing = { bearerToken: async () => Promise.reject(new Error('log in first\nat example.com\n')) };
    await expect(told(failing)).rejects.toThrow(
      'the kubeconfig gives none (log in first at example.com): give one with --token-file or MCP_TOKEN',
    );
  });
});
