import type { ImpactCode } from '@mcp/contracts';
import { ArrayMaxSize, IsString, MaxLength } from 'class-validator';
import { IsMessage } from './access.requests.js';
import {
  AreImpactCodes,
  ExpectedRevisionRequest,
  IsReason,
  longestManifests,
  mostObjects,
} from './apply.request.js';
import { IsChangeId, ManagedObjectRequest } from './change.requests.js';

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
