import { applyDecorators } from '@nestjs/common';
import type { ImpactCode } from '@mcp/contracts';
import { ArrayMaxSize, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { IsMessage } from './access.requests.js';
import {
  AreImpactCodes,
  ExpectedRevisionRequest,
  IsReason,
  longestManifests,
  mostObjects,
} from './apply.request.js';
import { IsChangeId, ManagedObjectRequest } from './change.requests.js';

const longestAudit = 7 * 24 * 3_600;
const longestWatch = 24 * 3_600;

function IsSeconds(most: number): PropertyDecorator {
  const message = `must be a number of seconds, ${most} at most`;
  return applyDecorators(IsInt({ message }), Min(0, { message }), Max(most, { message }));
}

export class StagingRequest {
  @IsSeconds(longestAudit)
  readonly auditSeconds!: number;

  @IsSeconds(longestWatch)
  readonly undoOnDenialsSeconds!: number;
}

export class PlanChangeRequest {
  @IsString()
  @MaxLength(longestManifests, { message: `must have at most ${longestManifests} characters` })
  readonly yaml!: string;

  @IsMessage(() => ManagedObjectRequest)
  @ArrayMaxSize(mostObjects, { message: `must be at most ${mostObjects} objects` })
  readonly delete!: readonly ManagedObjectRequest[];

  @IsMessage(() => ExpectedRevisionRequest)
  @ArrayMaxSize(mostObjects, { message: `must be at most ${mostObjects} objects` })
  readonly expectedRevisions!: readonly ExpectedRevisionRequest[];

  @IsReason()
  readonly reason!: string;

  @IsOptional()
  @IsMessage(() => StagingRequest)
  readonly staging?: StagingRequest;
}

export class PlanUndoRequest {
  @IsChangeId()
  readonly changeId!: string;

  @IsReason()
  readonly reason!: string;
}

export class ApplyPlanRequest {
  @IsChangeId('must be the id of a plan')
  readonly planId!: string;

  @AreImpactCodes()
  readonly acceptImpact!: readonly ImpactCode[];
}

export class WithdrawChangeRequest extends PlanUndoRequest {}
