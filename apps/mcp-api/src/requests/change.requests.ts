import { IsBoolean, Matches } from 'class-validator';
import { IsPositionOrEmpty } from './names.js';

function IsChangeId(): PropertyDecorator {
  return Matches(/^[a-zA-Z0-9-]{1,64}$/, { message: 'must be the id of a change' });
}

export class ChangeRequest {
  @IsChangeId()
  readonly changeId!: string;

  @IsPositionOrEmpty()
  readonly atLeast!: string;
}

export class WatchedChangeRequest {
  @IsChangeId()
  readonly changeId!: string;

  @IsBoolean()
  readonly followDrift!: boolean;
}
