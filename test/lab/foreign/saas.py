#!/usr/bin/env python3
"""Labelled traffic of a B2B SaaS (documents, tickets, invoices): saas.py SEED OUTDIR"""
import sys, os, json, random, math
from datetime import datetime, timezone

SEED, OUT = int(sys.argv[1]), sys.argv[2]
R = random.Random(SEED * 7919 + 17)
MIN, HOUR, DAY = 60.0, 3600.0, 86400.0

# ------------------------------------------------------------------ world parameters
P = dict(
    days=R.choice([2.5, 3, 3, 3.5, 4]), start_day=R.choice([14, 15, 15, 16]),
    tenants=R.randint(45, 95), mobile=R.uniform(.10, .30), attest=R.uniform(.40, .60),
    benign_target=R.randint(50000, 58000), api_share=R.uniform(.28, .40),
    web_att=R.choice(['none', 'none', None]),      # what the gateway writes for browsers and scripts
    gql_op=R.random() < .6, http_route=R.random() < .35, latlon=R.random() < .7, ja4=R.random() < .8,
    token_ttl=R.choice([15 * MIN, 30 * MIN, 60 * MIN]), att_outage=R.random() < .5,
    sso=R.uniform(.25, .45), intensity=R.uniform(.42, .56),
)
T0 = datetime(2026, 6, P['start_day'], tzinfo=timezone.utc).timestamp()
T1 = T0 + P['days'] * DAY
HOST = R.choice(['api.ledgerdesk.example', 'api.paperbay.example', 'api.tricorn.example'])
APP = HOST.split('.')[1].capitalize()
EV = []                                            # (time, seq, event, label)
VICT = {}                                          # ('user'|'key', id) -> takeover time
def days_full(): return range(int(math.ceil(P['days'])))
def weekend(t): return datetime.fromtimestamp(t, timezone.utc).weekday() >= 5

# ------------------------------------------------------------------ small helpers
def hexs(n): return '%0*x' % (n, R.getrandbits(4 * n))
def uid(): h = hexs(32); return f'{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}'
def ln(med, s=.5): return med * math.exp(R.gauss(0, s))
def exp(m): return R.expovariate(1 / m)
def wchoice(d): return R.choices(list(d), list(d.values()))[0]
def think(): return min(ln(14, .95), 600)
def b62(n): return ''.join(R.choice('abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789') for _ in range(n))

# ------------------------------------------------------------------ network
CITY = {'DE': [(52.52, 13.40), (48.14, 11.58), (53.55, 9.99), (50.11, 8.68)], 'GB': [(51.51, -.13), (53.48, -2.24), (55.95, -3.19)],
        'FR': [(48.86, 2.35), (45.76, 4.84)], 'NL': [(52.37, 4.90), (51.92, 4.48)], 'US': [(40.71, -74.0), (41.88, -87.63), (37.77, -122.42), (32.78, -96.80), (33.75, -84.39)],
        'AU': [(-33.87, 151.2), (-37.81, 144.96)], 'IN': [(19.08, 72.88), (12.97, 77.59)], 'BR': [(-23.55, -46.63)], 'PL': [(52.23, 21.01)], 'ES': [(40.42, -3.70)],
        'VN': [(10.82, 106.63)], 'ID': [(-6.21, 106.85)], 'RU': [(55.75, 37.62)], 'UA': [(50.45, 30.52)], 'NG': [(6.52, 3.38)], 'IE': [(53.35, -6.26)], 'SG': [(1.35, 103.82)], 'TR': [(41.01, 28.98)], 'RO': [(44.43, 26.10)], 'MX': [(19.43, -99.13)]}
HOME = {'DE': [3320, 3209, 6805], 'GB': [2856, 5089, 5607], 'FR': [3215, 12322], 'NL': [1136, 33915], 'US': [7922, 701, 7018, 20115], 'AU': [1221, 7545], 'IN': [24560, 55836], 'BR': [28573, 26599],
        'PL': [5617], 'ES': [3352], 'VN': [45899, 7552], 'ID': [7713], 'RU': [12389], 'UA': [15895], 'NG': [37282], 'IE': [6830], 'SG': [9506], 'TR': [9121], 'RO': [8708], 'MX': [8151]}
CARR = {'DE': [3320, 3209], 'GB': [12576, 25135], 'FR': [51207], 'NL': [31615], 'US': [21928, 22394, 20057], 'AU': [1221], 'IN': [45609], 'PL': [12912], 'ES': [12430], 'BR': [26615], 'VN': [24086], 'ID': [23693]}
DCS = {'aws': (16509, ['US', 'IE', 'DE']), 'gcp': (396982, ['US', 'NL']), 'azure': (8075, ['US', 'NL', 'IE']), 'hetzner': (24940, ['DE']), 'ovh': (16276, ['FR']), 'do': (14061, ['US', 'NL', 'SG']),
       'contabo': (51167, ['DE']), 'm247': (9009, ['GB', 'RO', 'US']), 'vultr': (20473, ['US', 'SG']), 'datacamp': (212238, ['US', 'GB'])}
SWG = {'DE': 62044, 'US': 22616, 'GB': 62044}
OCT = [5, 23, 31, 37, 45, 46, 51, 62, 66, 67, 71, 73, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 98, 99, 103, 109, 113, 122, 141, 151, 176, 177, 178, 185, 188, 193, 194, 195, 201, 203, 212, 213, 217]
PFX, USED, V6 = {}, set(), {}
def prefix(asn, cc):
    if (asn, cc) not in PFX:
        PFX[asn, cc] = []
        while len(PFX[asn, cc]) < 3:
            p = (R.choice(OCT), R.randint(0, 255))
            if p not in USED: USED.add(p); PFX[asn, cc].append(p)
    return R.choice(PFX[asn, cc])
def addr(asn, cc, ip=None, city=None):
    if ip is None:
        while True:
            p = prefix(asn, cc); ip = f'{p[0]}.{p[1]}.{R.randint(0, 255)}.{R.randint(1, 254)}'
            if ip not in USED: break
        USED.add(ip)
    la, lo = city or R.choice(CITY[cc])
    a = {'client.address': ip, 'network.asn': asn, 'geo.country': cc}
    if P['latlon']: a['geo.location.lat'], a['geo.location.lon'] = round(la + R.gauss(0, .05), 4), round(lo + R.gauss(0, .05), 4)
    return a
def home(cc, city=None): return addr(R.choice(HOME[cc]), cc, city=city)
def home6(cc, city=None):
    asn = R.choice(HOME[cc]); p = V6.setdefault(asn, f'2a0{R.randint(0, 9)}:{R.randint(0x1000, 0x9fff):x}')
    net = f'{p}:{R.randint(1, 65535):x}:{R.randint(1, 65535):x}'
    return addr(asn, cc, ip=net + ':' + v6iid(), city=city)
def v6iid(): return ':'.join('%x' % R.randint(0x1000, 0xffff) for _ in range(4))
def rot6(a):
    if ':' not in a['client.address']: return a
    return dict(a, **{'client.address': ':'.join(a['client.address'].split(':')[:4]) + ':' + v6iid()})
def dc(name=None, n=1, same24=False):
    name = name or R.choice(list(DCS)); asn, ccs = DCS[name]; cc = R.choice(ccs); first = addr(asn, cc)
    out = [first]
    while len(out) < n:
        ip = None
        if same24:
            ip = first['client.address'].rsplit('.', 1)[0] + '.' + str(R.randint(1, 254))
            if ip in USED: continue
            USED.add(ip)
        out.append(addr(asn, cc if same24 else R.choice(ccs), ip=ip))
    return out
CGN = {}
def carrier(cc):
    cc = cc if cc in CARR else 'DE'
    asn = R.choice(CARR[cc])
    pool = CGN.setdefault((asn, cc), [addr(asn, cc) for _ in range(R.randint(5, 12))])
    return R.choice(pool)
SWGP = {cc: [addr(a, cc) for _ in range(5)] for cc, a in SWG.items()}
RESI_CC = {'US': 22, 'BR': 14, 'IN': 12, 'VN': 10, 'ID': 9, 'GB': 6, 'DE': 6, 'TR': 5, 'MX': 5, 'RU': 4, 'UA': 4, 'ES': 3, 'PL': 3}
BENIGN_HOMES = []
def resi(cc=None):
    """a residential proxy exit; some are the homes and phones of real customers"""
    if cc is None and R.random() < .06 and BENIGN_HOMES: return rot6(R.choice(BENIGN_HOMES))
    cc = cc or wchoice(RESI_CC)
    if R.random() < .18: return carrier(cc)
    return home6(cc) if R.random() < .12 else home(cc)

# ------------------------------------------------------------------ software
CH = 't13d1516h2_8daaf6152771_02713d6af862'; FF = 't13d1717h2_5b57614c22b0_3cbfd9057e0d'; SF = 't13d2014h2_a09f3c656075_14788d8d241b'
OKH = 't13d1613h2_46e7e9700bed_eca864cca44a'; IOSJ = 't13d2014h2_a09f3c656075_e42f34c56612'; PY = 't13d1812h1_85036bcba153_b26ce05bbdd6'; GO = 't13d1312h2_f57a46bbacb6_ab7e3b40a677'
CURL = 't13d3112h2_e8f1e7e78f70_b26ce05bbdd6'; NODE = 't13d5812h1_a33745022dd6_1f22a2ca17c4'; JAVA = 't13d4912h2_b3c4bd0b2a5e_de4a06bb82e3'; NETJ = 't13d1812h2_1b30506679f2_c7f0a8d5a1a2'; SWGJ = 't13d3312h2_c0a1ffee5b2d_7a0b3d6ef219'
WIN, MAC, LNX = 'Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7', 'X11; Linux x86_64'
def chrome(os_=None, v=None): return f'Mozilla/5.0 ({os_ or R.choice([WIN, WIN, WIN, MAC, LNX])}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v or R.choice([146, 147, 148, 149, 149, 149])}.0.0.0 Safari/537.36'
def browser():
    x = R.random()
    if x < .52: return chrome(), CH
    if x < .74: v = R.choice([148, 149, 149]); return chrome(WIN, v) + f' Edg/{v}.0.0.0', CH
    if x < .88: return f'Mozilla/5.0 ({MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{R.choice(["26.4", "26.5", "18.6"])} Safari/605.1.15', SF
    v = R.choice([149, 150, 151, 140]); return f'Mozilla/5.0 ({R.choice([WIN, MAC, LNX])}; rv:{v}.0) Gecko/20100101 Firefox/{v}.0', FF
VER_OLD, VER_CUR, VER_NEW = ['5.4.1', '5.6.0', '5.7.2'], '6.1.0', '6.2.0'
T_RELEASE = T0 + R.uniform(.3, .6) * P['days'] * DAY
def app_ua(plat, model, ver):
    return f'{APP}/{ver} (iOS {model[1]}; {model[0]}) CFNetwork/3860 Darwin/25.5.0' if plat == 'ios' else f'{APP}/{ver} (Android {model[1]}; {model[0]}) okhttp/4.12.0'
def phone_model(plat):
    return (R.choice(['iPhone17,1', 'iPhone16,2', 'iPhone15,4', 'iPhone14,5', 'iPhone18,3']), R.choice(['26.4', '26.5', '18.6'])) if plat == 'ios' else (R.choice(['Pixel 9', 'SM-S926B', 'SM-A556B', '23129RAA4G', 'Pixel 8a', 'XQ-DE54']), R.choice(['16', '15', '14']))
PYUA = lambda: R.choice(['python-requests/2.32.3', 'python-requests/2.31.0', 'python-httpx/0.28.1', 'Python/3.12 aiohttp/3.11.11'])

