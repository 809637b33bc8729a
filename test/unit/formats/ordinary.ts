/** Lines of every format as its gateway writes them: what detection must tell apart. */

const at = '2026-11-24T12:00:00';
const EVENT = {
  time: `${at}Z`,
  'http.request.method': 'GET',
  'url.path': '/v1/orders',
  'http.response.status_code': 200,
  'client.address': '203.0.113.9',
};
/** As Filebeat and Logstash pass it on, with when they read it. */
export const STAMPED = {
  '@timestamp': '2026-11-24T12:00:07.250Z',
  '@version': '1',
  agent: { type: 'filebeat' },
  event: { original: '{}' },
  host: { name: 'gw-1' },
  log: { offset: 0, file: { path: '/var/log/api.ndjson' } },
  ...EVENT,
  event_id: 'a',
  'session.id': 's-1',
  'login.subject': 'bob',
  'attestation.status': 'genuine',
  'risk.outcome': 'allow',
};
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64)';

export const SHIPPED_KEYS = {
  msec: '1795521600.250',
  request_id: '35eee7d3eead86608fdb4e8e6fc817e2',
  addr: '203.0.113.9',
  forwarded_for: '198.51.100.7',
  host: 'api.example.com',
  method: 'GET',
  target: '/v1/orders/12?page=1',
  status: '200',
  request_size: '86',
  response_size: '176',
  duration: '0.012',
  agent: AGENT,
};

export const ENVOY_GATEWAY = {
  start_time: `${at}.250Z`,
  method: 'GET',
  'x-envoy-origin-path': '/v1/orders/12?page=1',
  protocol: 'HTTP/1.1',
  response_code: '200',
  response_flags: '-',
  response_code_details: 'via_upstream',
  connection_termination_details: '-',
  upstream_transport_failure_reason: '-',
  bytes_received: '0',
  bytes_sent: '176',
  duration: '12',
  'x-envoy-upstream-service-time': '-',
  'x-forwarded-for': '198.51.100.7,203.0.113.9',
  'user-agent': AGENT,
  'x-request-id': '5c6a0b9e-2f0a-4f2e-9a53-7a3df2b3b7a1',
  ':authority': 'api.example.com:8443',
  upstream_host: '10.244.0.17:3000',
  upstream_cluster: 'httproute/default/shop/rule/0',
  upstream_local_address: '10.244.0.23:51066',
  downstream_local_address: '10.244.0.23:10080',
  downstream_remote_address: '203.0.113.9:59078',
  requested_server_name: null,
  route_name: 'httproute/default/shop/rule/0/match/0/*',
};

export const ISTIO_JSON = {
  authority: 'api.example.com',
  bytes_received: 0,
  bytes_sent: 176,
  connection_termination_details: null,
  downstream_local_address: '10.0.0.1:8080',
  downstream_remote_address: '203.0.113.9:0',
  duration: 12,
  method: 'POST',
  path: '/v1/auth/sign-in',
  protocol: 'HTTP/2',
  request_id: '5c6a0b9e',
  requested_server_name: null,
  response_code: 401,
  response_code_details: 'via_upstream',
  response_flags: '-',
  route_name: 'default',
  start_time: `${at}.250Z`,
  upstream_cluster: 'outbound|80||shop',
  upstream_host: '10.0.0.7:80',
  upstream_service_time: '11',
  user_agent: AGENT,
  x_forwarded_for: '198.51.100.7, 203.0.113.9',
};

export const CADDY = {
  level: 'info',
  ts: 1795521600.25,
  logger: 'http.log.access.log0',
  msg: 'handled request',
  request: {
    remote_ip: '203.0.113.9',
    remote_port: '41342',
    client_ip: '203.0.113.9',
    proto: 'HTTP/2.0',
    method: 'GET',
    host: 'api.example.com:8443',
    uri: '/v1/orders/12?page=1',
    headers: { 'User-Agent': [AGENT], 'X-Forwarded-For': ['198.51.100.7'], Authorization: ['REDACTED'] },
    tls: { resumed: false, version: 772, cipher_suite: 4865, proto: 'h2', server_name: 'api.example.com' },
  },
  bytes_read: 86,
  user_id: '',
  duration: 0.012,
  size: 176,
  status: 200,
  resp_headers: { Server: ['Caddy'] },
};

