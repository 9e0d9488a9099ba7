import { IsDefined, IsOptional } from 'class-validator';
import { ClientRequest, IsMessage, RequestRequest, TargetRequest } from './access.requests.js';
import { AreNamespaceNames, IsPositionOrEmpty } from './names.js';
import { IsPageBytes, IsPageToken } from './paging.js';

class PagedAccessRequest {
  @IsOptional()
  @IsMessage(() => RequestRequest)
  readonly request?: RequestRequest;

  @IsPositionOrEmpty()
  readonly at!: string;

  @IsPageBytes()
  readonly pageBytes!: number;

  @IsPageToken()
  readonly pageToken!: string;
}

export class WhoCanReachRequest extends PagedAccessRequest {
  @IsDefined({ message: 'must be set' })
  @IsMessage(() => TargetRequest)
  readonly target!: TargetRequest;
}

export class WhatCanReachRequest extends PagedAccessRequest {
  @IsDefined({ message: 'must be set' })
  @IsMessage(() => ClientRequest)
  readonly client!: ClientRequest;
}

export class ReachabilityRequest extends PagedAccessRequest {
  @AreNamespaceNames()
  readonly namespaces!: readonly string[];
}
