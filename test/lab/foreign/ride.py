#!/usr/bin/env python3
"""A labelled world of a ride-hailing and food-delivery API.  ride.py SEED OUTDIR"""
import bisect, collections, hashlib, ipaddress, json, math, os, random, sys, urllib.parse
from datetime import datetime, timezone

SEED = int(sys.argv[1]); OUT = sys.argv[2]
R = random.Random(SEED * 7919 + 13)
H = 3600.0; DAY = 86400.0

# ------------------------------------------------------------------ parameters of this world
P = dict(
    days=R.choice([2, 3, 3, 4]), start_day=R.choice([13, 14, 15, 16]),
    target=R.randint(78000, 92000), riders=R.randint(1300, 2400), drivers=R.randint(75, 130), couriers=R.randint(40, 70),
    stores=R.randint(6, 9), ios=R.uniform(0.22, 0.6), attest_rider=R.uniform(0.88, 0.98), attest_driver=R.uniform(0.62, 0.86),
    rooted_driver=R.uniform(0.04, 0.10), stream=R.uniform(0.35, 0.75), v6=R.uniform(0.35, 0.7),
    surge=[None, 'concert', 'rain'][(SEED + R.randint(0, 2)) % 3], outage_attest=R.random() < 0.4, incident=R.random() < 0.6,
    release=R.random() < 0.6, campus=R.random() < 0.6, log_route=R.random() < 0.5, log_ja4=R.random() < 0.6, app_session=R.random() < 0.5,
    log_duration=R.random() < 0.7, replay_detect=R.random() < 0.4)
