import { Phase } from '@mcp/contracts';
import { managedKinds, type ManagedKind } from '@mcp/events';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateBy,
} from 'class-validator';
import { largestPage } from '../changes/list-changes.js';
import { IsMessage } from './access.requests.js';
import { AreNamespaceNames, IsNamespaceName, IsObjectName, IsPositionOrEmpty } from './names.js';
import { IsPageBytes, IsPageSize, IsPageToken } from './paging.js';
import { IsAfter, IsTime } from './times.js';

export function IsChangeId(message = 'must be the id of a change'): PropertyDecorator {
  return Matches(/^[a-zA-Z0-9-]{1,64}$/, { message });
}

/** Of one moment only. */
function NotWith(field: string, isSet: (request: MomentRequest) => boolean): PropertyDecorator {
  return ValidateBy({
    name: 'notWith',
    validator: {
      validate: (value, given) =>
        value === undefined || value === '' || !isSet(given?.object as MomentRequest),
      defaultMessage: () => `must be empty where ${field} is set`,
    },
  });
}

/** When the answer is to be of. */
class MomentRequest {
  @IsPositionOrEmpty()
  readonly at!: string;

  @IsTime()
  @NotWith('at', ({ at }) => at !== '')
  readonly atTime?: Date;

  @IsPositionOrEmpty()
  @NotWith('at', ({ at }) => at !== '')
  @NotWith('at_time', ({ atTime }) => atTime !== undefined)
  readonly atLeast!: string;
}

export class ChangeRequest extends MomentRequest {
  @IsChangeId()
  readonly changeId!: string;
}

export class ManagedObjectRequest {
  @IsIn(managedKinds, { message: `must be a kind that can be changed: ${managedKinds.join(', ')}` })
  readonly kind!: ManagedKind;

  @IsNamespaceName()
  readonly namespace!: string;

  @IsObjectName()
  readonly name!: string;
}

const phases = Object.values(Phase).filter(
  (phase) => typeof phase === 'number' && phase !== Phase.PHASE_UNSPECIFIED,
);

export class ChangesRequest extends MomentRequest {
  @IsString()
  @MaxLength(1_024, { message: 'must have at most 1024 characters' })
  readonly actor!: string;

  @IsOptional()
  @IsMessage(() => ManagedObjectRequest)
  readonly object?: ManagedObjectRequest;

  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsTime()
  readonly since?: Date;

  @IsTime()
  @IsAfter('since')
  readonly until?: Date;

  @IsArray()
  @ArrayMaxSize(phases.length, { message: `must be at most ${phases.length} phases` })
  @IsIn(phases, { each: true, message: 'each must be a phase of a change' })
  readonly phases!: readonly Phase[];

  @IsBoolean()
  readonly openOnly!: boolean;

  @IsPageSize(largestPage)
  readonly pageSize!: number;

  @IsPageBytes()
  readonly pageBytes!: number;

  @IsPageToken()
  readonly pageToken!: string;
}

export class WatchedChangeRequest {
  @IsChangeId()
  readonly changeId!: string;

  @IsBoolean()
  readonly followDrift!: boolean;
}
