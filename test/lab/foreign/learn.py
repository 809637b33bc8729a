#!/usr/bin/env python3
"""Labelled access log of a made-up company: an online-learning and examinations platform.

The company sells lessons, homework, forums, question banks and proctored examinations to schools and
universities.  Pupils, students, teachers, parents and administrators reach it by web, by an Android and an iOS
app and by school tablets; proctoring runs in a desktop app; publishers, plagiarism checkers, student-information
systems and LTI tools call it with partner keys.  Whole schools sit behind one or a few addresses.

Usage: learn.py SEED OUTDIR     writes OUTDIR/events.ndjson and OUTDIR/labels.ndjson

Drawn per seed: the brand, size, days, start weekday and hour, countries and time zones, share of universities,
weekend and evening shape, platforms, who can attest and how honest attestation fails, style and nouns of routes
(REST, tenant-nested REST, RPC, GraphQL for the front ends), forms of ids, hosts, optional fields that the gateway
logs, form of user agents, rate limit and lock-out, NAT of schools and carriers, partners, a release, outages, an
outage of the attestation provider, examinations, a results day, and which attacks come, how large and how hidden.
Where a distribution comes from something published a comment says so; every other one is the author's guess.
"""
import hashlib, ipaddress, json, math, os, random, sys
from bisect import bisect_left
from collections import defaultdict, deque
from datetime import datetime, timedelta, timezone

# Country: (UTC offset, lat, lon, fixed-line, mobile and research/education networks as (ASN, IPv4, IPv6)).
# Prefixes are large public allocations of these operators, to the author's memory; good enough to look right.
COUNTRIES = {
    "DE": (1, 50.9, 9.6, [(3320, "87.128.0.0/11", "2003:c0::/27"), (3209, "88.64.0.0/12", "2a02:8100::/28"), (6805, "77.176.0.0/13", "2a02:3030::/28")], [(3320, "80.187.64.0/18", None), (6805, "176.0.0.0/14", None)], [(680, "141.30.0.0/16", "2001:638::/32"), (553, "129.69.0.0/16", "2001:7c0::/32")]),
    "GB": (0, 52.6, -1.5, [(2856, "86.128.0.0/11", "2a00:23c0::/28"), (5607, "90.192.0.0/12", "2a02:c7c::/31"), (5089, "82.0.0.0/13", None)], [(12576, "31.64.0.0/14", "2a01:4c8::/32"), (206067, "92.40.0.0/15", None)], [(786, "128.243.0.0/16", "2001:630::/32")]),
    "FR": (1, 46.9, 2.5, [(3215, "90.0.0.0/11", "2a01:cb00::/26"), (12322, "82.64.0.0/14", "2a01:e00::/27"), (15557, "77.128.0.0/13", None)], [(51207, "37.160.0.0/14", "2a0d:e480::/29"), (15557, "92.184.96.0/19", None)], [(2200, "193.48.0.0/14", "2001:660::/32")]),
    "US": (-6, 39.5, -93.0, [(7922, "73.0.0.0/9", "2601::/21"), (7018, "99.0.0.0/11", "2600:1700::/28"), (20115, "71.80.0.0/13", "2600:6c00::/26")], [(21928, "172.56.0.0/14", "2607:fb90::/28"), (6167, "174.192.0.0/11", "2600:1000::/28")], [(73, "128.95.0.0/16", "2607:4000::/32"), (217, "128.101.0.0/16", "2607:ea00::/32")]),
    "IN": (5.5, 20.6, 78.0, [(24560, "122.160.0.0/13", None), (18209, "106.51.0.0/16", "2406:7400::/32"), (9829, "117.192.0.0/12", None)], [(55836, "49.32.0.0/12", "2409:4000::/24"), (45609, "106.192.0.0/13", "2401:4900::/32")], [(55824, "14.139.0.0/16", "2405:8a00::/32")]),
    "BR": (-3, -16.0, -48.5, [(28573, "177.32.0.0/13", "2804:14c::/32"), (27699, "189.96.0.0/12", "2804:7f0::/32")], [(26599, "177.24.0.0/14", "2804:18::/32"), (26615, "187.68.0.0/14", None)], [(1916, "200.137.0.0/16", "2001:12f0::/32")]),
    "ES": (1, 40.2, -3.6, [(3352, "83.32.0.0/12", "2a02:9000::/23"), (12479, "85.48.0.0/12", None)], [(12430, "46.24.0.0/14", None), (3352, "176.80.0.0/13", None)], [(766, "147.83.0.0/16", "2001:720::/32")]),
    "PL": (1, 52.1, 19.4, [(5617, "83.0.0.0/11", "2a01:110f::/32"), (29314, "89.64.0.0/13", None)], [(8374, "37.248.0.0/15", "2a02:a310::/28"), (39603, "188.146.0.0/15", None)], [(8501, "150.254.0.0/16", "2001:808::/32")]),
    "AU": (10, -33.5, 148.5, [(1221, "120.144.0.0/12", "2001:8003::/32"), (7545, "203.212.0.0/15", "2403:5800::/32")], [(4804, "49.176.0.0/12", None), (1221, "1.120.0.0/13", None)], [(7575, "138.44.0.0/16", "2001:388::/32")]),
    "ZA": (2, -28.5, 25.5, [(3741, "196.209.0.0/16", None), (37457, "105.224.0.0/12", "2c0f:f4c0::/32")], [(29975, "41.0.0.0/13", None), (16637, "105.0.0.0/13", None)], [(2018, "155.232.0.0/16", "2001:4200::/32")]),
    "ID": (7, -6.9, 108.0, [(7713, "180.240.0.0/12", "2001:448a::/32"), (23700, "139.192.0.0/14", None)], [(23693, "114.120.0.0/13", None), (4761, "114.4.0.0/14", None)], [(4796, "167.205.0.0/16", "2403:8000::/32")]),
    "NL": (1, 52.1, 5.3, [(1136, "84.80.0.0/12", "2a02:a440::/26"), (33915, "62.194.0.0/15", "2001:1c00::/23")], [(1136, "188.200.0.0/14", None), (50266, "188.88.0.0/14", None)], [(1103, "145.90.0.0/16", "2001:610::/32")])}
HOSTING = [(16509, "3.64.0.0/12", "US", None), (16509, "18.184.0.0/14", "DE", None), (396982, "34.64.0.0/11", "US", None), (8075, "20.48.0.0/12", "US", None), (24940, "95.216.0.0/16", "FI", "2a01:4f9::/32"), (24940, "88.198.0.0/16", "DE",
    "2a01:4f8::/32"), (16276, "51.68.0.0/15", "FR", "2001:41d0::/32"), (14061, "138.68.0.0/16", "US", "2604:a880::/32"), (14061, "167.99.0.0/16", "NL", "2a03:b0c0::/32"), (51167, "161.97.64.0/18", "DE", None), (63949, "172.104.0.0/15",
    "SG", None)]
VPNS = [(9009, "185.220.64.0/18", "RO"), (212238, "156.146.32.0/19", "GB"), (60068, "89.187.160.0/19", "DE"), (136787, "103.108.228.0/22", "SG")]
BRANDS = ["Lernwerk", "Skolara", "Campusio", "Klassroom", "Edunest", "Tutelo", "Gradeway", "Aulanet", "Studium", "Pensio", "Scolaris", "Tablero"]
FIRST = "anna ben carla david elif finn greta hugo ines jonas kira liam mia noah olga paul rosa sam tara uma vik wanda yara zoe aisha bao chen diego".split()
LAST = "mueller smith silva kumar nowak garcia martin jansen dubois khan weber lopez rossi brown patel santos lee nguyen botha wijaya taylor moreau klein".split()
WORDS = "algebra biology chemistry drama ethics french geometry history irony java kinetics latin media number optics poetry quantum rhetoric sets trade unit verse".split()
JA4 = {"chrome": ["t13d1516h2_8daaf6152771_02713d6af862", "t13d1516h2_8daaf6152771_d8a2da3f94cd", "t13d1517h2_8daaf6152771_b1ff8ab2d16f"], "firefox": ["t13d1715h2_5b57614c22b0_3d5424432f57", "t13d1716h2_5b57614c22b0_eeeea6562960"],
    "safari": ["t13d2014h2_a09f3c656075_14788d8d241b", "t13d2013h2_a09f3c656075_7f0f34a4126d"], "android": ["t13d1513h2_8daaf6152771_eca864cca44a", "t13d1412h2_9dc949149365_97f8aa674fd9", "t12d1411h2_d34a8e72043a_b39be8c56a14"],
    "ios": ["t13d2014h2_a09f3c656075_e42f34c56612", "t13d2013h2_a09f3c656075_d0a99b85a9ec"], "python": ["t13d1812h1_85036bcba153_b26ce05bbdd6", "t13d1712h1_5b57614c22b0_ef7df7f74e48"], "curl": ["t13d3112h2_e8f1e7e78f70_b26ce05bbdd6"],
    "go": ["t13d1312h2_f57a46bbacb6_ab7e3b40a677"], "java": ["t13d2812h1_27fc48dd9e2c_a7b1d2fc6b5a", "t13d1713h2_7fd1a3f1fc4b_14d7e2f7ea8c"], "node": ["t13d5911h1_a33745022dd6_1f22a2ca17c4"],
    "mitm": ["t13d1011h1_61a7ad8aa9b6_3fcd1a44f3e3", "t12d2009h1_51d5c8c0a3a2_2a284e3b0c56"]}
