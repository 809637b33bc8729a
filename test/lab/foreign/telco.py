#!/usr/bin/env python3
"""A labelled world of the self-care API of a mobile operator: apps, web, shops, partners, fraud. telco.py SEED OUTDIR"""
import json, math, os, random, sys
from datetime import datetime, timezone
SEED = int(sys.argv[1]); OUT = sys.argv[2]; R = random.Random(SEED * 7919 + 17); H, D = 3600.0, 86400.0; U = R.uniform
def chance(p): return R.random() < p
def logn(med, s): return med * math.exp(R.gauss(0, s))
def poisson(x):
    if x > 30: return max(0, int(R.gauss(x, math.sqrt(x)) + .5))
    k, p, lim = 0, 1.0, math.exp(-x)
    while True:
        p *= R.random()
        if p <= lim: return k
        k += 1
def wpick(pairs): return R.choices([p[0] for p in pairs], [p[1] for p in pairs])[0]
def hexid(n): return '%0*x' % (n, R.getrandbits(4 * n))
# ---------------------------------------------------------------- the company
CC, TZ, DIAL, LAT, LON, PREPAID = R.choice([
    ('DE', 2, '49', 51.0, 10.0, .35), ('ES', 2, '34', 40.2, -3.6, .3), ('PL', 2, '48', 52.0, 19.4, .4), ('BR', -3, '55', -19.5, -46.0, .55),
    ('PH', 8, '63', 14.5, 121.0, .85), ('ZA', 2, '27', -27.0, 27.0, .75), ('MX', -6, '52', 20.5, -100.5, .7), ('ID', 7, '62', -6.8, 108.0, .85),
    ('GB', 1, '44', 52.6, -1.3, .25), ('TR', 3, '90', 39.3, 32.0, .4)])
DAYS = R.choice([2, 2.5, 3, 3, 3.5, 4]); T0 = datetime(2026, 6, R.choice([13, 14, 15, 15, 16]), R.choice([0, 0, 3, 6]), tzinfo=timezone.utc).timestamp(); T1 = T0 + DAYS * D; TARGET = R.randint(62000, 96000)
SHARE = U(.036, .068)
LOG = {f: chance(p) for f, p in {
    'url.query': .75, 'http.route': .25, 'server.address': .6, 'http.request.size': .5, 'http.response.size': .85, 'http.server.request.duration': .8,
    'session.id': .75, 'device.id': .88, 'app.version': .75, 'geo.country': .6, 'geo.loc': .25, 'network.asn': .6, 'tls.client.ja4': .5,
    'attestation.code': .7, 'attestation.issuer': .8, 'attestation.token': .75, 'login.subject': .8, 'captcha.score': .3, 'waf.score': .35,
    'http.request.id': .3}.items()}
NONE_SEEN = chance(.75)                       # the gateway writes "none" for clients that cannot attest, or nothing
SESSION_MODE = R.choice(['login', 'login', 'visit']); TOKEN_LIFE = R.choice([180, 300, 300, 600, 1800]); BOUND = chance(.4)                            # tokens bound to the user's token: a replay elsewhere fails
BASE_ERR = U(.0008, .005); SUBJ = R.choice(['+{}', '{}', 'tel:{}']); V6_MOBILE = R.choice([0, 0, .3, .6, .75]); ANDROID = U(.48, .86); FAIL_SHARE = U(.002, .014); OLD_SHARE = U(.004, .035)
SKEW_SHARE = U(.002, .01); EST_WEB = U(.10, .26); LOCKOUT = R.choice([0, 0, 8, 25])             # failed sign-ins from one address until 429
BASE = R.choice(['/api/v2', '/selfcare/v1', '/v3', '/mobile/v4', '/api', '/mc/v1'])
HOSTS = R.choice([('api.{}', 'dealer.{}', 'partners.{}'), ('selfcare-api.{}', 'portal-api.{}', 'b2b.{}'), ('gw.{}', 'gw.{}', 'gw.{}')])
HOSTS = [h.format(R.choice(['orlanda-mobile.example', 'kivotel.example', 'sunda.example', 'bluecell.example'])) for h in HOSTS[:1]] * 1 + list(HOSTS[1:])
HOSTS = [HOSTS[0]] + [h.format(HOSTS[0].split('.', 1)[1]) for h in HOSTS[1:]]
W = {k: R.choice(v) for k, v in {
    'line': ['lines', 'subscriptions', 'msisdns'], 'bill': ['bills', 'invoices'], 'top': ['topups', 'recharges'], 'vou': ['vouchers', 'scratch-cards', 'refill-codes'],
    'swap': ['sim/swap-requests', 'sim-replacements'], 'otp': ['auth/otp', 'login/sms', 'auth/challenge'], 'acc': ['accounts', 'customers', 'billing-accounts']}.items()}
LINE_IS_MSISDN = W['line'] == 'msisdns'; BILL_STYLE = R.choice(['seq', 'seq', 'seq', 'nested', 'opaque']); DASH = chance(.4)                             # one call for the home screen, or five
UID = R.choice(['u{:08d}', 'C{:09d}', 'hex', '{:010d}']); APPNAME = R.choice(['MyLine', 'Selfcare', 'KivoApp', 'MeinNetz', 'BlueCell'])
AND_CLIENTS = R.choice([['tc-android-main'], ['tc-android-prepaid', 'tc-android-postpaid'], ['tc-android-7', 'tc-android-6']])
IOS_CLIENTS = R.choice([['tc-ios-main'], ['tc-ios-main', 'tc-ios-kids'], ['tc-ios-7']]); VERS = ['7.%d.0' % R.randint(8, 14)]
for _i in range(4): mj, mn, _ = VERS[-1].split('.'); VERS.append('%s.%d.%d' % (mj, int(mn) - 1, R.randint(0, 3)))
RELEASE = T0 + U(.3, .9) * DAYS * D if chance(.6) else None; NEWVER = '7.%d.0' % (int(VERS[0].split('.')[1]) + 1)
PROMO = T0 + U(.35, .85) * DAYS * D if chance(.6) else None          # a gift or a launch that everybody opens the app for
INCIDENTS = []                                # (start, end, error rate)
for _i in range(R.choice([0, 1, 1, 2])): _s = T0 + U(.1, .95) * DAYS * D; INCIDENTS.append((_s, _s + U(300, 3000), U(.05, .5)))
SMS_OUTAGE = T0 + U(.1, .9) * DAYS * D if chance(.4) else T1 + D     # codes arrive late for an hour or so
ATT_OUTAGE = (T0 + U(.3, .9) * DAYS * D, U(600, 2700), R.choice(['android', 'ios'])) if chance(.4) else None
# ---------------------------------------------------------------- addresses
used = set()
OCT = [2, 5, 31, 37, 46, 62, 77, 78, 79, 80, 82, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 109, 176, 177, 178, 179, 181, 186, 187, 188, 189, 190, 201, 41, 102, 105, 196, 112, 114, 119, 120, 124, 180]
class Net:
    def __init__(self, asn, cc, lat, lon, blocks, kind, v6=False):
        self.asn, self.cc, self.lat, self.lon, self.kind = asn, cc, lat, lon, kind; self.blocks = []
        while len(self.blocks) < blocks:
            b = (R.choice(OCT), R.randint(1, 254))
            if b not in used: used.add(b); self.blocks.append(b)
        self.p6 = '2a%02x:%x' % (R.randint(0, 15), R.randint(0x100, 0xffff)) if v6 else None; self.egress = []
    def ip(self): b = R.choice(self.blocks); return ('%d.%d.%d.%d' % (b[0], b[1], R.randint(0, 255), R.randint(1, 254)), self)
    def ip6(self, pre=None): return ('%s:%s::%x:%x' % (self.p6, pre or '%x:%x' % (R.randint(0, 0xfff), R.randint(0, 0xffff)), R.randint(1, 0xffff), R.randint(1, 0xffff)), self)
    def pool(self, n): self.egress = [self.ip() for _ in range(n)]; return self
def near(s=2.0): return LAT + R.gauss(0, s), LON + R.gauss(0, s)
MOB = Net(R.randint(12000, 52000), CC, *near(.5), 3, 'mobile', True).pool(R.randint(14, 70)); MOB2 = Net(R.randint(12000, 52000), CC, *near(.5), 2, 'mobile', True).pool(R.randint(10, 40))
ISPS = [Net(R.randint(3000, 60000), CC, *near(), R.randint(4, 12), 'isp', chance(.5)) for _ in range(R.randint(3, 6))]
FOREIGN = [Net(R.randint(3000, 60000), c, la, lo, 3, 'isp') for c, la, lo in R.sample([
    ('FR', 46, 2), ('IT', 42, 12), ('US', 39, -95), ('TH', 14, 100), ('AE', 25, 55), ('GR', 38, 24), ('VN', 16, 107), ('IN', 22, 78), ('RO', 45, 25), ('UA', 49, 31),
    ('NG', 9, 8), ('RU', 55, 40), ('PK', 30, 70), ('BD', 24, 90), ('CO', 4, -74)], 9)]
CLOUD = [Net(a, c, la, lo, 3, 'cloud') for a, c, la, lo in [(16509, 'US', 39, -77), (14061, 'NL', 52, 5), (24940, 'DE', 50, 12), (16276, 'FR', 50, 3), (396982, 'US', 41, -95), (8075, 'IE', 53, -6)]]
VPN = [Net(a, c, la, lo, 2, 'vpn').pool(R.randint(8, 30)) for a, c, la, lo in [(9009, 'RO', 44, 26), (212238, CC, LAT, LON), (60068, 'GB', 51, 0)]]
RELAY = Net(36183, CC, *near(.3), 2, 'relay', True).pool(R.randint(20, 60)); OFFICES = [R.choice(ISPS).ip() for _ in range(R.randint(15, 60))]; WIFIS = [R.choice(ISPS).ip() for _ in range(R.randint(8, 30))]
HOTELS = [R.choice(FOREIGN).ip() for _ in range(14)]; _b = R.choice([(CC, LAT, LON), (CC, LAT, LON), ('IN', 22, 78), ('PH', 14.5, 121), ('MA', 33, -7)])
BPO = [Net(R.randint(9000, 60000), _b[0], _b[1], _b[2], 1, 'office').ip() for _ in range(R.randint(1, 4))]; HQ = [R.choice(ISPS).ip() for _ in range(R.randint(1, 3))]; HOMES = []
def home_ip():
    if HOMES and chance(.13): return R.choice(HOMES)
    n = R.choice(ISPS); h = n.ip6() if n.p6 and chance(.35) else n.ip(); HOMES.append(h); return h
