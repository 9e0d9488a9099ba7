import { GraphForm } from '@mcp/contracts';
import { IsBoolean, IsEnum, ValidateBy } from 'class-validator';
import { AreNamespaceNames, IsPositionOrEmpty } from './names.js';
import { IsPageBytes, IsPageToken } from './paging.js';

/** JSON is answered whole and with rates, so that it would be asked for in vain. */
function OnlyForTyped(): PropertyDecorator {
  return ValidateBy({
    name: 'onlyForTyped',
    validator: {
      validate: (value, given) =>
        !value || (given?.object as GraphRequest).form === GraphForm.GRAPH_FORM_TYPED,
      defaultMessage: () => 'is of GRAPH_FORM_TYPED only: JSON is whole, and has its rates',
    },
  });
}

function OnlyOfNow(): PropertyDecorator {
  return ValidateBy({
    name: 'onlyOfNow',
    validator: {
      validate: (value, given) => !value || (given?.object as GraphRequest).at === '',
      defaultMessage: () => 'is of now only, not together with at: GetTraffic has the rates of the past',
    },
  });
}

export class GraphRequest {
  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsPositionOrEmpty()
  readonly at!: string;

  @IsEnum(GraphForm, { message: 'must be GRAPH_FORM_JSON or GRAPH_FORM_TYPED' })
  readonly form!: GraphForm;

  @IsPageBytes()
  @OnlyForTyped()
  readonly pageBytes!: number;

  @IsPageToken()
  @OnlyForTyped()
  readonly pageToken!: string;

  @IsBoolean()
  @OnlyForTyped()
  @OnlyOfNow()
  readonly includeRates!: boolean;
}

export class WatchGraphRequest {
  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsPositionOrEmpty()
  readonly resumeFrom!: string;

  @IsBoolean()
  readonly includeRates!: boolean;
}
