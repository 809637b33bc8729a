"""Features of each event for the rivals: trailing windows over address, network and caller, from earlier events only.

An event's own request side (method, path, query, agent, attestation) counts; its own answer does not.
"""

import json
import math
import re
from collections import defaultdict, deque
from datetime import datetime

import numpy as np

WINDOWS = (60.0, 600.0, 3600.0)
ID = re.compile(r"^(\d+|[0-9a-f-]{16,}|[A-Za-z0-9]{11}|[a-z]+-[a-z]+-[0-9a-z]+)$")
ODD = re.compile(r"%27|%3C|%3B|\.\.%2F|%24%7B|%7B%7B|UNION|169\.254", re.IGNORECASE)
STATUSES = ("genuine", "missing", "expired", "failed", "none")


def template(path):
    return "/".join("{}" if ID.match(part) else part for part in path.split("/"))


class Window:
    """Counts over the last seconds, with distinct values by reference counting."""

    __slots__ = ("length", "events", "n", "denied", "absent", "faulty", "missing", "bad_token", "bytes", "distinct")

    def __init__(self, length):
        self.length = length
        self.events = deque()
        self.n = self.denied = self.absent = self.faulty = self.missing = self.bad_token = 0
        self.bytes = 0.0
        self.distinct = tuple(defaultdict(int) for _ in range(4))

    def expire(self, now):
        events = self.events
        while events and events[0][0] <= now - self.length:
            self.change(events.popleft(), -1)

    def add(self, event):
        self.events.append(event)
        self.change(event, 1)

    def change(self, event, sign):
        _, status, attestation, size, values = event
        self.n += sign
        if status in (401, 403):
            self.denied += sign
        elif status == 404:
            self.absent += sign
        elif status >= 400:
            self.faulty += sign
        if attestation == "missing":
            self.missing += sign
        elif attestation in ("failed", "expired"):
            self.bad_token += sign
        self.bytes += sign * size
        for counts, value in zip(self.distinct, values):
            if value:
                counts[value] += sign
                if counts[value] == 0:
                    del counts[value]

    def numbers(self):
        n = max(1, self.n)
        return (
            math.log1p(self.n),
            *(math.log1p(len(counts)) for counts in self.distinct),
            self.denied / n,
            self.absent / n,
            self.faulty / n,
            math.log1p(self.denied),
            math.log1p(self.absent),
            self.missing / n,
            math.log1p(self.bad_token),
            math.log1p(max(0.0, self.bytes)),
        )


class Entity:
    __slots__ = ("windows", "first", "last")

    def __init__(self, now):
        self.windows = tuple(Window(length) for length in WINDOWS)
        self.first = now
        self.last = now


def seconds_of(time):
    """Of an event's time in either form: epoch milliseconds, or RFC 3339."""
    return time / 1000 if isinstance(time, (int, float)) else datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


def entities_of(event):
    address = event["client.address"]
    net = ":".join(address.split(":")[:3]) if ":" in address else address.rsplit(".", 1)[0]
    who = event.get("device.id") or event.get("user.id") or event.get("session.id") or address
    return address, net, who


def read_world(folder):
    """Features (events × columns, float32), attack (bool), usable for training (bool: no victims)."""
    known = ({}, {}, {})
    rows, attack, usable = [], [], []
    with open(f"{folder}/events.ndjson") as events, open(f"{folder}/labels.ndjson") as labels:
        for line, label_line in zip(events, labels):
            event, label = json.loads(line), json.loads(label_line)
            now = seconds_of(event["time"])
            method, path = event["http.request.method"], event["url.path"]
            query, agent = event.get("url.query", ""), event.get("user_agent.original", "")
            route = f"{method} {template(path)}"
            attestation = event.get("attestation.status", "")
            keys = entities_of(event)
            row = [
                float(method != "GET"),
                float(len(path)),
                float(len(query)),
                float(bool(ODD.search(path + query))),
                float(len(agent)),
                float(agent.startswith("Mozilla/")),
                float("user.id" in event),
                float("api.client" in event),
                float("login.subject" in event),
                (now / 3600) % 24,
                *(float(attestation == status) for status in STATUSES),
            ]
            others = (keys[2], keys[2], keys[0])
            for table, key, other in zip(known, keys, others):
                entity = table.get(key)
                if entity is None:
                    entity = table[key] = Entity(now)
                row += (math.log1p(now - entity.first), math.log1p(now - entity.last))
                seen = (
                    now,
                    event["http.response.status_code"],
                    attestation,
                    event.get("http.response.size", 0),
                    (route, path + query, event.get("login.subject"), other),
                )
                for window in entity.windows:
                    window.expire(now)
                    row += window.numbers()
                    window.add(seen)
                entity.last = now
            rows.append(np.asarray(row, dtype=np.float32))
            attack.append(label["label"] == "attack")
            usable.append(not label.get("victim", False))
    return np.stack(rows), np.asarray(attack), np.asarray(usable)
