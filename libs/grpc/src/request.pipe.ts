import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { CallRefused } from './call-refused.js';
import { MalformedRequest } from './package-definition.js';
import type { FieldViolation } from './status-details.js';

/** Checks a request against its class. A refusal names every field that is wrong, in the names of the proto file. */
export class RequestPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => violations(error, ''))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (value instanceof MalformedRequest) throw invalidRequest([value]);
    return (await super.transform(value, metadata)) as unknown;
  }
}

export function invalidRequest(found: readonly FieldViolation[]): CallRefused {
  const said = found.map(({ field, description }) =>
    field === '' ? description : `${field}: ${description}`,
  );
  return new CallRefused('INVALID_REQUEST', `the request is not valid: ${said.join('; ')}`, {
    violations: found.map(({ field, description }) => ({ field, description })),
  });
}

function violations(error: ValidationError, parent: string): FieldViolation[] {
  const field = parent + protoName(error.property);
  const own = Object.values(error.constraints ?? {}).map((description) => ({ field, description }));
  return [...own, ...(error.children ?? []).flatMap((child) => violations(child, `${field}.`))];
}

/** `targetRef` is `target_ref` in the proto file. */
function protoName(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
