import { ValidateBy } from 'class-validator';
import { AreNamespaceNames } from './names.js';
import { IsPositionOrEmpty } from './names.js';
import { IsPageBytes, IsPageToken } from './paging.js';
import { IsAfter, IsTime } from './times.js';

/** A position or a time, and not both. */
function IsOneOf(time: 'fromTime' | 'toTime', required: boolean): PropertyDecorator {
  return ValidateBy({
    name: 'isOneOf',
    validator: {
      validate: (value, given) => {
        const set = (given?.object as DiffRequest)[time] !== undefined;
        return value === '' ? set || !required : !set;
      },
      defaultMessage: () =>
        required
          ? 'must be a position, or from_time be set, and not both'
          : 'must be empty where to_time is set',
    },
  });
}

export class DiffRequest {
  @IsPositionOrEmpty()
  @IsOneOf('fromTime', true)
  readonly from!: string;

  @IsTime()
  readonly fromTime?: Date;

  @IsPositionOrEmpty()
  @IsOneOf('toTime', false)
  readonly to!: string;

  @IsTime()
  @IsAfter('fromTime')
  readonly toTime?: Date;

  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsPageBytes()
  readonly pageBytes!: number;

  @IsPageToken()
  readonly pageToken!: string;
}
