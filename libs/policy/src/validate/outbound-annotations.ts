import type { ObjectUnderAdmission } from './admission-rules.js';
import { isAnnotationDuration } from './duration.js';
import { isEgressNetwork, isService } from './route-parents.js';
import { type Findings, quoted, type Violation } from './violation.js';

const durations = [
  'retry.linkerd.io/timeout',
  'timeout.linkerd.io/response',
  'timeout.linkerd.io/request',
  'timeout.linkerd.io/idle',
];
const grpcConditions: ReadonlySet<string> = new Set([
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]);

/**
 * The annotations for outbound traffic, which are read where a parent is a Service or an EgressNetwork, and only there.
 * Source: linkerd2 policy-controller/k8s/index/src/outbound/index/{http,grpc}.rs (read at b24cd40).
 */
export function checkOutboundAnnotations(
  { spec, annotations }: ObjectUnderAdmission,
  protocol: 'http' | 'grpc',
  findings: Findings,
): void {
  if (!spec.parts('parentRefs').some((parent) => isService(parent) || isEgressNetwork(parent))) return;
  const check = (name: string, good: (text: string) => boolean, code: Violation['code'], wanted: string) => {
    const text = annotations[name];
    if (text === undefined || good(text)) return;
    findings.webhook(
      code,
      `metadata.annotations.${name}`,
      `${name} is ${quoted(text)}; it must be ${wanted}`,
    );
  };
  check('retry.linkerd.io/limit', isRetryLimit, 'NOT_A_RETRY_LIMIT', 'a whole number from 0 to 65535');
  for (const name of durations) {
    check(name, isAnnotationDuration, 'NOT_A_DURATION', 'a whole number and one of ms, s, m, h, d; or 0');
  }
  if (protocol === 'http') {
    const wanted = 'a list, split by commas, of 5xx, gateway-error, a status as 503, or a range as 500-503';
    check('retry.linkerd.io/http', allOf(isHttpCondition), 'NOT_A_RETRY_CONDITION', wanted);
  } else {
    const wanted = `a list, split by commas, of ${[...grpcConditions].join(', ')}`;
    check('retry.linkerd.io/grpc', allOf(isGrpcCondition), 'NOT_A_RETRY_CONDITION', wanted);
  }
}

function isRetryLimit(text: string): boolean {
  return /^\+?\d+$/.test(text) && Number(text) <= 65_535;
}

function allOf(good: (condition: string) => boolean): (text: string) => boolean {
  return (text) => text.split(',').every(good);
}

function isGrpcCondition(condition: string): boolean {
  return grpcConditions.has(condition.toLowerCase());
}

function isHttpCondition(condition: string): boolean {
  if (['5xx', 'gateway-error'].includes(condition.toLowerCase())) return true;
  const [first = '', last = first, ...rest] = condition.split('-');
  return rest.length === 0 && isStatus(first) && isStatus(last) && Number(first) <= Number(last);
}

function isStatus(text: string): boolean {
  return /^\+?\d+$/.test(text) && Number(text) >= 100 && Number(text) < 600;
}
