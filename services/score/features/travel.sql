-- title: places too far apart
-- unit: nats
-- owasp: API2:2023
-- says: is seen at places too far apart to travel: {value} nats of surprise in {window}; usual is up to {usual}
-- windows: 1h 24h
-- tail: count
-- usual user: 3.2 3.2
-- usual session: 2.9 2.9
-- usual device: 0.22 3.2
travel_{w} / 100
