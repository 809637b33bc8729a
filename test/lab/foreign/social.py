"""A labelled world of a social network with messaging: apps, web, creators, developers, staff. social.py SEED OUTDIR"""
import hashlib
import json
import math
import os
import random
import sys
from types import SimpleNamespace as NS
SEED, OUT = int(sys.argv[1]), sys.argv[2]; R = random.Random("social-%d" % SEED); U, C, RND = R.uniform, R.choice, R.random; HOUR, DAY = 3600.0, 86400.0
def hx(n):
    return "%0*x" % (n, R.getrandbits(4 * n))
def b62(n):
    return "".join(C("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") for _ in range(n))
def uuid():
    h = hx(32); return "-".join((h[:8], h[8:12], "4" + h[13:16], C("89ab") + h[17:20], h[20:]))
def digits(n):
    return str(R.randrange(10 ** (n - 1), 10 ** n))
def expo(mean):
    return R.expovariate(1.0 / mean)
def logn(median, sigma):
    return median * math.exp(R.gauss(0, sigma))
def wpick(table):
    """table: {thing: weight} or [(thing, weight)]"""
    items = list(table.items()) if isinstance(table, dict) else table; x = RND() * sum(w for _, w in items)
    for k, w in items:
        x -= w
        if x < 0: return k
    return items[-1][0]
def poisson(m):
    if m <= 0: return 0
    if m > 50: return max(0, int(R.gauss(m, m ** .5) + .5))
    k, p, lim = 0, RND(), math.exp(-m)
    while p > lim: k, p = k + 1, p * RND()
    return k

# ------------------------------------------------------------------ the company: everything drawn from the seed
DAYS = C([2, 3, 3, 4, 4])
BASE = 1781308800 + 86400 * R.randrange(0, 3)          # 2026-06-13 .. 15, 00:00 UTC
T1 = DAYS * DAY; TOTAL = R.randrange(72000, 96000); SHARE = U(.042, .068); BRAND = C(["Loopi", "Vyne", "Kinfolk", "Murmur", "Pavo", "Chatterbox", "Ripple", "Halo"])
PRE = C(["/v1", "/api/v2", "/api/v1", "/1.1", "/v3", "/api"])
WORDS = C([("users", "posts", "conversations", "media"), ("accounts", "statuses", "threads", "attachments"),
           ("profiles", "p", "direct/threads", "blobs"), ("user", "post", "chat", "files")])
GQL = C(["/graphql", "/api/graphql", "/gql", "/graphql/query"])
GQLSTYLE = C(["op", "op", "doc", "none", "none"])       # operation name in the query string, persisted id, or nothing at all
OPNAME = C(["op", "operationName", "opname"])
GQL_ON = set(R.sample(["profile", "posts_of", "followers", "following", "comments", "explore", "search", "notifs", "feed",
                       "stories", "post", "insights", "thread"], R.randrange(4, 11)))
GQL_APPS = C([("web", "studio"), ("web", "studio", "ios", "android"), ("web", "studio", "ios", "android"), ("web",)])
HOSTS = C([{"api": "api.%s.example", "media": "media.%s.example", "int": "staff.%s.example"},
           {"api": "api.%s.example", "media": "api.%s.example", "int": "api.%s.example"},
           {"api": "gw.%s.example", "media": "up.%s.example", "int": "gw.%s.example"}])
HOSTS = {k: v % BRAND.lower() for k, v in HOSTS.items()}
POLL = C(["long", "long", "short", "push"])            # foreground updates: long poll, presence polling, or a socket elsewhere
POLL_S = C([30, 45, 55, 60])
TOKEN_LIFE = C([300, 300, 300, 600, 1200])             # attestation token
ACCESS_LIFE = C([1800, 3600, 3600, 7200, 86400])       # user token
REFRESH_401 = RND() < .6                               # apps learn of an expired user token from a 401
LOG = {"server.address": .7, "user.id": 1, "session.id": .6, "device.id": .9, "login.subject": .8, "app.version": .75,
       "url.query": .75, "http.route": .35, "http.request.size": .6, "http.response.size": .85,
       "http.server.request.duration": .8, "geo.country": .65, "geo.location.lat": .3, "network.asn": .5,
       "tls.client.ja4": .45, "attestation.token": .75, "attestation.issuer": .6, "attestation.code": .4,
       "captcha.score": .35, "waf.score": .4, "http.request.id": .4}
LOG = {k: RND() < p for k, p in LOG.items()}; LOG["geo.location.lon"] = LOG["geo.location.lat"]
NONE_LOGGED = RND() < .75                              # clients that cannot attest: status "none", or no status
ATT_MEDIA = RND() < .6                                 # is attestation looked at on media routes
IDFORM = {k: C(f) for k, f in {"u": ["snow", "int", "uuid", "b62"], "p": ["snow", "b62", "snow"], "m": ["int", "uuid", "snow", "b62"],
                               "c": ["snow", "uuid", "int"]}.items()}
IDBASE = {k: R.randrange(10 ** 7, 9 * 10 ** 8) for k in "upmc"}
COLD_MISSING = U(.002, .03)                            # first call before the SDK is ready
BAD_PHONES = U(.002, .02); OLD_APPS = U(.002, .015); SKEWED = U(.001, .006); P5XX = U(.0005, .003); INCIDENT = (U(.3, DAYS - .2) * DAY, U(300, 1500), U(.1, .5)) if RND() < .7 else (0, 0, 0)
ATT_OUTAGE = (U(.4, DAYS - .2) * DAY, U(600, 2700)) if RND() < .45 else (0, 0); RELEASE = U(.6, DAYS - .5) * DAY if RND() < .7 else 1e12
VIRAL = [(U(.4, DAYS - .2) * DAY, U(.15, .45)) for _ in range(C([0, 1, 1, 2]))]; V6_HOME, V6_MOBILE = U(.05, .5), U(0, .5)
PF_SHARE = {"android": U(.3, .6), "ios": U(.2, .45), "web": U(.1, .3)}
ACTIVITY = U(.9, 2.0) * 2.2 / DAYS                                 # mean visits a day
VISIT_LEN = U(8, 15); BACKGROUND = U(.08, .35); VER_MAJOR = R.randrange(4, 12); MINORS = sorted(R.sample(range(1, 60), 6))
VERS = ["%d.%d.%d" % (VER_MAJOR, m, C([0, 0, 1, 2])) for m in MINORS]; NEW_VER = "%d.%d.0" % (VER_MAJOR, MINORS[-1] + 1)
ANDROID_KEYS = C([["soc-android-store"], ["soc-android-store", "soc-android-lite"], ["soc-android-play", "soc-android-galaxy", "soc-android-beta"]])
IOS_KEYS = C([["soc-ios-store"], ["soc-ios-store", "soc-ios-tf"]]); WEB_KEY, STUDIO_KEY = C(["soc-web", "soc-web-react"]), C(["soc-studio", "soc-studio-web"])

# ------------------------------------------------------------------ addresses
LAND = {"US": (-5, 39.8, -89, [7922, 701, 22773], [21928, 6167]), "BR": (-3, -22.9, -46, [28573, 27699], [26599, 26615]),
        "DE": (2, 50.9, 9.5, [3320, 3209, 8881], [6805, 3320]), "FR": (2, 47.5, 2.4, [3215, 12322], [5511, 15557]),
        "GB": (1, 52.3, -1.2, [2856, 5089], [12576, 25135]), "IN": (5.5, 20.6, 78.2, [24560, 55836], [55836, 45609]),
        "ID": (7, -6.3, 107, [7713, 23700], [23693, 24203]), "MX": (-6, 19.6, -99, [8151, 13999], [28403, 22884]),
        "TR": (3, 40.2, 30, [9121, 12735], [16135, 20978]), "PL": (2, 51.9, 19.4, [5617, 21021], [8374, 12912]),
        "NG": (1, 7.5, 5, [29465, 37148], [29465, 36873]), "PH": (8, 14.6, 121, [9299, 17639], [10139, 132199]),
        "ES": (2, 40.2, -3.6, [3352, 12479], [12430, 3352]), "JP": (9, 35.6, 139, [4713, 2516], [9605, 17676])}
HOMECC = C(list(LAND)); CCW = {HOMECC: U(4, 20)}
for cc in R.sample([c for c in LAND if c != HOMECC], R.randrange(3, 8)): CCW[cc] = U(.2, 2)
RES_OCT = [24, 31, 37, 46, 62, 67, 71, 73, 76, 77, 78, 79, 80, 81, 82, 84, 86, 88, 89, 91, 93, 95, 98, 99, 103, 108, 109, 110, 112,
           117, 122, 151, 174, 176, 177, 178, 179, 186, 187, 188, 189, 190, 197, 201, 212, 213, 217]
HOSTING = [("US", 16509, 3), ("US", 16509, 54), ("US", 14618, 18), ("US", 15169, 34), ("DE", 24940, 116), ("DE", 24940, 49), ("FR", 16276, 51),
           ("US", 14061, 167), ("US", 14061, 138), ("US", 63949, 172), ("US", 20473, 45), ("US", 8075, 20), ("NL", 60781, 5)]
def isp(cc, asn, kind):
    return NS(cc=cc, asn=asn, kind=kind, pre=["%d.%d" % (C(RES_OCT), R.randrange(2, 254)) for _ in range(R.randrange(2, 5))],
              v6="2%s:%s:" % (C(["a02", "a01", "600", "804", "409", "001"]), hx(4)), nat=None)
ISPS, CARR = {}, {}
for cc in LAND: ISPS[cc] = [isp(cc, a, "home") for a in LAND[cc][3]]; CARR[cc] = [isp(cc, a, "mobile") for a in LAND[cc][4]]
def addr(i, v6=False, ip=None):
    la, lo = LAND[i.cc][1:3] if i.cc in LAND else (52.3, 4.9)
    if v6: ip = None; pre = "%s%s:%s" % (i.v6, hx(4), hx(4))
    else: pre = None; ip = ip or "%s.%d.%d" % (C(i.pre), R.randrange(256), R.randrange(1, 255))
    return NS(ip=ip, pre=pre, cc=i.cc, asn=i.asn, lat=round(la + R.gauss(0, 1.4), 2), lon=round(lo + R.gauss(0, 1.4), 2), kind=i.kind)
for cc in LAND:
    for i in CARR[cc]: i.nat = [addr(i) for _ in range(R.randrange(4, 40) if cc in CCW else 6)]
def home(cc):
    return addr(C(ISPS[cc]), RND() < V6_HOME)
def mobile(cc, i=None):
    i = i or C(CARR[cc]); return addr(i, True) if RND() < V6_MOBILE else C(i.nat)
def dc(h=None):
    cc, asn, o = h or C(HOSTING); return addr(NS(cc=cc, asn=asn, kind="dc", pre=["%d.%d" % (o, R.randrange(1, 254))], v6="2a05:d01%s:" % hx(1)))
VPN = [dc() for _ in range(R.randrange(6, 25))]          # exits shared by honest people and attackers
HOMES = []                                               # honest homes, some of which run proxyware
def sub(a, dev_seed):
    """the address a device shows: v6 hosts have own low bits"""
    if a.ip: return a.ip
    h = hashlib.md5((a.pre + dev_seed).encode()).hexdigest()
    return "%s:%s:%s:%s:%s" % (a.pre, h[:4].lstrip("0") or "0", h[4:8].lstrip("0") or "0", h[8:12].lstrip("0") or "0", h[12:16].lstrip("0") or "0")

