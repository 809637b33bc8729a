-- title: an API key in strange hands
-- unit: nats
-- owasp: API2:2023
-- says: network and software are strange by {value} nats a request for an API key that has always come from one or two, in {window}; usual is up to {usual}
-- windows: 10m 1h 24h
-- tail: count
-- shape: 6
-- usual ip: 0.36 0.36 0.36
-- weight ip: 0.3 0.8 1.3 2.1 0
strange_key_{w} / 100 / greatest(seen_{w}, 1)