ATT_OUT = (lambda s: (s, s + R.uniform(15, 35) * MIN))(T0 + R.uniform(.35, .9) * (T1 - T0)) if P['att_outage'] else None
class Attest:
    """mode: ok | old (cannot attest) | root (fails) | mitm | missing"""
    def __init__(s, mode, issuer='app'): s.mode, s.tok, s.iat, s.exp, s.gap, s.issuer, s.skew = mode, None, 0, 0, (0, 0), issuer, R.random() < .02
    def fields(s, t):
        if s.mode is None: return {}
        if s.mode == 'old': return {'attestation.status': 'none'}
        if s.mode == 'missing': return {'attestation.status': 'missing', 'attestation.code': 'no_token'}
        if s.mode == 'mitm': return {'attestation.status': 'failed', 'attestation.code': 'mitm_detected'}
        if s.gap[0] <= t < s.gap[1]: return {'attestation.status': 'missing', 'attestation.code': 'no_network'}
        if not s.iat <= t < s.exp:
            if ATT_OUT and ATT_OUT[0] < t < ATT_OUT[1]: return {'attestation.status': 'missing', 'attestation.code': 'no_network'}
            if s.mode == 'ok' and R.random() < .018: s.gap = (t, t + R.uniform(5, 60)); return {'attestation.status': 'missing', 'attestation.code': 'no_network'}
            if s.mode == 'ok' and s.tok and t > s.exp and R.random() < (.5 if s.skew else .012):
                return {'attestation.status': 'expired', 'attestation.code': 'expired', 'attestation.issuer': s.issuer, 'attestation.token': s.tok}
            s.tok, s.iat, s.exp = hexs(32), t, t + 300 - R.uniform(0, 20)
        st, co = ('genuine', 'valid') if s.mode == 'ok' else ('failed', 'bad_signature')
        return {'attestation.status': st, 'attestation.code': co, 'attestation.issuer': s.issuer, 'attestation.token': s.tok}
NOATT = Attest('old') if P['web_att'] else Attest(None)

# ------------------------------------------------------------------ requests
# route -> (median seconds, median response bytes)
PROF = {'/graphql': (.11, 5200), '/v1/search': (.24, 3100), '/v1/auth/login': (.28, 900), '/v1/documents/{id}/content': (.15, 180000), '/v1/invoices/{id}/pdf': (.45, 92000), '/v1/documents': (.09, 7800),
        '/v1/invoices': (.1, 9100), '/v1/tickets': (.1, 8800), '/v1/exports/{id}/download': (.8, 900000), '/v1/me': (.02, 1100), '/v1/notifications': (.02, 640), '/health': (.003, 18), '/v1/auth/refresh': (.04, 1200)}
OUTAGE = (lambda s: (s, s + R.uniform(6, 14) * MIN))(T0 + R.uniform(.2, .9) * (T1 - T0))
BODY = {'/graphql': 1100, '/v1/auth/login': 130, '/v1/documents': 140000}
class C:
    """one calling software with its identity"""
    def __init__(s, kind, caller, a, ua, ja4, user=None, sid=None, dev=None, ver=None, key=None, att=None, plat=None, label='benign', inst=''):
        s.kind, s.caller, s.a, s.ua, s.ja4, s.user, s.sid, s.dev, s.ver, s.key, s.att, s.plat, s.label, s.inst = kind, caller, a, ua, ja4, user, sid, dev, ver, key, att or NOATT, plat, label, inst
    def req(s, t, m, route, st=200, ids=(), q=None, auth=True, subj=None, rq=None, rs=None, dur=None, a=None, ua=None, known=True):
        if not T0 <= t < T1: return st
        path = route
        for i in ids: path = path.replace('{id}', str(i), 1)
        if OUTAGE[0] < t < OUTAGE[1] and R.random() < .45 and known: st, dur = R.choice([502, 503, 503, 504]), R.choice([ln(.02), ln(10, .3)])
        elif s.label == 'benign' and R.random() < .0012: st = R.choice([500, 502, 504])
        d, z = PROF.get(route, (.06, 2400))
        if st >= 400: z = 160 if st not in (502, 503, 504) else 480
        if st in (204, 304, 302): z = 0
        e = {'event_id': '', 'time': int(t * 1000), 'http.request.method': m, 'url.path': path, 'http.response.status_code': st, 'server.address': HOST}
        e.update(a or s.a)
        if q: e['url.query'] = q
        if P['http_route'] and known: e['http.route'] = route
        u = ua or s.ua
        if u: e['user_agent.original'] = u
        if P['ja4'] and s.ja4: e['tls.client.ja4'] = s.ja4
        e['http.request.size'] = int(rq if rq is not None else 420 + ln(260, .25) + (ln(BODY.get(route, 420), .6) if m in ('POST', 'PUT', 'PATCH') else 0))
        e['http.response.size'] = int(rs if rs is not None else (ln(z, .55) if z > 0 else 0) + 240)
        e['http.server.request.duration'] = round(dur if dur is not None else ln(d if st < 400 else d * .5, .45), 4)
        if auth:
            if s.user: e['user.id'] = s.user
            if s.sid: e['session.id'] = s.sid
            if s.key: e['api.client'] = s.key
        if s.dev: e['device.id'] = s.dev
        if s.ver: e['app.version'] = s.ver
        if subj: e['login.subject'] = subj
        e.update(s.att.fields(t))
        l = {'event_id': '', 'label': s.label, 'kind': s.kind, 'instance': s.inst, 'caller': s.caller}
        if s.plat: l['platform'] = s.plat
        EV.append((e['time'], len(EV), e, l))
        return st
    def gql(s, t, op, st=200, **k):
        if P['gql_op'] and not s.key: k.setdefault('q', 'op=' + op)
        return s.req(t, 'POST', '/graphql', st, **k)

# ------------------------------------------------------------------ tenants and people
TZ = {'DE': 2, 'GB': 1, 'FR': 2, 'NL': 2, 'US': -5, 'AU': 10, 'IN': 5.5, 'PL': 2, 'ES': 2}
FN = 'anna ben carla dirk eva felix greta hugo ines jan katya liam maria nils olga paul rita sven tara uwe vera will yara zoe amit priya john emily noah sofia lucas mia omar leila chen yuki'.split()
LN = 'adams baker costa dietz evans fischer garcia hansen ito jones keller lopez meyer novak olsen patel quinn rossi smith taylor ueda vogel wagner xu young zimmer'.split()
class Tenant:
    def __init__(s, i):
        s.id = f't{1000 + i * 7}'; s.cc = wchoice({'DE': 24, 'GB': 16, 'FR': 7, 'NL': 7, 'US': 32, 'AU': 4, 'IN': 4, 'PL': 3, 'ES': 3})
        s.city = R.choice(CITY[s.cc]); s.tz = TZ[s.cc] - (R.choice([0, 0, -1, 1, 3]) * -1 if s.cc == 'US' else 0)
        s.dom = f'{R.choice(LN)}-{R.choice(["tech", "group", "gmbh", "works", "law", "labs", "logistics"])}{i}.example'
        s.off = [addr(R.choice(HOME[s.cc]), s.cc, city=s.city) for _ in range(R.choice([1, 1, 1, 2, 3]))]
        s.swg = SWGP[s.cc if s.cc in SWG else 'DE'] if R.random() < .18 else None   # secure web gateway, shared by tenants
        s.sso = R.random() < P['sso']; s.weight = min(R.paretovariate(1.05), 14)
        s.inv = [R.randint(104000, 188000) for _ in range(R.randint(60, 500))]; s.tic = [R.randint(500000, 640000) for _ in range(R.randint(60, 400))]
        s.doc = [uid() for _ in range(R.randint(60, 400))]; s.inv.sort(); s.tic.sort(); s.users = []; s.keys = []
TEN = [Tenant(i) for i in range(P['tenants'])]
ROLES = {'agent': .30, 'accountant': .18, 'editor': .27, 'manager': .13, 'admin': .05, 'viewer': .07}
class User:
    def __init__(s, i, t):
        s.id = f'u-{hexs(8)}'; s.t = t; s.role = wchoice(ROLES); s.email = f'{R.choice(FN)}.{R.choice(LN)}{R.choice(["", "", str(i % 97)])}@{t.dom}'
        s.ua, s.ja4 = browser(); s.remote = R.choice([.05, .2, .4, .6, 1]); s.tz = t.tz
        s.home = (home6 if R.random() < .25 else home)(t.cc, t.city if R.random() < .8 else None); BENIGN_HOMES.append(s.home)
        s.act = min(ln(1, .6), 3.2); s.remember = R.random() < .65; s.sid = None; s.sids = []; s.newphone = False; s.noav = R.random() < .4; s.lack = R.random() < .1; s.last = -1e12; s.mfa = R.random() < .3
        s.work = R.choices([1, .6, .25], [.5, .3, .2])[0]; s.start = R.gauss(8.7, .9)
        s.travel = (T0 + R.uniform(0, .8) * (T1 - T0), R.choice(['US', 'GB', 'FR', 'ES', 'SG', 'IN', 'AU', 'TR'])) if R.random() < .025 else None
        s.hotel = home(s.travel[1]) if s.travel else None
        s.fav = {k: R.sample(getattr(t, k), min(25, len(getattr(t, k)))) for k in ('inv', 'tic', 'doc')}
        s.mob = None
        if R.random() < P['mobile']: s.mob = phone()
    def sid_at(s, t): return next((x for a, x in reversed(s.sids) if a <= t), None) or (s.sids[0][1] if s.sids else hexs(24))
    def place(s, t):
        if s.travel and t > s.travel[0]: return s.hotel
        h = (t / HOUR + s.tz) % 24
        if s.t.swg and R.random() < .93: return R.choice(s.t.swg[:3] if R.random() < .8 else s.t.swg)
        if 7.5 < h < 18.5 and not weekend(t) and R.random() > s.remote: return R.choice(s.t.off)
        return s.home
def phone():
    plat = R.choice(['ios', 'ios', 'android', 'android', 'android']); at = R.random() < P['attest']
    mode = ('root' if R.random() < .012 else 'ok') if at else 'old'
    return dict(plat=plat, model=phone_model(plat), dev=uid(), att=Attest(mode), old=not at, ver=R.choice(['6.0.3', VER_CUR, VER_CUR, VER_CUR]) if at else R.choice(VER_OLD), up=T_RELEASE + exp(1.2 * DAY), sid=None)
EFFDAYS = sum((.12 if weekend(T0 + d * DAY) else 1) * min(1, P['days'] - d) for d in days_full())
NUSERS = max(400, int(P['benign_target'] * (1 - P['api_share']) / (EFFDAYS * 10.5)))
for i in range(NUSERS):
    t = R.choices(TEN, [x.weight for x in TEN])[0]; t.users.append(User(i, t))
for t in TEN:
    if not t.users: t.users.append(User(0, t))
    if not any(u.role == 'admin' for u in t.users): t.users[0].role = 'admin'
USERS = [u for t in TEN for u in t.users]