export const TRAEFIK = {
  ClientAddr: '203.0.113.9:48222',
  ClientHost: '203.0.113.9',
  ClientPort: '48222',
  ClientUsername: '-',
  DownstreamContentSize: 176,
  DownstreamStatus: 200,
  Duration: 12_000_000,
  OriginContentSize: 176,
  OriginDuration: 11_000_000,
  OriginStatus: 200,
  Overhead: 1_000_000,
  RequestAddr: 'api.example.com',
  RequestContentSize: 86,
  RequestCount: 17,
  RequestHost: 'api.example.com',
  RequestMethod: 'GET',
  RequestPath: '/v1/orders/12?page=1',
  RequestPort: '-',
  RequestProtocol: 'HTTP/2.0',
  RequestScheme: 'https',
  RetryAttempts: 0,
  RouterName: 'shop@docker',
  ServiceName: 'shop@docker',
  StartLocal: `${at}.250123456+00:00`,
  StartUTC: `${at}.250123456Z`,
  entryPointName: 'websecure',
  level: 'info',
  msg: '',
  'request_User-Agent': AGENT,
  'request_X-Forwarded-For': '198.51.100.7',
  time: `${at}Z`,
};

export const KONG = {
  request: {
    id: 'b7a3c1',
    uri: '/v1/orders/12?page=1',
    url: 'https://api.example.com:8443/v1/orders/12?page=1',
    querystring: { page: '1' },
    method: 'GET',
    headers: { host: 'api.example.com:8443', 'user-agent': AGENT, 'x-forwarded-for': '198.51.100.7' },
    size: 86,
  },
  upstream_uri: '/v1/orders/12',
  upstream_status: '200',
  response: { status: 200, headers: { 'content-type': 'application/json' }, size: 176 },
  latencies: { kong: 2, proxy: 10, request: 12, receive: 0 },
  tries: [{ balancer_latency: 0, port: 80, ip: '10.0.0.7', balancer_start: 1795521600250 }],
  authenticated_entity: { id: 'c62c1455' },
  route: { id: '221c8bd1', paths: ['/v1'] },
  service: { id: '0590139e', host: 'shop' },
  consumer: { id: '54baa5a9', username: 'shop-android' },
  client_ip: '203.0.113.9',
  started_at: 1795521600250,
  workspace: 'cd1cb1f8',
};

export const APISIX = {
  request: {
    url: 'http://api.example.com:9080/v1/orders/12?page=1',
    uri: '/v1/orders/12?page=1',
    method: 'GET',
    headers: { host: 'api.example.com:9080', 'user-agent': AGENT, 'x-forwarded-for': '198.51.100.7' },
    querystring: { page: '1' },
    size: 86,
  },
  response: { status: 200, headers: { server: 'APISIX/3.11.0' }, size: 176 },
  server: { hostname: 'gw-1', version: '3.11.0' },
  upstream: '10.0.0.7:80',
  service_id: '',
  route_id: '1',
  consumer: { username: 'shop_android' },
  client_ip: '203.0.113.9',
  start_time: 1795521600250,
  latency: 12.5,
  upstream_latency: 10,
  apisix_latency: 2.5,
};

export const AWS_REST = {
  requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
  extendedRequestId: 'JKJaXmPLvHcESHA=',
  requestTimeEpoch: 1795521600250,
  sourceIp: '203.0.113.9',
  userAgent: AGENT,
  httpMethod: 'GET',
  path: '/prod/v1/orders/12',
  resourcePath: '/v1/orders/{id}',
  status: '200',
  responseLength: '176',
  responseLatency: '12',
  domainName: 'api.example.com',
  principalId: 'u-1',
  apiKeyId: '-',
};

/** The example that the console of AWS offers. */
export const AWS_EXAMPLE = {
  requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
  ip: '203.0.113.9',
  requestTime: '24/Nov/2026:12:00:00 +0000',
  httpMethod: 'GET',
  routeKey: 'GET /v1/orders/{id}',
  status: '200',
  protocol: 'HTTP/1.1',
  responseLength: '176',
};

