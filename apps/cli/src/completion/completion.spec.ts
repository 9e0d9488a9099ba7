import { describe, expect, it } from '@jest/globals';
import { told } from '../../test/told.js';

describe('linkerd-mcp completion', () => {
  it.each(['bash', 'zsh', 'fish'])(
    'of %s has every command that --help lists, and its options',
    async (shell) => {
      const help = await told(['--help']);
      const listed = [...help.stdout.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name = '']) => name);
      const { code, stdout } = await told(['completion', shell]);
      expect(code).toBe(0);
      expect(listed).toContain('lint');
      expect(listed.filter((name) => !stdout.includes(name))).toEqual([]);
      expect(stdout).toMatch(/(--|-l )fail-on/);
      expect(stdout).not.toContain('_extension-metadata');
    },
  );

  it('names the shells where another is asked for', async () => {
    const { code, stderr } = await told(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are bash, zsh, fish');
  });
});

describe('what Linkerd asks of an extension', () => {
  it('is its name, and that its check runs where it is installed', async () => {
    expect(await told(['_extension-metadata'])).toEqual({
      code: 0,
      stdout: '{"name":"linkerd-mcp","checks":"cluster"}\n',
      stderr: '',
    });
  });
});
