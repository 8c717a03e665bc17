-- Load for wrk: batches of events of sessions that no request had before. Half of the events open a session, half close
-- one of a crowd, picked all over it, so that as many stay open as were.
--
--   wrk … URL -- MODE BATCH CROWD SECONDS REQUESTS PAUSE FIRST…
--
--   MODE      "fill": only openings;  "load": both
--   BATCH     events in a request: 1 or even
--   CROWD     open sessions of each thread; in load mode they have been filled in before
--   SECONDS   of sending; afterwards what is under way is only waited for, so that each request sent has an answer
--   REQUESTS  at most so many from each thread; 0: any number
--   PAUSE     milliseconds that a connection waits before each request, so that the rate stays what it is
--   FIRST     for each thread, how many events it has made in earlier runs with the same mode: an even number
--
-- Bodies are made once; each request writes other digits into them. The last line printed is one of JSON.
local ffi = require("ffi")
ffi.cdef([[
    typedef struct { long seconds; long nanoseconds; } bench_time;
    int clock_gettime(int clock, bench_time *into);
]])

local bytes_of_a_close = 600000
local threads = {}

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

local function seconds_now()
    local now = ffi.new("bench_time")
    ffi.C.clock_gettime(1, now)
    return tonumber(now.seconds) + tonumber(now.nanoseconds) * 1e-9
end

local function milliseconds_utc()
    local now = ffi.new("bench_time")
    ffi.C.clock_gettime(0, now)
    return tonumber(now.seconds) * 1000 + math.floor(tonumber(now.nanoseconds) / 1e6)
end

-- Four characters as they stand in memory, for each number below `count`.
local function texts(form, count, first)
    local made = ffi.new("uint32_t[?]", count)
    for i = 0, count - 1 do
        ffi.copy(made + i, string.format(form, first + i), 4)
    end
    return made
end
local digits = texts("%04d", 10000, 0)
local octets = texts(".%03d", 100, 100)

-- An event with the marks that stand for digits: N now, I session, C channel, S server, U user agent, A address (its last
-- three numbers), O opening.
local function event_text(kind, now)
    local opening = string.format("%09d", math.floor((now - 20000) / 10000))
    local now_text = string.format("%05d", math.floor(now / 100000000)) .. "NNNNNNNN"
    local common = '"id":"69a54671-77aa-4d01-%04d-IIIIIIIIIIII","server":"edgeSSSS.streaming.example.net",'
        .. '"media":"channel-CCCC","ip":"1%dAAAAAAAAAAAA","country":"DE","proto":"hls","token":null,'
        .. '"user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) '
        .. 'Chrome/UUUU.0.0.0 Safari/537.36","user_name":"channel-CCCC","source_id":"69a5461b-20aa-4bd1-9f0a-57e0a1",'
        .. '"query_string":"","security_protocol":"tlsv1.3","secure":true,"opened_at":' .. opening .. 'OOOO,'
    common = string.format(common, number, number % 10)
    if kind == "play_started" then
        return '{"event":"play_started","event_id":7001,"loglevel":"info","utc_ms":' .. now_text .. "," .. common
            .. '"started_at":' .. now_text .. ',"bytes":0}'
    end
    return '{"event":"play_closed","event_id":7002,"loglevel":"info","utc_ms":' .. now_text .. "," .. common
        .. '"closed_at":' .. now_text .. ',"bytes":' .. bytes_of_a_close .. "}"
end