# ------------------------------------------------------------------ screens of the single-page app
def oid(u, k): return R.choice(u.fav[k]) if R.random() < .75 else R.choice(getattr(u.t, k))
def ok(p304=.12): return 304 if R.random() < p304 else 200
def par(t): return t + abs(R.gauss(0, .06)) + .02
def screen(c, u, t, name):
    """calls of one screen; returns the time when it settled"""
    if name == 'dash':
        c.req(par(t), 'GET', '/v1/dashboard/summary', ok()); c.gql(par(t), 'RecentActivity'); c.req(par(t), 'GET', '/v1/notifications', q='unread=1')
    elif name == 'docs':
        c.req(par(t), 'GET', '/v1/documents', q='folder=%s&page=1' % hexs(6)); c.gql(par(t), 'FolderTree')
        for p in range(2, 2 + (R.random() < .25) * R.randint(1, 3)): t += think(); c.req(t, 'GET', '/v1/documents', q=f'folder={hexs(6)}&page={p}')
    elif name == 'doc':
        d = oid(u, 'doc'); st = 404 if R.random() < .012 else 403 if R.random() < .012 else 200
        c.req(par(t), 'GET', '/v1/documents/{id}', st, ids=[d])
        if st == 200:
            c.req(par(t), 'GET', '/v1/documents/{id}/comments', ok(), ids=[d])
            if R.random() < .6: c.req(par(t) + .2, 'GET', '/v1/documents/{id}/content', ok(.2), ids=[d])
            if u.role in ('editor', 'manager', 'admin') and R.random() < .3:
                for _ in range(R.randint(1, 7)): t += R.uniform(9, 40); c.req(t, 'PUT', '/v1/documents/{id}', 409 if R.random() < .01 else 200, ids=[d])
            elif R.random() < .1: t += think() * 2; c.req(t, 'POST', '/v1/documents/{id}/comments', 201, ids=[d])
    elif name == 'upload':
        for _ in range(R.choice([1, 1, 1, 2, 4])): c.req(t, 'POST', '/v1/documents', 413 if R.random() < .02 else 201, rs=800, dur=ln(1.1, .7)); t += R.uniform(.6, 4)
        c.req(t, 'GET', '/v1/documents', q='folder=%s&page=1' % hexs(6))
    elif name == 'tickets': c.gql(par(t), 'TicketQueue'); c.req(par(t), 'GET', '/v1/tickets', q='status=open&sort=-updated&page=1')
    elif name == 'ticket':
        i = oid(u, 'tic'); c.req(par(t), 'GET', '/v1/tickets/{id}', 404 if R.random() < .004 else 200, ids=[i]); c.req(par(t), 'GET', '/v1/tickets/{id}/events', ids=[i])
        if R.random() < .4: c.gql(par(t), 'TicketSidebar')
        if R.random() < (.45 if u.role == 'agent' else .12):
            t += think() * 2; c.req(t, 'POST', '/v1/tickets/{id}/replies', 201 if R.random() > .01 else 422, ids=[i])
            if R.random() < .5: t += R.uniform(1, 8); c.req(t, 'PATCH', '/v1/tickets/{id}', ids=[i])
    elif name == 'invoices': c.req(par(t), 'GET', '/v1/invoices', q='status=%s&page=1' % R.choice(['open', 'paid', 'overdue'])); c.gql(par(t), 'InvoiceTotals')
    elif name == 'invoice':
        i = oid(u, 'inv'); c.req(par(t), 'GET', '/v1/invoices/{id}', 404 if R.random() < .004 else 200, ids=[i])
        if R.random() < .35: t += R.uniform(1, 9); c.req(t, 'GET', '/v1/invoices/{id}/pdf', ids=[i])
    elif name == 'newinv':
        c.gql(par(t), 'InvoiceFormOptions'); t += ln(70, .6)
        if R.random() < .12: c.req(t, 'POST', '/v1/invoices', 422); t += R.uniform(6, 40)
        c.req(t, 'POST', '/v1/invoices', 201)
        if R.random() < .6: t += R.uniform(2, 20); c.req(t, 'POST', '/v1/invoices/{id}/send', 202, ids=[oid(u, 'inv')])
    elif name == 'search':
        for k in range(R.choice([1, 2, 3, 3, 5])): c.req(t, 'GET', '/v1/search', 499 if R.random() < .12 else 200, q='q=' + b62(3 + k)); t += R.uniform(.25, .9)
    elif name == 'profile':
        c.req(par(t), 'GET', '/v1/settings/profile')
        if R.random() < .3: t += think(); c.req(t, 'PATCH', '/v1/settings/profile')
    elif name == 'admin':
        x = R.random()
        if x < .4:
            c.req(par(t), 'GET', '/v1/users', q='page=1'); c.req(par(t), 'GET', '/v1/roles')
            if R.random() < .3: t += think(); c.req(t, 'POST', '/v1/invitations', R.choice([201, 201, 201, 409]))
        elif x < .6: c.req(t, 'GET', '/v1/audit-log', q='page=1')
        elif x < .75:
            c.req(t, 'GET', '/v1/api-keys'); c.req(par(t), 'GET', '/v1/webhooks')
            if R.random() < .2: t += think() * 2; c.req(t, 'POST', R.choice(['/v1/api-keys', '/v1/webhooks', '/v1/webhooks', '/v1/settings/forwarding']), R.choice([201, 201, 201, 422]))
            if R.random() < .1: c.req(t + 5, 'GET', '/openapi.json', auth=False)
        elif x < .9: c.req(t, 'GET', '/v1/settings/billing'); c.gql(par(t), 'PlanUsage'); t += think(); c.req(t, 'PATCH', '/v1/settings/billing') if R.random() < .3 else 0
        else: c.req(t, 'GET', '/v1/settings/security')
    elif name == 'export':
        c.req(t, 'POST', '/v1/exports', 202); x = b62(10)
        for _ in range(R.randint(2, 6)): t += 3; c.req(t, 'GET', '/v1/exports/{id}', ids=[x], rs=420)
        c.req(t + .5, 'GET', '/v1/exports/{id}/download', ids=[x])
    return t
MIX = {'agent': {'tickets': 5, 'ticket': 11, 'search': 3, 'doc': 2, 'dash': 1, 'docs': .7}, 'accountant': {'invoices': 5, 'invoice': 9, 'newinv': 2.5, 'search': 2, 'doc': 1, 'export': .5, 'dash': 1, 'docs': .7},
       'editor': {'docs': 4, 'doc': 10, 'upload': 1.4, 'search': 2.5, 'dash': 1, 'ticket': .6}, 'manager': {'dash': 5, 'doc': 4, 'invoices': 2, 'invoice': 2, 'tickets': 2, 'ticket': 1, 'search': 2, 'export': .5},
       'admin': {'admin': 7, 'dash': 2, 'docs': 2, 'doc': 2, 'tickets': 1, 'search': 1, 'profile': 1}, 'viewer': {'docs': 3, 'doc': 6, 'dash': 1, 'search': 1.5, 'profile': .3}}
def login(c, u, t, typos=True):
    """interactive sign-in; leaves the session in c"""
    c.sid_, c.sid = c.sid, None; usr, c.user = c.user, None
    c.req(t, 'GET', '/v1/auth/methods', q='email=x'); t += R.uniform(2, 8)
    if u.t.sso:
        c.req(t, 'GET', '/v1/auth/sso/{id}', 302, ids=[u.t.id]); t += R.uniform(1.5, 25)
        c.req(t, 'POST', '/v1/auth/sso/callback', 302, subj=u.email)
    else:
        while typos and R.random() < .09: c.req(t, 'POST', '/v1/auth/login', 401, subj=u.email if R.random() < .9 else u.email.replace('.', '', 1)); t += R.uniform(3, 20)
        if typos and R.random() < .008:
            c.req(t, 'POST', '/v1/auth/password/forgot', 202, subj=u.email); t += R.uniform(40, 300); c.req(t, 'POST', '/v1/auth/password/reset', 204); t += R.uniform(4, 20)
        c.req(t, 'POST', '/v1/auth/login', 200, subj=u.email); t += R.uniform(.3, 1)
        if u.mfa:
            t += R.uniform(6, 25)
            if R.random() < .06: c.req(t, 'POST', '/v1/auth/mfa/verify', 401, subj=u.email); t += R.uniform(6, 20)
            c.req(t, 'POST', '/v1/auth/mfa/verify', 200, subj=u.email)
    c.user, c.sid = usr, hexs(24)
    return t + .4
def boot(c, t, u=None):
    if u and u.noav: c.req(par(t) + .3, 'GET', '/v1/users/{id}/avatar', 404, ids=[u.id])
    if u and u.lack: c.req(par(t) + .3, 'GET', R.choice(['/v1/settings/billing', '/v1/audit-log']), 403)
    if R.random() < .03: c.req(t + .5, 'GET', '/favicon.ico', 404, auth=False, known=False)
    c.req(par(t), 'GET', '/v1/me'); c.req(par(t), 'GET', '/v1/tenant', ok(.4)); c.req(par(t), 'GET', '/v1/features', ok(.4)); c.gql(par(t), 'Bootstrap'); return t + .5
def web_session(u, t, a=None, n=None, kind='web-user'):
    c = C(kind, 'user:' + u.id, a or u.place(t), u.ua, SWGJ if u.t.swg and a is None else u.ja4, user=u.id, sid=u.sid, plat='web')
    if ':' in c.a['client.address']: c.a = rot6(c.a) if R.random() < .3 else c.a
    if R.random() < .35:
        for r in R.sample(['/v1/me', '/graphql', '/v1/tenant'], R.randint(1, 2)): c.req(par(t), 'OPTIONS', r, 204, auth=False); t += .05
    if u.sid is None or t - u.last > (7 * DAY if u.remember else 10 * HOUR): t = login(c, u, t); u.sid = c.sid; u.sids.append((t, c.sid))
    elif t - u.last > P['token_ttl']:
        if R.random() < .4:
            for r in ('/v1/me', '/v1/features', '/v1/notifications')[:R.randint(1, 3)]: c.req(par(t), 'GET', r, 401)
        t += .2; c.req(t, 'POST', '/v1/auth/refresh', 200); t += .15
    t = boot(c, t, u); fresh = t; mix = MIX[u.role]; poll = t + 240 if R.random() < .25 else 1e18
    for _ in range(n or 1 + min(45, int(R.choice([1.2, 1.8, 3.6]) * exp(1)))):
        t = screen(c, u, t, wchoice(mix)) + think()
        if t - fresh > P['token_ttl']: c.req(t, 'POST', '/v1/auth/refresh', 200); fresh = t; t += .2
        while poll < t: c.req(poll, 'GET', '/v1/notifications', ok(.6), q='unread=1'); poll += 240
        if R.random() < .004 and not u.t.swg: c.a = u.home if c.a is not u.home else R.choice(u.t.off)          # VPN on or off
    if poll < 1e17 and R.random() < .5:                       # the tab stays open
        for _ in range(R.randint(2, 14)): c.req(poll, 'GET', '/v1/notifications', ok(.6), q='unread=1'); poll += 240
    if R.random() < .06: c.req(t, 'POST', '/v1/auth/logout', 204); u.sid = None
    u.last = max(u.last, t)
def mob_session(u, t, kind='mobile-user'):
    m = u.mob
    if not m['old'] and t > m['up'] and m['ver'] != VER_NEW: m['ver'] = VER_NEW; upd = True
    else: upd = False
    x = R.random(); a = carrier(u.t.cc if not (u.travel and t > u.travel[0]) else u.travel[1]) if x < .5 else u.hotel if u.travel and t > u.travel[0] else u.home if x < .8 else R.choice(u.t.off)
    at = m['att']
    if u.t.swg and x > .8 and at.mode == 'ok' and R.random() < .25: at = Attest('mitm')         # TLS inspection on the office Wi-Fi
    c = C(kind, 'user:' + u.id, a, app_ua(m['plat'], m['model'], m['ver']), IOSJ if m['plat'] == 'ios' else OKH, user=u.id, sid=m['sid'], dev=m['dev'], ver=m['ver'], att=at, plat=m['plat'])
    if m['sid'] is None: t = login(c, u, t); m['sid'] = c.sid; m['last'] = t
    elif t - m.get('last', 0) > P['token_ttl']: c.req(t, 'POST', '/v1/auth/refresh', 200); t += .3
    if R.random() < .35:                                      # background refresh or push only
        c.req(t, 'GET', '/v1/mobile/sync', q='since=1'); m['last'] = t
        if R.random() < .3: c.req(t + .3, 'GET', '/v1/notifications', q='unread=1')
        return
    c.req(par(t), 'GET', '/v1/me', ok(.3)); c.req(par(t), 'GET', '/v1/mobile/sync', q='since=1'); c.req(par(t), 'POST', '/v1/mobile/push-token', 204) if R.random() < .2 or upd else 0; t += .6
    if R.random() < .04: c.req(t, 'POST', '/v1/billing/entitlements/refresh', R.choice([200, 200, 200, 402]))
    if upd: c.req(t, 'GET', '/v1/mobile/config', 200); c.req(t + .1, 'GET', '/v1/mobile/sync', q='since=0', rs=ln(90000)); t += 2
    for _ in range(1 + min(12, int(exp(2.2)))):
        k = wchoice({'inbox': 3, 'ticket': 4 if u.role == 'agent' else 1.5, 'doc': 2.5, 'invoice': 2 if u.role in ('accountant', 'manager') else .4, 'search': .6, 'approve': .8, 'scan': .4})
        if k == 'inbox': c.gql(t, 'MobileInbox'); c.req(par(t), 'GET', '/v1/notifications', q='unread=1')
        elif k == 'approve': c.req(t, 'POST', '/v1/approvals/{id}', 200, ids=[b62(8)])
        elif k == 'scan': c.req(t, 'POST', '/v1/documents', 201, rq=ln(1.6e6, .4), rs=800, dur=ln(3, .5))
        else: t = screen(c, u, t, k)
        if R.random() < .015: c.req(t + 8, 'GET', '/v1/mobile/sync', 499); c.req(t + 12, 'GET', '/v1/mobile/sync')
        t += think() * .8
        if R.random() < .03: c.a = carrier(u.t.cc)
    m['last'] = t

