import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { largestPageBytes } from '../graph/graph-pages.js';

export function IsPageBytes(): PropertyDecorator {
  return (target, property) => {
    IsInt()(target, property);
    Min(0)(target, property);
    Max(largestPageBytes, { message: `must be at most ${largestPageBytes}` })(target, property);
  };
}

export function IsPageToken(): PropertyDecorator {
  return (target, property) => {
    IsString()(target, property);
    MaxLength(64 * 1024, { message: 'is not one that this API gave' })(target, property);
  };
}

export function IsPageSize(most: number): PropertyDecorator {
  return (target, property) => {
    IsInt()(target, property);
    Min(0)(target, property);
    Max(most, { message: `must be at most ${most}` })(target, property);
  };
}
