import { IsString, Matches } from 'class-validator';
import { IsPositionOrEmpty, namespacePattern } from './names.js';
import { IsPageBytes, IsPageToken } from './paging.js';

export class LintRequest {
  @Matches(new RegExp(`^$|${namespacePattern.source}`), {
    message: 'must be a DNS label: 1 to 63 lower-case letters, digits and "-", or empty',
  })
  readonly namespace!: string;

  @IsPositionOrEmpty()
  readonly at!: string;

  @IsPageBytes()
  readonly pageBytes!: number;

  @IsPageToken()
  readonly pageToken!: string;
}

/** How much is read is said by who reads it. */
export class ValidateRequest {
  @IsString()
  readonly yaml!: string;
}
