import { compilePattern } from '../matching/value-pattern.js';
import { headerNameText } from './forms.js';
import { checkHeaderValue, type RouteFamily } from './route-filters.js';
import type { ListSchema, TextSchema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

const exactOrRegex: TextSchema = { type: 'text', oneOf: ['Exact', 'RegularExpression'], default: 'Exact' };
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];

function valueMatches(name: TextSchema, longest: number): ListSchema {
  return {
    type: 'list',
    most: 16,
    distinct: 'name',
    items: {
      type: 'object',
      required: ['name', 'value'],
      fields: { type: exactOrRegex, name, value: { type: 'text', least: 1, most: longest } },
    },
  };
}

export const headerMatchesSchema = valueMatches(headerNameText, 4096);

/** What an absent path means, and an absent list of matches. */
const everyPath = { type: 'PathPrefix', value: '/' };
export const everyMatch = { path: everyPath };

export function httpMatchesSchema(family: RouteFamily): ListSchema {
  const gateway = family === 'gateway';
  return {
    type: 'list',
    most: 8,
    default: [everyMatch],
    items: {
      type: 'object',
      fields: {
        path: {
          type: 'object',
          default: everyPath,
          fields: {
            type: {
              type: 'text',
              oneOf: ['Exact', 'PathPrefix', 'RegularExpression'],
              default: 'PathPrefix',
            },
            value: { type: 'text', most: 1024, default: '/' },
          },
          ...(gateway && { rule: requireNormalPath }),
        },
        headers: headerMatchesSchema,
        queryParams: valueMatches(gateway ? headerNameText : { type: 'text', least: 1, most: 256 }, 1024),
        method: { type: 'text', oneOf: methods },
      },
    },
  };
}

const pathCharacters = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/;

/** What the schema of the Gateway API asks of a path that is no regular expression. */
function requireNormalPath(path: SpecPart, findings: Findings): void {
  const value = path.text('value');
  if (value === undefined || !isLiteral(path)) return;
  if (!value.startsWith('/')) findings.schema('PATH_NOT_ABSOLUTE', path.at('value'), relative(value));
  const normal = pathCharacters.test(value) && !/\/\/|\/\.\.?(\/|$)|%2f/i.test(value);
  if (normal) return;
  findings.schema(
    'PATH_NOT_NORMAL',
    path.at('value'),
    `${quoted(value)} cannot be matched: no empty, "." or ".." segment, no %2f, and only characters of a path`,
  );
}

function isLiteral(path: SpecPart): boolean {
  const type = path.text('type');
  return type === 'Exact' || type === 'PathPrefix';
}

function relative(value: string): string {
  return `${quoted(value)} does not start with a slash; a path to match does`;
}

/** What the webhook asks of the matches of an HTTP rule. */
export function checkHttpMatches(rule: SpecPart, findings: Findings): void {
  for (const match of rule.parts('matches')) {
    const path = match.part('path');
    const value = path?.text('value');
    if (path?.text('type') === 'RegularExpression') {
      checkRegex(path, findings);
    } else if (path !== undefined && value?.startsWith('/') === false && isLiteral(path)) {
      findings.webhook('PATH_NOT_ABSOLUTE', path.at('value'), relative(value));
    }
    checkHeaderMatches(match, findings);
    for (const parameter of match.parts('queryParams')) {
      if (parameter.text('type') === 'RegularExpression') checkRegex(parameter, findings);
    }
  }
}

export function checkHeaderMatches(match: SpecPart, findings: Findings): void {
  for (const header of match.parts('headers')) {
    if (header.text('type') === 'RegularExpression') checkRegex(header, findings);
    else checkHeaderValue(header, findings);
  }
}

function checkRegex(part: SpecPart, findings: Findings): void {
  const text = part.text('value');
  if (text === undefined) return;
  const pattern = compilePattern(text);
  const field = part.at('value');
  if (pattern.kind === 'invalid') {
    findings.webhook('NOT_A_REGEX', field, `${quoted(text)} does not compile: ${pattern.reason}`);
  } else if (pattern.kind === 'undecided') {
    findings.note('REGEX_NOT_DECIDED', field, `${quoted(text)} may or may not compile: ${pattern.reason}`);
  }
}
