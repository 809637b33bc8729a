"""Labelled API traffic of a government's e-services: `gov.py SEED OUTDIR`.

The "company" is the digital agency of a small European state. One gateway stands before: sign-in with an electronic
identity (an app of its own, or password and SMS code), a citizens' portal, tax returns with a deadline, appointments at
offices, the vehicle register with fines, open data and the business register, a partners' gateway (accountants,
municipalities, insurers, dealers, a payment provider), and the staff's back office. Citizens come by web and mobile app.

Drawn per seed: country and networks, size, days, start, time zone, diurnal and weekly shape, platforms, share of phones
that attest and how that fails, names, prefixes and hosts of routes (REST, RPC for a service, GraphQL for the portal), the
form of every id, fields the gateway logs, carrier NAT and IPv6, partners and keys, an app release, an outage of a service,
an outage of attestation, a tax deadline, the hour when appointments are released, limits, which attacks come and how.

Distributions from published measurements are cited where used; all others come from no measurement and are drawn wide.
"""
import bisect
import copy
import datetime
import hashlib
import ipaddress
import json
import math
import os
import random
import sys

R = random.Random()
EV = []  # events as they are made; keys that begin with "_" are not written

# country: time zone, (lat, lon), [(asn, "fix"|"mob", IPv4 networks, IPv6 network)]
NETS = {
    "AT": (1, (48.2, 16.37), [(8447, "fix", ["62.46.0.0/15", "91.112.0.0/14"], "2001:871::/32"),
                              (8412, "fix", ["84.112.0.0/13", "80.108.0.0/15"], "2a02:8388::/32"),
                              (25255, "mob", ["178.115.128.0/17"], "2a01:aea0::/32"),
                              (8447, "mob", ["194.166.0.0/16"], "2001:871::/32")]),
    "EE": (2, (59.43, 24.75), [(3249, "fix", ["90.190.0.0/16", "80.235.0.0/17"], "2001:7d0::/32"),
                               (2586, "fix", ["82.131.0.0/17"], "2a07:d880::/32"),
                               (2586, "mob", ["46.131.0.0/17"], "2a07:d880::/32"),
                               (39823, "mob", ["90.130.0.0/17"], "2a00:d880::/32")]),
    "PT": (0, (38.72, -9.14), [(3243, "fix", ["81.193.0.0/16", "85.240.0.0/14"], "2001:8a0::/32"),
                               (2860, "fix", ["89.152.0.0/15"], "2a02:2788::/32"),
                               (12353, "fix", ["77.54.0.0/16"], "2001:818::/32"),
                               (12353, "mob", ["87.103.0.0/17"], "2001:818::/32")]),
    "FI": (2, (60.17, 24.94), [(719, "fix", ["91.152.0.0/13"], "2001:998::/32"),
                               (1759, "fix", ["85.76.0.0/15"], "2001:2003::/32"),
                               (719, "mob", ["85.131.0.0/17"], "2001:999::/32"),
                               (16086, "mob", ["62.78.128.0/17"], "2001:14ba::/32")]),
    "CH": (1, (47.37, 8.54), [(3303, "fix", ["85.0.0.0/13", "178.192.0.0/12"], "2a02:1210::/32"),
                              (6730, "fix", ["178.38.0.0/16"], "2a04:ee00::/32"),
                              (13030, "fix", ["82.197.160.0/19"], "2001:1620::/32"),
                              (3303, "mob", ["213.55.128.0/17"], "2a02:1213::/32")]),
    "BE": (1, (50.85, 4.35), [(5432, "fix", ["81.240.0.0/13", "91.176.0.0/13"], "2a02:a000::/32"),
                              (6848, "fix", ["78.20.0.0/14"], "2a02:1810::/32"),
                              (47377, "mob", ["37.184.0.0/16"], "2a01:4b80::/32"),
                              (5432, "mob", ["188.188.0.0/16"], "2a02:a040::/32")]),
    "CZ": (1, (50.08, 14.43), [(5610, "fix", ["88.100.0.0/14", "90.176.0.0/13"], "2a00:1028::/32"),
                               (16019, "fix", ["46.13.0.0/16"], "2a02:8308::/32"),
                               (13036, "mob", ["37.48.0.0/17"], "2a00:1ca0::/32"),
                               (5610, "mob", ["37.188.128.0/17"], "2a00:1028::/32")]),
    "DK": (1, (55.68, 12.57), [(3292, "fix", ["87.48.0.0/13", "80.160.0.0/13"], "2a05:f6c0::/32"),
                               (9158, "fix", ["80.197.0.0/16"], "2001:1448::/32"),
                               (3292, "mob", ["80.62.0.0/16"], "2a05:f6c7::/32"),
                               (39642, "mob", ["94.147.0.0/16"], "2a00:fd00::/32")]),
}
ABROAD = [("DE", 3320, "79.192.0.0/10", (50.1, 8.68)), ("GB", 2856, "86.128.0.0/10", (51.5, -.12)),
          ("ES", 3352, "83.32.0.0/12", (40.4, -3.7)), ("IT", 3269, "79.16.0.0/12", (41.9, 12.5)),
          ("US", 7922, "73.0.0.0/9", (40.7, -74)), ("TR", 9121, "88.224.0.0/11", (41, 28.97)),
          ("TH", 17552, "171.96.0.0/13", (13.75, 100.5)), ("FR", 3215, "90.0.0.0/9", (48.86, 2.35)),
          ("BR", 28573, "189.0.0.0/11", (-23.5, -46.6)), ("VN", 45899, "113.160.0.0/11", (21, 105.8)),
          ("ID", 7713, "36.64.0.0/11", (-6.2, 106.8)), ("IN", 24560, "122.160.0.0/12", (28.6, 77.2)),
          ("RU", 12389, "95.24.0.0/13", (55.75, 37.6)), ("UA", 15895, "46.211.0.0/16", (50.45, 30.5)),
          ("PL", 5617, "83.0.0.0/11", (52.2, 21))]
HOSTING = [("DE", 24940, "65.108.0.0/15", (50.1, 8.68)), ("FR", 16276, "51.68.0.0/16", (50.7, 3.2)),
           ("DE", 16509, "3.120.0.0/14", (50.1, 8.68)), ("NL", 14061, "165.22.192.0/20", (52.4, 4.9)),
           ("NL", 8075, "20.50.0.0/16", (52.4, 4.9)), ("NL", 396982, "34.90.0.0/15", (52.4, 4.9)),
           ("DE", 51167, "161.97.64.0/18", (48.1, 11.6)), ("US", 14061, "159.89.0.0/16", (40.7, -74)),
           ("LT", 62282, "45.93.20.0/22", (54.7, 25.3))]
VPNS = [("CH", 9009, "146.70.96.0/20", (47.4, 8.5)), ("NL", 60068, "185.107.56.0/22", (52.4, 4.9)),
        ("SE", 39351, "185.213.152.0/22", (59.3, 18.1)), ("DE", 13335, "104.28.32.0/20", (50.1, 8.68)),
        ("DE", 60729, "185.220.101.0/24", (50.1, 8.68))]

# op: service, method, path, status when well, response bytes, milliseconds, request bytes
OPS = {
    "id.start": ("id", "POST", "sessions", 201, 420, 90, 260), "id.poll": ("id", "GET", "sessions/{sess}", 200, 130, 18, 0),
    "id.token": ("id", "POST", "token", 200, 1900, 70, 520), "id.refresh": ("id", "POST", "token/refresh", 200, 1800, 55, 700),
    "id.password": ("id", "POST", "login", 200, 640, 210, 240), "id.otp": ("id", "POST", "otp/verify", 200, 310, 80, 120),
    "id.otpsend": ("id", "POST", "otp/send", 202, 90, 160, 110), "id.recover": ("id", "POST", "recovery", 202, 95, 140, 130),
    "id.register": ("id", "POST", "registrations", 201, 520, 340, 980), "id.userinfo": ("id", "GET", "userinfo", 200, 700, 30, 0),
    "id.device": ("id", "POST", "devices", 201, 480, 260, 1500), "id.activate": ("id", "POST", "devices/{dev}/activate", 200, 220, 190, 160),
    "id.logout": ("id", "POST", "logout", 204, 0, 20, 60),
    "portal.me": ("portal", "GET", "me", 200, 900, 35, 0), "portal.inbox": ("portal", "GET", "inbox", 200, 6200, 80, 0),
    "portal.msg": ("portal", "GET", "inbox/{msg}", 200, 2400, 45, 0), "portal.doc": ("portal", "GET", "documents/{doc}", 200, 180000, 260, 0),
    "portal.notifs": ("portal", "GET", "notifications", 200, 800, 25, 0), "portal.profile": ("portal", "GET", "me/profile", 200, 1500, 35, 0),
    "portal.setprofile": ("portal", "PUT", "me/profile", 200, 1500, 90, 900), "portal.bank": ("portal", "PUT", "me/bank", 200, 260, 120, 180),
    "portal.feed": ("portal", "GET", "me/feed", 200, 9800, 120, 0), "portal.proxy": ("portal", "GET", "mandates", 200, 1700, 60, 0),
    "tax.list": ("tax", "GET", "returns", 200, 2600, 90, 0), "tax.get": ("tax", "GET", "returns/{ret}", 200, 14000, 140, 0),
    "tax.create": ("tax", "POST", "returns", 201, 900, 260, 350), "tax.prefill": ("tax", "GET", "returns/{ret}/prefill", 200, 22000, 700, 0),
    "tax.save": ("tax", "PATCH", "returns/{ret}", 200, 500, 130, 1900), "tax.calc": ("tax", "POST", "returns/{ret}/calculation", 200, 3100, 420, 900),
    "tax.attach": ("tax", "POST", "returns/{ret}/attachments", 201, 300, 800, 900000), "tax.submit": ("tax", "POST", "returns/{ret}/submission", 202, 600, 900, 2600),
    "tax.notice": ("tax", "GET", "returns/{ret}/notice", 200, 240000, 330, 0), "tax.pay": ("tax", "POST", "payments", 201, 400, 380, 320),
    "appt.offices": ("appt", "GET", "offices", 200, 5200, 40, 0), "appt.slots": ("appt", "GET", "offices/{office}/slots", 200, 2300, 75, 0),
    "appt.hold": ("appt", "POST", "holds", 201, 260, 110, 210), "appt.book": ("appt", "POST", "appointments", 201, 520, 190, 430),
    "appt.cancel": ("appt", "DELETE", "appointments/{appt}", 204, 0, 80, 0), "appt.mine": ("appt", "GET", "appointments", 200, 900, 50, 0),
    "veh.list": ("veh", "GET", "vehicles", 200, 1800, 70, 0), "veh.get": ("veh", "GET", "vehicles/{veh}", 200, 3300, 65, 0),
    "veh.plate": ("veh", "GET", "plates/{plate}", 200, 800, 60, 0), "veh.transfer": ("veh", "POST", "vehicles/{veh}/transfer", 202, 500, 320, 1200),
    "veh.register": ("veh", "POST", "registrations", 201, 900, 450, 2600), "veh.fine": ("veh", "GET", "fines/{fine}", 200, 1100, 85, 0),
    "veh.finepay": ("veh", "POST", "fines/{fine}/payment", 201, 380, 350, 300), "veh.owner": ("veh", "GET", "plates/{plate}/holder", 200, 620, 95, 0),
    "data.catalog": ("data", "GET", "datasets", 200, 18000, 110, 0), "data.set": ("data", "GET", "datasets/{ds}", 200, 5400, 50, 0),
    "data.file": ("data", "GET", "datasets/{ds}/files/{file}", 200, 1400000, 900, 0), "data.query": ("data", "GET", "datasets/{ds}/records", 200, 34000, 240, 0),
    "reg.search": ("data", "GET", "companies", 200, 7600, 260, 0), "reg.get": ("data", "GET", "companies/{co}", 200, 3900, 60, 0),
    "part.submit": ("part", "POST", "filings", 202, 340, 620, 14000), "part.status": ("part", "GET", "filings/{job}", 200, 420, 40, 0),
    "part.clients": ("part", "GET", "clients", 200, 16000, 180, 0), "part.client": ("part", "GET", "clients/{ret}", 200, 12000, 130, 0),
    "part.person": ("part", "GET", "persons/{person}", 200, 1700, 70, 0), "part.change": ("part", "POST", "persons/{person}/changes", 202, 260, 210, 900),
    "part.settle": ("part", "POST", "settlements", 204, 0, 120, 760),
    "staff.search": ("staff", "GET", "persons", 200, 4200, 210, 0), "staff.person": ("staff", "GET", "persons/{person}", 200, 7800, 110, 0),
    "staff.case": ("staff", "GET", "cases/{case}", 200, 11000, 130, 0), "staff.note": ("staff", "POST", "cases/{case}/notes", 201, 300, 90, 700),
    "staff.export": ("staff", "POST", "exports", 202, 200, 400, 300), "staff.users": ("staff", "GET", "users", 200, 9000, 140, 0),
    "staff.role": ("staff", "PUT", "users/{person}/roles", 200, 240, 90, 120),
    "sys.health": ("sys", "GET", "health", 200, 40, 4, 0), "sys.config": ("sys", "GET", "config", 200, 2900, 12, 0),
}
QUERIES = {"reg.search": ["q={0}&page={1}", "q={0}&page={1}", "q={0}", "q={0}&page={1}&sort=name"], "data.query": ["offset={2}00", "offset={2}00&limit=100", "filter={0}&offset=0", "sort=name&offset={2}00"],
           "appt.slots": ["week={1}", "week={1}", "week={1}&service=passport"], "tax.list": ["", "year=2023"], "staff.search": ["q={0}&born=19{1:02d}", "q={0}", "q={0}&page={1}"],
           "part.clients": ["page={1}&size=200", ""], "portal.inbox": ["", "", "page={1}", "unread=true"], "data.catalog": ["", "page={1}", "q={0}"]}
