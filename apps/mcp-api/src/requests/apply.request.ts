import type { AuthorizationPolicySpec } from '@mcp/contracts';
import { Allow, IsBoolean, IsInt, IsOptional, IsString, Matches, MaxLength, Min } from 'class-validator';
import { IsNamespaceName, IsObjectName } from './names.js';

/** What the spec says is Linkerd's to judge, so it is read where Linkerd is known. */
export class ApplyRequest {
  @IsNamespaceName()
  readonly namespace!: string;

  @IsObjectName()
  readonly name!: string;

  @IsString()
  readonly jsonSpec!: string;

  @Allow()
  readonly spec: AuthorizationPolicySpec | undefined;

  @IsOptional()
  @IsInt()
  @Min(0)
  readonly expectedRevision?: number;

  @Matches(/^[\x21-\x7e]{0,128}$/, { message: 'must be at most 128 visible ASCII characters' })
  readonly idempotencyKey!: string;

  @IsBoolean()
  readonly dryRun!: boolean;

  @IsString()
  @MaxLength(1_024, { message: 'must have at most 1024 characters' })
  readonly reason!: string;
}
