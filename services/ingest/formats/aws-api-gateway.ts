import type { Fields, Parsed } from './adapter.ts';
import { createJsonAdapter } from './json.ts';
import { createTimeReader } from './log-time.ts';
import { setGiven, setNumber, setStatus, setText, textAt } from './pick.ts';
import { setRequest } from './shipped-keys.ts';

/**
 * Access log of AWS API Gateway, REST or HTTP API, as JSON of `$context` variables under their own names
 * (`docs/gateways/aws-api-gateway-log.json`); `ip` is what the console's example calls the address.
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
  setGiven(fields, 'time', timeOf(object));
  setGiven(fields, 'client.address', object.sourceIp ?? object.ip);
  const route = ROUTE_KEY.exec(textAt(object.routeKey).slice(0, 1_024));
  const resource = textAt(object.resourcePath) || (route?.[2] ?? '');
  setRequest(fields, textAt(object.httpMethod) || (route?.[1] ?? ''), textAt(object.path) || resource);
  setStatus(fields, object.status);
  if (resource.startsWith('/')) fields['http.route'] = resource;
  setText(fields, 'server.address', object.domainName);
  setText(fields, 'user_agent.original', object.userAgent);
  setText(fields, 'http.request.id', object.extendedRequestId ?? object.requestId);
  setNumber(fields, 'http.response.size', object.responseLength);
  setNumber(fields, 'http.server.request.duration', object.responseLatency, MILLISECOND);
  setText(fields, 'user.id', object.principalId);
  setText(fields, 'api.client', object.apiKeyId);
  return { ok: true, fields };
}

/** `requestTimeEpoch` in milliseconds, which may be text, before `requestTime` in whole seconds. */
function timeOf({ requestTimeEpoch, requestTime }: Fields): unknown {
  const epoch = Number(requestTimeEpoch);
  if (requestTimeEpoch !== undefined && requestTimeEpoch !== '-' && requestTimeEpoch !== '' && Number.isFinite(epoch))
    return epoch;
  return typeof requestTime === 'string' ? (readTime(requestTime) ?? requestTime) : requestTime;
}
