import { GraphForm } from '@mcp/contracts';
import { IsEnum, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { largestPageBytes } from '../graph/graph-pages.js';
import { AreNamespaceNames, IsPositionOrEmpty } from './names.js';

export class GraphRequest {
  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsPositionOrEmpty()
  readonly at!: string;

  @IsEnum(GraphForm, { message: 'must be GRAPH_FORM_JSON or GRAPH_FORM_TYPED' })
  readonly form!: GraphForm;

  @IsInt()
  @Min(0)
  @Max(largestPageBytes, { message: `must be at most ${largestPageBytes}` })
  readonly pageBytes!: number;

  @IsString()
  @MaxLength(64 * 1024, { message: 'is not one that this API gave' })
  readonly pageToken!: string;
}

export class WatchGraphRequest {
  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsPositionOrEmpty()
  readonly resumeFrom!: string;
}