def day_times(u, d, n):
    out = []
    for _ in range(n):
        x = R.random(); h = u.start + abs(R.gauss(0, .7)) if x < .32 else R.uniform(u.start + .5, u.start + 4) if x < .6 else R.uniform(u.start + 4.5, u.start + 9) if x < .93 else R.uniform(19, 23)
        out.append(T0 + d * DAY + (h - u.tz) * HOUR)
    return sorted(out)
for u in USERS:
    if R.random() < .85: u.sid = hexs(24) if u.remember else None
    if u.sid: u.sids.append((0, u.sid))
    u.last = T0 - R.uniform(5, 40) * HOUR if u.sid else -1e12
    if u.mob and R.random() < .92: u.mob['sid'] = hexs(24); u.mob['last'] = T0 - R.uniform(1, 20) * HOUR
    newphone = T0 + R.uniform(.2, .9) * (T1 - T0) if u.mob and R.random() < .025 else None
    for d in [-1] + list(days_full()) if u.tz < 0 else days_full():
        if R.random() > u.work * (.12 if weekend(T0 + d * DAY) else .95): continue
        for t in day_times(u, d, max(1, int(R.gauss(.95 * u.act, .7)))): web_session(u, t)
        if u.mob and R.random() < .8:
            if newphone and T0 + d * DAY > newphone: n = phone(); n['up'] = min(n['up'], T_RELEASE + 60); u.mob = n; u.newphone = True; newphone = None
            for x in sorted(min(23, max(6, R.gauss(13.5, 4))) for _ in range(int(1 + exp(2.6)))): mob_session(u, T0 + d * DAY + (x - u.tz) * HOUR)

# ------------------------------------------------------------------ special people
STAFF_OFF = addr(HOME['DE'][0], 'DE')
def support_agents():
    t = Tenant(999); t.id = 't1'; t.dom = 'staff.example'; t.cc = 'DE'; t.tz = 2; t.off = [STAFF_OFF]; t.swg = None; t.sso = True
    out = []
    for i in range(R.randint(5, 9)):
        u = User(i, t); u.role = 'agent'; u.remote = .3; u.mob = None; out.append(u)
        for d in days_full():
            if weekend(T0 + d * DAY) or R.random() < .15: continue
            for s in day_times(u, d, 3):
                c = C('support-agent', 'staff:' + u.id, u.place(s), u.ua, u.ja4, user=u.id, sid=u.sid or hexs(24), plat='web'); u.sid = c.sid
                s = boot(c, s)
                for _ in range(R.randint(1, 4)):
                    ten = R.choices(TEN, [len(x.users) for x in TEN])[0]; v = R.choice(ten.users)
                    c.req(s, 'GET', '/v1/support/tenants', q='q=' + b62(4)); s += think(); c.req(s, 'GET', '/v1/support/tenants/{id}', ids=[ten.id]); c.gql(par(s), 'SupportTenantView'); s += think()
                    if R.random() < .4: c.req(s, 'POST', '/v1/support/tenants/{id}/impersonate', 201, ids=[ten.id]); s += 2
                    for _ in range(R.randint(1, 5)): s = screen(c, v, s, R.choice(['ticket', 'invoice', 'doc', 'tickets'])) + think()
    return out
STAFF = support_agents()
for u in R.sample([u for u in USERS if u.role == 'accountant'], 3):         # auditors: month end, many PDFs by hand or bulk button
    d = R.randrange(int(P['days'])); t = T0 + d * DAY + (R.uniform(10, 15) - u.tz) * HOUR
    c = C('auditor', 'user:' + u.id, u.place(t), u.ua, u.ja4, user=u.id, sid=u.sid_at(t), plat='web'); t = boot(c, t); p = 0; ids = R.sample(u.t.inv, min(len(u.t.inv), R.randint(80, 190))); ids.sort(); g = R.choice([.8, 3, 7])
    for k, i in enumerate(ids):
        if k % 25 == 0: p += 1; c.req(t, 'GET', '/v1/invoices', q=f'period=2026-05&page={p}'); t += R.uniform(2, 6)
        c.req(t, 'GET', '/v1/invoices/{id}/pdf', ids=[i]); t += ln(g, .5)
for u in R.sample([u for u in USERS if u.role in ('admin', 'editor')], 3):   # bulk import and on-boarding
    t = T0 + R.randrange(int(P['days'])) * DAY + (R.uniform(9, 16) - u.tz) * HOUR; c = C('bulk-import', 'user:' + u.id, u.place(t), u.ua, u.ja4, user=u.id, sid=u.sid_at(t), plat='web'); t = boot(c, t); inv = R.random() < .5
    for _ in range(R.randint(40, 110)): c.req(t, 'POST', '/v1/invitations' if inv else '/v1/documents', R.choice([201] * 15 + [409, 422])); t += R.uniform(.4, 2.5)
for u in R.sample(USERS, 2):                                                # wall boards, open all day and night
    c = C('wallboard', 'wallboard:' + u.t.id, u.t.off[0], chrome(LNX), CH, user=u.id, sid=hexs(24), plat='web'); t = T0 + R.uniform(0, 300); k = 0; g = R.choice([300, 600])
    while t < T1:
        c.gql(t, 'Wallboard'); k += 1
        if k % 6 == 0: c.req(t + .1, 'POST', '/v1/auth/refresh')
        t += g + R.uniform(-1, 1)
for u in R.sample(USERS, 4):                                                # a broken tab: refresh loop after a password change
    t = T0 + R.uniform(.1, .9) * (T1 - T0); c = C('refresh-loop', 'user:' + u.id, u.place(t), u.ua, u.ja4, user=u.id, sid=u.sid_at(t), plat='web')
    for _ in range(R.randint(25, 90)): c.req(t, 'POST', '/v1/auth/refresh', 401, auth=False); c.req(t + .1, 'GET', '/v1/notifications', 401); t += R.choice([5, 10, 30]) + R.random()

# sign-ups, with a webinar peak
def signup(c, t, email, human=True):
    c.req(t, 'GET', '/v1/plans', auth=False); t += think() if human else R.uniform(.3, 2)
    c.req(t, 'POST', '/v1/signup', 422 if human and R.random() < .15 else 201, subj=email, auth=False); t += R.uniform(20, 120) if human else R.uniform(3, 20)
    c.req(t, 'POST', '/v1/signup/verify', 200, subj=email, auth=False); t += .5
    c.user, c.sid = f'u-{hexs(8)}', hexs(24); return boot(c, t)
WEB = T0 + (R.randrange(1, max(2, int(P['days']))) * 24 + R.choice([13, 15])) * HOUR
TRIAL = []
for k in range(R.randint(70, 120)):
    t = WEB + exp(40 * MIN) if k < 45 else T0 + R.uniform(0, 1) * (T1 - T0)
    if k >= 45 and 0 < (t / HOUR) % 24 < 5 and R.random() < .7: t += 9 * HOUR
    cc = wchoice({'US': 5, 'DE': 4, 'GB': 3, 'IN': 2, 'FR': 1, 'ES': 1}); ua, j = browser(); tt = R.choice(TEN)
    c = C('trial-signup', f'trial:{k}', home(cc), ua, j, plat='web'); t = signup(c, t, f'{R.choice(FN)}@{R.choice(LN)}{k}.example'); f = User(9, tt); f.role = 'viewer'
    f.fav = {'doc': [uid() for _ in range(3)], 'inv': R.sample(range(188000, 189000), 3), 'tic': R.sample(range(640000, 641000), 3)}
    for _ in range(R.randint(1, 7)):
        n = R.choice(['docs', 'dash', 'upload', 'tickets', 'invoices', 'admin', 'newinv']); t = screen(c, f, t, n) + think()

# ------------------------------------------------------------------ API keys: jobs of customers
JOBUA = [('python-requests/2.32.3', PY), ('python-requests/2.28.1', PY), ('Go-http-client/2.0', GO), ('axios/1.7.9', NODE), ('node-fetch/1.0', NODE), ('Java-http-client/17.0.9', JAVA), ('Apache-HttpClient/5.3 (Java/17)', JAVA), ('curl/8.5.0', CURL), ('GuzzleHttp/7', CURL), (f'{APP.lower()}-sdk-python/2.4.1', PY), (f'{APP.lower()}-sdk-dotnet/1.9.0', NETJ)]
IPAAS = {'Zapier': dc('aws', 14), 'Make/production': dc('aws', 8), 'n8n': dc('hetzner', 3)}
KEYS = []
class Job(C):
    def __init__(s, kind, t, addrs, ua, j):
        key = 'key-' + hexs(10); super().__init__(kind, f'job:{kind}:{key}', addrs[0], ua, j, key=key); s.addrs, s.t = addrs, t; KEYS.append(s); t.keys.append(s)
    def r(s, t, *a, **k): return s.req(t, *a, a=R.choice(s.addrs), **k)
def jobaddr(t):
    x = R.random(); return dc(R.choice(['aws', 'azure', 'gcp', 'hetzner', 'ovh', 'do']), R.choice([1, 1, 2])) if x < .6 else [R.choice(t.off)]
def retry(j, t, *a, **k):
    """429/5xx with back-off"""
    if R.random() < .004:
        j.r(t, a[0], a[1], R.choice([429, 503]), *a[3:], **k); t += R.choice([1, 2, 5]) + R.random()
    j.r(t, *a, **k); return t
def poll_job(j, gap, route, q, hours=None):
    t = T0 + R.uniform(0, gap); jit = R.choice([.3, 2, 10])
    while t < T1:
        h = (t / HOUR + j.t.tz) % 24
        if hours is None or hours[0] < h < hours[1]:
            retry(j, t, 'GET', route, 200, q=q, rs=ln(600, .9))
            if R.random() < .15:
                for i in R.sample(j.t.tic, R.randint(1, 3)): t += .3; j.r(t, 'GET', '/v1/tickets/{id}', ids=[i])
        t += max(1, gap + R.gauss(0, jit))
def batch_job(j, hour, n, gap, route, detail, daily=True):
    for d in days_full():
        if not daily and d != int(P['days']) // 2: continue
        t = T0 + d * DAY + ((hour - j.t.tz) % 24) * HOUR + R.uniform(0, 90); page = 0; m = int(n * R.uniform(.75, 1.3))
        pool = {'/v1/invoices/{id}': j.t.inv, '/v1/invoices/{id}/pdf': j.t.inv, '/v1/documents/{id}/content': j.t.doc, '/v1/tickets/{id}': j.t.tic}.get(detail, [])
        k = 0
        for x in range(m):
            if x % 26 == 0 or not detail: page += 1; t = retry(j, t, 'GET', route, 200, q=f'updated_since=2026-06&page={page}&per_page=100')
            else: t = retry(j, t, 'GET', detail, 404 if R.random() < .01 else 200, ids=[pool[k % len(pool)]]); k += 1
            t += ln(gap, .3)