# ------------------------------------------------------------------ ids
def mkid(k):
    f = IDFORM[k]
    if f == "snow": return str(1934000000000000000 + IDBASE[k] * 10 ** 6 + R.randrange(10 ** 14))
    if f == "int": return str(IDBASE[k] + R.randrange(4 * 10 ** 6))
    return uuid() if f == "uuid" else b62(11 if k in "pu" else 20)
FIRST = "anna ben carla dan eva finn gina hugo ines jan kim leo mia nils olga paul rosa sam tina ugo vera will yara zoe ali priya ravi sofia lucas maria joao ahmet elif kenji yuki".split()
LAST = "alves berg costa diaz ekici fuchs gomez hall ito jones kaya lopez meyer novak okoye patel quist reyes silva tan ueda vogel wang young zhang".split()
def uname():
    return C(FIRST) + C(["", "_", ".", ""]) + C(LAST + ["art", "fit", "gram", "x", "official", "photo"]) + C(["", "", str(R.randrange(100)), str(R.randrange(1980, 2012))])
def subject(name=None):
    n = name or uname(); k = RND()
    if k < .5: return n + "@" + C(["gmail.com", "gmail.com", "outlook.com", "yahoo.com", "icloud.com", "mail.example"])
    return "+" + C(["1", "49", "55", "44", "91", "62"]) + digits(10) if k < .75 else n
ACCOUNTS = [mkid("u") for _ in range(9000)]; POPULAR = R.sample(ACCOUNTS, 150); FREE = [u for u in R.sample(ACCOUNTS, len(ACCOUNTS)) if u not in set(POPULAR)]
POPPOSTS = [mkid("p") for _ in range(220)]; w_u, w_p, w_c, w_m = WORDS
# action: method, template, graphql operation, host, response size, seconds
ACT = {
    "login": ("POST", "/auth/login", None, "api", 900, .25), "refresh": ("POST", "/auth/token", None, "api", 1100, .06),
    "logout": ("POST", "/auth/logout", None, "api", 40, .04), "signup": ("POST", "/auth/signup", None, "api", 900, .4),
    "verify": ("POST", "/auth/verify", None, "api", 300, .12), "sendcode": ("POST", "/auth/verify/send", None, "api", 60, .3),
    "avail": ("GET", "/%s/availability" % w_u, None, "api", 60, .03), "reset": ("POST", "/auth/password/reset", None, "api", 60, .3),
    "resetok": ("POST", "/auth/password/confirm", None, "api", 200, .3),
    "me": ("GET", "/me", "Viewer", "api", 1500, .04), "settings": ("GET", "/me/settings", None, "api", 2200, .05),
    "edit": ("PATCH", "/me", "UpdateProfile", "api", 900, .1), "email": ("PUT", "/me/email", None, "api", 120, .2),
    "passwd": ("PUT", "/me/password", None, "api", 60, .3), "sessions": ("GET", "/me/sessions", None, "api", 1400, .05),
    "export": ("POST", "/me/export", None, "api", 200, .3), "avatar": ("PUT", "/me/avatar", None, "media", 300, .9),
    "config": ("GET", "/config", None, "api", 5200, .02), "push": ("PUT", "/devices/{d}/push", None, "api", 20, .05),
    "telemetry": ("POST", "/telemetry", None, "api", 2, .02), "migrate": ("POST", "/devices/{d}/migrate", None, "api", 80, .2),
    "feed": ("GET", "/feed/home", "HomeFeed", "api", 38000, .22), "explore": ("GET", "/feed/explore", "ExploreGrid", "api", 52000, .3),
    "stories": ("GET", "/stories/tray", "StoryTray", "api", 9000, .1), "seen": ("POST", "/stories/{p}/seen", None, "api", 2, .03),
    "profile": ("GET", "/%s/{u}" % w_u, "ProfileHeader", "api", 2600, .06), "posts_of": ("GET", "/%s/{u}/%s" % (w_u, w_p), "ProfilePosts", "api", 24000, .15),
    "followers": ("GET", "/%s/{u}/followers" % w_u, "FollowersList", "api", 12000, .12), "following": ("GET", "/%s/{u}/following" % w_u, "FollowingList", "api", 12000, .12),
    "follow": ("POST", "/%s/{u}/follow" % w_u, None, "api", 120, .07), "unfollow": ("DELETE", "/%s/{u}/follow" % w_u, None, "api", 60, .07),
    "block": ("POST", "/%s/{u}/block" % w_u, None, "api", 60, .07), "report": ("POST", "/reports", None, "api", 60, .1),
    "post": ("GET", "/%s/{p}" % w_p, "PostDetail", "api", 5200, .07), "comments": ("GET", "/%s/{p}/comments" % w_p, "PostComments", "api", 9000, .09),
    "like": ("POST", "/%s/{p}/like" % w_p, None, "api", 60, .05), "unlike": ("DELETE", "/%s/{p}/like" % w_p, None, "api", 60, .05),
    "comment": ("POST", "/%s/{p}/comments" % w_p, "CreateComment", "api", 500, .1), "delcom": ("DELETE", "/comments/{m}", None, "api", 20, .08),
    "create": ("POST", "/%s" % w_p, None, "api", 1800, .3), "delpost": ("DELETE", "/%s/{p}" % w_p, None, "api", 20, .1),
    "mediainit": ("POST", "/%s/uploads" % w_m, None, "media", 260, .1), "chunk": ("PUT", "/%s/uploads/{m}/parts/{n}" % w_m, None, "media", 40, 1.4),
    "mediaget": ("GET", "/%s/{m}" % w_m, None, "media", 180000, .12), "mediainfo": ("GET", "/%s/{m}/info" % w_m, None, "media", 700, .05),
    "inbox": ("GET", "/%s" % w_c, "Inbox", "api", 14000, .12), "thread": ("GET", "/%s/{c}/messages" % w_c, "ThreadMessages", "api", 11000, .1),
    "send": ("POST", "/%s/{c}/messages" % w_c, None, "api", 420, .09), "read": ("POST", "/%s/{c}/read" % w_c, None, "api", 2, .04),
    "newthread": ("POST", "/%s" % w_c, None, "api", 500, .12), "typing": ("POST", "/%s/{c}/typing" % w_c, None, "api", 2, .02),
    "presence": ("GET", "/presence", None, "api", 700, .03), "poll": ("GET", "/events/poll", None, "api", 300, 30),
    "contacts": ("POST", "/contacts/sync", None, "api", 2600, .5), "search": ("GET", "/search", "Search", "api", 9000, .2),
    "typeahead": ("GET", "/search/typeahead", None, "api", 2200, .06), "notifs": ("GET", "/notifications", "Notifications", "api", 8000, .09),
    "badge": ("GET", "/notifications/badge", None, "api", 60, .02), "live": ("GET", "/live/{p}", None, "api", 1600, .05),
    "insights": ("GET", "/studio/insights", "Insights", "api", 16000, .5), "st_posts": ("GET", "/studio/content", None, "api", 21000, .3),
    "st_sched": ("POST", "/studio/schedule", None, "api", 400, .2), "st_com": ("GET", "/studio/comments", None, "api", 18000, .2),
    "st_roles": ("GET", "/studio/roles", None, "api", 900, .05), "st_pay": ("GET", "/studio/payouts", None, "api", 1900, .1),
    "oauth_auth": ("GET", "/oauth/authorize", None, "api", 4200, .1), "oauth_token": ("POST", "/oauth/token", None, "api", 700, .08),
    "oembed": ("GET", "/oembed", None, "api", 900, .05), "health": ("GET", "/health", None, "api", 20, .004),
    "robots": ("GET", "=/robots.txt", None, "api", 300, .003), "wk": ("GET", "=/.well-known/openid-configuration", None, "api", 1400, .005),
    "m_queue": ("GET", "=/internal/mod/queue", None, "int", 18000, .2), "m_case": ("GET", "=/internal/mod/cases/{n}", None, "int", 6000, .1),
    "m_user": ("GET", "=/internal/mod/users/{u}", None, "int", 5000, .12), "m_msgs": ("GET", "=/internal/mod/users/{u}/messages", None, "int", 30000, .3),
    "m_login": ("GET", "=/internal/mod/users/{u}/logins", None, "int", 9000, .2), "m_media": ("GET", "=/internal/mod/media/{m}", None, "int", 90000, .2),
    "m_act": ("POST", "=/internal/mod/cases/{n}/actions", None, "int", 300, .2), "m_find": ("GET", "=/internal/mod/search", None, "int", 8000, .3),
}
ACT = {k: (v[0], v[1][1:] if v[1][0] == "=" else (PRE + v[1]), v[1][1:] if v[1][0] == "=" else PRE + v[1]) + v[2:] for k, v in ACT.items()}
QUERY = {"feed": "cursor=%s&limit=20", "explore": "cursor=%s", "posts_of": "after=%s&limit=18", "followers": "after=%s&limit=50", "following": "after=%s&limit=50",
         "comments": "after=%s", "search": "q=%s&type=top", "typeahead": "q=%s", "presence": "ids=%s", "poll": "since=%s", "thread": "before=%s&limit=30",
         "insights": "range=28d&metric=%s", "oembed": "url=%s", "avail": "name=%s", "m_queue": "team=%s", "m_find": "q=%s"}
DOC = {a: digits(17) for a in ACT}

# ------------------------------------------------------------------ emission
EVENTS = []; VICTIM = {}
def incident(t):
    s, d, p = INCIDENT; return s <= t < s + d and RND() < p
def attest(a, t, media):
    """status, token hash, code of agent a at t; keeps the token of its device"""
    if a.att is None: return None, None, None
    if a.att == "none": return ("none" if NONE_LOGGED else None), None, None
    if media and not ATT_MEDIA: return None, None, None
    if a.att == "missing": return "missing", None, None
    if a.att == "failed" and RND() < .03: return "missing", None, None
    for b, e, k in a.wins[-8:]:
        if b <= t < e: a.tok = k; break
    else:
        old = max([w for w in a.wins if w[1] <= t] or [(0, 0, None)])[2]; down = ATT_OUTAGE[0] <= t < ATT_OUTAGE[0] + ATT_OUTAGE[1]
        if old and RND() < (.6 if down else .02): return "expired", old, "exp"
        if down or (a.cold and RND() < COLD_MISSING * 4): a.cold = False; return "missing", None, None
        a.tok = hx(24); a.wins.append((t, t + TOKEN_LIFE * U(.8, 1), a.tok))
    a.cold = False
    if a.att == "failed": return "failed", a.tok, "signature"
    if a.att == "skew" and RND() < .45: return "expired", a.tok, "exp"
    return "genuine", a.tok, None
