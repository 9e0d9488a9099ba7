import type { Problem } from '@mcp/mesh';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What is wrong with the name of an object: a DNS name of at most 253 characters, as Kubernetes asks. */
export function checkName(name: string, field: string): Problem[] {
  return check(name, field, subdomain, 253, 'lower-case letters, digits, "-" and "."');
}

/** What is wrong with the name of a namespace: a DNS label of at most 63 characters. */
export function checkNamespaceName(name: string, field: string): Problem[] {
  return check(name, field, label, 63, 'lower-case letters, digits and "-"');
}

function check(name: string, field: string, syntax: RegExp, longest: number, letters: string): Problem[] {
  if (name === '') return [{ code: 'MISSING', field, message: `${field} is required` }];
  if (name.length > longest) {
    return [
      {
        code: 'TOO_LONG',
        field,
        message: `${field} has ${name.length} characters, at most ${longest} are allowed`,
      },
    ];
  }
  if (!syntax.test(name)) {
    return [
      {
        code: 'NOT_A_NAME',
        field,
        message: `${field} is not a name: ${letters} only, a letter or digit at both ends`,
      },
    ];
  }
  return [];
}