budget = P['benign_target'] * P['api_share']
n_api0 = len(EV); k = 0
while len(EV) - n_api0 < budget * .87:
    t = R.choices(TEN, [x.weight for x in TEN])[0]; ua, ja = R.choice(JOBUA); kind = wchoice({'api-poll': 22, 'api-batch': 20, 'api-sync': 14, 'api-push': 16, 'ipaas': 14, 'bi-refresh': 6, 'scim': 6})
    if kind == 'ipaas': n = R.choice(list(IPAAS)); j = Job(kind, t, IPAAS[n], n, NODE)
    elif kind == 'scim': j = Job(kind, t, dc('azure', 5), 'Microsoft-SCIM/1.0' if R.random() < .6 else 'Okta SCIM Client 1.0.0', NETJ)
    elif kind == 'bi-refresh': j = Job(kind, t, dc('azure', 4), 'Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)', NETJ)
    else: j = Job(kind, t, jobaddr(t), ua, ja)
    if kind == 'api-poll': poll_job(j, R.choice([300, 600, 600, 900, 1800]), R.choice(['/v1/tickets', '/v1/invoices', '/v1/documents', '/v1/events']), 'updated_since=1', R.choice([None, None, (7, 19)]))
    elif kind == 'ipaas': poll_job(j, 900, R.choice(['/v1/tickets', '/v1/invoices', '/v1/events']), 'limit=50&sort=-created')
    elif kind == 'api-batch': batch_job(j, R.choice([0, 1, 1, 2, 2, 3, 4, 5, 22.5]), ln(90, .8), R.choice([.15, .4, .9, 2]), *R.choice([('/v1/invoices', '/v1/invoices/{id}'), ('/v1/invoices', '/v1/invoices/{id}/pdf'), ('/v1/documents', '/v1/documents/{id}/content'), ('/v1/tickets', '/v1/tickets/{id}'), ('/v1/audit-log', None)]))
    elif kind == 'api-sync':
        x = T0 + R.uniform(0, HOUR); m = R.randint(3, 14); g = R.choice([1, 1, 2, 4]) * HOUR
        while x < T1:
            y = x
            for p in range(max(1, int(R.gauss(m, 2)))): j.r(y, 'GET', R.choice(['/v1/invoices', '/v1/tickets', '/v1/customers']), q=f'updated_since=1&page={p + 1}'); y += ln(.6, .3)
            x += g + R.uniform(-2, 2)
    elif kind == 'api-push':
        x = T0; rate = min(30, ln(13, .7)); gq = R.random() < .3
        while x < T1:
            h = (x / HOUR + t.tz) % 24; w = 1 if 8 < h < 18 and not weekend(x) else .12; x += exp(HOUR / (rate * w))
            if gq: j.gql(x, 'x', 200)
            else: j.r(x, 'POST', R.choice(['/v1/tickets', '/v1/invoices', '/v1/documents']), R.choice([201] * 40 + [422, 400, 409]))
            if R.random() < .3: j.r(x + .5, 'GET', '/v1/tickets/{id}', ids=[R.choice(t.tic)])
    elif kind == 'bi-refresh':
        for d in days_full():
            for h in R.sample(range(6, 20), R.randint(2, 5)):
                x = T0 + (d * 24 + h) * HOUR + R.uniform(0, 200)
                for p in range(R.randint(5, 25)): j.r(x, 'GET', '/v1/reports/{id}/rows', ids=[t.id + 'r1'], q=f'$skip={p * 1000}', rs=ln(200000)); x += ln(1.1, .3)
    elif kind == 'scim':
        x = T0 + R.uniform(0, 2400)
        while x < T1:
            y = x
            for _ in range(R.randint(1, 6)): j.r(y, 'GET', '/scim/v2/Users', q='filter=x'); y += .4
            if R.random() < .1: j.r(y, 'PATCH', '/scim/v2/Users/{id}', ids=[uid()], st=R.choice([200, 200, 404]))
            x += 2400 * R.choice([1, 1, 2])
# unusual but honest jobs
for _ in range(2):
    t = R.choice(TEN); j = Job('backfill', t, jobaddr(t), *R.choice(JOBUA)); batch_job(j, R.choice([10, 14, 20]), R.randint(350, 700), R.choice([.3, .8]), '/v1/documents', '/v1/documents/{id}/content', daily=False)
for _ in range(4):
    t = R.choice(TEN); j = Job('broken-integration', t, jobaddr(t), *R.choice(JOBUA)); x = T0 + R.uniform(0, .8) * (T1 - T0); st, route, ids = R.choice([(401, '/v1/tickets', ()), (404, '/v1/webhooks/{id}', ('wh_' + b62(8),)), (410, '/v1/reports/{id}/rows', ('r9',)), (422, '/v1/invoices', ())]); end = x + R.uniform(3, 20) * HOUR
    while x < min(end, T1): j.r(x, 'POST' if st == 422 else 'GET', route, st, ids=ids); x += R.choice([300, 300, 310, 600])
for _ in range(3):                                                           # a developer with a new key
    t = R.choice(TEN); j = Job('new-integration', t, [R.choice(t.users).home], R.choice(['PostmanRuntime/7.43.0', 'insomnia/10.3.0', 'curl/8.7.1', 'python-requests/2.32.3']), CURL); x = T0 + R.randrange(int(P['days'])) * DAY + (R.uniform(9, 18) - t.tz) * HOUR
    for _ in range(R.randint(30, 90)): j.r(x, R.choice(['GET', 'GET', 'GET', 'POST']), R.choice(['/v1/tickets', '/v1/invoices', '/v1/documents', '/v1/customers', '/graphql', '/v1/me']), R.choice([200] * 9 + [201, 400, 400, 401, 404, 422, 405])); x += ln(25, 1)

# ------------------------------------------------------------------ good bots and anonymous people
SHARES = [b62(10) for _ in range(140)]; TPL = [f'{R.choice(["invoice", "nda", "offer", "contract", "checklist", "sow", "policy"])}-{R.choice(["basic", "it", "legal", "eu", "us", "short", "agency"])}-{i}' for i in range(260)]
def every(c, gap, m, r, st=200, jit=.5, **k):
    t = T0 + R.uniform(0, gap)
    while t < T1: c.req(t, m, r, st, auth=False, **k); t += gap + R.gauss(0, jit)
for cc, g in (('aws', 300), ('do', 300), ('gcp', 600)): every(C('monitor', f'monitor:{cc}', dc(cc)[0], R.choice(['Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)', 'Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)', 'Better Uptime Bot']), GO), g, 'GET', '/health')
c = C('monitor', 'monitor:synthetic', dc('aws')[0], 'Datadog/Synthetics', NODE, user='u-synthetic', plat='web'); t = T0 + 400
while t < T1:
    c.user = c.sid = None; c.req(t, 'POST', '/v1/auth/login', 200, subj='synthetic@staff.example'); c.user, c.sid = 'u-synthetic', hexs(24); boot(c, t + .5); c.req(t + 2, 'GET', '/v1/documents', q='page=1'); t += 1800