def ev(t, a, ad, act, st=200, q=None, path=None, method=None, size=None, att=None, login=None, noid=False, captcha=None, waf=None, gql=None, qraw=None, **ids):
    if not 0 <= t < T1: return st
    if a.lab[0] == "attack" and incident(t): st = 503
    m, tpl, route, op, host, rs, du = ACT[act]; media = host == "media"; isgql = gql is not False and op and act in GQL_ON and a.pf in GQL_APPS
    if path is not None: p, route, isgql = path, None, False
    elif isgql or gql: p, m, route = GQL, "POST", GQL; qraw = {"op": OPNAME + "=%s" % (gql if isinstance(gql, str) else op), "doc": "doc_id=%s" % DOC[act], "none": None}[GQLSTYLE]
    else:
        for k in ("{u}", "{p}", "{c}", "{m}", "{n}", "{d}"):
            if k in tpl: i = ids.get(k[1]); tpl = tpl.replace(k, str(i if i is not None else (a.dev or uuid()) if k == "{d}" else str(R.randrange(1, 9)) if k == "{n}" else mkid(k[1])))
        p = tpl
        if qraw is None and act in QUERY and (q or RND() < .8): qraw = QUERY[act] % (q or b62(10))
    m = method or m
    if isgql and st in (400, 403, 404): st = 200
    s, tok, code = att if att else attest(a, t, media)
    e = {"time": int((BASE + t) * 1000), "event_id": None, "http.request.method": m, "url.path": p, "http.response.status_code": st,
         "client.address": sub(ad, a.name + str(int(t // DAY)))}
    if qraw: e["url.query"] = qraw
    ver, ua = a.ver, a.ua
    if ver == NEW_VER and t < RELEASE and a.lab[1] != "end-to-end-test":    # drawn out of order: the release was not out yet
        ver, ua = VERS[-1], ua.replace(NEW_VER, VERS[-1])
    if ua is not None: e["user_agent.original"] = ua
    e["server.address"] = HOSTS[host]
    if route and st != 404 or isgql: e["http.route"] = route
    if a.client: e["api.client"] = a.client
    pre = act in ("login", "signup", "reset", "resetok", "avail", "verify", "sendcode") or noid
    if a.uid and not pre: e["user.id"] = a.uid
    if a.sess and not pre: e["session.id"] = a.sess
    if a.dev: e["device.id"] = a.dev
    if ver: e["app.version"] = ver
    if login: e["login.subject"] = login
    ok = st < 400
    rq = size if size else {"chunk": logn(900000, .5), "contacts": logn(9000, .7), "avatar": logn(200000, .5), "telemetry": logn(4000, .9)}.get(act, 700 if isgql else 350 if m != "GET" else 180)
    e["http.request.size"] = max(60, int(logn(rq, .15))); e["http.response.size"] = int(logn(rs if ok else 160, .5 if ok else .2)) if st != 304 else 0; d = logn(du, .4)
    if act == "poll" and ok: d = U(POLL_S * .05, POLL_S) if RND() < .25 else POLL_S + U(0, .3)
    if incident(t): d *= 6
    e["http.server.request.duration"] = round(d, 4); e["geo.country"], e["network.asn"], e["geo.location.lat"], e["geo.location.lon"] = ad.cc, ad.asn, ad.lat, ad.lon
    if a.ja4: e["tls.client.ja4"] = a.ja4
    if s:
        e["attestation.status"] = s
        if s in ("genuine", "failed", "expired"):
            e["attestation.issuer"] = "app"
            if tok: e["attestation.token"] = tok
        if code: e["attestation.code"] = code
    if captcha is not None: e["captcha.score"] = round(captcha, 1)
    e["waf.score"] = waf if waf is not None else (C([2, 3, 5]) if m == "POST" and RND() < .006 else 0)
    if LOG["http.request.id"]: e["http.request.id"] = hx(16)
    for k, v in LOG.items():
        if not v and k in e:
            del e[k]
    EVENTS.append((e, a.lab, a.name, a.pf)); return st
def go(t, a, ad, act, **k):
    """a call of a decent client: server errors now and then, one retry"""
    if a.lab[0] == "benign" or a.polite:
        if incident(t) or RND() < P5XX:
            k2 = dict(k); k2["st"] = C([500, 502, 503, 503, 504]); ev(t, a, ad, act, **k2)
            if RND() < .6:
                t2 = t + U(.8, 3)
                if incident(t2): return ev(t2, a, ad, act, **k2)
                return ev(t2, a, ad, act, **k)
            return k2["st"]
    return ev(t, a, ad, act, **k)

# ------------------------------------------------------------------ agents
PHONES = ["SM-S921B", "SM-A546B", "SM-A155F", "Pixel 8", "Pixel 7a", "moto g84", "2312DRA50G", "CPH2603", "RMX3834", "V2318", "SM-G991B", "23106RN0DA"]
IPHONES = ["iPhone14,5", "iPhone15,2", "iPhone15,4", "iPhone16,1", "iPhone17,3", "iPhone13,2", "iPhone12,8"]
JA4 = {"android": ["t13d1517h2_8daaf6152771_eb7c2e4a1f09", "t13d1516h2_8daaf6152771_e5627efa2ab1"], "ios": ["t13d2014h2_a09f3c656075_14788d8d241b", "t13d2013h2_a09f3c656075_7f0f34a4126d"],
       "chrome": ["t13d1516h2_8daaf6152771_d8a2da3f94cd", "t13d1517h2_8daaf6152771_b6f405a00624"], "safari": ["t13d2014h2_a09f3c656075_e42f34c56612"],
       "firefox": ["t13d1717h2_5b57614c22b0_3cbfd9057e0d"], "py": ["t13d1812h1_85036bcba153_375ca2c5e164"], "go": ["t13d1311h2_f57a46bbacb6_e7c285222651"], "curl": ["t13d3112h2_e8f1e7e78f70_b26ce05bbdd6"]}
BROWSERS = [("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", "chrome", 6),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", "chrome", 2),
            ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36", "chrome", 2),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "safari", 2),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15", "safari", 1),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0", "firefox", 1)]
def browser():
    b = wpick([(x, x[2]) for x in BROWSERS]); v = 148 - int(expo(3)); return (b[0] % ((v,) * b[0].count("%d"))), C(JA4[b[1]])
def agent(pf, name, lab, uid=None, att="ok", **kw):
    a = NS(pf=pf, name=name, lab=lab, uid=uid, att=att, tok=None, wins=[], cold=True, acc=-1, sess=None, dev=None, ver=None, client=None, ua=None, ja4=None, polite=False)
    if pf in ("android", "ios"):
        a.dev = uuid() if pf == "android" else uuid().upper(); a.ver = wpick([(VERS[-1], 10), (VERS[-2], 5), (VERS[-3], 2), (VERS[-4], 1), (VERS[0], .4)])
        a.client = C(ANDROID_KEYS) if pf == "android" else IOS_KEYS[0]
        if pf == "android" and RND() < .7: a.client = ANDROID_KEYS[0]
        a.model, a.osv = (C(PHONES), C([12, 13, 14, 14, 15, 15, 16])) if pf == "android" else (C(IPHONES), C(["17.6.1", "18.3.2", "18.5", "18.5", "26.0"])); a.ja4 = C(JA4[pf]); setua(a)
    elif pf in ("web", "studio", "staff"): a.ua, a.ja4 = browser(); a.client, a.att = {"web": WEB_KEY, "studio": STUDIO_KEY, "staff": "staff-console"}[pf], "none"
    else: a.att = "none"
    a.__dict__.update(kw); return a
def setua(a):
    a.ua = ("%s/%s (Android %s; %s) okhttp/4.12.0" % (BRAND, a.ver, a.osv, a.model) if a.pf == "android" else
            "%s/%s (%s; iOS %s) CFNetwork/1568.300.101 Darwin/24.2.0" % (BRAND, a.ver, a.model, a.osv))

# ------------------------------------------------------------------ people
CURVE = [.35, .2, .12, .08, .08, .15, .4, .75, .9, .85, .8, .85, 1, .95, .85, .85, .95, 1.1, 1.25, 1.4, 1.55, 1.6, 1.3, .8]
PERSONA = {"lurker": U(3, 6), "scroller": U(.5, 2), "chatter": U(2, 5), "poster": U(.5, 1.6), "liker": U(.4, 1.2), "browser-of-profiles": U(.2, .6)}
MIX = {"lurker": dict(feed=30, story=8, post=8, profile=4, like=4, search=2, dm=3, notifs=3, explore=4, media=4),
       "scroller": dict(feed=50, story=15, explore=25, post=8, like=8, media=4),
       "chatter": dict(dm=40, feed=10, story=6, profile=3, notifs=3, media=4, search=1),
       "poster": dict(feed=15, upload=6, notifs=8, comment=8, post=8, dm=6, profile=5, like=5),
       "liker": dict(feed=25, like=45, post=5, story=8, follow=4, profile=5),
       "browser-of-profiles": dict(search=15, profile=40, lists=10, feed=8, post=10, follow=3)}
PEOPLE, DEVKEYS, MODS = [], [], []; OFFICES = [(addr(C(ISPS[c])), c) for c in (wpick(CCW) for _ in range(R.randrange(8, 26)))]
CAFES = [addr(C(ISPS[c])) for c in (wpick(CCW) for _ in range(R.randrange(4, 12)))]
def person(n, kind=None):
    cc = wpick(CCW); uid = FREE.pop(); pf = wpick(PF_SHARE)
    P = NS(n=n, cc=cc, uid=uid, user=uname(), tz=LAND[cc][0] if cc != "US" else C([-4, -5, -6, -7]), persona=wpick(PERSONA), rate=min(9, logn(ACTIVITY * .55, .8)) + .12,
           home=home(cc), isp=C(CARR[cc]), chrono=R.gauss(0, 1.6), vlen=logn(VISIT_LEN * .8, .5), devs=[], old=(-1, None), kind=kind,
           friends=R.sample(ACCOUNTS, max(3, min(60, int(logn(14, .7))))), convs=[mkid("c") for _ in range(max(1, min(25, int(logn(4, .8)))))], bg=RND() < BACKGROUND)
    P.subject = subject(P.user); HOMES.append(P.home); name = "person-%05d" % n; P.lab = ("benign", kind or P.persona, "")
    if RND() < .06 and PEOPLE:
        P.home = C(PEOPLE[-40:]).home                     # same household
    P.work = C(OFFICES) if RND() < .35 else None; x = RND()
    if kind is None and pf != "web":
        if x < BAD_PHONES: kind = "rooted-phone"
        elif x < BAD_PHONES + OLD_APPS: kind = "old-app"
        elif x < BAD_PHONES + OLD_APPS + SKEWED: kind = "skewed-clock"
        elif x < BAD_PHONES + OLD_APPS + SKEWED + .02: kind = "traveller"
        elif x < BAD_PHONES + OLD_APPS + SKEWED + .045: kind = "vpn-user"
        if kind: P.lab = ("benign", kind, "")
    P.kind = kind
    if kind == "traveller": P.trip, P.there = U(.3, DAYS - .3) * DAY, C(list(LAND)); P.hotel = addr(C(ISPS[P.there]))
    main = agent(pf, name, P.lab, uid, {"rooted-phone": "failed", "old-app": "missing", "skewed-clock": "skew"}.get(kind, "ok"))
    if kind == "old-app": main.ver = "%d.%d.%d" % (VER_MAJOR - C([1, 1, 2]), R.randrange(1, 40), R.randrange(4)); setua(main)
    main.sess = hx(20); main.acc = U(-ACCESS_LIFE, ACCESS_LIFE); P.devs.append(main)
    if pf != "web" and RND() < .22: w = agent("web", name, P.lab, uid); w.sess, w.acc = hx(20), U(-ACCESS_LIFE * 4, 0); P.devs.append(w)
    PEOPLE.append(P); return P
def where(P, t):
    if P.kind == "vpn-user" and RND() < .85:
        if not getattr(P, "vpn", None) or RND() < .3: P.vpn = C(VPN)
        return P.vpn
    if P.kind == "traveller" and t > P.trip: return P.hotel if RND() < .6 else mobile(P.there)
    h = ((t + BASE) / HOUR + P.tz) % 24; wd = (int((t + BASE + P.tz * HOUR) // DAY) + 3) % 7 < 5
    if P.work and wd and 9 <= h < 17.5: return P.work[0] if RND() < .55 else mobile(P.cc, P.isp)
    if 8 <= h < 19 and RND() < .5: return C(CAFES) if RND() < .04 else mobile(P.cc, P.isp)
    return P.home if RND() < .85 else mobile(P.cc, P.isp)
def login(P, t, a, ad, tries=None):
    """sign-in form with typos; returns the time after it"""
    tries = tries if tries is not None else wpick({0: 75, 1: 16, 2: 6, 3: 2, 5: .6}); cap = U(.5, 1) if a.pf == "web" else None
    for _ in range(tries): s = P.subject if RND() < .7 else P.subject[:-1] + C("abcd1"); go(t, a, ad, "login", st=401, login=s, captcha=cap); t += U(4, 25)
    if tries >= 3 and RND() < .6: t = forgot(P, t, a, ad)
    go(t, a, ad, "login", login=P.subject, captcha=cap); a.sess, a.acc = hx(20), t + ACCESS_LIFE; return t + U(.3, 1)
def forgot(P, t, a, ad):
    for _ in range(C([1, 1, 1, 2, 3])): go(t, a, ad, "reset", st=202, login=P.subject); t += U(25, 120)
    if RND() < .25: go(t, a, ad, "resetok", st=400, login=P.subject); t += U(8, 30)
    go(t, a, ad, "resetok", login=P.subject); return t + U(3, 12)
def signed(t, a, ad):
    """keep the user token fresh"""
    if t > a.acc:
        if REFRESH_401 and RND() < .8: ev(t, a, ad, C(["feed", "badge", "me"]), st=401, gql=False); t += U(.1, .4)
        go(t, a, ad, "refresh"); a.acc = t + ACCESS_LIFE; t += U(.08, .3)
    return t
def start(t, a, ad):
    a.cold = True
    if a.pf in ("android", "ios") and a.ver != NEW_VER and t > RELEASE and a.att != "missing" and RND() < .18:
        a.ver = NEW_VER; setua(a); ev(t, a, ad, "config"); go(t + .4, a, ad, "migrate"); go(t + .8, a, ad, "push", st=204); t += 1.2
    if RND() < .6: ev(t, a, ad, "config", st=304 if RND() < .7 else 200)
    t = signed(t + U(.05, .3), a, ad)
    for k, p in (("feed", .9), ("stories", .7), ("badge", .6), ("inbox", .35), ("me", .2), ("push", .05), ("telemetry", .3)):
        if RND() < p: go(t + U(0, .7), a, ad, k, st=204 if k in ("push", "telemetry") else 200)
    return t + U(2, 8)
def act_one(P, t, a, ad, x):
    """one thing a person does; returns the time when done"""
    fr = lambda: C(P.friends) if RND() < .6 else C(POPULAR) if RND() < .5 else C(ACCOUNTS); pp = lambda: C(POPPOSTS) if RND() < .3 else mkid("p"); gone = 404 if RND() < .012 else 200
    if x == "feed":
        go(t, a, ad, "feed")
        if RND() < .35:
            for j in range(R.randrange(1, 4)): ev(t + U(.3, 2), a, ad, "mediaget", st=C([200, 200, 206, 304]))
        return t + min(90, logn(14, .8))
    if x == "explore": go(t, a, ad, "explore"); return t + logn(12, .7)
    if x == "story":
        for _ in range(min(14, 1 + int(expo(4)))): ev(t, a, ad, "seen", st=204); t += logn(4.5, .5)
        return t
    if x == "post":
        p = pp()
        if go(t, a, ad, "post", p=p, st=gone) == 200: go(t + U(.02, .2), a, ad, "comments", p=p)
        return t + logn(15, .7)
    if x == "comment": p = pp(); go(t, a, ad, "comments", p=p); go(t + logn(12, .6), a, ad, "comment", p=p, st=201); return t + logn(22, .5)
    if x == "like":
        for _ in range(1 + (P.persona == "liker") * R.randrange(0, 6)): ev(t, a, ad, "like" if RND() < .96 else "unlike", p=pp(), st=204); t += logn(3.5, .7)
        return t
    if x == "profile":
        u = fr(); s = go(t, a, ad, "profile", u=u, st=C([404, 403]) if RND() < .015 else 200)
        if s == 200:
            go(t + U(.02, .3), a, ad, "posts_of", u=u)
            if RND() < .25: go(t + U(3, 9), a, ad, "posts_of", u=u)
            if RND() < .07: ev(t + U(4, 12), a, ad, "follow", u=u, st=C([200, 202]))
        return t + logn(14, .7)
    if x == "lists":
        u = fr()
        for _ in range(R.randrange(1, 5)): go(t, a, ad, C(["followers", "following"]), u=u); t += logn(5, .5)
        return t
    if x == "follow":
        for _ in range(R.randrange(1, 4)): ev(t, a, ad, "follow", u=C(ACCOUNTS), st=200); t += logn(4, .6)
        return t
    if x == "search":
        w = uname()[:R.randrange(3, 9)]
        for j in range(2, len(w) + 1, C([1, 1, 2])): ev(t, a, ad, "typeahead", q=w[:j]); t += U(.15, .7)
        if RND() < .5: go(t + .5, a, ad, "search", q=w)
        return act_one(P, t + U(1, 4), a, ad, "profile")
    if x == "dm":
        c = P.convs[min(len(P.convs) - 1, int(expo(2)))]
        if RND() < .5: go(t, a, ad, "inbox")
        go(t + .8, a, ad, "thread", c=c); ev(t + 1.2, a, ad, "read", c=c, st=204)
        if RND() < .3: ev(t + 1.3, a, ad, "presence")
        t += U(3, 8)
        for _ in range(min(18, int(expo(3.2 if P.persona == "chatter" else 1.5)))):
            if RND() < .25: ev(t - 1, a, ad, "typing", c=c, st=204)
            go(t, a, ad, "send", c=c, st=201); t += logn(13, .8)
            if RND() < .3: go(t, a, ad, "thread", c=c)
        return t
    if x == "upload":
        m = mkid("m"); go(t, a, ad, "mediainit", st=201); n = 1 if RND() < .65 else min(30, 2 + int(expo(5)))
        for j in range(n): bad = RND() < .02; ev(t + .4, a, ad, "chunk", m=m, n=j + 1, st=408 if bad else 200); t += logn(1.3, .5)
        t += logn(25, .7); go(t, a, ad, "create", st=201); return t + U(4, 15)
    if x == "media": ev(t, a, ad, "mediaget", st=C([200, 206, 206, 304])); return t + logn(6, .7)
    if x == "notifs": go(t, a, ad, "notifs"); return t + logn(8, .6)
    return t + 3
def visit(P, t, a, ad, n=None, mix=None, cold=True):
    t0 = t
    if cold: t = start(t, a, ad)
    mix = mix or MIX[P.persona]; n = n or max(1, int(min(expo(P.vlen * .45), 120)))
    for _ in range(n):
        t = act_one(P, t, a, ad, wpick(mix))
        if t > a.acc: t = signed(t, a, ad)
        if t - t0 > 3 * HOUR or t > T1: break
    if POLL != "push":
        k, q = ("poll", POLL_S) if POLL == "long" else ("presence", 60); b = t0 + U(1, 4)
        while b < t:
            if RND() < .9: ev(b, a, ad, k, st=200 if RND() < .97 else 204)
            b += q * U(.55, 1.05) if k == "poll" else q
    if RND() < .25: ev(t, a, ad, "telemetry", st=204)
    return t
def live(P):
    """all days of one person"""
    free = 0; newphone = U(.2, DAYS) * DAY if RND() < .02 and P.devs[0].pf != "web" else 1e12
    for d in range(-1, DAYS + 1):
        for _ in range(poisson(P.rate * U(.6, 1.4))):
            h = wpick(list(enumerate(CURVE))) + RND() + P.chrono; t = d * DAY + (h - P.tz) * HOUR
            if not 0 <= t < T1 or t < free: continue
            a = P.devs[0] if RND() < .8 else C(P.devs); ad = where(P, t)
            if t > newphone and P.kind is None:
                newphone = 1e12; old = P.devs[0]; P.old = (t, old); a = P.devs[0] = agent(old.pf, old.name, ("benign", "new-phone", ""), P.uid); ev(t, a, ad, "config")
                t = login(P, t + U(20, 60), a, ad); ev(t, a, ad, "push", st=204)
                if RND() < .5: contacts(t + 15, a, ad)
            elif RND() < (.10 if a.pf == "web" else .006):
                if RND() < .2: ev(t, a, ad, "logout", st=204)
                t = login(P, t + 4, a, ad)
            free = visit(P, t, a, ad) + 120
    a = P.devs[0]
    if P.bg and a.pf != "web":                           # background refresh
        q, t = C([2, 3, 4, 6, 8]) * HOUR * U(.8, 1.2), U(0, 4) * HOUR
        while t < T1:
            a2 = P.old[1] if t < P.old[0] else P.devs[0]; keep = a2.acc; ad = P.home if RND() < .6 else mobile(P.cc, P.isp)
            if RND() < .3: ev(t, a2, ad, "refresh")
            ev(t + .4, a2, ad, "badge")
            if RND() < .3: ev(t + .9, a2, ad, "inbox")
            a2.acc = keep; t += q * U(.7, 1.4)
def contacts(t, a, ad, many=None):
    n = many or int(min(8, 1 + expo(2)))
    for _ in range(n): ev(t, a, ad, "contacts", size=logn(14000, .3)); t += U(.4, 2.5)
    return t
def newcomer(n, ad=None, t=None):
    """signs up and at once does a lot"""
    P = person(n, "new-signup"); a = P.devs[0] = agent(wpick(PF_SHARE), P.devs[0].name, P.lab, None); t = t if t is not None else U(0, T1 - HOUR)
    ad = ad or (P.home if RND() < .6 else mobile(P.cc, P.isp)); ev(t, a, ad, "config"); t += U(10, 40)
    for _ in range(R.randrange(1, 7)): ev(t, a, ad, "avail", q=P.user[:8] + str(R.randrange(99)), st=200); t += U(1.5, 12)
    cap = U(.3, 1) if a.pf == "web" else None
    if RND() < .15: ev(t, a, ad, "signup", st=422, login=P.subject, captcha=cap); t += U(8, 30)
    ev(t, a, ad, "signup", st=201, login=P.subject, captcha=cap)
    for _ in range(C([1, 1, 1, 2, 3])): ev(t + 1, a, ad, "sendcode", st=202, login=P.subject); t += U(15, 70)
    if RND() < .2: ev(t, a, ad, "verify", st=400, login=P.subject); t += U(5, 20)
    ev(t, a, ad, "verify", login=P.subject); a.uid, a.sess, a.acc = P.uid, hx(20), t + ACCESS_LIFE; t += U(2, 10)
    if RND() < .6: ev(t, a, ad, "avatar", st=200); ev(t + 9, a, ad, "edit")
    if RND() < .55 and a.pf != "web": t = contacts(t + 12, a, ad)
    for _ in range(int(expo(11))):                         # follows everybody whom the app proposes
        ev(t, a, ad, "follow", u=C(P.friends + POPULAR)); t += logn(2.2, .6)
    t = visit(P, t + 5, a, ad, n=R.randrange(3, 16)); P.rate *= 1.5
    for _ in range(poisson(P.rate)): t += U(.5, 9) * HOUR; t = visit(P, t, a, where(P, t))

# ------------------------------------------------------------------ other honest callers
def bot(name, kind, client=None, ua=None, ja4=None, uid=None, pf="server", att="none"):
    return agent(pf, name, ("benign", kind, ""), uid, att, client=client, ua=ua, ja4=ja4)
def local(days, h, tz):
    return days * DAY + (h - tz) * HOUR
def robots():
    for i in range(R.randrange(1, 4)):                     # uptime monitors
        a = bot("monitor-%d" % i, "monitor", C([None, "int-monitor"]), C(["UptimeRobot/2.0", "Pingdom.com_bot_version_1.4", "Datadog/Synthetics", "kube-probe/1.29"]), JA4["go"][0])
        ads, q, t = [dc() for _ in range(R.randrange(1, 4))], C([300, 300, 600]), U(0, 60)
        while t < T1: ev(t, a, C(ads), C(["health", "health", "wk"]) if i else "health", st=503 if incident(t) else 200); t += q * U(.98, 1.02)
    for nm, ua, rate in (("googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", U(3, 16)), ("bingbot", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", U(1, 7)),
                         ("ai-crawler", "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", U(0, 14)), ("archive", "ia_archiver", U(0, 3))):
        a, net, t = bot(nm, "crawler", None, ua, JA4["go"][0], att=None), dc(("US", 15169, 66)), 0; ads = [dc(("US", 15169, 66)) for _ in range(R.randrange(2, 8))]
        while t < T1 and rate > .3:
            r = RND()
            if r < .02: ev(t, a, C(ads), "robots")
            else: ev(t, a, C(ads), C(["profile", "post", "posts_of", "oembed"]), u=C(ACCOUNTS), p=C(POPPOSTS), st=wpick({200: 80, 404: 12, 304: 6, 410: 2}), gql=False)
            t += expo(HOUR / rate)
    for nm, ua in (("slack", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"), ("discord", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"),
                   ("whatsapp", "WhatsApp/2.24.20.89 A"), ("facebook", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)")):
        a, t = bot("unfurl-" + nm, "link-unfurler", None, ua, JA4["curl"][0], att=None), 0; ads, rate = [dc() for _ in range(R.randrange(2, 30))], U(1, 12)
        while t < T1:
            for _ in range(1 if RND() < .9 else R.randrange(2, 9)): ev(t + U(0, 3), a, C(ads), "oembed", st=200 if RND() < .94 else 404)
            t += expo(HOUR / rate)
def developers():
    def key(name, ua, ja):
        k = "dev-" + hx(8); a = bot("dev-" + name, "developer-app", k, ua, JA4[ja][0]); DEVKEYS.append(a); return a
    for i in range(R.randrange(1, 4)):                     # post schedulers: many users from a few addresses
        a, ads = key("scheduler-%d" % i, C(["PostPlanner/3.2 (+https://postplanner.example)", "axios/1.7.2", "Buffoon/11"]), "go"), [dc() for _ in range(R.randrange(1, 4))]
        us = R.sample(ACCOUNTS, R.randrange(15, 60))
        for d in range(DAYS):
            for u in us:
                for _ in range(poisson(U(.2, 1.2))):
                    t = d * DAY + R.randrange(6 * 4, 23 * 4) * 900 + U(0, 40)     # on the quarter of an hour
                    a.uid = u; ad = C(ads)
                    if RND() < .3: ev(t, a, ad, "oauth_token", noid=True)
                    if RND() < .06:
                        for k in range(C([1, 3, 5])): ev(t + 2 ** k, a, ad, "create", st=401)
                        continue
                    ev(t + 1, a, ad, "mediainit", st=201); ev(t + 2, a, ad, "chunk", n=1); ev(t + 4, a, ad, "create", st=201)
    for i in range(R.randrange(1, 4)):                     # analytics: a nightly batch
        a, ad, h0 = key("analytics-%d" % i, C(["python-requests/2.32.3", "Go-http-client/2.0", "Java/17.0.9"]), "py"), dc(), U(0, 6); us = R.sample(ACCOUNTS, R.randrange(15, 70))
        for d in range(DAYS):
            t = d * DAY + h0 * HOUR + U(0, 120)
            for u in us:
                a.uid = None
                for act in ("profile", "posts_of") + ("followers",) * C([0, 1, 4]): ev(t, a, ad, act, u=u, st=429 if RND() < .015 else 200, gql=False); t += U(.2, 1.5)
    for i in range(R.randrange(1, 4)):                     # community bots polling
        a, ad, q, u = key("bot-%d" % i, C(["discord.js-feed/2.1", "node-fetch/3.3", "feedbridge (contact: admin@example.org)"]), "go"), (dc() if RND() < .6 else home(HOMECC)), C([300, 600, 900, 1800]), R.sample(POPULAR, R.randrange(1, 3))
        broken, t = (U(.3, DAYS) * DAY if RND() < .4 else 1e12), U(0, 100); a.uid = None
        while t < T1:
            bad = broken < t < broken + 7 * HOUR            # the token ran out and nobody noticed
            for x in u: ev(t, a, ad, "posts_of", u=x, st=401 if bad else 304 if RND() < .6 else 200, gql=False)
            t += q * U(.99, 1.03)
    for i in range(R.randrange(1, 3)):                     # somebody learns the API: errors, docs examples, bursts
        a, ad = key("learner-%d" % i, C(["PostmanRuntime/7.44.0", "curl/8.7.1", "python-requests/2.31.0"]), C(["curl", "py"])), home(wpick(CCW))
        for _ in range(R.randrange(2, 6)):
            t = U(0, T1)
            for _ in range(int(expo(30)) + 5):
                x = C(["profile", "posts_of", "me", "search", "oauth_token", "insights", "create", "followers", "feed"])
                ev(t, a, ad, x, st=wpick({200: 45, 400: 22, 401: 12, 404: 12, 403: 5, 415: 3, 429: 1}), u=C(ACCOUNTS), gql=False, path=PRE + "/user/me" if RND() < .05 else None)
                t += logn(14, 1.2)
    if RND() < .7:                                         # licensed researcher: long searches
        a, ad, t = key("researcher", "twarc-like/1.4 (University; ethics #2231)", "py"), addr(C(ISPS[HOMECC])), U(.1, .6) * DAY
        for _ in range(R.randrange(300, 1100)):
            ev(t, a, ad, C(["search", "search", "posts_of", "profile"]), u=C(ACCOUNTS), st=429 if RND() < .04 else 200, gql=False); t += U(2, 6) if RND() < .985 else U(2, 9) * HOUR
    for nm, act, q in (("trust-hash", "mediainfo", U(400, 1500)), ("ads-partner", "insights", U(600, 3000)), ("export-job", "thread", U(400, 3000)), ("mailer", "badge", U(400, 2500))):
        if RND() < .7:
            a, ads, t = bot(nm, "internal-job", "int-" + nm, C(["Go-http-client/2.0", "okhttp/4.12.0", "grpc-gateway/2.19"]), JA4["go"][0]), [dc() for _ in range(2)], U(0, 900)
            while t < T1:
                for _ in range(R.randrange(1, 5)): ev(t + U(0, 5), a, C(ads), act, st=200 if RND() < .98 else 404, gql=False)
                t += q * U(.8, 1.2)
def staff():
    hq = OFFICES[0][0]; vendor = addr(C(ISPS[C(["PH", "IN", "PL"])]))
    for i in range(R.randrange(4, 12)):
        a = agent("staff", "moderator-%02d" % i, ("benign", "moderator", ""), "staff-%04d" % R.randrange(9999)); tz, ad = (LAND[HOMECC][0], hq) if RND() < .5 else (LAND["PH"][0], vendor)
        shift, wfh = C([8, 9, 9, 14, 22]), home(HOMECC) if RND() < .35 else None; MODS.append(NS(a=a, ad=ad, tz=tz, shift=shift)); lead = i == 0
        for d in range(-1, DAYS):
            if RND() < .25: continue
            t = local(d, shift + U(-.2, .4), tz); end = t + U(3, 8) * HOUR; at = wfh if wfh and RND() < .5 else ad; a.sess = hx(20)
            ev(t, a, at, "login", login=a.uid, path="/internal/sso/callback", method="GET", st=302); n = 0
            while t < end and n < 240 // DAYS:
                n += 1
                if RND() < .3: ev(t, a, at, "m_queue", q=C(["spam", "csam", "abuse", "appeals"]))
                case, u = R.randrange(10 ** 6, 2 * 10 ** 6), C(ACCOUNTS); ev(t + 2, a, at, "m_case", n=case)
                if RND() < .6: ev(t + 4, a, at, "m_user", u=u)
                if RND() < .25: ev(t + U(5, 25), a, at, "m_msgs", u=u)
                if RND() < .3: ev(t + 5, a, at, "m_media")
                if lead or RND() < .08: ev(t + 8, a, at, "m_login", u=u)
                t += logn(170, .7); ev(t, a, at, "m_act", n=case, st=200 if RND() < .97 else 409)
                if RND() < .04: t += U(.2, 1) * HOUR
    for i in range(R.randrange(2, 7)):                     # user support: look up, reset, log-ins
        a = agent("staff", "support-%02d" % i, ("benign", "support", ""), "staff-%04d" % R.randrange(9999)); a.sess = hx(20)
        for d in range(-1, DAYS):
            t = local(d, U(8, 11), LAND[HOMECC][0])
            for _ in range(int(U(4, 30))):
                u, s = C(ACCOUNTS), subject(); ev(t, a, hq, "m_find", q="x"); ev(t + 5, a, hq, "m_user", u=u); ev(t + 11, a, hq, "m_login", u=u)
                if RND() < .3: ev(t + 40, a, hq, "reset", st=202, login=s)
                t += logn(400, .7)
    for i in range(R.randrange(1, 3)):                     # end-to-end tests: emulators in the build farm
        a, ad, q = agent("android", "ci-%d" % i, ("benign", "end-to-end-test", ""), C(ACCOUNTS), "failed", client=C(ANDROID_KEYS)), dc(), C([3, 6, 8, 12]) * HOUR
        P, t = NS(persona="lurker", friends=R.sample(ACCOUNTS, 3), convs=[mkid("c")], subject="e2e+%d@%s.example" % (i, BRAND.lower()), vlen=10), U(0, HOUR)
        while t < T1:
            a.dev, a.ver = uuid(), NEW_VER; setua(a); x = login(P, t, a, ad, 1)
            for act in ("feed", "profile", "search", "inbox", "send", "create", "notifs", "settings", "logout"): ev(x, a, ad, act); x += U(.3, 2)
            t += q
def creators():
    """studio: single creators, and agencies with many accounts behind one browser"""
    for i in range(R.randrange(14, 50)):
        a = agent("studio", "creator-%03d" % i, ("benign", "creator", ""), C(POPULAR)); cc = wpick(CCW)
        P = NS(persona="poster", friends=R.sample(ACCOUNTS, 8), convs=[mkid("c") for _ in range(5)], subject=subject(), vlen=12); ad, a.sess = home(cc), hx(20)
        for d in range(DAYS):
            if RND() < .6:
                t = local(d, U(9, 23), LAND[cc][0])
                if RND() < .2: t = login(P, t, a, ad)
                t = signed(t, a, ad)
                for _ in range(int(expo(9)) + 2):
                    x = wpick(dict(insights=4, st_posts=3, st_com=3, upload=2, sched=1, delcom=2, st_pay=.5, dm=2, st_roles=.3))
                    if x in ("upload", "dm"): t = act_one(P, t, a, ad, x)
                    elif x == "sched": ev(t, a, ad, "st_sched", st=201)
                    elif x == "delcom":                     # cleans up after a wave of comments
                        for _ in range(int(expo(12)) + 1): ev(t, a, ad, "delcom", st=204); t += logn(2, .6)
                    else: go(t, a, ad, x)
                    t += logn(25, .8)
    for i in range(R.randrange(1, 4)):
        accs, ad = R.sample(POPULAR + ACCOUNTS[:200], R.randrange(8, 30)), C(OFFICES)[0]
        for d in range(DAYS):
            t = local(d, U(8, 10), LAND[HOMECC][0])
            for u in R.sample(accs, len(accs) // 2):
                a = agent("studio", "agency-%d" % i, ("benign", "agency", ""), u, sess=hx(20)); ev(t, a, ad, "login", login=subject(), captcha=U(.4, .9))
                for _ in range(R.randrange(3, 12)): ev(t + 2, a, ad, C(["insights", "st_com", "st_posts", "comment", "inbox", "send"])); t += logn(22, .7)
                t += U(60, 1200)
def oddities(n):
    """honest people who do loud things"""
    for _ in range(R.randrange(4, 14)):                    # spring cleaning: unfollows by hand; deletes likes; blocks
        P = person(n, C(["spring-cleaner", "spring-cleaner", "bulk-liker", "pest-blocker"])); n += 1; a, t = P.devs[0], U(0, T1 - HOUR)
        ad, act = P.home, {"spring-cleaner": "unfollow", "bulk-liker": "like", "pest-blocker": "block"}[P.kind]; t = start(t, a, ad)
        for j in range(R.randrange(30, 160)):
            if j % 20 == 0: ev(t, a, ad, "following", u=P.uid)
            ev(t, a, ad, act, st=200, u=C(P.friends)); t += logn(2.4, .7)
        live(P)
    for _ in range(R.randrange(2, 6)):                     # big address books, synced in many parts
        P = person(n, "big-address-book"); n += 1; a, ad, t = P.devs[0], P.home, U(0, T1)
        if a.pf != "web": contacts(start(t, a, ad), a, ad, R.randrange(15, 50))
        live(P)
    for _ in range(R.randrange(1, 4)):                     # recruiters, sellers: profiles all day, from an office, by browser
        P = person(n, "recruiter"); n += 1; P.devs = [agent("web", P.devs[0].name, P.lab, P.uid, sess=hx(20))]
        for d in range(DAYS):
            t = local(d, U(8, 10), P.tz)
            for _ in range(R.randrange(1, 4)):
                t = visit(P, t, P.devs[0], C(OFFICES)[0] if RND() < .05 else P.home, n=R.randrange(15, 45), mix=dict(search=8, profile=12, lists=2, newdm=0, dm=3)) + U(.3, 2) * HOUR
    for _ in range(R.randrange(0, 3)):                     # a tab that is left open for days and retries a dead session
        P = person(n, "stale-tab"); n += 1; a = agent("web", P.devs[0].name, P.lab, P.uid, sess=hx(20)); t, q = U(0, T1 / 2), C([60, 120, 300])
        for _ in range(R.randrange(80, 350)): ev(t, a, P.home, C(["badge", "presence"]), st=401); t += q
    for _ in range(R.randrange(1, 4)):                     # a class, a club or a fair signs up behind one address
        ad, t = C(OFFICES)[0], U(.1, .95) * T1
        for _ in range(R.randrange(5, 16)): newcomer(n, ad, t + expo(700)); n += 1
    return n
def viral(P):
    for t0, p in VIRAL:
        if RND() < p * .5:
            a, t = P.devs[0], t0 + expo(900); ad = where(P, t); t = signed(t, a, ad); post = POPPOSTS[0]; go(t, a, ad, "live" if RND() < .5 else "post", p=post)
            for _ in range(R.randrange(1, 9)): t += logn(9, .7); go(t, a, ad, wpick({"comments": 5, "like": 3, "comment": 2, "live": 3}), p=post)

# ------------------------------------------------------------------ attackers
TOOLS = [("python-requests/2.32.3", "py"), ("python-requests/2.28.1", "py"), ("Go-http-client/1.1", "go"), ("curl/8.5.0", "curl"), ("axios/1.6.8", "go"), ("okhttp/3.14.9", "py"), ("", "go"),
         ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/115.0.0.0 Safari/537.36", "py")]
class Inst:
    """one attack instance: size, pace, network, tool"""
    count = {}

    def __init__(s, kind, n, slow):
        Inst.count[kind] = Inst.count.get(kind, 0) + 1; s.kind, s.n, s.slow = kind, max(8, int(n)), slow; s.id = "%s-%d" % (kind, Inst.count[kind]); s.lab = ("attack", kind, s.id)
        s.pool, s.left, s.cur = None, 0, None; lo, hi = (0, .9) if RND() < .12 else (1, DAYS - .12); s.t0 = U(lo, max(lo + .1, hi)) * DAY
        if slow: s.t0 = min(s.t0, T1 - U(.35, .7) * DAY); s.dur = (T1 - s.t0) * U(.4, .98)
        else: s.dur = min(max(30, logn(720, 1)), 5400, T1 - s.t0 - 60)

    def net(s, kind, k=None, sticky=1):
        """where the calls come from"""
        s.netkind, s.sticky = kind, sticky
        if kind == "dc": h = C(HOSTING); s.pool = [dc(h if RND() < .7 else None) for _ in range(k or 1)]
        elif kind == "vpn": s.pool = R.sample(VPN, min(len(VPN), k or 3))
        elif kind == "home": s.pool = [home(wpick(CCW)) for _ in range(k or 1)]
        elif kind == "mobile": i = C(CARR[HOMECC]); s.pool = i.nat if RND() < .5 else [C(i.nat) for _ in range(k or 4)]
        return s

    def ad(s):
        if s.left > 0: s.left -= 1; return s.cur
        s.left = s.sticky - 1 if s.sticky < 3 else int(expo(s.sticky))
        if s.netkind == "resi":                             # rotating: anywhere, honest homes and carrier exits among them
            x = RND(); cc = HOMECC if RND() < .4 else C(list(LAND)); s.cur = C(HOMES) if x < .12 else C(C(CARR[cc]).nat) if x < .27 else addr(C(ISPS[cc]), RND() < .08)
        else: s.cur = C(s.pool)
        return s.cur

    def times(s, n=None, style=None):
        n = n or s.n; style = style or C(["flat", "exp", "exp", "bursts"]); g = s.dur / n; t, out = s.t0, []
        for i in range(n): out.append(t); t += g * U(.7, 1.3) if style == "flat" else expo(g) if style == "exp" else (g * .15 if RND() < .93 else g * 12.3) * U(.5, 1.5)
        return out

    def who(s, style, uid=None, name=None):
        """naive | web | app | repack | farm (genuine) """
        nm = name or s.id
        if style == "naive":
            ua, j = C(TOOLS); a = agent("server", nm, s.lab, uid, att=None, ua=ua or None, ja4=JA4[j][0], client=C([None, WEB_KEY, None]))
            if a.client: a.att = "none"
        elif style == "web":
            a = agent("web", nm, s.lab, uid)
            if RND() < .3: a.ja4 = JA4["py"][0]
        else:
            a = agent("android" if RND() < .75 else "ios", nm, s.lab, uid, {"app": "missing", "repack": "failed", "farm": "ok"}[style])
            if style == "app" and RND() < .4: a.ja4 = JA4["go"][0]
            if style == "app" and RND() < .3: a.ver = VERS[0]; setua(a)
        if uid: a.sess = hx(20)
        return a
def burner():
    return mkid("u")
def stuffing(s):
    style = C(["naive", "web", "app"]) if not s.slow else C(["web", "app", "app"])
    s.net(*(C([("dc", 1), ("dc", 6), ("vpn", 4)]) if not s.slow and RND() < .7 else ("resi",)), sticky=C([1, 1, 2])); a, hit = s.who(style), U(.003, .02)
    spray = s.kind == "password-spraying"
    for t in s.times():
        if style == "app" and RND() < .8: a.dev = uuid()
        elif style == "web" and RND() < .2: a.ua, a.ja4 = browser()
        ad = s.ad(); sub_ = uname() if spray else subject(); cap = U(.1, .5) if style == "web" else None; lim = not s.slow and s.netkind == "dc" and RND() < .25; ok = RND() < hit
        ev(t, a, ad, "login", st=429 if lim else 200 if ok else C([401] * 9 + [404, 423]), login=sub_, captcha=cap)
        if ok and not lim:
            a.uid, a.sess = C(ACCOUNTS), hx(20); VICTIM.setdefault(a.uid, t)
            for x in R.sample(["me", "settings", "inbox"], R.randrange(1, 4)): ev(t + U(.3, 2), a, ad, x)
            a.uid = a.sess = None
            if RND() < .5: takeover(Inst("account-takeover", logn(30, .5), RND() < .4), t + U(.2, 12) * HOUR)
def victim(pred=lambda P: True):
    for _ in range(200):
        P = C(PEOPLE)
        if P.uid not in VICTIM and P.kind is None and pred(P): return P
    return C(PEOPLE)
def takeover(s, t=None):
    """sign in as somebody, look round, lock the owner out, spam the contacts"""
    P = victim(); style = C(["web", "app", "app", "farm", "farm"]); s.net(*C([("resi",), ("vpn", 1), ("home", 1), ("mobile", 3)]), sticky=40); a, ad = s.who(style, P.uid), s.ad()
    t = t or s.t0; t = min(t, T1 - U(1, 3) * HOUR); VICTIM[P.uid] = t
    for _ in range(C([0, 0, 0, 1, 2])): ev(t, a, ad, "login", st=401, login=P.subject); t += U(3, 20)
    ev(t, a, ad, "login", login=P.subject, captcha=U(.3, .9) if style == "web" else None)
    for x in ("me", "settings", "sessions", "inbox"): t += U(.5, 15); ev(t, a, ad, x)
    lock = RND() < .6
    if lock:
        for x in ("email", "passwd"): t += U(8, 60); ev(t, a, ad, x, st=200)
    for c in P.convs[:6]:
        if RND() < .6: t += U(2, 20); ev(t, a, ad, "thread", c=c)
    gap = U(20, 200) if s.slow else U(.6, 8)
    for j in range(s.n):
        t += logn(gap, .5)
        if RND() < .03: ev(t, a, ad, "followers", u=P.uid)
        if j < len(P.convs) or RND() < .4: ev(t, a, ad, "send", c=P.convs[j] if j < len(P.convs) else mkid("c"), st=201)
        else: ev(t, a, ad, "newthread", st=201 if RND() < .9 else 429)
    if RND() < .4: ev(t + 20, a, ad, "mediainit", st=201); ev(t + 25, a, ad, "create", st=201)
    if lock:                                                # the owner comes back
        d, h, t = P.devs[0], P.home, t + U(.3, 5) * HOUR; ev(t, d, h, "feed", st=401, gql=False); ev(t + .3, d, h, "refresh", st=401); t = login(P, t + 20, d, h, 2); t = forgot(P, t, d, h)
        visit(P, login(P, t, d, h, 0), d, h, n=4)
def hijack(s):
    """a stolen browser session used elsewhere; no sign-in at all"""
    P = victim(lambda p: any(d.pf == "web" for d in p.devs)); w = next((d for d in P.devs if d.pf == "web"), P.devs[0]); s.net(*C([("vpn", 1), ("resi",), ("dc", 1)]), sticky=60)
    a = s.who("web" if RND() < .7 else "naive", P.uid)
    if RND() < .5 and w.pf == "web":
        a.ua = w.ua                                         # cookie thieves copy the browser too
    a.sess = w.sess; VICTIM[P.uid] = s.t0 - 10
    acts = C([["export", "inbox", "thread", "thread", "thread", "mediaget", "mediaget"], ["st_roles", "st_pay", "st_posts", "email", "delpost", "create", "insights"], ["inbox", "send", "send", "send", "newthread", "followers"]])
    for x in ("me", "sessions", "settings"): ev(s.t0 - U(1, 9), a, s.ad(), x)
    for t in s.times(min(s.n, 90), "exp"): x = C(acts); ev(t, a, s.ad(), x, c=C(P.convs), u=P.uid)
def fake_signup(s):
    style = C(["farm", "farm", "app", "web"]); s.net(*C([("home", 2), ("mobile", 5)] if style == "farm" else [("resi",), ("resi",), ("mobile", 6), ("dc", 3)]), sticky=12)
    per = R.randrange(6, 14)
    for i, t in enumerate(s.times(max(2, s.n // per), "exp")):
        a = s.who(style, name=s.id + ("-p%02d" % (i % 30) if style == "farm" else "")); s.left = 0 if s.netkind == "resi" else s.left; ad, sj = s.ad(), subject()
        pace = U(.5, 2) if style != "farm" else U(4, 14); cap = U(.2, .8) if style == "web" else None
        for x, st in (("config", 200), ("avail", 200), ("signup", 201), ("sendcode", 202), ("verify", 200)):
            if x in ("config", "avail") and RND() < .3: continue
            if x == "signup" and RND() < .08: st = C([409, 422, 429])
            ev(t, a, ad, x, st=st, login=sj if x not in ("config", "avail") else None, captcha=cap if x == "signup" else None); t += pace * U(.6, 2) + (U(6, 30) if x == "sendcode" else 0)
            if st > 400: break
        else:
            a.uid, a.sess = burner(), hx(20)
            for x in R.sample(["avatar", "edit", "feed", "me", "follow", "follow", "follow", "follow"], max(2, per - 5)): ev(t, a, ad, x, u=C(POPULAR)); t += pace * U(.8, 3)
def engagement(s):
    """bots that follow, like, comment or write to strangers"""
    style = C(["app", "web", "farm", "repack"]); n_acc = 1 if s.slow and RND() < .5 else R.randrange(2, 20); s.net(*C([("mobile", 3), ("resi",), ("home", 1), ("dc", 2)]), sticky=30)
    bots = [s.who(style, burner(), s.id + "-a%02d" % i) for i in range(n_acc)]; homes = [s.ad() for _ in bots]
    what = {"follow-bot": ["follow", "follow", "unfollow", "profile"], "like-bot": ["like", "like", "like", "feed", "post"], "dm-spam": ["newthread", "send", "send", "profile"],
            "comment-spam": ["comment", "comment", "post", "explore"]}[s.kind]
    for i, t in enumerate(s.times()):
        k = i % n_acc if RND() < .7 else R.randrange(n_acc)
        if RND() < .02: homes[k] = s.ad()
        x = C(what); ev(t, bots[k], homes[k], x, u=C(ACCOUNTS), st=429 if RND() < .02 else 201 if x in ("newthread", "send", "comment") else 200)
        if style in ("farm", "repack") and RND() < .15: ev(t + U(.5, 3), bots[k], homes[k], C(["feed", "badge", "notifs", "stories"]))
def farm(s):
    """real phones on racks, genuine tokens, the same targets"""
    k = R.randrange(6, 30); s.net(*C([("home", 1), ("home", 3), ("mobile", 4)]), sticky=80); phones = [s.who("farm", burner(), s.id + "-p%02d" % i) for i in range(k)]
    target = [mkid("p") for _ in range(R.randrange(1, 5))]; owner = mkid("u"); i, gap = 0, s.dur / max(1, s.n / 6); t = s.t0
    while i < s.n:
        a, ad = C(phones), s.ad()
        if RND() < .15:                                     # the next account on the same phone
            a.uid, a.sess = burner(), hx(20); ev(t, a, ad, "login", login=subject())
        seq = [("feed", None)] * C([0, 1, 1, 2]) + [("profile", None), ("post", 1), ("like", 1)] + [("comment", 1)] * C([0, 1]) + [("follow", None)] * C([0, 0, 1]) + [("seen", 1)] * C([0, 0, 2])
        x = t
        for act, tg in seq: ev(x, a, ad, act, p=C(target), u=owner, st=200 if act != "comment" else 201); x += U(2, 12); i += 1
        t += expo(gap)
def scrape(s):
    mode = C(["anon", "anon", "burner", "app"])
    if s.slow: s.net("resi", sticky=C([1, 1, 2]))
    else: s.net(*C([("dc", 1), ("dc", 10), ("resi",), ("vpn", 5)]), sticky=C([1, 2, 30]))
    accs = [s.who({"anon": C(["web", "web", "naive"]), "burner": "web", "app": "app"}[mode], None if mode == "anon" else burner()) for _ in range(1 if mode == "anon" else R.randrange(1, 8))]
    lst = C([["profile"], ["profile", "posts_of"], ["followers", "followers", "profile"], ["post", "comments"]]); u = C(POPULAR)
    for i, t in enumerate(s.times()):
        a = C(accs)
        if mode == "anon" and a.pf == "web" and RND() < .6: a.ua, a.ja4 = browser()
        x = C(lst); ev(t, a, s.ad(), x, u=u if x == "followers" else mkid("u") if RND() < .6 else C(ACCOUNTS), st=wpick({200: 88, 404: 5, 429: 3 if not s.slow else .4, 401: 1}))
def contact_enum(s):
    style = C(["app", "app", "farm", "repack"]); s.net(*C([("dc", 2), ("resi",), ("mobile", 4), ("home", 1)]), sticky=10); bots = [s.who(style, burner()) for _ in range(R.randrange(1, 10))]
    for t in s.times(): ev(t, C(bots), s.ad(), "contacts", size=U(22000, 60000) if not s.slow else U(9000, 20000), st=200 if RND() < (.9 if not s.slow else .99) else 429)
def walking(s):
    """object ids of others: private media or conversations"""
    P_act = C(["mediaget", "mediainfo"]) if s.kind == "private-media-walking" else "thread"; style = C(["naive", "web", "app", "farm"])
    s.net(*C([("dc", 1), ("home", 1), ("resi",), ("vpn", 2)]), sticky=C([1, 25])); a, f = s.who(style, burner()), IDFORM["m" if P_act != "thread" else "c"]
    base = IDBASE["m"] + R.randrange(10 ** 6)
    good = U(.05, .7)                                       # how often the check is missing or the guess is right
    for i, t in enumerate(s.times()):
        nid = str(base + i * C([1, 1, 2])) if f in ("int",) else None; st = 200 if RND() < good else C([403, 404, 404]); ev(t, a, s.ad(), P_act, m=nid, c=nid, st=st)
        if style in ("web", "farm", "app") and RND() < .1:  # looks like life
            ev(t + U(1, 4), a, s.cur, C(["feed", "badge", "inbox", "profile"]))
def squat(s):
    s.net(*C([("dc", 1), ("resi",), ("vpn", 3)]), sticky=1); a = s.who(C(["naive", "web", "app"]))
    for t in s.times():
        if a.dev and RND() < .3: a.dev = uuid()
        ev(t, a, s.ad(), "avail", q=C([b62(3).lower(), uname(), C(FIRST), digits(4)]), st=200 if RND() < .97 else 429)
def insider(s):
    M = C(MODS); a = M.a; a2 = NS(**a.__dict__); a2.lab = s.lab; ad = M.ad if RND() < .6 else home(HOMECC); few = [C(ACCOUNTS) for _ in range(C([1, 2, 5, 300]))]
    for d in range(DAYS):
        if d == 0 and RND() < .6: continue
        t = local(d, M.shift + U(.5, 7), M.tz)
        for _ in range(max(3, min(60, s.n // DAYS))):
            u = C(few); ev(t, a2, ad, wpick({"m_msgs": 5, "m_user": 3, "m_login": 2, "m_find": 1, "m_media": 1}), u=u); t += logn(300 if s.slow else 12, .8)
def dev_leak(s):
    k = C(DEVKEYS); s.net(*C([("dc", 1), ("dc", 4), ("resi",), ("vpn", 2)]), sticky=5); a = s.who("naive"); a.client, a.att = k.client, "none"
    if RND() < .35: a.ua, a.ja4 = k.ua, k.ja4
    acts = C([["followers", "profile"], ["search", "posts_of"], ["create", "create", "me"], ["profile"]]); us = [C(ACCOUNTS) for _ in range(20)]
    for t in s.times():
        if "create" in acts: a.uid = C(us); VICTIM.setdefault(a.uid, t)
        ev(t, a, s.ad(), C(acts), u=C(ACCOUNTS), st=wpick({200: 88, 429: 4, 403: 5, 404: 3}), gql=False)
def rogue_oauth(s):
    """a quiz app that asks for too much and drains what it gets"""
    a = s.who("naive"); a.client, a.att, a.ua = "dev-" + hx(8), "none", C(["quizzo/1.0", "axios/1.7.4", "node"]); s.net("dc", 2, sticky=9)
    for t in s.times(max(3, s.n // 9), "exp"):
        a.uid = C(PEOPLE).uid; VICTIM.setdefault(a.uid, t); ad = s.ad(); ev(t, a, ad, "oauth_token", noid=True)
        for x in ("me", "followers", "following", "inbox", "thread", "thread", "posts_of", "contacts"):
            t += U(.15, 1); ev(t, a, ad, x, u=a.uid, st=403 if x in ("thread", "contacts") and RND() < .3 else 200, gql=False)
SCAN = ["/.env", "/.git/config", "/actuator/env", "/actuator/heapdump", "/swagger.json", "/openapi.json", "/v2/api-docs", "/api-docs", "/server-status", "/phpinfo.php", "/wp-login.php", "/debug/pprof/", "/metrics", "/admin",
        "/console", "/.aws/credentials", "/config.json", "/graphiql", "/graphql/console", "/altair", "/api/swagger-ui.html", "/.DS_Store", "/backup.zip", "/env.js", "/solr/admin/info/system", "/jenkins/login", "/manager/html",
        "/telescope/requests", "/_profiler/phpinfo", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/cgi-bin/luci/;stok=/locale", "/owa/auth/logon.aspx", "/geoserver/web/", "/static/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"]
PAY = ["q=1%27%20OR%20%271%27=%271", "q=%3Cscript%3Ealert(1)%3C/script%3E", "q=1%20UNION%20SELECT%20NULL,NULL--", "q=%7B%7B7*7%7D%7D", "q=%24%7Bjndi:ldap://x.oast.fun/a%7D", "q=1;SELECT%20pg_sleep(5)--", "url=http://169.254.169.254/latest/meta-data/",
       "q=..%2f..%2f..%2fetc%2fpasswd", "q=%27)%20AND%20SLEEP(5)--%20"]
def scanner(s):
    payload = s.kind == "payload-probing"; s.net(*C([("dc", 1), ("dc", 1), ("vpn", 3), ("dc", 12), ("resi",)]), sticky=C([1, 20])); a = s.who("naive" if not payload or RND() < .5 else "web")
    a.ua = C(["Mozilla/5.0 zgrab/0.x", "Fuzz Faster U Fool v2.1.0-dev", "Mozilla/5.0 (compatible; Nuclei - Open-source project)", "sqlmap/1.8.4#stable (https://sqlmap.org)", browser()[0], browser()[0], None])
    for t in s.times():
        if payload:
            ev(t, a, s.ad(), C(["search", "typeahead", "profile", "oembed"]), qraw=C(PAY), u=C([None, "1%27", "..%2f..%2fadmin", "0"]), gql=False, st=wpick({200: 40, 400: 35, 403: 10, 404: 10, 500: 5}), waf=C([5, 8, 10, 15, 20]))
        else:
            p = C(SCAN) if RND() < .6 else PRE + "/" + C(["admin", "internal", "debug", "test", "old", "backup", "users/all", "export", "dump", "config.bak", "private", "keys", "token", "staging"]) + C(["", "", ".json", "/" + digits(2)])
            ev(t, a, s.ad(), "health", path=p, method=C(["GET"] * 9 + ["HEAD", "OPTIONS", "POST"]), st=wpick({404: 80, 403: 12, 400: 4, 401: 4}), waf=C([0, 0, 5, 5, 10]))
def gql_abuse(s):
    mode = C(["introspect", "batch-login", "deep", "suggest"]); s.net(*C([("dc", 1), ("home", 1), ("resi",)]), sticky=C([2, 20]))
    a = s.who(C(["naive", "web", "web"]), burner() if RND() < .6 else None); op = {"introspect": "IntrospectionQuery", "batch-login": "Login", "deep": "ProfileFriends", "suggest": "q"}[mode]
    n = s.n if mode != "introspect" else max(8, s.n // 4)
    for t in s.times(n):
        big = {"introspect": 1800, "batch-login": U(8000, 90000), "deep": U(2000, 12000), "suggest": 900}[mode]
        ev(t, a, s.ad(), "profile", gql=op, size=big, st=wpick({200: 70, 400: 22, 413: 3, 429: 3, 500: 2}) if mode != "batch-login" else 200)
def reset_flood(s):
    one = subject() if RND() < .35 else None; s.net(*C([("dc", 1), ("resi",), ("vpn", 4)]), sticky=C([1, 5])); a = s.who(C(["naive", "web", "app"]))
    for t in s.times():
        if a.dev: a.dev = uuid() if RND() < .5 else a.dev
        ev(t, a, s.ad(), "reset", st=202 if RND() < .88 else 429, login=one or subject(), captcha=U(.1, .6) if a.pf == "web" else None)
def otp(s):
    s.net(*C([("dc", 1), ("resi",), ("resi",), ("mobile", 5)]), sticky=C([1, 3])); a, subj = s.who(C(["naive", "app", "web", "farm"])), subject()
    for i, t in enumerate(s.times()):
        if i % R.randrange(20, 60) == 0: subj = subj if RND() < .6 else subject(); ev(t - 1, a, s.ad(), "reset", st=202, login=subj)
        ev(t, a, s.ad(), C(["resetok", "resetok", "verify"]), st=wpick({400: 90, 429: 8 if not s.slow else 1, 200: .2}), login=subj)
def sms_pump(s):
    s.net(*C([("resi",), ("dc", 3), ("mobile", 5)]), sticky=2); a, pre = s.who(C(["app", "web", "naive"])), C(["+99293", "+25262", "+22467", "+88017", "+6281"])
    for t in s.times():
        if a.dev: a.dev = uuid()
        ev(t, a, s.ad(), "sendcode", st=202 if RND() < .92 else 429, login=pre + digits(7))
def bfla(s):
    s.net(*C([("home", 1), ("vpn", 1), ("dc", 1)]), sticky=30); a = s.who(C(["web", "app", "naive"]), burner())
    acts = ["m_queue", "m_case", "m_user", "m_msgs", "m_find", "m_act", "st_roles", "st_pay", "m_login", "delpost", "export"]
    for t in s.times(min(s.n, 160)):
        if RND() < .25:
            p = C(["/internal/mod/users/%s/suspend", "/internal/mod/flags/%s", PRE + "/" + w_u + "/%s/role", PRE + "/" + w_u + "/%s/verify", PRE + "/admin/" + w_u + "/%s"]) % C(ACCOUNTS)
            ev(t, a, s.ad(), "me", path=p, method=C(["GET", "POST", "PATCH", "PUT"]), st=wpick({403: 60, 404: 25, 401: 8, 405: 7}))
        else: ev(t, a, s.ad(), C(acts), st=wpick({403: 68, 404: 15, 401: 8, 200: 9}), u=C(ACCOUNTS))
        if RND() < .25: ev(t + 1, a, s.cur, C(["me", "feed", "notifs"]))
def repackaged(s):
    """a modded build with a bulk downloader and auto-liker, in many hands"""
    hands = [NS(a=s.who("repack", burner(), s.id + "-u%02d" % i), ad=home(wpick(CCW))) for i in range(R.randrange(3, 12))]
    P, ver = NS(persona="lurker", friends=R.sample(ACCOUNTS, 10), convs=[mkid("c")], vlen=8), C(VERS)
    for h in hands: h.a.ver, h.a.pf, h.a.model, h.a.osv, h.a.client = ver, "android", C(PHONES), C([13, 14, 15]), ANDROID_KEYS[0]; setua(h.a)
    n0 = len(EVENTS)
    while len(EVENTS) - n0 < s.n:
        h, t = C(hands), U(s.t0, s.t0 + s.dur if s.slow else T1); t = start(t, h.a, h.ad); u = C(ACCOUNTS)
        for _ in range(R.randrange(6, 30)): ev(t, h.a, h.ad, C(["mediaget", "mediaget", "posts_of", "like", "seen"]), u=u); t += U(.3, 2.5)
        if t > T1 - 60: s.n -= 10
def replay(s):
    """tokens harvested from one honest installation, used by many made-up devices"""
    s.net(*C([("resi",), ("dc", 5), ("mobile", 6)]), sticky=C([1, 4])); a = s.who("app"); a.att = "ok"; life, got, tok = TOKEN_LIFE * U(.8, 1), -1e9, None
    strict, lazy = RND() < .4, U(1, 1.6); what = C(["login", "contacts", "profile", "like", "signup"])
    for t in s.times():
        if t > got + life * lazy: tok, got = hx(24), t
        a.dev = uuid(); a.uid = None if what in ("login", "signup") else burner(); st = "expired" if t > got + life else "failed" if strict and RND() < .7 else "genuine"
        code = {"expired": "exp", "failed": "replayed"}.get(st)
        ev(t, a, s.ad(), what, att=(st, tok, code), st={"login": 401, "signup": 201}.get(what, 200) if RND() < .95 else 429, login=subject() if what in ("login", "signup") else None, u=C(ACCOUNTS))
def poison(s):
    """a reader who grows slowly, day by day, until the harvest looks usual"""
    s.net(*C([("home", 1), ("dc", 1), ("mobile", 2)]), sticky=60); a, ad = s.who(C(["web", "farm", "app"]), burner()), s.ad(); t0 = U(0, .3) * DAY; span = T1 - t0
    for i in range(s.n):
        t = t0 + span * ((i + RND()) / s.n) ** .45          # rate grows
        x = wpick({"profile": 5, "followers": 3, "posts_of": 3, "feed": 1}); ev(t, a, ad if RND() < .97 else s.ad(), x, u=C(ACCOUNTS))
def search_flood(s):
    s.net(*C([("dc", 2), ("resi",), ("dc", 15)]), sticky=C([1, 3])); a = s.who(C(["naive", "web", "app"]))
    for t in s.times(): ev(t, a, s.ad(), C(["search", "search", "typeahead"]), q=C([b62(3), uname()]), st=wpick({200: 85, 429: 8, 503: 4, 504: 3}) if not s.slow else 200)
# kind: function, weight of being in the world, size fast, size slow
KINDS = {"credential-stuffing": (stuffing, 1, 420, 220), "password-spraying": (stuffing, .75, 220, 130), "account-takeover": (takeover, 1, 45, 30), "session-hijack": (hijack, .8, 40, 30),
         "fake-signup": (fake_signup, .95, 220, 160), "follow-bot": (engagement, .8, 180, 150), "like-bot": (engagement, .7, 200, 150), "dm-spam": (engagement, .7, 140, 90), "comment-spam": (engagement, .5, 120, 90),
         "engagement-farm": (farm, .8, 240, 240), "profile-scraping": (scrape, 1, 420, 260), "contact-enumeration": (contact_enum, .9, 180, 90), "private-media-walking": (walking, .85, 260, 120),
         "conversation-walking": (walking, .6, 180, 90), "username-squatting": (squat, .6, 220, 110), "insider-snooping": (insider, .8, 90, 50), "leaked-developer-key": (dev_leak, .85, 260, 130),
         "rogue-oauth-app": (rogue_oauth, .45, 120, 90), "scanner": (scanner, .95, 220, 70), "payload-probing": (scanner, .6, 130, 50), "graphql-abuse": (gql_abuse, .8, 140, 60), "password-reset-flood": (reset_flood, .75, 220, 100),
         "otp-guessing": (otp, .7, 260, 120), "sms-pumping": (sms_pump, .5, 180, 100), "function-probing": (bfla, .8, 80, 50), "repackaged-app": (repackaged, .7, 150, 150), "token-replay": (replay, .75, 200, 120),
         "baseline-poisoning": (poison, .6, 260, 260), "search-flood": (search_flood, .6, 260, 120)}
def attacks(target):
    plan, DENSITY = [], U(.65, .95)
    for k, (f, w, big, small) in KINDS.items():
        if RND() < w * DENSITY:
            for j in range(C([1, 2, 2, 2, 2, 3])):
                slow = (j % 2 == 1) if j < 2 else RND() < .6
                if j == 0 and RND() < .3: slow = True
                plan.append((k, f, logn(small if slow else big, .5), slow))
    R.shuffle(plan); plan[:2] = [(k, f, n * 2.5, slow) for k, f, n, slow in plan[:2]]; want = target / sum(p[2] for p in plan)
    for k, f, n, slow in plan: f(Inst(k, n * (min(2.2, want) if n > 100 else max(.7, min(2.2, want))), slow))
def main():
    target = int(TOTAL * (1 - SHARE)); robots(); developers(); staff(); creators(); n = oddities(1)
    while len(EVENTS) < target:
        if RND() < .03: newcomer(n)
        else: P = person(n); viral(P); live(P)
        n += 1
    attacks(TOTAL * SHARE); rows = sorted(EVENTS, key=lambda r: r[0]["time"]); os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, "events.ndjson"), "w") as fe, open(os.path.join(OUT, "labels.ndjson"), "w") as fl:
        for i, (e, lab, name, pf) in enumerate(rows):
            e["event_id"] = "s%d-%07d" % (SEED, i)
            l = {"event_id": e["event_id"], "label": lab[0], "kind": lab[1], "instance": lab[2], "caller": name, "platform": {"studio": "web", "staff": "web"}.get(pf, pf)}
            v = VICTIM.get(e.get("user.id"))
            if lab[0] == "benign" and v is not None and e["time"] >= (BASE + v) * 1000: l["victim"] = True
            fe.write(json.dumps(e) + "\n"); fl.write(json.dumps(l) + "\n")

main()
