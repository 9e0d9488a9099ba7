import { IsArray, Matches, MaxLength, ArrayMaxSize } from 'class-validator';

/** The name of a namespace: a DNS label. */
export const namespacePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The name of an object: a DNS subdomain. */
export const objectNamePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function IsNamespaceName(): PropertyDecorator {
  return Matches(namespacePattern, {
    message: 'must be a DNS label: 1 to 63 lower-case letters, digits and "-"',
  });
}

export function IsObjectName(): PropertyDecorator {
  return (target, property) => {
    MaxLength(253, { message: 'must have at most 253 characters' })(target, property);
    Matches(objectNamePattern, {
      message: 'must be a DNS name: lower-case letters, digits, "-" and "."',
    })(target, property);
  };
}

/** More is the whole mesh. */
const mostNamespaces = 1_000;

export function AreNamespaceNames(): PropertyDecorator {
  return (target, property) => {
    IsArray()(target, property);
    ArrayMaxSize(mostNamespaces, { message: `must name at most ${mostNamespaces} namespaces` })(
      target,
      property,
    );
    Matches(namespacePattern, {
      each: true,
      message: 'each must be a DNS label: 1 to 63 lower-case letters, digits and "-"',
    })(target, property);
  };
}

/** `<log>.<sequence>.<digest>`, or empty. Whether there is such a place is the log's to say. */
export function IsPositionOrEmpty(): PropertyDecorator {
  return Matches(/^$|^[a-z0-9-]{1,64}\.\d{1,15}\.[0-9a-f]{0,16}$/, {
    message: 'must be a position that this API gave',
  });
}
