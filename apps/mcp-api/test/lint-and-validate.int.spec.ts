import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  Judgement,
  LintPoliciesRequest,
  type LintPoliciesResponse,
  Severity,
  type ValidateManifestsResponse,
} from '@mcp/contracts';
import { formatPosition } from '@mcp/events';
import { lintRules } from '@mcp/policy';
import { RecordedMesh, serverSpec } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

let api: ServedApi;
let mesh: RecordedMesh;

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  mesh = await RecordedMesh.of(api);
  await mesh.namespace('shop');
});
afterEach(() => api.close());

async function lint(asked: Partial<LintPoliciesRequest> = {}): Promise<LintPoliciesResponse> {
  const at = asked.pageToken === undefined ? formatPosition(await api.log.head()) : '';
  const request = LintPoliciesRequest.fromPartial({ at, ...asked });
  return new Promise((resolve, reject) => {
    api.policies.lintPolicies(request, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

function validate(yaml: string): Promise<ValidateManifestsResponse> {
  return new Promise((resolve, reject) => {
    api.policies.validateManifests({ yaml }, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

describe('LintPolicies', () => {
  it('says what is wrong, of what, and what to do', async () => {
    await mesh.policy('Server', 'shop', 'lonely', serverSpec('nobody', 8080));
    const { findings, outOfScope, nextPageToken, basis } = await lint();
    expect(findings).toEqual([
      {
        code: 'LNK101',
        severity: Severity.SEVERITY_WARNING,
        title: lintRules.LNK101.title,
        about: { $case: 'object', object: { kind: 'Server', namespace: 'shop', name: 'lonely' } },
        field: 'spec.podSelector',
        message: 'no pod of namespace shop has these labels',
        advice: lintRules.LNK101.advice,
      },
    ]);
    expect({ outOfScope, nextPageToken }).toEqual({ outOfScope: false, nextPageToken: '' });
    expect(basis?.position).toBe(formatPosition(await api.log.head()));
  });

  it('is of one namespace where one is named, and paged', async () => {
    await mesh.namespace('bank');
    await mesh.policy('Server', 'bank', 'other', serverSpec('nobody', 8080));
    await mesh.policy('Server', 'shop', 'one', serverSpec('nobody', 8080));
    await mesh.policy('Server', 'shop', 'two', serverSpec('nobody', 8080));
    const whole = await lint({ namespace: 'shop' });
    const objects = whole.findings.flatMap(({ about }) => (about?.$case === 'object' ? about.object : []));
    expect(new Set(objects.map(({ namespace }) => namespace))).toEqual(new Set(['shop']));

    const paged = [await lint({ namespace: 'shop', pageBytes: 1 })];
    for (let last = paged.at(-1); last?.nextPageToken; last = paged.at(-1))
      paged.push(await lint({ namespace: 'shop', pageBytes: 1, pageToken: last.nextPageToken }));
    expect(paged.flatMap(({ findings }) => findings)).toEqual(whole.findings);
    expect(paged).toHaveLength(whole.findings.length);
  });

  it('says of a namespace that is not looked at that nothing is known, and refuses one that is not there', async () => {
    expect(await refusal(lint({ namespace: 'bank' }))).toMatchObject({
      code: status.NOT_FOUND,
      details: { BadRequest: { fieldViolations: [{ field: 'namespace' }] } },
    });
    await mesh.scope(['shop']);
    expect(await lint({ namespace: 'bank' })).toMatchObject({ findings: [], outOfScope: true });
  });
});

describe('ValidateManifests', () => {
  const policy = `apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  requiredAuthenticationRefs: []
`;

  it('judges each object by itself, and names each rule that is broken', async () => {
    const { admitted, manifests, problems, moreManifests } = await validate(
      `${policy}---\n${policy.replace('kind: Server', 'kind: Pod')}---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\n[1]\n---\na: [\n`,
    );
    expect(manifests).toEqual([
      {
        document: 1,
        line: 1,
        apiVersion: 'policy.linkerd.io/v1alpha1',
        object: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' },
        judgement: Judgement.JUDGEMENT_ADMITTED,
        notJudgedBecause: '',
        violations: [],
        notes: [],
      },
      expect.objectContaining({
        document: 2,
        judgement: Judgement.JUDGEMENT_REFUSED,
        violations: [
          {
            code: expect.any(String),
            field: expect.stringContaining('spec.targetRef'),
            layer: 'webhook',
            message: expect.any(String),
            rule: expect.any(String),
          },
        ],
      }),
      expect.objectContaining({
        object: { kind: 'Pod', namespace: '', name: 'p' },
        judgement: Judgement.JUDGEMENT_OTHER_KIND,
      }),
      expect.objectContaining({
        object: { kind: '', namespace: '', name: '' },
        judgement: Judgement.JUDGEMENT_NOT_AN_OBJECT,
      }),
    ]);
    expect(problems).toEqual([
      { code: 'NOT_YAML', document: 5, line: expect.any(Number), message: expect.any(String) },
    ]);
    expect({ admitted, moreManifests }).toEqual({ admitted: false, moreManifests: 0 });
  });

  it('admits what breaks no rule, and what Linkerd has no rules for', async () => {
    expect(await validate(`${policy}---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n`)).toMatchObject({
      admitted: true,
    });
  });

  it.each([
    ['too long', `# ${'x'.repeat(300 * 1024)}`, 'bytes'],
    ['too many documents', '---\na: 1\n'.repeat(10_000), '10000 documents'],
    ['without a manifest', '# nothing\n', 'no manifest'],
  ])('refuses a text that is %s', async (_, yaml, word) => {
    expect(await refusal(validate(yaml))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: {
        BadRequest: { fieldViolations: [{ field: 'yaml', description: expect.stringContaining(word) }] },
      },
    });
  });

  it('reads no anchors that explode', async () => {
    const doubling = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`).join(
      '\n',
    );
    const { admitted, manifests, problems } = await validate(`a0: &a0 x\n${doubling}\n`);
    expect({ admitted, manifests, problems }).toMatchObject({
      admitted: false,
      manifests: [],
      problems: [{ code: 'NOT_YAML' }],
    });
  });
});
