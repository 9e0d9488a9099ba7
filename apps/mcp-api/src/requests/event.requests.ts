import { eventTypes } from '@mcp/events';
import { ArrayMaxSize, IsArray, IsIn, IsString, MaxLength, ValidateBy } from 'class-validator';
import { largestPage } from '../events/list-events.js';
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
