-- Asks Bonafide about each request, for haproxy.cfg. HAProxy 2.5 or newer, built with Lua (Debian's and the official
-- ones are). Set BONAFIDE_GATEWAY_KEY in HAProxy's environment.
--
-- What is answered stands in variables of the transaction: outcome (what the caller meets: allow, challenge or block),
-- would, decision, challenge_result, attestation, attestation_code, attestation_issuer, attestation_token, identity_code, user,
-- session, device, api_client; and challenge, the WWW-Authenticate that a challenged client gets.
-- Without an answer in time none of them is set, and the request passes.

local url = (os.getenv("BONAFIDE_URL") or "http://127.0.0.1:8080") .. "/gateway/nginx"
local key = os.getenv("BONAFIDE_GATEWAY_KEY") or ""
local timeout_ms = 250

local variables = {
  ["x-risk-decision"] = "txn.outcome",
  ["x-risk-would"] = "txn.would",
  ["x-bonafide-decision-id"] = "txn.decision",
  ["x-bonafide-challenge"] = "txn.challenge_result",
  ["x-attestation-status"] = "txn.attestation",
  ["x-attestation-code"] = "txn.attestation_code",
  ["x-attestation-issuer"] = "txn.attestation_issuer",
  ["x-attestation-token-id"] = "txn.attestation_token",
  ["x-identity-code"] = "txn.identity_code",
  ["x-bonafide-user"] = "txn.user",
  ["x-bonafide-session"] = "txn.session",
  ["x-bonafide-device"] = "txn.device",
  ["x-bonafide-client"] = "txn.api_client",
  ["www-authenticate"] = "txn.challenge",
}

-- What a client may not say in our name, and what belongs to one connection.
local function is_ours(name)
  return name:sub(1, 11) == "x-bonafide-" or name:sub(1, 11) == "x-original-" or name == "x-real-ip"
    or name == "x-request-id" or name == "host" or name == "connection" or name == "content-length"
    or name == "transfer-encoding" or name == "expect" or name == "upgrade" or name == "te" or name == "keep-alive"
end

core.register_action("bonafide", { "http-req" }, function(txn)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not is_ours(name) then
      local list = {}
      for _, value in pairs(values) do
        -- HAProxy lets control characters through, which HTTP forbids: a question with one would not be answered.
        list[#list + 1] = value:gsub("%c", " ")
      end
      headers[name] = list
    end
  end
  headers["x-bonafide-key"] = { key }
  headers["x-original-uri"] = { txn.sf:pathq() }
  headers["x-original-method"] = { txn.sf:method() }
  headers["x-original-host"] = { txn.sf:req_hdr("host") }
  headers["x-original-scheme"] = { txn.f:ssl_fc() == 1 and "https" or "http" }
  headers["x-real-ip"] = { txn.sf:src() }
  -- For BONAFIDE_TRUSTED_HOPS, with proxies of yours in front of HAProxy.
  local forwarded = headers["x-forwarded-for"] or {}
  forwarded[#forwarded + 1] = txn.sf:src()
  headers["x-forwarded-for"] = { table.concat(forwarded, ", ") }
  headers["x-request-id"] = { txn.sf:unique_id() }

  local answer = core.httpclient():get({ url = url, headers = headers, timeout = timeout_ms })
  if answer ~= nil and (answer.status == 400 or answer.status == 431) then
    -- Bonafide is there and cannot read what the client sent: that is no way through.
    txn:set_var("txn.outcome", "block")
    return
  end
  if answer == nil or answer.headers == nil or answer.headers["x-bonafide-decision-id"] == nil then
    return
  end
  for header, variable in pairs(variables) do
    local values = answer.headers[header]
    if values ~= nil then
      local value = values[0] or values[1]
      if value ~= nil and value ~= "" then
        txn:set_var(variable, value)
      end
    end
  end
end, 0)