CITY = ([
    dict(cc='NL', tz=2, lat=52.37, lon=4.9, dial='+316', car=[('77.63', '2a02:a420', 1136), ('94.157', '2a01:599', 50266), ('188.207', '2a04:4a43', 31615)], fixed=[('84.83', '2001:1c02', 33915), ('86.92', '2a02:a45f', 1136), ('145.53', '2a10:3781', 15435)]),
    dict(cc='MX', tz=-6, lat=19.43, lon=-99.13, dial='+5255', car=[('187.190', '2806:102e', 28403), ('189.203', '2806:2f0', 22884), ('200.68', '2806:310', 28403)], fixed=[('189.217', '2806:2a0', 13999), ('187.168', '2806:10a', 8151), ('201.141', '2806:103', 8151)]),
    dict(cc='ID', tz=7, lat=-6.2, lon=106.8, dial='+62812', car=[('114.124', '2404:c0', 23693), ('182.2', '2404:8000', 4761), ('140.213', '2400:9800', 24203)], fixed=[('36.80', '2001:448a', 7713), ('139.228', '2404:160', 23700), ('118.136', '2405:b40', 23700)]),
    dict(cc='PL', tz=2, lat=52.23, lon=21.01, dial='+4860', car=[('37.47', '2a02:a317', 5617), ('31.60', '2a00:f41', 8374), ('5.173', '2a01:117f', 39603)], fixed=[('83.24', '2a02:a31b', 5617), ('89.64', '2a02:a310', 6830), ('178.36', '2a01:110f', 12912)]),
])[(SEED + 3 * (SEED // 4)) % 4]
T0 = datetime(2026, 6, P['start_day'], tzinfo=timezone.utc).timestamp(); T1 = T0 + P['days'] * DAY
TZ = CITY['tz'] * H
API, DRV, MER, WEB, OPS, PAR = 'api.zipgo.example', 'driver-api.zipgo.example', 'merchant-api.zipgo.example', 'm.zipgo.example', 'ops.zipgo.example', 'partners.zipgo.example'

# ------------------------------------------------------------------ small helpers
def hx(n): return ''.join(R.choice('0123456789abcdef') for _ in range(n))
def uid(): return f'{hx(8)}-{hx(4)}-4{hx(3)}-{R.choice("89ab")}{hx(3)}-{hx(12)}'
def hh(*a): return int.from_bytes(hashlib.blake2b('|'.join(map(str, (SEED,) + a)).encode(), digest_size=8).digest(), 'big')
def hu(*a): return hh(*a) / 2 ** 64
def exp(m): return R.expovariate(1 / m)
def logn(med, s): return med * math.exp(R.gauss(0, s))
def phone(): return CITY['dial'] + ''.join(R.choice('0123456789') for _ in range(8))
def latlon(s=0.06): return f"lat={CITY['lat'] + R.gauss(0, s):.5f}&lon={CITY['lon'] + R.gauss(0, s):.5f}"
def wchoice(d): return R.choices(list(d), list(d.values()))[0]
RIDE_H = [5, 3, 2, 1, 1, 2, 4, 9, 11, 8, 5, 5, 6, 6, 6, 6, 8, 11, 12, 9, 8, 8, 8, 7]
FOOD_H = [2, 1, 0, 0, 0, 0, 1, 2, 2, 2, 4, 9, 13, 9, 4, 3, 5, 9, 15, 16, 12, 7, 5, 3]
FLAT_H = [1] * 24
OFFICE_H = [0, 0, 0, 0, 0, 0, 0, 1, 6, 9, 9, 8, 5, 7, 9, 9, 7, 4, 1, 1, 0, 0, 0, 0]
def when(w, day=None):
    """a random log time whose local hour follows w"""
    d = R.randrange(P['days']) if day is None else day
    h = R.choices(range(24), w)[0]
    return T0 + d * DAY + ((h * H - TZ) % DAY) + R.random() * H
def local_hour(t): return ((t + TZ) % DAY) / H
FIRST = 'anna jan maria piotr luca sofia omar ines tom kate diego rosa budi sari eva max nina leo paul mila adam zoe ivan lena'.split()
LAST = 'novak jansen garcia kowal putri lopez bakker hidayat diaz wozniak visser santoso mora smit ruiz pratama zielinski cruz'.split()
def email(): return f"{R.choice(FIRST)}{R.choice(['.', '', '_'])}{R.choice(LAST)}{R.choice(['', str(R.randint(1, 99)), str(R.randint(1970, 2006))])}@{R.choice(['gmail.com', 'gmail.com', 'hotmail.com', 'yahoo.com', 'outlook.com', 'icloud.com'])}"

# ------------------------------------------------------------------ networks: every one has addr(t) -> ip, asn, country
class Fixed:
    def __init__(s, ip, asn, cc): s.v = (ip, asn, cc)
    def addr(s, t): return s.v
class Home6:
    """a /64 of one's own; privacy addresses change daily, a v4 side is used for some connections"""
    def __init__(s, p64, v4, asn, cc, key): s.p, s.v4, s.asn, s.cc, s.k = p64, v4, asn, cc, key
    def addr(s, t):
        if hu(s.k, 'v4', int(t / 900)) < 0.12: return (s.v4, s.asn, s.cc)
        x = f"{hh(s.k, int(t / DAY)):016x}"
        return (f"{s.p}:{x[:4]}:{x[4:8]}:{x[8:12]}:{x[12:]}", s.asn, s.cc)
class Carrier:
    def __init__(s, v4, v6, asn, cc, n):
        s.pool = [f"{v4}.{R.randint(0, 255)}.{R.randint(1, 254)}" for _ in range(n)]; s.v6 = v6; s.asn = asn; s.cc = cc
        s.gw = [f"{v6}:{R.randrange(65536):x}" if v6.count(':') < 2 else v6 for _ in range(5)]
class Cell:
    """a subscriber line: CGN v4 egress sticky for a while, or a /64 of its own per attach"""
    def __init__(s, c, key, v6): s.c, s.k, s.six, s.per = c, key, v6, R.choice([2400, 5400, 4 * H, 8 * H])
    def addr(s, t):
        ep = int((t + hu(s.k) * s.per) / s.per); c = s.c
        if s.six and hu(s.k, 'x', int(t / 1200)) > 0.1:
            x = f"{hh(s.k, ep):016x}"; g = c.gw[hh(s.k, 'g', ep) % 5]
            return (f"{g}:{x[:4]}:{x[4:8]}:{x[8:12]}:{x[12:]}:{hh(s.k, ep, 2) % 65535:x}", c.asn, c.cc)
        return (c.pool[hh(s.k, 'p', ep) % len(c.pool)], c.asn, c.cc)
CARS = [Carrier(a, b, n, CITY['cc'], R.randint(3, 9)) for a, b, n in CITY['car']]
CARW = [R.uniform(0.5, 2) for _ in CARS]
def cell(key, v6=None):
    return Cell(R.choices(CARS, CARW)[0], key, (R.random() < P['v6']) if v6 is None else v6)
def v4of(p): return f"{p}.{R.randint(0, 255)}.{R.randint(1, 254)}"
def home(key):
    a, b, n = R.choice(CITY['fixed'])
    if R.random() < 0.45: return Home6(f"{b}:{R.randrange(1, 65536):x}:{R.randrange(1, 65536):x}", v4of(a), n, CITY['cc'], key)
    return Fixed(v4of(a), n, CITY['cc'])
def nat(): a, b, n = R.choice(CITY['fixed']); return Fixed(v4of(a), n, CITY['cc'])
OFFICES = [nat() for _ in range(14)]; CAFES = [nat() for _ in range(10)]; AIRPORT = nat(); STADIUM = nat(); CAMPUS = nat(); SUPPORT_NAT = nat(); VPN = [Fixed(f"193.138.218.{R.randint(2, 250)}", 39351, 'SE'), Fixed(f"146.70.{R.randint(1, 250)}.{R.randint(2, 250)}", 9009, 'GB'), Fixed(f"104.28.{R.randint(1, 250)}.{R.randint(2, 250)}", 13335, CITY['cc'])]
DC = [('5.161', 213230, 'US'), ('167.99', 14061, 'DE'), ('45.76', 20473, 'SG'), ('51.81', 16276, 'FR'), ('3.122', 16509, 'DE'), ('194.147', 204601, 'NL'), ('185.220', 60729, 'DE'), ('95.217', 24940, 'FI')]
def dc(): p, a, c = R.choice(DC); return Fixed(v4of(p), a, c)
RESI = [('179.98', 27699, 'BR'), ('103.87', 133676, 'IN'), ('171.224', 7552, 'VN'), ('98.24', 20115, 'US'), ('92.40', 206067, 'GB'), ('176.59', 12389, 'RU'), ('41.90', 33771, 'KE'), ('110.54', 10139, 'PH'), ('95.90', 31334, 'DE'), ('190.24', 19429, 'CO')]
def resi(local=0.0):
    if R.random() < local:
        a, b, n = R.choice(CITY['fixed'])
        return Fixed(v4of(a), n, CITY['cc']) if R.random() < 0.6 else Fixed(f"{b}:{R.randrange(1, 65536):x}:{R.randrange(1, 65536):x}:{hx(4)}:{hx(4)}:{hx(4)}:{hx(4)}", n, CITY['cc'])
    p, a, c = R.choice(RESI); return Fixed(v4of(p), a, c)
def mobproxy(): c = R.choice(CARS); return Fixed(R.choice(c.pool), c.asn, CITY['cc'])   # a 4G modem farm leaves by the same CGN
def v6rot(p48): return Fixed(f"{p48}:{hx(4)}:{hx(4)}:{hx(4)}:{hx(4)}:{hx(4)}", 6939, 'US')

# ------------------------------------------------------------------ software
JA4 = dict(ios='t13d2014h2_a09f3c656075_e42f34c56612', android='t13d1516h2_2e1b1c0e8a5d_45f260be83e2', android_old='t12d130700_b1d3f8c0a7e2_16f5e2c1a1f5', chrome='t13d1516h2_8daaf6152771_d8a2da3f94cd', safari='t13d2014h2_a09f3c656075_14788d8d241b', firefox='t13d1715h2_5b57614c22b0_3d5424432f57', python='t13d1812h1_85036bcba153_b26ce05bbdd6', go='t13d1312h2_f57a46bbacb6_ef7df7f74e48', curl='t13d3112h2_e8f1e7e78f70_b26ce05bbdd6', java='t13d1814h1_c2b1f8a7e330_a3b2c1d0e4f5', node='t13d5911h1_a33745022dd6_1f22a2ca17c4')
IPH = ['iPhone12,1', 'iPhone13,2', 'iPhone14,5', 'iPhone14,7', 'iPhone15,2', 'iPhone15,4', 'iPhone16,1', 'iPhone17,3']
AND = ['SM-A546B', 'SM-S911B', 'SM-A145F', 'Pixel 7', 'Pixel 8a', '2201117TY', 'M2101K6G', 'CPH2387', 'RMX3630', 'V2206', 'SM-G991B']
AND_OLD = ['Redmi 9A', 'SM-J701F', 'moto e5', 'Redmi Note 7', 'SM-A105F', 'CPH1909', 'TECNO KE5', 'Redmi 8']
VERS = {'rider': ['6.42.1', '6.42.0', '6.41.3', '6.40.2', '6.36.0'], 'driver': ['5.18.3', '5.18.1', '5.17.0', '5.12.4'], 'courier': ['3.9.2', '3.9.0', '3.7.5'], 'merchant': ['2.14.0', '2.13.1']}
VW = {'rider': [50, 22, 14, 9, 5], 'driver': [50, 20, 18, 12], 'courier': [60, 25, 15], 'merchant': [70, 30]}
NEWV = {'rider': '6.43.0', 'driver': '5.19.0', 'courier': '3.10.0'}; REL_T = T0 + DAY * R.uniform(0.6, P['days'] - 0.5)
BUNDLE = {'rider': 'ZipGo', 'driver': 'ZipGoDriver', 'courier': 'ZipGoCourier', 'merchant': 'ZipGoOrders'}
CHROME = ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36']
SAFARI = ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1', 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1']
OUTAGE = (when(RIDE_H, R.randrange(1, P['days'])), R.uniform(1200, 3000)) if P['outage_attest'] else (0, 0)
INCIDENT = (when(RIDE_H, R.randrange(P['days'])), R.uniform(900, 2700)) if P['incident'] else (0, 0)

# ------------------------------------------------------------------ the sink
EV = []
SIZES = {}
def size_of(route, st):
    if st in (204, 304): return 0
    if st >= 400: return R.randint(60, 240)
    if route not in SIZES: SIZES[route] = math.exp(5.3 + 3.6 * hu('size', route)) if not any(k in route for k in ('/status', 'location', 'otp', '/accept')) else 300 + 200 * hu(route)
    return max(20, int(SIZES[route] * math.exp(R.gauss(0, 0.25))))

class Agent:
    """one piece of software on one device (or one script), with what the gateway sees of it"""
    def __init__(s, caller, host, ua, ja4, client=None, ver=None, device=None, user=None, sess=None, net=None, att='none', plat='web', kind='', label='benign', inst=''):
        s.caller, s.host, s.ua, s.ja4, s.client, s.ver, s.device, s.user, s.sess, s.net, s.att, s.plat, s.kind, s.label, s.inst = caller, host, ua, ja4, client, ver, device, user, sess, net, att, plat, kind, label, inst
        s.missrate = R.choice([0.002, 0.004, 0.01, 0.03]); s.phase = R.random() * 300; s.key = caller + hx(6); s.skew = R.random() < 0.006; s.victim = False; s.last = -1e9; s.token = None; s.noise = label == 'benign'
    def attest(s, t):
        a = s.att
        if a == 'none': return 'none', None
        if a == 'missing': return 'missing', None
        w = int((t + s.phase) / 300); tok = f"{hh(s.key, 'tok', w):016x}"
        if a == 'replay':
            return s.token
        if a == 'failed': return ('missing', None) if hu(s.key, 'm', w) < 0.05 else ('failed', tok)
        # a good app: honest gaps
        if OUTAGE[0] <= t < OUTAGE[0] + OUTAGE[1] and hu(s.key, 'o', w) < 0.6: return 'missing', None
        if hu(s.key, 'm', w) < s.missrate: return 'missing', None
        gap = t - s.last
        if (s.skew and hu(s.key, 'e', w) < 0.15) or (gap > 300 and R.random() < 0.02): return 'expired', f"{hh(s.key, 'tok', w - 1):016x}"
        return 'genuine', tok
    def call(s, t, m, route, st=200, q=None, subj=None, user=0, host=None, path=None, net=None, **ids):
        """one request; returns the time at which the answer is there"""
        if t >= T1 or t < T0: return t + 0.2
        if s.noise and st < 400:
            bad = 0.0015 + (0.12 if INCIDENT[0] <= t < INCIDENT[0] + INCIDENT[1] and ('quotes' in route or 'rides' in route or 'orders' in route) else 0)
            if R.random() < bad:
                s._put(t, m, route, R.choice([500, 502, 503, 503, 504, 499]), q, subj, user, host, path, net, ids)
                t += R.uniform(0.8, 3.5)
        return s._put(t, m, route, st, q, subj, user, host, path, net, ids)
    def _put(s, t, m, route, st, q, subj, user, host, path, net, ids):
        p = path or (route.format(**ids) if ids else route)
        ip, asn, cc = (net or s.net).addr(t)
        if ':' in ip: ip = str(ipaddress.ip_address(ip))
        e = {'time': int(t * 1000), 'http.request.method': m, 'url.path': p, 'http.response.status_code': st, 'client.address': ip, 'server.address': host or s.host}
        if q: e['url.query'] = q
        if P['log_route'] and route: e['http.route'] = route
        if s.ua: e['user_agent.original'] = s.ua
        u = s.user if user == 0 else user
        if u: e['user.id'] = u
        if s.sess: e['session.id'] = s.sess
        if s.device: e['device.id'] = s.device
        if s.client: e['api.client'] = s.client
        if s.ver: e['app.version'] = s.ver
        if subj: e['login.subject'] = subj
        e['geo.country'] = cc; e['network.asn'] = asn
        if P['log_ja4'] and s.ja4: e['tls.client.ja4'] = s.ja4
        dur = logn(0.09, 0.6) if 'offers/poll' not in route else R.uniform(1, 25)
        if P['log_duration']: e['http.server.request.duration'] = round(dur, 3)
        e['http.response.size'] = size_of(route, st)
        if m in ('POST', 'PUT', 'PATCH'): e['http.request.size'] = int(logn(320 if 'location' not in route else 900, 0.4))
        st_, tok = s.attest(t)
        e['attestation.status'] = st_
        if tok: e['attestation.token'] = tok; e['attestation.issuer'] = 'app'
        s.last = t
        EV.append((e, {'label': s.label, 'kind': s.kind, 'instance': s.inst, 'caller': s.caller, 'platform': s.plat}, s))
        return t + min(dur, 2)

def burst(a, t, calls):
    """a screen that fires several calls at once"""
    end = t
    for c in calls:
        m, route = c[0], c[1]; kw = c[2] if len(c) > 2 else {}
        end = max(end, a.call(t + R.uniform(0, 0.35), m, route, **kw))
    return end

def app_agent(caller, app, plat, att, net, kind, old=False, **kw):
    ver = R.choices(VERS[app], VW[app])[0]
    if plat == 'ios':
        b = BUNDLE[app]; os_ = R.choice(['18.5', '18.5', '18.4.1', '17.7', '16.7.10'])
        ua = f"{b}/{ver} ({R.choice(IPH)}; iOS {os_}) Alamofire/5.9.1"; j = JA4['ios']
    else:
        mod = R.choice(AND_OLD if old else AND); ua = f"{BUNDLE[app]}/{ver} (Android {R.choice(['8.1.0', '9', '10', '10', '11']) if old else R.choice(['13', '14', '14', '15'])}; {mod}) okhttp/{'4.9.3' if old else '4.12.0'}"
        j = JA4['android_old'] if 'Android 8' in ua else JA4['android']
    host = {'rider': API, 'driver': DRV, 'courier': DRV, 'merchant': MER}[app]
    a = Agent(caller, host, ua, j, f"zg-{app}-{plat}", ver, uid() if plat == 'ios' else hx(16), net=net, att=att, plat=plat, kind=kind, **kw)
    if P['app_session']: a.sess = 's_' + hx(20)
    a.app = app
    return a
def maybe_update(a, t):
    if P['release'] and a.ver and a.app in NEWV and t > REL_T and a.ver != NEWV[a.app] and R.random() < 0.35:
        a.ua = a.ua.replace(a.ver, NEWV[a.app]); a.ver = NEWV[a.app]; return True
    return False

# ------------------------------------------------------------------ benign people
class Person: pass
RECEIPT = R.randint(41_000_000, 78_000_000); ORDER = R.randint(9_000_000, 30_000_000)
STORES = [f"{R.randint(1000, 99999)}" for _ in range(260)]
PROMOS = ['WELCOME10', 'SUMMER26', 'RAINYDAY', 'FOOD5', 'CAMPUS15', 'RIDE3']
STREAM_POLL = R.choice([22, 30])

def new_rider(i):
    p = Person(); p.name = f"rider-{i:05d}"; p.id = 'r_' + hx(16); p.phone = phone()
    p.plat = 'ios' if R.random() < P['ios'] else 'android'
    att = 'good' if R.random() < P['attest_rider'] + (0.04 if p.plat == 'ios' else -0.02) else ('missing' if R.random() < 0.7 else 'failed')
    p.cell = cell(p.name); p.home = home(p.name) if R.random() < 0.75 else p.cell; p.work = R.choice(OFFICES) if R.random() < 0.35 else p.cell
    p.vpn = R.choice(VPN) if R.random() < 0.025 else None
    p.a = app_agent(p.name, 'rider', p.plat, att, p.cell, 'rider', old=R.random() < 0.1); p.a.user = p.id
    p.poll = STREAM_POLL if R.random() < P['stream'] else R.choice([4, 5, 5, 6]); p.eater = R.random(); p.act = R.paretovariate(1.6); p.signed = R.random() < 0.985; p.last = 0; p.new = False; p.busy = []
    return p
RIDERS = [new_rider(i) for i in range(P['riders'])]
for k in range(12):    # a family: second person on the same wifi, sometimes on the same tablet
    x, y = R.sample(RIDERS, 2); y.home = x.home
    if k < 5: y.a.device = x.a.device; y.a.ua = x.a.ua; y.a.client = x.a.client; y.plat = x.plat; y.a.plat = x.plat; y.a.ver = x.a.ver; y.a.att = x.a.att; y.a.key = x.a.key
for p in R.sample(RIDERS, 14): p.cell = Cell(Carrier('81.2', '2a00:23c8', 12576, R.choice(['GB', 'DE', 'US', 'FR']), 3), p.name, False); p.home = nat(); p.work = AIRPORT   # travellers roam home-routed

def pick_net(p, t):
    if p.vpn and R.random() < 0.7: return p.vpn
    h = local_hour(t); wd = datetime.fromtimestamp(t + TZ, timezone.utc).weekday() < 5
    x = R.random()
    if wd and 9 <= h < 17.5: return p.work if x < 0.55 else (R.choice(CAFES) if x < 0.62 else p.cell)
    if h < 8 or h > 19: return p.home if x < 0.6 else (R.choice(CAFES) if x < 0.64 else p.cell)
    return p.home if x < 0.25 else p.cell

def otp_login(a, t, ph, user):
    """phone-number sign-in with the usual mishaps"""
    a.user = None
    t = a.call(t, 'POST', '/v1/auth/otp/send', R.choices([200, 422], [95, 5])[0], subj=ph)
    for _ in range(R.choices([0, 1, 2, 3], [78, 15, 5, 2])[0]):
        t = a.call(t + R.uniform(30, 75), 'POST', '/v1/auth/otp/send', R.choices([200, 429], [85, 15])[0], subj=ph)
    t += R.uniform(6, 28)
    for _ in range(R.choices([0, 1, 2, 3], [84, 11, 4, 1])[0]):
        t = a.call(t, 'POST', '/v1/auth/otp/verify', R.choices([401, 410], [8, 2])[0], subj=ph) + R.uniform(4, 15)
    t = a.call(t, 'POST', '/v1/auth/otp/verify', 200, subj=ph); a.user = user
    if a.sess: a.sess = 's_' + hx(20)
    return t

def open_app(p, t):
    """cold or warm start of the rider app"""
    a = p.a; a.net = pick_net(p, t); maybe_update(a, t)
    gap = t - p.last; p.last = t
    if not p.signed or R.random() < 0.004:
        t = a.call(t, 'GET', '/v1/bootstrap', user=None); t = otp_login(a, t + R.uniform(3, 15), p.phone, p.id); p.signed = True
    elif gap > 3500:
        if R.random() < 0.25: t = a.call(t, 'GET', '/v1/me', 401, user=None)
        t = a.call(t + 0.1, 'POST', '/v1/auth/refresh', R.choices([200, 401], [99.6, .4])[0])
    c = [('GET', '/v1/bootstrap'), ('GET', '/v1/me'), ('GET', '/v1/map/nearby', dict(q=latlon() + '&r=1500')), ('GET', '/v1/rides/active', dict(st=R.choice([200, 204, 204])))]
    if gap > 1800: c += [('GET', '/v1/me/payment-methods'), ('GET', '/v1/places/saved'), ('GET', '/v1/promos/active'), ('GET', '/v1/notifications', dict(q='limit=20'))]
    if R.random() < 0.15: c.append(('PUT', '/v1/me/push-token', dict(st=204)))
    if R.random() < 0.6: c.append(('POST', '/v1/telemetry', dict(st=202)))
    return burst(a, t, c) + R.uniform(1, 4)

def search_place(a, t):
    for i in range(R.choices([0, 2, 3, 4, 6, 9], [30, 10, 20, 20, 15, 5])[0]):
        t = a.call(t, 'GET', '/v1/geo/autocomplete', q='q=' + 'abcdefghijkl'[:i + 2] + '&' + latlon(.02)) + R.uniform(0.25, 0.9)
    t = a.call(t + R.uniform(0.5, 2), 'GET', '/v1/geo/places/{id}', id=f"pl_{hh('pl', R.randint(1, 3000)) % 10 ** 10:010d}") + R.uniform(0.2, 0.6)
    return a.call(t, 'POST', '/v1/quotes') + R.uniform(2, 9)

def enter_promo(a, t):
    for _ in range(R.choices([0, 1, 2, 4], [60, 25, 10, 5])[0]): t = a.call(t, 'POST', '/v1/promos/validate', R.choice([404, 404, 422])) + R.uniform(4, 20)
    return a.call(t, 'POST', '/v1/promos/validate', R.choices([200, 409], [80, 20])[0]) + R.uniform(2, 6)

def quote_only(p, t, n=None):
    a = p.a; t = open_app(p, t)
    for _ in range(R.choices([0, 1, 2, 4], [40, 40, 15, 5])[0]): t = a.call(t, 'GET', '/v1/map/nearby', q=latlon(.02) + '&r=1500') + R.uniform(7, 13)
    t = search_place(a, t)
    for _ in range(R.choices([0, 1, 2, 5], [50, 30, 15, 5])[0] if n is None else n): t = a.call(t, 'POST', '/v1/quotes') + R.uniform(8, 40)
    if R.random() < 0.06: t = enter_promo(a, t)
    return t

def rider_ride(p, rd):
    """rider side of a ride: request, wait, ride, rate"""
    a = p.a; t = rd.t_req - R.uniform(25, 80); t = quote_only(p, t, 0)
    t = max(t, rd.t_req - 1)
    if R.random() < 0.1: t = enter_promo(a, t)
    if R.random() < 0.03: t = a.call(t, 'POST', '/v1/rides', 402) + R.uniform(10, 40); t = a.call(t, 'PUT', '/v1/me/payment-methods/{id}', id='pm_' + hh(p.name, 'pm').__str__()[:9]) + 3
    t = a.call(t, 'POST', '/v1/rides', 201)
    while t < rd.t_pick:
        a.call(t, 'GET', '/v1/rides/{id}/status', id=rd.id)
        if t > rd.t_match and R.random() < 0.5 and p.poll < 10: a.call(t + 0.1, 'GET', '/v1/rides/{id}/driver-location', id=rd.id)
        if R.random() < 0.015: a.call(t + 1, 'POST', '/v1/rides/{id}/messages', 201, id=rd.id)
        t += p.poll * R.uniform(0.95, 1.2) if R.random() < 0.93 else R.uniform(15, 70)
        if rd.cancel and t > rd.t_match + rd.cancel: a.call(t, 'POST', '/v1/rides/{id}/cancel', id=rd.id); return
    a.net = p.cell
    share = uid().replace('-', '')[:22] if R.random() < 0.12 else None
    if share: a.call(t + 5, 'POST', '/v1/rides/{id}/share', 201, id=rd.id); share_viewer(p, share, t + 40, rd.t_drop)
    while t < rd.t_drop:      # screen mostly off
        stop = t + R.uniform(15, 60)
        while t < min(stop, rd.t_drop): a.call(t, 'GET', '/v1/rides/{id}/status', id=rd.id); t += max(p.poll, 6) * R.uniform(0.95, 1.2)
        t += R.uniform(90, 500)
    t = rd.t_drop + R.uniform(1, 8); burst(a, t, [('GET', '/v1/rides/{id}/status', dict(id=rd.id)), ('GET', '/v1/receipts/{no}', dict(no=rd.receipt))])
    if R.random() < 0.5: a.call(t + R.uniform(5, 40), 'POST', '/v1/rides/{id}/rating', R.choices([201, 409], [97, 3])[0], id=rd.id)
    if R.random() < 0.1: a.call(t + R.uniform(30, 60), 'POST', '/v1/rides/{id}/tip', 201, id=rd.id)
    p.last = t

def browser(caller, kind, net, label='benign', inst='', client='zg-web', host=WEB):
    s = R.random() < 0.45
    ua = R.choice(SAFARI if s else CHROME)
    return Agent(caller, host, ua, JA4['safari' if s else 'chrome'], client, net=net, sess='w_' + hx(24), plat='web', kind=kind, label=label, inst=inst)
nshare = 0
def share_viewer(p, tok, t, end):
    global nshare; nshare += 1
    b = browser(f'share-viewer-{nshare}', 'share-viewer', R.choice([cell(tok), home(tok)])); b.client = None
    Agent('preview-' + tok[:6], WEB, R.choice(['WhatsApp/2.24.12.78 A', 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', 'TelegramBot (like TwitterBot)']), JA4['go'], net=Fixed(v4of('66.220'), 32934, 'US'), plat='web', kind='link-preview').call(t, 'GET', '/t/{token}', token=tok)
    t += R.uniform(5, 60); b.call(t, 'GET', '/t/{token}', token=tok)
    stop = min(end, t + exp(200))
    while t < stop: b.call(t, 'GET', '/v1/share/{token}/position', host=API, token=tok); t += 10.1

def browse_food(p, t, order=None):
    global ORDER
    a = p.a; t = open_app(p, t); t = burst(a, t, [('GET', '/v1/eats/feed', dict(q=latlon(.03))), ('GET', '/v1/eats/categories'), ('GET', '/v1/eats/promos')]) + R.uniform(2, 8)
    for _ in range(R.choices([0, 1, 2], [50, 35, 15])[0]):
        if R.random() < 0.4: t = a.call(t, 'GET', '/v1/eats/search', q='q=' + R.choice(['pizza', 'sushi', 'burger', 'ramen', 'nasi', 'taco', 'vegan', 'kebab']) + '&page=1') + R.uniform(2, 10)
        else: t = a.call(t, 'GET', '/v1/eats/feed', q=latlon(.03) + '&cursor=' + hx(8)) + R.uniform(3, 15)
    for _ in range(1 + min(6, int(exp(1.4)))):
        s = R.choice(STORES) if not order else order.store
        t = burst(a, t, [('GET', '/v1/eats/stores/{id}', dict(id=s)), ('GET', '/v1/eats/stores/{id}/menu', dict(id=s))]) + R.uniform(6, 60)
        if R.random() < 0.15: t = a.call(t, 'GET', '/v1/eats/stores/{id}/reviews', id=s, q='page=1') + R.uniform(4, 20)
        if order: break
    if not order: return t
    for _ in range(R.randint(1, 5)): t = a.call(t, R.choice(['POST', 'POST', 'PATCH']), '/v1/eats/cart/items', 201) + R.uniform(5, 35)
    if R.random() < 0.25: t = enter_promo(a, t)
    t = burst(a, t, [('GET', '/v1/eats/cart'), ('POST', '/v1/eats/checkout/quote'), ('GET', '/v1/me/payment-methods')]) + R.uniform(5, 30)
    t = a.call(t, 'POST', '/v1/eats/orders', 201); iv = 30 if p.poll > 10 else 15
    end = order.t_drop
    while t < end:
        stop = t + (R.uniform(30, 240) if R.random() < 0.7 else 600)
        while t < min(stop, end): a.call(t, 'GET', '/v1/eats/orders/{no}/tracking', no=order.no); t += iv * R.uniform(1, 1.1)
        t += R.uniform(60, 500)
    burst(a, end + 20, [('GET', '/v1/eats/orders/{no}', dict(no=order.no))])
    if R.random() < 0.35: a.call(end + R.uniform(60, 900), 'POST', '/v1/eats/orders/{no}/rating', 201, no=order.no)
    if R.random() < 0.05: a.call(end + R.uniform(60, 900), 'POST', '/v1/support/tickets', 201)
    return t

# ------------------------------------------------------------------ drivers and couriers
class Ride: pass
def new_driver(i, app='driver'):
    d = Person(); d.name = f"{app}-{i:04d}"; d.id = ('d_' if app == 'driver' else 'c_') + hx(14); d.phone = phone()
    d.plat = 'ios' if R.random() < P['ios'] * (0.45 if app == 'driver' else 0.6) else 'android'
    x = R.random(); att = 'good' if x < P['attest_driver'] or d.plat == 'ios' and x < 0.93 else ('failed' if x > 1 - P['rooted_driver'] else 'missing')
    d.cell = cell(d.name); d.home = home(d.name)
    d.a = app_agent(d.name, app, d.plat, att, d.cell, app, old=d.plat == 'android' and R.random() < 0.45); d.a.user = d.id
    if att == 'good': d.a.missrate = R.choice([0.004, 0.01, 0.03, 0.08])
    d.fast = R.random() > P['stream']; d.hours = R.uniform(0.8, 4.5); d.shift_h = R.uniform(6, 20)
    return d
DRIVERS = [new_driver(i) for i in range(P['drivers'])]; COURIERS = [new_driver(i, 'courier') for i in range(P['couriers'])]
for _ in range(3):       # brothers who share one phone and drive in turns
    x, y = R.sample(DRIVERS, 2); y.a.device, y.a.ua, y.a.client, y.a.plat, y.plat, y.a.ver, y.a.att, y.cell, y.a.key = x.a.device, x.a.ua, x.a.client, x.a.plat, x.plat, x.a.ver, x.a.att, x.cell, x.a.key; y.a.net = x.cell; x.shift_h, y.shift_h = 7, 17

def ping(a, t, end, every, app, offline=0.01):
    while t < end:
        a.call(t, 'POST', f'/v1/{app}/locations', 202)
        t += every * R.uniform(0.92, 1.12)
        if R.random() < offline: t += exp(90)       # tunnel, dead spot
    return end

def shift(d, t, length, app='driver'):
    global RECEIPT, ORDER
    a = d.a; a.net = d.cell; maybe_update(a, t); end = t + length; jobs = 0
    if R.random() < 0.04: t = otp_login(a, t, d.phone, d.id)
    else: t = a.call(t, 'POST', '/v1/auth/refresh')
    t = burst(a, t, [('GET', f'/v1/{app}/bootstrap'), ('GET', f'/v1/{app}/me'), ('GET', f'/v1/{app}/documents'), ('GET', f'/v1/{app}/earnings/today'), ('GET', f'/v1/{app}/heatmap', dict(q=latlon(.02)))])
    if R.random() < 0.5: t = a.call(t + R.uniform(8, 60), 'POST', f'/v1/{app}/selfie-check', R.choices([200, 422], [92, 8])[0])
    t = a.call(t + 5, 'POST', f'/v1/{app}/online'); last_tok = t
    busy = 15 if not d.fast else 8
    while t < end:
        if t - last_tok > 3300: t = a.call(t, 'POST', '/v1/auth/refresh'); last_tok = t
        demand = (RIDE_H if app == 'driver' else FOOD_H)[int(local_hour(t)) % 24] / 8 + 0.15
        wait = max(45, exp(1500 / demand)); idle_end = min(end, t + wait)
        while t < idle_end:
            nxt = min(idle_end, t + R.uniform(200, 900)); ping(a, t, nxt, 60 if not d.fast else 45, app); t = nxt
            if R.random() < 0.4: a.call(t, 'GET', f'/v1/{app}/heatmap', q=latlon(.02))
            if R.random() < 0.1: a.call(t, 'GET', f'/v1/{app}/earnings/today')
        if t >= end: break
        off = 'of_' + hx(12); t = a.call(t, 'GET', f'/v1/{app}/offers/{{id}}', id=off) + R.uniform(2, 11)
        x = R.random()
        if x < 0.22: a.call(t, 'POST', f'/v1/{app}/offers/{{id}}/decline', 204, id=off); continue
        if x < 0.30: a.call(t, 'POST', f'/v1/{app}/offers/{{id}}/accept', R.choice([409, 410]), id=off); continue
        t = a.call(t, 'POST', f'/v1/{app}/offers/{{id}}/accept', id=off); jobs += 1
        rd = Ride(); rd.id = uid(); rd.t_match = t; rd.t_req = t - R.uniform(12, 70); rd.t_pick = t + logn(270, 0.5); rd.t_drop = rd.t_pick + logn(780 if app == 'driver' else 600, 0.45); rd.cancel = 0
        noun = 'trips' if app == 'driver' else 'deliveries'
        if app == 'driver':
            RECEIPT += R.randint(1, 9) ; rd.receipt = RECEIPT; rd.cancel = R.uniform(20, 240) if R.random() < 0.08 else 0; RIDES.append(rd)
        else:
            ORDER += R.randint(1, 6); rd.no = ORDER; rd.id = str(ORDER); rd.store = R.choice(STORES[:P['stores'] * 3]); rd.t_req = t - R.uniform(240, 1100); ORDERS.append(rd)
        burst(a, t, [('GET', f'/v1/{app}/{noun}/{{id}}', dict(id=rd.id)), ('GET', f'/v1/{app}/route', dict(q='to=' + hx(8)))])
        if rd.cancel and t + rd.cancel < rd.t_pick: ping(a, t, t + rd.cancel, busy, app); t += rd.cancel; a.call(t, 'GET', f'/v1/{app}/{noun}/{{id}}', 410, id=rd.id); continue
        rd.cancel = 0
        ping(a, t, rd.t_pick - 40, busy, app); a.call(rd.t_pick - 40, 'POST', f'/v1/{app}/{noun}/{{id}}/arrived', id=rd.id)
        a.call(rd.t_pick, 'POST', f'/v1/{app}/{noun}/{{id}}/start', R.choices([200, 422], [97, 3])[0], id=rd.id)
        ping(a, rd.t_pick + 3, rd.t_drop, busy, app); t = a.call(rd.t_drop, 'POST', f'/v1/{app}/{noun}/{{id}}/complete', id=rd.id)
        if R.random() < 0.7: a.call(t + R.uniform(5, 30), 'POST', f'/v1/{app}/{noun}/{{id}}/rating', 201, id=rd.id)
        t += R.uniform(5, 60)
    t = a.call(max(t, end), 'POST', f'/v1/{app}/offline')
    t = burst(a, t + 20, [('GET', f'/v1/{app}/earnings/today'), ('GET', f'/v1/{app}/earnings/week')])
    if R.random() < 0.25: t = a.call(t + R.uniform(20, 90), 'POST', f'/v1/{app}/payouts/instant', R.choices([201, 422], [85, 15])[0])

RIDES, ORDERS = [], []
target_att = R.uniform(0.055, 0.070); benign_target = int(P['target'] * (1 - target_att))
field_budget = benign_target * R.uniform(0.27, 0.34)
plan = [(d, 'driver') for d in DRIVERS] * P['days'] + [(d, 'courier') for d in COURIERS] * P['days']
seen = collections.Counter(); R.shuffle(plan)
for d, app in plan:
    if len(EV) > field_budget: break
    day = seen[d.name]; seen[d.name] += 1
    if R.random() < 0.3: continue
    h = (d.shift_h if app == 'driver' else R.choice([11, 11.5, 17.5, 18])) + R.gauss(0, 1)
    shift(d, T0 + day * DAY + ((h * H - TZ) % DAY), max(1200, min(7 * H, logn(d.hours * H * 0.7, 0.4))), app)

# riders take those rides and order that food
def free(p, a, b): return all(b < x or a > y for x, y in p.busy)
acts = [p.act for p in RIDERS]
for rd in RIDES:
    for _ in range(20):
        p = R.choices(RIDERS, acts)[0]
        if free(p, rd.t_req - 300, rd.t_drop + 300): p.busy.append((rd.t_req - 300, rd.t_drop + 300)); rd.p = p; break
for rd in ORDERS:
    for _ in range(20):
        p = R.choices(RIDERS, acts)[0]
        if free(p, rd.t_req - 900, rd.t_drop + 900): p.busy.append((rd.t_req - 900, rd.t_drop + 900)); rd.p = p; break
todo = [(rd.t_req, 'ride', rd) for rd in RIDES if hasattr(rd, 'p')] + [(rd.t_req - R.uniform(200, 700), 'food', rd) for rd in ORDERS if hasattr(rd, 'p')]

# ------------------------------------------------------------------ merchants, web, partners, staff, bots
for i in range(P['stores']):
    s = STORES[i]; net = nat(); att = 'good' if R.random() < 0.75 else 'missing'
    a = app_agent(f'tablet-{i:02d}', 'merchant', 'android', att, net, 'merchant-tablet', old=R.random() < 0.5); a.user = f'm_{s}'; poll = R.choice([75, 90, 120, 120])
    mine = sorted(o.t_req for o in ORDERS if o.store == s)
    for day in range(P['days']):
        t = T0 + day * DAY + ((R.uniform(10, 11.5) * H - TZ) % DAY); end = t + R.uniform(8.5, 11) * H
        if R.random() < 0.1: t = a.call(t, 'POST', '/v1/auth/password', 401, subj=f'store{s}@zipgo-merchants.example', user=None) + 15; t = a.call(t, 'POST', '/v1/auth/password', subj=f'store{s}@zipgo-merchants.example', user=None)
        else: t = a.call(t, 'POST', '/v1/auth/refresh')
        burst(a, t, [('GET', '/v1/merchant/me'), ('GET', '/v1/merchant/stores/{id}', dict(id=s)), ('GET', '/v1/merchant/stores/{id}/menu', dict(id=s)), ('POST', '/v1/merchant/stores/{id}/open', dict(id=s))])
        while t < end:
            a.call(t, 'GET', '/v1/merchant/stores/{id}/orders', id=s, q='since=' + str(int(t) - poll)); x = t; t += poll * R.uniform(0.98, 1.05)
            n = bisect.bisect(mine, t) - bisect.bisect(mine, x); n += R.random() < 0.02 * FOOD_H[int(local_hour(t)) % 24] / 8
            for _ in range(n):
                no = ORDER - R.randint(0, 4000)
                a.call(t + 5, 'GET', '/v1/merchant/orders/{no}', no=no); a.call(t + R.uniform(8, 60), 'POST', '/v1/merchant/orders/{no}/accept', no=no); a.call(t + R.uniform(500, 1200), 'POST', '/v1/merchant/orders/{no}/ready', no=no)
            if R.random() < 0.006: a.call(t, 'PATCH', '/v1/merchant/stores/{id}/items/{it}', id=s, it=R.randint(100, 180))
        a.call(t, 'POST', '/v1/merchant/stores/{id}/close', id=s)
OWNERS = []
for i in range(R.randint(18, 34)):     # store owners at the web portal (password)
    s = R.choice(STORES); sub = email(); OWNERS.append((sub, s, []))
    for _ in range(R.choices([1, 2], [75, 25])[0]):
        b = browser(f'owner-{i:02d}', 'merchant-owner', home(f'owner{i}'), client='zg-merchant-web', host=MER); OWNERS[-1][2].append(b); t = when(OFFICE_H)
        for _ in range(R.choices([0, 1, 2, 3], [76, 15, 6, 3])[0]): t = b.call(t, 'POST', '/v1/auth/password', 401, subj=sub) + R.uniform(5, 25)
        t = b.call(t, 'POST', '/v1/auth/password', subj=sub); b.user = f'm_{s}'
        t = burst(b, t + 1, [('GET', '/v1/merchant/me'), ('GET', '/v1/merchant/stores/{id}/stats', dict(id=s)), ('GET', '/v1/merchant/stores/{id}/orders', dict(id=s, q='page=1'))])
        for pg in range(R.randint(1, 9)): t = b.call(t + R.uniform(3, 40), 'GET', R.choice(['/v1/merchant/orders/{no}', '/v1/merchant/orders/{no}', '/v1/merchant/stores/{id}/payouts', '/v1/merchant/stores/{id}/reviews']), no=ORDER - R.randint(0, 4000), id=s)
for i in range(int(P['riders'] * R.uniform(0.09, 0.15))):    # thin web booking page
    n = R.choice([cell(f'web{i}'), home(f'web{i}'), R.choice(OFFICES), AIRPORT, R.choice(CAFES)]); b = browser(f'web-{i:04d}', 'web-visitor', n)
    t = when(RIDE_H); t = burst(b, t, [('GET', '/'), ('GET', '/assets/app.js', dict(st=R.choice([200, 304]))), ('GET', '/v1/web/session', dict(host=API))]) + R.uniform(4, 15)
    if R.random() < 0.35: continue
    b.host = API
    for k in range(R.randint(0, 6)): t = b.call(t, 'GET', '/v1/geo/autocomplete', q='q=' + 'abcdefgh'[:k + 2]) + R.uniform(.3, 1.2)
    for _ in range(R.randint(1, 3)): t = b.call(t, 'POST', '/v1/quotes') + R.uniform(5, 30)
    if R.random() < 0.25:
        t = otp_login(b, t, phone(), 'r_' + hx(16)); rid = uid(); t = b.call(t + 5, 'POST', '/v1/rides', R.choices([201, 402], [85, 15])[0]); stop = t + R.uniform(120, 500)
        while t < stop: b.call(t, 'GET', '/v1/rides/{id}/status', id=rid); t += 10.2
PARTNERS = []
def partner(name, ua, ja, kind='fleet-partner', host=PAR):
    a = Agent(name, host, ua, JA4[ja], 'key-' + name, net=dc(), plat='partner', kind=kind); PARTNERS.append(a); return a
for i, nm in enumerate(R.sample(['citycab', 'greentaxi', 'blackcars', 'metrofleet', 'evdrive', 'rapidcourier'], R.randint(3, 5))):
    a = partner('fleet-' + nm, R.choice(['python-requests/2.32.3', 'Java/17.0.11', 'axios/1.7.2', 'Go-http-client/2.0']), R.choice(['python', 'java', 'node', 'go'])); t = T0 + R.random() * 600; iv = R.choice([600, 900, 1800])
    while t < T1: a.call(t, 'GET', '/v1/fleet/vehicles/positions', q='fleet=' + nm); t += iv * R.uniform(1, 1.003)
    for day in range(P['days']):
        t = T0 + day * DAY + ((R.uniform(2, 4) * H - TZ) % DAY)
        for pg in range(1, R.randint(8, 26)): t = a.call(t, 'GET', '/v1/fleet/trips', q=f'date=2026-06-{P["start_day"] + day - 1:02d}&page={pg}&per_page=100') + R.uniform(.4, 1.5)
        for _ in range(R.randint(0, 6)): a.call(when(OFFICE_H, day), R.choice(['GET', 'GET', 'PATCH']), '/v1/fleet/drivers/{id}', id='d_' + hx(14))
a = partner('corp-travelhub', 'TravelHub-Connector/3.2', 'java', 'corporate-booking')
for _ in range(60 * P['days']):
    t = when(OFFICE_H); b_ = 'bk_' + hx(10); t = a.call(t, 'POST', '/v1/partner/quotes') + R.uniform(5, 60)
    if R.random() < .5: t = a.call(t, 'POST', '/v1/partner/bookings', 201); [a.call(t + 300 * k, 'GET', '/v1/partner/bookings/{id}', id=b_) for k in range(1, R.randint(2, 5))]
a = partner('pos-orderbridge', 'OrderBridge/1.8 okhttp/4.10', 'java', 'pos-integration')
for s in STORES[60:64]:
    t = T0 + R.random() * 300
    while t < T1:
        if FOOD_H[int(local_hour(t)) % 24] > 1: a.call(t, 'GET', '/v1/merchant/stores/{id}/orders', id=s, q='since=' + str(int(t) - 600))
        t += 600
for i in range(P['days']):      # nightly menu sync
    t = T0 + i * DAY + ((4.2 * H - TZ) % DAY)
    for s in STORES[60:110]: t = a.call(t, 'PUT', '/v1/merchant/stores/{id}/menu', R.choices([200, 422], [97, 3])[0], id=s) + R.uniform(.3, 1.5)
STAFF = []
for i in range(R.randint(10, 18)):
    b = browser(f'staff-{i:02d}', 'support-staff', SUPPORT_NAT, client='zg-ops', host=OPS); b.user = f'staff_{i:02d}'; b.ua = R.choice(CHROME[1:]); b.plat = 'web'; STAFF.append(b); b.homework = home(f'st{i}') if R.random() < .3 else None
    for day in range(P['days']):
        if R.random() < 0.4: continue
        b.net = b.homework or SUPPORT_NAT; b.sess = 'w_' + hx(24); t = T0 + day * DAY + ((R.choice([7, 9, 14]) * H + R.uniform(0, H) - TZ) % DAY); b.call(t, 'POST', '/v1/staff/sso', subj=f'staff{i}@zipgo.example')
        for _ in range(R.randint(5, 14)):
            t += R.uniform(120, 1300); t = b.call(t, 'GET', '/v1/support/tickets', q='queue=open')
            t = burst(b, t + R.uniform(3, 15), [('GET', '/v1/support/tickets/{id}', dict(id=R.randint(500000, 560000))), ('GET', '/v1/support/users/{id}', dict(id=R.choice(RIDERS).id)), ('GET', '/v1/support/rides', dict(q='user=x'))])
            for _ in range(R.randint(0, 3)): t = b.call(t + R.uniform(4, 40), 'GET', '/v1/support/rides/{id}', id=uid())
            if R.random() < .6: t = b.call(t + R.uniform(30, 200), 'POST', '/v1/support/tickets/{id}/reply', 201, id=R.randint(500000, 560000))
            if R.random() < .1: b.call(t + 10, 'POST', '/v1/support/refunds', 201)
for nm, iv, ua in (('pingdom', 300, 'Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)'), ('blackbox', 420, 'Blackbox Exporter/0.25.0')):
    b = Agent('monitor-' + nm, API, ua, JA4['go'], net=dc(), plat='bot', kind='monitor'); t = T0
    while t < T1: b.call(t, 'GET', '/healthz'); t += iv + R.uniform(-1, 1)
for nm, ua, p, asn in (('googlebot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', '66.249', 15169), ('bingbot', 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', '157.55', 8075), ('gptbot', 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)', '20.171', 8075)):
    bs = [Agent('crawler-' + nm, WEB, ua, JA4['chrome'], net=Fixed(v4of(p), asn, 'US'), plat='bot', kind='crawler') for _ in range(4)]
    for b in bs: b.caller = 'crawler-' + nm
    for _ in range(R.randint(50, 110) * P['days'] // 2): R.choice(bs).call(when(FLAT_H), 'GET', R.choice(['/city/{id}', '/restaurants/{id}', '/restaurants/{id}', '/help/{id}']), R.choices([200, 301, 404], [90, 5, 5])[0], id=R.choice(STORES))

# new riders sign up all the time; a campus promo looks like a farm and is none
def sign_up(p, t, code=None):
    a = p.a; a.net = p.cell if not code else R.choice([CAMPUS, CAMPUS, p.cell]); net = a.net; p.last = t
    t = a.call(t, 'GET', '/v1/bootstrap', user=None); t = otp_login(a, t + R.uniform(10, 50), p.phone, p.id); t = a.call(t + R.uniform(10, 60), 'POST', '/v1/users', R.choices([201, 422], [93, 7])[0])
    if R.random() < .6: t = a.call(t + R.uniform(20, 90), 'POST', '/v1/me/payment-methods', R.choices([201, 402], [88, 12])[0])
    if code or R.random() < .35: t = a.call(t + R.uniform(5, 40), 'POST', '/v1/promos/apply', R.choices([200, 409], [92, 8])[0])
    t = quote_only(p, t + 5, 1); a.net = net
NEWBIES = []
for i in range(R.randint(20, 40) * P['days'] // 2): p = new_rider(50000 + i); NEWBIES.append(p); sign_up(p, when(RIDE_H))
if P['campus']:
    c0 = when(OFFICE_H, R.randrange(P['days']))
    for i in range(R.randint(22, 40)): p = new_rider(60000 + i); sign_up(p, c0 + R.uniform(0, 2.2 * H), 'CAMPUS15')
for p in R.sample(RIDERS, R.randint(8, 16)):       # a new phone in the middle of the log
    p.newphone = T0 + R.random() * (T1 - T0)

# surge
if P['surge']:
    s0 = when([0] * 22 + [1, 1] if P['surge'] == 'concert' else RIDE_H, R.randrange(P['days']))
    for p in R.sample(RIDERS, R.randint(70, 130)):
        t = s0 + abs(R.gauss(0, 900)); k = R.choices([1, 3, 6, 10], [30, 35, 25, 10])[0]
        if free(p, t, t + 600): p.busy.append((t, t + 600)); todo.append((t, 'surge', (p, k)))
# fill with visits until the target
todo.sort(key=lambda x: x[0])
def run(item):
    t, kind, x = item
    p = x[0] if kind == 'surge' else x if kind in ('quote', 'browse', 'bg', 'gift', 'history') else x.p
    np_ = getattr(p, 'newphone', None)
    if np_ and t > np_: p.newphone = None; p.plat = p.a.plat; o = p.a; p.a = app_agent(p.name, 'rider', p.plat, 'good', p.cell, 'rider'); p.a.user = None; p.signed = False; p.a.victim = o.victim
    if np_ and t > np_: pass
    if not p.a.user and p.signed: p.a.user = p.id
    if kind == 'ride': rider_ride(p, x)
    elif kind == 'food': browse_food(p, t, x)
    elif kind == 'surge':
        c, w = p.cell, p.home
        if P['surge'] == 'concert' and R.random() < .4: p.home = p.work = STADIUM
        quote_only(p, t, x[1]); p.home = w
    elif kind == 'quote': quote_only(p, t)
    elif kind == 'browse': browse_food(p, t)
    elif kind == 'gift':
        t = open_app(p, t)
        for _ in range(R.choices([0, 1, 3], [60, 30, 10])[0]): t = p.a.call(t + R.uniform(8, 25), 'POST', '/v1/giftcards/redeem', 404)
        p.a.call(t + 10, 'POST', '/v1/giftcards/redeem', R.choices([200, 409], [90, 10])[0]); p.a.call(t + 14, 'GET', '/v1/wallet')
    elif kind == 'history':
        t = open_app(p, t); t = p.a.call(t, 'GET', '/v1/rides', q='page=1') + R.uniform(2, 9); base = RECEIPT0 + hh(p.name, 'rc') % 3000000
        for k in range(R.choices([1, 2, 5, 18], [50, 30, 17, 3])[0]): t = p.a.call(t, 'GET', '/v1/receipts/{no}', no=base + hh(p.name, k) % 400000) + R.uniform(2, 15)     # expense report time
    else:
        p.a.net = pick_net(p, t); p.a.call(t, 'POST', '/v1/auth/refresh'); burst(p.a, t + .4, [('GET', '/v1/bootstrap'), ('GET', '/v1/notifications', dict(q='limit=20'))])
RECEIPT0 = RECEIPT - 4000000
# everything a rider does runs in time order, so that state (version, phone, session) is causal
COST = dict(ride=62 if P['stream'] < .5 else 48, food=62, surge=18, quote=15, browse=19, bg=3, gift=11, history=12)
need = benign_target - len(EV) - sum(COST[k] for _, k, _ in todo); tries = 0
CUM = []
for x in acts: CUM.append((CUM[-1] if CUM else 0) + x + .7)
while need > 0 and tries < 200000:
    tries += 1
    p = RIDERS[bisect.bisect(CUM, R.random() * CUM[-1]) % len(RIDERS)]
    k = wchoice(dict(quote=40, browse=30, bg=22, gift=2.5, history=5)); t = when(FOOD_H if k == 'browse' else FLAT_H if k == 'bg' else RIDE_H)
    if free(p, t - 200, t + 700): p.busy.append((t - 200, t + 700)); todo.append((t, k, p)); need -= COST[k]
todo.sort(key=lambda x: x[0])
for p in RIDERS: p.last = T0 - R.uniform(600, 3 * DAY)
USED = collections.Counter()
for it in todo: n0 = len(EV); run(it); USED[it[1]] += len(EV) - n0; USED[it[1] + '_n'] += 1
if os.environ.get('COSTS'): print({k: round(USED[k] / USED[k + '_n'], 1) for k in COST if USED[k + '_n']}, len(EV), benign_target)
NB = len(EV)

# ================================================================== attacks
SUBS = collections.Counter(); VICT = []
def mark(a):
    if not a.victim: a.victim = True; VICT.append(a)
def inst(kind): SUBS[kind] += 1; return f"{kind}-{SUBS[kind]}"
def start(w=FLAT_H):
    return min(T1 - R.uniform(3, 8) * H, when(w, 0 if R.random() < 0.12 else R.randrange(1, P['days'])))
PY, GO, CURL, OK_ = ('python-requests/2.31.0', 'python'), ('Go-http-client/1.1', 'go'), ('curl/8.5.0', 'curl'), ('okhttp/4.9.0', 'android')
def tool(kind, iid, caller, host, t=PY, net=None, client=None, att='missing', user=None, plat='script'):
    a = Agent(caller, host, t[0], JA4[t[1]], client, net=net or dc(), att=att, user=user, plat=plat, kind=kind, label='attack', inst=iid); return a
def fake_app(kind, iid, caller, app='rider', att='missing', net=None, user=None, plat=None, old=False):
    """claims to be the app: right agent string, right key; a genuine att means a real phone"""
    a = app_agent(caller, app, plat or ('android' if R.random() < .8 else 'ios'), att, net or dc(), kind, old=old, label='attack', inst=iid); a.user = user; a.missrate = 0.004
    if att in ('missing', 'failed') and R.random() < .6: a.ja4 = R.choice([JA4['python'], JA4['go'], JA4['android']])
    return a
def fresh(a): a.device = hx(16); a.key = a.caller + hx(6); a.sess = 's_' + hx(20) if a.sess else None
def poisson(t, mean, n):
    for _ in range(max(6, int(n * SC))): t += exp(mean); yield t
SC = R.uniform(.42, .6)     # attacks' size, so that several of each kind fit
def fake_user(): return 'r_' + hx(16)

def a_otp_pump(mode):
    k = 'otp-pumping'; i = inst(k); t = start()
    pre = R.choice(['+9379', '+99298', '+22501', '+2346', '+9477'])
    a = fake_app(k, i, i, att='missing') if mode != 'naive' else tool(k, i, i, API, OK_, client='zg-rider-android')
    seq = R.randint(100000, 900000); p48 = f"2001:470:{hx(4)}"
    n, iv = {'naive': (R.randint(140, 260), 2.2), 'resi': (R.randint(130, 240), 45), 'slow': (R.randint(50, 90), 1100)}[mode]
    for t in poisson(t, iv, n):
        seq += R.randint(1, 7); ph = pre + str(seq)
        if mode == 'resi': a.net = resi(.1); fresh(a)
        if mode == 'slow': a.net = v6rot(p48); fresh(a); a.call(t - 3, 'GET', '/v1/bootstrap')
        a.call(t, 'POST', '/v1/auth/otp/send', R.choices([200, 429], [90, 10])[0], subj=ph)
def a_otp_brute(mode):
    k = 'otp-bruteforce'; i = inst(k); t = start()
    if mode == 'fast':
        a = tool(k, i, i, API, R.choice([PY, OK_]), client='zg-rider-android')
        for _ in range(3):
            ph = phone(); a.call(t, 'POST', '/v1/auth/otp/send', subj=ph)
            for t in poisson(t + 1, .5, R.randint(35, 60)): a.call(t, 'POST', '/v1/auth/otp/verify', R.choices([401, 429], [80, 20])[0], subj=ph)
            t += 30
    else:     # reverse: a few guesses for each of many phone numbers, from many addresses
        a = fake_app(k, i, i)
        for t in poisson(t, 160, R.randint(50, 80)):
            ph = phone(); a.net = resi(.5) if R.random() < .6 else mobproxy(); fresh(a); a.call(t, 'POST', '/v1/auth/otp/send', subj=ph); x = t + R.uniform(5, 20)
            for _ in range(R.randint(1, 3)): x = a.call(x, 'POST', '/v1/auth/otp/verify', R.choices([401, 200], [99.7, .3])[0], subj=ph) + R.uniform(2, 9)
def takeover_merchant(caller, own, t, iid=None):
    k = 'account-takeover'; i = iid or inst(k); sub, s, bs = own; [mark(x) for x in bs]; b = browser(i, k, resi(.4), 'attack', i, 'zg-merchant-web', MER)
    t = b.call(t, 'POST', '/v1/auth/password', subj=sub); b.user = f'm_{s}'
    t = burst(b, t + 1, [('GET', '/v1/merchant/me'), ('GET', '/v1/merchant/stores/{id}/payouts', dict(id=s))]) + R.uniform(10, 60)
    t = b.call(t, 'PUT', '/v1/merchant/stores/{id}/bank-account', R.choice([200, 403]), id=s) + R.uniform(10, 60)
    t = b.call(t, 'PUT', '/v1/merchant/me/email', id=s) + 20
    for _ in range(R.randint(3, 12)): t = b.call(t + R.uniform(3, 30), 'GET', '/v1/merchant/orders/{no}', no=ORDER - R.randint(0, 4000))
def a_stuffing(mode):
    k = 'credential-stuffing'; i = inst(k); t = start(); n, iv = {'fast': (R.randint(200, 380), .6), 'resi': (R.randint(220, 420), 40), 'slow': (R.randint(60, 110), 900)}[mode]
    if mode == 'fast': a = tool(k, i, i, MER, R.choice([PY, GO]), client='zg-merchant-web', att='none')
    elif mode == 'resi': a = browser(i, k, dc(), 'attack', i, 'zg-merchant-web', MER); a.ja4 = R.choice([JA4['go'], JA4['chrome']])
    else: a = fake_app(k, i, i, 'merchant'); a.user = None
    hits = 0
    for t in poisson(t, iv, n):
        if mode != 'fast':
            a.net = resi(.15)
            if a.client == 'zg-merchant-web': a.ua = R.choice(CHROME + SAFARI); a.sess = 'w_' + hx(24)
            else: fresh(a)
        hit = R.random() < .006 and hits < 2; hits += hit; own = R.choice(OWNERS); sub = own[0] if hit else email()
        x = t
        if mode == 'resi' and R.random() < .5: a.call(t - 1.5, 'GET', '/login')
        a.call(t, 'POST', '/v1/auth/password', 200 if hit else R.choices([401, 403, 429], [93, 3, 4])[0], subj=sub)
        if hit: takeover_merchant(i, own, t + R.uniform(600, 5 * H))
def a_spray(mode):
    k = 'password-spraying'; i = inst(k); t = start(); subs = [f"store{s}@zipgo-merchants.example" for s in R.sample(STORES, R.randint(14, 24))]
    a = tool(k, i, i, MER, GO, client='zg-merchant-web', att='none') if mode == 'fast' else browser(i, k, dc(), 'attack', i, 'zg-merchant-web', MER)
    for rnd in range(4 if mode == 'fast' else 3):
        R.shuffle(subs)
        for s in subs:
            if mode != 'fast': a.net = resi(.3); a.sess = 'w_' + hx(24); a.ua = R.choice(CHROME + SAFARI)
            a.call(t, 'POST', '/v1/auth/password', R.choices([401, 423], [97, 3])[0], subj=s); t += exp(1.2 if mode == 'fast' else 140)
        t += 1900 if mode == 'fast' else 2.5 * H
def a_ato(mode):
    k = 'account-takeover'; i = inst(k); t = start(RIDE_H)
    if mode == 'driver':       # phished code, new bank account, instant payout
        v = R.choice(DRIVERS); mark(v.a); a = fake_app(k, i, i, 'driver', R.choice(['good', 'missing']), R.choice([cell(i, True), resi(.3)]))
        a.call(t, 'GET', '/v1/driver/bootstrap'); t = a.call(t + 4, 'POST', '/v1/auth/otp/send', subj=v.phone) + R.uniform(40, 110); t = a.call(t, 'POST', '/v1/auth/otp/verify', subj=v.phone); a.user = v.id
        t = burst(a, t, [('GET', '/v1/driver/me'), ('GET', '/v1/driver/earnings/week'), ('GET', '/v1/driver/payouts/settings')]) + R.uniform(8, 30)
        t = a.call(t, 'PUT', '/v1/driver/payouts/settings') + R.uniform(20, 60); t = a.call(t, 'POST', '/v1/driver/payouts/instant', 201) + 5
        for _ in range(R.randint(2, 9)): t = a.call(t + R.uniform(20, 200), R.choice(['GET', 'GET', 'POST']), R.choice(['/v1/driver/earnings/today', '/v1/driver/payouts/instant']), R.choice([200, 422]))
    else:                      # several riders by one crew: wallet credit turned into food
        a = fake_app(k, i, i, 'rider', 'good' if mode == 'rider-phone' else 'missing', cell(i))
        for v in R.sample(RIDERS, R.randint(4, 8)):
            mark(v.a)
            if mode != 'rider-phone': fresh(a); a.net = R.choice([resi(.6), mobproxy()])
            a.user = None; t = a.call(t, 'POST', '/v1/auth/otp/send', subj=v.phone) + R.uniform(30, 120)
            if R.random() < .3: t = a.call(t, 'POST', '/v1/auth/otp/verify', 401, subj=v.phone) + R.uniform(10, 30)
            t = a.call(t, 'POST', '/v1/auth/otp/verify', subj=v.phone); a.user = v.id
            t = burst(a, t, [('GET', '/v1/bootstrap'), ('GET', '/v1/me'), ('GET', '/v1/wallet'), ('GET', '/v1/me/payment-methods'), ('GET', '/v1/promos/active')]) + R.uniform(5, 20)
            if R.random() < .6: t = a.call(t, 'PATCH', '/v1/me') + R.uniform(5, 30)
            s = R.choice(STORES); t = burst(a, t, [('GET', '/v1/eats/stores/{id}', dict(id=s)), ('GET', '/v1/eats/stores/{id}/menu', dict(id=s))]) + R.uniform(8, 30)
            t = a.call(t, 'POST', '/v1/eats/cart/items', 201) + 6; t = a.call(t, 'POST', '/v1/eats/checkout/quote') + 6; t = a.call(t, 'POST', '/v1/eats/orders', R.choices([201, 402], [80, 20])[0])
            no = ORDER + R.randint(1, 300)
            for _ in range(R.randint(3, 9)): t = a.call(t + 30, 'GET', '/v1/eats/orders/{no}/tracking', no=no)
            t += R.uniform(300, 1.5 * H)
def a_bola(mode):
    k = 'bola-walk'; i = inst(k); t = start(); base = RECEIPT0 + R.randint(0, 3900000)
    if mode == 'fast':
        a = tool(k, i, i, API, R.choice([PY, CURL]), client='zg-rider-android', user=fake_user())
        for t in poisson(t, .35, R.randint(220, 380)): base += 1; a.call(t, 'GET', '/v1/receipts/{no}', R.choices([200, 404, 403], [70, 25, 5])[0], no=base)
    elif mode == 'app':     # own phone, genuine app, an instrumented proxy; strides, at reading pace
        a = fake_app(k, i, i, 'rider', 'good', cell(i), fake_user())
        for t in poisson(t, 25, R.randint(110, 180)):
            base += R.choice([-1, 1]) * R.randint(1, 400); a.call(t, 'GET', '/v1/receipts/{no}', R.choices([200, 404], [55, 45])[0], no=base)
            if R.random() < .12: a.call(t + 1, 'GET', '/v1/map/nearby', q=latlon() + '&r=1500')
    elif mode == 'merchant':
        b = browser(i, k, home(i), 'attack', i, 'zg-merchant-web', MER); b.user = 'm_' + R.choice(STORES); no = ORDER - R.randint(100, 4000)
        for t in poisson(t, 70, R.randint(70, 120)): no -= 1; b.call(t, 'GET', '/v1/merchant/orders/{no}', R.choices([200, 403], [60, 40])[0], no=no)
    else:                   # thousand addresses, a handful of accounts, one or two numbers each
        us = [fake_user() for _ in range(12)]; a = fake_app(k, i, i)
        for t in poisson(t, 110, R.randint(150, 230)): base += R.randint(1, 3); a.net = resi(.5); a.user = R.choice(us); fresh(a); a.call(t, 'GET', '/v1/eats/orders/{no}', R.choices([200, 403, 404], [50, 40, 10])[0], no=base % 10 ** 7)
ADMIN = ['/v1/admin/users', '/v1/admin/promos', '/v1/admin/drivers', '/v1/internal/config', '/v1/internal/feature-flags', '/v1/support/users', '/v1/support/refunds', '/v1/fleet/drivers', '/v1/fleet/trips', '/v2/rides', '/v1/rides/all', '/v1/users', '/v1/promos', '/v1/pricing/surge', '/v1/pricing/overrides', '/v1/driver/offers/all', '/v1/merchant/stores', '/v1/payouts', '/v1/debug', '/v1/metrics', '/v0/me', '/v1/me/roles', '/v1/staff', '/v1/driver/incentives/all']
def a_bfla(mode):
    k = 'bfla-probe'; i = inst(k); t = start()
    a = tool(k, i, i, DRV, R.choice([PY, CURL, ('PostmanRuntime/7.39.0', 'node')]), net=R.choice([home(i), dc()]), client='zg-driver-android', user='d_' + hx(14)) if mode == 'fast' else fake_app(k, i, i, 'driver', 'good' if mode == 'slow' else 'failed', cell(i), 'd_' + hx(14))
    for p in (R.sample(ADMIN, R.randint(14, 22))):
        for m in R.sample(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'], R.randint(1, 4) if mode == 'fast' else R.randint(1, 2)):
            if mode == 'slow' and R.random() < .7: a.call(t - 20, 'GET', R.choice(['/v1/driver/me', '/v1/driver/earnings/today', '/v1/driver/heatmap']))
            a.call(t, m, '', R.choices([403, 404, 405, 401, 200], [45, 35, 12, 5, 3])[0], path=p); t += exp(2 if mode == 'fast' else 1500)
def a_codes(kind, mode):
    i = inst(kind); t = start(); n, iv = {'fast': (R.randint(200, 330), .8), 'resi': (R.randint(180, 300), 60), 'slow': (R.randint(60, 110), 700), 'farm': (R.randint(110, 190), 120)}[mode]
    us = [fake_user() for _ in range({'fast': 1, 'resi': 40, 'slow': 3, 'farm': 8}[mode])]
    if mode == 'farm': ag = [fake_app(kind, i, f'{i}-phone{j}', 'rider', 'good', cell(f'{i}{j}'), u, 'android') for j, u in enumerate(us)]
    elif mode == 'fast': ag = [tool(kind, i, i, API, R.choice([PY, OK_, GO]), client='zg-rider-android', user=us[0])]
    else: ag = [fake_app(kind, i, i, 'rider', R.choice(['missing', 'failed']), resi(.3), us[0])]
    for t in poisson(t, iv, n):
        a = R.choice(ag)
        if mode == 'resi': a.net = resi(.3); a.user = R.choice(us); fresh(a)
        if mode == 'slow': a.user = R.choice(us); a.net = mobproxy() if R.random() < .4 else a.net
        if mode == 'farm' and R.random() < .25: burst(a, t - 8, [('GET', '/v1/bootstrap'), ('GET', '/v1/map/nearby', dict(q=latlon() + '&r=1500'))])
        if kind == 'giftcard-enumeration':
            if mode in ('fast', 'resi'): a.call(t, 'GET', '/v1/giftcards/{code}/balance', R.choices([404, 200, 429], [95, 1, 4])[0], code=f"ZG{R.randint(10 ** 11, 10 ** 12 - 1)}")
            else: a.call(t, 'POST', '/v1/giftcards/redeem', R.choices([404, 200], [98, 2])[0])
        else: a.call(t, 'POST', '/v1/promos/validate', R.choices([404, 200, 409, 429], [91, 4, 2, 3])[0])
def fake_signup_one(a, t, pace, order):
    a.user = None; ph = phone() if R.random() < .6 else '+1' + str(R.randint(2 * 10 ** 9, 9 * 10 ** 9)); g = lambda x: R.uniform(.4, 1) * x * pace
    if R.random() < .9: a.call(t, 'GET', '/v1/bootstrap')
    t = a.call(t + g(3), 'POST', '/v1/auth/otp/send', subj=ph) + g(15); t = a.call(t, 'POST', '/v1/auth/otp/verify', R.choices([200, 401], [95, 5])[0], subj=ph); a.user = fake_user()
    t = a.call(t + g(8), 'POST', '/v1/users', R.choices([201, 409], [95, 5])[0]); t = a.call(t + g(8), 'POST', '/v1/me/payment-methods', R.choices([201, 402], [75, 25])[0]); t = a.call(t + g(5), 'POST', '/v1/promos/apply', R.choices([200, 409], [85, 15])[0])
    if order: t = a.call(t + g(20), 'GET', '/v1/eats/stores/{id}/menu', id=order); t = a.call(t + g(20), 'POST', '/v1/eats/cart/items', 201); t = a.call(t + g(20), 'POST', '/v1/eats/orders', R.choices([201, 402], [85, 15])[0])
    return t
def a_signup(mode):
    k = 'device-farm' if mode == 'farm' else 'fake-signup'; i = inst(k); t = start(RIDE_H); s = R.choice(STORES)
    if mode == 'emul':
        nets = [dc(), resi(1)]; a = fake_app(k, i, i, att=R.choice(['failed', 'missing']), net=nets[0])
        for _ in range(R.randint(14, 24)): fresh(a); a.net = R.choice(nets); t = fake_signup_one(a, t, .25, None) + exp(60)
    elif mode == 'resi':
        a = fake_app(k, i, i, att='missing')
        for _ in range(R.randint(12, 20)): fresh(a); a.net = resi(.7) if R.random() < .6 else mobproxy(); t = fake_signup_one(a, t, .9, s if R.random() < .5 else None) + exp(1500)
    elif mode == 'reset':    # a few rooted phones that factory-reset themselves between sign-ups
        ag = [fake_app(k, i, f'{i}-{j}', att='failed', net=cell(i + str(j)), plat='android', old=True) for j in range(3)]
        for _ in range(R.randint(10, 16)): a = R.choice(ag); fresh(a); t = fake_signup_one(a, t, 1, s if R.random() < .6 else None) + exp(900)
    else:                    # shelf of real phones, one wifi or SIMs each, genuine tokens, human pace
        net = home(i) if R.random() < .5 else None; c = CARS[0]
        ag = [fake_app(k, i, f'{i}-phone{j:02d}', att='good', net=net or Cell(c, f'{i}{j}', False), plat='android') for j in range(R.randint(7, 12))]
        for rnd in range(2):
            R.shuffle(ag)
            for a in ag:
                x = fake_signup_one(a, t, 1.2, s if R.random() < .8 else None)
                for q in range(R.randint(0, 4)): x = a.call(x + R.uniform(15, 60), 'GET', R.choice(['/v1/map/nearby', '/v1/notifications', '/v1/wallet']), q=latlon())
                t += exp(420)
            t += R.uniform(3, 9) * H
            if rnd: [setattr(a, 'device', hx(16)) for a in ag]
def a_scrape(mode):
    k = 'fare-scraping'; i = inst(k); t = start(RIDE_H); g = lambda j: f"lat={CITY['lat'] - .1 + (j % 20) * .01:.4f}&lon={CITY['lon'] - .1 + (j // 20 % 20) * .01:.4f}"
    if mode == 'fast':
        a = tool(k, i, i, API, R.choice([PY, GO]), client='zg-rider-ios', user=fake_user() if R.random() < .5 else None)
        for j, t in enumerate(poisson(t, 1.1, R.randint(240, 420))): a.call(t, 'POST', '/v1/quotes', R.choices([200, 429], [92, 8])[0]) if j % 3 else a.call(t, 'GET', '/v1/map/nearby', q=g(j))
    elif mode == 'resi':     # one or two requests from each address, through the web page
        for j, t in enumerate(poisson(t, 70, R.randint(150, 260))):
            b = browser(i, k, resi(.35), 'attack', i, host=API)
            if R.random() < .5: b.call(t - 1, 'GET', '/v1/web/session')
            b.call(t, 'POST', '/v1/quotes')
    elif mode == 'grid':     # few accounts, clockwork every five minutes, app agent
        ag = [fake_app(k, i, f'{i}-{j}', 'rider', 'missing' if R.random() < .6 else 'failed', resi(1), fake_user()) for j in range(6)]
        for r in range(R.randint(10, 18)):
            for j, a in enumerate(ag): a.call(t + j * 2 + R.random(), 'POST', '/v1/quotes'); a.call(t + j * 2 + 1.2, 'GET', '/v1/map/nearby', q=g(j * 7))
            t += 300
    else:                    # a rival's real phones with genuine tokens, auto-clicked
        for j in range(3):
            a = fake_app(k, i, f'{i}-phone{j}', 'rider', 'good', cell(i + str(j)), fake_user(), 'android'); x = t + j * 40
            for r in range(R.randint(14, 24)):
                if r % 10 == 0: burst(a, x - 5, [('GET', '/v1/bootstrap'), ('GET', '/v1/me'), ('GET', '/v1/rides/active', dict(st=204))])
                a.call(x, 'GET', '/v1/geo/places/{id}', id=f"pl_{hh('pl', R.randint(1, 3000)) % 10 ** 10:010d}"); a.call(x + 1.5, 'POST', '/v1/quotes'); x += R.uniform(110, 180)
def a_menu(mode):
    k = 'menu-scraping'; i = inst(k); t = start()
    if mode == 'fast':
        a = tool(k, i, i, API, PY, client='zg-web', att='none')
        for s in R.sample(STORES, R.randint(90, 150)): t = a.call(t, 'GET', '/v1/eats/stores/{id}/menu', R.choices([200, 429], [96, 4])[0], id=s) + R.uniform(.3, 1.5)
    else:
        a = fake_app(k, i, i)
        for s in R.sample(STORES, R.randint(40, 75)): a.net = resi(.4); fresh(a); t = a.call(t, 'GET', '/v1/eats/stores/{id}', id=s); t = a.call(t + R.uniform(1, 4), 'GET', '/v1/eats/stores/{id}/menu', id=s) + exp(150)
def a_gps(mode):
    k = 'gps-spoof-farm'; i = inst(k); n = R.randint(3, 5) if mode == 'room' else R.randint(2, 3); net = home(i); t0 = start(RIDE_H)
    for j in range(n):
        # mock location: repackaged app fails; a hidden root passes now and then
        a = fake_app(k, i, f'{i}-acc{j}', 'driver', {'room': R.choice(['failed', 'missing']), 'hidden': 'good', 'ride-ghost': R.choice(['good', 'failed'])}[mode], net if mode == 'room' else cell(i + str(j)), 'd_' + hx(14), 'android', True); t = t0 + j * R.uniform(20, 200)
        if mode == 'room': a.device = f"{hh(i, j // 2):016x}"       # cloned installations
        t = a.call(t, 'POST', '/v1/auth/refresh'); burst(a, t, [('GET', '/v1/driver/bootstrap'), ('GET', '/v1/driver/me'), ('GET', '/v1/driver/heatmap', dict(q=latlon(.02)))]); t = a.call(t + 4, 'POST', '/v1/driver/online'); end = t + R.uniform(.4, .9) * H
        while t < end:
            x = t + R.uniform(240, 500)
            while t < x: a.call(t, 'POST', '/v1/driver/locations', 202); t += 45 if mode == 'room' else 45 * R.uniform(.95, 1.1)
            off = 'of_' + hx(12); a.call(t, 'GET', '/v1/driver/offers/{id}', id=off)
            if mode == 'ride-ghost' and R.random() < .6:   # a colluding rider: short ghost trips for bonuses
                rid = uid(); a.call(t + 1.5, 'POST', '/v1/driver/offers/{id}/accept', id=off); a.call(t + 40, 'POST', '/v1/driver/trips/{id}/arrived', id=rid); a.call(t + 55, 'POST', '/v1/driver/trips/{id}/start', id=rid); ping(a, t + 60, t + 300, 20, 'driver'); t = a.call(t + 302, 'POST', '/v1/driver/trips/{id}/complete', id=rid)
            else: a.call(t + 1.2, 'POST', '/v1/driver/offers/{id}/accept', R.choice([200, 409]), id=off); t = a.call(t + R.uniform(30, 60), 'POST', '/v1/driver/trips/{id}/cancel', id=uid())
        a.call(t, 'POST', '/v1/driver/payouts/instant', 201)
SCAN = ['/.env', '/.git/config', '/actuator/health', '/actuator/env', '/swagger.json', '/v2/api-docs', '/api/swagger-ui.html', '/phpinfo.php', '/wp-login.php', '/admin', '/graphql', '/server-status', '/.aws/credentials', '/config.json', '/debug/pprof/', '/console', '/.DS_Store', '/backup.zip', '/api/v1/users', '/.well-known/security.txt', '/xmlrpc.php', '/cgi-bin/luci', '/metrics', '/trace', '/solr/admin', '/login.action', '/owa/', '/remote/login', '/telescope/requests', '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php']
def a_scan(mode):
    k = 'scanner' if mode != 'payload' else 'payload-attack'; i = inst(k); t = start()
    a = tool(k, i, i, R.choice([API, WEB, MER]), {'fast': ('Mozilla/5.0 (compatible; Nuclei - Open-source project (github.com/projectdiscovery/nuclei))', 'go'), 'slow': ('Mozilla/5.0 zgrab/0.x', 'go'), 'payload': ('sqlmap/1.8.2#stable (https://sqlmap.org)', 'python') if R.random() < .4 else (CHROME[1], 'python')}[mode], att='none')
    if mode == 'payload':
        pay = ["1' OR '1'='1", "1 AND SLEEP(5)", "<script>alert(1)</script>", "../../../../etc/passwd", "${jndi:ldap://x.oast.fun/a}", "1 UNION SELECT NULL,NULL--", "{{7*7}}", ";cat /etc/passwd", "http://169.254.169.254/latest/meta-data/"]
        for t in poisson(t, R.choice([1.5, 20]), R.randint(70, 130)):
            p = urllib.parse.quote(R.choice(pay))
            if R.random() < .5: a.call(t, 'GET', '/v1/eats/search', R.choices([400, 200, 500], [5, 4, 1])[0], q='q=' + p, host=API)
            else: a.call(t, 'GET', '', R.choices([400, 404, 403], [4, 5, 1])[0], path='/v1/eats/stores/' + p, host=API)
    else:
        for _ in range(R.randint(2, 4) if mode == 'fast' else 1):
            for p in R.sample(SCAN, R.randint(22, 30)):
                if mode == 'slow': a.net = dc()
                a.call(t, R.choices(['GET', 'POST', 'HEAD'], [90, 5, 5])[0], '', R.choices([404, 403, 400], [92, 5, 3])[0], path=p); t += exp(.4 if mode == 'fast' else 1800)
def a_leak(mode):
    k = 'leaked-api-key'; i = inst(k); t = start(); src = R.choice([x for x in PARTNERS if 'fleet' in x.client])
    a = tool(k, i, i, PAR, R.choice([PY, CURL, ('PostmanRuntime/7.39.0', 'node')]), net=dc() if mode == 'fast' else resi(), client=src.client, att='none', plat='partner')
    if mode == 'fast':
        for r in ['/v1/fleet/drivers', '/v1/fleet/vehicles', '/v1/fleet/trips', '/v1/fleet/payouts', '/v1/fleet/webhooks']: t = a.call(t, 'GET', r, R.choices([200, 403], [80, 20])[0]) + R.uniform(2, 20)
        for pg in range(1, R.randint(50, 110)): t = a.call(t, 'GET', '/v1/fleet/trips', q=f'date=2026-06-{R.randint(1, 12):02d}&page={pg}&per_page=500') + R.uniform(.3, 1.2)
    else:
        a.ua = src.ua; a.ja4 = src.ja4
        for t in poisson(t, 400, R.randint(60, 110)):
            if R.random() < .1: a.net = resi()
            a.call(t, 'GET', R.choice(['/v1/fleet/drivers/{id}', '/v1/fleet/drivers/{id}', '/v1/fleet/trips']), R.choices([200, 404], [85, 15])[0], id='d_' + hx(14), q='page=1')
def a_modded(mode):
    k = 'repackaged-app'; i = inst(k); t = start(RIDE_H); drv = [R.choice(DRIVERS) for _ in range(1)]
    for j in range(R.randint(2, 4) if mode == 'pack' else 1):    # auto-accept mod: reads every offer, takes the best within half a second
        a = fake_app(k, i, f'{i}-drv{j}', 'driver', R.choice(['failed', 'failed', 'missing']), cell(i + str(j)), 'd_' + hx(14), 'android', R.random() < .5); x = start(RIDE_H) if j else t; a.ja4 = JA4['android']
        x = a.call(x, 'POST', '/v1/auth/refresh'); burst(a, x, [('GET', '/v1/driver/bootstrap'), ('GET', '/v1/driver/me')]); x = a.call(x + 3, 'POST', '/v1/driver/online')
        for _ in range(R.randint(9, 16)):
            y = x + R.uniform(40, 160)
            while x < y: a.call(x, 'POST', '/v1/driver/locations', 202); x += 45
            off = 'of_' + hx(12); a.call(x, 'GET', '/v1/driver/offers/{id}', id=off)
            if R.random() < .3: z = R.random() < .7; a.call(x + R.uniform(.15, .4), 'POST', '/v1/driver/offers/{id}/accept', 200 if z else 409, id=off)
            else: a.call(x + R.uniform(.15, .4), 'POST', '/v1/driver/offers/{id}/decline', 204, id=off)
def a_replay(mode):
    k = 'token-replay'; i = inst(k); t = start(RIDE_H); a = fake_app(k, i, i, 'rider', 'replay', dc(), fake_user()); a.ja4 = JA4['go']; us = [fake_user() for _ in range(15)]
    n, iv = (R.randint(220, 340), 4) if mode == 'fast' else (R.randint(120, 200), 55); tok = None; got = 0
    for t in poisson(t, iv, n):
        if tok is None or t - got > R.uniform(280, 420): tok = hx(16); got = t; uses = 0      # a fresh one is harvested from one phone
        uses += 1
        a.token = (('failed' if P['replay_detect'] and uses > 3 and R.random() < .8 else 'genuine') if t - got < 300 else 'expired', tok)
        if mode != 'fast' or R.random() < .2: a.net = resi(.5); a.user = R.choice(us); a.device = hx(16)
        a.call(t, 'POST', R.choice(['/v1/quotes', '/v1/quotes', '/v1/promos/validate']), R.choices([200, 404], [85, 15])[0])
def a_insider(mode):
    k = 'insider'; i = inst(k); s = R.choice(STAFF); b = browser(s.caller, k, SUPPORT_NAT, 'attack', i, 'zg-ops', OPS); b.user = s.user; b.ua = s.ua; b.ja4 = JA4['chrome']
    if mode == 'bulk':
        t = start([3, 2, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 4, 4, 4]); b.net = R.choice([home(i), VPN[0], SUPPORT_NAT]); b.call(t, 'POST', '/v1/staff/sso', subj=f'{s.user}@zipgo.example')
        for t in poisson(t, 9, R.randint(80, 150)): b.call(t, 'GET', '/v1/support/users/{id}', id=R.choice(RIDERS).id)
    else:                   # looks up some people several times a shift, without a ticket
        star = R.sample(RIDERS, 4)
        for t in poisson(T0 + R.random() * DAY, (T1 - T0 - DAY) / 45, R.randint(25, 45)):
            if OFFICE_H[int(local_hour(t)) % 24]: b.call(t, 'GET', R.choice(['/v1/support/users/{id}', '/v1/support/users/{id}/location', '/v1/support/users/{id}/rides']), id=R.choice(star).id)
def a_poison(mode):
    k = 'baseline-poisoning'; i = inst(k); span = (T1 - T0) * .85; a = fake_app(k, i, i, 'rider', 'good' if mode == 'app' else 'missing', cell(i) if mode == 'app' else resi(1), fake_user()); t = T0 + R.random() * 6 * H; no = RECEIPT0 + R.randint(0, 10 ** 6)
    s0 = t
    while t < s0 + span:    # the rate doubles a few times, from a curious user's to a harvester's
        f = (t - s0) / span; t += exp(9000 * 2 ** (-3.4 * f))
        if R.random() < .3: burst(a, t, [('GET', '/v1/bootstrap'), ('GET', '/v1/map/nearby', dict(q=latlon()))])
        for _ in range(1 + int(1.9 * f)): no += R.randint(1, 60); t = a.call(t + R.uniform(1, 5), 'GET', '/v1/receipts/{no}', R.choices([200, 404, 403], [75, 15, 10])[0], no=no)
def a_flood(mode):
    k = 'search-flood'; i = inst(k); t = start(RIDE_H)
    a = tool(k, i, i, API, (R.choice(CHROME), 'go'), client='zg-web', att='none') if mode == 'fast' else fake_app(k, i, i)
    for t in poisson(t, .12 if mode == 'fast' else 6, R.randint(280, 450)):
        if mode == 'many': a.net = resi(); fresh(a)
        a.call(t, 'GET', R.choice(['/v1/geo/autocomplete', '/v1/eats/search']), R.choices([200, 429, 503], [75, 20, 5])[0], q='q=' + hx(R.randint(2, 9)) + '&' + latlon())
def a_share(mode):
    k = 'share-link-guessing'; i = inst(k); t = start(); a = browser(i, k, dc(), 'attack', i, None, API)
    for t in poisson(t, 1.5 if mode == 'fast' else 120, R.randint(70, 140)):
        if mode != 'fast': a.net = resi(.2); a.ua = R.choice(SAFARI + CHROME); a.sess = 'w_' + hx(24)
        a.call(t, 'GET', '/v1/share/{token}/position', R.choices([404, 410], [97, 3])[0], token=hx(22))

ALL = [(a_otp_pump, 'naive'), (a_otp_pump, 'resi'), (a_otp_pump, 'slow'), (a_otp_brute, 'fast'), (a_otp_brute, 'slow'), (a_stuffing, 'fast'), (a_stuffing, 'resi'), (a_stuffing, 'slow'), (a_spray, 'fast'), (a_spray, 'slow'),
       (a_ato, 'driver'), (a_ato, 'driver'), (a_ato, 'rider'), (a_ato, 'rider-phone'), (a_bola, 'fast'), (a_bola, 'app'), (a_bola, 'merchant'), (a_bola, 'many'), (a_bfla, 'fast'), (a_bfla, 'mid'), (a_bfla, 'slow'),
       *[((lambda m: a_codes('promo-enumeration', m)), m) for m in ('fast', 'resi', 'farm')], *[((lambda m: a_codes('giftcard-enumeration', m)), m) for m in ('fast', 'resi', 'slow')],
       (a_signup, 'emul'), (a_signup, 'resi'), (a_signup, 'reset'), (a_signup, 'farm'), (a_signup, 'farm'), (a_scrape, 'fast'), (a_scrape, 'resi'), (a_scrape, 'grid'), (a_scrape, 'phones'), (a_menu, 'fast'), (a_menu, 'resi'),
       (a_gps, 'room'), (a_gps, 'hidden'), (a_gps, 'ride-ghost'), (a_scan, 'fast'), (a_scan, 'slow'), (a_scan, 'payload'), (a_scan, 'payload'), (a_leak, 'fast'), (a_leak, 'slow'), (a_modded, 'pack'), (a_modded, 'one'),
       (a_replay, 'fast'), (a_replay, 'slow'), (a_insider, 'bulk'), (a_insider, 'peek'), (a_poison, 'app'), (a_poison, 'script'), (a_flood, 'fast'), (a_flood, 'many'), (a_share, 'fast'), (a_share, 'slow')]
cap = int(benign_target * min(.077, target_att * 1.25) / (1 - .078))
GROUP = lambda j: ALL[j][0].__name__ if ALL[j][0].__name__ != '<lambda>' else ('codes', 21 <= j < 24)
order = list(range(len(ALL))); R.shuffle(order)
nth = {}; cnt = collections.Counter()
for j in order: nth[j] = cnt[GROUP(j)]; cnt[GROUP(j)] += 1
order.sort(key=lambda j: nth[j])   # first one of each kind, then seconds
for j in order:
    n0 = len(EV); f, m = ALL[j]; VICT.clear(); f(m)
    if len(EV) - NB > cap:
        del EV[n0:]
        for a in VICT: a.victim = False
    VICT.clear()

# ------------------------------------------------------------------ out
EV.sort(key=lambda x: x[0]['time'])
os.makedirs(OUT, exist_ok=True)
with open(f'{OUT}/events.ndjson', 'w') as fe, open(f'{OUT}/labels.ndjson', 'w') as fl:
    for n, (e, l, a) in enumerate(EV):
        i = f"{e['time']:x}-{n:06d}-{hx(6)}"; l = {'event_id': i, **l}
        if a.victim and l['label'] == 'benign': l['victim'] = True
        fe.write(json.dumps({'event_id': i, **e}, separators=(',', ':')) + '\n'); fl.write(json.dumps(l, separators=(',', ':')) + '\n')
json.dump({**P, 'city': CITY['cc'], 'benign': NB, 'attack': len(EV) - NB}, open(f'{OUT}/world.json', 'w'), indent=1)
