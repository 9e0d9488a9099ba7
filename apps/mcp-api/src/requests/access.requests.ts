import { isHeaderName, isHeaderValue, isIdentity, parseAddress, type AccessRequest } from '@mcp/policy';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsDefined,
  IsInt,
  IsOptional,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { IsNamespaceName, IsObjectName, IsPositionOrEmpty } from './names.js';
import { IsPageBytes, IsPageToken } from './paging.js';

/** Longer ones no proxy takes by default. */
const longestPath = 8 * 1024;
const longestHeader = 8 * 1024;
const mostHeaders = 100;

export function IsMessage(type: () => new () => object): PropertyDecorator {
  return (target, property) => {
    ValidateNested()(target, property);
    Type(type)(target, property);
  };
}

function IsTextOf(name: string, holds: (text: string) => boolean, message: string): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value) => typeof value === 'string' && holds(value),
      defaultMessage: () => message,
    },
  });
}

/** The kind of a workload; empty where the name alone says which. */
export class WorkloadRequest {
  @IsNamespaceName()
  readonly namespace!: string;

  @Matches(/^([A-Za-z][A-Za-z0-9]{0,62})?$/, { message: 'must be a kind, such as Deployment, or empty' })
  readonly kind!: string;

  @IsObjectName()
  readonly name!: string;
}

export class NamespacedNameRequest {
  @IsNamespaceName()
  readonly namespace!: string;

  @IsObjectName()
  readonly name!: string;
}

export class ClientRequest {
  @IsOptional()
  @IsMessage(() => WorkloadRequest)
  readonly workload?: WorkloadRequest;

  @IsOptional()
  @IsMessage(() => NamespacedNameRequest)
  readonly serviceAccount?: NamespacedNameRequest;

  @MaxLength(2_048, { message: 'must have at most 2048 characters' })
  @IsTextOf(
    'isIdentity',
    (text) => text === '' || (isIdentity(text) && !text.startsWith('*')),
    'must be one identity: a DNS name in lower case, or spiffe://trust-domain/path',
  )
  readonly identity!: string;

  @MaxLength(64, { message: 'must have at most 64 characters' })
  @IsTextOf(
    'isAddress',
    (text) => text === '' || parseAddress(text) !== undefined,
    'must be an IPv4 or IPv6 address, without a port, a zone or a prefix length',
  )
  readonly address!: string;
}

export class TargetRequest {
  @IsOptional()
  @IsMessage(() => WorkloadRequest)
  readonly workload?: WorkloadRequest;

  @IsOptional()
  @IsMessage(() => NamespacedNameRequest)
  readonly service?: NamespacedNameRequest;

  @IsInt()
  @Min(0)
  @Max(65_535, { message: 'must be between 1 and 65535' })
  readonly port!: number;

  @Matches(/^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$/, {
    message: 'must be the name of a port: at most 63 lower-case letters, digits and "-"',
  })
  readonly portName!: string;
}

export class HttpHeaderRequest {
  @MaxLength(256, { message: 'must have at most 256 characters' })
  @IsTextOf(
    'isHeaderName',
    (text) => text === ':authority' || isHeaderName(text),
    'must be the name of an HTTP header, or :authority',
  )
  readonly name!: string;

  @MaxLength(longestHeader, { message: `must have at most ${longestHeader} characters` })
  @IsTextOf('isHeaderValue', isHeaderValue, 'must have no control characters')
  readonly value!: string;
}

export class HttpRequestRequest {
  @MaxLength(64, { message: 'must have at most 64 characters' })
  @Matches(/^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/, { message: 'must be an HTTP method, such as GET' })
  readonly method!: string;

  @MaxLength(longestPath, { message: `must have at most ${longestPath} characters` })
  @Matches(/^\/[^\s#]*$/, { message: 'must begin with a slash, and have no white space and no fragment' })
  readonly path!: string;

  @IsArray()
  @ArrayMaxSize(mostHeaders, { message: `must be at most ${mostHeaders} headers` })
  @IsMessage(() => HttpHeaderRequest)
  readonly headers!: readonly HttpHeaderRequest[];
}

/** `http` beside `bytes` would be asked for in vain. */
function NotBesideHttp(): PropertyDecorator {
  return ValidateBy({
    name: 'notBesideHttp',
    validator: {
      validate: (value, given) => value !== true || (given?.object as RequestRequest).http === undefined,
      defaultMessage: () => 'excludes http: a connection carries one or the other',
    },
  });
}

export class RequestRequest {
  @IsBoolean()
  @NotBesideHttp()
  readonly bytes!: boolean;

  @IsOptional()
  @IsMessage(() => HttpRequestRequest)
  readonly http?: HttpRequestRequest;
}

export class ExplainAccessRequest {
  @IsDefined({ message: 'must be set' })
  @IsMessage(() => ClientRequest)
  readonly client!: ClientRequest;

  @IsDefined({ message: 'must be set' })
  @IsMessage(() => TargetRequest)
  readonly target!: TargetRequest;

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

/** Nothing said: whatever the port serves. */
export function accessRequestOf(request: RequestRequest | undefined): AccessRequest {
  if (request?.http !== undefined) {
    const { method, path, headers } = request.http;
    const byName = new Map<string, string[]>();
    for (const { name, value } of headers) {
      const known = byName.get(name.toLowerCase());
      if (known === undefined) byName.set(name.toLowerCase(), [value]);
      else known.push(value);
    }
    const host = [':authority', 'host'].some((name) => byName.has(name));
    return { kind: 'http', method, path, headers: byName, ...(!host && { anyHost: true }) };
  }
  return { kind: request?.bytes === true ? 'bytes' : 'any' };
}
