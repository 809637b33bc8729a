#!/usr/bin/env python3
"""Labelled API traffic of a made-up smart-home and camera company.

The company sells hubs, cameras, doorbells, locks and a recording plan. Its cloud API serves its own devices, Android and iOS apps,
a TV app and a web portal, voice assistants and integration partners (server to server), and, wanted or not, hobbyists who
drive it from Home Assistant, Homebridge and scripts.

    home.py SEED OUTDIR     writes OUTDIR/events.ndjson and OUTDIR/labels.ndjson

Drawn per seed: name, size, days, start, countries and time zones, daily and weekly shape, platforms, app and firmware versions,
attestation in honest life, API style (nested or flat REST, RPC, GraphQL), nouns, prefixes, hosts, id forms, optional fields,
limiter, lock-out, outage, attestation provider's outage, release and its regression, sale, NATs, partners and their keys,
which 22 of 27 kinds of attack come, how often, how large, from where, how fast and how well they imitate the app.
Where no source is given a distribution is the author's judgement, not a measurement.
"""
import datetime as dt
import hashlib
import ipaddress
import itertools
import json
import math
import os
import random
import sys
import uuid
from collections import defaultdict

# country: UTC offset and share of v6 homes (of the order of public v6 adoption counts), chance that a line is re-addressed daily
COUNTRIES = {'US': (-6, .5, .02), 'CA': (-5, .4, .02), 'GB': (0, .45, .05), 'DE': (1, .65, .35), 'FR': (1, .7, .05), 'NL': (1, .4, .03), 'SE': (1, .2, .03), 'PL': (1, .15, .2), 'IT': (1, .12, .2), 'ES': (1, .1, .1),
    'AU': (10, .3, .05), 'IN': (5.5, .65, .3), 'BR': (-3, .45, .25), 'MX': (-6, .35, .2), 'JP': (9, .5, .05), 'VN': (7, .5, .2), 'ID': (7, .1, .2), 'RU': (3, .1, .2), 'KR': (9, .2, .1)}
LATLON = {'US': (39, -96), 'CA': (45, -76), 'GB': (52, -1), 'DE': (51, 10), 'FR': (47, 2), 'NL': (52, 5), 'SE': (59, 16), 'PL': (52, 19), 'IT': (43, 12), 'ES': (40, -4), 'AU': (-34, 147), 'IN': (20, 78), 'BR': (-20, -46), 'MX': (20, -100), 'JP': (35, 137),
    'VN': (16, 107), 'ID': (-6, 107), 'RU': (55, 40), 'KR': (37, 127)}
# country, ASN, kind, [(first octet, second octet from, to)], v6 prefix
NETS = [('US', 7922, 'fixed', [(73, 0, 255), (98, 192, 255), (24, 0, 23)], '2601'), ('US', 7018, 'fixed', [(99, 0, 63), (107, 192, 223)], '2600:1700'), ('US', 701, 'fixed', [(71, 160, 191), (108, 0, 55)], None), ('US', 20115, 'fixed', [(24, 176, 183), (68, 112, 119)], '2600:6c00'),
        ('US', 21928, 'mobile', [(172, 56, 59)], '2607:fb90'), ('US', 6167, 'mobile', [(174, 192, 255)], '2600:1010'), ('CA', 577, 'fixed', [(70, 48, 55), (76, 64, 71)], None), ('CA', 812, 'fixed', [(99, 224, 255)], '2607:fea8'), ('CA', 852, 'mobile', [(209, 52, 53)], '2001:569'),
        ('GB', 2856, 'fixed', [(86, 128, 191), (81, 128, 159)], '2a00:23c4'), ('GB', 5607, 'fixed', [(90, 192, 223)], '2a02:c7c'), ('GB', 5089, 'fixed', [(82, 0, 31)], None), ('GB', 12576, 'mobile', [(31, 64, 127)], '2a01:4c8'), ('DE', 3320, 'fixed', [(84, 128, 191), (91, 0, 63), (87, 128, 191)], '2003:c0'),
        ('DE', 3209, 'fixed', [(88, 64, 79), (178, 0, 15)], '2a02:8100'), ('DE', 6805, 'mobile', [(176, 0, 7)], None), ('DE', 3320, 'mobile', [(80, 187, 187)], '2a01:598'), ('FR', 3215, 'fixed', [(90, 0, 127)], '2a01:cb00'), ('FR', 12322, 'fixed', [(82, 224, 255)], '2a01:e0a'), ('FR', 5410, 'mobile', [(176, 128, 191)], None),
        ('NL', 1136, 'fixed', [(84, 80, 87), (77, 160, 167)], '2a02:a440'), ('NL', 33915, 'fixed', [(84, 24, 31)], None), ('NL', 1136, 'mobile', [(62, 133, 133)], None), ('SE', 3301, 'fixed', [(78, 64, 79), (81, 224, 239)], '2001:2002'), ('SE', 1257, 'mobile', [(83, 185, 191)], None), ('PL', 5617, 'fixed', [(83, 0, 31)], None),
        ('PL', 39603, 'mobile', [(46, 112, 115)], None), ('IT', 3269, 'fixed', [(79, 0, 31), (87, 0, 15)], None), ('IT', 1267, 'mobile', [(151, 0, 95)], None), ('ES', 3352, 'fixed', [(83, 32, 63), (88, 0, 31)], None), ('ES', 12430, 'mobile', [(77, 208, 211)], None), ('AU', 1221, 'fixed', [(1, 120, 159), (58, 160, 175)], '2001:8003'),
        ('AU', 4804, 'mobile', [(49, 176, 191)], None), ('IN', 24560, 'fixed', [(122, 160, 187)], None), ('IN', 55836, 'mobile', [(49, 32, 47), (157, 32, 51)], '2409:4040'),
        ('BR', 28573, 'fixed', [(177, 32, 35), (189, 4, 7)], '2804:14c'), ('BR', 26599, 'mobile', [(177, 24, 31)], '2804:18'), ('MX', 8151, 'fixed', [(187, 128, 255)], '2806:2f0'),
        ('MX', 28403, 'mobile', [(189, 128, 159)], None), ('JP', 4713, 'fixed', [(153, 128, 255), (180, 0, 15)], '2400:4050'), ('JP', 2516, 'mobile', [(106, 128, 191)], '2001:268'),
        ('VN', 45899, 'fixed', [(14, 160, 191), (113, 160, 191)], None), ('ID', 7713, 'fixed', [(36, 64, 95), (125, 160, 163)], None), ('RU', 12389, 'fixed', [(95, 24, 31)], None), ('KR', 4766, 'fixed', [(14, 32, 63), (175, 192, 255)], None), ('VN', 7552, 'mobile', [(27, 64, 79), (171, 224, 255)], None), ('ID', 23693, 'mobile', [(114, 120, 127)], None), ('RU', 8359, 'mobile', [(85, 140, 141)], None), ('KR', 9644, 'mobile', [(223, 32, 63)], None),
        ('US', 14618, 'host', [(3, 80, 95), (54, 144, 175)], None), ('US', 396982, 'host', [(35, 184, 191), (34, 64, 95)], None), ('US', 8075, 'host', [(20, 36, 47), (52, 224, 239)], None),
        ('US', 14061, 'host', [(134, 209, 209), (167, 99, 99), (159, 65, 65)], '2604:a880'), ('DE', 24940, 'host', [(88, 99, 99), (95, 216, 216), (116, 202, 203)], '2a01:4f8'), ('FR', 16276, 'host', [(51, 38, 38), (54, 36, 37), (145, 239, 239)], '2001:41d0'), ('US', 20473, 'host', [(45, 76, 77), (149, 28, 28)], '2001:19f0'),
        ('US', 63949, 'host', [(45, 33, 33), (139, 162, 162)], '2600:3c00'), ('GB', 9009, 'vpn', [(146, 70, 70), (37, 120, 120)], None), ('NL', 60068, 'vpn', [(89, 187, 187), (138, 199, 199)], None)]

# op: method, group, path, query names, median request and response size, median seconds.  [x] is a noun of the world, {x} an id
OPS = {
    'login': ('POST', 'auth', '[login]', '', 310, 1400, .19), 'refresh': ('POST', 'auth', '[refresh]', '', 420, 1300, .06), 'logout': ('POST', 'auth', '[A]/logout', '', 60, 0, .03),
    'mfa': ('POST', 'auth', '[A]/[mfa]/verify', '', 140, 1250, .09), 'otp_send': ('POST', 'auth', '[A]/[mfa]/send', '', 120, 90, .22), 'signup': ('POST', 'auth', '[A]/[accounts]', '', 480, 900, .31),
    'exists': ('GET', 'auth', '[A]/[accounts]/lookup', 'email', 0, 60, .05), 'reset': ('POST', 'auth', '[A]/password/reset', '', 110, 80, .2), 'homes': ('GET', 'app', '[P]/[homes]', '', 0, 1900, .06),
    'home': ('GET', 'app', '[P]/[homes]/{home}', '', 0, 3100, .07), 'devices': ('GET', 'app', '[P]/[homes]/{home}/[devs]', '', 0, 7200, .09), 'cam': ('GET', 'app', '[C]/{cam}', '', 0, 2300, .05),
    'cam_set': ('PATCH', 'app', '[C]/{cam}/settings', '', 260, 700, .12), 'snapshot': ('GET', 'media', '[C]/{cam}/[snap]', '', 0, 48000, .35), 'live': ('POST', 'app', '[C]/{cam}/[live]', '', 2600, 2900, .6),
    'live_keep': ('PUT', 'app', '[P]/[live]/{live}', '', 90, 120, .03), 'live_end': ('DELETE', 'app', '[P]/[live]/{live}', '', 0, 0, .04), 'events': ('GET', 'app', '[P]/[homes]/{home}/[evs]', 'limit,cursor', 0, 9800, .11),
    'clip': ('GET', 'app', '[P]/[clips]/{clip}', '', 0, 1100, .05), 'clip_dl': ('GET', 'media', '[P]/[clips]/{clip}/[dl]', '', 0, 1900000, .9), 'share': ('POST', 'app', '[P]/[clips]/{clip}/share', '', 80, 260, .08),
    'share_view': ('GET', 'media', '[S]/{share}', '', 0, 6400, .1), 'mode': ('PUT', 'app', '[P]/[homes]/{home}/[mode]', '', 70, 240, .2), 'command': ('POST', 'app', '[P]/[devs]/{dev}/[cmds]', '', 150, 210, .33),
    'state': ('GET', 'app', '[P]/[devs]/{dev}/state', '', 0, 620, .04), 'autos': ('GET', 'app', '[P]/[homes]/{home}/[autos]', '', 0, 4100, .07), 'auto_put': ('PUT', 'app', '[P]/[homes]/{home}/[autos]/{auto}', '', 900, 900, .1),
    'members': ('GET', 'app', '[P]/[homes]/{home}/members', '', 0, 1300, .05), 'invite': ('POST', 'app', '[P]/[homes]/{home}/invites', '', 190, 330, .25), 'accept': ('POST', 'app', '[P]/invites/{code}/accept', '', 40, 600, .1),
    'claim': ('POST', 'app', '[P]/[claim]', '', 230, 800, .4), 'me': ('GET', 'app', '[P]/me', '', 0, 1200, .04), 'push': ('PUT', 'app', '[P]/me/push-token', '', 280, 0, .05), 'plan': ('GET', 'app', '[P]/me/[plan]', '', 0, 800, .06),
    'promo': ('POST', 'app', '[P]/me/[plan]/[promo]', '', 70, 190, .14), 'gift': ('POST', 'app', '[P]/[gift]', '', 80, 200, .15), 'invoice': ('GET', 'app', '[P]/me/invoices/{invoice}', '', 0, 21000, .2),
    'insights': ('GET', 'app', '[P]/[homes]/{home}/insights', 'window', 0, 5200, .25), 'feed': ('GET', 'app', '[P]/[feed]', 'near,page', 0, 15500, .15), 'post': ('GET', 'app', '[P]/[feed]/{post}', '', 0, 3600, .07),
    'product': ('GET', 'store', '[T]/products/{slug}', '', 0, 12500, .08), 'products': ('GET', 'store', '[T]/products', 'page,category', 0, 26000, .13), 'search': ('GET', 'store', '[T]/search', 'q', 0, 9000, .18),
    'article': ('GET', 'store', '[T]/help/{article}', '', 0, 14000, .07), 'cart': ('POST', 'store', '[T]/cart/items', '', 130, 1500, .11), 'checkout': ('POST', 'store', '[T]/checkout', '', 900, 1700, .7),
    'hb': ('POST', 'device', '[D]/{mac}/[hb]', '', 380, 60, .03), 'tele': ('POST', 'device', '[D]/{mac}/telemetry', '', 2100, 20, .04), 'dev_event': ('POST', 'device', '[D]/{mac}/events', '', 900, 230, .07),
    'upload': ('PUT', 'device', '[D]/{mac}/[clips]/{clip}', '', 2300000, 0, 1.6), 'config': ('GET', 'device', '[D]/{mac}/config', 'etag', 0, 3300, .04), 'register': ('POST', 'device', '[D]/register', '', 1400, 2500, .25),
    'firmware': ('GET', 'device', '[D]/firmware/{model}/{fw}', '', 0, 650, .05), 'voice': ('POST', 'partner', '[V]/fulfillment', '', 740, 1300, .28), 'voice_sync': ('GET', 'partner', '[V]/devices', '', 0, 8200, .2),
    'pt_homes': ('GET', 'partner', '[V]/[homes]', 'page,updated_since', 0, 31000, .3), 'pt_home': ('GET', 'partner', '[V]/[homes]/{home}', '', 0, 2500, .09), 'pt_events': ('GET', 'partner', '[V]/[homes]/{home}/[evs]', 'since', 0, 7000, .12),
    'pt_token': ('POST', 'auth', '[A]/partner/token', '', 300, 1100, .08), 'adm_find': ('GET', 'admin', '[I]/users', 'q', 0, 3900, .2), 'adm_user': ('GET', 'admin', '[I]/users/{user}', '', 0, 5600, .1),
    'adm_logs': ('GET', 'admin', '[I]/[devs]/{mac}/logs', 'from,to', 0, 64000, .4), 'adm_cam': ('POST', 'admin', '[I]/[cams]/{cam}/assist-view', '', 120, 800, .5), 'adm_act': ('POST', 'admin', '[I]/users/{user}/{action}', '', 160, 300, .2),
    'health': ('GET', 'misc', '[health]', '', 0, 40, .005), 'version': ('GET', 'misc', '[P]/app-config', 'platform', 0, 2600, .02)}
