import { type Finding as FindingMessage, Severity } from '@mcp/contracts';
import type { Finding, FindingSubject, Severity as PolicySeverity } from '@mcp/policy';
import { lintRules } from '@mcp/policy';
import { objectKeyToProto } from './policy-ref.to-proto.js';

export function findingToProto({ code, severity, about, field, message, advice }: Finding): FindingMessage {
  return {
    code,
    severity: severityToProto[severity],
    title: lintRules[code].title,
    about: aboutToProto(about),
    field,
    message,
    advice,
  };
}

function aboutToProto(about: FindingSubject): FindingMessage['about'] {
  switch (about.kind) {
    case 'object':
      return { $case: 'object', object: objectKeyToProto(about.key) };
    case 'workload':
      return { $case: 'workload', workload: about.ref };
  }
}

const severityToProto: Readonly<Record<PolicySeverity, Severity>> = {
  error: Severity.SEVERITY_ERROR,
  warning: Severity.SEVERITY_WARNING,
  info: Severity.SEVERITY_INFO,
};