SCRIPT_UA = {"python": ["python-requests/2.31.0", "python-requests/2.32.3", "Python/3.11 aiohttp/3.9.5", "python-httpx/0.27.0"], "curl": ["curl/8.5.0", "curl/7.88.1"], "go": ["Go-http-client/2.0", "Go-http-client/1.1"],
             "node": ["axios/1.6.8", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)"], "java": ["okhttp/4.12.0", "Apache-HttpClient/4.5.14 (Java/17.0.10)"]}
BROWSERS = [("chrome", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36", 34), ("chrome",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36", 22), ("chrome",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0", 14), ("safari",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15", 12), ("firefox", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0", 8),
    ("chrome", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36", 10)]
PHONES = ["SM-A546B", "SM-G991B", "Pixel 7", "Redmi Note 12", "M2101K6G", "moto g52", "CPH2387", "SM-A145F", "V2206", "SM-S911U"]
IPHONES = ["iPhone12,1", "iPhone13,2", "iPhone14,5", "iPhone15,2", "iPhone11,8", "iPad13,4"]
# op: (method, REST path, median response bytes, median ms, group).  {x} are ids, <x> nouns that a world chooses.
OPS = {"login": ("POST", "/auth/<login>", 900, 210, "auth"), "refresh": ("POST", "/auth/<token>", 820, 35, "auth"), "sso": ("POST", "/auth/sso/callback", 940, 160, "auth"), "logout": ("POST", "/auth/logout", 0, 18, "auth"),
    "otp_send": ("POST", "/auth/otp", 60, 320, "auth"), "otp_verify": ("POST", "/auth/otp/verify", 480, 70, "auth"), "reset": ("POST", "/auth/<reset>", 70, 240, "auth"), "reset_set": ("POST", "/auth/<reset>/confirm", 90, 250, "auth"),
    "register": ("POST", "/auth/<register>", 1000, 340, "auth"), "email_set": ("PUT", "/me/email", 240, 90, "app"), "me": ("GET", "/me", 1400, 22, "app"), "home": ("GET", "/<home>", 9500, 85, "app"), "notif": ("GET", "/notifications",
    2400, 24, "app"), "config": ("GET", "/config", 3100, 9, "app"), "telemetry": ("POST", "/telemetry", 0, 12, "app"), "timetable": ("GET", "/<timetable>", 5200, 40, "app"), "ics": ("GET", "/<timetable>/{person}.ics", 22000, 60, "rest"),
    "course_list": ("GET", "/<courses>", 7600, 60, "app"), "course": ("GET", "/<courses>/{course}", 6400, 48, "app"), "members": ("GET", "/<courses>/{course}/members", 14000, 75, "app"), "assignments": ("GET",
    "/<courses>/{course}/<assignments>", 8200, 66, "app"), "assignment": ("GET", "/<assignments>/{assignment}", 4100, 38, "app"), "submission": ("GET", "/<submissions>/{submission}", 3600, 45, "app"), "submit": ("POST",
    "/<assignments>/{assignment}/<submissions>", 700, 280, "app"), "file_list": ("GET", "/<courses>/{course}/<files>", 5600, 44, "app"), "file": ("GET", "/<files>/{file}/download", 640000, 190, "content"), "threads": ("GET",
    "/<courses>/{course}/<threads>", 9000, 58, "app"), "thread": ("GET", "/<threads>/{thread}", 12500, 52, "app"), "post": ("POST", "/<threads>/{thread}/posts", 820, 95, "app"), "messages": ("GET", "/messages", 6100, 47, "app"),
    "message": ("POST", "/messages", 520, 80, "app"), "search": ("GET", "/search", 8800, 160, "app"), "people": ("GET", "/<people>/search", 4300, 110, "app"), "person": ("GET", "/<people>/{person}", 1700, 28, "app"), "grades": ("GET",
    "/<people>/{person}/<grades>", 5100, 63, "app"), "gradebook": ("GET", "/<courses>/{course}/<grades>", 38000, 210, "app"), "grade_put": ("PUT", "/<submissions>/{submission}/grade", 640, 85, "app"), "export": ("POST",
    "/<courses>/{course}/exports", 300, 420, "app"), "export_get": ("GET", "/exports/{export}", 190000, 520, "content"), "quiz": ("GET", "/quiz/items/{item}", 2300, 26, "app"), "quiz_answer": ("POST", "/quiz/items/{item}/answer", 420,
    34, "app"), "exams": ("GET", "/<exams>", 3900, 42, "exam"), "exam": ("GET", "/<exams>/{exam}", 5200, 50, "exam"), "exam_status": ("GET", "/<exams>/{exam}/status", 260, 11, "exam"), "exam_start": ("POST", "/<exams>/{exam}/attempts",
    2600, 340, "exam"), "question": ("GET", "/attempts/{attempt}/questions/{n}", 3400, 38, "exam"), "answer": ("PUT", "/attempts/{attempt}/answers/{n}", 120, 44, "exam"), "exam_submit": ("POST", "/attempts/{attempt}/submit", 760, 260,
    "exam"), "paper": ("GET", "/<exams>/{exam}/paper", 88000, 140, "exam"), "beat": ("POST", "/proctor/{attempt}/heartbeat", 90, 14, "exam"), "snap": ("POST", "/proctor/{attempt}/snapshots", 140, 120, "exam"), "slots": ("GET",
    "/<exams>/{exam}/slots", 3000, 55, "exam"), "slot_book": ("POST", "/<exams>/{exam}/slots/{slot}/booking", 640, 130, "exam"), "join": ("POST", "/<courses>/join", 900, 75, "app"), "voucher": ("POST", "/licences/redeem", 540, 95,
    "app"), "catalog": ("GET", "/catalogue", 16000, 60, "public"), "catalog_item": ("GET", "/catalogue/{course}", 9800, 45, "public"), "bank": ("GET", "/bank/questions/{item}", 3900, 40, "app"), "admin_users": ("GET", "/admin/users",
    19000, 150, "admin"), "admin_user": ("GET", "/admin/users/{person}", 2900, 45, "admin"), "admin_new": ("POST", "/admin/users", 700, 160, "admin"), "admin_reset": ("POST", "/admin/users/{person}/reset", 120, 130, "admin"),
    "admin_role": ("PUT", "/admin/users/{person}/role", 300, 75, "admin"), "admin_audit": ("GET", "/admin/audit", 26000, 260, "admin"), "admin_keys": ("GET", "/admin/keys", 1800, 50, "admin"), "lti_launch": ("POST", "/lti/launch", 2100,
    120, "partner"), "lti_grade": ("POST", "/lti/scores", 130, 70, "partner"), "roster": ("GET", "/partner/roster", 52000, 310, "partner"), "roster_user": ("GET", "/partner/users/{person}", 1500, 40, "partner"), "roster_put": ("PUT",
    "/partner/users/{person}", 200, 85, "partner"), "pull": ("GET", "/partner/submissions/{submission}", 61000, 130, "partner"), "health": ("GET", "/health", 40, 3, "rest")}
NOUNS = {"login": ["login", "signin", "sessions"], "token": ["token", "refresh", "renew"], "reset": ["reset", "password-reset", "forgot"], "register": ["register", "signup", "accounts"], "home": ["home", "dashboard", "feed"],
    "timetable": ["timetable", "schedule", "calendar"], "courses": ["courses", "classes", "modules", "rooms"], "assignments": ["assignments", "tasks", "homework"], "submissions": ["submissions", "handins", "works"], "files": ["files",
    "content", "resources", "media"], "threads": ["threads", "discussions", "topics"], "people": ["people", "users", "profiles"], "grades": ["grades", "marks", "results"], "exams": ["exams", "assessments", "tests"]}
ID_KINDS = ["course", "assignment", "submission", "file", "thread", "person", "export", "item", "exam", "attempt", "slot"]
PAGED = {"members", "admin_users", "roster", "catalog", "threads", "admin_audit", "messages", "course_list"}
STUDENT = {"home": 6, "notif": 6, "timetable": 7, "course": 8, "assignments": 7, "assignment": 8, "submission": 3, "file_list": 4, "file": 5, "threads": 4, "thread": 6, "post": 1, "messages": 4,
           "message": 2, "search": 2, "people": 1, "person": 2, "grades": 5, "quiz": 8, "quiz_answer": 7, "submit": 1.2, "members": 1, "exams": 1.5, "telemetry": 5, "course_list": 2, "join": 0.2, "slots": 0.3, "email_set": 0.1}
TEACHER = {"home": 4, "notif": 4, "timetable": 4, "course": 8, "assignments": 6, "assignment": 6, "submission": 16, "grade_put": 12, "gradebook": 4, "members": 4, "thread": 3, "post": 2, "messages": 5,
           "message": 4, "file_list": 3, "file": 3, "bank": 4, "export": 1, "person": 3, "grades": 3, "search": 2, "exams": 2, "exam": 2, "paper": 1, "course_list": 2, "email_set": 0.2}
PARENT = {"home": 5, "notif": 6, "timetable": 6, "grades": 9, "messages": 7, "message": 2, "person": 2, "assignments": 3, "telemetry": 3}

r = random.Random()

def hx(*parts):
    return int(hashlib.md5(repr(parts).encode()).hexdigest(), 16)

def b62(number, length):
    alphabet, out = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", ""
    for _ in range(length):
        number, rest = divmod(number, 62)
        out += alphabet[rest]
    return out

class Place:
    """Where a client is: a home line, a carrier's NAT pool, a school's NAT, a server."""
    def __init__(self, cc, asn, lat, lon, v4, v6=None, sticky=86400, mitm=None):
        self.cc, self.asn, self.lat, self.lon, self.v4, self.v6, self.sticky, self.mitm = cc, asn, lat, lon, v4, v6, sticky, mitm

    def ip(self, key, t):
        if self.v6 and hx(key, "six") % 10 < 7:  # a /64, the interface id rotates daily as privacy extensions do
            return str(ipaddress.IPv6Address(self.v6 | (hx(self.v6, key, int(t // 86400)) & (2**64 - 1))))
        return self.v4[hx(key, int(t // self.sticky)) % len(self.v4)]

class Client:
    """One installation of a browser, app or script: what it sends and how its attestation behaves."""
    def __init__(self, w, platform, ua, api, stack, versions=None, device=None, can=False, health="good"):
        self.w, self.platform, self.ua, self.api, self.versions, self.device, self.can, self.health = w, platform, ua, api, versions, device, can, health
        self.key, self.ja4, self.token, self.token_end = r.getrandbits(60), r.choice(JA4[stack]), None, 0

    def version(self, t):
        old, new, when = self.versions or (None, None, 0)
        return new if t >= when else old

    def agent(self, t):
        return self.ua.replace("%V", self.version(t) or "")

    def attest(self, t):
        """(status, code, token) as the gateway would log them."""
        w = self.w
        if not self.can: return (w.no_attest, None, None)
        if t > self.token_end: self.token, self.token_end = "%032x" % r.getrandbits(128), t + w.token_ttl * r.uniform(0.8, 1.1)
        for platform, start, end in w.attest_outages:
            if platform == {"tablet": "android"}.get(self.platform, self.platform) and start <= t < end and r.random() < 0.85: return "missing", "PROVIDER_UNAVAILABLE", None
        x = r.random()
        if self.health == "rooted": return ("failed", "DEVICE_INTEGRITY", self.token)
        if self.health in ("repack", "sideloaded"): return ("failed", "APP_NOT_RECOGNIZED", self.token) if x < 0.8 else ("missing", "NO_TOKEN", None)
        if self.health == "absent" or (self.health == "flaky" and x < 0.3): return ("missing", "NO_TOKEN", None)
        if (self.health == "skewed" and x < 0.7) or x < w.expired_rate: return ("expired", "TOKEN_EXPIRED", self.token)
        if x < w.expired_rate + w.fail_rate: return ("failed", r.choice(["DEVICE_INTEGRITY", "APP_NOT_RECOGNIZED", "NONCE_MISMATCH", "BAD_SIGNATURE"]), self.token)
        if x < w.expired_rate + w.fail_rate + w.missing_rate: return ("missing", "NO_TOKEN", None)
        return ("genuine", None, self.token)

class Person:
    """A pupil, student, teacher, parent or administrator of one school."""
    def __init__(self, w, n, role, school):
        self.n, self.role, self.school, self.uid, first, last = n, role, school, w.oid("person", n), r.choice(FIRST), r.choice(LAST)
        if role == "parent" or r.random() < 0.06: self.subject = "%s.%s%d@%s" % (first, last, r.randrange(99), r.choice(["gmail.com", "outlook.com", "web.de", "yahoo.com", "icloud.com"]))
        else: self.subject = {"email": "%s.%s%d@%s" % (first, last, n, school["domain"]), "number": "%s%07d" % (school["domain"][0], 1200000 + n * 7), "name": "%s%s%d" % (first[0], last, n)}[w.subject_style]
        self.home = w.home_place(school["cc"]) if r.random() > 0.12 or not w.homes else r.choice(w.homes)
        self.mobile, self.weight, self.courses = w.carrier(school["cc"]), r.lognormvariate(0, 1.0), r.sample(school["courses"], min(len(school["courses"]), r.randint(3, 8)))
        self.app = w.app_client() if r.random() < w.app_share else None
        self.web = w.web_client()

class World:
    def __init__(self, seed):
        r.seed("learn-%s" % seed)
        self.rows, self.holds, self.brand = [], [], r.choice(BRANDS)
        self.tag, self.days = self.brand[:r.choice([2, 3, 4])].lower(), r.choice([2, 3, 3, 4])
        weekday, self.t0 = r.choice([0, 1, 2, 3, 4, 4, 6] if self.days < 4 else range(7)), datetime(2025, r.choice([1, 3, 5, 9, 10, 11]), 3, r.randrange(24), r.randrange(60), tzinfo=timezone.utc)
        while self.t0.weekday() != weekday: self.t0 += timedelta(days=1)
        self.t0 = self.t0.timestamp()
        self.t1, self.target, self.attack_share, names = self.t0 + self.days * 86400, r.randint(63000, 96000), r.uniform(0.028, 0.075), r.sample(sorted(COUNTRIES), r.choice([1, 2, 3, 4, 5]))
        self.countries, self.university, self.weekend, self.late = {c: r.paretovariate(1.0) + 0.2 for c in names}, r.uniform(0.1, 0.75), r.uniform(0.25, 0.7), r.uniform(0.5, 1.6)
        self.app_share, self.ios_share, self.carriers, self.homes = r.uniform(0.45, 0.92), r.uniform(0.15, 0.6), {}, []
        self.draw_api()
        self.draw_gateway()
        self.release, self.quirk, major = self.t0 + r.uniform(0.2, 0.8) * (self.t1 - self.t0), r.choice(["prefetch", "doubled", "new-route", "chatty-telemetry"]), r.randint(3, 8)
        self.vers, self.outages = ["%d.%d.%d" % (major, m, r.randrange(4)) for m in range(2, 9)], []
        for _ in range(r.choice([0, 1, 1, 2])):
            start = self.clock_day(r.randrange(self.days), r.uniform(7, 21))
            self.outages.append((start, start + r.uniform(120, 1500), r.uniform(0.3, 0.9)))
        self.draw_people()
        self.partners = [{"key": "%s_%s" % (r.choice(["pk", "part", "key"]), b62(r.getrandbits(80), 10)), "name": n, "place": self.server_place(), "stack": r.choice(["java", "python", "go", "node"])}
                         for n in r.sample(["lti-mathlab", "lti-lingua", "publisher-a", "publisher-b", "plagiarism", "sis-sync", "warehouse", "library", "lti-code", "timetabler"], r.randint(6, 9))]
        for p in self.partners:
            stack = p["stack"]
            p["client"] = Client(self, "server", r.choice(SCRIPT_UA[stack] + ["%s-connector/%d.%d" % (p["name"], r.randint(1, 4), r.randrange(9))]), p["key"], stack)

    def draw_api(self):
        self.style, self.prefix, self.nouns = r.choice(["rest", "rest", "tenant", "rpc", "graphql"]), r.choice(["/api/v1", "/api/v2", "/v1", "/v3", "/api", ""]), {k: r.choice(v) for k, v in NOUNS.items()}
        forms = [r.choice(["seq", "uuid", "opaque", "hex"]) for _ in range(2)] + ["seq"]
        self.form = {k: r.choice(forms) for k in ID_KINDS}
        if r.random() < 0.4: self.form["course"] = "slug"
        self.base, self.salt = {k: (r.randint(1000, 9000000), r.choice([1, 1, 1, 2, 3])) for k in ID_KINDS}, r.getrandbits(40)
        domain, split = "%s.%s" % (self.brand.lower(), r.choice(["example", "com", "io", "education", "app"])), r.random() < 0.65
        hosts = {g: ("%s.%s" % (r.choice(names), domain) if split else "api." + domain) for g, names in {"auth": ["id", "login", "auth"], "app": ["api", "app"], "content": ["content", "cdn", "media"], "exam": ["exam", "assess", "api"],
            "public": ["www"], "admin": ["console", "admin", "api"], "partner": ["partner", "lti", "connect"], "rest": ["api"]}.items()}
        self.hosts, self.gql, self.gql_ops, self.rpc_get, self.subject_style = hosts, r.choice([("android", "ios", "tablet"), ("android", "ios", "tablet", "web", "device", "desktop")]), r.random() < 0.6, r.random() < 0.5, r.choice(["email", "number", "name"])

    def draw_gateway(self):
        share = {"url.query": 0.85, "http.route": 0.5, "server.address": 0.75, "http.request.id": 0.5, "http.request.size": 0.6, "http.response.size": 0.88, "http.server.request.duration": 0.85,
                 "session.id": 0.75, "device.id": 0.75, "app.version": 0.6, "geo.country": 0.75, "geo.location": 0.3, "network.asn": 0.55, "tls.client.ja4": 0.55, "attestation.code": 0.7,
                 "attestation.issuer": 0.6, "attestation.token": 0.75, "login.subject": 0.88, "captcha.score": 0.35, "waf.score": 0.4}
        self.fields, self.limit, self.lockout, self.locked_status = {k: r.random() < p for k, p in share.items()}, r.choice([None, 90, 150, 240, 400]), r.choice([None, 5, 8, 10]), r.choice([423, 403, 429])
        self.bad_login, self.time_form, self.event_form, self.web_key = r.choice([401, 401, 400, 422]), r.choice(["iso", "iso", "ms"]), r.choice(["offset", "uuid", "hex"]), r.random() < 0.7
        self.no_attest, self.token_ttl = r.choice([None, "none"]), r.choice([900, 1800, 3600, 14400])
        self.expired_rate, self.fail_rate, self.missing_rate = r.uniform(0.001, 0.02), r.uniform(0.0005, 0.006), r.uniform(0.002, 0.04)
        self.bad_health, self.attest_outages = {"rooted": r.uniform(0.005, 0.03), "absent": r.uniform(0.01, 0.06), "skewed": r.uniform(0.004, 0.02), "flaky": r.uniform(0.0, 0.03), "sideloaded": r.uniform(0.002, 0.012)}, []
        if r.random() < 0.6:
            start = self.clock_day(r.randrange(self.days), r.uniform(8, 20))
            self.attest_outages.append((r.choice(["android", "ios"]), start, start + r.uniform(1200, 9000)))
        self.ua_form = r.choice(["slash", "paren", "okhttp"])

    def draw_people(self):
        self.schools, self.people, course = [], [], 0
        for _ in range(r.randint(8, 20)):
            cc, uni = r.choices(list(self.countries), list(self.countries.values()))[0], r.random() < self.university
            off, lat, lon, fixed, _, edu = COUNTRIES[cc]
            asn, v4, v6 = r.choice(edu) if uni or r.random() < 0.35 else r.choice(fixed)
            # Hundreds to thousands behind one address happen in ISPs and campuses: Zander & Murray, LCN 2017.
            nat = [self.v4(v4) for _ in range(r.choice([1, 1, 1, 2, 3, 6] if not uni else [1, 2, 4, 12]))]
            place = Place(cc, asn, round(lat + r.uniform(-2, 2), 3), round(lon + r.uniform(-2, 2), 3), nat, self.v6(v6) if v6 and uni and r.random() < 0.4 else None, 43200,
                          r.choice(JA4["mitm"]) if not uni and r.random() < 0.3 else None)
            n = r.randint(4, 14)
            school = {"cc": cc, "uni": uni, "tz": off, "place": place, "courses": list(range(course, course + n)), "domain": "%s%d.%s" % (r.choice(["gym", "hs", "uni", "col", "lyc", "sek"]), r.randrange(10, 999),
                      "edu" if cc == "US" else cc.lower()), "bell": r.uniform(7.7, 8.8), "lesson": r.choice([0.75, 0.83, 1.0, 1.5]), "sso": r.random() < 0.35, "people": defaultdict(list), "size": r.lognormvariate(0, 0.7)}
            course += n
            self.schools.append(school)
        self.course_count = course
        for n in range(r.randint(1600, 3000)):
            school = r.choices(self.schools, [s["size"] for s in self.schools])[0]
            role = r.choices(["student", "teacher", "parent", "admin"], [80, 9, 0 if school["uni"] else 11, 0.9])[0]
            self.people.append(Person(self, n, role, school))
            school["people"][role].append(self.people[-1])
        for school in self.schools:
            school["tablets"] = [self.app_client("tablet") for _ in range(r.randint(0, 24) if not school["uni"] else 0)]
            for role in ("teacher", "student"):
                if not school["people"][role]: school["people"][role].append(r.choice([p for p in self.people if p.role == role]))
        self.by_role = {x: [p for p in self.people if p.role == x] for x in ("student", "teacher", "parent", "admin")}
        self.by_role["admin"] = self.by_role["admin"] or self.by_role["teacher"][:3]

    def v4(self, cidr):
        net = ipaddress.ip_network(cidr)
        return str(net[r.randrange(net.num_addresses) & ~255 | r.randint(2, 253)])

    def v6(self, cidr):
        net = ipaddress.ip_network(cidr)
        return int(net.network_address) | (r.randrange(1 << (64 - net.prefixlen)) << 64)

    def home_place(self, cc):
        _, lat, lon, fixed, _, _ = COUNTRIES[cc]
        asn, v4, v6 = r.choice(fixed)
        place = Place(cc, asn, round(lat + r.gauss(0, 1.5), 3), round(lon + r.gauss(0, 1.8), 3), [self.v4(v4)], self.v6(v6) if v6 and r.random() < 0.55 else None)
        self.homes.append(place)
        return place

    def carrier(self, cc):
        if cc not in self.carriers:  # CGNAT puts over 100 devices on one IPv4 address (Cloudflare, 2025, as reported by The Register)
            _, lat, lon, _, mobile, _ = COUNTRIES[cc]
            self.carriers[cc] = [Place(cc, asn, round(lat, 3), round(lon, 3), [self.v4(v4) for _ in range(r.randint(2, 14))], self.v6(v6) if v6 and r.random() < 0.5 else None, r.choice([600, 3600, 14400])) for asn, v4, v6 in mobile]
        return r.choice(self.carriers[cc])

    def server_place(self):
        asn, v4, cc, v6 = r.choice(HOSTING)
        return Place(cc, asn, 50.1, 8.7, [self.v4(v4)], self.v6(v6) if v6 and r.random() < 0.25 else None)

    def vpn_place(self, count=1):
        asn, v4, cc = r.choice(VPNS)
        return Place(cc, asn, 48.0, 11.0, [self.v4(v4) for _ in range(count)], None, 5400)

    def app_ua(self, platform):
        if platform == "android":
            return {"slash": self.brand + "Android/%V", "paren": self.brand + "/%%V (Android %d; %s)" % (r.randint(9, 15), r.choice(PHONES)), "okhttp": self.brand + "-Android/%V okhttp/4.12.0"}[self.ua_form]
        if platform == "tablet": return self.brand + "Class/%%V (%s)" % r.choice(["SM-T500; Android 12", "Lenovo TB-X306F; Android 11", "SM-X200; Android 13"])
        return {"slash": self.brand + "iOS/%V", "paren": self.brand + "/%%V (%s; iOS 17.%d)" % (r.choice(IPHONES), r.randrange(1, 7)), "okhttp": self.brand + "-iOS/%V CFNetwork/1494.0.7 Darwin/23.4.0"}[self.ua_form]

    def app_client(self, platform=None, health=None):
        platform = platform or ("ios" if r.random() < self.ios_share else "android")
        if health is None:
            health = r.choices(["good"] + list(self.bad_health), [1 - sum(self.bad_health.values())] + list(self.bad_health.values()))[0]
            if platform == "ios" and health in ("rooted", "sideloaded") and r.random() < 0.7: health = "good"
            if platform == "tablet" and r.random() < 0.25: health = "absent"  # cheap tablets without the platform's services
        old, when = self.vers[min(5, int(r.triangular(0, 6, 5.5)))], self.release + r.expovariate(1 / 40000) if r.random() < 0.7 else self.t1 + 9e9
        return Client(self, platform, self.app_ua(platform), "%s-%s" % (self.tag, platform), "ios" if platform == "ios" else "android", (old, self.vers[6], when), str(self.uuid(r.getrandbits(120))), True, health)

    def web_client(self, headless=False):
        stack, ua, _ = r.choices(BROWSERS, [b[2] for b in BROWSERS])[0]
        v = r.choices([124, 123, 122, 118, 109], [50, 25, 10, 8, 4])[0]
        ua = ua.replace("{v}", str(v))
        if headless: stack, ua = "chrome", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/%d.0.0.0 Safari/537.36" % v
        return Client(self, "web", ua, self.tag + "-web" if self.web_key else None, stack)

    def proctor_client(self):
        return Client(self, "desktop", "%sGuard/%s (%s)" % (self.brand, r.choice(["3.4.1", "3.4.0", "3.2.7"]), r.choice(["Windows NT 10.0; Win64", "Windows NT 10.0; Win64", "Macintosh; Mac OS X 14.4"])), self.tag + "-proctor", "chrome", None, self.uuid(r.getrandbits(120)))

    def script_client(self, api=None, platform="server"):
        stack = r.choices(["python", "curl", "go", "node", "java"], [6, 2, 2, 2, 1])[0]
        return Client(self, platform, r.choice(SCRIPT_UA[stack]), api, stack)

    @staticmethod
    def uuid(number):
        s = "%032x" % (number & (2**128 - 1))
        return "%s-%s-4%s-a%s-%s" % (s[:8], s[8:12], s[13:16], s[17:20], s[20:])

    def oid(self, kind, n):
        form = self.form[kind]
        if form == "seq": return str(self.base[kind][0] + n * self.base[kind][1])
        h = hx(self.salt, kind, n)
        if form == "slug": return "%s-%s-%d" % (WORDS[h % 22], WORDS[h // 22 % 22], n)
        return self.uuid(h) if form == "uuid" else b62(h, 11) if form == "opaque" else "%024x" % (h & (2**96 - 1))

    def route(self, op, ids, school, gql):
        """(method, host, path, query, route) of one logical operation in this world's style."""
        method, template, _, _, group = OPS[op]
        query, fill = [], {k: (str(v) if k == "n" else self.oid(k, v)) for k, v in ids.items()}
        for noun, word in self.nouns.items(): template = template.replace("<%s>" % noun, word)
        host = self.hosts[group]
        if gql and self.style == "graphql" and group in ("app", "exam"):
            name = "".join(p.capitalize() for p in op.split("_"))
            return "POST", host, self.prefix + "/graphql", ["operationName=" + name] if self.gql_ops else [], self.prefix + "/graphql"
        if self.style == "rpc" and group in ("app", "exam", "admin", "partner"):
            path = "%s/%s.%s" % (self.prefix or "/rpc", group, op)
            if method == "GET" and self.rpc_get: return method, host, path, ["%sId=%s" % kv for kv in fill.items()], path
            return "POST", host, path, [], path
        if op == "health": return method, host, "/health", [], "/health"
        lead = self.prefix
        if self.style == "tenant" and group in ("app", "exam"):
            lead += "/%s/{school}" % "schools"
            fill["school"] = school["domain"].split(".")[0]
        return method, host, (lead + template).format(**fill), query, lead + template

    def clock_day(self, day, hour, tz=0):
        """Epoch of a local hour on the log's nth calendar day, kept inside the log."""
        midnight = self.t0 - self.t0 % 86400 + day * 86400
        return min(max(midnight + (hour - tz) * 3600, self.t0 + 5), self.t1 - 600)

    def weekday(self, t, tz=0):
        return datetime.fromtimestamp(t + tz * 3600, timezone.utc).weekday()

    def moment(self, person):
        """A moment in a person's day. University shape: lowest 5:30 to 8, peak near 22 h, least on Saturdays (LON-CAPA usage statistics of Michigan State University, 2003); pupils: lessons and homework (a guess)."""
        school = person.school
        uni = school["uni"]
        curve = [3, 2, 1, .6, .4, .3, .3, .8, 3, 5, 6, 6, 5, 6, 6.5, 7, 7, 6, 6, 7, 8, 9, 9, 6] if uni else [.5, .2, .1, .1, .1, .3, 2, 6, 9, 9, 8, 9, 8, 7, 6, 6, 7, 7, 6, 6, 5, 3, 2, 1]
        curve = [c * (self.late if h >= 19 or h < 2 else 1) for h, c in enumerate(curve)]
        while True:
            t = self.t0 + r.random() * (self.t1 - self.t0)
            hour, day = int((t / 3600 + school["tz"]) % 24), self.weekday(t, school["tz"])
            keep = curve[hour] / 10 * (self.weekend * (0.8 if day == 5 else 1) if day > 4 else 1)
            if r.random() < keep and t < self.t1 - 60: return t

    def place_at(self, person, t):
        hour = (t / 3600 + person.school["tz"]) % 24
        if self.weekday(t, person.school["tz"]) < 5 and 8 <= hour < 15 and person.role != "parent" and r.random() < 0.75: return person.school["place"]
        return person.home if r.random() < 0.72 else person.mobile

    def emit(self, t, a, op, ids=None, status=None, subject=None, path=None, method=None, query=None, size=None, req=None, waf=None, ms=None):
        if not self.t0 <= t < self.t1: return None
        c = a.client
        if path is None:
            m, host, path, q, route = self.route(op, ids or {}, a.school, c.platform in self.gql)
            q = q + (query or [])
            if op in PAGED and not query and r.random() < 0.7: q.append("page=%d" % r.choice([1, 1, 1, 2, 3]))
            median, latency = OPS[op][2:4]
        else: m, host, q, route, median, latency = method, self.hosts["app" if r.random() < 0.6 else "public"], query or [], None, 180, 5
        if status is None:
            status = {"POST": 201 if op in ("submit", "post", "message", "export", "register", "slot_book", "admin_new", "exam_start") and self.style not in ("rpc", "graphql") else 200, "PUT": 200}.get(m, 200)
            if op in ("logout", "telemetry"): status = 204
            if m == "GET" and a.caches and r.random() < 0.13: status = 304
            x = r.random()
            if x < 0.006: status = r.choice([400, 404, 404, 403, 409, 422, 499])
            elif x < 0.0075: status = r.choice([500, 502, 504])
        for start, end, severity in self.outages:
            if start <= t < end and op != "health" and r.random() < severity: status, latency = r.choice([502, 503, 503, 504]), latency * 12
        ok = status < 300
        if size is None: size = 0 if status in (204, 304) else int(median * r.lognormvariate(0, 1.1 if op == "file" else 0.45)) if ok else int(r.lognormvariate(5.1, 0.35))
        if req is None: req = int(r.lognormvariate(5.6, 0.5)) if m in ("GET", "DELETE") else int({"submit": 240000, "snap": 46000, "post": 1100, "telemetry": 2600}.get(op, 420) * r.lognormvariate(0, 0.6))
        e = {"http.request.method": m, "url.path": path, "http.response.status_code": status, "client.address": a.place.ip(c.key, t), "user_agent.original": c.agent(t)}
        if not e["user_agent.original"]: del e["user_agent.original"]
        status_a, code, token = c.attest(t)
        login = op in ("login", "sso", "register", "reset", "otp_send", "otp_verify")
        optional = {"url.query": "&".join(q), "http.route": None if status == 404 and path is None else route, "server.address": host, "http.request.id": "%016x" % r.getrandbits(64), "http.request.size": req,
                    "http.response.size": size, "http.server.request.duration": round((ms or latency * r.lognormvariate(0, 0.5)) / 1000 * (1 if ok else 0.7), 4), "session.id": b62(hx(a.session, a.uid), 20) if a.uid and (not login or ok) else None, "device.id": c.device,
                    "app.version": c.version(t), "geo.country": a.place.cc, "network.asn": a.place.asn, "tls.client.ja4": (a.place.mitm if c.platform == "web" else None) or c.ja4, "attestation.code": code,
                    "attestation.issuer": "app" if token else None, "attestation.token": token, "login.subject": subject if op in ("login", "sso", "reset", "register") else None,
                    "captcha.score": (a.captcha() if login and c.platform == "web" and op != "sso" else None), "waf.score": waf if waf is not None else (r.choice([3, 5, 5, 8]) if r.random() < (0.06 if op in ("post", "message", "submit") else 0.004) else 0)}
        for k, v in optional.items():
            if v is not None and v != "" and self.fields[k]: e[k] = v
        if self.fields["geo.location"]: e["geo.location.lat"], e["geo.location.lon"] = a.place.lat, a.place.lon
        if c.api: e["api.client"] = c.api
        if a.uid and (op not in ("login", "sso", "register", "reset") or ok): e["user.id"] = a.uid
        if status_a: e["attestation.status"] = status_a
        label = {"label": "attack" if a.instance else "benign", "kind": a.kind, "instance": a.instance, "caller": a.caller, "platform": c.platform}
        self.rows.append((t, len(self.rows), e, label, op, subject))
        return status

    def write(self, out):
        self.rows.sort(key=lambda x: (int(x[0] * 1000), x[1]))
        recent, fails, keys, serial, pad = defaultdict(deque), defaultdict(deque), {p["key"] for p in self.partners}, r.randint(10**6, 10**8), r.getrandbits(48)
        with open(os.path.join(out, "events.ndjson"), "w") as ev, open(os.path.join(out, "labels.ndjson"), "w") as lab:
            for i, (t, _, e, label, op, subject) in enumerate(self.rows):
                if op == "login" and self.lockout:  # the account locks for everybody, its owner too
                    q = fails[subject]
                    while q and q[0] < t - 900: q.popleft()
                    if len(q) >= self.lockout: self.refuse(e, self.locked_status)
                    elif e["http.response.status_code"] == self.bad_login: q.append(t)
                if self.limit and e.get("api.client") not in keys:
                    q = recent[e["client.address"]]
                    while q and q[0] < t - 60: q.popleft()
                    if len(q) >= self.limit: self.refuse(e, 429)
                    else: q.append(t)
                eid, ms = {"offset": "gw-access:%d:%d" % (i % 6, serial + i // 6), "uuid": self.uuid(hx(pad, i)), "hex": "%020x" % (hx(pad, i) & (2**80 - 1))}[self.event_form], int(t * 1000)
                stamp = ms if self.time_form == "ms" else datetime.fromtimestamp(ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)
                ev.write(json.dumps({"event_id": eid, "time": stamp, **e}) + "\n")
                if label["label"] == "benign" and any(u == e.get("user.id") and s <= t <= f for u, s, f in self.holds): label["victim"] = True
                lab.write(json.dumps({"event_id": eid, **label}) + "\n")

    def refuse(self, e, status):
        e["http.response.status_code"] = status
        e.pop("user.id", None)
        if "http.response.size" in e: e["http.response.size"] = r.choice([92, 118, 131])
        if "http.server.request.duration" in e: e["http.server.request.duration"] = round(r.uniform(0.0008, 0.004), 4)

class Actor:
    """Somebody with a client in a place, under one label; calls go through here."""
    def __init__(self, w, client, place, kind, person=None, instance="", caller=None, uid=None, caches=None):
        self.w, self.client, self.place, self.kind, self.person, self.instance, self.uid = w, client, place, kind, person, instance, person.uid if person else uid
        self.school = person.school if person else r.choice(w.schools)
        self.session, self.caches = r.getrandbits(60), client.platform in ("web", "android", "ios", "tablet") and (not instance or r.random() < 0.6) if caches is None else caches
        self.caller = caller or (("%s:%s" % (person.role, person.uid)) if person else kind)

    def do(self, t, op, **k):
        return self.w.emit(t, self, op, **k)
    def at(self, t, op, **k):
        self.do(t, op, **k)
        return t

    def captcha(self):
        low = 0.12 if not self.instance else 0.55
        return r.choice([0.1, 0.1, 0.3]) if r.random() < low else r.choice([0.7, 0.9, 0.9])

    def signin(self, t, fails=None):
        """Signs the person in. About 3 % of users fail over a correctable typo in a day (Chatterjee et al., IEEE S&P 2016); forgotten and old passwords add to that, by guess."""
        w, p = self.w, self.person
        if p.school["sso"] and p.role != "parent" and fails is None: return self.at(t, "sso", subject=p.subject) + 0.4
        for _ in range(fails if fails is not None else r.choices([0, 1, 2, 3], [91, 6, 2, 1])[0]): t = self.at(t, "login", status=w.bad_login, subject=p.subject) + r.uniform(4, 25)
        return self.at(t, "login", subject=p.subject) + r.uniform(0.2, 1)

class Life(World):
    """Honest life."""
    def pick(self, op, person):
        """Ids of an object that this person would call."""
        c, out, template = r.choice(person.courses) if person.courses else 0, {}, OPS[op][1]
        for name, value in (("course", c), ("assignment", c * 9 + r.randrange(9)), ("file", c * 14 + min(13, int(r.expovariate(0.25)))), ("thread", c * 25 + min(24, int(r.expovariate(0.2)))), ("item", r.randrange(600)),
                            ("exam", c), ("export", r.randrange(9000)), ("submission", (c * 9 + r.randrange(9)) * 40 + (r.randrange(40) if person.role == "teacher" else person.n % 40))):
            if "{%s}" % name in template: out[name] = value
        if "{person}" in template:
            mates = person.school["people"]["student"]
            out["person"] = person.n if op in ("grades", "ics") and person.role != "teacher" else r.choice(mates).n
        return out

    def visit(self, a, t, n=None, table=None, signin=None, think=9.0):
        """One session of a person: opening calls, then a random walk over what the role does."""
        person, client, app = a.person, a.client, a.client.platform in ("android", "ios", "tablet")
        table = table or {"teacher": TEACHER, "parent": PARENT}.get(person.role, STUDENT)
        if signin if signin is not None else r.random() < (0.12 if app else 0.6): t = a.signin(t)
        elif app or r.random() < 0.5: a.do(t, "refresh", status=401 if r.random() < 0.02 else None)
        if app:
            for op in ["config", "me", "home", "notif", "timetable"][:r.randint(2, 5)]: t = a.at(t + r.uniform(0.03, 0.3), op)
        new = self.vers[6] == client.version(t) and app
        if new and self.quirk == "prefetch":
            for _ in range(r.randint(3, 12)):
                t += r.uniform(0.02, 0.15)
                op = r.choice(["course", "assignments", "file_list", "thread"])
                a.do(t, op, ids=self.pick(op, person))
        ops, weights = list(table), list(table.values())
        for _ in range(n or 1 + int(r.lognormvariate(1.9, 0.9))):
            t += r.lognormvariate(math.log(think), 1.0)
            op = r.choices(ops, weights)[0]
            ids, query = self.pick(op, person), ["q=" + r.choice(WORDS)] if op in ("search", "people") else None
            status, retry = a.do(t, op, ids=ids, query=query), 0
            while status and status >= 500 and retry < (6 if app else 2):  # apps back off badly, people press reload
                t += (1.5 ** retry if app else r.uniform(2, 9))
                status = a.do(t, op, ids=ids, query=query)
                retry += 1
            if new and self.quirk == "doubled" and r.random() < 0.5: a.do(t + 0.02, op, ids=ids, query=query)
            if new and self.quirk == "new-route": a.do(t + 0.05, "me", path=self.prefix + "/me/presence", method="POST", status=204 if r.random() < 0.8 else 404, size=0)
            if new and self.quirk == "chatty-telemetry": a.do(t + 0.1, "telemetry")
            if op == "quiz": t = a.at(t + r.lognormvariate(1.5, 0.6), "quiz_answer", ids=ids)
        return t

    def ordinary(self):
        """A usual session; odd devices and places are found here too."""
        p = self.people[bisect_left(self.cum, r.random() * self.cum[-1])]
        t, client = self.moment(p), p.app if p.app and r.random() < 0.72 else p.web
        place, kind = self.place_at(p, t), "%s-%s" % (p.role, "app" if client.platform in ("android", "ios") else "web")
        if client.health != "good": kind = {"rooted": "rooted-phone", "absent": "custom-rom", "skewed": "clock-skew", "flaky": "flaky-attestation", "sideloaded": "sideloaded-app"}[client.health]
        elif place is p.school["place"]: kind = "%s-campus-network" % p.role
        elif place is p.mobile: kind = "%s-carrier-nat" % p.role
        if any(s <= t <= e + 900 for s, e, _ in self.outages): kind = "outage-retries"
        self.visit(Actor(self, client, place, kind, p), t)

    def cohort(self, school, size):
        return r.sample(school["people"]["student"], min(len(school["people"]["student"]), size))

    def bells(self, count):
        """A class opens the same lesson within two minutes of the bell, on tablets or Chromebooks."""
        for _ in range(count):
            s = r.choice(self.schools)
            t = self.clock_day(r.randrange(self.days + 1), s["bell"] + s["lesson"] * r.randrange(7), s["tz"])
            if self.weekday(t, s["tz"]) > 4: continue
            course, shared = r.choice(s["courses"]), s["tablets"] and r.random() < 0.6
            for i, p in enumerate(self.cohort(s, r.randint(12, 32))):
                client = s["tablets"][i % len(s["tablets"])] if shared else p.web
                a, u = Actor(self, client, s["place"], "school-tablet" if shared else "lesson-start", p), t + abs(r.gauss(30, 45))
                u = a.signin(u) if shared or r.random() < 0.7 else u
                for op, ids in (("course", {"course": course}), ("file_list", {"course": course}), ("file", {"file": course * 14 + r.randrange(2)}), ("assignments", {"course": course})):
                    u = a.at(u + r.lognormvariate(0.6, 0.8), op, ids=ids)
                for _ in range(r.randint(0, 9)): u = a.at(u + r.uniform(5, 60), r.choice(["quiz", "quiz_answer"]), ids={"item": course * 3 % 600 + r.randrange(12)})

    def exams(self, budget):
        """Start rushes: everyone signs in early, polls, starts in the same minute, then autosaves."""
        limit, self.exam_times = len(self.rows) + budget, []
        for day in range(40):
            s = r.choices(self.schools, [len(x["people"]["student"]) for x in self.schools])[0]
            t = self.clock_day(r.randrange(self.days), r.choice([8.5, 9, 10, 13, 14, 17 if s["uni"] else 11]), s["tz"])
            if len(self.rows) > limit or self.weekday(t, s["tz"]) > (5 if s["uni"] else 4): continue
            exam, proctored, home = r.choice(s["courses"]), r.random() < 0.4 or not self.exam_times, s["uni"] and r.random() < 0.5
            self.exam_times.append((t, s, exam, proctored))
            length, gap, poll = r.choice([1800, 2700, 3600]), r.uniform(60, 160), r.uniform(5, 20)
            for p in self.cohort(s, r.randint(25, 140)):
                client = self.proctor_client() if proctored else r.choice(s["tablets"]) if s["tablets"] and r.random() < 0.3 else p.web
                a = Actor(self, client, p.home if home else s["place"], "exam-proctored" if proctored else "exam-start-rush", p)
                u = max(a.at(a.signin(t - r.uniform(60, 900)), "exams"), t - r.uniform(10, 60))
                while u < t: u = a.at(u, "exam_status", ids={"exam": exam}) + poll * r.uniform(0.7, 1.2)
                u, tries = t + r.expovariate(1 / 12), 0
                while (a.do(u, "exam_start", ids={"exam": exam}, status=503 if r.random() < 0.08 else None) or 200) >= 500 and tries < 4: u, tries = u + r.uniform(1, 4), tries + 1
                attempt, n, beat = hx(exam, p.n) % 10**6, 0, u
                while u < t + length * r.uniform(0.75, 1.0):
                    n += 1
                    u = a.at(u, "question", ids={"attempt": attempt, "n": n}) + gap * r.lognormvariate(0, 0.5)
                    a.do(u, "answer", ids={"attempt": attempt, "n": n})
                    while proctored and beat < u:
                        a.do(beat, "beat", ids={"attempt": attempt})
                        if r.random() < 0.15: a.do(beat + 0.3, "snap", ids={"attempt": attempt})
                        beat += 90
                a.do(u, "exam_submit", ids={"attempt": attempt})

    def results_day(self):
        """Marks come out on the hour; everybody reloads."""
        s = max(self.schools, key=lambda x: len(x["people"]["student"]))
        t = self.clock_day(r.randrange(self.days), r.choice([8, 10, 12, 16]), s["tz"])
        for p in s["people"]["student"][:r.randint(60, 180)] + s["people"]["parent"]:
            a, u = Actor(self, p.app or p.web, self.place_at(p, t), "results-day", p), t + r.gauss(-20, 60)
            for _ in range(r.randint(2, 9)): u = a.at(u, "grades", ids={"person": p.n}) + r.lognormvariate(2.2, 0.8)

    def deadline(self):
        """Hand-ins in the last hour; then the plagiarism checker pulls them all."""
        s = r.choice(self.schools)
        t, assignment = self.clock_day(r.randrange(self.days), 23.98 if s["uni"] else 18, s["tz"]), r.choice(s["courses"]) * 9 + 4
        for i, p in enumerate(self.cohort(s, 70)):
            a = Actor(self, p.web, p.home, "deadline-night", p)
            u = a.at(a.signin(t - r.expovariate(1 / 2500)), "assignment", ids={"assignment": assignment})
            for _ in range(r.randint(1, 4)): u = a.at(u + r.uniform(5, 60), "submit", ids={"assignment": assignment}, status=422 if u > t else None)
        key = next((x for x in self.partners if x["name"] == "plagiarism"), self.partners[0])
        a = Actor(self, key["client"], key["place"], "plagiarism-pull", caller="partner:" + key["name"])
        for i in range(r.randint(90, 260)): a.do(t + 300 + i * r.uniform(0.2, 0.4), "pull", ids={"submission": assignment * 40 + i}, status=404 if r.random() < 0.05 else None)

    def partner_jobs(self, scale):
        """LTI launches and score passback, nightly roster syncs, a warehouse job, and a key that is broken."""
        for p in self.partners:
            a = Actor(self, p["client"], p["place"], "partner-" + p["name"].split("-")[0], caller="partner:" + p["name"])
            if p["name"].startswith(("lti", "publisher", "library")):
                for _ in range(int(r.uniform(60, 260) * scale)):
                    t = self.moment(r.choice(self.by_role["student"]))
                    a.do(t, "lti_launch", status=400 if r.random() < 0.02 else None)
                    for _ in range(r.choice([0, 1, 1, 3, 12])): t = a.at(t + r.uniform(0.5, 300), "lti_grade")
            elif p["name"] != "plagiarism":
                for day in range(self.days + 1):
                    t, n = self.clock_day(day, r.uniform(0.5, 4)), r.randrange(400)
                    for page in range(r.randint(4, 20)): t = a.at(t, "roster", query=["page=%d" % page]) + r.uniform(0.4, 2)
                    for i in range(int(r.uniform(60, 320) * scale)):  # walks ids in order, every night
                        t = a.at(t + r.expovariate(4), r.choice(["roster_user", "roster_user", "roster_put"]), ids={"person": n + i}, status=404 if r.random() < 0.03 else None)
        broken = Actor(self, self.script_client("%s_%s" % (self.partners[0]["key"].split("_")[0], b62(r.getrandbits(70), 10))), self.server_place(), "broken-integration", caller="partner:expired-secret")
        t = self.t0 + r.uniform(0, 40000)
        for _ in range(r.randint(250, 700)): t = broken.at(t, "roster", status=401) + r.choice([60, 60, 61, 300])

    def routines(self, count):
        """Loud, orderly, legitimate: exports, marking marathons, own scripts, offline downloads, quiz drills, support, bulk enrolment."""
        modes = ["teacher-export", "marking-marathon", "teacher-script", "offline-download", "quiz-power-user", "student-script", "forum-reader", "homework-helper-extension", "bulk-enrolment", "support-staff",
                 "password-desk", "forum-moderator"]
        for _ in range(count):
            mode = r.choices(modes, [4, 4, 4, 3, 4, 3, 4, 3, 1.2, 2, 1.2, 2])[0]
            role = "admin" if mode in ("bulk-enrolment", "support-staff", "password-desk") else "teacher" if mode.startswith(("teacher", "marking", "forum-m")) else "student"
            p = r.choice(self.by_role[role])
            c, base, every = r.choice(p.courses), r.randrange(400), r.choice([60, 300, 600])
            handin = lambda i: {"submission": (c * 9 + base % 9 + i // 40) * 40 + i % 40}
            anyone = lambda: r.choice(self.people if mode == "support-staff" else p.school["people"]["student"]).n
            n, gap, sigma, step = {"teacher-export": (r.randint(30, 110), 0.4, 0.4, lambda i: ("export", {"course": c}) if i == 0 else ("export_get", {"export": p.n}) if i < 4 else ("submission", handin(i))),
                "marking-marathon": (r.randint(40, 180), 25, 0.8, lambda i: ("grade_put" if i % 2 else "submission", handin(i // 2))), "teacher-script": (r.randint(25, 110), 0.9, 0.3, lambda i: ("submission", handin(i))),
                "offline-download": (14 * len(p.courses), 0.7, 0.6, lambda i: ("file", {"file": p.courses[i // 14] * 14 + i % 14})), "quiz-power-user": (r.randint(120, 440), 2.2, 0.5, lambda i: ("quiz_answer" if i % 2 else "quiz",
                {"item": (base + i // 2 * 37) % 600})), "student-script": (r.randint(60, 250), every, 0.002, lambda i: ("grades", {"person": p.n})), "forum-reader": (r.randint(20, 90), 8, 0.7, lambda i: ("thread",
                {"thread": c * 25 + i % 60})), "homework-helper-extension": (r.randint(20, 90), 0.6, 0.6, lambda i: ("assignment", {"assignment": c * 9 + i % 40}) if i % 3 else ("quiz", {"item": (base + i) % 600})),
                "bulk-enrolment": (r.randint(25, 110), 0.8, 0.4, lambda i: ("admin_new", {})), "support-staff": (r.randint(20, 110), 20, 0.9, lambda i: (r.choice(["admin_user", "admin_user", "grades", "admin_role"]),
                {"person": anyone()}) if i % 6 else (r.choice(["admin_users", "admin_audit", "admin_keys"]), {})), "password-desk": (r.randint(20, 70), 6, 0.8, lambda i: ("admin_reset", {"person": anyone()})),
                "forum-moderator": (r.randint(20, 80), 7, 0.8, lambda i: ("post" if i % 5 == 4 else "thread", {"thread": c * 25 + i // 2 % 25}))}[mode]
            script = mode.endswith("script")
            place = self.office if mode == "support-staff" else self.server_place() if script and r.random() < 0.3 else p.school["place"] if role == "admin" else p.home
            a = Actor(self, self.script_client(platform="web") if script else p.app if p.app and mode in ("offline-download", "quiz-power-user") else p.web, place, mode, p)
            t = a.signin(self.moment(p))
            for i in range(n):
                op, ids = step(i)
                t = a.at(t, op, ids=ids, status=r.choice([404, 409, 403, 401]) if r.random() < 0.03 else None) + gap * r.lognormvariate(0, sigma)

    def classroom_oddities(self, count):
        """First password day, mistyped class and textbook codes, slot rushes: what enumeration looks like when honest."""
        for i in range(count):
            s = r.choice(self.schools)
            t, mode = self.clock_day(r.randrange(self.days), r.uniform(8, 14), s["tz"]), ["password-day", "class-code-day", "textbook-code-day", "slot-rush"][i % 4]
            for p in self.cohort(s, r.randint(14, 40)):
                a, u, exam = Actor(self, r.choice(s["tablets"]) if s["tablets"] and r.random() < 0.5 else p.web, s["place"], mode, p), t + r.uniform(0, 420), s["courses"][0]
                if mode == "password-day":
                    a.do(a.signin(u, fails=r.choices([0, 1, 2, 3, 5], [25, 30, 22, 15, 8])[0]), "reset_set")
                    continue
                op, ids, end, bad = {"class-code-day": ("join", {}, "join", 404), "textbook-code-day": ("voucher", {}, "voucher", 422), "slot-rush": ("slots", {"exam": exam}, "slot_book", None)}[mode]
                for _ in range(r.choices([0, 1, 2, 5], [45, 28, 17, 10])[0] + 3 * (bad is None)): u = a.at(u, op, ids=ids, status=bad) + (r.uniform(1, 7) if bad is None else r.uniform(4, 20))
                a.do(u, end, ids={"exam": exam, "slot": r.randrange(60)}, status=r.choice([None, None, 409]) if bad is None else None)

    def machines(self, scale):
        """Monitors, declared crawlers, calendar subscriptions, link previews, displays, dead app versions, QA's robots."""
        for ua, every in (("UptimeRobot/2.0", r.choice([120, 300])), ("Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", 600), ("Blackbox Exporter/0.24.0", r.choice([300, 900]))):
            a = Actor(self, Client(self, "server", ua, None, "go"), self.server_place(), "monitor")
            for t in self.ticks(self.t0 + r.uniform(0, 60), every / scale, 0):
                a.do(t, "health", path="/health" if ua[0] == "P" else None, method="HEAD")
                if r.random() < 0.03: a.do(t + 0.2, "login", status=self.bad_login, subject="monitor@%s" % self.schools[0]["domain"])
        crawl, bing = Place("US", 15169, 37.4, -122.1, [self.v4("66.249.64.0/20") for _ in range(6)]), Place("US", 8075, 47.6, -122.3, [self.v4("157.55.39.0/24") for _ in range(3)])
        for place, ua in ((crawl, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), (bing, "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)")):
            a = Actor(self, Client(self, "server", ua, None, "chrome"), place, "declared-crawler")
            for _ in range(int(r.randint(250, 700) * scale)):
                x, t = r.random(), self.t0 + r.random() * (self.t1 - self.t0)
                if x < 0.06: a.do(t, "catalog", path="/robots.txt", method="GET", status=200, size=310)
                else: a.do(t, "catalog" if x < 0.2 else "catalog_item", ids={} if x < 0.2 else {"course": r.randrange(self.course_count)}, status=404 if r.random() < 0.06 else None)
        fetcher = Place("US", 15169, 37.4, -122.1, [self.v4("66.102.0.0/20") for _ in range(9)], None, 60)
        cal, ical = Client(self, "server", "Google-Calendar-Importer", None, "go"), Client(self, "server", "iOS/17.4 (21E219) dataaccessd/1.0", None, "ios")
        for p in r.sample(self.people, int(len(self.people) * 0.06)):
            mine = r.random() < 0.4
            a = Actor(self, ical if mine else cal, p.home if mine else fetcher, "calendar-subscription", caller="calendar:" + p.uid)
            for t in self.ticks(self.t0 + r.uniform(0, 20000), r.choice([3600, 14400, 28800]), 0.1): a.do(t, "ics", ids={"person": p.n}, status=304 if r.random() < 0.5 else 200)
        previews = ["WhatsApp/2.23.20.0", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Mozilla/5.0 (compatible; SkypeUriPreview Preview/0.5)", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) SafeLinks"]
        for _ in range(int(r.randint(80, 240) * scale)):
            Actor(self, Client(self, "server", r.choice(previews + sum(SCRIPT_UA.values(), [])), None, "node"), self.server_place(), "link-preview").do(self.moment(r.choice(self.people)), r.choice(["catalog_item", "thread", "assignment"]), ids={"course": r.randrange(self.course_count), "thread": r.randrange(900), "assignment": r.randrange(700)}, status=r.choice([200, 401, 302]))
        for s in self.schools[:4]:
            a = Actor(self, Client(self, "device", self.brand + "Board/1.%d" % r.randrange(9), self.tag + "-board", "android", None, self.uuid(r.getrandbits(120))), s["place"], "classroom-display", caller="display:" + s["domain"])
            for t in self.ticks(self.t0, 300 / scale, 0.001):
                if 6 < (t / 3600 + s["tz"]) % 24 < 18: a.do(t, "timetable")
        for _ in range(12):
            p, old, old.versions = r.choice(self.people), self.app_client("android", "absent"), (self.vers[0], self.vers[0], 9e12)
            a, t = Actor(self, old, p.home, "dead-app-version", p, caches=False), self.moment(p)
            for _ in range(r.randint(10, 60)): t = a.at(t, "home", path="/mobile/sync", method="GET", status=410) + r.choice([2, 4, 8, 30, 900])
        for _ in range(r.randint(20, 60)):  # a load balancer's probes and tablets that break their requests
            Actor(self, self.web_client(), r.choice(self.schools)["place"], "odd-request").do(self.moment(r.choice(self.people)), "health", **r.choice([{"path": "", "method": "_OTHER", "status": 400}, {"path": "*", "method": "OPTIONS", "status": 200}, {"path": self.prefix + "/status", "method": "GET", "status": 404}]))
        for i in range(r.randint(2, 4)):  # end-to-end tests: emulators that fail attestation, sign in all the time
            tester, client = r.choice(self.by_role["student"]), self.app_client("android", "rooted") if i % 2 else self.web_client(True)
            for _ in range(r.randint(6, 16)): self.visit(Actor(self, client, self.ci, "qa-autotest", tester), self.t0 + r.random() * 86400 * self.days, n=r.randint(8, 20), signin=True, think=0.6)

    def ticks(self, t, every, jitter):
        while t < self.t1:
            yield t
            t += every * (1 + r.uniform(-jitter, jitter))

    def movers(self, count):
        """Travellers, new phones, VPN users, forgetful people, tutoring centres and halls of residence."""
        centres = [(self.home_place(r.choice(list(self.countries))), k) for k in ("hall-of-residence", "hall-of-residence", "tutoring-centre", "computer-lab")]
        for _ in range(count):
            p = r.choice(self.people)
            t, mode, client = self.moment(p), r.choice(["traveller", "new-phone", "vpn-user", "forgetful-user", "shared-line", "shared-line", "mobile-roamer", "new-account"]), p.app or p.web
            if mode in ("traveller", "mobile-roamer", "vpn-user"):
                abroad = self.home_place(r.choice([c for c in sorted(COUNTRIES) if c not in self.countries]))
                for place in {"traveller": (abroad, abroad), "mobile-roamer": (p.home, p.mobile), "vpn-user": (r.choice(self.vpns),)}[mode]: t = self.visit(Actor(self, client, place, mode, p), t) + r.uniform(10, 90)
            elif mode == "new-phone":
                a = Actor(self, self.app_client(), p.home, mode, p)
                u = a.at(a.signin(t) + 2, "otp_send")
                a.do(u + 30, "otp_verify", status=r.choice([None, None, self.bad_login]))
                self.visit(a, u + 60, signin=False)
            elif mode == "new-account":
                a = Actor(self, client, p.home, mode, p)
                for _ in range(r.choice([0, 0, 1, 2])): t = a.at(t, "register", status=r.choice([409, 422, 422]), subject=p.subject) + r.uniform(5, 40)
                a.do(t, "register", subject=p.subject)
                self.visit(a, t + 5, signin=False)
            elif mode == "forgetful-user":
                a = Actor(self, client, self.place_at(p, t), mode, p)
                for _ in range(r.randint(1, 6)): t = a.at(t, "login", status=self.bad_login, subject=p.subject) + r.lognormvariate(2.4, 0.7)
                a.do(t, "reset", subject=p.subject)
                a.do(t + 60, "reset_set", status=r.choice([None, None, 410]))
                self.visit(a, t + 90, signin=True)
            else:
                place, kind = r.choice(centres)
                self.visit(Actor(self, self.web_client() if kind == "computer-lab" else client, place, kind, p), t)

    def live(self, goal):
        scale, total, self.cum = goal / 80000, 0, []
        self.office, self.ci, self.vpns = self.home_place(list(self.countries)[0]), self.server_place(), [self.vpn_place(r.randint(1, 4)) for _ in range(4)]
        for p in self.people:
            total += p.weight * {"student": 1, "teacher": 1.6, "parent": 0.5, "admin": 1}[p.role]
            self.cum.append(total)
        self.exams(int(goal * r.uniform(0.1, 0.22)))
        self.bells(int(r.uniform(25, 60) * scale))
        self.results_day()
        self.deadline()
        self.partner_jobs(scale)
        self.routines(int(r.uniform(70, 125) * scale))
        self.classroom_oddities(r.randint(8, 14))
        self.machines(scale)
        self.movers(int(r.uniform(170, 330) * scale))
        while len(self.rows) < goal: self.ordinary()

# Attacks that one engine plays: kind -> variants of (who, {op: weight}, {status: weight, 0: as an honest call}).
# who: pupil = one or a few real students' accounts, crew = addresses without account, users = a crew with accounts,
# key = a partner's key elsewhere, clerk = a teacher or administrator.
ADMIN_OPS = {"admin_users": 3, "admin_user": 3, "admin_role": 1, "admin_audit": 1, "admin_keys": 1, "gradebook": 2, "grade_put": 2, "export": 1, "paper": 1, "bank": 2, "roster": 1, "admin_new": 1, "admin_reset": 1, "home": 4}
PLAIN = {
    "bola-walk": [("pupil", {op: 9, "home": 1}, s) for op in ("submission", "person", "grades", "export_get", "assignment") for s in ({0: 96, 404: 4}, {0: 50, 403: 35, 404: 15}, {0: 4, 403: 66, 404: 30})],
    "bfla-probe": [("pupil", ADMIN_OPS, {403: 70, 401: 8, 404: 12, 0: 10}), ("pupil", ADMIN_OPS, {403: 50, 0: 50})],
    "exam-paper-leak": [("pupil", {"paper": 2, "exam": 1, "exam_status": 1}, {403: 74, 404: 12, 0: 14})],
    "join-code-enumeration": [("users", {"join": 1}, {404: 98, 0: 2}), ("pupil", {"join": 30, "home": 1}, {404: 95, 0: 5})],
    "otp-enumeration": [("users", {"otp_verify": 1}, {401: 99, 0: 1}), ("users", {"otp_verify": 6, "otp_send": 1}, {401: 90, 0: 10}), ("crew", {"otp_send": 1}, {0: 1})],
    "voucher-enumeration": [("users", {"voucher": 1}, {422: 98, 0: 2}), ("pupil", {"voucher": 30, "home": 1}, {422: 95, 0: 5})],
    "content-scraping": [(who, {"file": 9, "file_list": 1}, {0: 92, 403: 5, 404: 3}) for who in ("pupil", "users")],
    "question-bank-scraping": [(who, {op: 1}, {0: 92, 403: 5, 404: 3}) for who in ("pupil", "users") for op in ("bank", "quiz")],
    "forum-scraping": [(who, {"thread": 9, "threads": 1}, {0: 94, 403: 4, 404: 2}) for who in ("pupil", "users")] + [("crew", {"catalog_item": 9, "catalog": 1}, {0: 97, 404: 3})],
    "search-flood": [("users", {"search": 1}, {0: 1}), ("users", {"people": 3, "search": 1}, {0: 1}), ("crew", {"search": 1}, {401: 1})],
    "leaked-partner-key": [("key", {"roster": 2, "roster_user": 9, "pull": 5, "lti_grade": 1}, {0: 84, 403: 12, 404: 4}), ("key", {"roster_user": 9, "admin_keys": 1, "roster_put": 2}, {0: 60, 403: 40})],
    "insider": [("clerk", {"admin_user": 2, "grades": 1, "person": 1}, {0: 95, 403: 5}), ("clerk", {"person": 2, "grades": 2, "submission": 1, "gradebook": 1, "export": 1}, {0: 95, 403: 5})],
    "forum-spam": [("users", {"post": 5, "message": 4, "thread": 2, "members": 1}, {0: 85, 403: 8, 422: 7})],
    "slot-scalping": [("users", {"slots": 3, "slot_book": 1}, {0: 80, 409: 20}), ("pupil", {"slots": 9, "slot_book": 1}, {0: 90, 409: 10})],
    "account-enumeration": [("crew", {"reset": 1}, {404: 6, 0: 4}), ("crew", {"reset": 1}, {0: 1}), ("crew", {"register": 1}, {422: 6, 409: 4})],
    "baseline-poisoning": [("pupil", {op: 9, "home": 1}, {0: 80, 403: 20}) for op in ("submission", "file", "thread", "person")]}

class Attacks(Life):
    """Each attack draws its pace, its spread over addresses and its guise."""
    def __init__(self, seed):
        super().__init__(seed)
        self.hits = []
        self.special = {"credential-stuffing": self.stuffing, "password-spraying": self.spraying, "account-takeover": self.takeover, "exam-automation": self.exam_bot, "fake-signups": self.signups, "scanner": self.scanner,
                        "payload-injection": self.payload, "repackaged-app": self.repackaged, "attestation-replay": self.replay, "device-farm": self.farm, "exam-flood": self.exam_flood, "proctor-bypass": self.proctor}
        self.tops = {"course": self.course_count, "assignment": self.course_count * 9, "submission": self.course_count * 360, "file": self.course_count * 14, "thread": self.course_count * 25, "person": len(self.people), "export": 9000,
                     "item": 600, "exam": self.course_count, "slot": 60}

    def place(self, sort):
        """Residential proxies are partly the homes of honest users; carriers' pools and schools are shared with them."""
        cc = r.choice(list(self.countries)) if r.random() < 0.7 else r.choice(sorted(COUNTRIES))
        if sort == "hosting": return self.server_place() if r.random() < 0.8 else self.ci
        if sort == "vpn": return r.choice(self.vpns) if r.random() < 0.5 else self.vpn_place()
        if sort == "campus": return r.choice(self.schools)["place"]
        if sort == "mobile": return self.carrier(cc)
        return r.choice(self.homes) if r.random() < 0.25 else self.home_place(cc)

    def guise_client(self, guise):
        """naive: a script as it comes. web, app: what the real client sends, sometimes over the script's own TLS."""
        if guise == "naive": return self.script_client(r.choice([None, self.tag + "-web" if self.web_key else None]), "web") if r.random() < 0.75 else self.web_client(r.random() < 0.5)
        client = self.app_client(health=r.choices(["absent", "repack", "rooted", "flaky"], [6, 2, 2, 1])[0]) if guise == "app" else self.web_client()
        if r.random() < 0.35: client.ja4 = r.choice(JA4[r.choice(["python", "go", "node", "curl"])])
        return client

    def crew(self, kind, inst, n, spread=None, guise=None, sorts=None, users=False):
        """The actors of an instance: one, a few, or nearly one per request."""
        spread, guise = spread or r.choice(["one", "one", "few", "many", "many"]), guise or r.choice(["naive", "web", "app"])
        count = {"one": 1, "few": r.randint(3, 14), "many": max(15, int(n / r.uniform(0.8, 2.5)))}[spread]
        sort, shared = r.choice(sorts or (["hosting", "hosting", "vpn", "home", "campus"] if spread == "one" else ["home", "home", "mobile", "vpn", "hosting"])), self.guise_client(guise) if r.random() < 0.3 else None
        return [Actor(self, shared or self.guise_client(guise), self.place(sort), kind, None, inst, "attacker:%s:%s:%s" % (inst, spread, guise), uid=self.account() if users else None) for _ in range(count)]

    def account(self):
        return self.oid("person", len(self.people) + r.randrange(900)) if r.random() < 0.3 else r.choice(self.by_role["student"]).uid

    def pupil(self, kind, inst, guise=None):
        """A real student's account in an attacker's hands: mostly the student himself, from home, campus or a VPN."""
        p, guise = r.choice(self.by_role["student"]), guise or r.choice(["own", "own", "naive", "app"])
        client = (p.app or p.web) if guise == "own" else self.guise_client(guise)
        return Actor(self, client, r.choice([p.home, p.home, p.school["place"], p.mobile, self.place("vpn")]), kind, p, inst, "attacker:%s:%s:%s" % (inst, p.role, p.uid))

    def times(self, n, pace=None, start=None):
        """fast: seconds between calls or less; slow: minutes; drip: over most of the log, mostly by day."""
        pace = pace or r.choice(["fast", "fast", "slow", "drip"])
        if pace == "drip": return sorted(self.moment(r.choice(self.people)) for _ in range(n))
        if pace == "growing": return sorted(self.t0 + 3600 + (self.t1 - self.t0 - 7200) * r.random() ** 0.4 for _ in range(n))
        gap = r.uniform(0.05, 2.5) if pace == "fast" else min(r.uniform(8, 240), (self.t1 - self.t0) * 0.7 / n)
        t, out, steady = start or self.t0 + r.random() * max(60, (self.t1 - self.t0) - n * gap * 1.3), [], r.random() < 0.35
        for _ in range(n):
            out.append(t)
            t += gap * (r.uniform(0.95, 1.05) if steady else r.expovariate(1))
        return out

    def plain(self, kind, inst, n):
        """One engine for the attacks of the table above: walks in order or scattered, by who the variant names."""
        who, ops, statuses = r.choice(PLAIN[kind])
        if who == "pupil": crew = [self.pupil(kind, inst) for _ in range(r.choice([1, 1, 1, 2, 6]))]
        elif who == "clerk":
            p = r.choice(self.by_role["admin" if "admin_user" in ops else "teacher"])
            crew = [Actor(self, p.web, r.choice([p.home, p.school["place"], self.office]), kind, p, inst, "insider:%s:%s" % (p.role, p.uid))]
        elif who == "key":
            p = r.choice(self.partners)
            client = p["client"] if r.random() < 0.4 else self.script_client(p["key"])
            crew = [Actor(self, client, self.place(r.choice(["hosting", "vpn", "home"])), kind, None, inst, "attacker:%s:key-of-%s" % (inst, p["name"])) for _ in range(r.choice([1, 1, 5]))]
        else: crew = self.crew(kind, inst, n, users=who == "users")
        first, step, ordered, relay = r.randrange(90000), r.choice([1, 1, 1, -1, 7]), r.random() < 0.6, r.random() < 0.5
        for i, t in enumerate(self.times(n, "growing" if kind == "baseline-poisoning" else None)):
            a, op, status = crew[i * len(crew) // n] if relay else r.choice(crew), r.choices(list(ops), list(ops.values()))[0], r.choices(list(statuses), list(statuses.values()))[0]
            ids = {k: (first + i * step if ordered and self.form[k] == "seq" else r.randrange(top)) % top for k, top in self.tops.items() if "{%s}" % k in OPS[op][1]}
            query, status = ["q=" + r.choice(WORDS + FIRST)] if op in ("search", "people") else None, {401: self.bad_login if op == "otp_verify" else 401}.get(status, status)
            subject = r.choice(self.people).subject if status in (0, 409) or r.random() < 0.1 else self.nobody()
            a.do(t, op, ids=ids, query=query, subject=subject, status=None if op in ("home", "otp_send") else status or None)

    def nobody(self):
        return "%s.%s%d@%s" % (r.choice(FIRST), r.choice(LAST), r.randrange(99), r.choice(["gmail.com", "outlook.com", "web.de", "yahoo.com", "icloud.com"]))

    def stranger(self):
        return r.choice(self.people) if r.random() < 0.35 else self.nobody()

    def attempt(self, a, t, target, rate):
        """One sign-in try with a stolen or guessed password. Success 0.1 to 2 % (vendors' figures: Azion 0.1-0.2 %, H33 0.1-2 %)."""
        known = isinstance(target, Person)
        hit = known and r.random() < rate
        a.uid = target.uid if hit else None
        a.do(t, "login", status=200 if hit else self.bad_login, subject=target.subject if known else target)
        if hit: self.hits.append((target, t, a))

    def stuffing(self, kind, inst, n):
        crew, rate = self.crew(kind, inst, n), r.uniform(0.003, 0.05)
        for t in self.times(n): self.attempt(r.choice(crew), t, self.stranger(), rate)

    def spraying(self, kind, inst, n):
        school = max(r.sample(self.schools, 2), key=lambda s: len(s["people"]["student"]))
        targets, crew = school["people"]["student"] + school["people"]["teacher"], self.crew(kind, inst, n)
        for i, t in enumerate(self.times(n, r.choice(["fast", "slow", "slow", "drip"]))): self.attempt(crew[i % len(crew)], t, targets[i % len(targets)], 0.006)

    def takeover(self, kind, inst, n):
        """Enters with a good password, looks around, changes marks or mail, spreads; the owner goes on using the account."""
        done = 0
        while done < n:
            victim, t, a = r.choice(self.hits) if self.hits and r.random() < 0.5 else (r.choice(self.by_role["teacher"] if r.random() < 0.5 else self.people), self.moment(r.choice(self.people)), None)
            client, place = (a.client, a.place) if a else (self.guise_client(r.choice(["web", "web", "app"])), self.place(r.choice(["home", "vpn", "mobile"])))
            a, start, first = Actor(self, client, place, kind, victim, inst, "attacker:%s:holder" % inst), min(t + r.uniform(1, 3000), self.t1 - 400), len(self.rows)
            a.do(start, "login", status=200, subject=victim.subject)
            table = {"messages": 5, "message": 5, "grades": 3, "members": 3, "course": 2, "home": 2, "person": 2, "email_set": 0.7}
            if victim.role == "teacher": table.update({"gradebook": 4, "grade_put": 5, "paper": 4, "exams": 2, "export": 1, "submission": 4})
            t, before = self.visit(a, start + 2, r.randint(8, 70), table, False, r.choice([1.0, 6.0, 20.0])), len(self.rows)
            self.holds.append((victim.uid, start, t))
            for _ in range(r.randint(1, 2)):  # the owner's own session in between
                self.visit(Actor(self, victim.web, victim.home, victim.role + "-web", victim), r.uniform(start, max(t, start + 60)))
            done += before - first

    def exam_bot(self, kind, inst, n):
        """Answers by program: retakes attempts until all is right, or sits for many, each question in a second."""
        done, t = 0, self.moment(r.choice(self.people))
        while done < n:
            a, attempt, speed = self.pupil(kind, inst, r.choice(["own", "app", "naive"])), r.randrange(10**6), r.choice([0.3, 1.5, 12])
            a.do(t, "exam_start", ids={"exam": r.choice(a.person.courses)})
            for q in range(r.randint(16, 60)):
                t = a.at(t + speed * r.uniform(0.3, 1.3), "answer" if q % 2 else "question", ids={"attempt": attempt, "n": q // 2 + 1})
                done += 1
            a.do(t + 1, "exam_submit", ids={"attempt": attempt})
            t = t + r.uniform(5, 2500) if t < self.t1 - 4000 else self.t0 + r.random() * 3600

    def signups(self, kind, inst, n):
        fresh, crew = r.randrange(99), self.crew(kind, inst, n)
        for t in self.times(max(8, n // 3)):
            a, fresh, a.uid = r.choice(crew), fresh + r.randint(1, 9), self.oid("person", len(self.people) + r.randrange(9999))
            a.do(t, "register", status=r.choices([None, 409, 422], [88, 6, 6])[0], subject="%s.%s%d@%s" % (r.choice(FIRST), r.choice(LAST), fresh, r.choice(["gmail.com", "outlook.com", "yahoo.com"])))
            a.do(t + r.uniform(1, 20), r.choice(["me", "course_list"]))
            a.do(t + r.uniform(20, 60), r.choice(["catalog", "voucher", "join"]))

    def scanner(self, kind, inst, n):
        crew = self.crew(kind, inst, n, spread=r.choice(["one", "one", "few"]), guise=r.choice(["naive", "naive", "web"]), sorts=["hosting", "hosting", "vpn", "home"])
        paths = ("/.env /.git/config /wp-login.php /admin/config.php /actuator/env /phpmyadmin/index.php /api/swagger.json /v2/api-docs /backup.zip /server-status /moodle/login/index.php /login/token.php /.aws/credentials "
                 "/debug/pprof/ /console /graphql /api/users /api/v1/users /api/internal/health /uploads/shell.php /config.json /robots.txt /.well-known/security.txt").split()
        for t in self.times(n):
            path = r.choice(paths) if r.random() < 0.6 else self.prefix + "/" + r.choice(list(self.nouns.values())) + "/" + r.choice(["list", "all", "export", "debug", "internal", "0", "1", "me"])
            path, method, status = ("", "_OTHER", 400) if r.random() < 0.02 else (path, r.choices(["GET", "HEAD", "POST"], [9, 1, 1])[0], r.choices([404, 401, 403, 200], [84, 7, 6, 3])[0])
            r.choice(crew).do(t, "health", path=path, method=method, status=status, waf=r.choice([0, 0, 5, 10]))

    def payload(self, kind, inst, n):
        """Injection into search and forums; half of it encoded past the rules."""
        quiet, crew = r.random() < 0.5, self.crew(kind, inst, n, spread=r.choice(["one", "few"]), users=True)
        bad = ["%27%20OR%201%3D1--", "1%27%20UNION%20SELECT%20NULL--", "%3Cscript%3Ealert(1)%3C/script%3E", "..%2f..%2fetc%2fpasswd", "%24%7Bjndi:ldap://x%7D", "%7B%7B7*7%7D%7D", "algebra%27%20AND%20SLEEP(5)--"]
        for t in self.times(n):
            waf, status = r.choice([0, 0, 3, 5]) if quiet else r.choice([5, 10, 15, 20, 35]), r.choices([200, 400, 403, 500], [45, 25, 20, 10])[0]
            if r.random() < 0.7: r.choice(crew).do(t, r.choice(["search", "people"]), query=["q=" + r.choice(bad)], status=status, waf=waf)
            else: r.choice(crew).do(t, "post", ids={"thread": r.randrange(900)}, status=status, waf=waf, req=int(r.lognormvariate(7, 1)))

    def repackaged(self, kind, inst, n):
        """A modified app (no advertisements, unlocked licences) that many install: human pace, failed attestation."""
        before = len(self.rows)
        while len(self.rows) < before + n:
            p = r.choice(self.by_role["student"])
            a, t = Actor(self, self.app_client("android", "repack"), r.choice([p.home, p.mobile]), kind, p, inst, "attacker:%s:modified-app:%s" % (inst, p.uid)), self.moment(p)
            self.visit(a, t, r.randint(6, 30), {"file": 2, "bank": 1, "quiz": 1, "home": 1, "course": 1, "voucher": 0.6}, False)

    def replay(self, kind, inst, n):
        """Genuine tokens taken from a few phones, replayed under other device ids; some go on after the token expired."""
        tokens, crew, use, stale = ["%032x" % r.getrandbits(128) for _ in range(r.choice([1, 3, 10]))], self.crew(kind, inst, n, guise="app"), r.choice(["login", "quiz", "file", "join"]), r.random() < 0.5
        for i, t in enumerate(self.times(n)):
            a, a.client.health, a.client.token, a.client.token_end = r.choice(crew), "skewed" if stale and i > n * 0.7 else "good", r.choice(tokens), t + 60
            if use == "login": self.attempt(a, t, self.stranger(), 0.01)
            else:
                a.uid = a.uid or self.account()
                a.do(t, use, ids={"item": r.randrange(600), "file": r.randrange(self.tops["file"])}, status=404 if use == "join" and r.random() < 0.95 else None)

    def farm(self, kind, inst, n):
        """A shelf of real phones with genuine attestation: sign-ups, quiz points for certificates, or sign-in tries."""
        shelf, goal = [self.place(r.choice(["mobile", "home"])) for _ in range(r.choice([1, 2, 6]))], r.choice(["register", "quiz", "login"])
        crew = [Actor(self, self.app_client("android" if r.random() < 0.85 else "ios", "good"), r.choice(shelf), kind, None, inst, "attacker:%s:phone" % inst, uid=self.account()) for _ in range(r.randint(6, 40))]
        for t in self.times(n if goal == "login" else n // 2):
            a, item = r.choice(crew), {"item": r.randrange(600)}
            if goal == "login": self.attempt(a, t, self.stranger(), 0.01)
            elif goal == "register":
                a.uid = self.oid("person", len(self.people) + r.randrange(9999))
                a.do(t, "register", subject="%s.%s%d@gmail.com" % (r.choice(FIRST), r.choice(LAST), r.randrange(999)))
                a.do(t + r.uniform(2, 30), "home")
            else:
                a.do(t, "quiz", ids=item)
                a.do(t + r.uniform(0.4, 3), "quiz_answer", ids=item)

    def exam_flood(self, kind, inst, n):
        """Pupils hire a booter, or run a loop in the class room, so that the examination does not start."""
        t, school, exam, _ = r.choice(self.exam_times)
        crew = self.crew(kind, inst, n, sorts=["home", "hosting", "campus"])
        for u in self.times(n, "fast", max(self.t0, t - r.uniform(0, 90))):
            a, op, p = r.choice(crew), r.choice(["exam_status", "exam_start", "exams", "login"]), r.choice(school["people"]["student"])
            a.uid = p.uid if r.random() < 0.4 and op != "login" else None
            a.do(u, op, ids={"exam": exam}, status=self.bad_login if op == "login" else r.choices([None, 503], [7, 3])[0] if a.uid else 401, subject=p.subject)

    def proctor(self, kind, inst, n):
        """Forged heart-beats of the proctoring app while the candidate sits elsewhere."""
        done = 0
        while done < n:
            t, school, exam, _ = r.choice([x for x in self.exam_times if x[3]])
            p, every, client = r.choice(school["people"]["student"]), r.choice([30, 60, 90]), self.proctor_client() if r.random() < 0.7 else self.script_client(self.tag + "-proctor", "desktop")
            a, u = Actor(self, client, r.choice([p.home, self.place("hosting"), self.place("vpn")]), kind, p, inst, "attacker:%s:forger:%s" % (inst, p.uid)), t + r.uniform(5, 200)
            for _ in range(min(n - done, r.randint(20, 50))):
                a.do(u, "beat" if r.random() < 0.87 else "snap", ids={"attempt": hx(exam, p.n) % 10**6}, req=int(r.gauss(420, 6)) if r.random() < 0.9 else None)
                u, done = u + every * r.uniform(0.99, 1.01), done + 1

    def run(self, budget):
        """Some fifty instances of about twenty kinds; sizes heavy-tailed between 20 and 600."""
        kinds = list(PLAIN) + list(self.special)
        chosen = r.sample(kinds, 22)
        plan = sorted(chosen + r.choices(chosen, k=r.randint(24, 34)), key=lambda k: k == "account-takeover")  # takeovers feed on what stuffing found
        sizes = [r.lognormvariate(0, 0.9) for _ in plan]
        for i, (kind, s) in enumerate(zip(plan, sizes)): self.special.get(kind, self.plain)(kind, "%s-%02d" % (kind, i + 1), int(min(600, max(22, s * budget / sum(sizes)))))

def main():
    seed, out = sys.argv[1], sys.argv[2]
    os.makedirs(out, exist_ok=True)
    w = Attacks(seed)
    w.live(int(w.target * (1 - w.attack_share)))
    w.run(int(w.target * w.attack_share))
    w.write(out)

if __name__ == "__main__":
    main()
