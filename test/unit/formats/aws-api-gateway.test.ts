import { awsApiGateway } from '../../../services/ingest/formats/aws-api-gateway.ts';
import { AWS_EXAMPLE, AWS_REST, ORDINARY } from './ordinary.ts';
import { testAdapter } from './table.ts';

const rest = (changed: Record<string, unknown> = {}) => JSON.stringify({ ...AWS_REST, ...changed });

const { sourceIp: _, userAgent: __, principalId: ___, apiKeyId: ____, ...BARE } = AWS_REST;
const FULL_NAMES = {
  'client.address': '203.0.113.9',
  'user_agent.original': 'curl/8.5',
  'user.id': 'u-2',
  'api.client': 'key-7',
};

testAdapter(awsApiGateway, ORDINARY['aws-api-gateway'] ?? [], [
  {
    what: 'the shipped format',
    line: rest(),
    fields: {
      time: 1_795_521_600_250,
      'client.address': '203.0.113.9',
      'server.address': 'api.example.com',
      'http.request.method': 'GET',
      'url.path': '/prod/v1/orders/12',
      'http.route': '/v1/orders/{id}',
      'http.response.status_code': 200,
      'http.response.size': 176,
      'http.server.request.duration': 0.012,
      'user.id': 'u-1',
    },
    absent: ['api.client', 'url.query'],
  },
  {
    what: 'the example of the console',
    line: JSON.stringify(AWS_EXAMPLE),
    fields: {
      time: Date.UTC(2026, 10, 24, 12),
      'client.address': '203.0.113.9',
      'url.path': '/v1/orders/{id}',
      'http.route': '/v1/orders/{id}',
    },
  },
  {
    what: 'the variables by their full names, dotted',
    line: JSON.stringify({
      ...BARE,
      'identity.sourceIp': '203.0.113.9',
      'identity.userAgent': 'curl/8.5',
      'identity.apiKeyId': 'key-7',
      'authorizer.principalId': 'u-2',
    }),
    fields: FULL_NAMES,
  },
  {
    what: 'the variables by their full names, nested',
    line: JSON.stringify({
      ...BARE,
      identity: { sourceIp: '203.0.113.9', userAgent: 'curl/8.5', apiKeyId: 'key-7' },
      authorizer: { principalId: 'u-2' },
    }),
    fields: FULL_NAMES,
  },
  {
    what: 'keys of the operator: the answer that the authorizer gave',
    line: rest({ user: 'u-9', outcome: 'challenge', attestation: 'missing', decision: '01K-u' }),
    fields: {
      'user.id': 'u-9',
      'risk.outcome': 'challenge',
      'attestation.status': 'missing',
      'risk.decision_id': '01K-u',
    },
  },
  {
    what: 'the default route',
    line: rest({ resourcePath: undefined, routeKey: '$default' }),
    fields: { 'url.path': '/prod/v1/orders/12' },
    absent: ['http.route'],
  },
  {
    what: 'a request that was refused before it had a method',
    line: rest({ httpMethod: '-', path: '-', resourcePath: '-', status: '403' }),
    fields: { 'http.request.method': '_OTHER', 'url.path': '' },
  },
  {
    what: 'a time that is none, for validation to name',
    line: rest({ requestTimeEpoch: 'x' }),
    fields: { 'url.path': '/prod/v1/orders/12' },
  },
]);