-- A request with as many events, the first of them of kinds[1 + parity], and where its digits are.
local function make_request(kinds, parity, batch, now)
    local events = {}
    for i = 1, batch do
        events[i] = event_text(kinds[1 + (parity + i - 1) % 2], now)
    end
    local body = "[" .. table.concat(events, ",") .. "]"
    local text = wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
    local made = { length = #text, bytes = ffi.new("uint8_t[?]", #text), events = ffi.new("int32_t[?][9]", batch) }
    ffi.copy(made.bytes, text, #text)
    local at = 1
    for i = 0, batch - 1 do
        at = text:find('"utc_ms":', at, true)
        local marks = { "NNNNNNNN", "IIIIIIIIIIII", "SSSS", "CCCC", "AAAAAAAAAAAA", "UUUU", "CCCC", "OOOO", "NNNNNNNN" }
        for k, mark in ipairs(marks) do
            at = text:find(mark, at, true)
            made.events[i][k - 1] = at - 1
            at = at + #mark
        end
    end
    return made
end

function init(args)
    local mode = args[1]
    batch, crowd = tonumber(args[2]), tonumber(args[3])
    seconds, requests_max = tonumber(args[4]), tonumber(args[5])
    local pause = tonumber(args[6])
    if pause > 0 then
        function delay()
            return pause
        end
    end
    events_made = tonumber(args[7 + number])
    first = events_made
    filling = mode == "fill"
    local now = milliseconds_utc()
    local kinds = filling and { "play_started", "play_started" } or { "play_started", "play_closed" }
    even = make_request(kinds, 0, batch, now)
    odd = batch == 1 and make_request(kinds, 1, batch, now) or even
    checked = number ~= 0 -- wrk asks the first thread for a request that it does not send
    requests_made = 0
end

-- The session of the k-th closing: all of the crowd once, jumping, before any of those that came after.
local function session_to_close(k)
    local place = k % crowd
    return k - place + (place * 7919) % crowd
end

local function session_of(event)
    if filling then
        return event
    end
    local k = math.floor(event / 2)
    return event % 2 == 0 and crowd + k or session_to_close(k)
end

local function write(bytes, at, text)
    ffi.cast("uint32_t *", bytes + at)[0] = text
end

local function write_now(bytes, at, upper, lower)
    write(bytes, at, upper)
    write(bytes, at + 4, lower)
end

local function write_session(bytes, at, session)
    local low, middle = session % 10000, math.floor(session / 10000) % 10000
    write(bytes, at[1], digits[math.floor(session / 100000000) % 10000])
    write(bytes, at[1] + 4, digits[middle])
    write(bytes, at[1] + 8, digits[low])
    write(bytes, at[2], digits[session % 50])
    write(bytes, at[3], digits[session % 1000])
    write(bytes, at[4], octets[middle % 100])
    write(bytes, at[4] + 4, octets[math.floor(low / 100)])
    write(bytes, at[4] + 8, octets[low % 100])
    write(bytes, at[5], digits[100 + session % 97])
    write(bytes, at[6], digits[session % 1000])
    write(bytes, at[7], digits[low])
end

-- A request that never ends: this connection is only waited for.
local nothing_more = "P"

function request()
    local now = seconds_now()
    began = began or now
    local over = now - began >= seconds or (requests_max > 0 and requests_made >= requests_max)
    if over and checked and events_made % 2 == 0 then
        ended = ended or now
        return nothing_more
    end
    local made = events_made % 2 == 0 and even or odd
    local now_ms = milliseconds_utc()
    local upper, lower = digits[math.floor(now_ms / 10000) % 10000], digits[now_ms % 10000]
    for i = 0, batch - 1 do
        local at = made.events[i]
        write_now(made.bytes, at[0], upper, lower)
        write_session(made.bytes, at, session_of(events_made + i))
        write_now(made.bytes, at[8], upper, lower)
    end
    if checked then
        events_made = events_made + batch
        requests_made = requests_made + 1
    else
        checked = true
        began = nil
    end
    return ffi.string(made.bytes, made.length)
end

function done(summary, latency)
    local made, made_in_all, sending = {}, 0, 0
    for i, thread in ipairs(threads) do
        made[i] = string.format("%.0f", thread:get("events_made"))
        made_in_all = made_in_all + thread:get("requests_made")
        sending = math.max(sending, (thread:get("ended") or seconds_now()) - thread:get("began"))
    end
    local errors = summary.errors
    print(string.format(
        '{"requests":%d,"requests_made":%d,"events_made":[%s],"seconds":%.4f,"refused":%d,"broken":%d,'
            .. '"mean":%.1f,"p50":%.0f,"p99":%.0f,"p999":%.0f}',
        summary.requests, made_in_all, table.concat(made, ","), sending, errors.status,
        errors.connect + errors.read + errors.write, latency.mean, latency:percentile(50), latency:percentile(99),
        latency:percentile(99.9)))
end
