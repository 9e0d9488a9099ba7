import type { ReportedCondition } from '@mcp/mesh';
import { inConditionOrder } from '@mcp/mesh';
import { policyControllerName, policyGroup } from '../names.js';
import type { Field } from './field.js';

type Parent = ReportedCondition['parent'];

/** Whether the object's own status says `Ready`. */
export function readyByStatus(object: Field): boolean {
  return object
    .at('status')
    .at('conditions')
    .list(readCondition)
    .some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** What is reported about each parent of a route. `group` is what the kind's schema fills in for a parent without one. */
export function routeConditions(object: Field, group: string): readonly ReportedCondition[] {
  const reported = object
    .at('status')
    .at('parents')
    .list((entry) => {
      const controllerName = entry.at('controllerName').string();
      const parentRef = entry.at('parentRef');
      const namespace = parentRef.at('namespace').optional((name) => name.string());
      const parent: Parent = {
        group: parentRef.at('group').optional((text) => text.string()) ?? group,
        kind: parentRef.at('kind').optional((kind) => kind.string()) ?? 'Gateway',
        ...(namespace !== undefined && { namespace }),
        name: parentRef.at('name').string(),
      };
      return entry.at('conditions').list((item) => ({ controllerName, parent, ...readCondition(item) }));
    });
  return inConditionOrder(reported.flat());
}

/** What is reported about the Server that a rate limit targets. Only the policy controller writes this status. */
export function targetConditions(object: Field): readonly ReportedCondition[] {
  const target = object.at('status').at('targetRef');
  if (!target.present) return [];
  const parent: Parent = {
    group: target.at('group').optional((text) => text.string()) ?? policyGroup,
    kind: target.at('kind').optional((kind) => kind.string()) ?? 'Server',
    name: target.at('name').string(),
  };
  return conditionsAbout(object, parent);
}

/** What is reported about the object itself. Only the policy controller writes this status. */
export function ownConditions(object: Field, kind: string): readonly ReportedCondition[] {
  const metadata = object.at('metadata');
  return conditionsAbout(object, {
    group: policyGroup,
    kind,
    namespace: metadata.at('namespace').text(),
    name: metadata.at('name').text(),
  });
}

function conditionsAbout(object: Field, parent: Parent): readonly ReportedCondition[] {
  const conditions = object.at('status').at('conditions').list(readCondition);
  return inConditionOrder(
    conditions.map((condition) => ({ controllerName: policyControllerName, parent, ...condition })),
  );
}

/** Times and messages are left out: they change without a change of meaning. */
function readCondition(condition: Field) {
  return {
    type: condition.at('type').string(),
    status: condition.at('status').string(),
    reason: condition.at('reason').optional((reason) => reason.string()) ?? '',
  };
}