export const ECS = {
  '@timestamp': `${at}.250Z`,
  ecs: { version: '8.11.0' },
  message: 'GET /v1/orders/12',
  event: { kind: 'event', category: ['web'], duration: 12_000_000 },
  http: {
    request: { method: 'get', bytes: 86, id: 'r-1' },
    response: { status_code: 200, bytes: 176 },
    version: '1.1',
  },
  url: { path: '/v1/orders/12', query: 'page=1', domain: 'api.example.com' },
  source: { ip: '203.0.113.9', geo: { country_iso_code: 'DE' }, as: { number: 64500 } },
  user_agent: { original: AGENT },
  user: { name: 'alice' },
};

export const ECS_DOTTED = {
  '@timestamp': `${at}.250Z`,
  'http.request.method': 'POST',
  'http.response.status_code': 401,
  'url.original': '/v1/auth/sign-in?next=%2F',
  'client.ip': '2001:db8::7',
  'user.name': 'bob',
};

export const OCSF = {
  activity_id: 3,
  category_uid: 4,
  class_uid: 4002,
  type_uid: 400203,
  severity_id: 1,
  time: 1795521600250,
  metadata: { version: '1.8.0', product: { name: 'Gateway' } },
  http_request: {
    http_method: 'GET',
    url: { path: '/v1/orders/12', query_string: 'page=1', hostname: 'api.example.com', scheme: 'https' },
    user_agent: AGENT,
    uid: 'r-1',
    length: 86,
    x_forwarded_for: ['198.51.100.7'],
  },
  http_response: { code: 200, length: 176, latency: 12 },
  src_endpoint: { ip: '203.0.113.9', location: { country: 'DE' }, autonomous_system: { number: 64500 } },
  dst_endpoint: { ip: '10.0.0.7', port: 443 },
};

type Value = string | number;
const attribute = ([key, value]: [string, Value]) => ({
  key,
  value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
});
/** An export of one log record. */
export const otlpOf = (attributes: Record<string, Value>, more: Record<string, unknown> = {}) => ({
  resourceLogs: [
    {
      resource: { attributes: [attribute(['service.name', 'gateway'])] },
      scopeLogs: [
        {
          scope: { name: 'access' },
          logRecords: [
            { timeUnixNano: '1795521600250000000', attributes: Object.entries(attributes).map(attribute), ...more },
          ],
        },
      ],
    },
  ],
});
export const OTLP_ATTRIBUTES = {
  'http.request.method': 'GET',
  'url.path': '/v1/orders/12',
  'url.query': 'page=1',
  'http.response.status_code': 200,
  'network.peer.address': '203.0.113.9',
  'user_agent.original': AGENT,
  'server.address': 'api.example.com',
};

const COMBINED = '203.0.113.9 - - [24/Nov/2026:12:00:00 +0000] "GET /v1/orders/12?page=1 HTTP/1.1" 200 176';
const ENVOY_HEAD = `[${at}.250Z] "GET /v1/orders/12?page=1 HTTP/1.1" 200 -`;
const ENVOY_QUOTED = `"198.51.100.7,203.0.113.9" "${AGENT}" "5c6a0b9e" "api.example.com:8443" "10.0.0.7:80"`;
export const HAPROXY_HEAD = '203.0.113.9:33317 [24/Nov/2026:12:00:00.250] http-in~ static/srv1 10/0/30/69/109';

/** A `log_format` of one's own: variables by their names. */
export const NGINX_VARIABLES = {
  time_iso8601: '2026-11-24T12:00:00+00:00',
  msec: '1795521600.250',
  remote_addr: '203.0.113.9',
  remote_user: '',
  request_method: 'GET',
  request_uri: '/v1/orders/12?page=1',
  server_protocol: 'HTTP/1.1',
  status: '200',
  request_length: '86',
  bytes_sent: '176',
  body_bytes_sent: '20',
  request_time: '0.012',
  host: 'api.example.com',
  http_referer: '',
  http_user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
  http_x_forwarded_for: '198.51.100.7',
  request_id: '35eee7d3eead86608fdb4e8e6fc817e2',
};
/** The JSON of ingress-nginx's documentation, as its `log-format-upstream` has it. */
export const INGRESS_NGINX = {
  time: '2026-11-24T12:00:00+00:00',
  remote_addr: '203.0.113.9',
  x_forwarded_for: '198.51.100.7, 203.0.113.9',
  request_id: 'c1',
  remote_user: '',
  bytes_sent: 176,
  request_time: 0.012,
  status: 200,
  vhost: 'api.example.com',
  request_proto: 'HTTP/1.1',
  path: '/v1/orders/12',
  request_query: 'page=1',
  request_length: 86,
  duration: 0.012,
  method: 'GET',
  http_referrer: '',
  http_user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
};
/** Few keys, and `$request` in one piece, as tutorials have it. */
export const NGINX_REQUEST = {
  time_local: '24/Nov/2026:12:00:00 +0000',
  remote_addr: '203.0.113.9',
  request: 'GET /v1/orders/12?page=1 HTTP/1.1',
  status: '200',
  body_bytes_sent: '176',
  http_user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
};

