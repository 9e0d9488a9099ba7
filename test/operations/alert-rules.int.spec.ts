import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';

const rulesPath = 'helm/linkerd-mcp/files/alert-rules.yaml';
const testsPath = 'test/operations/alert-rules.test.yaml';
const runbookPath = 'docs/operations.md';

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly alert: string; readonly annotations: object }[];
  }[];
}
interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly object[];
    }[];
  }[];
}

const rules = parse(readFileSync(rulesPath, 'utf8')) as Rules;
const alerts = rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert));

const promtool = (...args: string[]) =>
  promisify(execFile)('promtool', args).then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
      throw new Error(`${stdout}\n${stderr}`);
    },
  );

/** The texts for people are checked with the rules; here they would stand a second time, with figures put in. */
function withoutAnnotations(): Rules {
  return {
    groups: rules.groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({ ...rule, annotations: {} })),
    })),
  };
}

describe('the alert rules', () => {
  it('are rules of Prometheus', async () => {
    expect(await promtool('check', 'rules', rulesPath)).toContain(`${alerts.length} rules found`);
  });

  it('fire where they should, and stay quiet where they should not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-rules-'));
    try {
      writeFileSync(join(folder, 'alert-rules.yaml'), stringify(withoutAnnotations()));
      writeFileSync(join(folder, 'tests.yaml'), readFileSync(testsPath));
      expect(await promtool('test', 'rules', join(folder, 'tests.yaml'))).toContain('SUCCESS');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are each seen firing and quiet', () => {
    const { tests } = parse(readFileSync(testsPath, 'utf8')) as RuleTests;
    const seen = tests.flatMap((test) => test.alert_rule_test);
    const named = (firing: boolean) =>
      seen.flatMap(({ alertname, exp_alerts }) => (exp_alerts.length > 0 === firing ? [alertname] : []));
    expect(alerts.filter((alert) => !named(true).includes(alert))).toEqual([]);
    expect(alerts.filter((alert) => !named(false).includes(alert))).toEqual([]);
  });

  it('have each a section in the runbook, which has no other', () => {
    const sections = readFileSync(runbookPath, 'utf8').match(/^### LinkerdMcp\w+$/gm) ?? [];
    expect(sections.map((line) => line.slice(4))).toEqual(alerts);
  });
});