MODELS = ['pixel 8', 'Pixel 7a', 'SM-S911B', 'SM-A546B', 'SM-G991U', 'M2101K6G', 'CPH2449', 'moto g54', 'ONEPLUS A6013', 'XQ-CT54']
IPHONES = ['iPhone13,2', 'iPhone14,5', 'iPhone15,3', 'iPhone12,1', 'iPhone16,1', 'iPad13,4']
BROWSERS = [('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36', 'chrome'), ('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36', 'chrome'),
    ('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.%d Safari/605.1.15', 'safari'),
    ('Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0', 'firefox'), ('Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36', 'chrome-m')]
LIBS = [('python-requests/2.31.0', 'py'), ('python-requests/2.32.3', 'py'), ('Python/3.12 aiohttp/3.9.5', 'aio'), ('Go-http-client/2.0', 'go'), ('node-fetch/1.0 (+https://github.com/bitinn/node-fetch)', 'node'),
    ('axios/1.6.8', 'node'), ('curl/8.5.0', 'curl'), ('okhttp/4.12.0', 'okhttp'), ('python-httpx/0.27.0', 'py'), ('Apache-HttpClient/5.2.1 (Java/17.0.9)', 'java')]
WORDS = 'door battery pairing offline wifi siren chime motion zone night vision sub plan refund lens mount solar keypad lock garage hub reset firmware alexa scene storage privacy export'.split()
SCAN = ['/.env', '/.git/config', '/wp-login.php', '/phpinfo.php', '/actuator/env', '/swagger.json', '/api-docs', '/server-status', '/cgi-bin/luci', '/onvif/device_service', '/config.json', '/backup.sql',
        '/.aws/credentials', '/admin/', '/debug/pprof/', '/ISAPI/Security/users', '/v2/_catalog', '/.well-known/security.txt', '/graphql', '/console/', '/boaform/admin/formLogin', '/robots.txt', '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php']
PAYLOADS = ["%27%20OR%201%3D1--", '..%2f..%2f..%2fetc%2fpasswd', '%3Cscript%3Ealert(1)%3C%2Fscript%3E', '%24%7Bjndi%3Aldap%3A%2F%2Fx%7D', '1%20AND%20SLEEP(5)', '%7B%7B7*7%7D%7D', '%3Bcat%20%2Fetc%2Fpasswd', "%5B%24ne%5D"]
B62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
r = random.Random()   # the one source of chance; World seeds it

class Caller:
    """Who sends: what the gateway sees (platform, api, ua, ...) and who it really is (kind, who, inst)."""
    def __init__(self, kind, who, platform, api, ua, ja4, addr, inst='', att='none', user=None, subject=None, device=None, ver=None, home=None, cc='US'):
        self.kind, self.who, self.platform, self.api, self.ua, self.ja4, self.addr, self.inst = kind, who, platform, api, ua, ja4, addr, inst
        self.att, self.user, self.subject, self.device, self.ver, self.home, self.cc = att, user, subject, device, ver, home, cc
        self.session, self.token, self.adopt, self.last = None, None, None, -1e9

