import { isHeaderName } from '../routes/header-syntax.js';
import type { Form, TextSchema } from './schema.js';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const kind = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;

function isDnsName(text: string): boolean {
  return text.split('.').every((part) => label.test(part));
}

/** The wildcard is a whole first label: `*` alone, or `*.` and a name. */
export function isDnsIdentity(text: string): boolean {
  const [first = '', ...rest] = text.split('.');
  return (first === '*' || label.test(first)) && rest.every((part) => label.test(part));
}

export const dnsLabel: Form = {
  words: 'a DNS label: lower-case letters, digits and "-", a letter or digit at both ends',
  fits: (text) => label.test(text),
};

export const dnsName: Form = {
  words: 'a DNS name: lower-case letters, digits, "-" and ".", a letter or digit at both ends of each label',
  fits: isDnsName,
};

export const dnsIdentity: Form = {
  words: 'a lower-case DNS name whose first label may be "*", or "*" alone',
  fits: isDnsIdentity,
};

/** The server puts five characters behind it, so that it may end as no name does. */
export const namePrefix: Form = {
  words: `the beginning of ${dnsName.words}; it may end in "-"`,
  fits: (text) => isDnsName(/.-$/.test(text) ? `${text.slice(0, -2)}a` : text),
};

const groupForm: Form = {
  words: 'a lower-case DNS name, or empty',
  fits: (text) => text === '' || isDnsName(text),
};
const kindForm: Form = {
  words: 'the name of a kind: letters, digits and "-", beginning with a letter',
  fits: (text) => kind.test(text),
};
const hostnameForm: Form = {
  words: 'a lower-case DNS name whose first label may be "*"',
  fits: (text) => isDnsName(text.startsWith('*.') ? text.slice(2) : text),
};
const headerNameForm: Form = { words: 'the name of a header', fits: isHeaderName };

/** The parts of a reference, as every CRD has them. */
export const groupText: TextSchema = { type: 'text', most: 253, form: groupForm };
export const kindText: TextSchema = { type: 'text', least: 1, most: 63, form: kindForm };
export const nameText: TextSchema = { type: 'text', least: 1, most: 253 };
export const namespaceText: TextSchema = { type: 'text', least: 1, most: 63, form: dnsLabel };

export const hostnameText: TextSchema = { type: 'text', least: 1, most: 253, form: hostnameForm };
export const preciseHostnameText: TextSchema = { type: 'text', least: 1, most: 253, form: dnsName };
export const headerNameText: TextSchema = { type: 'text', least: 1, most: 256, form: headerNameForm };
