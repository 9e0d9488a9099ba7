import { isHeaderName, isHeaderValue } from '../routes/header-syntax.js';
import { redirectFault, redirectPaths } from '../routes/redirect-path.js';
import { groupText, headerNameText, kindText, nameText, preciseHostnameText } from './forms.js';
import { backendFields, requireBackendPort } from './route-backends.js';
import { portNumber } from './route-parents.js';
import type { ListSchema, ObjectSchema, Schema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

/** What a filter of a type has in which field. */
export const filterContents = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExtensionRef: 'extensionRef',
} as const;
export type FilterType = keyof typeof filterContents;

/** Which of the two families of routes a schema is of: the Gateway API has rules of CEL where Linkerd has the webhook. */
export type RouteFamily = 'policy' | 'gateway';

const values: ListSchema = {
  type: 'list',
  most: 16,
  distinct: 'name',
  items: {
    type: 'object',
    required: ['name', 'value'],
    fields: { name: headerNameText, value: { type: 'text', least: 1, most: 4096 } },
  },
};

function headerModifier(family: RouteFamily): ObjectSchema {
  const remove: ListSchema = { type: 'list', most: 16, items: { type: 'text' } };
  return {
    type: 'object',
    fields: {
      set: values,
      add: values,
      remove: family === 'gateway' ? { ...remove, distinct: 'text' } : remove,
    },
  };
}

function pathModifier(family: RouteFamily): ObjectSchema {
  return {
    type: 'object',
    required: ['type'],
    fields: {
      type: { type: 'text', oneOf: ['ReplaceFullPath', 'ReplacePrefixMatch'] },
      replaceFullPath: { type: 'text', most: 1024 },
      replacePrefixMatch: { type: 'text', most: 1024 },
    },
    ...(family === 'gateway' && { rule: matchModifierToType }),
  };
}

function contentSchema(type: FilterType, family: RouteFamily): Schema {
  switch (type) {
    case 'RequestHeaderModifier':
    case 'ResponseHeaderModifier':
      return headerModifier(family);
    case 'RequestRedirect':
      return {
        type: 'object',
        fields: {
          scheme: { type: 'text', oneOf: ['http', 'https'] },
          hostname: preciseHostnameText,
          path: pathModifier(family),
          port: portNumber,
          statusCode: { type: 'integer', oneOf: [301, 302], default: 302 },
        },
      };
    case 'URLRewrite':
      return { type: 'object', fields: { hostname: preciseHostnameText, path: pathModifier(family) } };
    case 'RequestMirror':
      return {
        type: 'object',
        required: ['backendRef'],
        fields: {
          backendRef: {
            type: 'object',
            required: ['name'],
            fields: backendFields,
            rule: requireBackendPort,
          },
        },
      };
    case 'ExtensionRef':
      return {
        type: 'object',
        required: ['group', 'kind', 'name'],
        fields: { group: groupText, kind: kindText, name: nameText },
      };
  }
}

export function filtersSchema(types: readonly FilterType[], family: RouteFamily): ListSchema {
  const contents = types.map((type) => [filterContents[type], contentSchema(type, family)] as const);
  return {
    type: 'list',
    most: 16,
    items: {
      type: 'object',
      required: ['type'],
      fields: { type: { type: 'text', oneOf: types }, ...Object.fromEntries(contents) },
      ...(family === 'gateway' && { rule: matchContentToType }),
    },
  };
}

function matchContentToType(filter: SpecPart, findings: Findings): void {
  const type = filter.text('type');
  if (type === undefined) return;
  for (const [of, content] of Object.entries(filterContents)) {
    if (filter.has(content) === (type === of)) continue;
    const what = type === of ? `needs its ${content}` : `has no ${content}; that is for ${of}`;
    findings.schema('FILTER_CONTENT_MISMATCH', filter.at(content), `a filter of type ${type} ${what}`);
  }
}

function matchModifierToType(path: SpecPart, findings: Findings): void {
  const type = path.text('type');
  if (type === undefined) return;
  const contents = { ReplaceFullPath: 'replaceFullPath', ReplacePrefixMatch: 'replacePrefixMatch' };
  for (const [of, content] of Object.entries(contents)) {
    if (path.has(content) === (type === of)) continue;
    const what = type === of ? `needs its ${content}` : `has no ${content}; that is for ${of}`;
    findings.schema('PATH_MODIFIER_MISMATCH', path.at(content), `a path modifier of type ${type} ${what}`);
  }
}

const once = ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite'];

/** What the schemas of the Gateway API ask of the filters of a rule or a backend together. */
export function refuseFiltersTogether(owner: SpecPart, findings: Findings): void {
  const types = owner.parts('filters').map((filter) => filter.text('type'));
  for (const type of once) {
    if (types.filter((other) => other === type).length <= 1) continue;
    findings.schema(
      'FILTER_REPEATED',
      owner.at('filters'),
      `there is more than one filter of type ${type}; put them together`,
    );
  }
  if (types.includes('RequestRedirect') && types.includes('URLRewrite')) {
    findings.schema(
      'FILTERS_EXCLUDE_EACH_OTHER',
      owner.at('filters'),
      'RequestRedirect and URLRewrite exclude each other; remove one of them',
    );
  }
}

/** Linkerd reads a filter of its own routes only with the content of its type. */
export function requireFilterContents(owner: SpecPart, findings: Findings): void {
  for (const filter of owner.parts('filters')) {
    const type = filter.text('type');
    const content = Object.entries(filterContents).find(([of]) => of === type)?.[1];
    if (content === undefined || filter.has(content)) continue;
    findings.webhook(
      'FILTER_CONTENT_MISMATCH',
      filter.at(content),
      `a filter of type ${quoted(type ?? '')} needs its ${content}`,
    );
  }
}

/** What the webhook asks of the filters of a rule. */
export function checkFilters(rule: SpecPart, findings: Findings): void {
  for (const filter of rule.parts('filters')) {
    for (const name of ['requestHeaderModifier', 'responseHeaderModifier']) {
      const modifier = filter.part(name);
      if (modifier !== undefined) checkHeaderModifier(modifier, findings);
    }
    const path = filter.part('requestRedirect')?.part('path');
    if (path !== undefined) checkRedirectPath(path, findings);
  }
}

function checkHeaderModifier(modifier: SpecPart, findings: Findings): void {
  for (const { text, field } of modifier.texts('remove')) {
    if (isHeaderName(text)) continue;
    findings.webhook(
      'NOT_A_HEADER_NAME',
      field,
      `${quoted(text)} is not the name of a header: letters, digits and !#$%&'*+-.^_\`|~ only`,
    );
  }
  for (const header of [...modifier.parts('set'), ...modifier.parts('add')])
    checkHeaderValue(header, findings);
}

export function checkHeaderValue(header: SpecPart, findings: Findings): void {
  const value = header.text('value');
  if (value === undefined || isHeaderValue(value)) return;
  findings.webhook(
    'NOT_A_HEADER_VALUE',
    header.at('value'),
    `${quoted(value)} is not the value of a header: no control characters but tabs`,
  );
}

function checkRedirectPath(path: SpecPart, findings: Findings): void {
  const fault = redirectFault((field) => path.value(field));
  switch (fault?.kind) {
    case undefined:
      return;
    case 'missing':
      findings.webhook('MISSING', path.at(), `${path.at()} must have one of ${redirectPaths.join(' and ')}`);
      return;
    case 'relative':
      findings.webhook(
        'REDIRECT_PATH_NOT_ABSOLUTE',
        path.at(fault.field),
        `${quoted(fault.text)} does not start with a slash`,
      );
  }
}
