import { eventTypes } from '@mcp/events';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import { largestPage } from '../events/list-events.js';
import { IsMessage } from './access.requests.js';
import { IsPositionOrEmpty } from './names.js';
import { IsPageBytes, IsPageSize, IsPageToken } from './paging.js';
import { IsAfter, IsTime } from './times.js';

/** One place to begin at. */
function UnlessSince(): PropertyDecorator {
  return ValidateBy({
    name: 'unlessSince',
    validator: {
      validate: (after, given) => after === '' || (given?.object as EventsRequest).since === undefined,
      defaultMessage: () => 'must be empty where since is set',
    },
  });
}

export class EventsRequest {
  @IsString()
  @MaxLength(1_024, { message: 'must have at most 1024 characters' })
  readonly actor!: string;

  @IsString()
  @MaxLength(4_096, { message: 'must have at most 4096 characters' })
  readonly subject!: string;

  @IsArray()
  @ArrayMaxSize(eventTypes.length, { message: `must be at most ${eventTypes.length} types` })
  @IsIn(eventTypes, { each: true, message: 'each must be a type of event, such as DesiredStateSet' })
  readonly types!: readonly string[];

  @IsTime()
  readonly since?: Date;

  @IsTime()
  @IsAfter('since')
  readonly until?: Date;

  @IsPositionOrEmpty()
  @UnlessSince()
  readonly after!: string;

  @IsPageSize(largestPage)
  readonly pageSize!: number;

  @IsPageBytes()
  readonly pageBytes!: number;

  @IsPageToken()
  readonly pageToken!: string;
}

class LogPlaceRequest {
  @Matches(/^[a-z0-9-]{1,64}$/, { message: 'must be the id of a log' })
  readonly log!: string;

  @IsInt()
  @Min(0)
  readonly sequence!: number;

  @Matches(/^([0-9a-f]{40})?$/, { message: 'must be a digest, as an answer gave it' })
  readonly digest!: string;
}

export class ExportRequest {
  @IsOptional()
  @IsMessage(() => LogPlaceRequest)
  readonly after?: LogPlaceRequest;
}