# ---------------------------------------------------------------- routes: method, path, query, ms, bytes, host
def P(s): return BASE + '/' + s
LN = W['line'] + '/{line}'; BL = (W['acc'] + '/{acc}/' + W['bill']) if BILL_STYLE == 'nested' else W['bill']
RT = {
    'config': ('GET', P('config/app'), 'platform={plat}', 25, 5200, 0), 'banners': ('GET', P('content/banners'), None, 30, 3800, 0),
    'plans': ('GET', P('plans'), 'segment=consumer', 60, 22000, 0), 'plan1': ('GET', P('plans/{plan}'), None, 45, 4100, 0),
    'stores': ('GET', P('stores'), 'lat={la}&lon={lo}', 70, 8800, 0), 'coverage': ('GET', P('coverage'), 'address={q}', 160, 2600, 0),
    'numbers': ('GET', P('numbers/available'), 'pattern={q}&limit=20', 190, 3100, 0), 'reserve': ('POST', P('numbers/{num}/reservation'), None, 120, 300, 0),
    'devices': ('GET', P('shop/devices'), 'page={n}', 90, 19000, 0),
    'identify': ('GET', P('auth/identify'), 'msisdn={m}', 55, 140, 0), 'otp': ('POST', P(W['otp'] + '/request'), None, 320, 120, 0),
    'otpv': ('POST', P(W['otp'] + '/verify'), None, 110, 1500, 0), 'login': ('POST', P('auth/login'), None, 210, 1500, 0),
    'refresh': ('POST', P('auth/token'), None, 60, 1400, 0), 'reset': ('POST', P('auth/password/reset'), None, 190, 120, 0), 'resetc': ('POST', P('auth/password/confirm'), None, 200, 120, 0),
    'logout': ('POST', P('auth/logout'), None, 30, 0, 0), 'signup': ('POST', P('registrations'), None, 260, 700, 0), 'kyc': ('POST', P('registrations/{reg}/documents'), None, 900, 300, 0),
    'push': ('PUT', P('devices/{dev}/push'), None, 50, 80, 0), 'tele': ('POST', P('telemetry'), None, 20, 0, 0),
    'me': ('GET', P('me'), None, 70, 1800, 0), 'meput': ('PATCH', P('me'), None, 140, 1800, 0), 'melines': ('GET', P('me/' + W['line']), None, 80, 1500, 0),
    'dash': ('GET', P('me/dashboard'), None, 220, 7200, 0), 'balance': ('GET', P(LN + '/balance'), None, 90, 420, 0), 'usage': ('GET', P(LN + '/usage'), None, 140, 1700, 0),
    'daily': ('GET', P(LN + '/usage/daily'), 'from={d}&to={d}', 210, 5100, 0), 'bundles': ('GET', P(LN + '/bundles'), None, 90, 2400, 0), 'offers': ('GET', P(LN + '/offers'), None, 120, 5600, 0),
    'line': ('GET', P(LN), None, 80, 1900, 0), 'planput': ('PUT', P(LN + '/plan'), None, 420, 900, 0), 'addon': ('POST', P(LN + '/bundles'), None, 380, 700, 0),
    'bills': ('GET', P(BL), 'limit=12', 130, 3900, 0), 'bill': ('GET', P(BL + '/{bill}'), None, 110, 2500, 0), 'pdf': ('GET', P(BL + '/{bill}/pdf'), None, 650, 148000, 0),
    'intent': ('POST', P('payments'), None, 420, 900, 0), 'confirm': ('POST', P('payments/{pay}/confirm'), None, 1300, 700, 0), 'cards': ('GET', P('payments/methods'), None, 90, 800, 0),
    'topup': ('POST', P(LN + '/' + W['top']), None, 500, 600, 0), 'voucher': ('POST', P(W['vou'] + '/redeem'), None, 240, 300, 0), 'gval': ('POST', P('guest/' + W['top'] + '/validate'), None, 130, 200, 0),
    'rzones': ('GET', P('roaming/countries'), None, 50, 9100, 0), 'rpkg': ('GET', P('roaming/packages'), 'country={q}', 70, 4200, 0), 'rbuy': ('POST', P(LN + '/roaming'), None, 450, 700, 0),
    'fam': ('GET', P('families/{fam}'), None, 110, 2600, 0), 'famput': ('PUT', P('families/{fam}/members/{line}/limits'), None, 160, 500, 0), 'famadd': ('POST', P('families/{fam}/members'), None, 210, 500, 0),
    'esim': ('POST', P('esim/orders'), None, 700, 800, 0), 'esims': ('GET', P('esim/orders/{eso}'), None, 80, 700, 0), 'esact': ('POST', P('esim/orders/{eso}/activate'), None, 900, 500, 0),
    'portchk': ('POST', P('porting/check'), None, 350, 260, 0), 'port': ('POST', P('porting/requests'), None, 500, 600, 0), 'ports': ('GET', P('porting/requests/{prt}'), None, 70, 500, 0),
    'portcode': ('POST', P(LN + '/port-out-code'), None, 300, 200, 0), 'swap': ('POST', P(W['swap']), None, 420, 500, 0), 'swaps': ('GET', P(W['swap'] + '/{swp}'), None, 70, 400, 0),
    'swapv': ('POST', P(W['swap'] + '/{swp}/verify'), None, 260, 300, 0), 'bonus': ('POST', P('promotions/welcome/claim'), None, 200, 400, 0), 'spin': ('POST', P('loyalty/daily'), None, 120, 300, 0),
    'points': ('GET', P('loyalty'), None, 90, 1300, 0), 'gift': ('POST', P(LN + '/gifts'), None, 300, 300, 0), 'tickets': ('GET', P('support/tickets'), None, 100, 1600, 0),
    'chat': ('POST', P('support/chats/{chat}/messages'), None, 120, 400, 0), 'chatp': ('GET', P('support/chats/{chat}/messages'), 'after={n}', 40, 350, 0),
    'health': ('GET', '/health', None, 4, 15, 0), 'robots': ('GET', '/robots.txt', None, 5, 180, 0),
    'dlogin': ('POST', '/dealer/auth/login', None, 300, 1600, 1), 'dsearch': ('GET', '/dealer/customers', 'q={q}', 260, 2800, 1), 'dcust': ('GET', '/dealer/customers/{cus}', None, 130, 3600, 1),
    'dlines': ('GET', '/dealer/customers/{cus}/lines', None, 120, 2500, 1), 'dbills': ('GET', '/dealer/customers/{cus}/bills', None, 150, 3000, 1), 'dnote': ('POST', '/dealer/customers/{cus}/notes', None, 110, 200, 1),
    'dact': ('POST', '/dealer/activations', None, 900, 900, 1), 'dswap': ('POST', '/dealer/sim-swaps', None, 600, 500, 1), 'dkyc': ('POST', '/dealer/kyc', None, 1300, 300, 1),
    'dstock': ('GET', '/dealer/stock/sims', None, 90, 4000, 1), 'dcomm': ('GET', '/dealer/commissions', 'month={d}', 240, 5000, 1), 'dtop': ('POST', '/dealer/topups', None, 480, 500, 1), 'dqueue': ('GET', '/dealer/queue', None, 30, 600, 1),
    'pval': ('POST', '/partner/v1/topup/validate', None, 110, 180, 2), 'pord': ('POST', '/partner/v1/topup/orders', None, 420, 400, 2), 'pget': ('GET', '/partner/v1/topup/orders/{ord}', None, 60, 400, 2),
    'prec': ('GET', '/partner/v1/topup/reconciliation', 'date={d}&page={n}', 900, 64000, 2), 'msub': ('GET', '/partner/v1/mvno/subscribers/{sub}', None, 110, 1700, 2), 'mprov': ('POST', '/partner/v1/mvno/subscribers', None, 700, 700, 2),
    'mput': ('PATCH', '/partner/v1/mvno/subscribers/{sub}', None, 260, 600, 2), 'mcdr': ('GET', '/partner/v1/mvno/cdr/{cdr}', None, 800, 420000, 2), 'musage': ('GET', '/partner/v1/sims/{sim}/usage', None, 120, 600, 2),
    'pnot': ('POST', '/partner/v1/porting/notifications', None, 90, 60, 2), 'ptok': ('POST', '/partner/oauth/token', None, 70, 900, 2), 'raw': ('GET', '', None, 12, 160, 0),
}
OKST = {'otp': 202, 'reset': 202, 'push': 204, 'tele': 204, 'logout': 204, 'signup': 201, 'reserve': 201, 'intent': 201, 'topup': 201, 'addon': 201, 'rbuy': 201, 'esim': 201,
        'port': 202, 'swap': 202, 'famadd': 201, 'chat': 201, 'dnote': 201, 'dact': 201, 'dswap': 202, 'dkyc': 201, 'dtop': 201, 'pord': 201, 'mprov': 201, 'pnot': 204, 'planput': 202}
PLANS = ['s', 'm', 'l', 'xl', 'go-5', 'go-20', 'family-3', 'data-only', 'senior', 'young', 'biz-s', 'biz-l']; COUNTRIES = ['FR', 'IT', 'US', 'TH', 'AE', 'GR', 'TR', 'ES', 'CH', 'JP', 'SG', 'EG']
# ---------------------------------------------------------------- user agents and TLS
MODELS = ['SM-S921B', 'SM-S931B', 'SM-A556B', 'SM-A165F', 'Pixel 8', 'Pixel 9a', '2312DRA50G', '23129RAA4G', 'CPH2607', 'V2333', 'moto g54', 'SM-G991B', 'RMX3941', 'Nokia G42', 'TECNO KL4']
IPH = ['iPhone14,5', 'iPhone15,2', 'iPhone15,4', 'iPhone16,1', 'iPhone17,3', 'iPhone12,8', 'iPhone13,2', 'iPhone18,1']
CHROME = ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36',
          'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0']
SAFARI = ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.%d Mobile/15E148 Safari/604.1', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.%d Safari/605.1.15']
TOOLUA = {'py': ['python-requests/2.32.%d', 'python-httpx/0.28.%d', 'Python/3.12 aiohttp/3.11.%d'], 'go': ['Go-http-client/2.0', 'Go-http-client/1.1'], 'curl': ['curl/8.%d.0'], 'java': ['Apache-HttpClient/4.5.14 (Java/17.0.%d)', 'okhttp/4.%d.0'],
          'node': ['axios/1.7.%d', 'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)'], 'php': ['GuzzleHttp/7'], 'net': ['RestSharp/110.2.0.%d']}
JA4 = {k: 't13d%02d%02dh2_%s_%s' % (R.randint(10, 19), R.randint(8, 16), hexid(12), hexid(12)) for k in ['okhttp', 'okhttp-old', 'ios', 'ios-old', 'chrome', 'safari', 'firefox', 'py', 'go', 'curl', 'java', 'node', 'php', 'net']}
def browser():
    x = R.random()
    if x < .62: v = R.choice([145, 146, 147, 148, 148, 148, 149, 138]); u = R.choice(CHROME); return (u % ((v,) * u.count('%d')), 'chrome')
    if x < .88: return (R.choice(SAFARI) % R.randint(0, 5), 'safari')
    v = R.choice([150, 151, 140]); return ('Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0' % (v, v), 'firefox')
