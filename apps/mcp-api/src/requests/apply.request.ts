import { applyDecorators } from '@nestjs/common';
import { ImpactCode, type AuthorizationPolicySpec, type HttpRouteSpec } from '@mcp/contracts';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsDefined,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
} from 'class-validator';
import { gatewayGroup, policyGroup } from '@mcp/linkerd';
import { longestSpec } from '../apply/spec-size.js';
import { IsMessage } from './access.requests.js';
import { ManagedObjectRequest } from './change.requests.js';
import { IsNamespaceName, IsObjectName } from './names.js';

/** One line of text that is kept. */
export function IsReason(): PropertyDecorator {
  return applyDecorators(
    IsString(),
    MaxLength(1_024, { message: 'must have at most 1024 characters' }),
    Matches(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, {
      message: 'must be one line, without control characters and marks of direction',
    }),
  );
}

const impactCodes = Object.values(ImpactCode).filter(
  (code) => typeof code === 'number' && code > ImpactCode.IMPACT_CODE_UNSPECIFIED,
);

export function AreImpactCodes(): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    ArrayMaxSize(impactCodes.length, { message: `must be at most ${impactCodes.length} impacts` }),
    IsIn(impactCodes, {
      each: true,
      message: 'each must be CUTS_LIVE_CALLERS, OPENS_TO_EVERYONE, UNKNOWN_IMPACT or UNSAFE_ORDER',
    }),
  );
}

/** What every request for a change says besides what is to be. */
export class ChangeTerms {
  @Matches(/^[\x21-\x7e]{0,128}$/, { message: 'must be at most 128 visible ASCII characters' })
  readonly idempotencyKey!: string;

  @IsBoolean()
  readonly dryRun!: boolean;

  @AreImpactCodes()
  readonly acceptImpact!: readonly ImpactCode[];

  @IsReason()
  readonly reason!: string;
}

/** And what a request for the change of one object says. */
export class ObjectChangeTerms extends ChangeTerms {
  @IsOptional()
  @IsInt()
  @Min(0)
  readonly expectedRevision?: number;
}

/** What a spec says is Linkerd's to judge, so it is read where Linkerd is known. */
export class ApplyAuthorizationPolicyRequest extends ObjectChangeTerms {
  @IsNamespaceName()
  readonly namespace!: string;

  @IsObjectName()
  readonly name!: string;

  @IsString()
  readonly jsonSpec!: string;

  @Allow()
  readonly spec: AuthorizationPolicySpec | undefined;
}

export class ApplyHTTPRouteRequest extends ObjectChangeTerms {
  @IsNamespaceName()
  readonly namespace!: string;

  @IsObjectName()
  readonly name!: string;

  @IsIn([policyGroup, gatewayGroup])
  readonly group!: string;

  @Allow()
  readonly spec: HttpRouteSpec | undefined;
}

/** Reading YAML blocks the process. */
const longestManifest = longestSpec;

export class ApplyObjectRequest extends ObjectChangeTerms {
  @IsString()
  @IsNotEmpty()
  @MaxLength(longestManifest, { message: `must have at most ${longestManifest} characters` })
  readonly yaml!: string;
}

export class DeleteObjectRequest extends ObjectChangeTerms {
  @IsDefined({ message: 'must be given' })
  @IsMessage(() => ManagedObjectRequest)
  readonly object!: ManagedObjectRequest;
}

export class ExpectedRevisionRequest {
  @IsDefined({ message: 'must be given' })
  @IsMessage(() => ManagedObjectRequest)
  readonly object!: ManagedObjectRequest;

  @IsInt()
  @Min(0)
  readonly revision!: number;
}

/** More is not one change that a person could look through. */
export const mostObjects = 50;
export const longestManifests = 256 * 1024;

export class ApplyChangeRequest extends ChangeTerms {
  @IsString()
  @MaxLength(longestManifests, { message: `must have at most ${longestManifests} characters` })
  readonly yaml!: string;

  @IsMessage(() => ManagedObjectRequest)
  @ArrayMaxSize(mostObjects, { message: `must be at most ${mostObjects} objects` })
  readonly delete!: readonly ManagedObjectRequest[];

  @IsMessage(() => ExpectedRevisionRequest)
  @ArrayMaxSize(mostObjects, { message: `must be at most ${mostObjects} objects` })
  readonly expectedRevisions!: readonly ExpectedRevisionRequest[];
}