for n, ua, a in (('google', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', dc('gcp', 5)), ('bing', 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', dc('azure', 3)), ('gptbot', 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)', dc('azure', 3))):
    c = C('crawler', 'bot:' + n, a[0], ua, CH if n == 'google' else GO); t = T0
    while t < T1:
        t += exp(11 * MIN)
        if R.random() < .06: c.req(t, 'GET', '/robots.txt', a=R.choice(a))
        else: c.req(t, 'GET', '/v1/public/templates/{id}', R.choice([200] * 12 + [404, 304, 304]), ids=[R.choice(TPL)], a=R.choice(a))
STRIPE = dc('aws', 6)
c = C('provider-webhook', 'provider:stripe', STRIPE[0], 'Stripe/1.0 (+https://stripe.com/docs/webhooks)', GO); t = T0
while t < T1: t += exp(9 * MIN); c.req(t, 'POST', '/v1/hooks/stripe', R.choice([200] * 50 + [500]), a=R.choice(STRIPE), auth=False)
SAFE = dc('azure', 9)
def biz_time():
    while True:
        t = T0 + R.random() * (T1 - T0); h = (t / HOUR + 1) % 24
        if R.random() < (1 if 7 < h < 18 else .35 if 18 <= h < 23 else .12) * (.25 if weekend(t) else 1): return t
for k in range(int(560 * P['days'] / 3)):
    t = biz_time(); s = R.choice(SHARES); ua, ja = browser(); cc = wchoice({'DE': 4, 'US': 5, 'GB': 3, 'FR': 2, 'NL': 1, 'IN': 1})
    if R.random() < .3: C('email-scanner', 'bot:safelinks', R.choice(SAFE), chrome(WIN), CH).req(t - R.uniform(5, 4000), 'GET', '/s/{id}', 200, ids=[s])
    if R.random() < .1: C('link-preview', 'bot:slack', dc('aws')[0], 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)', GO).req(t - 30, 'GET', '/s/{id}', ids=[s])
    c = C('share-visitor', f'visitor:{k}', carrier(cc) if R.random() < .2 else home(cc), ua, ja, plat='web')
    if R.random() < .04: c.req(t, 'GET', '/s/{id}', R.choice([404, 410]), ids=[s[:-1]]); continue
    c.req(t, 'GET', '/s/{id}', ids=[s]); c.req(t + .4, 'GET', '/v1/public/shares/{id}', ids=[s])
    if R.random() < .6: c.req(t + think(), 'GET', '/v1/public/shares/{id}/content', ids=[s], rs=ln(150000))
for k in range(int(330 * P['days'] / 3)):
    t = biz_time(); ua, ja = browser(); c = C('gallery-visitor', f'gallery:{k}', home(wchoice({'DE': 4, 'US': 5, 'GB': 3, 'IN': 3, 'BR': 1})), ua, ja, plat='web')
    if R.random() < .6: c.req(t, 'GET', '/v1/public/templates', q='category=%s&page=1' % b62(4)); t += think()
    for _ in range(1 + int(exp(1.6))): c.req(t, 'GET', '/v1/public/templates/{id}', ids=[R.choice(TPL)]); t += think()
NBENIGN = len(EV)

# ================================================================== attacks
SEQ = {}
def inst(kind):
    SEQ[kind] = SEQ.get(kind, 0) + 1; return f'{kind}-{SEQ[kind]}'
def when(dur=HOUR, first=.12, hours=None):
    """start of an instance: few on the first day"""
    for _ in range(200):
        t = T0 + R.uniform(.1, 1) * DAY if R.random() < first else T0 + R.uniform(DAY, max(DAY * 1.1, P['days'] * DAY - dur))
        if hours is None or hours[0] <= (t / HOUR) % 24 < hours[1]: break
    return t
def N(x): return max(6, int(x * P['intensity'] * R.uniform(.75, 1.3)))
def A(kind, i, a, ua, ja, **k):
    caller = k.pop('caller', None) or 'attacker:' + i; return C(kind, caller, a, ua, ja, label='attack', inst=i, **k)
def toolua(style):
    """naive: tool as is; fake: browser name over a tool's TLS; good: browser TLS too"""
    return (PYUA(), PY) if style == 'naive' else (chrome(), R.choice([PY, GO])) if style == 'fake' else browser()
class Limit:
    """the site's own limiter of sign-ins by address"""
    def __init__(s, n=25, win=60): s.n, s.win, s.h = n, win, {}
    def hit(s, ip, t):
        q = s.h.setdefault(ip, []); q.append(t)
        while q[0] < t - s.win: q.pop(0)
        return len(q) > s.n
def leak_email(): return R.choice(USERS).email if R.random() < .14 else f'{R.choice(FN)}{R.choice(["", ".", "_"])}{R.choice(LN)}{R.randint(1, 99)}@{R.choice(["gmail.example", "mail.example", "outlook.example", R.choice(TEN).dom])}'
PW_USERS = [u for u in USERS if not u.t.sso]
NOMFA = [u for u in PW_USERS if not u.mfa and u.role in ('accountant', 'manager', 'admin', 'editor')]
R.shuffle(NOMFA)
def app_as(i, kind, a, mode, **k):
    plat = R.choice(['android', 'android', 'ios']); ver = R.choice(VER_OLD) if mode == 'old' else R.choice([VER_CUR, VER_CUR, VER_CUR, '6.0.3'])
    return A(kind, i, a, app_ua(plat, phone_model(plat), ver), k.pop('ja4', None) or (OKH if plat == 'android' else IOSJ), dev=uid(), ver=ver, att=Attest(mode), plat=plat, **k)
def as_user(c, u, sid=None): c.user, c.sid = (u.id, sid or hexs(24)) if hasattr(u, 'id') else (u, hexs(24)); return c
class Mule:
    """an attacker's own trial account"""
    def __init__(s): s.id = f'u-{hexs(8)}'; s.sid = hexs(24); s.role = 'viewer'; s.t = Tenant(777); s.email = f'{b62(8).lower()}@mail.example'; s.fav = {'inv': s.t.inv[:4], 'tic': s.t.tic[:4], 'doc': s.t.doc[:4]}

# ---- credential stuffing: fast from few hosts, residential, slow as the app
HITS = []
def stuff(style):
    k = 'credential-stuffing'; i = inst(k); L = Limit()
    if style == 'fast':
        t = when(); pool = dc(R.choice(['m247', 'ovh', 'contabo', 'vultr']), R.choice([1, 4]), same24=True); ua, ja = toolua(R.choice(['naive', 'fake'])); n = N(320)
        for _ in range(n):
            a = R.choice(pool); c = A(k, i, a, ua, ja); lim = L.hit(a['client.address'], t); e = leak_email(); hit = not lim and R.random() < .006
            c.req(t, 'POST', '/v1/auth/login', 429 if lim else 200 if hit else 401, subj=e); t += ln(.9, .5) if not lim else ln(2.5, .5)
    elif style == 'resi':
        n = N(360); dur = R.uniform(4, 11) * HOUR; t = when(dur); pool = [resi() for _ in range(int(n * .7))]
        for _ in range(n):
            a = R.choice(pool); ua, ja = toolua(R.choice(['good', 'good', 'fake'])); c = A(k, i, a, ua, ja); u = R.choice(PW_USERS); hit = R.random() < .012 and NOMFA
            if hit: u = NOMFA.pop(); HITS.append((t, u))
            e = u.email if hit else leak_email()
            if R.random() < .7: c.req(t - R.uniform(.5, 3), 'GET', '/v1/auth/methods', q='email=x')
            c.req(t, 'POST', '/v1/auth/login', 200 if hit else 401, subj=e); t += exp(dur / n)
    else:
        n = N(110); dur = min(R.uniform(14, 26) * HOUR, T1 - T0 - DAY * .3); t = when(dur); pool = [carrier(R.choice(['US', 'GB', 'IN', 'VN'])) for _ in range(3)] + dc('datacamp', 14, same24=True); mode = R.choice(['missing', 'old'])
        for _ in range(n): c = app_as(i, k, R.choice(pool), mode, ja4=R.choice([None, GO])); c.req(t, 'POST', '/v1/auth/login', 401 if R.random() > .01 else 200, subj=leak_email()); t += exp(dur / n)
for s in ('fast', 'resi', 'slow'): stuff(s)
if R.random() < .5: stuff('resi')

# ---- password spraying
def spray(style):
    k = 'password-spraying'; i = inst(k)
    if style == 'tenant':
        t = when(5 * HOUR); ten = max((x for x in TEN if not x.sso), key=lambda x: len(x.users) * R.random()); ems = [u.email for u in ten.users][:60] + [f'{f}.{R.choice(LN)}@{ten.dom}' for f in FN[:max(0, 25 - len(ten.users))]]; pool = dc('do', 3); ua, ja = toolua('fake')
        for _ in range(R.randint(2, 4)):
            R.shuffle(ems); s = t
            for e in ems: A(k, i, R.choice(pool), ua, ja).req(s, 'POST', '/v1/auth/login', 401 if R.random() > .006 else 200, subj=e); s += R.uniform(4, 14)
            t += R.uniform(45, 75) * MIN
    else:                                                                   # API-gateway proxies: another address for every request
        n = N(170); dur = R.uniform(10, 20) * HOUR; t = when(dur); ua, ja = browser()
        for _ in range(n): A(k, i, dc('aws')[0] if style == 'fireprox' else resi(), ua, GO if style == 'fireprox' else ja).req(t, 'POST', '/v1/auth/login', 401 if R.random() > .008 else 200, subj=R.choice(PW_USERS).email); t += exp(dur / n)
spray('tenant'); spray('fireprox'); spray('resi') if R.random() < .6 else None

# ---- account takeover
def loot(c, u, t, n, g):
    t = boot(c, t)
    for x in range(n):
        s = wchoice({'search': 4, 'invoices': 2, 'invoice': 3, 'docs': 3, 'doc': 4, 'export': 1}); t = screen(c, u, t, s) + ln(g, .7)
        if x == n // 2:
            c.req(t, 'GET', '/v1/settings/billing'); t += ln(g, .4); c.req(t, 'PATCH', '/v1/settings/billing', R.choice([200, 403])); t += ln(g, .4)
            if R.random() < .6: c.req(t, 'POST', '/v1/api-keys', R.choice([201, 403])); t += 4
            if R.random() < .6: c.req(t, 'POST', '/v1/settings/forwarding', 201); t += 4
    return t
def ato(style):
    k = 'account-takeover'; i = inst(k); t = when(6 * HOUR)
    if style == 'hit' and HITS: h, u = HITS.pop(); t = max(h + 300, min(h + R.uniform(.5, 8) * HOUR, T1 - 2 * HOUR))
    else: u = NOMFA.pop()
    if style == 'cookie':
        while not u.remember: u = NOMFA.pop()
    VICT['user', u.id] = t
    if style == 'cookie':                                                   # info-stealer: the same session from elsewhere
        ua, ja = (u.ua, CH) if R.random() < .5 else browser(); c = A(k, i, R.choice([dc('m247')[0], resi(R.choice(['RU', 'NG', 'VN']))]), ua, ja, plat='web'); as_user(c, u, u.sid_at(t))
        t = boot(c, t); ids = R.sample(u.t.doc, min(len(u.t.doc), N(90)))
        c.req(t, 'GET', '/v1/documents', q='page=1&per_page=200')
        for d in ids: t += ln(R.choice([1.2, 4]), .5); c.req(t, 'GET', '/v1/documents/{id}/content', ids=[d])
    elif style == 'phone':                                                  # the thief's own, genuine phone
        c = app_as(i, k, carrier(u.t.cc), 'ok'); c.req(t, 'POST', '/v1/auth/login', 200, subj=u.email); as_user(c, u); t += 1; c.req(t, 'GET', '/v1/mobile/sync', q='since=0'); loot(c, u, t + 1, R.randint(10, 20), 12)
    else:
        ua, ja = browser(); c = A(k, i, resi(u.t.cc if R.random() < .7 else None), ua, ja, plat='web'); c.req(t, 'GET', '/v1/auth/methods', q='email=x'); c.req(t + 3, 'POST', '/v1/auth/login', 200, subj=u.email); as_user(c, u)
        t = loot(c, u, t + 4, R.randint(8, 16), 10)
        if R.random() < .7: loot(c, u, t + R.uniform(2, 6) * HOUR, R.randint(8, 20), 14)
for s in ('hit', 'cookie', 'phone', 'hit'): ato(s)

# ---- object-id walking
def bola(style):
    k = 'bola'; i = inst(k); m = Mule(); t = when(4 * HOUR); x = R.randint(106000, 180000); owned = set(m.t.inv)
    if style == 'fast':
        ua, ja = toolua(R.choice(['naive', 'fake'])); c = as_user(A(k, i, dc()[0], ua, ja), m); r = R.choice(['/v1/invoices/{id}', '/v1/invoices/{id}/pdf']); hole = r.endswith('pdf')
        t = boot(c, t)
        for _ in range(N(330)): x += R.choice([1, 1, 1, 2]); c.req(t, 'GET', r, R.choice([200, 200, 404]) if hole else R.choice([403, 404, 404, 404, 200] if R.random() < .1 else [403, 404]), ids=[x]); t += ln(.6, .5)
    elif style == 'slow':                                                   # a real browser, one foreign id between ordinary screens
        ua, ja = browser(); c = as_user(A(k, i, home(wchoice(RESI_CC)), ua, ja, plat='web'), m); t = boot(c, t)
        for _ in range(N(75)):
            if R.random() < .35: t = screen(c, m, t, R.choice(['invoices', 'dash', 'invoice', 'docs'])) + think()
            x += R.randint(1, 40); c.req(t, 'GET', '/v1/tickets/{id}' if R.random() < .3 else '/v1/invoices/{id}', R.choice([404, 404, 403, 200]), ids=[x]); t += ln(150, .7)
    elif style == 'graphql':                                                # ids hide in the body; misses answer 200 with a short error
        ua, ja = toolua('fake'); c = as_user(A(k, i, resi(), ua, ja, plat='web'), m); t = boot(c, t)
        for _ in range(N(200)): c.gql(t, 'InvoiceById', 200, rs=R.choice([330, 331, 332, 333, int(ln(3000))]), rq=1180 + R.randint(0, 3)); t += ln(2.2, .4)
    else:                                                                   # a customer's key walks others' tickets over many exits
        j = R.choice([q for q in KEYS if q.kind in ('api-poll', 'api-sync')]); c = A(k, i, j.a, j.ua, j.ja4, key=j.key); pool = [resi() for _ in range(40)]; y = R.randint(510000, 620000); VICT['key', j.key] = t
        for _ in range(N(140)): y += R.randint(1, 5); c.req(t, 'GET', '/v1/tickets/{id}', R.choice([404, 403, 403, 200]), ids=[y], a=R.choice(pool)); t += exp(45)
for s in ('fast', 'slow', 'graphql', 'key'): bola(s)

# ---- function-level probing
ADM = ['/v1/admin/users', '/v1/admin/tenants', '/v1/admin/config', '/v1/admin/impersonate', '/v1/internal/metrics', '/v1/support/tenants', '/v1/support/tenants/t1007', '/v1/audit-log', '/v1/api-keys', '/v1/settings/billing', '/v1/settings/security', '/v1/roles', '/v1/users', '/v1/admin/feature-flags', '/v1/admin/exports', '/v2/users', '/v0/users', '/v1/debug', '/v1/admin/billing/credits', '/v1/users/1/role', '/internal/users', '/v1/tenants', '/v1/tenants/t1014/users', '/v1/webhooks', '/scim/v2/Users']
def bfla(style):
    k = 'bfla'; i = inst(k); t = when(3 * HOUR)
    if style == 'fast':
        m = Mule(); ua, ja = toolua(R.choice(['fake', 'naive'])); c = as_user(A(k, i, R.choice([dc()[0], resi()]), ua, ja), m); t = boot(c, t)
        for _ in range(N(130)): c.req(t, R.choice(['GET', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH']), R.choice(ADM), R.choice([403, 403, 403, 404, 404, 405, 200]), known=False); t += ln(1.1, .5)
    else:                                                                   # an employee of a customer, dev tools, among his own work
        u = R.choice([u for u in USERS if u.role == 'viewer' or u.role == 'editor']); t = when(8 * HOUR, hours=(7, 15)); c = as_user(A(k, i, u.place(t), u.ua, u.ja4, plat='web', caller='user:' + u.id), u, u.sid_at(t))
        for _ in range(N(34)): c.req(t, R.choice(['GET', 'GET', 'GET', 'POST', 'PATCH']), R.choice(ADM), R.choice([403, 403, 404, 200, 405])); t += ln(200, .9)
bfla('fast'); bfla('fast'); bfla('slow')

# ---- one-time codes
def otp(style):
    k = 'otp-bruteforce'; i = inst(k); t = when(3 * HOUR)
    if style == 'fast':
        u = R.choice([u for u in PW_USERS if u.mfa]); pool = [resi() for _ in range(N(30))]; ua, ja = toolua('fake'); c = A(k, i, pool[0], ua, ja); c.req(t, 'POST', '/v1/auth/login', 200, subj=u.email)
        for x in range(N(210)): t += ln(1.4, .5); c.req(t, 'POST', '/v1/auth/mfa/verify', 429 if R.random() < .12 else 401, subj=u.email, a=pool[(x // 6) % len(pool)])
    else:
        us = R.sample([u for u in PW_USERS if u.mfa], min(22, sum(u.mfa for u in PW_USERS)))
        for u in us:
            ua, ja = browser(); c = A(k, i, resi(u.t.cc), ua, ja); c.req(t, 'POST', '/v1/auth/login', 200, subj=u.email); s = t + R.uniform(3, 10)
            for _ in range(R.randint(3, 5)): c.req(s, 'POST', '/v1/auth/mfa/verify', 401, subj=u.email); s += R.uniform(4, 15)
            t += exp(22 * MIN)
otp('fast'); otp('slow')
# ---- enumerations: promo codes, share links, accounts
def enum(kind, style):
    i = inst(kind); dur = R.uniform(5, 12) * HOUR; t = when(dur if style != 'fast' else HOUR); n = N({'fast': 260, 'resi': 230, 'slow': 90}[style]); gap = R.choice([.5, 1, 2.5]) if style == 'fast' else dur / n
    ua, ja = toolua(R.choice(['naive', 'fake']) if style == 'fast' else 'good'); pool = dc(None, R.choice([1, 3]), same24=True) if style == 'fast' else [resi() for _ in range(n)] if style == 'resi' else dc('datacamp', 6)
    c = A(kind, i, pool[0], ua, ja)
    if kind == 'promo-code-enumeration' and style != 'resi': as_user(c, Mule()); boot(c, t - 5)
    for x in range(n):
        a = pool[x] if style == 'resi' else R.choice(pool)
        if style == 'resi' and x % 2: a = pool[x - 1]
        if style == 'resi': c.ua, c.ja4 = toolua(R.choice(['good', 'fake']))
        if kind == 'promo-code-enumeration': c.req(t, 'POST', '/v1/billing/promo/validate', 404 if R.random() > .006 else 200, a=a)
        elif kind == 'share-link-enumeration': c.req(t, 'GET', '/s/{id}', 404 if R.random() > .004 else 200, ids=[b62(10 if style == 'fast' else R.choice([8, 10]))], a=a)
        else:
            e = f'{R.choice(FN)}.{R.choice(LN)}@{R.choice(TEN).dom}'
            if style == 'fast': c.req(t, 'GET', '/v1/auth/methods', R.choice([200, 404, 404]), q='email=x', a=a)
            else: c.req(t, 'POST', '/v1/auth/password/forgot', 202, subj=e, a=a)
        t += ln(gap, .4) if style == 'fast' else exp(gap)
for k, s in (('promo-code-enumeration', 'fast'), ('promo-code-enumeration', 'resi'), ('share-link-enumeration', 'fast'), ('share-link-enumeration', 'resi'), ('account-enumeration', 'fast'), ('account-enumeration', 'slow')): enum(k, s)

# ---- fake sign-ups, some send spam by invitations
def fake(style):
    k = 'fake-signup'; i = inst(k); n = N(34 if style == 'fast' else 26); dur = R.uniform(1.5, 3) * HOUR if style == 'fast' else R.uniform(8, 18) * HOUR; t = when(dur); pool = dc('m247', 4)
    for _ in range(n):
        ua, ja = toolua('fake' if style == 'fast' else 'good'); c = A(k, i, R.choice(pool) if style == 'fast' else resi(), ua, ja, plat='web')
        s = signup(c, t, f'{b62(9).lower()}@{R.choice(["tmpbox", "mailnest", "quickinbox"])}.example', human=style != 'fast')
        for _ in range(R.randint(2, 6) if style == 'fast' else R.randint(0, 3)): s += R.uniform(.5, 3) if style == 'fast' else think(); c.req(s, 'POST', '/v1/invitations', R.choice([201, 201, 201, 429]))
        t += exp(dur / n)
fake('fast'); fake('slow')

# ---- scraping of the public gallery and of data behind trial accounts
def scrape(style):
    k = 'scraping'; i = inst(k); dur = {'fast': HOUR, 'resi': R.uniform(5, 14) * HOUR, 'human': R.uniform(8, 14) * HOUR}[style]; t = when(dur)
    if style == 'fast':
        ua, ja = toolua(R.choice(['naive', 'fake'])); c = A(k, i, dc()[0], ua, ja); L = N(280); g = R.choice([.4, 1.2])
        for x in range(L): c.req(t, 'GET', '/v1/public/templates' if x % 24 == 0 else '/v1/public/templates/{id}', R.choice([200] * 60 + [404]), ids=[TPL[x % len(TPL)]], q=f'page={x // 24 + 1}' if x % 24 == 0 else None); t += ln(g, .4)
    elif style == 'resi':
        n = N(330); x = 0; todo = TPL[:]; R.shuffle(todo)
        while x < n:
            ua, ja = toolua(R.choice(['good', 'good', 'fake'])); c = A(k, i, resi(), ua, ja); s = t
            for _ in range(R.choice([1, 1, 2])): c.req(s, 'GET', '/v1/public/templates/{id}', ids=[todo[x % len(todo)]]); x += 1; s += R.uniform(.6, 9)
            t += exp(dur / n * 1.4)
    else:                                                                   # headless browser, human pace, several accounts
        ms = [(Mule(), resi('US'), browser()) for _ in range(3)]
        for x in range(N(130)): m, a, (ua, ja) = ms[x // 20 % 3]; c = A(k, i, a, ua, ja, plat='web'); c.user, c.sid = m.id, m.sid; c.req(t, 'GET', '/v1/directory/companies/{id}', ids=[9000 + x]); c.gql(t + .2, 'CompanyCard') if R.random() < .5 else 0; t += max(2, R.gauss(dur / 150, dur / 900))
for s in ('fast', 'resi', 'human'): scrape(s)

# ---- floods of dear searches
def flood(style):
    k = 'search-flood'; i = inst(k); t = when()
    if style == 'many':
        pool = [resi() for _ in range(60)]; ms = [Mule() for _ in range(12)]
        for _ in range(N(420)): m = R.choice(ms); ua, ja = toolua('fake'); c = A(k, i, R.choice(pool), ua, ja); c.user, c.sid = m.id, m.sid; c.req(t, 'GET', '/v1/search', R.choice([200, 200, 200, 429, 503]), q='q=%25%25%25&sort=relevance', dur=ln(2.8, .5)); t += exp(1.2)
    else:
        ua, ja = toolua('naive'); c = as_user(A(k, i, dc()[0], ua, ja), Mule())
        for _ in range(N(150)): c.gql(t, 'SearchEverything', R.choice([200, 200, 200, 429, 504]), rq=ln(9000, .2), rs=ln(150000), dur=ln(6, .5)); t += ln(2.5 if style == 'one' else 30, .5)
flood('many'); flood('one'); flood('slow') if R.random() < .6 else None

# ---- scanners and payloads
SCAN = '/.env /.git/config /wp-login.php /actuator/env /actuator/heapdump /.aws/credentials /server-status /phpinfo.php /swagger.json /openapi.json /v2/api-docs /admin /console /debug/pprof/ /graphiql /.DS_Store /backup.zip /config.json /api/.env /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php /cgi-bin/luci /solr/admin/info/system /jenkins/login /metrics /telescope/requests /_profiler/phpinfo /xmlrpc.php /owa/auth/logon.aspx /remote/login /.well-known/security.txt /v1/swagger.json /db.sql /id_rsa /.svn/entries /boaform/admin/formLogin /hudson /manager/html /geoserver/web/ /_ignition/execute-solution'.split()
def scan(style):
    k = 'vulnerability-scan'; i = inst(k)
    if style == 'fast':
        t = when(); c = A(k, i, dc(R.choice(['do', 'vultr', 'contabo']))[0], R.choice(['Mozilla/5.0 (compatible; Nuclei - Open-source project (github.com/projectdiscovery/nuclei))', chrome(), 'Fuzz Faster U Fool v2.1.0-dev', 'gobuster/3.6']), GO)
        for _ in range(N(330)): p = R.choice(SCAN) if R.random() < .6 else '/' + b62(R.randint(3, 9)).lower() + R.choice(['', '.bak', '.php', '.json', '/']); c.req(t, R.choice(['GET'] * 9 + ['POST', 'HEAD']), p, R.choice([404] * 14 + [403, 400, 200, 405, 301]), known=False, q=R.choice([None, None, None, 'url=x', 'file=x'])); t += ln(R.choice([.12, .4]), .6)
    else:                                                                   # the background of the internet: a host, three paths, gone
        t = T0 + R.uniform(0, .2) * DAY; n = 0
        while t < T1:
            c = A(k, i, dc()[0] if R.random() < .7 else resi(), R.choice([chrome(), 'Go-http-client/1.1', None, 'Mozilla/5.0 zgrab/0.x', 'curl/7.88.1', 'l9explore/1.2.2']), GO)
            for p in R.sample(SCAN, R.choice([1, 1, 2, 3, 6])): c.req(t, 'GET', p, R.choice([404, 404, 404, 403, 400]), known=False); t += R.uniform(.2, 2)
            t += exp(P['days'] * DAY / 55)
scan('fast'); scan('slow'); scan('fast') if R.random() < .5 else None
def inject(style):
    k = 'payload-injection'; i = inst(k); t = when(2 * HOUR); m = Mule()
    if style == 'sqlmap':
        c = as_user(A(k, i, R.choice([dc()[0], resi()]), R.choice(['sqlmap/1.8.11#stable (https://sqlmap.org)', chrome(LNX)]), PY), m); r = R.choice(['/v1/documents', '/v1/search', '/v1/invoices'])
        for _ in range(N(210)): c.req(t, 'GET', r, R.choice([200, 200, 400, 400, 500, 422]), q='filter=%27%20AND%20' + str(R.randint(1000, 9999)) + '%3D' + str(R.randint(1000, 9999)) + '%20--%20' + b62(4), dur=R.choice([None, None, 5.02])); t += ln(.7, .7)
    else:                                                                   # Burp: a tester's pace, paths and bodies
        ua, ja = chrome(WIN), CH; c = as_user(A(k, i, resi(), ua, ja, plat='web'), m); t = boot(c, t)
        for _ in range(N(80)):
            x = R.random()
            if x < .4: c.req(t, 'GET', '/v1/documents/' + R.choice(['..%2f..%2fetc%2fpasswd', '%27%20or%201%3D1', '{{7*7}}', '%00', '0', '-1', uid(), '..;/admin']), R.choice([400, 404, 400, 500]), known=False)
            elif x < .7: c.req(t, 'POST', R.choice(['/v1/webhooks', '/v1/tickets', '/v1/documents']), R.choice([422, 400, 201, 500]), rq=ln(1800, .7))
            else: c.gql(t, 'x' if R.random() < .5 else 'DocumentSearch', R.choice([400, 200, 200, 500]), rq=ln(2600, .8))
            t += ln(18, .9)
inject('sqlmap'); inject('burp')
def gqlabuse(style):
    k = 'graphql-abuse'; i = inst(k); t = when(2 * HOUR); c = A(k, i, R.choice([dc()[0], resi()]), *toolua(R.choice(['naive', 'fake'])))
    if style == 'schema':                                                   # introspection refused, then guesses by suggestions
        as_user(c, Mule())
        for x in range(N(150)): c.gql(t, 'IntrospectionQuery' if x < 3 else 'x', 400 if R.random() < .93 else 200, rq=ln(5200 if x < 3 else 2100, .2), rs=ln(1900, .5)); t += ln(1.3, .4)
    else:                                                                   # hundreds of sign-ins in aliases of one request
        pool = [resi() for _ in range(8)]
        for _ in range(N(55)): c.gql(t, 'Login', 200, rq=ln(48000, .15), rs=ln(31000, .15), dur=ln(7, .3), a=R.choice(pool)); t += ln(25, .5)
gqlabuse('schema'); gqlabuse('alias')

# ---- leaked API keys
def leaked(style):
    k = 'leaked-api-key'; i = inst(k); t = when(6 * HOUR); j = R.choice([q for q in KEYS if q.kind in ('api-poll', 'api-batch', 'api-sync', 'api-push')]); VICT['key', j.key] = t
    if style == 'fast':
        ua, ja = R.choice([('TruffleHog', GO), (PYUA(), PY), ('curl/8.5.0', CURL)]); c = A(k, i, dc(R.choice(['m247', 'ovh', 'vultr', 'do']))[0], ua, ja, key=j.key)
        for r in ('/v1/me', '/v1/tenant', '/v1/users', '/v1/api-keys', '/v1/webhooks', '/v1/audit-log', '/v1/settings/billing', '/v1/invoices', '/v1/documents', '/v1/customers'): c.req(t, 'GET', r, R.choice([200, 200, 403])); t += ln(3, .6)
        for p in range(N(20)): c.req(t, 'GET', R.choice(['/v1/customers', '/v1/invoices']), q=f'page={p + 1}&per_page=500', rs=ln(300000)); t += ln(1.2, .4)
        for d in R.sample(j.t.doc, min(len(j.t.doc), N(130))): c.req(t, 'GET', '/v1/documents/{id}/content', ids=[d]); t += ln(.8, .5)
    elif style == 'multi':                                                  # the key was posted; several finders over a day
        for _ in range(R.randint(6, 12)):
            ua, ja = R.choice([(PYUA(), PY), ('curl/8.5.0', CURL), ('PostmanRuntime/7.43.0', NODE), ('Go-http-client/2.0', GO)]); c = A(k, i, R.choice([dc()[0], resi()]), ua, ja, key=j.key); s = t + R.uniform(0, 12) * HOUR
            for _ in range(R.randint(2, 14)): c.req(s, 'GET', R.choice(['/v1/me', '/v1/users', '/v1/customers', '/v1/documents', '/v1/tickets', '/v1/invoices']), R.choice([200, 200, 200, 403])); s += ln(6, .8)
    else:                                                                   # same tool name and pace as the owner, another network, at night
        c = A(k, i, dc(R.choice(['hetzner', 'aws', 'do']))[0], j.ua, j.ja4, key=j.key)
        for p in range(N(95)): c.req(t, 'GET', '/v1/documents/{id}/content' if R.random() < .6 else '/v1/invoices/{id}', ids=[R.choice(j.t.doc if R.random() < .7 else j.t.inv)]); t += ln(230, .5)
leaked('fast'); leaked('multi'); leaked('slow')

# ---- mobile attacks
def repack(style):
    k = 'repackaged-app'; i = inst(k); t = when(10 * HOUR)
    if style == 'crowd':                                                    # a modified build in the hands of many
        for n in range(N(24)):
            m = Mule(); c = app_as(i, k, carrier(R.choice(['IN', 'VN', 'ID', 'BR', 'US'])) if R.random() < .6 else home(wchoice(RESI_CC)), 'root', caller=f'attacker:{i}:{n}'); s = t + R.uniform(0, 18) * HOUR; as_user(c, m); c.req(s, 'GET', '/v1/mobile/sync', q='since=1')
            for _ in range(R.randint(3, 12)): s += think(); x = R.random(); c.gql(s, 'MobileInbox') if x < .3 else c.req(s, 'POST', '/v1/billing/entitlements/refresh', R.choice([200, 402, 403])) if x < .5 else screen(c, m, s, R.choice(['doc', 'docs', 'invoice']))
    else:                                                                   # hooked app on an emulator drives a scrape
        m = Mule(); c = app_as(i, k, R.choice([dc('hetzner')[0], home('VN')]), 'root'); as_user(c, m); g = R.choice([1.5, 6])
        for x in range(N(150)): c.req(t, 'GET', '/v1/directory/companies/{id}', ids=[12000 + x]); t += ln(g, .4)
repack('crowd'); repack('emulator')
class Stolen(Attest):
    """a token taken from a real phone, kept in use; renewed by hand"""
    def __init__(s, onetime): super().__init__('ok'); s.onetime, s.uses, s.renew = onetime, 0, 0
    def fields(s, t):
        if s.tok is None or (t > s.renew): s.tok, s.exp, s.renew, s.uses = hexs(32), t + 270, t + R.uniform(320, 900), 0
        s.uses += 1; st, co = ('expired', 'expired') if t > s.exp else ('failed', 'replayed') if s.onetime and s.uses > 1 else ('genuine', 'valid')
        return {'attestation.status': st, 'attestation.code': co, 'attestation.issuer': s.issuer, 'attestation.token': s.tok}
def replay(style):
    k = 'token-replay'; i = inst(k); t = when(3 * HOUR); tok = Stolen(style == 'onetime'); pool = [resi() for _ in range(20)] if style != 'one' else dc()
    dev = uid(); mu = Mule()
    for x in range(N({'login': 120, 'onetime': 110, 'one': 130}[style])):
        c = app_as(i, k, R.choice(pool), 'ok', ja4=R.choice([GO, PY, OKH])); c.att = tok
        if style == 'one': c.dev = dev; c.user, c.sid = mu.id, mu.sid; c.req(t, 'GET', '/v1/directory/companies/{id}', ids=[15000 + x])
        else: c.req(t, 'POST', '/v1/auth/login', 401 if R.random() > .01 else 200, subj=leak_email())
        t += ln(9, .6)
for s in ('login', 'onetime', 'one'): replay(s)
def farm(style):
    k = 'device-farm'; i = inst(k)
    if style == 'rack':                                                     # real phones on one line, trial accounts that invite (spam)
        dur = 7 * HOUR; t = when(dur); ph = [app_as(i, k, None, 'ok', caller=f'attacker:{i}:{n}') for n in range(R.randint(6, 9))]; pool = [home('VN') for _ in range(2)]
        for c in ph:
            s = t + R.uniform(0, 20) * MIN; g = R.uniform(150, 260)
            c.a = R.choice(pool); s = signup(c, s, f'{b62(8).lower()}@mailnest.example', human=False)
            for x in range(R.randint(12, 26)): c.req(s, 'POST', '/v1/invitations', R.choice([201, 201, 201, 201, 429])) if R.random() < .55 else c.gql(s, 'MobileInbox') if R.random() < .5 else c.req(s, 'GET', '/v1/mobile/sync', q='since=1'); s += R.gauss(g, 12)
    else:                                                                   # phones over mobile networks, slow reading of the directory, app-like
        dur = 14 * HOUR; t = when(dur); y = 20000
        for n in range(R.randint(8, 13)):
            c = app_as(i, k, None, 'ok', caller=f'attacker:{i}:{n}'); cc = R.choice(['US', 'GB', 'ID']); m = Mule(); as_user(c, m)
            for v in range(R.randint(1, 3)):
                c.a = carrier(cc); s = t + R.uniform(0, 14) * HOUR; c.req(s, 'POST', '/v1/auth/refresh'); c.req(s + .3, 'GET', '/v1/mobile/sync', q='since=1')
                for _ in range(R.randint(3, 8)): s += think(); y += R.randint(1, 4); c.req(s, 'GET', '/v1/directory/companies/{id}', ids=[y])
farm('rack'); farm('spread')
# honest use of the directory on the phone and in the browser, so that the route is not a label
for u in R.sample(USERS, min(len(USERS), 260)):
    t = biz_time(); lab = 'mobile-user' if u.mob and not u.newphone and (u.mob['ver'] != VER_NEW or t > u.mob['up']) and R.random() < .7 else 'web-user'; m = u.mob
    c = C('web-user', 'user:' + u.id, u.place(t), u.ua, SWGJ if u.t.swg else u.ja4, user=u.id, sid=u.sid_at(t), plat='web') if lab == 'web-user' else C(lab, 'user:' + u.id, u.home, app_ua(m['plat'], m['model'], m['ver']), OKH if m['plat'] == 'android' else IOSJ, user=u.id, sid=m['sid'] or hexs(24), dev=m['dev'], ver=m['ver'], att=m['att'], plat=m['plat'])
    for _ in range(R.randint(1, 6)):
        c.req(t, 'GET', '/v1/directory/companies/{id}', 404 if R.random() < .03 else 200, ids=[R.randint(9000, 22000)]); c.gql(t + .2, 'CompanyCard') if R.random() < .4 else 0; t += think()
for k in range(70):                                                          # promo codes and billing pages of honest admins
    u = R.choice([u for u in USERS if u.role == 'admin']); t = biz_time(); c = C('web-user', 'user:' + u.id, u.place(t), u.ua, u.ja4, user=u.id, sid=u.sid_at(t), plat='web')
    c.req(t, 'GET', '/v1/settings/billing'); t += think()
    for _ in range(R.choice([1, 1, 2])): c.req(t, 'POST', '/v1/billing/promo/validate', R.choice([200, 404])); t += think()

# ---- insiders
def insider(style):
    k = 'insider'; i = inst(k)
    if style == 'leaver':                                                   # takes the documents home, evening, own browser and place
        u = R.choice([u for u in USERS if u.role in ('editor', 'manager', 'accountant')]); t = when(4 * HOUR, hours=(15, 22)); c = as_user(A(k, i, u.home if not u.t.swg else R.choice(u.t.swg), u.ua, u.ja4, plat='web', caller='user:' + u.id), u, u.sid_at(t)); t = boot(c, t); g = R.choice([3, 9])
        for x, d in enumerate(R.sample(u.t.doc, min(len(u.t.doc), N(130)))):
            if x % 20 == 0: c.req(t, 'GET', '/v1/documents', q=f'page={x // 20 + 1}')
            t += ln(g, .6); c.req(t, 'GET', '/v1/documents/{id}/content', ids=[d])
    elif style == 'support':                                                # staff looks into tenants without a ticket, a few every hour
        u = R.choice(STAFF); t = when(9 * HOUR, hours=(6, 13)); c = as_user(A(k, i, u.place(t), u.ua, u.ja4, plat='web', caller='staff:' + u.id), u, u.sid or hexs(24))
        for ten in R.sample(TEN, min(len(TEN), N(26))):
            c.req(t, 'GET', '/v1/support/tenants/{id}', ids=[ten.id]); c.req(t + 4, 'POST', '/v1/support/tenants/{id}/impersonate', 201, ids=[ten.id]); t += think()
            for x in R.sample(ten.inv, 3): c.req(t, 'GET', '/v1/invoices/{id}', ids=[x]); t += ln(6, .5)
            t += ln(500, .7)
    else:                                                                   # admin makes exports of everything over some days, two or three an hour
        u = R.choice([u for u in USERS if u.role == 'admin']); c = as_user(A(k, i, u.home, u.ua, u.ja4, plat='web', caller='user:' + u.id), u, u.sid_at(T0 + DAY)); t = T0 + DAY + R.uniform(0, 8) * HOUR
        for _ in range(N(12)): t = screen(c, u, t, 'export') + ln(1800, .5)
insider('leaver'); insider('support'); insider('exports')

# ---- slow poisoning of the baseline: grows from day to day, then takes
def poison(style):
    k = 'baseline-poisoning'; i = inst(k); t = T0 + R.uniform(2, 12) * HOUR; n = 0
    if style == 'user': ua, ja = browser(); m = Mule(); c = as_user(A(k, i, home(wchoice(RESI_CC)), ua, ja, plat='web'), m)
    else: j = Job('api-sync', R.choice(TEN), dc('do'), 'python-requests/2.32.3', PY); c = A(k, i, j.a, j.ua, j.ja4, key=j.key)
    cap = N(230); grow = (T1 - t)
    while t < T1 and n < cap:
        f = (t - T0) / grow
        if style == 'user' and not 7 <= (t / HOUR) % 24 < 20: t += 20 * MIN; continue
        c.req(t, 'GET', '/v1/directory/companies/{id}' if style == 'user' else '/v1/tickets/{id}', 200 if R.random() > .03 else 404, ids=[(26000 if style == 'user' else 560000) + n]); n += 1
        t += exp(HOUR / (1.2 + 9 * f ** 2 * (2.2 if style == 'user' else 1)))
poison('user'); poison('key')

# ------------------------------------------------------------------ write
EV.sort(key=lambda x: (x[0], x[1]))
os.makedirs(OUT, exist_ok=True)
with open(os.path.join(OUT, 'events.ndjson'), 'w') as fe, open(os.path.join(OUT, 'labels.ndjson'), 'w') as fl:
    for n, (t, _, e, l) in enumerate(EV):
        e['event_id'] = l['event_id'] = f's{SEED}-{n:06d}'
        if l['label'] == 'benign':
            v = VICT.get(('user', e.get('user.id'))) or VICT.get(('key', e.get('api.client')))
            if v and t / 1000 >= v: l['victim'] = True
        fe.write(json.dumps(e, separators=(',', ':')) + '\n'); fl.write(json.dumps(l, separators=(',', ':')) + '\n')
with open(os.path.join(OUT, 'params.json'), 'w') as f: json.dump(dict(P, users=len(USERS), keys=len(KEYS), host=HOST, start=T0, end=T1), f, indent=1)
