import { ArrayMaxSize, IsArray, IsBoolean, IsString, Matches } from 'class-validator';
import { IsMessage } from './access.requests.js';
import { AreNamespaceNames, IsNamespaceName, IsObjectName, IsPositionOrEmpty } from './names.js';
import { IsPageBytes, IsPageToken } from './paging.js';

class DeletedObjectRequest {
  @Matches(/^[A-Za-z]{1,63}$/, { message: 'must be a kind of policy, such as AuthorizationPolicy' })
  readonly kind!: string;

  @IsNamespaceName()
  readonly namespace!: string;

  @IsObjectName()
  readonly name!: string;
}

const mostDeleted = 1_000;

export class SimulateRequest {
  /** How much is read is said by who reads it. */
  @IsString()
  readonly yaml!: string;

  @IsArray()
  @ArrayMaxSize(mostDeleted, { message: `must name at most ${mostDeleted} objects` })
  @IsMessage(() => DeletedObjectRequest)
  readonly delete!: readonly DeletedObjectRequest[];

  @IsPositionOrEmpty()
  readonly at!: string;

  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsBoolean()
  readonly includeUnchanged!: boolean;

  @IsPageBytes()
  readonly pageBytes!: number;

  @IsPageToken()
  readonly pageToken!: string;
}
