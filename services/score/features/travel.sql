-- title: places too far apart
-- unit: nats
-- owasp: API2:2023
-- says: is seen at places too far apart to travel: {value} nats of surprise in {window}; usual is up to {usual}
-- windows: 1h 24h
-- tail: count
-- usual user: 4 6 10
-- usual session: 4 6 10
-- usual device: 4 6 10
travel_{w} / 100
