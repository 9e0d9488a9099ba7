import { DriftMode, type ImpactCode } from '@mcp/contracts';
import { ArrayMaxSize, ArrayUnique, IsArray, IsDefined, IsIn, Matches } from 'class-validator';
import { IsMessage } from './access.requests.js';
import { AreImpactCodes, IsReason } from './apply.request.js';
import { ManagedObjectRequest } from './change.requests.js';
import { AreNamespaceNames } from './names.js';

const mostManagers = 20;
const modes = [
  DriftMode.DRIFT_MODE_REPORT,
  DriftMode.DRIFT_MODE_ENFORCE,
  DriftMode.DRIFT_MODE_ACCEPT,
] as const;

export class ListDriftRequest {
  @AreNamespaceNames()
  readonly namespaces!: readonly string[];
}

export class SetDriftModeRequest {
  @IsDefined({ message: 'must be set' })
  @IsMessage(() => ManagedObjectRequest)
  readonly object!: ManagedObjectRequest;

  @IsIn(modes, { message: 'must be DRIFT_MODE_REPORT, DRIFT_MODE_ENFORCE or DRIFT_MODE_ACCEPT' })
  readonly mode!: (typeof modes)[number];

  @IsArray()
  @ArrayMaxSize(mostManagers, { message: `must be at most ${mostManagers} field managers` })
  @ArrayUnique({ message: 'must name each field manager once' })
  @Matches(/^[\x21-\x7e][\x20-\x7e]{0,126}[\x21-\x7e]$/, {
    each: true,
    message: 'each must be the name of a field manager, of visible ASCII characters',
  })
  readonly forceFrom!: readonly string[];

  @IsReason()
  readonly reason!: string;

  @AreImpactCodes()
  readonly acceptImpact!: readonly ImpactCode[];
}