export const ORDINARY: Readonly<Record<string, readonly string[]>> = {
  canonical: [
    JSON.stringify(EVENT),
    JSON.stringify({ event_id: 'a', ...EVENT, 'user.id': 'u-1' }),
    JSON.stringify(STAMPED),
  ],
  'nginx-json': [JSON.stringify({ nginx: 1, ...SHIPPED_KEYS })],
  'nginx-variables': [NGINX_VARIABLES, INGRESS_NGINX, NGINX_REQUEST].map((line) => JSON.stringify(line)),
  combined: [`${COMBINED} "https://shop.example/" "${AGENT}"`, `${COMBINED} "-" "-"`],
  'combined-extra': [`${COMBINED} "-" "${AGENT}" "198.51.100.7, 10.0.0.1"`, `${COMBINED} "-" "-" "-"`],
  common: [COMBINED, COMBINED.replace('203.0.113.9', '::1')],
  'vhost-combined': [`api.example.com:443 ${COMBINED} "-" "${AGENT}"`],
  'envoy-json': [JSON.stringify(ENVOY_GATEWAY), JSON.stringify(ISTIO_JSON)],
  envoy: [`${ENVOY_HEAD} 0 176 12 11 ${ENVOY_QUOTED}`],
  istio: [
    `${ENVOY_HEAD} via_upstream - "-" 0 176 12 11 ${ENVOY_QUOTED} outbound|80||shop 10.0.0.1:5 10.0.0.2:80 203.0.113.9:0 - default`,
  ],
  'haproxy-json': [JSON.stringify({ haproxy: 1, ...SHIPPED_KEYS })],
  haproxy: [
    `${HAPROXY_HEAD} 200 2750 - - ---- 1/1/1/1/0 0/0 {api.example.com} {} "GET /v1/orders/12?page=1 HTTP/1.1"`,
    `${HAPROXY_HEAD} 200 +2750 - - LR-- 1/1/1/1/+3 0/0 "GET / HTTP/1.1" 0/0000000000000000/0/0/0 TLSv1.3/TLS_AES_256_GCM_SHA384`,
  ],
  caddy: [JSON.stringify(CADDY)],
  'traefik-json': [JSON.stringify(TRAEFIK)],
  traefik: [
    `${COMBINED} "-" "${AGENT}" 17 "shop@docker" "http://10.0.0.7:80" 12ms`,
    `${COMBINED.replace('200 176', '- -')} "-" "-" 18 "-" "-" 0ms`,
  ],
  kong: [JSON.stringify(KONG)],
  apisix: [JSON.stringify(APISIX)],
  'aws-alb': [
    `https ${at}.186641Z app/my-alb/50dc6c495c0c9188 203.0.113.9:2817 10.0.0.1:80 0.001 0.010 0.001 200 200 86 176 "GET https://api.example.com:443/v1/orders/12?page=1 HTTP/1.1" "${AGENT}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/a/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "api.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/1" 0 ${at}.100000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234`,
    `http ${at}.186641Z app/my-alb/50dc6c495c0c9188 203.0.113.9:2817 - -1 -1 -1 460 - 0 0 "- http://api.example.com:80- -" "-" - - - "Root=1-5" "-" "-" - ${at}.100000Z "waf" "-" "-" "-" "-" "-" "-"`,
  ],
  'aws-api-gateway': [JSON.stringify(AWS_REST), JSON.stringify(AWS_EXAMPLE)],
  otlp: [JSON.stringify(otlpOf(OTLP_ATTRIBUTES))],
  ecs: [JSON.stringify(ECS), JSON.stringify(ECS_DOTTED)],
  ocsf: [JSON.stringify(OCSF)],
};