WORDS = {"sessions": ["sessions", "transactions", "auth-requests"], "returns": ["returns", "tax-returns", "declarations", "filings"],
         "inbox": ["inbox", "messages", "mailbox"], "documents": ["documents", "files", "attachments"], "offices": ["offices", "locations", "service-points"],
         "slots": ["slots", "availability", "free-times"], "vehicles": ["vehicles", "cars", "registry-entries"], "plates": ["plates", "plate-numbers", "lookup"],
         "fines": ["fines", "penalties", "tickets"], "datasets": ["datasets", "packages", "collections"], "companies": ["companies", "businesses", "entities"],
         "persons": ["persons", "residents", "people"], "clients": ["clients", "mandators", "taxpayers"], "holds": ["holds", "reservations", "slot-locks"],
         "login": ["login", "password", "signin", "authenticate"], "recovery": ["recovery", "password-reset", "forgot-password"],
         "submission": ["submission", "submit", "file"], "calculation": ["calculation", "estimate", "preview"], "me": ["me", "self", "citizen"]}
SENSITIVE = ("id.start", "id.password", "id.otp", "id.register", "id.device", "id.refresh", "tax.submit", "appt.book", "appt.hold", "portal.bank", "veh.transfer")
SIGNIN = ("id.start", "id.password", "id.recover", "id.register", "id.otpsend")
OFFICES = [p + s for p in ("north", "south", "east", "west", "central", "old-town", "harbour", "airport") for s in ("", "-passport", "-vehicles")]
TOPICS = ["air-quality", "budget", "traffic-counts", "population", "schools", "election-results", "geo-addresses", "weather", "public-transport", "procurement",
          "hospital-beds", "land-use", "energy", "noise", "water-levels", "company-changes"]
NAMES = ["anna", "jan", "maria", "peter", "eva", "tomas", "laura", "marko", "sofia", "paul", "lena", "joao", "mikko", "liis", "karin", "luca", "nina", "erik", "ines", "david"]
SURNAMES = ["huber", "novak", "silva", "tamm", "virtanen", "meier", "jensen", "peeters", "svoboda", "costa", "korhonen", "weber", "kask", "nielsen", "maes", "gruber"]
ANDROIDS = ["SM-S911B", "SM-A546B", "Pixel 7", "Pixel 8a", "2201117TY", "moto g54", "SM-A155F", "CPH2477", "XQ-DC54", "M2101K6G", "SM-G991B"]
JA4 = {"android": "t13d1513h2_8daaf6152771_eca864cca44a", "ios": "t13d2014h2_a09f3c656075_e42f34c56612", "chrome": "t13d1516h2_8daaf6152771_02713d6af862",
       "firefox": "t13d1715h2_5b57614c22b0_3d5424432f57", "safari": "t13d2014h2_a09f3c656075_14788d8d241b", "python": "t13d1812h1_85036bcba153_b26ce05bbdd6",
       "curl": "t13d3112h2_e8f1e7e78f70_375ca2c5e164", "go": "t13d1312h2_f57a46bbacb6_ab7e3b40a677", "java": "t13d4907h1_0d8feac7bc37_7395dae3b2f3",
       "dotnet": "t12d2209h1_d34a8e72043a_eb7c9aabf852", "proxy": "t12d1909h1_d83cc789557e_7af1ed941c26", "node": "t13d5911h1_a33745022dd6_1f22a2ca17c4"}
SCRIPTS = [("python-requests/2.31.0", "python"), ("python-requests/2.28.2", "python"), ("python-httpx/0.27.0", "python"), ("curl/8.5.0", "curl"), ("Go-http-client/2.0", "go"),
           ("okhttp/4.12.0", "android"), ("axios/1.6.8", "node"), ("Java/17.0.9", "java")]
# Hourly shares of HMRC's self-assessment deadline day, 31 January 2022: 630,000 filed, 52,475 from 16 to 17 h, 20,947 from
# 23 to 24 h (https://todayminutes.com/self-assessment-over-two-million-expected-tax-returns-miss-31-january-deadline-say-hmrc/);
# the hours between are interpolated by hand.
DEADLINE_DAY = [.8, .4, .3, .2, .2, .4, .9, 1.8, 3.4, 5.2, 6.6, 7.2, 7.2, 7.4, 7.8, 8.1, 8.3, 7.5, 6.2, 5.3, 4.8, 4.3, 3.9, 3.3]
CITIZEN = [2, 1, .6, .4, .4, .8, 2, 4, 6, 7.2, 7.6, 7.3, 6.8, 6.6, 6.3, 6, 5.8, 5.6, 5.6, 5.9, 6.1, 5.6, 4.4, 3]
OFFICE = [.1, .1, .1, .1, .1, .2, 1, 4, 9, 11, 11, 9.5, 5.5, 8, 9.5, 9, 7, 3.5, 1.4, .6, .4, .3, .2, .1]
NIGHT = [9, 11, 12, 11, 8, 5, 2, .7, .5, .4, .4, .4, .4, .4, .4, .4, .5, .7, 1, 2, 3, 5, 7, 8]

class World:
    """What is drawn once per seed."""

class Client:
    """One caller's device or program; `at` is how it attests, None when it cannot."""

    def __init__(self, kind, plat, place, ua, **kw):
        self.kind, self.plat, self.place, self.ua = kind, plat, place, ua
        self.api = self.dev = self.user = self.sess = self.ver = self.ja4 = self.at = self.tok = self.roam = None
        self.label, self.inst, self.caller, self.retry, self.human, self.toks = "benign", "", kind, "none", R.choice((.4, .6, .8, .8, .85)), (None, -1e9)
        self.__dict__.update(kw)

W = World()

def pick(weights):
    """A key of a dict of weights."""
    return R.choices(list(weights), list(weights.values()))[0]

def hexid(text, n):
    return hashlib.md5(f"{W.seed}:{text}".encode()).hexdigest()[:n]

def fresh(n=16):
    return f"{R.getrandbits(4 * n):0{n}x}"

def make_id(kind, n):
    """The n-th id of a kind, in the form this world draws for it."""
    n = int(n)
    form, h = W.idform[kind], hexid(f"{kind}{n}", 32)
    if form == "seq": return str(W.idbase[kind] + n)
    if form == "uuid": return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"
    if form == "year": return f"{W.start.year - 1}-{W.idbase[kind] % 10 ** 6 + n:08d}"
    if form == "opaque": return "".join("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"[int(h[i:i + 2], 16) % 56] for i in range(0, 28, 2))
    if form == "plate":
        n = n * 7 + 40000
        return f"{'ABCDEFGHJKLMNPRSTUVWXYZ'[n // 99999 % 23]}{'ABCDEFGHJKLMNPRSTUVWXYZ'[n // 9999 % 23]}{n % 9999:04d}"
    return h[:20]

# ---- places -------------------------------------------------------------------------------------------------------------

def v4(net):
    n = ipaddress.ip_network(net)
    while True:
        a = int(n.network_address) + R.randrange(n.num_addresses)
        if a & 255 not in (0, 255): return str(ipaddress.IPv4Address(a))

def v6(net):
    base = int(ipaddress.ip_network(net).network_address)
    return str(ipaddress.IPv6Address(base | R.getrandbits(24) << 72 | R.getrandbits(6) << 64 | R.getrandbits(64)))

def place(addr, cc, asn, geo):
    return addr, cc, asn, (round(geo[0] + R.gauss(0, .35), 3), round(geo[1] + R.gauss(0, .5), 3))

def fixed_place(v6share=None):
    """A line at home, or with v6share 0 the one address of an office."""
    asn, _, nets, six = R.choice(W.fix)
    return place(v6(six) if R.random() < (W.v6fix if v6share is None else v6share) else v4(R.choice(nets)), W.cc, asn, W.geo)

def mobile_place(op):
    asn, _, _, six = W.mob[op]
    return place(v6(six) if R.random() < W.v6mob[op] else R.choice(W.cgn[op]), W.cc, asn, W.geo)

def listed_place(rows, weights=None):
    cc, asn, net, geo = R.choices(rows, weights)[0]
    return place(v4(net), cc, asn, geo)

# ---- clients ------------------------------------------------------------------------------------------------------------

def app_ua(plat, app, ver, dev):
    k = int(hexid(f"model{dev}", 6), 16)
    if plat == "android": return f"{app}/{ver} (Android {11 + k % 5}; {ANDROIDS[k % len(ANDROIDS)]}) okhttp/4.{W.okhttp}.0"
    return f"{app}/{ver} CFNetwork/{(1410, 1474, 1494, 1568)[k % 4]}.0.4 Darwin/{(22, 23, 23, 24)[k % 4]}.{k % 6}.0"