class World:
    def __init__(self, seed):
        r.seed(seed * 7919 + 13)
        self.co = r.choice(['hearthline', 'casavue', 'domova', 'lumen8', 'nidario', 'oculo', 'havenkey', 'portico', 'wachthaus', 'brightgate'])
        self.Co, self.target, self.span = self.co.capitalize(), r.randint(64000, 88000), r.uniform(2.0, 4.0) * 86400
        self.t0 = dt.datetime(2026, r.randint(1, 11), r.randint(1, 27), r.randrange(24), r.choice([0, 0, 17, 30]), tzinfo=dt.timezone.utc).timestamp()
        main = r.choice(['US', 'US', 'GB', 'DE', 'FR', 'NL', 'AU', 'BR', 'SE', 'JP', 'CA', 'IN', 'IT'])
        ccs = [main] + r.sample([c for c in COUNTRIES if c != main], r.randint(2, 9))
        self.cc_mix = {c: (r.uniform(3, 12) if i == 0 else r.expovariate(1.2) + .05) for i, c in enumerate(ccs)}
        self.peaks = [(r.uniform(6.4, 8.6), r.uniform(.8, 1.8), r.uniform(.4, 1)), (r.uniform(11.5, 14), r.uniform(1.5, 3), r.uniform(.1, .7)), (r.uniform(17, 21.5), r.uniform(1.5, 3), r.uniform(.8, 1.5))]
        self.night, self.weekend = r.uniform(.04, .2), r.uniform(.7, 1.4)
        self.android, self.attesting = r.uniform(.25, .75), r.uniform(.75, .99)
        # ~0.4 % of devices fail the device verdict (developer.android.com/google/play/integrity/improvements, "estimated impact"); a hobbyist brand has more
        self.att = {'rooted': r.uniform(.01, .035), 'rom': r.uniform(.004, .025), 'skew': r.uniform(.005, .02), 'miss': r.uniform(.002, .02), 'late': r.uniform(.002, .015), 'bad': r.uniform(.0005, .004)}
        self.flags = {k: r.random() < p for k, p in dict(user=.96, session=.6, device=.8, api=.95, subject=.85, ver=.6, country=.75, latlon=.3, asn=.6, ja4=.65, route=.5, host=.75, ua=1, rid=.4,
                                                         reqsize=.7, respsize=.9, dur=.85, waf=.35, captcha=.35, query=.9, atok=.7, acode=.7, gqlop=.6).items()}
        self.epoch, self.id_style = r.random() < .25, {k: r.choice(['seq', 'seq', 'uuid', 'opaque', 'hex']) for k in ('home', 'cam', 'dev', 'clip', 'user', 'invoice', 'auto', 'post')}
        self.seq = {k: r.randint(4, 900) * 10 ** r.randint(3, 5) for k in self.id_style}
        self.style = r.choice(['rest', 'rest', 'rest', 'rpc', 'graphql'])
        self.routes()
        v = (r.randint(2, 9), r.randint(0, 40))
        self.ver_old, self.ver_new, self.ver_dead = '%d.%d.%d' % (*v, r.randint(0, 4)), '%d.%d.0' % (v[0], v[1] + 1), '%d.%d.2' % (v[0] - 1, r.randint(0, 9))
        self.fw = '%d.%d.%d' % (r.randint(1, 6), r.randint(0, 30), r.randint(10, 900))
        self.release = self.at(r.uniform(.1, .7)) if r.random() < .75 else math.inf
        self.regress = r.choice(['prefetch', 'insights', 'double-refresh'])
        t = self.at(r.uniform(.15, .85))
        self.outage = (t, t + r.uniform(240, 3000), r.choice([('device',), ('app', 'media'), ('auth',), ('device', 'app', 'auth', 'media')]))
        t = self.at(r.uniform(.1, .85))
        self.att_out = (r.choice(['android', 'ios']), t, t + r.uniform(1800, 18000), r.choice(['missing', 'failed'])) if r.random() < .7 else None
        self.sale = self.at(r.uniform(.2, .8))
        self.limit, self.lock = r.choice([None, 60, 90, 120, 240]), r.choice([5, 8, 10, None])
        self.expats, self.preflight, self.active = r.uniform(.01, .06), r.random() < .6, []
        self.mfa, self.spa, self.hobby_unofficial = r.uniform(.1, .7), r.random() < .5, r.random() < .6
        self.cgn = defaultdict(list)
        self.events, self.n, self.takeovers, self.used_ips, self.hubs, self.libs = [], 0, [], [], 0, itertools.cycle(r.sample(LIBS, len(LIBS)))
        self.slugs = [f"{r.choice(['cam', 'bell', 'hub', 'lock', 'floodlight', 'siren', 'keypad'])}-{r.choice(['pro', 'mini', 'go', 'plus', 'duo', 'outdoor'])}-{i}" for i in range(60)]
        self.articles = [f'{r.choice(WORDS)}-{r.choice(WORDS)}-{i}' for i in range(160)]
        self.homes, self.people = [], []
        while len(self.people) < self.target // 28: self.new_home()

    def at(self, f): return self.t0 + f * self.span

    def routes(self):
        pick = r.choice
        ver = pick(['v1', 'v2', 'v3', 'v4'])
        N = dict(P=pick(['/' + ver, '/api/' + ver, '/mobile/' + ver, '/api', '']), homes=pick(['homes', 'locations', 'structures', 'places']), cams=pick(['cameras', 'cams', 'doorbots', 'streams']), devs=pick(['devices', 'things', 'accessories', 'endpoints']),
                 clips=pick(['clips', 'recordings', 'videos', 'media']), evs=pick(['events', 'activity', 'timeline', 'history']), snap=pick(['snapshot', 'thumbnail.jpg', 'still', 'snapshots/latest']), live=pick(['live', 'live-view', 'liveView', 'webrtc', 'vod_sessions']),
                 dl=pick(['download', 'content', 'file.mp4']), mode=pick(['mode', 'arm-state', 'security_mode']), cmds=pick(['commands', 'actions', 'command']), autos=pick(['automations', 'routines', 'scenes']), mfa=pick(['mfa', '2fa', 'otp']),
                 accounts=pick(['accounts', 'users', 'registrations']), claim=pick(['pairing/claims', 'setup/claim', 'device_claims']), plan=pick(['subscription', 'plan', 'membership']), promo=pick(['promo-codes', 'coupon', 'promotions/redeem']), gift=pick(['gift-cards/redeem', 'vouchers', 'giftcards/apply']),
                 feed=pick(['neighborhood/posts', 'community/alerts', 'feed']), hb=pick(['heartbeat', 'ping', 'checkin']), health=pick(['/healthz', '/health', '/status', '/ping']))
        N['A'] = pick(['/auth', '/oauth', '/identity/v1', N['P'] + '/auth'])
        N['login'] = N['A'] + pick(['/token', '/login', '/sessions', '/session'])
        N['refresh'] = N['login'] if N['login'].endswith('token') else N['A'] + '/refresh'
        N['D'], N['T'] = pick(['/d/v1', '/device/v2', '/devices-api', '/iot']), pick(['/store', '/shop/v1', '/commerce'])
        N['V'], N['I'] = pick(['/partner/v1', '/integrations', '/ext/v2', '/connect']), pick(['/admin', '/internal/support', '/backoffice/v1', '/ops-api'])
        N['S'] = pick(['/s', '/share', N['P'] + '/shared'])
        N['C'] = N['P'] + '/' + (f"{N['homes']}/{{home}}/{N['cams']}" if r.random() < .35 else N['cams'])
        split, dom = r.random() < .6, self.co + pick(['.com', '.io', '.home', '.cloud'])
        hosts = dict(app='api', media=pick(['api', 'media', 'video']), auth=pick(['api', 'auth', 'id']), store=pick(['www', 'shop']), device=pick(['iot', 'dev-gw', 'hub']), partner=pick(['partners', 'connect', 'api']), admin=pick(['ops', 'api']), misc='api')
        self.hosts = {g: (h if split else 'api') + '.' + dom for g, h in hosts.items()}
        form, self.op = pick(['{%s}', ':%s', '<%s>', '{%s_id}']), {}
        for name, (m, g, p, q, a, b, lat) in OPS.items():
            for k, v in sorted(N.items(), key=lambda kv: kv[0] != 'C'): p = p.replace('[' + k + ']', v)
            camel, q = ''.join(x.capitalize() for x in name.split('_')), '&'.join(f'{x}={{q_{x}}}' for x in q.split(',') if x)
            if g == 'app' and name not in ('claim', 'version', 'clip') and self.style == 'rpc': m, p, q = 'POST', f"{N['P']}/rpc/{pick(['HomeService', 'CameraService', 'AccountService'])}/{camel}", ''
            if g == 'app' and name not in ('claim', 'version', 'clip') and self.style == 'graphql': m, p, q = 'POST', N['P'] + '/graphql', 'op=' + camel if self.flags['gqlop'] else ''
            route = p
            for k in ('home', 'cam', 'dev', 'clip', 'mac', 'live', 'code', 'share', 'slug', 'article', 'user', 'invoice', 'auto', 'post', 'model', 'fw', 'action'): route = route.replace('{%s}' % k, form % k)
            # two companies differ in payloads and back ends too; RPC and GraphQL reads have a body
            self.op[name] = (m, g, p, q, route, (a or 240 * (m == 'POST')) * r.uniform(.5, 2), b * r.uniform(.4, 2.2), lat * r.uniform(.5, 2.5), p.endswith('/graphql'))
        self.N = N

    # ---- ids, addresses, times
    def ident(self, kind):
        s = self.id_style[kind]
        if s == 'seq':
            self.seq[kind] += r.randint(1, 9)
            return str(self.seq[kind])
        if s == 'uuid': return str(uuid.UUID(int=r.getrandbits(128), version=4))
        return ''.join(r.choices(B62, k=14)) if s == 'opaque' else '%024x' % r.getrandbits(96)
    def net(self, kind, cc=None): return r.choice([n for n in NETS if n[2] == kind and (cc is None or n[0] == cc)] or [n for n in NETS if n[2] == kind])
    def v4(self, net):
        a, lo, hi = r.choice(net[3])
        return f'{a}.{r.randint(lo, hi)}.{r.randrange(256)}.{r.randint(1, 254)}'
    def v6(self, net, prefix=None):
        if prefix is None:
            head = net[4].split(':')
            prefix = ':'.join(head + ['%x' % r.getrandbits(16) for _ in range(4 - len(head))])
        return str(ipaddress.IPv6Address(':'.join([prefix] + ['%x' % r.getrandbits(16) for _ in range(4)]))), prefix
    def carrier_ip(self, cc):
        """Carrier NAT: one IPv4 stands for hundreds to thousands of subscribers (Cloudflare, "One IP address, many users", 2025)."""
        net = self.net('mobile', cc)
        pool = self.cgn[net[1]]
        if not pool: pool += [self.v4(net) for _ in range(r.choice([2, 4, 9]))]
        return (self.v6(net)[0] if net[4] and r.random() < .5 else r.choice(pool)), net
    def weight(self, t, cc):
        off = COUNTRIES[cc][0] * 3600
        h, day = (t + off) % 86400 / 3600, int((t + off) // 86400 + 4) % 7
        w = self.night + sum(k * math.exp(-.5 * ((h - m) / s) ** 2) for m, s, k in self.peaks)
        return w * (self.weekend if day in (0, 6) else 1)
    def when(self, cc, lo=None, hi=None):
        lo, hi = max(self.t0, lo or self.t0), min(self.t0 + self.span, hi or math.inf)
        for _ in range(60):
            t = r.uniform(lo, hi)
            if r.random() * 2 < self.weight(t, cc): break
        return t
    def fixed_line(self, cc):   # a home's line. >90 % of lines have NAT in the home (Maier et al., PAM 2011), so all of a home share the IPv4; v6 differs per phone and day
        net = self.net('fixed', cc)
        v6 = net[4] and r.random() < COUNTRIES[cc][1]
        prefix, cache, daily = self.v6(net)[1] if v6 else None, {}, r.random() < COUNTRIES[cc][2]
        def addr(t, who=0):
            key = (who if v6 else 0, int(t // 86400) if (daily or v6) else 0)
            if key not in cache:
                cache[key] = self.v6(net, prefix)[0] if v6 else self.v4(net)
                self.used_ips.append((cache[key], net))
            return cache[key], net
        return addr
    def new_home(self, cc=None, cams=None):
        cc = cc or (r.choice(list(COUNTRIES)) if r.random() < self.expats else r.choices(list(self.cc_mix), list(self.cc_mix.values()))[0])
        h = dict(id=self.ident('home'), cc=cc, line=self.fixed_line(cc), cams=[self.ident('cam') for _ in range(min(12, int(r.expovariate(.5))) if cams is None else cams)], devs=[self.ident('dev') for _ in range(1 + int(r.expovariate(.35)))],
                 mac='%012x' % (0xb0c5ca000000 + r.getrandbits(24)), hub=r.choices(['hub1', 'hub2', 'hub3'], [1, 3, 3])[0], clips=[self.ident('clip') for _ in range(r.randint(2, 14))], autos=[self.ident('auto') for _ in range(2)], plan=r.random() < .6)
        h['macs'] = ['%012x' % (0xb0c5cb000000 + r.getrandbits(24)) for _ in h['cams']]
        self.homes.append(h)
        for _ in range(r.choices([1, 2, 3, 4], [6, 5, 1.5, .7])[0]): self.new_person(h)
        return h
    def email(self):
        name = f"{r.choice('anna ben carla dmitri eva finn gita hugo ines jo kai lena mo nia omar pia raj sue tom uma'.split())}{r.choice(['.', '', '_'])}{r.choice('lee,meyer,silva,novak,jones,kumar,sato,brown,rossi,dubois'.split(','))}"
        return f"{name}{r.randint(1, 9999)}@{r.choice(['gmail.com', 'outlook.com', 'icloud.com', 'gmx.de', 'proton.me', 'yahoo.com', 'mail.ru'])}"
    def sid(self, of=None): return hashlib.sha256(f'{self.co}{of or r.random()}'.encode()).hexdigest()[:20]
    def new_person(self, h):
        self.people.append(dict(user=self.ident('user'), subject=self.email(), home=h, cc=h['cc'], out=r.uniform(.15, .6)))

    # ---- clients
    def app_ua(self, platform):
        if platform == 'android': return f'{self.Co}/{self.ver_old} (Android {r.randint(10, 15)}; {r.choice(MODELS)}) okhttp/4.12.0'
        return f'{self.Co}/{self.ver_old} ({r.choice(IPHONES)}; iOS 17.{r.randint(0, 6)}) CFNetwork/1494.0.7 Darwin/23.{r.randint(1, 6)}.0' if platform == 'ios' else self.browser()[0]
    def browser(self):
        s, j = r.choice(BROWSERS)
        return (s.replace('%d', str(r.randint(118, 127))) if 'Version/17' not in s else s % r.randint(1, 6)), j
    def phone(self, p, kind='app-user', platform=None, att=None, **kw):   # an honest phone of person p, at home on Wi-Fi or out on the carrier
        platform = platform or ('android' if r.random() < self.android else 'ios')
        if att is None:
            a = self.att
            att = r.choices(['rooted', 'rom', 'skew', 'ok'], [a['rooted'], a['rom'] + 1 - self.attesting, a['skew'], self.attesting])[0]
            att = 'ok' if platform == 'ios' and att in ('rooted', 'rom') and r.random() < .9 else att
        if kind == 'app-user': kind = {'rooted': 'rooted-phone', 'rom': 'custom-rom-phone', 'skew': 'clock-skew-phone', 'ok': 'app-user-' + platform}[att]
        num, mobile = r.getrandbits(32), {}
        def addr(t):
            slot = int(t // 5400)
            if r.random() > p['out'] * (1.5 if 8 < (t / 3600 + COUNTRIES[p['cc']][0]) % 24 < 18 else .5): return p['home']['line'](t, num)
            if slot not in mobile: mobile[slot] = self.carrier_ip(p['cc'])
            return mobile[slot]
        c = Caller(kind, 'person:' + p['user'], platform, f'{self.co}-{platform}', self.app_ua(platform), platform, addr, att=att,
                   user=p['user'], subject=p['subject'], device='%016x' % r.getrandbits(64), ver=self.ver_old, home=p['home'], cc=p['cc'])
        c.adopt = self.release + r.expovariate(1 / 70000)
        for k, v in kw.items(): setattr(c, k, v)
        return c
    def webby(self, p, kind='web-user', addr=None):
        ua, ja = self.browser()
        num = r.getrandbits(32)
        return Caller(kind, 'person:' + p['user'], 'web', self.co + '-web', ua, ja, addr or (lambda t: p['home']['line'](t, num)), user=p['user'], subject=p['subject'], home=p['home'], cc=p['cc'])
    def host_addr(self, n=1, kind='host', net=None):
        net = net or self.net(kind)
        ips = [self.v4(net) if not net[4] or r.random() < .8 else self.v6(net)[0] for _ in range(n)]
        return lambda t: (r.choice(ips), net)

    # ---- one request
    def attest(self, c, t):
        a = c.att
        if a == 'none' or c.platform == 'device' and not (c.api or '').endswith('hub3'): return 'none', None, None
        if c.platform != 'device' and self.att_out and c.platform == self.att_out[0] and self.att_out[1] < t < self.att_out[2] and a == 'ok' and r.random() < .85: return self.att_out[3], 'provider-unavailable', None
        tok = c.token or hashlib.sha256(f'{c.device}{int(t // 3300)}{c.who}'.encode()).hexdigest()[:24]
        if a in ('rooted', 'fail'):
            h = int(hashlib.md5((c.device or c.who).encode()).hexdigest()[:4], 16)
            return 'failed', ['device-integrity', 'device-integrity', 'app-not-recognized', 'signature'][h % 4], tok
        if a in ('rom', 'missing'): return 'missing', 'no-token', None
        x, own = r.random(), 1 if a == 'ok' else 0
        if x < .8 * (a == 'skew') or x < own * self.att['late']: return 'expired', 'token-expired', tok
        if x > 1 - own * self.att['bad']: return 'failed', r.choice(['signature', 'app-not-recognized', 'device-integrity']), tok
        return ('missing', 'no-token', None) if x > 1 - own * (self.att['bad'] + self.att['miss']) else ('genuine', None, tok)

    def hit(self, t, c, op, st=None, subject=None, q=None, path=None, anon=False, waf=None, captcha=None, method=None, **ids):   # log one request; returns the time when the caller has its answer
        if not self.t0 <= t < self.t0 + self.span: return t + 1
        f, h, (m, g, tmpl, query, route, rq, rs, lat, gql) = self.flags, c.home, self.op[op]
        if path is None:
            known = {'home': h['id'], 'cam': r.choice(h['cams'] or h['devs']), 'dev': r.choice(h['devs']), 'clip': r.choice(h['clips']), 'mac': h['mac']} if h else {}
            path = tmpl.format_map(defaultdict(lambda: '0', {**known, **ids}))
        if st is None:
            st, y = 204 if rs == 0 and m != 'GET' else 201 if m == 'POST' and op in ('signup', 'invite', 'claim', 'cart', 'share') else 200, r.random()
            if y < .004: st = r.choice([500, 502, 503, 504])
            elif op in ('snapshot', 'live', 'command') and y < .035: st = r.choice([504, 409, 503])   # camera asleep or off line
            elif op in ('clip', 'clip_dl', 'share_view', 'state') and y < .03: st = 404 if y < .02 else 403   # recording expired, member removed
            elif op in ('snapshot', 'config') and y < .2: st = 304
            elif op in ('promo', 'gift', 'claim') and y < .3: st = r.choice([404, 422, 409])
        if gql and st in (403, 404, 409, 422): st = 200
        m = {'': '_OTHER', '*': 'OPTIONS'}.get(path, m)
        if self.preflight and c.platform == 'web' and method is None and g in ('app', 'auth') and c.ja4 in ('chrome', 'safari', 'firefox', 'chrome-m') and r.random() < .15:
            self.hit(t - .04, c, op, 204, path=path, anon=True, method='OPTIONS')
        m, (ip, net) = method or m, c.addr(t)
        d = lat * math.exp(r.gauss(0, .5)) * (1.3 if st >= 500 else 1) * (.6 if st in (401, 403, 404, 429) else 1)
        if q is None:
            q = query.format_map(defaultdict(lambda: 'x', q_limit=r.choice([10, 20, 50]), q_cursor='%x' % r.getrandbits(40), q_page=ids.get('page', r.randint(1, 4)), q_q=r.choice(WORDS), q_email=(subject or 'x').replace('@', '%40')))
        k, s = int(hashlib.md5(ip[:9].encode()).hexdigest()[:6], 16), hashlib.sha256(f'{c.ja4}{self.co[0]}'.encode()).hexdigest()
        (lat0, lon0), (status, code, tok) = LATLON[net[0]], self.attest(c, t)
        gate = c.platform == 'web' and op in ('login', 'signup', 'reset', 'checkout')
        e = {'http.request.method': m, 'url.path': path, 'http.response.status_code': st, 'client.address': ip}
        # flag of the world, field, value; absent when the gateway does not log it or the request does not have it
        for flag, field, value in (
                ('query', 'url.query', q or None), ('route', 'http.route', None if 'raw' in ids else route), ('host', 'server.address', self.hosts[g]), ('ua', 'user_agent.original', c.ua),
                ('reqsize', 'http.request.size', int(rq * math.exp(r.gauss(0, .25))) + 40 if rq else 0),
                ('respsize', 'http.response.size', int(rs * math.exp(r.gauss(0, .35))) if st < 300 and rs else 0 if st in (204, 304) else int(r.uniform(70, 340))),
                ('dur', 'http.server.request.duration', round(d, 4)), ('user', 'user.id', None if anon else c.user), ('session', 'session.id', None if anon else c.session), ('device', 'device.id', c.device),
                ('api', 'api.client', None if method else c.api), ('subject', 'login.subject', subject if op in ('login', 'mfa', 'reset') and not method else None), ('ver', 'app.version', c.ver), ('country', 'geo.country', net[0]),
                ('latlon', 'geo.location.lat', round(lat0 + k % 40 / 10 - 2, 2)), ('latlon', 'geo.location.lon', round(lon0 + k // 40 % 40 / 10 - 2, 2)), ('asn', 'network.asn', net[1]),
                ('ja4', 'tls.client.ja4', f't13d{15 + int(s[0], 16) % 3}{10 + int(s[1], 16)}h{1 if c.ja4 in ("py", "embedded", "java") else 2}_{s[2:14]}_{s[14:26]}'),
                ('ua', 'attestation.status', status if status != 'none' or self.spa else None), ('ua', 'attestation.issuer', None if status in ('none', 'missing') else 'device-ca' if c.platform == 'device' else 'app'),
                ('rid', 'http.request.id', '%016x' % r.getrandbits(64)), ('acode', 'attestation.code', code), ('atok', 'attestation.token', tok), ('waf', 'waf.score', r.choices([0, 3, 5, 8], [95, 3, 1.5, .5])[0] if waf is None else waf),
                ('captcha', 'captcha.score', (captcha or r.choice([.1, .3, .7, .7, .9, .9, .9, .9])) if gate else None)):
            if f[flag] and value is not None: e[field] = value
        self.events.append((t, self.n, g, op, e, {'label': 'attack' if c.inst else 'benign', 'kind': c.kind, 'instance': c.inst, 'caller': c.who, 'platform': c.platform}, c.user))
        self.n += 1
        return t + d + r.expovariate(8)

    # ---- what an app, a portal or an imitator of it does
    def sign_in(self, c, t, ok=True, mfa=None):
        c.session = self.sid() if ok else None
        t = self.hit(t, c, 'login', 200 if ok else 401, subject=c.subject, anon=not ok)
        if ok and (mfa if mfa is not None else r.random() < self.mfa): t = self.hit(t + r.uniform(5, 40), c, 'mfa', 200 if r.random() < .93 else 401, subject=c.subject)
        return t

    def app_session(self, c, t, home=None, what=None):
        h = home or c.home
        keep, kind0, c.home = c.home, c.kind, h
        if c.adopt and t > c.adopt and c.ver == self.ver_old and c.platform in ('android', 'ios'): c.ua, c.ver = c.ua.replace('/' + c.ver, '/' + self.ver_new, 1), self.ver_new
        new = c.ver == self.ver_new
        if new and kind0.startswith('app-user'): c.kind = 'upgraded-app'
        if c.session is None: t = self.sign_in(c, t)
        elif t - c.last > 3600:
            c.session = self.sid() if r.random() < .3 else c.session
            if r.random() < .2: t = self.hit(t, c, 'homes', 401, anon=True)
            for _ in range(2 if new and self.regress == 'double-refresh' else 1): t = self.hit(t, c, 'refresh', 200)
        c.last = t
        if r.random() < .3: t = self.hit(t, c, 'version')
        t = self.hit(t, c, 'homes')
        if r.random() < .8: t = self.hit(t + r.uniform(0, .3), c, 'devices' if r.random() < .85 else 'home')
        if new and self.regress == 'insights':
            for _ in range(r.randint(1, 3)): t = self.hit(t, c, 'insights')
        cams = h['cams']
        if cams and r.random() < .6:
            for cam in cams[:2 if r.random() < .6 else 99]:
                t = self.hit(t, c, 'snapshot', cam=cam)
                if new and self.regress == 'prefetch': t = self.hit(t, c, 'cam', cam=cam)
        t += r.expovariate(.25)
        what = what or r.choices(['end', 'clips', 'live', 'arm', 'lock', 'settings', 'feed', 'plan', 'store', 'members', 'autos', 'states'], [2, 4, 3 if cams else 0, 2.5, 2, .6, .8, .4, .2, .3, .5, 1])[0]
        if what == 'clips':
            t = self.hit(t, c, 'events')
            for _ in range(1 + int(r.expovariate(.6))):
                clip = r.choice(h['clips'])
                t = self.hit(t + r.expovariate(.2), c, 'clip', clip=clip)
                if r.random() < .7: t = self.hit(t, c, 'clip_dl', 403 if not h['plan'] and r.random() < .4 else None, clip=clip)
            if r.random() < .06: t = self.hit(t, c, 'share', clip=clip)
        elif what == 'live' and cams:
            cam, live = r.choice(cams), '%012x' % r.getrandbits(48)
            t = self.hit(t, c, 'live', cam=cam)
            for _ in range(min(12, int(r.expovariate(.35)))): t = self.hit(t + r.uniform(9, 11), c, 'live_keep', live=live)
            t = self.hit(t + r.uniform(1, 8), c, 'live_end', live=live)
        elif what in ('arm', 'lock'):
            for _ in range(r.choice([1, 1, 2])): t = self.hit(t + r.expovariate(.3), c, 'mode' if what == 'arm' else 'command')
        elif what == 'settings': t = self.hit(self.hit(t, c, 'cam') + r.uniform(3, 20), c, 'cam_set')
        elif what == 'feed':
            t = self.hit(t, c, 'feed')
            for _ in range(r.randint(0, 5)): t = self.hit(t + r.expovariate(.15), c, 'post', post=self.ident('post'))
        elif what == 'plan':
            t = self.hit(t, c, 'plan')
            if r.random() < .3: t = self.hit(t + r.uniform(4, 30), c, r.choice(['promo', 'gift']))
            if r.random() < .4: t = self.hit(t, c, 'invoice', invoice=self.ident('invoice'))
        elif what == 'store': t = self.shop(c, t, r.random() < .1)
        elif what == 'members':
            t = self.hit(t, c, 'members')
            if r.random() < .25: t = self.hit(t + r.uniform(8, 40), c, 'invite')
        elif what == 'autos':
            t = self.hit(t, c, 'autos')
            if r.random() < .3: t = self.hit(t + r.uniform(8, 60), c, 'auto_put', auto=r.choice(h['autos']))
        elif what == 'states':
            for dev in h['devs']: t = self.hit(t, c, 'state', dev=dev)
        c.kind, c.home = kind0, keep
        return t

    def shop(self, c, t, buy):
        for _ in range(r.randint(1, 4)): t = self.hit(t + r.expovariate(.1), c, r.choice(['products', 'product', 'search', 'article']), slug=r.choice(self.slugs), article=r.choice(self.articles))
        if buy:
            t = self.hit(t + r.uniform(2, 20), c, 'cart')
            t = self.hit(t + r.uniform(20, 90), c, 'checkout', r.choice([200, 200, 200, 402, 409]))
        return t

    def claim_device(self, c, t, wrong):
        for _ in range(wrong): t = self.hit(t + r.uniform(4, 25), c, 'claim', r.choice([404, 422, 422]))
        return self.hit(t + r.uniform(4, 25), c, 'claim', 201)

# ---------------------------------------------------------------- honest life: each function adds one caller (or a crowd); p is a person at random
def person(w, p):
    c = w.phone(p)
    c.session = w.sid() if r.random() < .93 else None
    w.active.append(p)   # sessions per day are heavy-tailed
    for t in sorted(w.when(p['cc']) for _ in range(1 + int(min(40, r.lognormvariate(0, .9) * w.span / 86400)))): w.app_session(c, t)

def web_user(w, p):
    c = w.webby(p)
    for t in sorted(w.when(p['cc']) for _ in range(r.randint(1, 4))):
        c.session = None if r.random() < .5 else c.session
        w.app_session(c, t)

def forgetful(w, p):
    c, t = w.phone(p, 'forgetful-user') if r.random() < .6 else w.webby(p, 'forgetful-user'), w.when(p['cc'])
    for _ in range(r.randint(2, 7)): t = w.sign_in(c, t + r.expovariate(.1), False)
    if r.random() < .5:
        t = w.hit(t + 20, c, 'reset', 202, subject=p['subject'], anon=True) + r.uniform(60, 900)
    if r.random() < .8:
        c.session = None
        w.app_session(c, t + 9)

def traveller(w, p):
    c = w.phone(p, 'traveller', session=w.sid())
    cc, leave, home_addr = r.choice([x for x in COUNTRIES if x != p['cc']]), w.at(r.uniform(.2, .7)), c.addr
    hotel = w.fixed_line(cc)
    c.addr = lambda t: home_addr(t) if t < leave else hotel(t) if r.random() < .6 else w.carrier_ip(cc)
    for t in sorted(w.when(p['cc']) for _ in range(r.randint(6, 16))): w.app_session(c, t)

def vpn_user(w, p):
    exits = [w.host_addr(1, 'vpn') for _ in range(r.randint(1, 5))]
    if not hasattr(w, 'vpn_shared'): w.vpn_shared = [w.host_addr(1, 'vpn') for _ in range(4)]
    c = w.phone(p, 'vpn-user', session=w.sid(), addr=lambda t: r.choice(w.vpn_shared if r.random() < .7 else exits)(t))
    for t in sorted(w.when(p['cc']) for _ in range(r.randint(3, 12))): w.app_session(c, t)

def new_phone(w, p):
    c, t = w.phone(p, 'new-phone'), w.when(p['cc'])
    for _ in range(r.choice([0, 0, 1, 2])): t = w.sign_in(c, t + 8, False)
    t = w.hit(w.hit(w.sign_in(c, t + 8), c, 'push'), c, 'me')
    if r.random() < .3: t = w.hit(t + 9, c, 'accept', r.choice([200, 200, 404, 410]), code=''.join(r.choices('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', k=8)))
    w.app_session(c, t)

def new_customer(w, p):   # buys, signs up, pairs hub and cameras: bursts of claims, some wrong codes
    h = w.new_home(cams=r.randint(1, 4))
    p = [x for x in w.people if x['home'] is h][0]
    c, t = w.phone(p, 'new-customer'), w.when(p['cc'])
    if r.random() < .4: t = w.hit(t, c, 'exists', r.choice([200, 404]), subject=p['subject'], anon=True)
    t = w.hit(t, c, 'signup', r.choice([201, 201, 201, 409, 422]), anon=True)
    t = w.hit(w.hit(t + 5, c, 'otp_send', 202, anon=True) + r.uniform(8, 60), c, 'mfa', 200, subject=p['subject'])
    t = w.sign_in(c, t, True, False)
    for _ in range(1 + len(h['cams'])): t = w.claim_device(c, t + r.uniform(20, 120), r.choice([0, 0, 0, 1, 2, 4]))
    w.app_session(c, t)

def installer(w, p):
    c, t = w.phone(p, 'installer', session=w.sid()), w.when(p['cc'])
    for _ in range(r.randint(2, 5)):
        h = w.new_home(p['cc'], cams=r.randint(2, 6))
        c.addr = lambda t, h=h: h['line'](t, 1)
        for _ in range(1 + len(h['cams'])): t = w.claim_device(c, t + r.uniform(20, 90), r.choice([0, 0, 1, 3]))
        t = w.app_session(c, t, h, 'settings') + r.uniform(900, 5400)

def property_manager(w, p):   # one account, many flats: walks all their cameras and locks each morning, like an id walker but with right
    c = w.webby(p, 'property-manager') if r.random() < .6 else w.phone(p, 'property-manager')
    own, c.session = r.sample(w.homes, min(len(w.homes), r.randint(20, 70))), w.sid()
    for _ in range(r.randint(1, 4)):
        t = w.when(p['cc'])
        for h in r.sample(own, r.randint(10, len(own))):
            t = w.hit(t + r.uniform(.5, 9), c, 'devices', home=h['id'])
            for cam in h['cams'][:2]: t = w.hit(t, c, 'snapshot', home=h['id'], cam=cam)
            if r.random() < .2: t = w.hit(t + 3, c, 'command', home=h['id'], dev=h['devs'][0])

def power_user(w, p):
    p['home']['cams'] += [w.ident('cam') for _ in range(r.randint(4, 9))]
    c = w.phone(p, 'power-user', session=w.sid())
    for t in sorted(w.when(p['cc']) for _ in range(r.randint(15, 50))): w.app_session(c, t)

def wall_tablet(w, p):   # a tablet on the wall with the dashboard always open
    c, step, t = w.phone(p, 'wall-tablet', platform='android', session=w.sid(), addr=lambda t: p['home']['line'](t, 7)), r.choice([120, 300, 600]), w.at(r.random() * .7)
    end = t + r.uniform(10000, 60000)
    while t < end:
        w.hit(t, c, 'devices')
        if p['home']['cams']: w.hit(t + .4, c, 'snapshot')
        t += step * r.uniform(.97, 1.03)

def widget(w, p):
    c = w.phone(p, 'background-widget', session=w.sid())
    for t in sorted(w.at(r.random()) for _ in range(r.randint(15, 50))): w.hit(t, c, r.choice(['homes', 'devices']), 401 if r.random() < .03 else None)

def tv(w, p):
    c = Caller('tv-app', 'person:' + p['user'], 'tv', w.co + '-tv', f'{w.Co}TV/2.{r.randint(1, 9)} ({r.choice(["AFTKA", "BRAVIA_4K", "AppleTV11,1", "SHIELD"])})', 'tv', lambda t: p['home']['line'](t, 9), user=p['user'], subject=p['subject'], home=p['home'], cc=p['cc'])
    c.session = w.sid()
    for t in sorted(w.when(p['cc']) for _ in range(r.randint(2, 8))): w.app_session(c, t, what=r.choice(['live', 'clips', 'end']))

def dead_version(w, p):
    c = w.phone(p, 'dead-app-version', att=r.choice(['missing', 'ok', 'rom']), ver=w.ver_dead, session=w.sid())
    c.ua, c.adopt, t = c.ua.replace('/' + w.ver_old, '/' + w.ver_dead, 1), None, w.when(p['cc'])
    for _ in range(r.randint(4, 25)): t = w.hit(t + r.choice([1, 2, 4, 30, 600]), c, r.choice(['homes', 'version', 'refresh']), r.choice([426, 426, 400, 410]))

def device(w, p):
    h, cellular, w.hubs = w.homes[w.hubs % len(w.homes)], r.random() < .06, w.hubs + 1
    addr = (lambda t: w.carrier_ip(h['cc'])) if cellular else (lambda t: h['line'](t, 3))
    c = Caller('cellular-device' if cellular else 'hub', 'hub:' + h['mac'], 'device', f"{w.co}-{h['hub']}", f"{h['hub']}/{w.fw} (linux; armv7)", 'embedded', addr, att='ok' if r.random() < .98 else 'skew', device=h['mac'], home=h, ver=w.fw, cc=h['cc'])
    step, t = r.choice([1800, 3600, 3600, 7200]), w.at(0) + r.random() * 3600
    while t < w.t0 + w.span:
        w.hit(t, c, 'hb')
        if r.random() < .12: w.hit(t + 1, c, r.choice(['config', 'tele', 'firmware']), model=h['hub'], fw=w.fw)
        t += step * r.uniform(.99, 1.01)
    for i, mac in enumerate(h['macs']):
        k = Caller('camera', 'camera:' + mac, 'device', w.co + '-cam', f'cam-{r.choice(["pro", "mini", "bell"])}/{w.fw}', 'embedded', addr, device=mac, home=h, ver=w.fw, cc=h['cc'])
        for t in (w.when(h['cc']) for _ in range(min(140, int(r.lognormvariate(2.3, 1))))):
            t = w.hit(t, k, 'dev_event', mac=mac)
            if h['plan']: w.hit(t, k, 'upload', mac=mac, clip=w.ident('clip'))
    if r.random() < .3:
        s = Caller('battery-sensor', 'sensor:' + h['mac'], 'device', w.co + '-sensor', 'sense/1.4', 'embedded', addr, device='%012x' % (0xb0c5cc000000 + r.getrandbits(24)), home=h)
        for _ in range(r.randint(3, 20)): w.hit(w.when(h['cc']), s, 'tele', mac=s.device)

def stuck_device(w, p):   # crash loop, or a flat clock battery after which its certificate is not valid yet: hundreds of registrations
    h = r.choice(w.homes)
    c = Caller('stuck-device', 'hub:' + h['mac'], 'device', f"{w.co}-{h['hub']}", f"{h['hub']}/{w.fw} (linux; armv7)", 'embedded', lambda t: h['line'](t, 3), att=r.choice(['skew', 'missing', 'ok']), device=h['mac'], home=h, ver=w.fw)
    t, bad = w.at(r.uniform(0, .8)), r.choice([401, 401, 409, 400, 200])
    for _ in range(r.randint(40, 260)):
        t = w.hit(t, c, 'register', bad) + r.choice([5, 10, 30, 60])
        w.hit(t, c, 'config', 401 if bad != 200 else 200)
        if r.random() < .08: w.hit(t + .5, c, 'health', 400, path='', raw=1, anon=True)

def retry_storm(w, p):   # all devices (or apps) at once when the outage begins and again when it ends
    h, (a, b, groups) = p['home'], w.outage
    if 'device' in groups:
        c, ops = Caller('retry-storm', 'hub:' + h['mac'], 'device', f"{w.co}-{h['hub']}", f"{h['hub']}/{w.fw} (linux; armv7)", 'embedded', lambda t: h['line'](t, 3), att='ok', device=h['mac'], home=h, ver=w.fw), ['hb', 'hb', 'register']
    else:
        c, ops = w.phone(p, 'retry-storm', session=w.sid()), ['refresh'] if 'auth' in groups else ['homes', 'devices', 'snapshot']
    t, wait = r.uniform(a, b), r.choice([1, 2, 5])
    while t < b:
        t = w.hit(t, c, r.choice(ops)) + wait * r.uniform(.8, 1.2)
        wait = min(wait * 2, 300)
    for _ in range(r.randint(1, 5)): t = w.hit(t + r.uniform(0, 60), c, r.choice(ops))

def hobbyist(w, p):
    """Home Assistant and friends. Polls of 30 s and of minutes, vendors' answers of 429 and bans are as in
    github.com/home-assistant/core issues 100579, 85490 and hahn-th/homematicip-rest-api issue 408."""
    ua, ja = r.choice([('HomeAssistant/2026.4.1 aiohttp/3.9.5 Python/3.12', 'aio'), ('HomeAssistant/2025.12.0 aiohttp/3.9.5 Python/3.12', 'aio'), ('homebridge-' + w.co + '/3.1.2', 'node'), None, None]) or next(w.libs)
    c = Caller('hobbyist-poller', 'person:' + p['user'], 'server', w.co + ('-android' if r.random() < .5 and w.hobby_unofficial else '-web' if w.hobby_unofficial else '-dev'), ua, ja,
               (lambda t: p['home']['line'](t, 5)) if r.random() < .8 else w.host_addr(), user=p['user'], subject=p['subject'], home=p['home'], cc=p['cc'])
    c.att, c.session, step = 'missing' if c.api.endswith('android') else 'none', w.sid(), r.choice([30, 60, 60, 120, 300, 300, 600, 900])
    t, n, ops = w.at(r.random() * .8), int(min(4500, r.lognormvariate(5.4, 1.1))), r.choice([['devices'], ['homes', 'devices'], ['state'], ['snapshot'], ['events', 'snapshot'], ['devices', 'events']])
    while n > 0 and t < w.t0 + w.span:
        u = t
        for op in ops:
            for dev in (p['home']['devs'] if op == 'state' else [None]):
                u = w.hit(u, c, op, **({'dev': dev} if dev else {}))
                n -= 1
        if r.random() < .01: w.hit(u, c, 'refresh', 200)
        t += step * r.uniform(.995, 1.005)
    if r.random() < .25:                      # password changed, the script never noticed
        c.kind = 'hobbyist-wrong-password'
        for _ in range(r.randint(30, 120)): t = w.sign_in(c, t + r.choice([30, 60, 300]), False)

def clip_archiver(w, p):   # a script which downloads all of its owner's recordings at once, as fast as it can
    ua, ja = next(w.libs)
    c = Caller('clip-archiver', 'person:' + p['user'], 'server', w.co + r.choice(['-web', '-dev']), ua, ja, lambda t: p['home']['line'](t, 5), user=p['user'], subject=p['subject'], home=p['home'], cc=p['cc'])
    p['home']['clips'] += [w.ident('clip') for _ in range(120)]
    t = w.sign_in(c, w.at(r.random()), True, False)
    for i, clip in enumerate(p['home']['clips'][:r.randint(8, 80)]):
        if i % 20 == 0: t = w.hit(t, c, 'events')
        t = w.hit(w.hit(t, c, 'clip', clip=clip), c, 'clip_dl', clip=clip) + r.uniform(0, 1)

def voice(w, p):   # a voice assistant's servers act for many users at all hours
    if not hasattr(w, 'voices'):
        w.voices = [(f'{n}-{r.getrandbits(20):05x}', w.host_addr(r.randint(2, 12), net=w.net('host', 'US')), ua, ja) for n, ua, ja in
                    r.sample([('alx', 'Apache-HttpClient/4.5.13 (Java/11.0.20)', 'java'), ('ggl', 'Mozilla/5.0 (compatible; Google-Cloud-Functions/2.1)', 'go'), ('bix', 'okhttp/4.9.3', 'okhttp'), ('siri-bridge', 'Go-http-client/2.0', 'go')], r.randint(2, 4))]
    key, addr, ua, ja = r.choices(w.voices, range(len(w.voices), 0, -1))[0]
    for _ in range(40):
        p = r.choice(w.people)
        c = Caller('voice-assistant', 'partner:' + key, 'server', key, ua, ja, addr, user=p['user'], home=p['home'], cc=p['cc'])
        w.hit(w.when(p['cc']), c, 'voice' if r.random() < .9 else 'voice_sync')

def partner_batch(w, p):   # insurer, alarm centre, utility: pages through all its linked homes by night or each hour
    if not hasattr(w, 'partners'):
        w.partners = [dict(key=f"{r.choice(['pk', 'prt', 'cid'])}_{r.getrandbits(40):010x}", addr=w.host_addr(r.choice([1, 1, 2, 4])), ua=r.choice(LIBS), homes=r.sample(w.homes, min(len(w.homes), r.randint(60, 300))), hour=r.randrange(24), n=r.randint(40, 160)) for _ in range(r.randint(4, 8))]
    p = r.choice(w.partners)
    p['live'] = True
    c = Caller('partner-batch', 'partner:' + p['key'], 'server', p['key'], p['ua'][0], p['ua'][1], p['addr'])
    t = w.hit(w.t0 + (p['hour'] * 3600 - w.t0) % 86400 + r.randrange(3) * 86400 + r.uniform(0, 90), c, 'pt_token', 200)
    for i, h in enumerate(r.sample(p['homes'], min(p['n'], len(p['homes'])))):
        if i % 25 == 0: t = w.hit(t, c, 'pt_homes', page=i // 25 + 1)
        t = w.hit(t, c, r.choice(['pt_home', 'pt_events']), 404 if r.random() < .03 else None, home=h['id']) + r.uniform(0, 1.5)

def monitor(w, p):
    c = Caller('uptime-monitor', 'monitor', 'server', None, r.choice(['Pingdom.com_bot_version_1.4', 'UptimeRobot/2.0', 'Blackbox Exporter/0.24.0', 'kube-probe/1.28']), 'go', w.host_addr(r.choice([1, 6])))
    step = r.choice([300, 600, 900])
    for i in range(int(w.span / step)): w.hit(w.t0 + i * step + r.uniform(0, 2), c, 'health' if r.random() < .8 else 'version')

def qa_robot(w, p):   # the company's own end-to-end tests, from its cloud, with test accounts and no attestation
    h, p = w.new_home(cams=3), w.people[-1]
    c, step = w.phone(p, 'qa-robot', platform='android', att='missing', addr=w.host_addr(2)), r.choice([1800, 3600])
    for i in range(int(w.span / step)):
        c.session = None
        w.app_session(c, w.t0 + i * step + r.uniform(0, 9), h, r.choice(['live', 'clips', 'arm']))

def crawler(w, p):
    ua, (asn, a, b, third) = r.choice([('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', (15169, 66, 249, 64)), ('Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', (8075, 157, 55, 32)), ('Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)', (8075, 20, 171, 200))])
    ips, net = [f'{a}.{b}.{third + r.randrange(8)}.{r.randint(1, 254)}' for _ in range(5)], ('US', asn)
    c = Caller('declared-crawler', 'crawler', 'server', None, ua, 'crawler', lambda t: (r.choice(ips), net))
    for t in sorted(w.at(r.random()) for _ in range(r.randint(80, 300))):
        w.hit(t, c, r.choice(['product', 'products', 'article']), 404 if r.random() < .06 else 304 if r.random() < .1 else None, slug=r.choice(w.slugs), article=r.choice(w.articles))

def viral_share(w, p):   # a clip's link goes round: strangers, previews and mail scanners open it; older links are gone
    token, t0 = ''.join(r.choices(B62, k=10)), w.at(r.uniform(0, .8))
    bots = [('facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', 'link-preview'), ('WhatsApp/2.23.20.0', 'link-preview'), ('Mozilla/5.0 (Windows NT 10.0; Win64; x64) Safelinks', 'mail-link-scanner')]
    for _ in range(r.randint(20, 120)):
        cc = r.choice(list(w.cc_mix))
        (ua, ja), kind, addr = w.browser(), 'share-viewer', w.fixed_line(cc) if r.random() < .5 else (lambda t, cc=cc: w.carrier_ip(cc))
        if r.random() < .25:
            ua, kind = r.choice(bots)
            ja, addr = 'bot', w.host_addr()
        c, tok = Caller(kind, 'stranger', 'web', w.co + '-web' if r.random() < .5 else None, ua, ja, addr), token if r.random() < .8 else ''.join(r.choices(B62, k=10))
        w.hit(t0 + r.expovariate(1 / 9000), c, 'share_view', 410 if tok != token and r.random() < .6 else None, share=tok)

def support(w, p):   # support staff behind the office's or the outsourcer's address read customers' accounts all day
    if not hasattr(w, 'desk'):
        w.desk, w.agents = [w.host_addr(1, net=w.net('fixed', r.choice(list(w.cc_mix)))) for _ in range(2)], []
    (ua, ja), cc = w.browser(), max(w.cc_mix, key=w.cc_mix.get)
    c = Caller('support-agent', f'agent:{len(w.agents)}', 'web', w.co + '-backoffice', ua, ja, r.choice(w.desk), user=f'agent-{100 + len(w.agents)}', cc=cc)
    w.agents.append(c)
    for _ in range(r.randint(8, 30)): ticket(w, c, w.when(cc))

def ticket(w, c, t):
    p = r.choice(w.people)
    t = w.hit(w.hit(t, c, 'adm_find', q='q=' + p['subject'].replace('@', '%40')), c, 'adm_user', user=p['user'])
    if r.random() < .5: t = w.hit(t + r.uniform(9, 90), c, 'adm_logs', mac=p['home']['mac'])
    if p['home']['cams'] and r.random() < .12: t = w.hit(t + 20, c, 'adm_cam', 403 if r.random() < .2 else None, cam=p['home']['cams'][0])
    if r.random() < .3: w.hit(t + r.uniform(20, 200), c, 'adm_act', user=p['user'], action=r.choice(['unlock', 'resend', 'refund']))

def office_nat(w, p):   # many employees, students or hotel guests behind one or two addresses
    cc = r.choice(list(w.cc_mix))
    addr, kind = w.host_addr(r.choice([1, 1, 2]), net=w.net('fixed', cc)), r.choice(['office-nat', 'hotel-nat', 'campus-nat'])
    for _ in range(r.randint(60, 220)):
        p = r.choice(w.people)
        c = w.webby(p, kind, addr) if r.random() < .3 else w.phone(p, kind, addr=addr)
        c.session = None if r.random() < .25 else w.sid()
        if c.session is None and r.random() < .15: w.sign_in(c, w.when(cc), False)
        w.app_session(c, w.when(cc))

def sale_shopper(w, p):
    c = w.webby(p, 'sale-shopper') if r.random() < .6 else w.phone(p, 'sale-shopper')
    c.session = w.sid()
    t = w.sale + r.gauss(0, 120) if r.random() < .5 else w.sale + r.expovariate(1 / 5000)
    for _ in range(int(r.expovariate(.3))): t = w.hit(t + r.uniform(1, 6), c, 'product', slug=w.slugs[0])
    t = w.shop(c, t, r.random() < .6)
    if r.random() < .2: w.hit(t + 4, c, 'promo')

def own_scan(w, p):   # the vulnerability scan that the company pays for
    c = Caller('hired-scanner', 'scanner-vendor', 'server', None, r.choice(['Mozilla/5.0 (compatible; Detectify) +https://detectify.com/bot', 'Mozilla/5.0 (compatible; Nessus; report abuse to security@tenable.com)']), 'go', w.host_addr(2))
    t = w.at(r.random())
    for _ in range(r.randint(60, 160)): t = w.hit(t + r.expovariate(.5), c, 'health', r.choice([404, 404, 403, 401]), path=r.choice(SCAN), raw=1, waf=r.choice([0, 5, 5, 10, 25]))

HONEST = [(person, 27), (web_user, 5), (forgetful, 2.2), (traveller, 1.8), (vpn_user, 1.8), (new_phone, 1.3), (new_customer, 1.8), (installer, 1), (property_manager, 1.6), (power_user, 2.2), (wall_tablet, 2.4), (widget, 2.5), (tv, 1.8),
          (dead_version, .6), (device, 19), (stuck_device, 1.1), (retry_storm, 2.2), (hobbyist, 8), (clip_archiver, .9), (voice, 6), (partner_batch, 2.6), (monitor, 1.4), (qa_robot, .9), (crawler, 1.2), (viral_share, .7), (support, 1),
          (office_nat, 4), (sale_shopper, 2), (own_scan, .15)]

# ---------------------------------------------------------------- attacks
class Gang:
    """One attack instance: where it comes from, how well it imitates, how fast it goes."""
    def __init__(self, w, kind, inst, n):
        self.w, self.kind, self.inst, self.n = w, kind, inst, n
        self.skill = r.choices(['naive', 'semi', 'full'], [3, 4, 4])[0]
        self.infra = r.choices(['one-host', 'few-hosts', 'one-home', 'proxies', 'carrier', 'vpn'], [3, 2, 2, 5, 1.5, 1.5])[0]
        self.pace = r.choices(['fast', 'steady', 'slow', 'human'], [3, 3, 3, 2])[0]
        self.platform = r.choices(['android', 'ios', 'web'], [4, 2, 3])[0]
        self.cc = r.choice(list(w.cc_mix)) if r.random() < .7 else r.choice(['VN', 'ID', 'RU', 'BR', 'IN', 'US'])
        self.att = r.choices(['missing', 'fail', 'replay', 'genuine'], [4, 3, 1, 1])[0] if self.skill == 'full' else r.choice(['missing', 'missing', 'fail'])
        pool = {'one-host': lambda: w.host_addr(1), 'few-hosts': lambda: w.host_addr(r.randint(3, 14)), 'one-home': lambda: w.fixed_line(self.cc), 'vpn': lambda: w.host_addr(r.randint(1, 6), 'vpn'),
                'carrier': lambda: (lambda t: w.carrier_ip(self.cc)), 'proxies': self.proxies}[self.infra]()
        self.addr, self.device, self.lib = pool, '%016x' % r.getrandbits(64), r.choice(LIBS)
        self.token = hashlib.sha256(inst.encode()).hexdigest()[:24] if self.att == 'replay' else None
        self.ua = w.app_ua(self.platform)

    def proxies(self):   # residential proxies: exits are homes and phones of honest people, some of them our own customers'
        w, local, size, ips = self.w, r.random() < .5, r.choice([15, 60, 300, 3000]), []
        for _ in range(min(size, self.n)):
            x = r.random()
            if x < .2: ips.append(r.choice(w.used_ips))
            elif x < .35: ips.append(w.carrier_ip(r.choice(list(w.cc_mix))))
            else:
                net = w.net('fixed', r.choice(list(w.cc_mix)) if local else None)
                ips.append((w.v6(net)[0] if net[4] and r.random() < .3 else w.v4(net), net))
        return lambda t: r.choice(ips)

    def caller(self, user=None, subject=None, home=None, fresh=False, session=None):
        w, plat, known = self.w, self.platform, r.random() < .6
        ua, ja = (w.app_ua(plat) if fresh else self.ua), plat
        if self.skill == 'naive': ua, ja = self.lib
        elif self.skill == 'semi': ja = self.lib[1]
        elif plat == 'web': ja = 'chrome'
        api = f'{w.co}-{plat}' if self.skill != 'naive' or known else None
        att = 'none' if plat == 'web' or not api else {'replay': 'genuine'}.get(self.att, self.att)
        c = Caller(self.kind, 'attacker:' + self.inst, plat if self.skill != 'naive' else 'server', api, ua, ja, self.addr, self.inst, att, user, subject,
                   None if self.skill == 'naive' or plat == 'web' else ('%016x' % r.getrandbits(64) if fresh else self.device), w.ver_old if plat != 'web' and self.skill != 'naive' else None, home, self.cc)
        c.token, c.session = self.token, session
        return c

    def times(self, n=None):
        w, n = self.w, n or self.n
        if self.pace == 'human': return sorted(w.when(self.cc) for _ in range(n))
        dur = min(w.span * .97, {'fast': n * r.uniform(.15, 2), 'steady': n * r.uniform(4, 40), 'slow': w.span * r.uniform(.5, .95)}[self.pace])
        a = w.t0 + r.uniform(0, w.span - dur)
        return sorted(a + r.random() * dur for _ in range(n))

    def account(self):   # an account of the attacker's own: looks like anybody's
        h, p = self.w.new_home(), self.w.people.pop()
        return dict(user=p['user'], subject=p['subject'], home=h)

def stuffing(w, g):   # hit rates of 0.1 to 2 % are published (azion.com learning pages 0.1-0.2 %, F5 Labs 2021 Credential Stuffing Report for context)
    hit = r.uniform(.001, .02)
    for t in g.times():
        p, known = r.choice(w.people), r.random() < .25
        c = g.caller(p['user'], p['subject'] if known else w.email(), p['home'], fresh=g.skill == 'full' and r.random() < .8)
        if known and r.random() < hit * 4:
            t = w.hit(w.sign_in(c, t, True, False), c, 'homes')
            w.takeovers.append((p['user'], t, t + 7200))
        else:
            w.sign_in(c, t, False)
            if g.skill == 'full' and r.random() < .2: w.hit(t - .4, c, 'version', anon=True)

def spraying(w, g):
    order = r.sample(w.people, min(len(w.people), g.n))
    for t, p in zip(g.times(), order * 9): w.sign_in(g.caller(p['user'], p['subject'], p['home'], fresh=g.skill == 'full'), t, False)

def takeover(w, g):   # the account's holder looks round: cameras, recordings, members, then an invite or an unlocked door
    p = r.choice([x for x in w.active if x['home']['cams']])
    c, start, left, t0 = g.caller(p['user'], p['subject'], p['home']), w.n, g.n, w.at(r.uniform(.02, .75))
    t = w.sign_in(c, t0, True, r.random() < .1)
    while w.n - start < left and t < w.t0 + w.span:
        t = w.app_session(c, t, what=r.choice(['live', 'live', 'clips', 'members', 'plan', 'lock', 'arm']))
        t += r.uniform(20, 400) if g.pace == 'fast' else r.uniform(1500, 12000)
        if g.pace == 'fast' and r.random() < .2: t = w.hit(t, c, 'cam_set')
    w.takeovers.append((p['user'], t0, t))

def bola(w, g):   # walks cameras', homes' or recordings' ids. Whether it succeeds depends on the hole
    a = g.account()
    c = g.caller(a['user'], a['subject'], a['home'], session=w.sid())
    op, hole, harvested = r.choice(['cam', 'snapshot', 'home', 'clip', 'clip_dl', 'state', 'invoice']), r.random() < .5, r.random() < .5
    key = {'snapshot': 'cam', 'clip_dl': 'clip', 'state': 'dev'}.get(op, op)
    cur = w.ident(key)
    for t in g.times():
        h, real = r.choice(w.homes), harvested and key in ('cam', 'home', 'clip', 'dev')
        if real: x = {'cam': r.choice(h['cams'] or [w.ident('cam')]), 'home': h['id'], 'clip': r.choice(h['clips']), 'dev': r.choice(h['devs'])}[key]
        elif w.id_style[key] == 'seq':
            x = cur = str(int(cur) - r.randint(1, 3))
        else: x = w.ident(key)
        st = None if hole and (real or w.id_style[key] == 'seq' and r.random() < .6) else r.choice([403, 404] if real else [404, 404, 403])
        if g.skill == 'full' and r.random() < .08: w.hit(t - 2, c, 'homes')
        w.hit(t, c, op, st, **{'home': h['id'], key: x})

def bfla(w, g):   # a customer's token against the back office and against functions of the owner's role
    a = g.account()
    c = g.caller(a['user'], a['subject'], a['home'], session=w.sid())
    for t in g.times():
        p, op = r.choice(w.people), r.choice(['adm_find', 'adm_user', 'adm_logs', 'adm_cam', 'adm_act', 'invite', 'cam_set', 'mode', 'members', 'pt_homes'])
        w.hit(t, c, op, r.choice([403, 403, 401, 404]), user=p['user'], home=p['home']['id'], mac=p['home']['mac'], cam=(p['home']['cams'] or ['1'])[0], action=r.choice(['unlock', 'role', 'impersonate']))

def signups(w, g):   # trial plans by the hundred
    for t in g.times(max(8, g.n // 3)):
        a = g.account()
        c = g.caller(a['user'], a['subject'], a['home'], fresh=True, session=w.sid())
        t = w.hit(t, c, 'signup', r.choice([201, 201, 201, 409]), anon=True, captcha=r.choice([.1, .3, .7, .9]))
        t = w.hit(t + r.uniform(2, 20), c, 'mfa', 200, subject=a['subject'])
        w.hit(t + r.uniform(1, 9), c, r.choice(['plan', 'promo', 'me']))

# one request again and again: operations to choose from, answers to misses, to a hit, chance of a hit, how many accounts it uses (0: none)
REPEATED = {'share-link-guessing': (['share_view'], [404, 404, 410], 200, .01, [0]), 'pairing-code-guessing': (['claim', 'claim', 'accept'], [404, 422, 422, 409], 201, .008, [1, 3, 20]), 'sms-pumping': (['otp_send'], [202, 202, 202, 400], 202, .5, [0]),
    'gift-code-guessing': (['gift', 'promo'], [404, 422], 200, .02, [1, 2, 15, 60]), 'account-enumeration': (['exists', 'exists', 'reset'], [404], 200, .3, [0]), 'invite-spam': (['invite'], [422, 409], 201, .95, [1, 4, 10])}

def repeat(w, g):
    ops, miss, won, chance, sizes = REPEATED[g.kind]
    op, accounts = r.choice(ops), [g.account() for _ in range(r.choice(sizes))]
    for t in g.times():
        a, hit = r.choice(accounts) if accounts else dict(user=None, subject=None, home=None), r.random() < chance
        c = g.caller(a['user'], a['subject'], a['home'], fresh=g.skill == 'full' and len(accounts) != 1, session=w.sid(a['user']) if accounts else None)
        w.hit(t, c, op, won if hit else r.choice(miss), subject=r.choice(w.people)['subject'] if hit else w.email(), share=''.join(r.choices(B62, k=10)), code=''.join(r.choices('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', k=8)))

def otp_brute(w, g):
    victims = r.sample(w.people, r.choice([1, 2, 12]))
    for i, t in enumerate(g.times()):
        p = r.choice(victims)
        c = g.caller(p['user'], p['subject'], p['home'])
        w.hit(t, c, 'login' if i % 12 == 0 else 'mfa', 200 if i % 12 == 0 else 401, subject=p['subject'], anon=True)

def scalping(w, g):   # bots at the sale: polls before it, carts at once, many accounts
    accounts = [g.account() for _ in range(r.choice([2, 10, 50]))]
    for _ in range(g.n):
        a, x = r.choice(accounts), r.random()
        c = g.caller(a['user'], a['subject'], a['home'], session=w.sid(a['user']), fresh=len(accounts) > 5)
        op, t = ('product', w.sale - r.expovariate(1 / 900)) if x < .5 else ('cart', w.sale + r.expovariate(1 / 8)) if x < .75 else ('checkout', w.sale + r.expovariate(1 / 25))
        w.hit(t, c, op, r.choice([200, 409, 402]) if op == 'checkout' else None, slug=w.slugs[0])

def scraping(w, g):
    what, a = r.choice(['store', 'feed']), g.account()
    for i, t in enumerate(g.times()):
        c = g.caller(a['user'] if what == 'feed' else None, session=w.sid(a['user']) if what == 'feed' else None, fresh=g.skill == 'full' and r.random() < .3)
        if what == 'feed': w.hit(t, c, 'feed' if i % 8 == 0 else 'post', post=w.ident('post'), page=i // 8 + 1)
        else: w.hit(t, c, 'products' if i % 12 == 0 else r.choice(['product', 'product', 'article']), slug=w.slugs[i % 60], article=w.articles[i % 160], page=i // 12 + 1)

def flood(w, g):   # costly reads again and again
    g.pace, op, a = r.choice(['fast', 'fast', 'steady']), r.choice(['search', 'search', 'events']), g.account()
    for t in g.times(): w.hit(t, g.caller(a['user'] if op != 'search' else None, home=a['home'], session=w.sid(a['user'])), op, r.choice([200, 200, 200, 503]))

def scanner(w, g):
    for t in g.times():
        path = r.choice(SCAN + ['', '*']) if r.random() < .7 else w.N['P'] + '/' + r.choice(['users', 'admin', 'config', 'debug', 'backup', 'internal', 'v0', w.N['homes'], 'swagger.json', 'keys'])
        w.hit(t, g.caller(), 'health', r.choice([404, 404, 404, 403, 401, 400]), path=path, raw=1, waf=r.choice([0, 0, 5, 5, 15]))

def payloads(w, g):
    a = g.account()
    c = g.caller(a['user'], a['subject'], a['home'], session=w.sid(a['user']))
    for t in g.times():
        op, bad = r.choice(['search', 'events', 'clip', 'products', 'feed', 'share_view', 'exists']), r.choice(PAYLOADS)
        if op in ('clip', 'share_view'): w.hit(t, c, op, r.choice([400, 404, 403, 500]), clip=bad, share=bad, waf=r.choice([5, 10, 20]))
        else: w.hit(t, c, op, r.choice([400, 403, 200, 500]), q=f'{r.choice(["q", "cursor", "page", "email"])}={bad}', waf=r.choice([5, 10, 20]))

def leaked_key(w, g):   # a partner's key from a public repository: same key, same library, other address, other appetite
    if not hasattr(w, 'partners'): partner_batch(w, None)
    p = r.choice([x for x in w.partners if 'live' in x])
    ua, ja = p['ua'] if g.skill == 'full' else g.lib
    c = Caller(g.kind, 'attacker:' + g.inst, 'server', p['key'], ua, ja, g.addr, g.inst)
    for i, t in enumerate(g.times()):
        h = r.choice(p['homes'] if r.random() < .7 else w.homes)
        w.hit(t, c, 'pt_token' if i == 0 else r.choice(['pt_home', 'pt_events', 'pt_homes']), None if r.random() < .85 else r.choice([403, 404]), home=h['id'], page=i + 1)

def repackaged(w, g):   # a modified app gives the plan away; its users are many, its signature is wrong
    g.platform, g.skill, g.att, g.infra = 'android', 'full', r.choice(['fail', 'missing', 'fail']), 'homes'
    start = w.n
    while w.n - start < g.n:
        p = r.choice(w.people)
        c = g.caller(p['user'], p['subject'], p['home'], fresh=True, session=w.sid())
        c.addr = lambda t, p=p: p['home']['line'](t, 11)
        for _ in range(r.randint(1, 3)): w.app_session(c, w.when(p['cc']), what='clips')

def replay(w, g):   # genuine tokens harvested from one phone, sent by many: a token too popular
    g.platform, g.skill, g.att = r.choice(['android', 'ios']), 'full', 'replay'
    toks, op = [hashlib.sha256(f'{g.inst}{i}'.encode()).hexdigest()[:24] for i in range(r.choice([1, 3, 12]))], r.choice(['login', 'signup', 'promo', 'snapshot', 'exists'])
    for t in g.times():
        p = r.choice(w.people)
        c = g.caller(p['user'], p['subject'], p['home'], fresh=True)
        c.token = r.choice(toks)
        w.hit(t, c, op, {'login': 401, 'signup': 201, 'promo': r.choice([404, 422]), 'snapshot': r.choice([200, 403]), 'exists': r.choice([200, 404])}[op], subject=p['subject'], anon=op != 'snapshot')

def farm(w, g):   # racks of real phones with genuine attestation open trials and redeem codes
    g.platform, g.skill, g.att = 'android', 'full', 'genuine'
    phones = [('%016x' % r.getrandbits(64), w.app_ua('android')) for _ in range(r.choice([4, 12, 40]))]
    for t in g.times(max(7, g.n // 4)):
        a = g.account()
        c = g.caller(a['user'], a['subject'], a['home'], session=w.sid())
        c.device, c.ua = r.choice(phones)
        t = w.hit(t, c, 'signup', 201, anon=True)
        t = w.hit(t + r.uniform(8, 40), c, 'mfa', 200, subject=a['subject'])
        t = w.hit(t + r.uniform(3, 20), c, 'plan')
        w.hit(t + r.uniform(3, 20), c, 'promo', r.choice([200, 200, 409]))

def insider(w, g):   # a support agent looks through customers' cameras without tickets, in and out of hours
    if not hasattr(w, 'agents'): support(w, None)
    base = r.choice(w.agents)
    c = Caller(g.kind, base.who, 'web', base.api, base.ua, base.ja4, base.addr, g.inst, user=base.user, cc=base.cc)
    g.pace, g.cc = r.choice(['human', 'steady', 'slow']), base.cc
    some = r.sample([h for h in w.homes if h['cams']], 6)
    for t in g.times():
        h = r.choice(some if r.random() < .5 else w.homes)
        p = r.choice([x for x in w.people if x['home'] is h] or w.people)
        w.hit(t, c, r.choice(['adm_cam', 'adm_cam', 'adm_user', 'adm_logs']), user=p['user'], mac=h['mac'], cam=r.choice(h['cams'] or h['devs']))

def poisoning(w, g):   # starts at a trickle and doubles until its load looks normal
    a = g.account()
    c, op = g.caller(a['user'], a['subject'], a['home'], session=w.sid(a['user'])), r.choice(['product', 'post', 'snapshot', 'exists'])
    for i in range(g.n):
        t, h = w.at(.97 * math.log1p(i) / math.log1p(g.n)), r.choice(w.homes)
        w.hit(t + r.uniform(0, 400), c, op, r.choice([200, 200, 403]) if op == 'snapshot' else r.choice([200, 404]) if op == 'exists' else None, home=h['id'], cam=r.choice(h['cams'] or h['devs']), slug=r.choice(w.slugs), post=w.ident('post'))

def ex_partner(w, g):   # somebody who still has the household's password, on a real phone: live view and locks at odd hours
    p = r.choice([x for x in w.active if x['home']['cams']])
    c = w.phone(dict(p, home=dict(p['home'], line=w.fixed_line(p['cc']))), g.kind, att='ok', inst=g.inst, who='attacker:' + g.inst, home=p['home'], session=w.sid())
    start, times = w.n, []
    while w.n - start < g.n:
        t = w.at(r.random()) if r.random() < .5 else w.when(p['cc'])
        times.append(t)
        w.app_session(c, t, what=r.choice(['live', 'live', 'clips', 'lock', 'arm', 'states']))
    w.takeovers.append((p['user'], min(times), max(times)))

def device_clones(w, g):   # forged devices: walks serials to register them, or feeds false beats and events in others' names
    op, base = r.choice(['register', 'config', 'hb', 'dev_event']), int(r.choice(w.homes)['mac'], 16)
    for i, t in enumerate(g.times()):
        h = r.choice(w.homes)
        mac = h['mac'] if r.random() < .5 else '%012x' % (base + i)
        c = Caller(g.kind, 'attacker:' + g.inst, 'device', f"{w.co}-{h['hub'] if r.random() < .7 else 'hub1'}", f"{h['hub']}/{w.fw} (linux; armv7)" if g.skill != 'naive' else g.lib[0], 'embedded' if g.skill == 'full' else g.lib[1], g.addr, g.inst, g.att if g.att in ('missing', 'fail') else 'missing', device=mac, home=h, ver=w.fw)
        w.hit(t, c, op, r.choice([401, 403, 404, 409, 200]), mac=mac)

def restream(w, g):   # access to strangers' cameras is sold; the buyers watch, in the victim's session, from everywhere
    victims = r.sample([x for x in w.active if x['home']['cams']], r.randint(1, 4))
    g.addr = g.proxies()
    sess, start, span = {p['user']: w.sid() for p in victims}, w.n, {p['user']: [] for p in victims}
    while w.n - start < g.n:
        p = r.choice(victims)
        c, ip = g.caller(p['user'], p['subject'], p['home'], session=sess[p['user']], fresh=True), g.addr(0)
        c.addr = lambda t, ip=ip: ip
        t, live = w.when(g.cc), '%012x' % r.getrandbits(48)
        span[p['user']].append(t)
        t = w.hit(t, c, 'live')
        for _ in range(r.randint(1, 14)): t = w.hit(t + r.uniform(9, 11), c, 'live_keep', live=live)
    w.takeovers += [(u, min(ts), max(ts)) for u, ts in span.items() if ts]

ATTACKS = {'credential-stuffing': stuffing, 'password-spraying': spraying, 'account-takeover': takeover, 'camera-id-walking': bola, 'function-probing': bfla, 'otp-guessing': otp_brute, 'fake-sign-ups': signups, 'scalping': scalping,
           'scraping': scraping, 'search-flood': flood, 'scanner': scanner, 'payloads': payloads, 'leaked-partner-key': leaked_key, 'repackaged-app': repackaged, 'attestation-replay': replay, 'device-farm': farm, 'insider': insider,
           'baseline-poisoning': poisoning, 'ex-partner-surveillance': ex_partner, 'device-cloning': device_clones, 'camera-restreaming': restream, **{k: repeat for k in REPEATED}}

def attacks(w, total):
    names = r.sample(list(ATTACKS), 22)
    kinds = names + r.choices(names, k=r.randint(24, 36))
    raw = [r.lognormvariate(0, .9) for _ in kinds]
    for i, (kind, x) in enumerate(zip(kinds, raw)):
        ATTACKS[kind](w, Gang(w, kind, f'{kind}-{i:02d}', max(20, min(580, int(total * x / sum(raw))))))

def finish(w):   # what the gateway does with requests: outage, limiter, lock-out; then victims and event ids
    ev, per, fails = sorted(w.events, key=lambda x: (x[0], x[1])), defaultdict(int), defaultdict(int)
    a, b, groups = w.outage
    form, out = r.choice(['uuid', 'ulid', 'seq']), []
    for i, (t, _, g, op, e, lab, user) in enumerate(ev):
        st, subj, key = e['http.response.status_code'], e.get('login.subject'), (e['client.address'], int(t // 60))
        per[key] += 1
        if a < t < b and g in groups and r.random() < .85: st = r.choice([502, 503, 503, 504])
        elif w.limit and per[key] > w.limit and g != 'partner': st = 429
        elif w.lock and op == 'login' and subj:
            if fails[subj] >= w.lock and st == 401: st = 423 if w.limit is None else 429
            fails[subj] = 0 if st == 200 else fails[subj] + 1
        if st != e['http.response.status_code']:
            e['http.response.status_code'] = st
            if 'http.response.size' in e: e['http.response.size'] = r.randint(60, 300)
            if 'http.server.request.duration' in e: e['http.server.request.duration'] = round(r.uniform(5, 30) if st == 504 else r.uniform(.001, .02), 4)
        when = int(t * 1000) if w.epoch else dt.datetime.fromtimestamp(int(t * 1000) / 1000, dt.timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z')
        eid = str(uuid.UUID(int=r.getrandbits(128), version=4)) if form == 'uuid' else f'{int(t * 1000):012x}{r.getrandbits(60):015x}' if form == 'ulid' else f'{w.co}-gw-0-{1000000 + i}'
        e, lab = {'event_id': eid, 'time': when, **e}, {'event_id': eid, **lab}
        if lab['label'] == 'benign' and lab['caller'] == f'person:{user}' and any(u == user and x <= t <= y for u, x, y in w.takeovers): lab['victim'] = True
        out.append((e, lab))
    return out

def main():
    seed, outdir = int(sys.argv[1]), sys.argv[2]
    w, share, weights = World(seed), r.uniform(.04, .085), {f: x * r.uniform(.5, 1.7) for f, x in HONEST}
    budget = w.target * (1 - share) / sum(weights.values())
    for f, x in weights.items():
        start, stop = w.n, w.n + x * budget
        while w.n < stop: f(w, r.choice(w.people))
    attacks(w, w.target * share)
    os.makedirs(outdir, exist_ok=True)
    with open(os.path.join(outdir, 'events.ndjson'), 'w') as a, open(os.path.join(outdir, 'labels.ndjson'), 'w') as b:
        for e, lab in finish(w):
            a.write(json.dumps(e, separators=(',', ':')) + '\n')
            b.write(json.dumps(lab, separators=(',', ':')) + '\n')

if __name__ == '__main__': main()
