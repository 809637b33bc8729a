import type { Fields, Parsed } from './adapter.ts';
import { setBonafideKeys } from './bonafide-keys.ts';
import { createJsonAdapter } from './json.ts';
import { createTimeReader } from './log-time.ts';
import { numberOf, setGiven, setNumber, setStatus, setText, textAt, valueAt } from './pick.ts';
import { setRequest } from './shipped-keys.ts';

/**
 * Access log of AWS API Gateway, REST or HTTP API, as JSON of `$context` variables under their own names, in full
 * (`identity.sourceIp`, dotted or nested) or without what stands before the last dot
 * (`docs/gateways/aws-api-gateway-log.json`); `ip` is what the console's example calls the address. The keys are the
 * operator's, so those of {@link setBonafideKeys} are read too.
 */
export const awsApiGateway = createJsonAdapter('aws-api-gateway', 'AWS API Gateway access log, JSON of $context', {
  fits: (object) =>
    object.requestId !== undefined &&
    (object.requestTimeEpoch !== undefined || object.requestTime !== undefined) &&
    (object.httpMethod !== undefined || object.routeKey !== undefined),
  read,
});

const MILLISECOND = 0.001;
const ROUTE_KEY = /^([A-Z]{1,16}) (\/.*)$/;
const readTime = createTimeReader();

function read(object: Fields): Parsed {
  const fields: Fields = {};
  const first = (...names: string[]) => {
    for (const name of names) {
      const value = valueAt(object, name);
      if (value !== undefined && value !== null && value !== '' && value !== '-') return value;
    }
    return undefined;
  };
  setGiven(fields, 'time', timeOf(object));
  setGiven(fields, 'client.address', first('sourceIp', 'identity.sourceIp', 'ip'));
  const route = ROUTE_KEY.exec(textAt(object.routeKey).slice(0, 1_024));
  const resource = textAt(object.resourcePath) || (route?.[2] ?? '');
  setRequest(fields, textAt(object.httpMethod) || (route?.[1] ?? ''), textAt(object.path) || resource);
  setStatus(fields, object.status);
  if (resource.startsWith('/')) fields['http.route'] = resource;
  setText(fields, 'server.address', object.domainName);
  setText(fields, 'user_agent.original', first('userAgent', 'identity.userAgent'));
  setText(fields, 'http.request.id', object.extendedRequestId ?? object.requestId);
  setNumber(fields, 'http.response.size', object.responseLength);
  setNumber(fields, 'http.server.request.duration', object.responseLatency, MILLISECOND);
  setBonafideKeys(fields, object);
  const given = { user: fields['user.id'], client: fields['api.client'] };
  setText(fields, 'user.id', given.user ?? first('principalId', 'authorizer.principalId'));
  setText(fields, 'api.client', given.client ?? first('apiKeyId', 'identity.apiKeyId'));
  return { ok: true, fields };
}

/** `requestTimeEpoch` in milliseconds, which may be text, before `requestTime` in whole seconds. */
function timeOf({ requestTimeEpoch, requestTime }: Fields): unknown {
  const epoch = numberOf(requestTimeEpoch);
  if (requestTimeEpoch !== undefined && requestTimeEpoch !== '-' && requestTimeEpoch !== '' && Number.isFinite(epoch))
    return epoch;
  return typeof requestTime === 'string' ? (readTime(requestTime) ?? requestTime) : requestTime;
}
