-- title: newcomers who get answers that a route hardly gives
-- unit: nats a request
-- owasp: API2:2023
-- says: answers to newcomers surprise by {value} nats each in {window}; usual is up to {usual}
-- windows: 10m 1h
-- tail: count
-- shape: 6
-- usual net: 0.81 0.8
-- usual cohort: 1.3 1.5
newcomer_answer_{w} / 100 / (newcomer_{w} + 2)