def browser():
    kind = pick(W.browsers)
    v = W.chrome - R.choice((0, 0, 0, 1, 1, 2, 6))
    ua = {"chrome": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
          "edge": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0",
          "android": f"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
          "firefox": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
          "iphone": f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_{R.randint(1, 6)} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{R.randint(1, 6)} Mobile/15E148 Safari/604.1",
          "mac": f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{R.randint(1, 6)} Safari/605.1.15"}[kind]
    return ua, JA4[{"edge": "chrome", "android": "chrome", "iphone": "safari", "mac": "safari"}.get(kind, kind)]

def web_client(kind, where, **kw):
    ua, ja4 = kw.pop("agent", None) or browser()
    c = Client(kind, "web", where, ua, **{"ja4": ja4, "api": "citizen-web", "sess": fresh(24), **kw})
    if W.webcookie and c.dev is None and R.random() < .9: c.dev = W.devform("w" + fresh())
    return c

def app_client(kind, plat, where, ver, at, dev=None, app="GovApp", **kw):
    dev = dev or W.devform(fresh())
    api = ("eid-" if app == "eID" else "citizen-") + plat + (("-" + ver.rsplit(".", 1)[0]) if W.apiver else "")
    return Client(kind, plat, where, app_ua(plat, app, ver, dev), api=api, dev=dev, ver=ver, at=at, ja4=JA4[plat], sess=fresh(24), **kw)

class User:
    """A citizen: number, name, phone or browser, home, operator, and a trait that makes some of them odd."""

    def __init__(self, n):
        self.n, self.trait = n, pick(W.traits)
        self.subject = {"email": f"{R.choice(NAMES)}.{R.choice(SURNAMES)}{n % 97 or ''}@{R.choice(W.mails)}",
                        "number": f"{R.randint(1, 6)}{R.randint(40, 99)}{R.randint(1, 12):02d}{R.randint(1, 28):02d}{n:05d}"[-11:],
                        "name": f"{R.choice(SURNAMES)}{n}"}[W.subject]
        self.plat, self.second = pick(W.plats), R.random() < .3
        if self.trait in ("rooted-phone", "custom-rom"): self.plat = "ios" if self.trait == "rooted-phone" and R.random() < .25 else "android"
        self.dev, self.webdev, self.op, self.home = W.devform(f"u{n}"), W.devform(f"w{n}"), R.randrange(len(W.mob)), fixed_place() if R.random() < .98 else listed_place(ABROAD, W.abroad)
        self.agent, self.early, self.ver = browser(), R.random(), R.choices(W.oldver, W.oldshare)[0]
        self.old = W.oldver.index(self.ver) >= W.attest_from
        self.at = {"rooted-phone": "root", "custom-rom": "rom", "clock-skew": "clock"}.get(self.trait, "old" if self.old else "ok")

    def client(self, t, plat=None, kind=None, new=False):
        """This person's client for one session."""
        plat = plat or (self.plat if not self.second or R.random() < .7 else "web")
        kind = kind or (self.trait if self.trait != "plain" and not (plat == "web" and self.trait in ("rooted-phone", "custom-rom", "clock-skew"))
                        else "citizen-web" if plat == "web" else "citizen-app")
        where = self.home if R.random() < (.85 if plat == "web" else .45) else mobile_place(self.op)
        if self.trait == "traveller" and R.random() < .8: where = listed_place(ABROAD, W.abroad)
        if self.trait == "vpn-user": where = listed_place(VPNS)
        kw = dict(user=self, caller=f"citizen-{self.n}")
        if plat == "web": return web_client(kind, where, agent=self.agent, dev=self.webdev if W.webcookie else None, **kw)
        ver = W.newver if t > W.release and self.early < 1 - math.exp((W.release - t) / W.adopt) else self.ver
        roam = self.op if self.trait == "traveller" or R.random() < .25 else None
        retry = "tight" if ver == W.badver else "backoff"
        return app_client(kind, plat, where, ver, self.at, None if new else self.dev, roam=roam, retry=retry, **kw)

# ---- one request --------------------------------------------------------------------------------------------------------

def attest(c, t, op):
    if c.at is None: return {"attestation.status": "none"} if W.attnone else {}
    if not W.attall and op not in SENSITIVE: return {}
    s, code = "genuine", None
    if c.at == "replay":
        s, code = ("genuine", None) if t < c.tok[1] else ("expired", "token_expired")
        tok = c.tok[0]
    else:
        tok, made = c.toks
        if t - made > W.toklife or W.tokeach: c.toks = tok, made = fresh(24), t
        x = int(hexid(f"x{tok}", 6), 16) / 16 ** 6
        down = c.plat == W.attdown[0] and W.attdown[1] < t < W.attdown[2]
        if c.at == "root": s, code = "failed", "app_not_recognised" if hexid(f"r{c.dev}", 1) < "5" else "device_integrity"
        elif c.at in ("rom", "old", "miss"): s, code = "missing", {"rom": "no_provider", "old": "no_token"}.get(c.at, "no_token")
        elif c.at == "fail": s, code = "failed", "app_not_recognised" if x < .8 else "device_integrity"
        elif down and x < W.attdown[3]: s, code = "missing", "provider_unavailable"
        elif c.at == "clock": s, code = ("expired", "token_expired") if x < .7 else ("genuine", None)
        # Google puts the share of devices that lose MEETS_DEVICE_INTEGRITY by one stricter check at 0.4 %
        # (developer.android.com/google/play/integrity/improvements); the other shares are drawn.
        elif x < W.attnoise: s, code = R.choices((("expired", "token_expired"), ("missing", "timeout"), ("failed", "device_integrity")), (5, 4, 2))[0]
    out = {"attestation.status": s, "attestation.issuer": "app"}
    if code and W.log["attcode"]: out["attestation.code"] = code
    if s != "missing" and W.log["atttoken"]: out["attestation.token"] = tok
    return out

def overload(t):
    """How far beyond its means the tax service is, 0 to 1, in the hours before the deadline."""
    left = W.deadline - t
    return W.strain * math.exp(-left / 9000) if 0 < left < 30000 else 0

def go(c, t, op, n=0, m=0, status=None, q=None, subject=None, path=None, method=None, waf=0., tries=0):
    """Log one request (and the retries of an honest client); returns the time when it ends and its status."""
    svc, meth, _, ok, rsize, ms, qsize = OPS[op] if op else ("sys", method, None, 404, 150, 6, 0)
    meth = method or meth
    st = status or ok
    if op:
        x = R.random()
        if svc == W.outage[0] and W.outage[1] < t < W.outage[2] and x < W.outage[3]: st = R.choice((503, 503, 504, 502))
        elif svc == "tax" and x < overload(t): st = R.choice((503, 503, 429, 504))
        elif x < W.noise5xx: st = R.choice((500, 502, 503, 504))
        elif status: st = status
        elif x < W.noise5xx + W.noise4xx: st = R.choice({"POST": (400, 422, 409, 401), "PATCH": (409, 422), "PUT": (400, 422)}.get(meth, (404, 401, 404, 403)))
        elif meth == "GET" and c.plat == "web" and ok == 200 and x > 1 - W.p304 and svc in ("portal", "data", "appt", "sys"): st = 304
    if c.roam is not None and R.random() < .04: c.place = mobile_place(c.roam)
    addr, cc, asn, geo = c.place
    lat = ms * W.speed / 1000 * R.lognormvariate(0, .45) * (1 + 4 * overload(t) * (svc == "tax"))
    lat = {502: .3, 503: .1, 504: 30, 429: .004, 400: .02}.get(st, lat * (.6 if st >= 400 else 1))
    if st == 503: lat *= R.lognormvariate(0, 1)
    rpc, gql = svc in W.rpc, svc == "portal" and W.graphql
    if q is None and op in QUERIES and R.random() < .8: q = R.choice(QUERIES[op]).format(R.choice(SURNAMES), R.randint(1, 12), R.randint(0, 40))
    if path is None: route, path, q, meth = W.render(op, n, m, q, c, rpc, gql, meth)
    else: route = None
    e = {"_t": t, "http.request.method": meth, "url.path": path, "http.response.status_code": st, "client.address": addr,
         "_svc": svc, "_op": op, "_c": c, "_u": c.user.n if c.user else None, "_kind": c.kind}
    L = W.log
    if q and L["query"]: e["url.query"] = q if L["query"] == "full" else "&".join(p.split("=")[0] + "=" for p in q.split("&"))
    if L["size"]:
        if meth in ("POST", "PUT", "PATCH", "_OTHER"): e["http.request.size"] = int(max(40, qsize * R.lognormvariate(0, .25))) if qsize else R.randint(20, 400)
        e["http.response.size"] = 0 if st in (204, 304) or meth == "HEAD" else \
            int(R.lognormvariate(math.log(170), .2)) if st >= 400 else int(max(12, rsize * R.lognormvariate(0, W.sizespread)))
    if L["duration"]: e["http.server.request.duration"] = round(max(.001, lat), 4)
    signed = c.user and (svc != "id" or op in ("id.refresh", "id.userinfo", "id.logout", "id.device")) and st != 401
    rows = (("user", "user.id", signed and make_id("user", c.user.n)), ("session", "session.id", c.sess), ("device", "device.id", c.dev), ("api", "api.client", c.api),
            ("subject", "login.subject", subject), ("ver", "app.version", c.ver), ("cc", "geo.country", cc), ("geo", "geo.location.lat", geo[0]), ("geo", "geo.location.lon", geo[1]),
            ("asn", "network.asn", asn), ("ja4", "tls.client.ja4", c.ja4), ("host", "server.address", path != "*" and W.hosts[svc]), ("ua", "user_agent.original", c.ua),
            ("reqid", "http.request.id", fresh()), ("route", "http.route", route))
    e.update((field, value) for logged, field, value in rows if L[logged] and value)
    if L["captcha"] and c.plat == "web" and op in SIGNIN and c.api: e["captcha.score"] = round(min(.9, max(.1, R.betavariate(5 * c.human, 5 * (1 - c.human)))), 1)
    if L["challenge"] and c.plat == "web" and op in SIGNIN and R.random() < (.4 if st in (401, 429) else .08):
        e["challenge.result"] = "met" if R.random() < c.human else "unmet"
    if L["waf"]:
        w = waf or (R.choice((3, 5, 5, 8, 10)) if R.random() < (.02 if meth in ("POST", "PATCH") else .003) else 0)
        if w or L["waf"] == "always": e["waf.score"] = w
    e.update(attest(c, t, op))
    EV.append(e)
    t += max(.002, lat)
    if st in (502, 503, 504) and c.label == "benign" and tries < (12 if c.retry == "tight" else 4) and (c.retry != "none" or R.random() < .5):
        gap = R.uniform(.8, 1.3) if c.retry == "tight" else (2 ** tries) * R.uniform(.5, 1.5) if c.retry == "backoff" else R.uniform(3, 25)
        return go(c, t + gap, op, n, m, status, q, subject, tries=tries + 1)
    return t + .005, st

def make_render():
    """Names of routes: words, prefixes, REST, RPC or GraphQL."""
    words = {k: R.choice(v) for k, v in WORDS.items()}
    style = R.choice(("flat", "service", "versioned", "locale"))
    ver = {s: R.choice((1, 1, 2, 3)) for s in ("id", "portal", "tax", "appt", "veh", "data", "part", "staff", "sys")}
    names = {"id": R.choice(("id", "auth", "identity", "eid")), "portal": R.choice(("portal", "citizen-portal", "my")), "tax": R.choice(("tax", "revenue", "fisc")),
             "appt": R.choice(("appointments", "booking", "termin")), "veh": R.choice(("vehicle-registry", "mobility", "dmv")), "data": R.choice(("data", "open", "opendata")),
             "part": R.choice(("partners", "b2g", "exchange")), "staff": R.choice(("backoffice", "admin", "internal")), "sys": ""}
    domain = f"{R.choice(('gov', 'eservices', 'egov', 'state'))}.{W.cc.lower()}"
    many = R.random() < .6
    W.hosts = {s: f"{names[s] or 'api'}.{domain}" if many else f"api.{domain}" for s in names}
    kinds = {"sess": "sess", "msg": "msg", "doc": "doc", "ret": "ret", "veh": "veh", "plate": "plate", "fine": "fine", "co": "co", "job": "job",
             "person": "user", "case": "case", "appt": "appt", "dev": "dev"}

    def render(op, n, m, q, c, rpc, gql, meth):
        svc, _, tpl, *_ = OPS[op]
        one = {"office": OFFICES[int(n) % len(OFFICES)], "ds": W.slugs[int(n) % len(W.slugs)], "file": f"{R.choice(('2022', '2023', '2024', 'latest'))}.{W.fileext[int(m) % 3]}"}
        if svc == "sys": return f"/{tpl}", f"/{tpl}", q, meth
        if gql: return "/graphql", "/graphql", "operationName=" + "".join(w.title() for w in op.split(".")), "POST"
        if rpc:
            p = f"/rpc/{names[svc].replace('-', '')}.{op.split('.')[1].title()}"
            ids = [make_id(kinds[k], n) if k in kinds else one[k] for k in _fields(tpl)]
            q = "&".join([f"id={i}" for i in ids[:1]] + ([q] if q else []))
            return p, p, q or None, "GET" if meth == "GET" else "POST"
        parts = [words.get(p, p) for p in tpl.split("/")]
        if W.camel: parts = [p if "{" in p else p.split("-")[0] + "".join(x.title() for x in p.split("-")[1:]) for p in parts]
        v = f"v{ver[svc] + (1 if op == 'portal.inbox' and c.ver == W.newver else 0)}"
        head = {"flat": f"/api/{names[svc]}" if not many else "/api", "service": f"/{names[svc]}/{v}", "versioned": f"/{v}/{names[svc]}" if not many else f"/{v}",
                "locale": f"/{W.cc.lower()}/{names[svc]}/{v}"}[style]
        route = head + "/" + "/".join(parts)
        path = route
        for k in _fields(tpl): path = path.replace("{" + k + "}", make_id(kinds[k], n) if k in kinds else one[k], 1)
        return route, path, q, meth
    return render

def _fields(tpl):
    return [p[1:-1] for p in tpl.split("/") if p.startswith("{")]

# ---- the world ----------------------------------------------------------------------------------------------------------

def draw_world(seed):
    R.seed(f"gov-{seed}")
    W.seed = seed
    W.total, W.days, W.share = R.randint(63000, 97000), R.randint(2, 4), R.uniform(.03, .082)
    W.start = datetime.datetime(2024, R.randint(1, 12), R.randint(1, 25), R.choice((0, 0, 3, 6, 9, 14, 20)), tzinfo=datetime.timezone.utc)
    W.t0, W.span = W.start.timestamp(), W.days * 86400
    W.cc = R.choice(sorted(NETS))
    W.tz, W.geo, nets = NETS[W.cc]
    W.fix, W.mob = [n for n in nets if n[1] == "fix"], [n for n in nets if n[1] == "mob"] + [[n for n in nets if n[1] == "fix"][0]] * R.randint(0, 1)
    W.abroad = [.25 + R.lognormvariate(0, .8) for _ in ABROAD]
    # Carrier NAT: most mobile networks share addresses (Richter et al., IMC 2016, arXiv 1605.05606: over 90 % of cellular
    # networks); how many subscribers share one address, and the share of IPv6, are drawn.
    W.cgn = [[v4(m[2][0]) for _ in range(R.randint(3, 24))] for m in W.mob]
    W.v6fix, W.v6mob = R.uniform(.05, .6), [R.choice((0, R.uniform(.1, .85))) for _ in W.mob]
    flat = R.uniform(0, .6)
    W.shape = {k: [v * (1 - flat) + flat * 4.17 if k == "citizen" else v for v in s] for k, s in (("citizen", CITIZEN), ("office", OFFICE), ("night", NIGHT))}
    W.weekend = {"citizen": R.uniform(.4, 1.1), "office": R.uniform(.02, .15), "night": R.uniform(.5, 1)}
    local = [(d, datetime.datetime(W.start.year, W.start.month, W.start.day, tzinfo=datetime.timezone.utc).timestamp() + 86400 * d - W.tz * 3600) for d in range(W.days + 1)]
    day, W.dday = R.choice([x for x in local if W.t0 < x[1] + 50000 < W.t0 + W.span - 30000])
    W.deadline, W.strain = W.dday + 86400 if R.random() < .75 else W.t0 + 9e9, R.uniform(.1, .5)
    W.drop = R.choice([x[1] for x in local if W.t0 < x[1] + 28800 < W.t0 + W.span - 9000]) + R.choice((6, 7, 8, 8, 9, 12)) * 3600
    W.push = W.t0 + R.uniform(.1, .9) * W.span
    t = W.t0 + R.uniform(.1, .85) * W.span
    W.outage = (R.choice(("id", "tax", "portal", "appt", "veh")), t, t + R.uniform(400, 3600), R.uniform(.5, 1))
    t = W.t0 + R.uniform(.05, .9) * W.span
    W.attdown = (R.choice(("android", "ios")), t, t + R.uniform(1200, 14000), R.uniform(.4, 1))
    W.release, W.adopt = W.t0 + R.uniform(.1, .8) * W.span, R.uniform(20000, 200000)
    major = R.randint(3, 7)
    W.newver, W.oldver = f"{major}.{R.randint(5, 9)}.0", [f"{major}.{R.randint(2, 4)}.{i}" for i in (2, 1)] + [f"{major}.1.0", f"{major - 1}.9.3"]
    W.oldshare, W.attest_from, W.badver = [60, 22, R.randint(4, 14), R.randint(1, 6)], 3 if R.random() < .8 else 4, R.choice([W.newver, W.oldver[1], "none"])
    W.plats = {"android": R.uniform(20, 45), "ios": R.uniform(12, 35), "web": R.uniform(25, 60)}
    W.browsers = {"chrome": R.uniform(30, 45), "edge": R.uniform(8, 16), "android": R.uniform(12, 25), "firefox": R.uniform(5, 12), "iphone": R.uniform(10, 22), "mac": R.uniform(4, 8)}
    W.chrome, W.okhttp = R.randint(119, 131), R.choice((10, 11, 12))
    W.traits = {"plain": 72, "traveller": R.uniform(2, 6), "rooted-phone": R.uniform(.8, 4), "custom-rom": R.uniform(.5, 3), "clock-skew": R.uniform(.5, 3),
                "vpn-user": R.uniform(1.5, 6), "power-user": R.uniform(1, 4), "forgetful-user": R.uniform(2, 5)}
    W.attnoise, W.attall, W.attnone = R.uniform(.004, .03), R.random() < .75, R.random() < .5
    W.toklife, W.tokeach = R.choice((300, 900, 3600, 86400)), R.random() < .2
    W.noise5xx, W.noise4xx, W.p304 = R.uniform(.0005, .004), R.uniform(.004, .02), R.choice((0, R.uniform(.03, .2)))
    W.share_eid = R.uniform(.25, .8)
    W.speed, W.sizespread = R.uniform(.5, 2.2), R.uniform(.25, .9)
    forms = ["seq", "seq", "uuid", "opaque", "hash", "year"]
    W.idform = {k: R.choice(forms) for k in ("msg", "doc", "ret", "veh", "fine", "co", "job", "case", "appt")}
    W.idform.update(user=R.choice(("seq", "uuid", "opaque", "hash")), sess=R.choice(("uuid", "opaque", "hash")), dev=R.choice(("uuid", "hash")), plate="plate")
    W.idbase = {k: R.randrange(10 ** 5, 9 * 10 ** 7) for k in W.idform}
    form = R.choice(("uuid", "hex", "prefixed"))
    W.devform = lambda s: (lambda h: f"{h[:8]}-{h[8:12]}-4{h[13:16]}-b{h[17:20]}-{h[20:]}" if form == "uuid" else h[:16] if form == "hex" else "dv_" + h[:20])(hexid("dev" + s, 32))
    W.subject, W.mails = R.choice(("email", "number", "name")), [f"mail.{W.cc.lower()}", "gmail.com", "outlook.com", "proton.me"]
    W.rpc, W.graphql, W.camel = R.choice(((), (), ("tax",), ("veh",), ("appt", "veh"), ("part",))), R.random() < .3, R.random() < .4
    W.slugs, W.fileext = R.sample([f"{a}-{b}" if b else a for a in TOPICS for b in ("", "monthly", "by-region", "2023")], 45), R.choice((("csv", "json", "zip"), ("csv", "xlsx", "parquet"), ("json", "geojson", "gpkg")))
    W.webcookie, W.apiver = R.random() < .4, R.random() < .3
    on = lambda p: R.random() < p
    W.log = {"query": R.choice((None, "names", "names", "full")), "route": on(.6), "host": on(.8), "ua": True, "reqid": on(.5), "size": on(.85), "duration": on(.85), "user": on(.9),
             "session": on(.75), "device": on(.75), "api": on(.85), "subject": on(.85), "ver": on(.7), "cc": on(.7), "geo": on(.4), "asn": on(.6), "ja4": on(.6),
             "captcha": on(.35), "waf": R.choice((None, None, "hits", "always")), "attcode": on(.7), "atttoken": on(.65), "challenge": on(.25)}
    W.limits = {"signin": R.choice((40, 80, 150)), "data": R.choice((90, 200, 600)), "plate": R.choice((60, 200, 999))}
    W.render = make_render()
    W.people = [User(i) for i in range(R.randint(2600, 5200))]
    W.by = {k: [u for u in W.people if u.trait == k] for k in W.traits}
    W.curve = {}
    partners()

def partners():
    def firm(pre, i, where=None, staff=0):
        agent = R.choice((("Java/17.0.9", "java"), ("Apache-HttpClient/4.5.14 (Java/11.0.22)", "java"), ("RestSharp/110.2.0.0", "dotnet"), ("python-requests/2.31.0", "python"),
                          ("Go-http-client/1.1", "go"), ("axios/1.6.2", "node"), ("okhttp/4.9.3", "android"), (f"{R.choice(('TaxSuite', 'KommunalOffice', 'FlottX', 'SteuerPro'))}/{R.randint(3, 24)}.{R.randint(0, 9)}", "dotnet")))
        where = where or (fixed_place() if R.random() < .5 else listed_place(HOSTING))
        return Client("", "server", where, agent[0], ja4=agent[1] and JA4[agent[1]], api=f"{pre}-{hexid(pre + str(i), R.choice((4, 6)))}",
                      caller=f"{pre}-{i}", retry=R.choice(("none", "backoff", "tight")), base=R.randrange(10 ** 5), office=[fixed_place(0)] * 3 + [fixed_place()], staff=staff)
    W.acc = [firm("acc", i, staff=R.randint(1, 9)) for i in range(R.randint(6, 16))]
    W.mun = [firm("mun", i, staff=R.randint(2, 30)) for i in range(R.randint(5, 14))]
    W.ins, W.dlr = [firm("ins", i) for i in range(R.randint(2, 5))], [firm("dlr", i) for i in range(R.randint(5, 18))]
    W.psp, W.od = [firm("psp", i) for i in range(2)], [firm("od", i) for i in range(R.randint(6, 20))]
    W.agency = [fixed_place(0) for _ in range(R.randint(2, 5))]
    W.offices = [fixed_place(0) for _ in range(R.randint(3, 9))]
    W.schools = [fixed_place(0) for _ in range(3)]

# ---- time ---------------------------------------------------------------------------------------------------------------

def when(shape, n=None):
    """A moment (or n sorted ones) by a daily and weekly shape; "tax" adds the rush to the deadline."""
    if shape not in W.curve:
        acc, total = [], 0
        for b in range(W.span // 300):
            t = W.t0 + b * 300
            h = int((t + W.tz * 3600) / 3600)
            base = "citizen" if shape == "tax" else shape
            w = W.shape[base][h % 24] * (W.weekend[base] if (h // 24 + 3) % 7 > 4 else 1) if base in W.shape else 4.17
            if shape == "tax" and W.dday <= t < W.dday + 86400 and W.deadline < 9e9: w = DEADLINE_DAY[h % 24] * 2.6
            elif shape == "tax" and t > W.deadline: w *= .25
            total += w
            acc.append(total)
        W.curve[shape] = acc
    acc = W.curve[shape]
    ts = [W.t0 + 300 * bisect.bisect(acc, R.random() * acc[-1]) + R.random() * 300 for _ in range(n or 1)]
    return sorted(ts) if n else ts[0]

def gap(median, sd=.8):
    return R.lognormvariate(math.log(median), sd)

# ---- what citizens do ---------------------------------------------------------------------------------------------------

def sign_in(c, t, u, fails=0):
    """Web: push to the identity app and polling, or password and code. App: a refresh, now and then a full sign-in."""
    if c.plat != "web" and R.random() < .75: return go(c, t, "id.refresh")[0]
    if R.random() < W.share_eid and not fails:
        t, st = go(c, t, "id.start", subject=u.subject)
        n = R.randrange(10 ** 7)
        for _ in range(int(gap(5))): t, _ = go(c, t + 2, "id.poll", n)
        if u.plat != "web" and R.random() < .8:
            phone = app_client("eid-app", u.plat, mobile_place(u.op), u.ver, u.at, u.dev, "eID", user=u, caller=c.caller)
            go(phone, t - R.uniform(1, 3), "id.token")
    else:
        for _ in range(fails): t, _ = go(c, t + gap(9), "id.password", status=R.choice((401, 401, 401, 400)), subject=u.subject)
        t, _ = go(c, t + gap(8), "id.password", subject=u.subject)
        t, _ = go(c, t, "id.otpsend", subject=u.subject) if R.random() < .4 else (t, 0)
        for _ in range(R.choice((0, 0, 0, 1, 2)) if R.random() < .3 else 0): t, _ = go(c, t + gap(14), "id.otp", status=422)
        t, _ = go(c, t + gap(16), "id.otp")
    t, _ = go(c, t, "id.token")
    return go(c, t, "id.userinfo")[0]

def home(c, t):
    """The first screen: a burst of calls side by side."""
    ops = ["portal.me", "portal.inbox", "portal.notifs"] + (["portal.feed", "tax.list", "veh.list"] if c.ver == W.newver else R.sample(["tax.list", "veh.list", "appt.mine", "portal.proxy"], 2))
    for op in ops + ["sys.config"] * (R.random() < .5): go(c, t + R.random() * .4, op)
    return t + 1

def intent(c, t, u, what):
    n = u.n
    if what == "inbox":
        for i in range(R.randint(1, 4)):
            t, _ = go(c, t + gap(7), "portal.msg", n * 16 + i)
            if R.random() < .4: t, _ = go(c, t + gap(4), "portal.doc", n * 8 + i % 8)
    elif what == "tax-view":
        t, _ = go(c, t + gap(5), "tax.list")
        for i in R.sample(range(4), R.randint(1, 3)): t, _ = go(c, t + gap(12), R.choice(("tax.get", "tax.get", "tax.notice")), n * 4 + i)
    elif what == "tax-file":
        r = n * 4 + 3
        t, _ = go(c, t + gap(6), "tax.create")
        t, _ = go(c, t + 1, "tax.prefill", r)
        for i in range(R.randint(3, 22)):
            t, _ = go(c, t + gap(40), "tax.save", r)
            if R.random() < .25: t, _ = go(c, t + .3, "tax.calc", r)
            if R.random() < .06: t, _ = go(c, t + gap(20), "tax.attach", r)
        t, st = go(c, t + gap(30), "tax.submit", r, status=409 if t > W.deadline and R.random() < .5 else None)
        t, _ = go(c, t + 1, "tax.get", r)
        if R.random() < .3: t, _ = go(c, t + gap(40), "tax.pay")
    elif what == "appt":
        t, _ = go(c, t + gap(4), "appt.offices")
        o = R.randrange(len(OFFICES))
        for i in range(R.randint(1, 7)): t, _ = go(c, t + gap(5), "appt.slots", o if R.random() < .7 else R.randrange(len(OFFICES)))
        if R.random() < .6:
            t, st = go(c, t + gap(6), "appt.hold", status=409 if R.random() < .15 else None)
            t, st = go(c, t + gap(20), "appt.book", status=409 if st == 409 else None)
        elif R.random() < .4: t, _ = go(c, t + gap(9), "appt.cancel", n)
    elif what == "vehicle":
        t, _ = go(c, t + gap(5), "veh.list")
        for i in range(R.randint(1, 2)): t, _ = go(c, t + gap(8), "veh.get", n * 2 + i)
        if R.random() < .2: t, _ = go(c, t + gap(60), "veh.transfer", n * 2)
    elif what == "fine":
        for _ in range(R.choice((0, 0, 0, 1, 2))): t, _ = go(c, t + gap(12), "veh.fine", R.randrange(10 ** 6), status=404)
        t, _ = go(c, t + gap(12), "veh.fine", n * 3)
        if R.random() < .6: t, _ = go(c, t + gap(50), "veh.finepay", n * 3)
    elif what == "register":
        for _ in range(R.randint(1, 3)):
            t, _ = go(c, t + gap(8), "reg.search")
            for _ in range(R.randint(0, 3)): t, _ = go(c, t + gap(9), "reg.get", R.randrange(40000))
    else:
        t, _ = go(c, t + gap(5), "portal.profile")
        if R.random() < .4: t, _ = go(c, t + gap(40), "portal.setprofile")
        if R.random() < .3: t, _ = go(c, t + gap(40), "portal.bank")
    return t

INTENTS = {"inbox": 30, "tax-view": 16, "tax-file": 6, "appt": 13, "vehicle": 10, "fine": 6, "register": 5, "profile": 6}

def visit(c, t, u, whats=None, fails=0):
    t = sign_in(c, t, u, fails) if R.random() < .9 else t
    t = home(c, t)
    for w in whats or [pick(INTENTS) for _ in range(R.choice((1, 1, 1, 2, 3)))]: t = intent(c, t + gap(6), u, w)
    if c.plat == "web" and R.random() < .4: t, _ = go(c, t + gap(5), "id.logout")
    return t

def plain():
    u, t = R.choice(W.people), when("citizen")
    if R.random() < .06:  # anonymous first: preflight and public pages
        go(u.client(t, "web"), t, "appt.offices", method="OPTIONS")
    visit(u.client(t), t, u, fails=R.choice((0, 0, 0, 0, 1)))

def guest():
    """Who has not signed in: looks for a company, pays a fine, books at an office."""
    u, t = R.choice(W.people), when("citizen")
    c = u.client(t, kind="guest")
    c.user = None
    for _ in range(R.choice((1, 1, 2))): t = intent(c, t + gap(5), u, R.choice(("register", "register", "fine", "appt")))

def trait(kind):
    def make():
        u, t = R.choice(W.by[kind] or W.people), when("citizen")
        if kind == "power-user":  # a landlord or a collector who reads everything
            visit(u.client(t, kind=kind), t, u, [pick(INTENTS) for _ in range(R.randint(5, 14))])
        elif kind == "forgetful-user":
            c = u.client(t, R.choice(("web", u.plat)), kind)
            for _ in range(R.randint(2, 9)): t, _ = go(c, t + gap(10), "id.password", status=R.choice((401, 401, 401, 423)), subject=u.subject)
            for _ in range(R.randint(1, 3)): t, _ = go(c, t + gap(20), "id.recover", subject=u.subject)
            for _ in range(R.choice((0, 1, 1, 3))): t, _ = go(c, t + gap(30), "id.otp", status=422)
            if R.random() < .7:
                t, _ = go(c, t + gap(60), "id.otp")
                visit(c, t, u)
        else: visit(u.client(t, None if kind in ("traveller", "vpn-user") else u.plat, kind), t, u)
    return make

def tax_filer():
    u, t = R.choice(W.people), when("tax")
    c = u.client(t, R.choice(("web", "web", u.plat)), "late-filer" if 0 < W.deadline - t < 7200 else "tax-filer")
    t = sign_in(c, t, u)
    if c.kind == "late-filer":
        for _ in range(R.randint(0, 14)):  # reloads until the slow service answers
            t, _ = go(c, t + gap(2.5), R.choice(("tax.list", "tax.get")), u.n * 4 + 3)
    intent(c, t, u, "tax-file")

def new_phone():
    u, t = R.choice(W.people), when("citizen")
    c = u.client(t, R.choice(("android", "ios")), "new-phone", new=True)
    t, _ = go(c, t, "sys.config")
    t, _ = go(c, t + gap(30), "id.start", subject=u.subject)
    t, _ = go(c, t + gap(30), "id.device", status=R.choice((201, 201, 409)))
    for _ in range(R.choice((0, 0, 1, 3))): t, _ = go(c, t + gap(25), "id.activate", u.n, status=422)
    t, _ = go(c, t + gap(60), "id.activate", u.n)
    visit(c, t, u)

def newcomer():
    u, t = R.choice(W.people), when("citizen")
    c = u.client(t, R.choice(("web", u.plat)), "new-account")
    for _ in range(R.choice((0, 0, 1, 2))): t, _ = go(c, t + gap(60), "id.register", status=R.choice((422, 409)), subject=u.subject)
    t, _ = go(c, t + gap(90), "id.register", subject=u.subject)
    t, _ = go(c, t + gap(30), "id.otp")
    home(c, t)

def school_day():
    """A class (or a town hall evening) makes accounts together: sixty sign-ups from one address in an hour."""
    where, t0 = R.choice(W.schools), when("office")
    for u in R.sample(W.people, R.randint(15, 45)):
        t = t0 + R.uniform(0, 2400)
        c = web_client("school-enrolment", where, user=u, caller=f"citizen-{u.n}", agent=u.agent)
        t, _ = go(c, t, "id.register", status=R.choice((201, 201, 201, 422, 409)), subject=u.subject)
        t, _ = go(c, t + gap(40), "id.otp", status=R.choice((200, 200, 422)))
        home(c, t)

def office_nat():
    """Employees of one ministry or company behind one address and one middlebox that ends TLS."""
    where, t = W.offices[int(R.random() ** 2 * len(W.offices))], when("office")
    for u in R.sample(W.people, R.randint(3, 14)):
        c = web_client("office-nat", where, user=u, caller=f"citizen-{u.n}", agent=u.agent)
        if int(hexid(where[0], 1), 16) > 5: c.ja4 = JA4["proxy"]
        visit(c, t + R.uniform(0, 1800), u)

def kiosk():
    """A terminal in a service centre or library: one device, many people, one after another."""
    i = R.randrange(min(6, len(W.offices)))
    c = Client("service-kiosk", "device", W.offices[i], "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36", ja4=JA4["chrome"],
               api=f"kiosk-{i}", dev=W.devform(f"k{i}"), caller=f"kiosk-{i}")
    t = when("office")
    for u in R.sample(W.people, R.randint(2, 8)):
        c = copy.copy(c)
        c.user, c.sess = u, fresh(24)
        t = visit(c, t + gap(40), u, fails=R.choice((0, 0, 1, 2)))

def helper_person(kind, people):
    """A relative, or a worker of an aid organisation, who signs in for others from one browser."""
    def make():
        who, t = R.choice(W.people), when("citizen" if kind == "family-helper" else "office")
        place_ = who.home if kind == "family-helper" else R.choice(W.schools)
        for u in R.sample(W.people, R.randint(*people)):
            c = web_client(kind, place_, agent=who.agent, dev=who.webdev if W.webcookie else None, user=u, caller=f"citizen-{who.n}")
            t = visit(c, t + gap(50), u, fails=R.choice((0, 0, 1, 3))) + gap(100)
    return make

def slot_rush():
    """The hour when appointments are released: everybody reloads, holds collide."""
    u, t = R.choice(W.people), W.drop + R.expovariate(1 / 240) - 90
    c = u.client(t, kind="appointment-rush")
    c.user = u if R.random() < .5 else None
    o = R.choice((0, 1, 4, 7, 10))
    for _ in range(R.randint(2, 16)): t, _ = go(c, t + gap(2.2, .6), "appt.slots", o, q="week=1")
    for _ in range(R.randint(0, 3)):
        t, st = go(c, t + gap(2), "appt.hold", status=R.choice((201, 409, 409, 409)))
        if st == 201:
            go(c, t + gap(15), "appt.book")
            break

def hunter():
    """A person who wants an early appointment and reloads for an hour, or whose script does so, politely or not."""
    u, t = R.choice(W.people), when("citizen")
    script, tool = R.random() < .4, R.choice(SCRIPTS)
    c = web_client("appointment-script" if script else "appointment-hunter", u.home, agent=(tool[0], JA4[tool[1]]) if script else u.agent, user=R.choice((u, None)), caller=f"citizen-{u.n}")
    every, o = (R.choice((10, 30, 60)) if script else 0), R.randrange(len(OFFICES))
    for _ in range(R.randint(40, 160) if script else R.randint(12, 45)): t, _ = go(c, t + (every or gap(11)), "appt.slots", o)

def push_open():
    u, t = R.choice(W.people), W.push + R.expovariate(1 / 400)
    c = u.client(t, R.choice(("android", "ios")), "push-open")
    t, _ = go(c, t, "id.refresh")
    t = home(c, t)
    t, _ = go(c, t + gap(3), "portal.msg", u.n * 16)
    go(c, t + gap(4), "portal.doc", u.n * 8)

def retry_storm():
    """When the outage ends, or while it lasts, apps come back all at once."""
    u, t = R.choice(W.people), W.outage[1] + 60 + (W.outage[2] - W.outage[1]) * R.choice((R.random(), 1)) + R.expovariate(1 / 60)
    c = u.client(t, R.choice(("android", "ios")), "retry-storm")
    t, _ = go(c, t, "id.refresh")
    ops = ["portal.me", "portal.inbox", "tax.list", "veh.list", "appt.mine", "id.refresh", "portal.notifs"]
    for op in R.choices(ops, [4 if OPS[o][0] == W.outage[0] else 1 for o in ops], k=6): t, _ = go(c, t + R.uniform(.05, 2), op)

def buggy_loop():
    """An app version that loops on an expired token: 401, refresh, 401."""
    u, t = R.choice(W.people), when("citizen")
    c = u.client(t, R.choice(("android", "ios")), "buggy-client")
    c.ver = W.badver if W.badver != "none" else W.oldver[2]
    c.ua = app_ua(c.plat, "GovApp", c.ver, c.dev)
    for _ in range(R.randint(25, 140)):
        t, _ = go(c, t + R.uniform(.5, 3), "portal.notifs", status=401)
        t, _ = go(c, t + .05, "id.refresh", status=R.choice((200, 200, 400)))

def hobby_script():
    u, t = R.choice(W.people), when("flat")
    a = R.choice(SCRIPTS)
    c = web_client("hobby-script", u.home, agent=(a[0], JA4[a[1]]), user=u, caller=f"citizen-{u.n}")
    if R.random() < .5: c.api = c.sess = c.dev = None
    t, _ = go(c, t, "id.password", subject=u.subject, status=R.choice((200, 200, 401)))
    for i in range(R.randint(5, 40)): t, _ = go(c, t + R.choice((.2, 1, 1)), R.choice(("portal.inbox", "portal.msg", "portal.doc", "tax.list", "veh.list")), u.n * 8 + i % 8)

# ---- partners, staff, open data -----------------------------------------------------------------------------------------

def as_kind(c, kind, **kw):
    c = copy.copy(c)
    c.kind = kind
    c.__dict__.update(kw)
    return c

def accountant_batch():
    c, t = as_kind(R.choice(W.acc), "accountant-batch"), when("tax") if R.random() < .7 else when("night")
    t, _ = go(c, t, "part.clients")
    for i in range(R.randint(10, 90)):
        t, st = go(c, t + R.uniform(.1, 1.5), "part.submit", status=422 if R.random() < .07 else None)
        for _ in range(R.randint(0, 3)): t, _ = go(c, t + R.uniform(.5, 2), "part.status", c.base + i)

def accountant_sync():
    """A tax program that reads all mandates in order, ids one after another."""
    c, t = as_kind(R.choice(W.acc), "accountant-sync"), when("night")
    for i in range(R.randint(30, 180)): t, _ = go(c, t + R.uniform(.05, .6), "part.client", c.base + i, status=R.choice((403, 404)) if R.random() < .02 else None)

def accountant_person():
    """An employee of an accountant with a browser: dozens of clients' returns in one session."""
    f = R.choice(W.acc)
    i, t = R.randrange(f.staff), when("office")
    u = W.people[(f.base + i) % len(W.people)]
    c = web_client("accountant-person", R.choice(f.office), agent=u.agent, user=u, caller=f"{f.caller}-employee-{i}")
    t = sign_in(c, t, u)
    t, _ = go(c, t, "portal.proxy")
    for k in R.sample(range(400), R.randint(6, 45)):
        r = (f.base + k) * 4 % (len(W.people) * 4) + 3
        t, _ = go(c, t + gap(25), "tax.get", r)
        for _ in range(R.randint(0, 4)): t, _ = go(c, t + gap(30), R.choice(("tax.save", "tax.calc", "tax.notice")), r)

def municipality_batch():
    c, t = as_kind(R.choice(W.mun), "municipality-batch"), when("night")
    order = R.random() < .6
    for i in range(R.randint(60, 260)):
        t, _ = go(c, t + R.uniform(.03, .5), "part.person", c.base + i if order else R.randrange(10 ** 5), status=404 if R.random() < .05 else None)
        if R.random() < .08: t, _ = go(c, t + .1, "part.change", c.base + i)

def bad_partner():
    """A partner whose certificate or key has expired, and whose job does not mind."""
    c, t = as_kind(R.choice(W.acc[:2] + W.mun[:2] + W.dlr[:1]), "partner-expired-key"), when("flat")
    for _ in range(R.randint(20, 120)): t, _ = go(c, t + R.choice((5, 30, 60)), R.choice(("part.clients", "part.submit")), status=R.choice((401, 401, 403)))

def clerk(kind, pool):
    def make():
        s = R.randrange(40)
        f = R.choice(W.mun) if kind == "municipality-clerk" else None
        where, t = (f.office[0] if f else W.agency[s % len(W.agency)]), when("office")
        u = W.people[(s * 61 + (f.base if f else len(kind) - 6)) % len(W.people)]
        c = web_client(kind, where, agent=u.agent, user=u, caller=f"{kind}-{f.caller if f else ''}{s}", api="staff-web")
        t = sign_in(c, t, u)
        for _ in range(R.randint(*pool)):
            p = R.randrange(len(W.people))
            t, _ = go(c, t + gap(15), "staff.search")
            t, _ = go(c, t + gap(7), "staff.person", p, status=403 if R.random() < .02 else None)
            if R.random() < .6:
                t, _ = go(c, t + gap(12), "staff.case", p * 2)
                t, _ = go(c, t + gap(80), "staff.note", p * 2) if R.random() < .5 else (t, 0)
        if kind == "staff-admin":
            for op in ("staff.users", "staff.role", "staff.export", "staff.users"): t, _ = go(c, t + gap(30), op, R.randrange(len(W.people)))
    return make

def plate_partner():
    f, t = R.choice(W.ins), when("citizen")
    c = as_kind(f, "insurer-lookup")
    for _ in range(R.randint(20, 90)):
        t, _ = go(c, t + gap(3), R.choice(("veh.plate", "veh.plate", "veh.owner")), R.randrange(4 * 10 ** 5), status=404 if R.random() < .06 else None)

def dealer():
    c, t = as_kind(R.choice(W.dlr), "dealer-fleet"), when("office")
    for i in range(R.randint(8, 60)):  # new cars in a row: plates and papers one after another
        t, _ = go(c, t + R.uniform(.4, 4), "veh.register", status=422 if R.random() < .06 else None)
        t, _ = go(c, t + R.uniform(.2, 1), "veh.plate", c.base * 3 + i)

def patrol():
    i = R.randrange(60)
    c = Client("patrol-terminal", "device", (R.choice(W.cgn[0]), W.cc, W.mob[0][0], W.geo), "MDT/2.8 (Windows 10 IoT)", ja4=JA4["dotnet"], api=f"mdt-{i:03d}", dev=W.devform(f"m{i}"), caller=f"mdt-{i}")
    t = when("flat")
    for _ in range(R.randint(5, 50)):
        t, _ = go(c, t + gap(25), R.choice(("veh.plate", "veh.owner", "veh.owner")), R.randrange(4 * 10 ** 5), status=404 if R.random() < .08 else None)

def settlement():
    c, t = as_kind(R.choice(W.psp), "payment-provider"), when("citizen")
    for _ in range(R.randint(1, 12)): t, _ = go(c, t + R.uniform(.1, 2), "part.settle")

def open_data(kind):
    def make():
        t = when("night" if kind == "open-data-mirror" else "flat")
        tool = R.choice(SCRIPTS)
        c = as_kind(R.choice(W.od), kind) if kind == "open-data-etl" or R.random() < .4 else \
            Client(kind, "server", R.choice((fixed_place(), listed_place(HOSTING))), tool[0], ja4=JA4[tool[1]], caller=f"anonymous-{fresh(6)}")
        if kind == "open-data-mirror":  # everything, page by page, file by file
            for i in range(R.randint(30, 200)): t, _ = go(c, t + R.uniform(.05, 2), R.choice(("data.set", "data.file", "data.file", "data.query")), i % 45, i)
        elif kind == "open-data-etl":
            n = R.randrange(45)
            for _ in range(R.randint(8, 40)): t, _ = go(c, t + 900 + R.uniform(-2, 2), R.choice(("data.query", "data.set")), n, status=R.choice((200, 304, 304)))
        else:  # a journalist or student who reads the business register
            first = R.randrange(30000)
            for i in range(R.randint(25, 140)): t, _ = go(c, t + R.choice((.5, 1, 2, 5)), "reg.get", first + i, status=404 if R.random() < .1 else None)
    return make

def crawler():
    cc = ("US", 15169, "66.249.64.0/19", (37.4, -122)), ("US", 8075, "40.77.167.0/24", (47.6, -122.3)), ("US", 16509, "52.70.240.0/24", (39, -77.5))
    i = R.randrange(3)
    ua = ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
          "Mozilla/5.0 (compatible; Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot)")[i]
    c, t = Client("crawler", "server", listed_place([cc[i]]), ua, ja4=JA4["chrome"], caller=f"crawler-{i}"), when("flat")
    for _ in range(R.randint(10, 90)):
        op = R.choice(("data.set", "data.catalog", "reg.get", "appt.offices", "reg.get"))
        t, _ = go(c, t + gap(4), op, R.randrange(40000), status=404 if R.random() < .1 else None)

def monitor():
    i, t = R.randrange(4), when("flat")
    nets = HOSTING[i]
    c = Client("monitor", "server", (f"{nets[2].rsplit('.', 2)[0]}.{17 + i}.{40 + i}", nets[0], nets[1], nets[3]),
               ("Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "Blackbox Exporter/0.24.0", "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", "k6/0.49.0 (https://k6.io/)")[i], ja4=JA4["go"], caller=f"monitor-{i}")
    for _ in range(R.randint(20, 60)):
        t, _ = go(c, t + 60 + R.random(), R.choice(("sys.health", "sys.health", "appt.offices", "data.catalog")), **R.choice(({"method": "GET"}, {"method": "HEAD"}, {"method": "HEAD", "status": 405} if R.random() < .2 else {})))

def synthetic():
    """The agency's own test citizen signs in from a cloud every few minutes, with the identity's test app."""
    c = Client("synthetic-test", "server", place("34.90.61.17", "NL", 396982, (52.4, 4.9)), "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36",
               ja4=JA4["chrome"], api="citizen-web", user=W.people[0], caller="agency-tests", human=.2)
    t = when("flat")
    for _ in range(R.randint(3, 10)):
        c.sess = fresh(24)
        t1, _ = go(c, t, "id.password", subject="test.citizen", status=R.choice((200, 200, 200, 401)))
        home(c, t1)
        t += 300

def gov_cert():
    """The state's CERT scans the agency by appointment: loud, declared, honest."""
    c, t = Client("authorised-scan", "server", ("193.171.202.9", W.cc, 1853, W.geo), "GovCERT-Scanner/2.1 (+https://www.govcert.org/scan)", ja4=JA4["go"], caller="gov-cert"), when("office")
    for _ in range(R.randint(60, 180)):
        if R.random() < .6: t, _ = go(c, t + R.uniform(.1, .8), None, path=R.choice(PROBES), method="GET", waf=R.choice((0, 5, 10, 15, 25)))
        else:
            t, _ = go(c, t + R.uniform(.1, .8), R.choice(("staff.users", "staff.export", "portal.me", "tax.list", "data.query")), status=R.choice((401, 403, 401)), waf=R.choice((0, 5, 10, 20, 30)))

def link_noise():
    """Link previews, icons, old bookmarks, broken middleboxes, unreadable requests."""
    t, kind = when("citizen"), R.choice(("link-preview", "old-bookmark", "broken-middlebox"))
    c = web_client(kind, fixed_place())
    c.api = c.sess = None
    if kind == "link-preview":
        c.ua = R.choice(("WhatsApp/2.23.20.0", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "TelegramBot (like TwitterBot)", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"))
    for _ in range(R.randint(1, 4)):
        if kind == "broken-middlebox":
            c.ua = None
            t, _ = go(c, t + gap(20), None, path=R.choice(("", "", "*")), method="_OTHER", status=400) if R.random() < .8 else go(c, t + 1, None, path="*", method="OPTIONS", status=204)
        else:
            p = R.choice(("/favicon.ico", "/robots.txt", "/apple-touch-icon.png", "/.well-known/security.txt", "/.well-known/assetlinks.json", "/portal/login.do", "/forms/T2-2019.pdf", "/index.php", "/sitemap.xml"))
            t, _ = go(c, t + gap(2), None, path=p, method="GET", status=200 if "well-known" in p or "robots" in p else R.choice((404, 301)))

PROBES = ["/.env", "/.git/config", "/wp-login.php", "/actuator/env", "/swagger-ui.html", "/api/swagger.json", "/server-status", "/phpinfo.php", "/console", "/admin", "/.aws/credentials",
          "/api/v1/users", "/graphql", "/v2/api-docs", "/backup.zip", "/config.json", "/solr/admin/info/system", "/owa/auth/logon.aspx", "/cgi-bin/luci", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
          "/robots.txt", "/index.php", "/favicon.ico", "/api/internal/health", "/manager/html", "/jenkins/login", "/.well-known/security.txt", "/struts/utils.js", "/remote/login"]

HONEST = [(plain, 38), (guest, 6), (tax_filer, 12), (new_phone, 2), (newcomer, 2), (school_day, 1.5), (office_nat, 4), (kiosk, 2), (helper_person("family-helper", (2, 4)), 1.5),
          (helper_person("aid-worker", (3, 12)), 1.5), (slot_rush, 3), (hunter, 1.6), (push_open, 2), (retry_storm, 1.8), (buggy_loop, 1), (hobby_script, 1.4), (accountant_batch, 3.5),
          (accountant_sync, 2), (accountant_person, 2.5), (municipality_batch, 4), (bad_partner, .7), (clerk("municipality-clerk", (4, 20)), 2), (clerk("support-agent", (10, 35)), 2),
          (clerk("staff-admin", (1, 3)), .4), (clerk("tax-inspector", (3, 12)), 1), (plate_partner, 2), (dealer, 1.4), (patrol, 1.5), (settlement, .7), (open_data("open-data-mirror"), 2.2),
          (open_data("open-data-etl"), 1), (open_data("register-reader"), 1.5), (crawler, 1.5), (monitor, 1.4), (synthetic, .6), (gov_cert, .7), (link_noise, .6)] + \
         [(trait(k), w) for k, w in (("traveller", 2), ("rooted-phone", 1.2), ("custom-rom", 1), ("clock-skew", 1), ("vpn-user", 1.5), ("power-user", 2), ("forgetful-user", 2))]

# ---- attacks ------------------------------------------------------------------------------------------------------------

class Attack:
    """One instance: where it comes from, what it imitates, how fast it is."""

    def __init__(self, kind, i, n, nets="one few many", guises="script browser app", speeds="fast brisk slow diurnal"):
        self.kind, self.inst, self.n = kind, f"{kind}-{i}", n
        self.net, self.guise, self.speed = R.choice(nets.split()), R.choice(guises.split()), R.choice(speeds.split())
        size = {"one": 1, "few": R.randint(2, 12), "many": max(4, int(n * R.uniform(.2, 1))), "cgn": R.randint(1, 6), "home": 1}[self.net]
        mix = R.random()
        cloud = R.choice((HOSTING, HOSTING, VPNS))
        self.pool = [fixed_place() if self.net == "home" or self.net == "many" and R.random() < mix else mobile_place(R.randrange(len(W.mob))) if self.net == "cgn"
                     else listed_place(ABROAD, W.abroad if mix > .5 else None) if self.net == "many" else listed_place(cloud) for _ in range(size)]
        self.agent, self.human, self.fixed = R.choice(SCRIPTS), R.uniform(.15, .85), {}
        self.faked, self.bare = R.random() < .4, R.random() < .4  # a browser's user agent on a script's TLS
        self.app = (R.choice(("android", "android", "ios")), R.choice(W.oldver[:1] * 4 + W.oldver[:3]), R.choices(("miss", "fail", "replay", "ok"), (5, 3, 1, 1))[0])
        self.rotate, self.start = R.random() < .6, when("flat")
        self.tok = fresh(24), self.start + R.choice((1800, 7200, 9e9))

    def times(self, n=None):
        n = n or self.n
        if self.speed == "diurnal": return when("citizen", n)
        if self.speed == "slow":
            span = R.uniform(.2, 1) * W.span
            first = W.t0 + R.random() * (W.span - span)
            return sorted(first + R.random() * span for _ in range(n))
        rate, t, out = (R.uniform(.7, 15) if self.speed == "fast" else R.uniform(3, 40) / 60), min(self.start, W.t0 + W.span - 9000), []
        jitter = R.choice((.05, .5, 1.2))
        for _ in range(n):
            t += R.lognormvariate(0, jitter) / rate
            out.append(t)
        return out

    def client(self, user=None, keep=True):
        """A client of this attack; one per address unless it rotates its identities."""
        where = R.choice(self.pool)
        key = (where[0], user.n if user else None)
        if keep and not self.rotate and key in self.fixed: return self.fixed[key]
        kw = dict(label="attack", inst=self.inst, caller=f"attacker-{self.inst}", user=user, human=self.human)
        if self.guise == "app":
            plat, ver, at = self.app
            c = app_client(self.kind, plat, where, ver, at, **kw)
            c.tok = self.tok
        else:
            ua, ja4 = browser()
            if self.guise == "script": ua, ja4 = (ua if self.faked else self.agent[0]), JA4[self.agent[1]]
            c = web_client(self.kind, where, agent=(ua, ja4), **kw)
            if self.guise == "script" and self.bare: c.api = c.sess = c.dev = None
        self.fixed[key] = c
        return c

VICTIMS = {}

def takeover(a, u, t, n):
    """Hold a person's account: read, change the bank account, file again; the person goes on meanwhile."""
    span = R.choice((900, 3600, 20000, 60000))
    t = min(t, W.t0 + W.span - span * .6 - 600)
    VICTIMS[u.n] = (t, t + span)
    own = u.client(t)
    if R.random() < .25:  # a stolen session: same session, device and user agent from elsewhere
        c = copy.copy(own)
        c.__dict__.update(kind=a.kind, label="attack", inst=a.inst, caller=f"attacker-{a.inst}", place=R.choice(a.pool), roam=None, at=None if c.at is None else "miss", retry="none")
        visit(own, t - 300, u)
    else:
        c = a.client(u, keep=False)
        first, _ = go(c, t, "id.password", subject=u.subject)
        first, _ = go(c, first + gap(20), "id.otp")
        go(c, first, "id.token")
    for _ in range(R.randint(1, 2)): visit(u.client(t), t + span * R.uniform(.1, .8), u)
    begun, t1 = len(EV), t + 30
    home(c, t1)
    while len(EV) - begun < n - 3:
        op = R.choices(("portal.doc", "portal.msg", "tax.get", "tax.notice", "portal.profile", "portal.bank", "tax.save", "tax.submit", "portal.setprofile", "veh.list"), (9, 6, 5, 3, 3, 2, 2, 1, 1, 1))[0]
        t1 = t1 + min(gap(span / n / 2, 1), span / 4)
        go(c, min(t1, t + span), op, u.n * 4 + 3 if op.startswith("tax") else u.n * 8 + R.randrange(8))

def subject_of(known=.75):
    return R.choice(W.people) if R.random() < known else None, f"{R.choice(NAMES)}.{R.choice(SURNAMES)}{R.randint(1, 999)}@{R.choice(W.mails)}" if W.subject == "email" else \
        f"{R.randint(1, 6)}{R.randint(40, 99)}{R.randint(1, 12):02d}{R.randint(1, 28):02d}{R.randrange(10 ** 5):05d}"[-11:] if W.subject == "number" else f"{R.choice(SURNAMES)}{R.randrange(9000)}"

def stuffing(a):
    """Success of 0.1 to 2 % as the trade reports (azion.com/en/learning/bots/what-is-credential-stuffing: 0.1 to 0.2 %; others 0.2 to 2 %)."""
    hit, known = R.choice((.001, .005, .02)), R.uniform(.1, .8)
    warm = R.random() < .4
    for t in a.times(int(a.n / (1.5 if warm else 1)) + 1):
        c = a.client()
        u, other = subject_of(known)
        if warm and R.random() < .5: t, _ = go(c, t, R.choice(("sys.config", "id.start")), subject=(u.subject if u else other))
        if R.random() < hit and u:
            t, _ = go(c, t + .2, "id.password", subject=u.subject, status=200)
            if R.random() < .5: takeover(a, u, t + R.choice((5, 3600, 9000)), R.randint(8, 25))
        else: go(c, t + .2, "id.password", subject=u.subject if u else other, status=R.choices((401, 403, 423, 400), (90, 3, 4, 3))[0])

def spraying(a):
    """A few passwords over many names, one try a name and round."""
    names = [subject_of(.9) for _ in range(max(15, a.n // R.choice((1, 2, 3))))]
    for i, t in enumerate(a.times()):
        u, other = names[i % len(names)]
        go(a.client(), t, "id.password", subject=u.subject if u else other, status=200 if u and R.random() < .004 else R.choices((401, 423), (95, 5))[0])

def account_takeover(a):
    takeover(a, R.choice(W.people), a.start, max(20, a.n))

def otp_guessing(a):
    """Codes for one or a few people: SMS codes or the activation of a new identity phone."""
    users, op = R.sample(W.people, R.randint(1, 4)), R.choice(("id.otp", "id.otp", "id.activate"))
    for i, t in enumerate(a.times()):
        u = users[i * len(users) // a.n]
        c = a.client()
        if i % 9 == 0: t, _ = go(c, t, "id.otpsend", subject=u.subject)
        go(c, t, op, u.n, subject=u.subject if op == "id.otp" else None, status=R.choices((422, 429, 401, 200), (88, 6, 5, .3))[0])

def push_bombing(a):
    """Sign-ins begun again and again until the person confirms on the phone."""
    users = R.sample(W.people, R.randint(1, 5))
    for i, t in enumerate(a.times(a.n // 3 + 1)):
        u, c = users[i * len(users) // (a.n // 3 + 1)], a.client()
        t, _ = go(c, t, "id.start", subject=u.subject, status=429 if R.random() < .04 else None)
        n = R.randrange(10 ** 7)
        for _ in range(2): t, _ = go(c, t + R.uniform(2, 8), "id.poll", n)

def object_walking(a):
    """Others' returns, papers, vehicles by their ids: in order where ids have one, harvested where not."""
    op = R.choice(("tax.get", "tax.notice", "portal.doc", "veh.get", "portal.msg"))
    hole, step, first = R.choice((0, .4, .9)), R.choice((1, 1, 4, 0)), R.randrange(len(W.people) * 4)
    mules = R.sample(W.people, 1 if a.net != "many" else R.randint(2, 20))
    c = {u.n: a.client(u, keep=False) for u in mules}
    ts = a.times()
    for u in mules: go(c[u.n], ts[0] - R.uniform(5, 200), "id.password" if c[u.n].plat == "web" else "id.refresh", subject=u.subject)
    for i, t in enumerate(ts):
        x = R.choice(list(c.values()))
        if a.rotate: x.place = R.choice(a.pool)
        go(x, t, op, first + i * step if step else R.randrange(len(W.people) * 8), status=OPS[op][3] if R.random() < hole else R.choice((403, 403, 404)))

def function_probing(a):
    u = R.choice(W.people) if R.random() < .8 else None
    c = a.client(u, keep=False)
    for t in a.times():
        if R.random() < .2: go(c, t, R.choice(("portal.me", "portal.inbox", "tax.list")), status=None if u else 401)
        else:
            go(c, t, R.choice(("staff.search", "staff.person", "staff.case", "staff.export", "staff.users", "staff.role", "part.clients", "part.person", "part.submit", "veh.owner", "veh.register")), R.randrange(3000),
               status=R.choices((403, 401, 404, 405, 200, 400), (60, 16, 12, 5, 3, 4))[0])

def scalping(a):
    """Slots watched and booked for resale, through one account or many."""
    users, o = R.sample(W.people, R.randint(1, 25)), R.sample(range(len(OFFICES)), R.randint(1, 4))
    ts = a.times()
    if a.speed == "fast" and R.random() < .6: ts = [t - ts[0] + W.drop - R.uniform(0, 40) for t in ts]
    for i, t in enumerate(ts):
        c = a.client(R.choice(users))
        op = R.choices(("appt.slots", "appt.hold", "appt.book", "appt.cancel"), (80, 12, 6, 2))[0]
        go(c, t, op, R.choice(o) if op == "appt.slots" else R.randrange(10 ** 5),
           status=None if op == "appt.slots" else R.choice((OPS[op][3], 409)))

def device_farm(a):
    """Real phones with genuine attestation, rented accounts: bookings or sign-ups like people's, too many and too alike."""
    phones = [(R.choice(W.people), R.choice(("android", "android", "ios")), W.devform(fresh()), R.choice(a.pool)) for _ in range(R.randint(3, 30))]
    job = R.choice(("appt", "sign-up", "vouch"))
    i, begun = 0, len(EV)
    for t in a.times(a.n // 5 + 1):
        u, plat, dev, where = phones[i % len(phones)]
        i += 1
        c = app_client(a.kind, plat, where, W.oldver[0], "ok", dev, label="attack", inst=a.inst, caller=f"attacker-{a.inst}", user=u)
        if job == "sign-up": seq = ["sys.config", "id.register", "id.otp", "id.device", "portal.me"]
        elif job == "appt": seq = ["id.refresh", "appt.offices", "appt.slots", "appt.slots", "appt.hold", "appt.book"]
        else: seq = ["id.refresh", "portal.me", "veh.list", "veh.transfer", "portal.setprofile"]
        for op in seq:
            t, st = go(c, t + gap(3, .3), op, 4 if op == "appt.slots" else u.n, status=409 if op in ("appt.hold", "id.register") and R.random() < .3 else None)
            if st in (409, 429) or len(EV) - begun > a.n * 1.3: break

def enumerate_ids(op, known):
    def make(a):
        """Number plates, or reference codes of fines, tried in order or at random."""
        real, first, u = R.choice((op, op, "veh.owner" if op == "veh.plate" else op)), R.randrange(3 * 10 ** 5), R.choice(W.people)
        order = R.random() < .6
        for i, t in enumerate(a.times()):
            good = R.random() < known
            st = 403 if real == "veh.owner" and R.random() < .7 else 200 if good else 404
            go(a.client(u if a.guise == "app" or real == "veh.owner" else None), t, real, first + i if order else R.randrange(4 * 10 ** 5), status=st)
    return make

def register_scraping(a):
    first, order = R.randrange(30000), R.random() < .5
    for i, t in enumerate(a.times()):
        c = a.client()
        if R.random() < .15: go(c, t, "reg.search")
        else: go(c, t, "reg.get", first + i if order else R.randrange(40000), status=404 if R.random() < .08 else None)

def search_flood(a):
    op = R.choice(("reg.search", "reg.search", "data.query", "appt.slots"))
    for t in a.times():
        st = R.choices((200, 503, 504, 429), (80, 8, 6, 6))[0]
        go(a.client(), t, op, R.randrange(45), q=R.choice(QUERIES[op]).format(fresh(R.randint(1, 6)), R.randint(1, 900), R.randint(1, 90)), status=st)

def refund_fraud(a):
    """Returns with refunds, filed in minutes for stolen or invented identities."""
    begun = len(EV)
    for t in a.times(a.n // 9 + 1):
        u = R.choice(W.people)
        c = a.client(u, keep=False)
        t, _ = go(c, t, "id.password" if c.plat == "web" else "id.refresh", subject=u.subject)
        for op in ["tax.create", "tax.prefill"] + ["tax.save"] * R.randint(1, 4) + ["tax.calc", "portal.bank", "tax.submit"]:
            t, _ = go(c, t + gap(6), op, u.n * 4 + 3)
            if len(EV) - begun >= a.n * 1.2: return

def fake_sign_up(a):
    for t in a.times(a.n // 2 + 1):
        c, other = a.client(keep=False), subject_of(0)[1]
        t, st = go(c, t, "id.register", subject=other, status=R.choices((201, 422, 409), (70, 22, 8))[0])
        if st == 201:
            t, st = go(c, t + gap(7), "id.otp", status=R.choice((200, 200, 422)))
            if st == 200 and R.random() < .4: go(c, t + 1, "portal.me")

def vulnerability_scan(a):
    c = a.client()
    if R.random() < .7: c.api = c.sess = c.dev = None
    for t in a.times():
        if a.rotate:
            c = copy.copy(c)
            c.place = R.choice(a.pool)
        p = R.choice(PROBES) if R.random() < .7 else f"/{R.choice(('api', 'old', 'test', 'backup', 'uploads', 'static'))}/{R.choice(('', 'v1/', 'v2/'))}{R.choice(('users', 'config', 'debug', 'login', 'db', 'shell', 'status', 'export'))}{R.choice(('', '.php', '.json', '.bak', '.zip', '.jsp'))}"
        go(c, t, None, path=p, method=R.choices(("GET", "HEAD", "POST", "OPTIONS"), (88, 6, 5, 1))[0], status=R.choices((404, 403, 401, 400, 301, 200), (78, 9, 4, 4, 3, 2))[0], waf=R.choice((0, 0, 5, 5, 10, 25)))

def payload_injection(a):
    bad = ["' OR 1=1--", "1 UNION SELECT NULL", "<script>alert(1)</script>", "${jndi:ldap://x}", "../../etc/passwd", "{{7*7}}", "1;sleep(5)", "%00"]
    u = R.choice(W.people)
    for t in a.times():
        op = R.choice(("reg.search", "reg.search", "data.query", "appt.slots", "tax.list", "veh.plate", "id.password", "portal.setprofile"))
        q = "&".join(part + (R.choice(bad) if R.random() < .6 else "") for part in R.choice(QUERIES[op]).format(R.choice(SURNAMES), 1, 1).split("&") if part) if op in QUERIES else None
        go(a.client(u if op.startswith(("tax", "portal", "veh")) else None), t, op, R.randrange(400), q=q,
           status=R.choices((403, 400, 422, 500, 200), (40, 28, 8, 6, 18))[0], waf=R.choice((5, 10, 15, 20, 30, 0)), subject=R.choice(bad) if op == "id.password" else None)

def leaked_key(a):
    """A partner's key used by somebody else, from elsewhere, sometimes with the partner's own software."""
    used = {e["_c"].api for e in EV}
    f = R.choice([f for f in W.acc + W.mun + W.ins if f.api in used])
    ops = {"a": ("part.client", "part.client", "part.clients"), "m": ("part.person",), "i": ("veh.owner", "veh.plate")}[f.api[0]]
    agent = (f.ua, f.ja4) if R.random() < .4 else (a.agent[0], JA4[a.agent[1]])
    start, order = R.randrange(10 ** 5), R.random() < .7
    for i, t in enumerate(a.times()):
        c = as_kind(f, a.kind, label="attack", inst=a.inst, caller=f"attacker-{a.inst}", place=R.choice(a.pool), ua=agent[0], ja4=agent[1], retry="none")
        go(c, t, R.choice(ops), start + i if order else R.randrange(10 ** 5), status=R.choices((None, 403, 404), (85, 8, 7))[0])

def repackaged_app(a):
    """A modified app that does what the real one does, and books or looks up on the side, on many people's phones."""
    begun = len(EV)
    for t in a.times(a.n // 12 + 2):
        u = R.choice(W.people)
        c = app_client(a.kind, "android", R.choice(a.pool), R.choice(W.oldver[:3]), "fail", label="attack", inst=a.inst, caller=f"attacker-{a.inst}", user=u)
        t, _ = go(c, t, "id.refresh")
        t = home(c, t)
        for _ in range(R.randint(3, 12)): t, _ = go(c, t + gap(3), R.choice(("appt.slots", "appt.slots", "portal.doc", "portal.msg", "veh.plate", "appt.hold")), u.n)
        if len(EV) - begun >= a.n: return

def attestation_replay(a):
    """One genuine token, bought or lifted from a phone, on many made-up devices."""
    a.guise, a.app, job = "app", a.app[:2] + ("replay",), R.choice(("login", "appt", "plate"))
    a.tok = a.tok[0], a.start + R.choice((3600, 20000, 9e9))
    for i, t in enumerate(a.times()):
        if job == "login":
            u, other = subject_of(.6)
            go(a.client(), t, "id.password", subject=u.subject if u else other, status=200 if R.random() < .006 else 401)
        elif job == "appt": go(a.client(W.people[i % 40]), t, R.choice(("appt.slots", "appt.slots", "appt.hold", "id.refresh")), 3, status=None if R.random() < .9 else 409)
        else: go(a.client(W.people[i % 40]), t, "veh.plate", R.randrange(4 * 10 ** 5), status=R.choice((200, 200, 404)))

def insider(a):
    """A clerk who reads files of people without a case, or sells look-ups; the same person as in honest hours."""
    s = R.randrange(40)
    u = W.people[(s * 61 + 7) % len(W.people)]
    c = web_client(a.kind, W.agency[s % len(W.agency)], agent=u.agent, user=u, caller=f"support-agent-{s}", api="staff-web", label="attack", inst=a.inst)
    famous = R.sample(range(len(W.people)), R.randint(3, 60))
    for t in (when("office", a.n) if R.random() < .6 else a.times()):
        go(c, t, R.choices(("staff.person", "staff.search", "staff.case", "staff.export"), (70, 18, 11, 1))[0], R.choice(famous))

def poisoning(a):
    """Grows from nothing over the days, so that what is normal grows with it."""
    f, op = R.choice(W.acc), R.choice(("reg.get", "veh.plate", "part.client", "id.password"))
    mule, power = R.choice(W.people), R.uniform(1.5, 4)
    ts = sorted(W.t0 + W.span * R.random() ** (1 / power) for _ in range(a.n))
    for i, t in enumerate(ts):
        if op == "part.client": c = as_kind(f, a.kind, label="attack", inst=a.inst, caller=f.caller, retry="none")
        else: c = a.client(mule if op == "veh.plate" else None)
        u, other = subject_of(.7)
        sub = (u.subject if u else other) if op == "id.password" else None
        go(c, t, op, i * 3 + 500, subject=sub, status=401 if sub else 404 if R.random() < .05 else None)

def account_enumeration(a):
    """Who has an account: recovery or registration answers differently."""
    op, tell = R.choice(("id.recover", "id.register", "id.start")), R.random() < .7
    for t in a.times():
        u, other = subject_of(R.uniform(.2, .6))
        st = ({"id.recover": (202, 404), "id.register": (409, 422), "id.start": (201, 404)}[op][0 if u else 1]) if tell else OPS[op][3]
        go(a.client(), t, op, subject=u.subject if u else other, status=st)

# kind: (function, largest size, restrictions of where, what and how fast)
ATTACKS = {
    "credential-stuffing": (stuffing, 600, {}), "password-spraying": (spraying, 500, {}), "account-takeover": (account_takeover, 70, {"nets": "one few home"}),
    "otp-guessing": (otp_guessing, 250, {}), "push-bombing": (push_bombing, 90, {}), "object-walking": (object_walking, 600, {"nets": "one few many home"}),
    "function-probing": (function_probing, 200, {"nets": "one few home"}), "appointment-scalping": (scalping, 600, {"nets": "one few many home cgn"}),
    "device-farm": (device_farm, 400, {"nets": "cgn home few"}), "plate-enumeration": (enumerate_ids("veh.plate", .7), 500, {}),
    "fine-code-enumeration": (enumerate_ids("veh.fine", .03), 400, {}), "register-scraping": (register_scraping, 600, {"guises": "script browser browser"}),
    "search-flood": (search_flood, 600, {"speeds": "fast fast brisk"}), "refund-fraud": (refund_fraud, 250, {"nets": "few many home cgn"}),
    "fake-sign-up": (fake_sign_up, 400, {}), "vulnerability-scan": (vulnerability_scan, 500, {"guises": "script browser"}),
    "payload-injection": (payload_injection, 250, {"guises": "script browser"}), "leaked-partner-key": (leaked_key, 500, {"nets": "one few home"}),
    "repackaged-app": (repackaged_app, 400, {"nets": "many cgn", "speeds": "slow diurnal brisk"}), "attestation-replay": (attestation_replay, 400, {"nets": "one few many"}),
    "insider-snooping": (insider, 120, {"nets": "home", "speeds": "slow brisk"}), "baseline-poisoning": (poisoning, 500, {"nets": "one few many"}),
    "account-enumeration": (account_enumeration, 400, {})}

def attack_all():
    kinds = R.sample(sorted(ATTACKS), R.randint(19, 22))
    todo = kinds + R.choices(kinds, [R.lognormvariate(0, .6) for _ in kinds], k=R.randint(42, 56) - len(kinds))
    sizes = [R.lognormvariate(0, .9) for _ in todo]
    scale = W.share * W.total / sum(sizes)
    for i, (kind, s) in enumerate(zip(todo, sizes)):
        fn, most, limits = ATTACKS[kind]
        fn(Attack(kind, i, int(min(most, max(20, s * scale))), **limits))

# ---- all together -------------------------------------------------------------------------------------------------------

def limit(events):
    """The gateway's own limits by address and minute, on whoever meets them."""
    seen = {}
    for e in events:
        group = "signin" if e["_op"] in SIGNIN + ("id.otp",) else "plate" if e["_op"] in ("veh.plate", "veh.fine") else "data" if e["_svc"] == "data" else None
        if not group: continue
        key = (group, e["client.address"], int(e["_t"] // 60))
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > W.limits[group]:
            e["http.response.status_code"] = 429
            if "http.response.size" in e: e["http.response.size"] = 84
            if "http.server.request.duration" in e: e["http.server.request.duration"] = round(R.uniform(.001, .006), 4)

def main():
    seed, out = sys.argv[1], sys.argv[2]
    draw_world(seed)
    weights = [w * R.gammavariate(4, .25) for _, w in HONEST]
    for (fn, _), w in zip(HONEST, weights):
        goal = len(EV) + w / sum(weights) * W.total * (1 - W.share)
        while len(EV) < goal: fn()
    attack_all()
    events = sorted((e for e in EV if W.t0 <= e["_t"] < W.t0 + W.span), key=lambda e: e["_t"])
    limit(events)
    iso, ids, offsets = R.random() < .7, R.choice(("kafka", "uuid", "hex")), [R.randrange(10 ** 6, 10 ** 8) for _ in range(6)]
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "events.ndjson"), "w") as fe, open(os.path.join(out, "labels.ndjson"), "w") as fl:
        for e in events:
            c, t, p = e["_c"], e["_t"], R.randrange(6)
            offsets[p] += 1
            eid = f"access-{p}-{offsets[p]}" if ids == "kafka" else fresh(32) if ids == "hex" else (lambda h: f"{h[:8]}-{h[8:12]}-4{h[13:16]}-9{h[17:20]}-{h[20:]}")(fresh(32))
            when_ = datetime.datetime.fromtimestamp(t, datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z") if iso else int(t * 1000)
            fe.write(json.dumps({"event_id": eid, "time": when_, **{k: v for k, v in e.items() if k[0] != "_"}}, separators=(",", ":")) + "\n")
            row = {"event_id": eid, "label": c.label, "kind": e["_kind"], "instance": c.inst, "caller": c.caller, "platform": c.plat}
            held = VICTIMS.get(e["_u"])
            if held and c.label == "benign" and held[0] <= t <= held[1]: row["victim"] = True
            fl.write(json.dumps(row, separators=(",", ":")) + "\n")

if __name__ == "__main__": main()