def tool(k): u = R.choice(TOOLUA[k]); return (u % R.randint(0, 9) if '%d' in u else u, k)
# ---------------------------------------------------------------- people and machines
seq = {'u': R.randint(10 ** 5, 4 * 10 ** 6), 'bill': R.randint(10 ** 7, 8 * 10 ** 8), 'acc': R.randint(10 ** 6, 9 * 10 ** 6), 'cus': R.randint(10 ** 6, 5 * 10 ** 6), 'n': 0, 'line': R.randint(10 ** 6, 10 ** 7)}
MS_PRE = [DIAL + R.choice(['15', '16', '17', '6', '91', '81', '73']) + str(R.randint(0, 9)) for _ in range(4)]; MS_LEN = 11 if DIAL != '34' else 11
USERS = []                                    # account holders, possible victims
TAKEN = {}                                    # user id -> time of take-over
def msisdn(): p = R.choice(MS_PRE); return p + str(R.randint(0, 10 ** (MS_LEN - len(p)) - 1)).zfill(MS_LEN - len(p))
def new_uid(): seq['u'] += R.randint(1, 400); return hexid(24) if UID == 'hex' else UID.format(seq['u'])
def new_line(ms): seq['line'] += R.randint(1, 90); return ms if LINE_IS_MSISDN else str(seq['line'])
def new_bill(): seq['bill'] += R.randint(1, 60); return hexid(20) if BILL_STYLE == 'opaque' else str(seq['bill'])
class A:  # Whoever sends requests.
    def __init__(self, kind, plat, **k):
        seq['n'] += 1; self.kind, self.plat, self.label, self.inst = kind, plat, 'benign', ''; self.name = '%s-%05d' % (kind, seq['n'])
        self.client = self.user = self.dev = self.sid = self.ver = self.newat = self.subj = self.travel = None; self.ua, self.ja = None, None
        self.fixed, self.home, self.office, self.cur = None, None, None, (0, None); self.att = 'none'; self.tok, self.tok_t, self.last = None, -1e12, -1e12; self.cap = None
        self.wifi, self.moved, self.mimic = U(.2, .9), False, 0; self.ids = {}; self.auth_t = -1e12; self.__dict__.update(k)
    def where(self, t):
        if self.fixed:
            if t >= self.cur[0]: self.cur = (t + U(300, 5400), R.choice(self.fixed))
            return self.cur[1]
        if t < self.cur[0]: return self.cur[1]
        h = (t / H + TZ) % 24; wd = int((t + TZ * H) // D + 3) % 7
        if self.travel and self.travel[0] < t < self.travel[1]: a = self.travel[2] if chance(.55) else R.choice(MOB.egress)
        elif self.office and 8.5 < h < 17.8 and wd < 5 and chance(.75): a = self.office
        elif (h < 7.5 or h > 18.5 or wd > 4 or chance(.35)) and chance(self.wifi):
            a = self.home
            if ':' in a[0] and chance(.3): a = a[1].ip6(':'.join(a[0].split(':')[2:4]))
        elif chance(.04): a = R.choice(WIFIS)
        else: a = MOB.ip6() if chance(V6_MOBILE) else R.choice(MOB.egress)
        self.cur = (t + logn(2400, .8), a); return a
def phone(kind, plat=None, att='genuine'):
    plat = plat or ('android' if chance(ANDROID) else 'ios'); a = A(kind, plat); a.att = att; a.dev = hexid(16) if plat == 'android' else '%s-%s-%s' % (hexid(8).upper(), hexid(4).upper(), hexid(12).upper())
    a.ver = wpick([(v, w) for v, w in zip(VERS, [60, 20, 9, 5, 3])]); a.newat = RELEASE + R.expovariate(1 / (1.3 * D)) if RELEASE and a.ver in VERS[:2] else None
    if plat == 'android': a.client = R.choice(AND_CLIENTS); a.model, a.os, a.ja = R.choice(MODELS), R.choice([12, 13, 14, 14, 15, 15, 16]), 'okhttp'
    else: a.client = R.choices(IOS_CLIENTS, [12, 1][:len(IOS_CLIENTS)])[0]; a.model, a.os, a.ja = R.choice(IPH), R.choice(['26.4', '26.5', '26.3.1', '18.7', '26.5.1', '17.6.1']), 'ios'
    a.home = home_ip(); a.office = R.choice(OFFICES) if chance(.3) else None; subscriber(a); return a
def app_ua(a, t):
    v = NEWVER if a.newat and t > a.newat else a.ver
    if a.plat == 'android': return v, '%s/%s (Android %s; %s) okhttp/4.12.0' % (APPNAME, v, a.os, a.model)
    return v, '%s/%s (%s; iOS %s) CFNetwork/3860.500.1 Darwin/25.%s.0' % (APPNAME, v, a.model, a.os, '4' if a.os[0] == '2' else '0')
def subscriber(a, lines=1):
    a.user = new_uid(); a.ms = msisdn(); a.subj = SUBJ.format(a.ms); seq['acc'] += R.randint(1, 50); a.lines = [new_line(a.ms)] + [new_line(msisdn()) for _ in range(lines - 1)]
    a.ids = {'line': a.lines[0], 'acc': str(seq['acc']), 'fam': str(seq['acc'] * 3 + 1)}; a.bills = [new_bill() for _ in range(R.randint(2, 7))]; a.sid = hexid(20); a.pre = chance(PREPAID)
    a.auth_t = T0 - U(0, 9 * D); USERS.append(a)
def web(kind):
    a = A(kind, 'web', client='tc-web'); a.ua, a.ja = browser(); a.home = home_ip(); a.wifi = .93; a.office = R.choice(OFFICES) if chance(.4) else None; a.cap = U(.6, .98); subscriber(a)
    a.subj = a.subj if chance(.4) else email(); a.sid = None; return a
def email():
    return '%s.%s%d@%s' % (R.choice(['ana', 'tom', 'li', 'marek', 'joao', 'sara', 'kofi', 'eva', 'dan', 'nina', 'iris', 'paul']), R.choice(['k', 'silva', 'nowak', 'reyes', 'smith', 'weber', 'santos', 'diaz', 'naidoo']), R.randint(1, 9999), R.choice(['gmail.com', 'outlook.com', 'yahoo.com', 'web.example', 'icloud.com']))
# ---------------------------------------------------------------- writing events
E = []
def attest(a, t):
    m = a.att
    if m is None or m == 'none': return (('none', None, None) if m and NONE_SEEN else (None, None, None))
    if m == 'missing': return ('missing', None, None)
    if m == 'stolen':                         # a harvested token, used until the thief gets a new one
        if t - a.tok_t > a.tok_every: a.tok, a.tok_t = hexid(16), t
        if BOUND and chance(.5): return ('failed', 'bound_elsewhere', a.tok)
        return ('expired', 'expired', a.tok) if t - a.tok_t > TOKEN_LIFE else ('genuine', None, a.tok)
    if not -60 < t - a.tok_t < TOKEN_LIFE * .92:
        if ATT_OUTAGE and a.plat == ATT_OUTAGE[2] and 0 < t - ATT_OUTAGE[0] < ATT_OUTAGE[1] and chance(.85): return ('missing', None, None)
        if t - a.last > 2 * H and chance(.015): return ('missing', None, None)    # first call of a cold start outruns the token
        if a.tok and t - a.last > H and chance(.02): return ('expired', 'expired', a.tok)
        a.tok, a.tok_t = hexid(16), t; a.bad = m == 'failed' or (m == 'flaky' and chance(.35))
    if m == 'skew' and chance(.3): return ('expired', 'expired', a.tok)
    if chance(.0006): return ('missing', None, None)
    return ('failed', 'signature', a.tok) if a.bad else ('genuine', None, a.tok)
def ev(t, a, r, st=None, ids=None, sub=None, anon=False, q=None, path=None, meth=None, addr=None, slow=1.0, waf=None):
    if not T0 <= t < T1: return 0
    m, tpl, qt, ms, size, host = RT[r]; st = st or OKST.get(r, 200); hit = [p for s, e, p in INCIDENTS if s <= t < e]; pe, slow = (hit[0], slow * 4) if hit else (BASE_ERR, slow)
    if st < 500 and chance(pe) and r not in ('health', 'robots'): st = R.choice([500, 502, 503, 503, 504])
    i = dict(a.ids); i.update(ids or {})
    for k in ('pay', 'ord', 'eso', 'prt', 'swp', 'chat', 'reg'):
        if '{' + k + '}' in tpl and k not in i: i[k] = hexid(12)
    if '{dev}' in tpl: i['dev'] = a.dev or 'web'
    e = {'time': 0, 'http.request.method': meth or m, 'url.path': path if path is not None else tpl.format_map(i), 'http.response.status_code': st}; ip, net = addr or a.where(t); e['client.address'] = ip
    ver = a.ver; ua = a.ua
    if a.plat in ('android', 'ios') and not ua: ver, ua = app_ua(a, t)
    if ua: e['user_agent.original'] = ua
    if (qt or q) and LOG['url.query']:
            d = {'plat': a.plat, 'la': '%.2f' % (LAT + R.gauss(0, 1)), 'lo': '%.2f' % (LON + R.gauss(0, 1)), 'q': 'x', 'm': '', 'n': '1', 'd': '2026-06-%02d' % R.randint(10, 18)}; d.update(i)
            e['url.query'] = q if q is not None else qt.format_map(d)
    for k, v in (('session.id', a.sid), ('device.id', a.dev), ('app.version', ver), ('login.subject', sub), ('http.route', None if path is not None else tpl), ('server.address', HOSTS[host]),
                 ('http.request.size', int(logn(420 if (meth or m) == 'GET' else 900, .12))), ('geo.country', net.cc), ('network.asn', net.asn), ('http.request.id', hexid(16)),
                 ('http.response.size', 0 if st in (204, 304) else int(logn(160, .2)) if st >= 400 else int(logn(size, .15)) if size else 0), ('tls.client.ja4', JA4.get(a.ja, a.ja)),
                 ('http.server.request.duration', round(logn(ms * (1 if st < 400 else .7), .4) / 1000 * slow, 4))):
        if v is not None and LOG[k]: e[k] = v
    if not anon and a.user: e['user.id'] = a.user
    if a.client: e['api.client'] = a.client
    if LOG['geo.loc']: g = random.Random(ip if ':' not in ip else ip.rsplit('::')[0]); e['geo.location.lat'], e['geo.location.lon'] = round(net.lat + g.gauss(0, .5), 2), round(net.lon + g.gauss(0, .5), 2)
    if LOG['captcha.score'] and a.plat == 'web' and a.cap is not None and r in ('login', 'reset', 'signup', 'otp', 'gval'): e['captcha.score'] = round(min(.99, max(.01, R.gauss(a.cap, .08))), 1)
    if LOG['waf.score'] and (waf or chance(.3)): e['waf.score'] = waf or R.choice([0, 0, 0, 0, 0, 0, 0, 2, 3])
    s, c, tk = attest(a, t); a.last = t
    if s:
        e['attestation.status'] = s
        if c and LOG['attestation.code']: e['attestation.code'] = c
        if tk and LOG['attestation.token']: e['attestation.token'] = tk
        if s in ('genuine', 'failed', 'expired') and LOG['attestation.issuer']: e['attestation.issuer'] = 'app'
    E.append((t, e, (a.label, a.kind, a.inst, a.name, a.plat, a.user))); return st
def call(a, t, r, **k):  # One call of an honest client, with its retries.
    if not k.get('st') and r in ('config', 'plans', 'rzones', 'banners') and a.plat != 'server' and chance(.35): k['st'] = 304
    st = ev(t, a, r, **k); n = 0
    while st >= 500 and n < 2 and a.plat in ('android', 'ios', 'server') and RT[r][0] == 'GET' and chance(.7): t += 1.5 * 2 ** n + U(0, 1); st = ev(t, a, r, **k); n += 1
    return st
def screen(a, t, rs, **k):
    for r in rs: call(a, t + R.expovariate(6), r, **k)
    return t + U(.2, .8)
# ---------------------------------------------------------------- rhythm
DAYCURVE = [.18, .1, .06, .05, .07, .16, .4, .75, .95, .9, .85, .9, 1.05, 1., .9, .88, .95, 1.1, 1.25, 1.35, 1.3, 1.1, .75, .4]; WORK = [0] * 8 + [.5, 1, 1.1, 1.1, .7, .7, 1, 1.1, 1.1, .9, .6, .2, 0, 0, 0, 0]
SHOP = [0] * 9 + [.3, .9, 1, 1, .9, .9, 1, 1.1, 1.2, 1.1, .6, .1, 0, 0, 0]; WEEKEND = U(.6, 1.15)
def moments(per_day, curve=DAYCURVE, weekend=None, frm=None, to=None):
    weekend = WEEKEND if weekend is None else weekend; s = sum(curve); out, t = [], (frm or T0) // H * H
    while t < (to or T1): lt = t + TZ * H; lam = per_day * curve[int(lt // H) % 24] / s * (weekend if int(lt // D + 3) % 7 > 4 else 1); out += [t + U(0, H) for _ in range(poisson(lam))]; t += H
    return sorted(x for x in out if x >= (frm or T0))
def think(med=7): return min(logn(med, .8), 240)
# ---------------------------------------------------------------- honest behaviour
def home_screen(a, t): return screen(a, t, ['dash', 'offers'] if DASH else ['me', 'balance', 'usage', 'bundles'] + (['offers'] if chance(.6) else []))
def sign_in(a, t, reason=''):
    if chance(.7): ev(t, a, 'identify', ids={'m': a.ms}, anon=True, sub=a.subj); t += think(4)
    if chance(.05):                           # a typo in the number
        ev(t, a, 'otp', 400, anon=True, sub=a.subj[:-1]); t += think(8)
    ev(t, a, 'otp', anon=True, sub=a.subj); t += logn(14, .5)
    while chance(.8 if 0 < t - SMS_OUTAGE < 4500 else .13): ev(t, a, 'otp', 429 if chance(.15) else None, anon=True, sub=a.subj); t += logn(25, .4)
    while chance(.08): ev(t, a, 'otpv', 401, anon=True, sub=a.subj); t += logn(12, .5)
    ev(t, a, 'otpv', sub=a.subj); a.sid, a.auth_t = hexid(20), t; t += .5
    if a.dev: ev(t, a, 'push')
    return t + .4
def scr_bills(a, t):
    call(a, t, 'bills')
    for _ in range(wpick([(0, 3), (1, 5), (2, 1.5), (4, .4)])):
        t += think(8); b = a.bills[-1] if chance(.6) else R.choice(a.bills); call(a, t, 'bill', ids={'bill': b})
        if chance(.55): call(a, t + 1 + think(3), 'pdf', ids={'bill': b})
    return t
def scr_topup(a, t):
    screen(a, t, ['cards', 'balance']); t += think(15); p = hexid(12); ev(t, a, 'intent'); t += logn(20, .5)
    if ev(t, a, 'confirm', 402 if chance(.09) else 200, ids={'pay': p}) == 402 and chance(.7): t += logn(30, .4); ev(t, a, 'confirm', 402 if chance(.3) else 200, ids={'pay': p})
    t += 2; ev(t, a, 'topup')
    for _ in range(R.randint(1, 4)): t += U(1.5, 4); call(a, t, 'balance')
    return t
def scr_voucher(a, t, bad=.25):
    while chance(bad): ev(t, a, 'voucher', R.choice([404, 404, 422, 409])); t += logn(22, .5)
    ev(t, a, 'voucher'); call(a, t + 1.2, 'balance'); return t + 2
def scr_roam(a, t):
    screen(a, t, ['rzones'])
    for _ in range(R.randint(1, 4)): t += think(9); call(a, t, 'rpkg', ids={'q': R.choice(COUNTRIES)})
    if chance(.35): t += think(20); ev(t, a, 'rbuy'); t = home_screen(a, t + 2)
    return t
def scr_fam(a, t):
    call(a, t, 'fam')
    for l in R.sample(a.lines, min(len(a.lines), R.randint(1, 5))):
        t += think(6); screen(a, t, ['usage', 'balance'], ids={'line': l})
        if chance(.2): ev(t + think(8), a, 'famput', ids={'line': l})
    if chance(.04): ev(t + think(40), a, 'famadd')
    return t
def scr_chat(a, t):
    c = hexid(10); end, nxt = t + U(60, 500), t; gap = R.choice([5, 8, 12])
    while t < end:
        call(a, t, 'chatp', ids={'chat': c, 'n': '%d' % (t % 1000)})
        if t > nxt: ev(t + .5, a, 'chat', ids={'chat': c}); nxt = t + logn(60, .6)
        t += gap + U(0, .4)
    return t
def scr_esim(a, t, order=True):
    o = hexid(10)
    if order: ev(t, a, 'esim', 422 if chance(.06) else None)
    for _ in range(R.randint(2, 14)): t += U(2, 6); call(a, t, 'esims', ids={'eso': o})
    t += logn(60, .7)
    while chance(.2): ev(t, a, 'esact', R.choice([409, 424, 422]), ids={'eso': o}); t += logn(45, .5)
    ev(t, a, 'esact', ids={'eso': o})
    for _ in range(R.randint(2, 10)): t += U(4, 10); call(a, t, 'esims', ids={'eso': o})
    return t
def scr_port(a, t):
    ev(t, a, 'portchk', 422 if chance(.2) else 200); t += logn(70, .5)
    while chance(.2): ev(t, a, 'port', 422); t += logn(80, .5)
    ev(t, a, 'port'); p = hexid(10)
    for _ in range(R.randint(1, 8)): t += logn(1200, 1.3); call(a, t, 'ports', ids={'prt': p})
    return t
def scr_swap(a, t):
    s = hexid(10); ev(t, a, 'swap', 409 if chance(.05) else None); t += logn(25, .4)
    while chance(.1): ev(t, a, 'swapv', 401, ids={'swp': s}); t += 15
    ev(t, a, 'swapv', ids={'swp': s})
    for _ in range(R.randint(2, 9)): t += logn(30, .8); call(a, t, 'swaps', ids={'swp': s})
    return t
def scr_misc(a, t):
    r = wpick([('daily', 4), ('plans', 2), ('points', 2), ('tickets', .8), ('stores', .6), ('line', 1), ('devices', .8)]); call(a, t, r)
    if r == 'plans' and chance(.5):
        for _ in range(R.randint(1, 4)): t += think(10); call(a, t, 'plan1', ids={'plan': R.choice(PLANS)})
        if chance(.07): ev(t + 20, a, 'planput')
    if r == 'points' and chance(.5): ev(t + think(5), a, 'spin', 409 if chance(.3) else 200)
    if r == 'line' and chance(.08): ev(t + 6, a, 'meput')
    return t
def visit(a, t, extra=None, quick=False):
    if SESSION_MODE == 'visit' and a.dev: a.sid = hexid(20)
    if t - a.last > 1800 and chance(.8): call(a, t, 'config', anon=True)
    if t - a.auth_t > 1500:
        st = ev(t + .15, a, 'refresh', 401 if chance(.008) else None)
        if st == 401: t = sign_in(a, t + think(6))
        a.auth_t = t
    if a.dev and chance(.25): ev(t + .3, a, 'tele')
    if a.newat and t > a.newat and not a.moved:
        a.moved = True
        if chance(.2):                        # the new version has lost the sign-in
            t = sign_in(a, t + think(5))
    t = home_screen(a, t + .4)
    for s in (extra or []): t = s(a, t + think(8))
    if not quick:
        while chance(.52):
            t += think(9)
            if t > T1: break
            f = wpick([(scr_misc, 5), (scr_bills, .3 if a.pre else 1.6), (scr_topup, 1.2 if a.pre else .12), (scr_voucher, .5 if a.pre else .05), (scr_roam, .25), (home_screen, 2), (scr_chat, .05), (scr_fam, .5 if len(a.lines) > 1 else 0)])
            t = f(a, t)
    return t
def web_visit(a, t, extra=None):
    a.sid = hexid(20) if chance(.97) else None; screen(a, t, ['config', 'banners'], anon=True); t += think(12)
    if chance(.55):
        while chance(.12): ev(t, a, 'login', 401, anon=True, sub=a.subj); t += logn(11, .5)
        ev(t, a, 'login', sub=a.subj)
    else: t = sign_in(a, t)
    t = home_screen(a, t + .6)
    for s in (extra or []): t = s(a, t + think(10))
    while chance(.55): t = wpick([(scr_misc, 4), (scr_bills, 3), (scr_topup, .6), (scr_roam, .3), (home_screen, 1), (scr_chat, .1)])(a, t + think(14))
    if chance(.3): ev(t + think(10), a, 'logout')
    return t
def go_app(kind, rate, att='genuine', plat=None):
    a = phone(kind, plat, att)
    for t in moments(rate): visit(a, t)
    if PROMO and chance(.22): visit(a, PROMO + R.expovariate(1 / 1500.), [scr_misc], quick=True)
    for s, e, p in INCIDENTS:
        if chance(.12):
            for _ in range(R.randint(1, 4)): visit(a, s + U(0, (e - s) * 1.2), quick=True)
    return a
def c_app(): go_app('app-user', logn(.5, .7))
def c_poller():
    a = go_app('prepaid-poller', U(1, 2)); a.pre = True
    for t in moments(U(4, 14)):
        for _ in range(R.randint(1, 5)): call(a, t, 'balance'); t += U(4, 50)
def c_widget():
    a = go_app('widget-user', U(.4, 1.2)); gap, t = R.choice([H, 2 * H, 4 * H, 6 * H]), T0 + U(0, 4 * H)
    while t < T1:
        if chance(.88):
            if chance(.3): ev(t, a, 'refresh')
            call(a, t + .3, 'balance')
            if chance(.5): call(a, t + .35, 'usage')
        t += gap + U(0, 500)
def c_family():
    a = phone('family-admin'); a.lines += [new_line(msisdn()) for _ in range(R.randint(2, 7))]
    for t in moments(U(.7, 2.5)): visit(a, t, [scr_fam])
def c_travel():
    a = phone('traveller'); s = T0 + U(0, DAYS * .7) * D; a.travel = (s, s + U(1, 6) * D, R.choice(HOTELS))
    for t in moments(U(.8, 2.5)): visit(a, t, [scr_roam] if chance(.35) else None)
def c_newphone():
    a = phone('new-phone'); b = phone('new-phone', None, 'genuine'); sw = T0 + U(.1, .95) * DAYS * D
    for t in moments(U(.6, 2), to=sw): visit(a, t)
    b.user, b.ms, b.subj, b.lines, b.ids, b.bills, b.home, b.name, b.office, b.pre = a.user, a.ms, a.subj, a.lines, a.ids, a.bills, a.home, a.name, a.office, a.pre; t = sign_in(b, sw)
    t = visit(b, t, [scr_swap, lambda x, y: scr_esim(x, y, False)] if chance(.4) else None)
    for t in moments(U(1, 3), frm=sw + H): visit(b, t)
def c_newcust():
    a = phone('new-customer'); t = T0 + U(0, DAYS) * D; h = int(t // H + TZ) % 24
    if not chance(DAYCURVE[h]): t += 9 * H
    s0 = t; screen(a, t, ['config', 'plans', 'banners'], anon=True)
    for _ in range(R.randint(1, 6)): t += think(12); call(a, t, 'plan1', ids={'plan': R.choice(PLANS)}, anon=True)
    for _ in range(R.choice([0, 0, 2, 6, 12])): t += think(6); call(a, t, 'numbers', ids={'q': str(R.randint(0, 999))}, anon=True)
    t += think(20)
    if chance(.5): ev(t, a, 'reserve', ids={'num': a.ms}, anon=True)
    t += logn(90, .5)
    while chance(.2): ev(t, a, 'signup', R.choice([400, 409, 422]), anon=True, sub=a.subj); t += logn(30, .5)
    ev(t, a, 'signup', anon=True, sub=a.subj); t = sign_in(a, t + 3); g = hexid(10)
    for _ in range(R.randint(1, 4)): t += logn(30, .5); ev(t, a, 'kyc', 422 if chance(.25) else 201, ids={'reg': g})
    t = scr_esim(a, t + 20)
    if chance(.8): ev(t + 8, a, 'bonus')
    if chance(.4): t = scr_port(a, t + 60)
    if chance(.6): t = scr_topup(a, t + 60)
    for t in moments(U(2, 5), frm=max(t, s0 + H)): visit(a, t)
def c_promoter():  # A stand at a mall or a campus: the staff sign new customers up on the spot, all behind one hotspot.
    ip = R.choice([R.choice(MOB.egress), R.choice(WIFIS), home_ip()]); t = (moments(1, SHOP, 1.2) or [T0 + D])[0]
    for _ in range(R.randint(6, 25)):
        a = phone('stand-signup'); a.fixed = [ip]; x = screen(a, t, ['config', 'plans'], anon=True); x += think(30); ev(x, a, 'signup', 409 if chance(.05) else None, anon=True, sub=a.subj); x = sign_in(a, x + 3)
        ev(x + 20, a, 'kyc', 422 if chance(.15) else 201); x = scr_esim(a, x + 40) if chance(.4) else x + 30; ev(x + 5, a, 'bonus'); home_screen(a, x + 9); a.fixed = None
        for y in moments(U(.8, 2), frm=x + 2 * H): visit(a, y)
        t += logn(400, .6)
def c_fails():
    att = wpick([('failed', 4), ('flaky', 2)]); kind = R.choice(['rooted-phone', 'custom-rom', 'emulator-at-home']); go_app(kind, logn(1., .6), att, 'android' if kind != 'rooted-phone' or chance(.85) else 'ios')
def c_old():
    a = phone('old-app', None, 'missing'); a.ver, a.newat = R.choice(['5.3.1', '5.9.0', '6.0.2', '6.1.0']), None; a.ja = a.ja + '-old'
    for t in moments(logn(.8, .6)): visit(a, t)
def c_nogms():
    a = phone('no-play-services', 'android', R.choice(['missing', 'failed'])); a.model = R.choice(['NOH-NX9', 'ALN-L29', 'ELS-N39'])
    for t in moments(U(.5, 2)): visit(a, t)
def c_skew(): go_app('clock-skew', U(.6, 2), 'skew')
def c_vpn():
    a = phone('vpn-user'); a.fixed = R.choice(VPN).egress[:R.randint(3, 8)]
    for t in moments(U(.5, 2)): visit(a, t)
def c_relay():
    a = phone('private-relay', 'ios'); a.fixed = R.sample(RELAY.egress, 6) + [RELAY.ip6() for _ in range(3)]
    for t in moments(U(.5, 2)): visit(a, t)
def c_shared():
    a = phone('shared-device'); us = []
    for _ in range(R.randint(2, 4)): subscriber(a); us.append((a.user, a.ms, a.subj, a.lines, a.ids, a.bills))
    for t in moments(U(1, 3)): a.user, a.ms, a.subj, a.lines, a.ids, a.bills = R.choice(us); t = sign_in(a, t); visit(a, t); ev(a.last + 20, a, 'logout')
def c_reseller():  # A kiosk that recharges for walk-in customers from one phone.
    a = phone('kiosk-reseller', 'android'); a.fixed = [R.choice(MOB.egress), home_ip()]
    for t in moments(U(15, 60), SHOP, 1.0):
        m = msisdn(); ev(t, a, 'gval', 404 if chance(.06) else 200, sub=SUBJ.format(m)); t += U(6, 25)
        if chance(.6): ev(t, a, 'intent'); ev(t + U(3, 10), a, 'confirm', 402 if chance(.02) else 200)
        else: ev(t, a, 'voucher', 404 if chance(.08) else 200)
        if chance(.5): call(a, t + 14, 'balance')
def c_fumbler():
    a = phone('voucher-fumbler'); a.pre = True
    for t in moments(U(.5, 1.2)): visit(a, t, [lambda x, y: scr_voucher(x, y, .75)], quick=True)
def c_swap():
    a = phone('sim-swap-customer'); t = moments(1.0, SHOP)
    for x in t[:1]:
        visit(a, x, [scr_swap])
        for y in moments(U(2, 5), frm=x + 600): visit(a, y)
def c_port():
    a = phone('porting-customer') if chance(.6) else web('porting-customer')
    for x in moments(1.0)[:1]: (visit if a.dev else web_visit)(a, x, [scr_port])
def c_web():
    a = web('web-user')
    for t in moments(logn(.45, .6)): web_visit(a, t)
def c_guest():
    a = web('guest-topup'); a.user = None
    for t in moments(U(.3, 1)):
        a.sid = hexid(20); screen(a, t, ['config', 'banners'])
        for _ in range(R.choice([1, 1, 1, 2, 4])):
            t += logn(25, .6); ev(t, a, 'gval', 404 if chance(.1) else 200, sub=SUBJ.format(msisdn())); t += logn(30, .5); ev(t, a, 'intent'); t += logn(20, .4)
            while ev(t, a, 'confirm', 402 if chance(.13) else 200) == 402 and chance(.6): t += logn(30, .4)
def c_prospect():
    a = web('prospect'); a.user = None
    for t in moments(U(.35, .9)):
        a.sid = hexid(20); screen(a, t, ['config', 'banners', 'plans'])
        for _ in range(R.randint(1, 9)):
            t += think(14); r = wpick([('plan1', 4), ('coverage', 2), ('devices', 2), ('stores', 1), ('numbers', 1.5)])
            call(a, t, r, ids={'plan': R.choice(PLANS), 'q': 'str%d' % R.randint(1, 300), 'n': str(R.randint(1, 9))})
def c_forgot():
    a = web('forgotten-password')
    for t in moments(.6)[:2]:
        a.sid = hexid(20); ev(t, a, 'config', anon=True); t += 10
        for _ in range(R.randint(2, 7)): ev(t, a, 'login', 401 if chance(.95) else 423, anon=True, sub=a.subj); t += logn(12, .6)
        ev(t, a, 'reset', anon=True, sub=a.subj); t += logn(60, .5); ev(t, a, 'resetc', anon=True, sub=a.subj); web_visit(a, t + 10)
def c_business():  # Administrator of a fleet of lines: looks at many, downloads every bill.
    a = web('business-admin'); a.wifi, a.office = .5, R.choice(OFFICES); a.lines = [new_line(msisdn()) for _ in range(R.randint(20, 180))]; a.bills = [new_bill() for _ in range(R.randint(8, 40))]
    for t in moments(U(.5, 1.5), WORK, .05):
        web_visit(a, t); t = a.last + 5
        for l in R.sample(a.lines, min(len(a.lines), R.randint(4, 45))): screen(a, t, R.choice([['usage'], ['line', 'usage'], ['line', 'balance', 'usage']]), ids={'line': l}); t += think(4)
        if chance(.35):
            call(a, t, 'bills')
            for b in a.bills: t += U(.8, 5); ev(t, a, 'pdf', ids={'bill': b})
def c_accountant():  # A script of a book-keeper that signs in with its clients' passwords and fetches their bills.
    a = web('bookkeeper-script'); a.ua, a.ja = tool(R.choice(['py', 'node', 'php'])); a.fixed = [R.choice([R.choice(OFFICES), R.choice(CLOUD).ip()])]; cl = []
    for _ in range(R.randint(5, 30)): subscriber(a); cl.append((a.user, email(), a.ids, a.bills))
    for t in moments(.5, WORK, 0)[:2]:
        for u, s, i, b in cl:
            a.user, a.subj, a.ids, a.sid = u, s, i, hexid(20); ok = chance(.9); ev(t, a, 'login', 200 if ok else 401, anon=not ok, sub=s); t += U(.5, 1.5)
            if ok:
                call(a, t, 'bills')
                for x in b[-R.randint(1, 3):]: t += U(.4, 1.5); ev(t, a, 'pdf', ids={'bill': x})
            t += U(.5, 4)
def c_script():
    a = web('home-automation'); a.ua, a.ja = ('HomeAssistant/2026.6.%d aiohttp/3.11' % R.randint(0, 3), 'py') if chance(.6) else tool(R.choice(['py', 'go', 'curl'])); a.fixed = [a.home]
    gap, t = R.choice([900, 1800, 3600, 7200]), T0 + U(0, H); lt = 0
    while t < T1:
        if t - lt > 3 * H: ev(t, a, 'login', sub=a.subj); a.sid, lt = hexid(20), t
        call(a, t + .5, 'balance')
        if chance(.5): call(a, t + .9, 'usage')
        t += gap + U(0, 2)
# -------- shops, call centres, back office
CUST = [str(seq['cus'] + i * 7 + R.randint(0, 6)) for i in range(4000)]; STAFF = []
def staff(kind, addrs, curve, rate, weekend=1.0):
    a = A(kind, 'portal', client=R.choice(['tc-portal-dealer', 'tc-portal-dealer']) if kind.startswith('shop') else 'tc-portal-care'); a.ua, a.ja = browser() if chance(.3) else (CHROME[0] % 146, 'chrome')
    a.user, a.fixed, a.rate = R.choice(['stf', 'dlr', 'agt']) + '-%05d' % R.randint(1, 99999), addrs, rate; a.subj = a.user; STAFF.append(a); day = T0 // D * D - D
    while day < T1:
        wd = int(day // D + 3) % 7; day += D
        if chance(.25) or (wd > 4 and not chance(weekend)): continue
        start = day + (9 - TZ) * H + U(-1, 1.5) * H if curve != 'late' else day + (14 - TZ) * H + U(-1, 3) * H; a.sid = hexid(20); t = start
        while chance(.1): ev(t, a, 'dlogin', 401, anon=True, sub=a.subj); t += 9
        ev(t, a, 'dlogin', sub=a.subj); end = start + U(6, 9) * H
        while t < end:
            t += R.expovariate(rate / H)
            if chance(.03): t += U(20, 50) * 60
            serve(a, t)
    return a
def serve(a, t, c=None):  # One customer at the counter or on the line.
    k = a.kind; c = c or R.choice(CUST)
    if k == 'retention-campaign' or k == 'fraud-team':
        screen(a, t, ['dcust', 'dlines'] + (['dbills'] if chance(.5) else []), ids={'cus': c})
        if chance(.6): ev(t + U(30, 100), a, 'dnote', ids={'cus': c})
        return
    if chance(.85):
        for _ in range(R.choice([1, 1, 1, 2, 3])): call(a, t, 'dsearch', ids={'q': R.choice([msisdn()[-6:], 'name', 'id%d' % R.randint(1, 99)])}); t += think(7)
        screen(a, t, ['dcust', 'dlines'], ids={'cus': c}); t += think(25)
        if chance(.3): call(a, t, 'dbills', ids={'cus': c})
    x = R.random()
    if k.startswith('shop'):
        if x < .1: ev(t + 40, a, 'dswap', 403 if chance(.05) else None)
        elif x < .35: ev(t + 40, a, 'dkyc', 422 if chance(.1) else None); ev(t + 90, a, 'dact', 422 if chance(.05) else None)
        elif x < .5: ev(t + 20, a, 'dtop')
        if chance(.08): call(a, t + 120, R.choice(['dstock', 'dcomm', 'dqueue']))
    elif x < .7:
        ev(t + think(60), a, 'dnote', ids={'cus': c})
        if x < .03: ev(t + 50, a, 'dswap')
def all_staff(budget):
    n0, bpo = len(E), U(.2, .6)
    while len(E) - n0 < budget:
        x = R.random()
        if x < bpo: staff('call-centre', BPO, R.choice(['day', 'late']), U(7, 16))
        elif x < .9:
            ip = [R.choice(ISPS).ip()]
            for _ in range(R.randint(1, 3)): staff('shop-staff', ip, 'day', U(2, 7), .6)
        elif x < .96: staff('retention-campaign', BPO if chance(.5) else HQ, 'day', U(20, 45), 0)
        else: staff('fraud-team', HQ, 'day', U(10, 30), .2)
# -------- partners, jobs, robots
PARTNERS = []
def server(kind, key, tk, naddr): a = A(kind, 'server', client=key); a.ua, a.ja = tool(tk); n = R.choice(CLOUD + ISPS); a.fixed = [n.ip() for _ in range(naddr)]; a.name = key; PARTNERS.append(a); return a
def partners(budget):
    n0 = len(E); k = R.randint(3, 6); ws = [logn(1, .9) for _ in range(k)]
    for i in range(k):
        a = server('topup-partner', 'key-topup-%02d' % (i + 1), R.choice(['java', 'net', 'php', 'node', 'java']), R.randint(1, 3)); bad = U(.01, .08); poll = chance(.4)
        for t in moments(budget * .45 * ws[i] / sum(ws) / DAYS / (3.2 if poll else 2.2)):
            if chance(.95): ev(t, a, 'pval', 404 if chance(bad) else 200, sub=None)
            t += U(.3, 3); o = hexid(12); st = ev(t, a, 'pord', R.choice([402, 409, 422]) if chance(bad) else None)
            if st >= 500 and chance(.7):      # a clumsy client that does not back off
                for _ in range(R.randint(1, 12)): t += .5; ev(t, a, 'pord', 409 if chance(.5) else 201)
            if poll or chance(.05):
                for _ in range(R.choice([1, 1, 2, 5])): t += 2; ev(t, a, 'pget', ids={'ord': o})
        day = T0 // D * D + U(0, 4) * H
        while day < T1:
            for pg in range(R.randint(4, 25)): ev(day + pg * U(1, 2), a, 'prec', ids={'n': str(pg)})
            day += D
    for i in range(R.randint(1, 3)):
        a = server('mvno-partner', 'key-mvno-%02d' % (i + 1), R.choice(['java', 'go', 'py']), R.randint(1, 4)); subs = [str(R.randint(10 ** 7, 10 ** 8)) for _ in range(600)]; a.subs = subs
        for t in moments(budget * .15 / DAYS / 2, WORK, .3): x = R.random(); ev(t, a, 'msub' if x < .7 else 'mput' if x < .9 else 'mprov', 404 if chance(.02) else None, ids={'sub': R.choice(subs)})
        day = T0 // D * D + (R.choice([1, 2, 3, 4]) - TZ) % 24 * H
        while day < T1:                       # nightly batch: call records, then a sweep of subscribers
            t = day + U(0, 300); ev(t, a, 'ptok')
            for f in range(R.randint(5, 40)): t += U(.5, 3); ev(t, a, 'mcdr', 404 if chance(.03) else 200, ids={'cdr': '%d-%03d' % (20260600 + int(day // D) % 30, f)})
            for s in R.sample(subs, R.randint(60, 250)): t += R.choice([.1, .2, .2, 1]); ev(t, a, 'msub', ids={'sub': s})
            day += D
    for i in range(R.randint(1, 3)):          # machines: a company reads its SIMs one after the other
        a = server('iot-fleet', 'key-ent-%02d' % (i + 1), R.choice(['py', 'node', 'curl']), 1); base, n = R.randint(10 ** 8, 9 * 10 ** 8), R.randint(20, 120); gap = R.choice([6, 8, 12, 24]) * H; t0 = T0 + U(0, gap)
        while t0 < T1:
            t = t0
            for s in range(n): ev(t, a, 'musage', 404 if s % 37 == 36 else 429 if chance(.01) else 200, ids={'sim': str(base + s)}); t += U(.1, .6)
            t0 += gap
    a = server('porting-clearing', 'key-clearing', 'java', 2)
    for t in moments(budget * .04 / DAYS, WORK, .2): ev(t, a, 'pnot')
    if chance(.7):                            # an integration whose key has run out
        a = server('clumsy-integration', 'key-old-%02d' % R.randint(1, 9), R.choice(['php', 'py', 'net']), 1); t, gap = T0 + U(0, DAYS / 2) * D, R.choice([120, 300, 600])
        while t < T1:
            ev(t, a, R.choice(['pval', 'ptok']), 401); t += gap + U(0, 4)
            if chance(.004): break
    a = server('finance-aggregator', 'key-aggr-01', 'java', 4); a.client = 'tc-web' if chance(.5) else a.client; vs = [u for u in USERS if u.plat == 'web'][:400]
    for u in R.sample(vs, min(len(vs), 40)):
        for t in moments(U(.4, 1), [3 if 3 < i < 7 else .3 for i in range(24)]):
            a.user, a.ids, a.sid = u.user, u.ids, hexid(20); ev(t, a, 'login', 401 if chance(.06) else 200, sub=u.subj); screen(a, t + 1, ['melines', 'bills', 'balance'])
    PARTNERS.remove(a)
def robots():
    for i in range(R.randint(1, 3)):
        m = A('uptime-monitor', 'server', client=None, att=None); m.ua, m.ja = R.choice(['UptimeRobot/2.0', 'Pingdom.com_bot_version_1.4', 'Better Uptime Bot', 'kube-probe/1.31']), 'go'
        m.fixed, gap, t = [R.choice(CLOUD).ip() for _ in range(R.randint(1, 5))], R.choice([180, 300, 300, 600]), T0 + U(0, 60)
        while t < T1: ev(t, m, 'health', meth=R.choice(['GET', 'HEAD']) if i else None); t += gap + U(0, 1)
    s = A('synthetic-check', 'server', client='tc-web'); s.ua, s.ja, s.fixed = 'Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/146.0.0.0 DatadogSynthetics', 'chrome', [CLOUD[0].ip() for _ in range(3)]
    subscriber(s); USERS.pop(); t = T0 + U(0, 900)
    while t < T1: s.sid = hexid(20); ev(t, s, 'login', sub='synthetic@test.example'); screen(s, t + 1, ['me', 'balance', 'bills']); t += R.choice([900, 1800]) + U(0, 5)
    for n, ua, r in [('search-crawler', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 80), ('search-crawler', 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 30), ('ai-crawler', 'Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)', 40), ('price-comparison', 'TarifVergleich/3.1 (+https://compare.example/bot)', 60)]:
        if chance(.85):
            c = A(n, 'server', client=None, att=None); c.ua, c.ja, c.fixed = ua, 'go', [R.choice(CLOUD).ip() for _ in range(R.randint(2, 8))]
            for t in moments(r * U(.5, 2), [1] * 24, 1.0):
                x = wpick([('plans', 2), ('plan1', 5), ('stores', 2), ('devices', 3), ('robots', .5), ('raw', .8)])
                ev(t, c, x, 404 if x == 'raw' else None, ids={'plan': R.choice(PLANS), 'n': str(R.randint(1, 30))}, path=P('help/%d' % R.randint(1, 80)) if x == 'raw' else None)
    for _ in range(R.randint(2, 6)):          # testers in the office, emulators and nightly suites
        q = phone('qa-device', None, R.choice(['failed', 'genuine', 'missing'])); q.fixed, q.ver = HQ, NEWVER
        for t in moments(U(2, 6), WORK, 0):
            if chance(.5): t = sign_in(q, t)
            visit(q, t, R.sample([scr_esim, scr_port, scr_voucher, scr_roam, scr_bills], 2))
# ---------------------------------------------------------------- attacks
NATK = {}
class Src:  # Addresses of an attacker: one, a few, hosting, home proxies, phones behind a carrier.
    def __init__(self, how):
        self.how = how
        if how == 'one': self.a = [R.choice(CLOUD + FOREIGN + ISPS).ip()]
        elif how == 'few': self.a = [R.choice(CLOUD + FOREIGN).ip() for _ in range(R.randint(3, 15))]
        elif how == 'hosting': n = R.sample(CLOUD, 2); self.a = [R.choice(n).ip() for _ in range(R.randint(25, 120))]
        elif how == 'vpn': self.a = R.choice(VPN).egress
        elif how == 'carrier': self.a = R.sample(MOB.egress, 4) + R.sample(MOB2.egress, 4)
        elif how == 'home': self.a = [home_ip()]
        self.cur, self.left = None, 0; self.stick = R.choice([1, 1, 2, 3, 8])
    def ip(self):
        if self.how in ('resi', 'world'):
            if self.left <= 0:
                x = R.random(); self.cur = R.choice(HOMES) if x < .06 and HOMES else R.choice(ISPS).ip() if x < (.85 if self.how == 'resi' else .25) else R.choice(FOREIGN).ip()
                self.left = self.stick if self.stick < 3 else R.randint(1, self.stick)
            self.left -= 1; return self.cur
        return R.choice(self.a)
def bot(kind, inst, form):  # form: py, go, curl, browser, forged (claims to be the app), repack, stolen, phone.
    plat = 'web' if form in ('py', 'go', 'curl', 'node', 'browser', 'java') else ('android' if form != 'phone' or chance(.8) else 'ios')
    if plat == 'web':
        a = A(kind, 'web', client='tc-web'); a.ua, a.ja = browser() if form == 'browser' else tool(form)
        if form != 'browser' and chance(.45): a.ua = browser()[0]               # a browser's name over a script's TLS
        a.cap = U(.1, .9) if form == 'browser' else None; a.sid = hexid(20) if form == 'browser' else None
    else:
        a = phone(kind, plat, {'forged': 'missing', 'repack': 'failed', 'stolen': 'stolen', 'phone': 'genuine'}[form]); USERS.pop(); a.user, a.sid = None, None
        if form in ('forged', 'stolen'):
            a.ja = R.choice(['py', 'go', 'okhttp', 'node'])
            if chance(.3): a.ua = 'okhttp/4.9.%d' % R.randint(0, 3)
            if chance(.3): a.dev = None
        a.tok_every = U(.6, 1.6) * TOKEN_LIFE
    a.label, a.inst, a.form = 'attack', inst, form; a.name = inst + '-bot'; a.mimic = R.choice([0, 0, .06, .2]) if form in ('forged', 'stolen', 'phone', 'browser') else 0
    if plat == 'web' and form != 'browser' and chance(.06): a.ua = None
    return a
def fresh(a):  # The tool starts again as somebody else.
    if a.plat == 'web':
        if a.form == 'browser': a.ua, a.ja = browser(); a.sid = hexid(20)
    elif a.dev and a.att != 'genuine': a.dev = hexid(16)
def paced(n, t0, gap, style):
    out, t = [], t0; left = R.randint(5, 40)
    for _ in range(n):
        out.append(t); t += gap * (U(.85, 1.15) if style == 'steady' else R.expovariate(1) if style == 'random' else .35 * R.expovariate(1))
        if style == 'bursts':
            left -= 1
            if left <= 0: left = R.randint(5, 40); t += left * gap * U(.4, 1.1)
        if style == 'daytime':
            h = (t / H + TZ) % 24
            if h < 8: t += (8 - h) * H
    return [x for x in out if x < T1]
def acct(a, victim=None):  # Give the bot an account: its own, or a victim's.
    if victim: a.user, a.ids, a.lines, a.bills, a.ms, a.subj, a.pre = victim.user, dict(victim.ids), victim.lines, victim.bills, victim.ms, victim.subj, victim.pre
    else: subscriber(a); USERS.pop()
    a.sid = hexid(20)
def victims(k): return R.sample([u for u in USERS if u.user and u.user not in TAKEN and u.last > T0 and u.kind not in ('bookkeeper-script', 'shared-device')], k)
def aftermath(v, t):  # The true owner sees that something is wrong.
    if v.plat in ('android', 'ios') and chance(.6):
        v.fixed = [v.home]; t += logn(2 * H, .8)
        for _ in range(R.randint(1, 4)): visit(v, t, [scr_chat] if chance(.4) else None, quick=chance(.6)); t += logn(1200, 1)
        v.fixed = None
def cover(a, t, ip):  # A tool that plays the app: some calls that any customer makes.
    if chance(a.mimic):
        for r in R.sample(['balance', 'usage', 'bundles', 'me', 'offers', 'bills', 'refresh'], R.randint(1, 4)): ev(t + U(.1, 1), a, r, addr=ip)
GAPS = {'fast': (.15, 1.5), 'mid': (4, 25), 'slow': (90, 900)}; SIZES = {'fast': (250, 900), 'mid': (90, 320), 'slow': (25, 130)}
def x_stuff(a, src, ts, inst):
    hit = U(.006, .03); fails = {}
    for t in ts:
        ip = src.ip()
        if chance(.5): fresh(a)
        if a.form in ('browser', 'forged') and chance(.3): ev(t - U(1, 4), a, 'config', addr=ip)
        v = None
        if chance(hit): v = victims(1)[0]
        fails[ip] = fails.get(ip, 0) + 1
        if LOCKOUT and fails[ip] > LOCKOUT and chance(.7): ev(t, a, 'login', 429, sub=email(), addr=ip)
        elif v:
            a.user = v.user; ev(t, a, 'login', 200, sub=v.subj, addr=ip); a.user = None
            if chance(.8): x_drain(v, t + logn(1800, 1.5), inst)
        else: ev(t, a, 'login', R.choices([401, 423, 403], [95, 3, 2])[0], sub=email() if chance(.85) else SUBJ.format(msisdn()), addr=ip)
def x_drain(v, t, inst):  # What the buyer of a working account does with it.
    if t > T1 - 600: return
    a = bot('account-takeover', inst + '-use%d' % seq['n'], wpick([('browser', 5), ('phone', 2), ('py', 1.5)])); acct(a, v)
    if chance(.3): aftermath(v, t)
    TAKEN[v.user] = min(t, TAKEN.get(v.user, t)); a.fixed = [Src(R.choice(['resi', 'vpn', 'home', 'carrier', 'one'])).ip()]; ev(t, a, 'login', sub=v.subj); screen(a, t + 1, ['me', 'melines', 'balance', 'cards'])
    t += think(15)
    for r in R.sample(['bills', 'points', 'offers', 'meput', 'intent', 'gift', 'esim', 'devices', 'addon', 'portcode'], R.randint(3, 7)):
        t += think(14); ev(t, a, r, 403 if chance(.1) else None)
        if r == 'intent': ev(t + 8, a, 'confirm', 402 if chance(.4) else 200)
        if r == 'bills':
            for b in v.bills[:R.randint(1, 4)]: t += think(6); ev(t, a, 'pdf', ids={'bill': b})
        if r == 'gift':
            for _ in range(R.randint(1, 5)): t += think(8); ev(t, a, 'gift', 409 if chance(.2) else 200)
def x_spray(a, src, ts, inst):
    dealer = chance(.45)
    if dealer: a.client = 'tc-portal-dealer'
    names = ['%s-%05d' % (R.choice(['stf', 'dlr', 'agt']), R.randint(1, 99999)) for _ in range(max(8, len(ts) // 3))] if dealer else [email() for _ in range(max(8, len(ts) // 3))]
    for i, t in enumerate(ts):
        ev(t, a, 'dlogin' if dealer else 'login', R.choices([401, 429, 423], [94, 3, 3])[0], sub=names[i % len(names)], addr=src.ip())
        if chance(.3): fresh(a)
def x_swap(a, src, ts, inst):  # SIM-swap chains: phished code or a stolen dealer sign-in, then the number moves.
    ts = [x for x in (ts[0] + (x - ts[0]) * 4 for x in ts) if x < T1] if ts[-1] - ts[0] < 2 * H else ts; dealer = chance(.3); i = 0; stay = src.ip()
    while i < len(ts):
        v = victims(1)[0]; t = ts[i]; i += R.randint(12, 22); stay = src.ip() if chance(.5) else stay; TAKEN[v.user] = t
        if dealer:
            d = A(a.kind, 'portal', client='tc-portal-dealer', label='attack', inst=inst, name=a.name, ua=a.ua or browser()[0], ja='chrome', fixed=[stay]); s = R.choice(STAFF); d.user, d.sid = s.user, hexid(20)
            ev(t, d, 'dlogin', sub=s.user)
            for _ in range(R.randint(1, 3)): t += think(12); ev(t, d, 'dsearch', ids={'q': v.ms[-8:]})
            c = R.choice(CUST); screen(d, t + 5, ['dcust', 'dlines'], ids={'cus': c}); ev(t + 40, d, 'dkyc'); ev(t + 70, d, 'dswap')
        else:
            a.fixed, a.cur = [stay], (0, None); acct(a, v)
            if a.plat != 'web' and chance(.6): a.dev = hexid(16)
            ev(t, a, 'config', anon=True); ev(t + 3, a, 'identify', ids={'m': v.ms}, anon=True, sub=v.subj); t += think(12); ev(t, a, 'otp', anon=True, sub=v.subj); t += logn(50, .6)
            while chance(.35): ev(t, a, 'otpv', 401, anon=True, sub=v.subj); t += logn(20, .5)
            if chance(.15): continue
            ev(t, a, 'otpv', sub=v.subj); t = screen(a, t + .5, ['me', 'melines', 'balance']); t += think(15)
            if chance(.6): ev(t, a, 'meput')
            s = hexid(10); ev(t + 12, a, 'swap' if chance(.6) else 'esim', 403 if chance(.15) else None); t += logn(45, .4); ev(t, a, 'swapv', ids={'swp': s})
            for _ in range(R.randint(2, 7)): t += logn(25, .5); ev(t, a, 'swaps', ids={'swp': s})
            if chance(.4): ev(t + 20, a, 'portcode')
            if chance(.5): ev(t + 60, a, 'reset', sub=v.subj)
            aftermath(v, t)
def x_voucher(a, src, ts, inst):
    k = R.choice([1, 1, 3, 12, 40]); accs = []
    for _ in range(k): acct(a); accs.append((a.user, a.ids, hexid(20), hexid(16)))
    hard = chance(.5); cnt = {}
    for t in ts:
        a.user, a.ids, a.sid, d = R.choice(accs); a.dev = d if a.plat != 'web' and a.att not in ('genuine', 'stolen') else a.dev; cnt[a.user] = cnt.get(a.user, 0) + 1
        st = 429 if hard and cnt[a.user] > 12 and chance(.4) else 200 if chance(.004) else R.choices([404, 422, 409], [85, 12, 3])[0]; ip = src.ip(); ev(t, a, 'voucher', st, addr=ip); cover(a, t, ip)
def x_pump(a, src, ts, inst):
    pre = R.choice([['96079', '26377'], ['37529', '99298', '88017'], ['22177', '25261'], [DIAL + '70', DIAL + '79']]); pre = [p + str(R.randint(100, 999)) for p in pre]
    for i, t in enumerate(ts):
        ip = src.ip()
        if chance(.7): fresh(a)
        if a.form in ('browser', 'forged', 'phone', 'stolen') and chance(.5): ev(t - U(1, 5), a, 'config', addr=ip)
        p = R.choice(pre); n = SUBJ.format(p + str((i * 7 + R.randint(0, 9)) % 10000).zfill(4)); ev(t, a, 'otp', R.choices([202, 429, 400, 403], [88, 6, 4, 2])[0], sub=n, addr=ip)
        if chance(.15): ev(t + U(28, 45), a, 'otp', R.choice([202, 202, 429]), sub=n, addr=ip)
        if chance(.04): ev(t + U(10, 40), a, 'otpv', R.choice([200, 401]), sub=n, addr=ip)
def x_otpbf(a, src, ts, inst):
    i = 0; per = R.choice([3, 5, 10, 30])
    while i < len(ts):
        v = SUBJ.format(msisdn()) if chance(.5) else victims(1)[0].subj; ip = src.ip()
        if chance(.5): fresh(a)
        ev(ts[i], a, 'otp', sub=v, addr=ip)
        for t in ts[i + 1:i + 1 + per]: ev(t, a, 'otpv', R.choices([401, 429, 410], [80, 15, 5])[0], sub=v, addr=ip if chance(.6) else src.ip())
        i += per + 1
def x_subs(a, src, ts, inst):
    r = R.choice(['identify', 'identify', 'reset', 'portchk', 'gval']); base = int(msisdn()[:-4] + '0000'); rnd = chance(.4)
    for i, t in enumerate(ts):
        m = str(base + (R.randint(0, 9999) if rnd else i % 10000))
        if chance(.4): fresh(a)
        st = (202 if r == 'reset' else 200) if chance(.3) else 404; ev(t, a, r, 429 if chance(.02) else st, ids={'m': m}, sub=SUBJ.format(m), addr=src.ip())
def x_bills(a, src, ts, inst):
    acct(a); leak = chance(.55); base = seq['bill'] - R.randint(2000, 60000); acc = seq['acc'] - R.randint(100, 5000); step = R.choice([1, 1, -1, 3]); pdf = chance(.6); ip = src.ip()
    ev(ts[0] - 8, a, 'otpv', sub=a.subj, addr=ip); screen(a, ts[0] - 6, ['me', 'bills'], addr=ip)
    for i, t in enumerate(ts):
        ip = ip if chance(.9) and src.how not in ('resi', 'world') else src.ip(); st = 200 if leak and chance(.75) else R.choice([403, 403, 404]) if not leak else 404
        b = hexid(20) if BILL_STYLE == 'opaque' else str(base + i * step); ac = str(acc + i * step) if BILL_STYLE == 'nested' else a.ids['acc']
        ev(t, a, 'pdf' if pdf and st == 200 or pdf and chance(.5) else 'bill', st, ids={'bill': b, 'acc': ac}, addr=ip); cover(a, t, ip)
def x_lines(a, src, ts, inst):  # Object-id walking over lines: whose balance, whose usage.
    acct(a); base = int(a.ids['line']) - R.randint(500, 9000); leak = chance(.4); r = R.choice(['balance', 'usage', 'line', 'bundles']); ip = src.ip()
    for i, t in enumerate(ts):
        ip = ip if chance(.93) and src.how not in ('resi', 'world') else src.ip(); ev(t, a, r, 200 if leak and chance(.6) else R.choice([403, 404, 403]), ids={'line': str(base + i * R.randint(1, 3))}, addr=ip)
        cover(a, t, ip)
def x_insider(a, src, ts, inst):
    s = R.choice(STAFF); how = R.choice(['names', 'walk', 'swaps']); ms = sorted(ts); old = (s.label, s.inst, s.kind, s.sid); s.label, s.inst, s.kind, s.sid = 'attack', inst, 'dealer-insider', hexid(20)
    if chance(.4): s.cur = (T1, home_ip())               # from home, through the portal
    base = int(R.choice(CUST)); k = 0
    while k < len(ms):
        t = ms[k]; c = str(base + k * 3) if how == 'walk' else R.choice(CUST)
        if k == 0: ev(t - 20, s, 'dlogin', sub=s.user)
        if how != 'walk': ev(t, s, 'dsearch', ids={'q': R.choice(['name', msisdn()[-6:]])})
        screen(s, t + U(1, 5), ['dcust'] + (['dlines'] if chance(.6) else []) + (['dbills'] if chance(.5) else []), ids={'cus': c})
        if how == 'swaps' and chance(.5): ev(t + U(30, 80), s, 'dswap')
        k += 2 if how == 'walk' else 3
    s.label, s.inst, s.kind, s.sid = old; s.cur = (0, None)
ADMIN = ['admin/users', 'admin/config', 'internal/health', 'internal/subscribers', 'admin/vouchers/generate', 'admin/promotions', 'lines/1/credit', 'admin/roles', 'debug/vars', 'actuator/env', 'graphql', 'v0/me', 'internal/otp/last',
         'admin/porting/approve', 'admin/sim/approve', 'staff/customers', 'reports/daily', 'admin/audit', 'internal/hlr/query', 'tariffs/override', 'export/customers.csv', 'swagger.json', 'openapi.json']
def x_bfla(a, src, ts, inst):
    acct(a); ip = src.ip(); own = [P(LN + s).format_map(a.ids) for s in ('/plan', '/credit', '/status', '/barring', '/owner', '/balance', '/port-out-code', '/limits')]; ev(ts[0] - 5, a, 'me', addr=ip)
    for t in ts:
        ip = src.ip() if chance(.05) else ip; x = R.random()
        if x < .5: ev(t, a, 'raw', R.choices([403, 404, 405, 200, 401], [45, 35, 10, 2, 8])[0], path=P(R.choice(ADMIN)), meth=R.choice(['GET', 'GET', 'POST', 'PUT', 'DELETE']), addr=ip)
        elif x < .75: ev(t, a, 'raw', R.choices([403, 405, 400, 200], [40, 25, 30, 5])[0], path=R.choice(own), meth=R.choice(['PUT', 'PATCH', 'POST', 'DELETE']), addr=ip)
        elif x < .9: ev(t, a, R.choice(['dsearch', 'dswap', 'dstock', 'pord', 'dcust']), 403, ids={'cus': R.choice(CUST)}, addr=ip)
        else: ev(t, a, R.choice(['me', 'balance', 'portchk']), addr=ip)
def x_key(a, src, ts, inst):
    p = R.choice([x for x in PARTNERS if x.kind in ('topup-partner', 'mvno-partner')]); k = A(a.kind, 'server', client=p.client, label='attack', inst=inst, name=a.name)
    k.ua, k.ja = (p.ua, p.ja) if chance(.4) else tool(R.choice(['py', 'go', 'curl']))
    for i, t in enumerate(ts):
        ip = src.ip()
        if p.kind == 'mvno-partner':
            ev(t, k, 'msub', 404 if chance(.5) else 200, ids={'sub': R.choice(p.subs) if chance(.2) else str(R.randint(10 ** 7, 10 ** 8))}, addr=ip)
            if chance(.06): ev(t + 1, k, 'mput', 403 if chance(.5) else 200, ids={'sub': R.choice(p.subs)}, addr=ip)
        else:
            ev(t, k, 'pval', 404 if chance(.25) else 200, addr=ip)
            if chance(.5): ev(t + U(.3, 2), k, 'pord', R.choices([201, 402, 422, 429], [70, 15, 10, 5])[0], addr=ip)
            if i < 4: ev(t + 2, k, R.choice(['prec', 'mcdr', 'pget']), R.choice([200, 403]), ids={'cdr': '1', 'ord': '1'}, addr=ip)
def x_repack(a, src, ts, inst):  # Modified apps on many phones: ordinary use, and a robot that collects every bonus.
    k = max(3, min(25, len(ts) // 12)); ph = []
    for i in range(k): b = bot(a.kind, inst, 'repack'); acct(b); b.name = '%s-%02d' % (inst, i); ph.append(b)
    for t in ts[::6]:
        b = R.choice(ph); t = home_screen(b, t)
        for _ in range(R.choice([1, 2, 3])): t += U(.4, 3); ev(t, b, R.choice(['spin', 'spin', 'points', 'gift', 'bonus']), R.choice([200, 409, 403]) if chance(.5) else 200)
def x_replay(a, src, ts, inst): f = R.choice([x_voucher, x_pump, x_subs, x_otpbf]); f(a, src, ts, inst)
def x_farm(a, src, ts, inst):
    k = R.randint(6, 30); ph = []
    for i in range(k): b = bot(a.kind, inst, 'phone'); b.name = '%s-%02d' % (inst, i); b.model = R.choice(MODELS[2:8]) if b.plat == 'android' else b.model; ph.append(b)
    i = 0; sink = new_line(msisdn())
    while i < len(ts):
        t = ts[i]; b = R.choice(ph); b.fixed, b.cur = [src.ip()], (0, None)
        if chance(.7): b.dev, b.tok_t = hexid(16), -1e12  # the app installed anew
        acct(b); n0 = len(E); ev(t, b, 'config', anon=True); t += U(3, 15); ev(t, b, 'signup', 409 if chance(.06) else 201, anon=True, sub=b.subj); t += U(3, 12); ev(t, b, 'otp', anon=True, sub=b.subj)
        t += U(5, 14); ev(t, b, 'otpv', sub=b.subj); screen(b, t + .5, ['me', 'balance'] + (['offers'] if chance(.5) else [])); t += U(4, 20)
        if chance(.4): ev(t, b, 'kyc', 422 if chance(.3) else 201)
        ev(t + 4, b, 'bonus', 409 if chance(.1) else 200); t += U(8, 30)
        if chance(.75): ev(t, b, 'gift', ids=None)
        if chance(.6): ev(t + 5, b, 'logout')
        i += max(1, len(E) - n0)
def x_signup(a, src, ts, inst):
    for t in ts[::2]:
        ip = src.ip(); fresh(a); m = SUBJ.format(msisdn())
        if a.form == 'browser' and chance(.6): ev(t - U(3, 20), a, 'plans', addr=ip)
        ev(t, a, 'signup', R.choices([201, 409, 422, 429], [78, 10, 8, 4])[0], sub=m if chance(.5) else email(), addr=ip); ev(t + U(2, 9), a, 'otp', 202 if chance(.95) else 429, sub=m, addr=ip)
        if chance(.5): ev(t + U(10, 40), a, 'otpv', 200 if chance(.8) else 401, sub=m, addr=ip)
def x_scalp(a, src, ts, inst):
    pats = ['7777', '8888', '0007', '12345', '9999', '1212']
    for i, t in enumerate(ts):
        ip = src.ip()
        if chance(.3): fresh(a)
        ev(t, a, 'numbers', 429 if chance(.03) else 200, ids={'q': R.choice(pats)}, addr=ip)
        if chance(.14): ev(t + U(.1, .6), a, 'reserve', R.choice([201, 201, 409, 422]), ids={'num': msisdn()[:-4] + R.choice(pats)[:4]}, addr=ip)
def x_scrape(a, src, ts, inst):
    what = R.choice([['plan1', 'plans', 'devices'], ['stores', 'coverage'], ['numbers'], ['coverage'], ['devices', 'plan1']])
    for i, t in enumerate(ts):
        if chance(.5): fresh(a)
        r = R.choice(what); ev(t, a, r, R.choices([200, 429, 403], [95, 3, 2])[0], ids={'plan': R.choice(PLANS), 'q': 'str%d' % (i * 3), 'n': str(i % 60)}, addr=src.ip())
def x_flood(a, src, ts, inst):
    r = R.choice(['numbers', 'coverage', 'stores', 'dsearch'])
    for t in ts:
        if chance(.2): fresh(a)
        ev(t, a, r, R.choices([200, 503, 504, 429], [70, 10, 8, 12])[0] if r != 'dsearch' else 401, ids={'q': hexid(R.randint(2, 8))}, addr=src.ip(), slow=3)
SCAN = ['/.env', '/.git/config', '/wp-login.php', '/actuator/health', '/actuator/env', '/swagger-ui.html', '/v2/api-docs', '/phpinfo.php', '/server-status', '/admin', '/login.action', '/cgi-bin/luci', '/api/v1/pods', '/.aws/credentials',
        '/backup.zip', '/config.json', '/debug/pprof/', '/graphql', '/solr/admin/info/system', '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', '/owa/auth/logon.aspx', '/metrics', '/console', '/api/swagger.json', '/jenkins/login', '/.well-known/security.txt', '/xmlrpc.php']
def x_scan(a, src, ts, inst):
    a.client = None if chance(.8) else a.client; a.att = None
    if chance(.6):
        a.ua, a.ja = R.choice([('Mozilla/5.0 (compatible; Nuclei - Open-source project (github.com/projectdiscovery/nuclei))', 'go'), ('Fuzz Faster U Fool v2.1.0-dev', 'go'), ('gobuster/3.6', 'go'), ('Mozilla/5.0 zgrab/0.x', 'go'), ('Mozilla/5.00 (Nikto/2.5.0)', 'curl')])
    for t in ts:
        x = R.random()
        p = R.choice(SCAN) if x < .6 else P(R.choice(ADMIN)) if x < .75 else BASE + '/' + R.choice(['test', 'old', 'bak', 'dev', 'beta', 'v1', 'users', 'docs', 'upload']) + R.choice(['', '/', '.php', '.json', '/' + hexid(3)])
        ev(t, a, 'raw', R.choices([404, 403, 401, 400, 301, 200], [72, 12, 6, 5, 4, 1])[0], path=p, meth=R.choices(['GET', 'HEAD', 'POST', 'OPTIONS'], [85, 7, 6, 2])[0], addr=src.ip(), waf=R.choice([0, 5, 5, 10]))
SQLI = ["1' OR '1'='1", '1%27%20AND%20SLEEP(5)--', '{{7*7}}', '${jndi:ldap://x.example/a}', '..%2f..%2f..%2fetc%2fpasswd', '%3Cscript%3Ealert(1)%3C/script%3E', '1)) UNION SELECT NULL--', ';cat /etc/passwd', "admin'--", '%00']
def x_payload(a, src, ts, inst):
    if chance(.5): acct(a)
    if chance(.4): a.ua, a.ja = 'sqlmap/1.8.11#stable (https://sqlmap.org)', 'py'
    tg = R.sample(['numbers', 'coverage', 'stores', 'rpkg', 'identify', 'dsearch', 'plan1'], 2)
    for t in ts:
        s = R.choice(SQLI).replace(' ', '%20'); r = R.choice(tg)
        ev(t, a, r, R.choices([400, 403, 200, 500, 404], [40, 25, 20, 10, 5])[0], ids={'q': s, 'm': s, 'plan': s.replace('/', '%2f'), 'la': s}, addr=src.ip(), waf=R.choice([0, 5, 5, 10, 15, 25]))
def x_poison(a, src, ts, inst):  # Begins as a customer would, does a little more every few hours, ends by walking.
    acct(a); a.fixed = [src.ip()]; n = len(ts); t = T0 + U(.2, .8) * D; span = T1 - t - 2 * H; base = int(seq['acc'])
    for i in range(n):
        f = math.log(1 + 19 * (i + 1) / n) / math.log(20); x = t + span * f + U(0, 40); ph = i / n
        if ph < .4 or chance(.25): ev(x, a, R.choice(['balance', 'usage', 'bills', 'bundles']))
        elif ph < .75: ev(x, a, R.choice(['bill', 'pdf']), ids={'bill': R.choice(a.bills)})
        else: ev(x, a, 'bill', R.choice([200, 200, 403, 404]), ids={'bill': str(seq['bill'] - i) if BILL_STYLE != 'opaque' else hexid(20), 'acc': str(base - i)})
def x_portout(a, src, ts, inst):  # Guesses at the PIN that lets a number leave.
    v = None
    for i, t in enumerate(ts):
        if i % R.choice([3, 5, 8]) == 0 or not v: v = SUBJ.format(msisdn()); fresh(a)
        ip = src.ip(); r = R.choice(['port', 'port', 'portchk']); ev(t, a, r, R.choices([422, 403, 429, OKST.get(r, 200)], [80, 8, 8, 4])[0], sub=v, addr=ip)
def x_cards(a, src, ts, inst):
    for t in ts[::2]:
        ip = src.ip()
        if chance(.6): fresh(a)
        if chance(.5): ev(t - U(1, 3), a, 'gval', 200, sub=SUBJ.format(msisdn()), addr=ip)
        ev(t, a, 'intent', addr=ip)
        for _ in range(R.choice([1, 1, 2, 3])): t += U(1, 6); ev(t, a, 'confirm', R.choices([402, 200, 429], [80, 16, 4])[0], addr=ip)
WEBF = ['py', 'go', 'browser', 'node', 'forged', 'browser']; ANY = ['resi', 'world', 'hosting', 'few', 'one', 'vpn']
KINDS = [   # name, function, tools, addresses, paces
    ('credential-stuffing', x_stuff, ['py', 'go', 'browser', 'forged', 'browser'], ['resi', 'world', 'hosting', 'few'], ['fast', 'mid', 'slow']),
    ('password-spraying', x_spray, ['py', 'browser', 'go'], ['resi', 'world', 'few', 'one'], ['mid', 'slow']),
    ('sim-swap-takeover', x_swap, ['browser', 'phone', 'phone', 'forged', 'repack'], ['carrier', 'vpn', 'resi', 'home', 'one'], ['mid', 'slow']),
    ('voucher-enumeration', x_voucher, ['py', 'forged', 'phone', 'repack', 'browser'], ANY, ['fast', 'mid', 'slow']),
    ('otp-pumping', x_pump, WEBF, ['resi', 'world', 'hosting', 'world'], ['mid', 'slow', 'fast']),
    ('otp-bruteforce', x_otpbf, WEBF, ANY, ['fast', 'mid', 'slow']),
    ('subscriber-enumeration', x_subs, WEBF, ANY, ['fast', 'mid', 'slow']),
    ('bill-walking', x_bills, ['py', 'go', 'curl', 'browser', 'forged', 'phone'], ['one', 'one', 'home', 'vpn', 'few', 'resi'], ['fast', 'mid', 'slow']),
    ('line-walking', x_lines, ['py', 'forged', 'go', 'browser'], ['one', 'vpn', 'few', 'resi'], ['fast', 'mid', 'slow']),
    ('dealer-insider', x_insider, ['browser'], ['home'], ['mid', 'slow']),
    ('function-probing', x_bfla, ['py', 'curl', 'browser', 'forged', 'java'], ['one', 'home', 'vpn', 'few'], ['mid', 'mid', 'slow', 'fast']),
    ('leaked-partner-key', x_key, ['py'], ['one', 'few', 'vpn', 'hosting'], ['fast', 'mid', 'slow']),
    ('repackaged-app', x_repack, ['repack'], ['carrier'], ['mid', 'slow']),
    ('token-replay', x_replay, ['stolen'], ['one', 'few', 'hosting', 'resi'], ['fast', 'mid']),
    ('device-farm', x_farm, ['phone'], ['home', 'carrier', 'resi', 'carrier'], ['mid', 'slow']),
    ('fake-signup', x_signup, WEBF, ['resi', 'hosting', 'world', 'vpn'], ['mid', 'slow']),
    ('number-scalping', x_scalp, ['browser', 'node', 'py', 'forged'], ['resi', 'few', 'hosting'], ['fast', 'mid']),
    ('scraping', x_scrape, ['py', 'browser', 'node', 'go'], ['resi', 'world', 'resi', 'one', 'hosting'], ['fast', 'mid', 'slow']),
    ('search-flood', x_flood, ['go', 'browser', 'py'], ['world', 'few', 'hosting'], ['fast']),
    ('scanner', x_scan, ['go', 'py', 'browser', 'curl'], ['one', 'one', 'few', 'hosting'], ['fast', 'mid']),
    ('payload-attack', x_payload, ['py', 'curl', 'browser'], ['one', 'vpn', 'few'], ['fast', 'mid']),
    ('baseline-poisoning', x_poison, ['py', 'forged', 'browser', 'phone'], ['home', 'one', 'vpn'], ['slow', 'slow', 'mid']),
    ('port-out-fraud', x_portout, ['py', 'browser', 'forged'], ['resi', 'few', 'vpn'], ['mid', 'slow']),
    ('card-testing', x_cards, ['py', 'browser', 'node'], ['resi', 'hosting', 'vpn', 'few'], ['mid', 'fast', 'slow']),
]
def attacks(total):
    plan = []
    for k in KINDS:
        if not chance(.86): continue
        ps = R.sample(k[4], len(k[4]))
        for j in range(R.choice([2, 2, 3])): p = ps[j % len(ps)]; plan.append((k, j, p, R.randint(*SIZES[p])))
    scale = total / sum(p[3] for p in plan)
    for (name, fn, tools, addrs, _), j, p, n in plan:
        inst = '%s-%d' % (name, j + 1); n = max(24, int(n * scale * logn(.9, .45))); gap = U(*GAPS[p])
        if name in ('sim-swap-takeover', 'device-farm', 'dealer-insider', 'repackaged-app'): n = max(n, R.randint(45, 110)) * (2 if name == 'repackaged-app' else 1)
        tl, how = R.choice(tools), R.choice(addrs)
        if tl in ('phone', 'repack') and how in ('hosting', 'few', 'world', 'one'): how = R.choice(['carrier', 'home', 'resi', 'vpn'])
        gap *= 4 if tl in ('phone', 'repack') and p == 'fast' else 1; first = chance(.08); gap = min(gap, .45 * (T1 - T0) / n); dur = n * gap * (1.7 if p == 'slow' else 1)
        lo, hi = (T0 + .15 * D, T0 + .8 * D) if first else (T0 + .9 * D, T1 - .03 * D); t0 = U(lo, max(lo + H, min(hi, T1 - min(dur, .9 * (T1 - lo)))))
        ts = paced(n, t0, gap, R.choice(['steady', 'random', 'random', 'bursts'] + (['daytime'] if p == 'slow' else []))); a = bot(name, inst, tl); src = Src(how)
        if fn in (x_bfla, x_bills, x_lines, x_poison) and a.form == 'phone': a.fixed = None
        a.fixed = a.fixed or [src.ip()]; n0 = len(E); fn(a, src, ts, inst); NATK[inst] = (p, a.form, src.how, len(E) - n0)
# ---------------------------------------------------------------- the world
def main():
    want = int(TARGET * (1 - SHARE)); all_staff(want * U(.05, .12)); robots()
    mix = [(c_app, 100), (c_poller, U(4, 12)), (c_widget, U(4, 10)), (c_family, U(3, 8)), (c_travel, U(2, 5)), (c_newphone, U(1.5, 4)), (c_newcust, U(2, 6)), (c_vpn, U(1, 5)), (c_relay, (1 - ANDROID) * 14),
           (c_shared, U(.5, 2)), (c_reseller, PREPAID * U(.2, .9)), (c_fumbler, PREPAID * U(1, 4)), (c_swap, U(.6, 2)), (c_port, U(.5, 2)), (c_promoter, U(.05, .25)), (c_nogms, U(.1, 1.0)), (c_script, U(.1, .4)), (c_business, U(.2, .7))]
    s = sum(w for _, w in mix)
    mix += [(c_fails, s * FAIL_SHARE), (c_old, s * OLD_SHARE), (c_skew, s * SKEW_SHARE), (c_web, s * EST_WEB), (c_guest, s * U(.03, .1)), (c_prospect, s * U(.05, .13)), (c_forgot, s * U(.01, .03)), (c_accountant, s * U(.001, .003))]
    share = U(.1, .2)
    while len(E) < want * (1 - share): wpick(mix)()
    partners(want * share)
    while len(E) < want: wpick(mix)()
    attacks(TARGET * SHARE); ev_sorted = sorted(E, key=lambda x: x[0]); os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, 'events.ndjson'), 'w') as fe, open(os.path.join(OUT, 'labels.ndjson'), 'w') as fl:
        for t, e, (label, kind, inst, name, plat, user) in ev_sorted:
            i = hexid(20); e['time'] = int(t * 1000); fe.write(json.dumps(dict(event_id=i, **e), separators=(',', ':')) + '\n')
            l = {'event_id': i, 'label': label, 'kind': kind, 'instance': inst, 'caller': name, 'platform': plat}
            if label == 'benign' and e.get('user.id') in TAKEN and t >= TAKEN[e['user.id']]: l['victim'] = True
            fl.write(json.dumps(l, separators=(',', ':')) + '\n')
    if '-v' in sys.argv:
        for k, v in NATK.items(): print(k, *v)
main()