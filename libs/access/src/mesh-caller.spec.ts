import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NotAuthenticated } from './authenticator.js';
import { meshCaller } from './mesh-caller.js';

const domain = 'linkerd.cluster.local';
const end = '.serviceaccount.identity.linkerd.cluster.local';
const web = `web.shop${end}`;

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);

/** The message of the refusal. */
function refusal(...values: (string | Buffer)[]): string {
  try {
    return `let in as ${meshCaller(values, domain).name}`;
  } catch (error) {
    if (error instanceof NotAuthenticated) return error.message;
    throw error;
  }
}

describe('a caller that the proxy proved', () => {
  it('is the service account, in the groups that the API server gives it', () => {
    expect(meshCaller([web], domain)).toEqual({
      name: 'system:serviceaccount:shop:web',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
      provenBy: 'mesh',
    });
  });

  it('is told apart by name and namespace, dots in the name included', () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), label, (parts, namespace) => {
        const name = parts.join('.');
        expect(meshCaller([`${name}.${namespace}${end}`], domain).name).toBe(
          `system:serviceaccount:${namespace}:${name}`,
        );
      }),
    );
  });
});

describe('an identity is refused', () => {
  it.each([
    ['of another trust domain', 'web.shop.serviceaccount.identity.linkerd.other.example'],
    ['of another control plane', 'web.shop.serviceaccount.identity.mesh.cluster.local'],
    ['that goes on after the trust domain', `${web}.evil.example`],
    ['of SPIFFE', 'spiffe://cluster.local/ns/shop/sa/web'],
    ['without a namespace', `web${end}`],
    ['without a name', `.shop${end}`],
    ['with the pattern of policies', `*.shop${end}`],
    ['in capitals', `Web.shop${end}`],
    ['with a colon, which parts the names of users', `system:masters.shop${end}`],
    ['with a line break', `web.shop${end}\n`],
    ['with a control character', `we\u0000b.shop${end}`],
    ['with a mark of direction', `we\u202eb.shop${end}`],
    ['with letters that look alike', `w\u0435b.shop${end}`],
    ['of two values in one', `${web},${web}`],
    ['with blanks around', ` ${web} `],
    ['with a namespace that is too long', `web.${'n'.repeat(64)}${end}`],
    ['with a name that is too long', `${'web.'.repeat(64)}web.shop${end}`],
    ['of nothing', ''],
  ])('%s', (_, identity) => {
    expect(refusal(identity)).toMatch(/^the identity of the mesh is not that of a service account/);
  });

  it('that comes twice, even the same', () => {
    expect(refusal(web, web)).toMatch(/^the call has more than one identity of the mesh/);
  });

  it('that is not there', () => {
    expect(refusal()).toMatch(/^the proxy proved no identity/);
  });

  it('in words that hold nothing of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (sent) => {
        expect(refusal(`${sent}!${end}`)).toBe(refusal(''));
      }),
    );
  });
});
