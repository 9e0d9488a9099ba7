import { CallDirection, CallerKind, DenialKind, SeriesResolution } from '@mcp/contracts';
import { isIdentity } from '@mcp/policy';
import {
  ArrayMaxSize,
  IsArray,
  IsEnum,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import { IsMessage, NamespacedNameRequest, WorkloadRequest } from './access.requests.js';
import { IsPositionOrEmpty, namespacePattern } from './names.js';
import { IsPageBytes, IsPageToken } from './paging.js';
import { IsAfter, IsTime } from './times.js';

export const callGraphDefaults = { depth: 3, maxEdges: 1_000 };
export const callGraphLimits = { depth: 16, maxEdges: 5_000 };

/** An edge or a workload, and not both. */
function UnlessWorkload(): PropertyDecorator {
  return ValidateBy({
    name: 'unlessWorkload',
    validator: {
      validate: (edge, given) => (edge === '') === ((given?.object as TrafficRequest).workload !== undefined),
      defaultMessage: () => 'exactly one of edge and workload must be set',
    },
  });
}

export class CallGraphRequest {
  @IsOptional()
  @IsMessage(() => WorkloadRequest)
  readonly workload?: WorkloadRequest;

  @IsOptional()
  @IsMessage(() => NamespacedNameRequest)
  readonly service?: NamespacedNameRequest;

  @IsEnum(CallDirection, { message: 'must be a direction' })
  readonly direction!: CallDirection;

  @IsInt()
  @Min(0)
  @Max(callGraphLimits.depth, { message: `must be at most ${callGraphLimits.depth}` })
  readonly depth!: number;

  @IsInt()
  @Min(0)
  @Max(callGraphLimits.maxEdges, { message: `must be at most ${callGraphLimits.maxEdges}` })
  readonly maxEdges!: number;

  @IsPositionOrEmpty()
  readonly at!: string;
}

export class TrafficRequest {
  @IsString()
  @MaxLength(4_096, { message: 'must have at most 4096 characters' })
  @UnlessWorkload()
  readonly edge!: string;

  @IsOptional()
  @IsMessage(() => WorkloadRequest)
  readonly workload?: WorkloadRequest;

  @IsTime()
  readonly from?: Date;

  @IsTime()
  @IsAfter('from')
  readonly to?: Date;

  @IsEnum(SeriesResolution, { message: 'must be a resolution' })
  readonly resolution!: SeriesResolution;

  @IsPageBytes()
  readonly pageBytes!: number;

  @IsPageToken()
  readonly pageToken!: string;
}

/** An identity, or what clients are that proved none. */
export class SeenCallerRequest {
  @MaxLength(2_048, { message: 'must have at most 2048 characters' })
  @ValidateBy({
    name: 'isIdentity',
    validator: {
      validate: (text) =>
        text === '' || (typeof text === 'string' && isIdentity(text) && !text.startsWith('*')),
      defaultMessage: () => 'must be one identity: a DNS name in lower case, or spiffe://trust-domain/path',
    },
  })
  readonly identity!: string;

  @IsEnum(CallerKind, { message: 'must be a kind of caller' })
  @ValidateBy({
    name: 'fitsIdentity',
    validator: {
      validate: (kind, given) => {
        const named = (given?.object as SeenCallerRequest).identity !== '';
        const provedNone =
          kind === CallerKind.CALLER_KIND_UNMESHED || kind === CallerKind.CALLER_KIND_UNIDENTIFIED;
        return named !== provedNone;
      },
      defaultMessage: () => 'must be UNMESHED or UNIDENTIFIED where identity is empty, and only there',
    },
  })
  readonly kind!: CallerKind;
}

export class DenialsRequest {
  @Matches(new RegExp(`^$|${namespacePattern.source}`), {
    message: 'must be a DNS label: 1 to 63 lower-case letters, digits and "-", or empty',
  })
  readonly namespace!: string;

  @IsOptional()
  @IsMessage(() => WorkloadRequest)
  readonly workload?: WorkloadRequest;

  @IsOptional()
  @IsMessage(() => SeenCallerRequest)
  readonly client?: SeenCallerRequest;

  @IsArray()
  @ArrayMaxSize(10, { message: 'must be at most 10 kinds' })
  @IsEnum(DenialKind, { each: true, message: 'each must be a kind of denial' })
  readonly kinds!: readonly DenialKind[];

  @IsTime()
  readonly since?: Date;

  @IsPageBytes()
  readonly pageBytes!: number;

  @IsPageToken()
  readonly pageToken!: string;
}
