// What it costs to read a request: JSON to events and the bytes that the journal gets of them, the class of a user
// agent.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "audience.hpp"
#include "streamstats/wire/decode.hpp"
#include "streamstats/wire/event_codec.hpp"
#include "streamstats/wire/user_agent.hpp"

using namespace streamstats;
using namespace streamstats::bench;

namespace {

// The last digits of a number, with zeros in front.
std::string digits(std::uint64_t number, std::size_t count) {
    const std::string all = std::string(count, '0') + std::to_string(number);
    return all.substr(all.size() - count);
}

// As load.lua writes it.
std::string event_json(bool opens, std::uint64_t session) {
    const std::string now = std::to_string(opening_time().time_since_epoch().count());
    const std::string channel = "channel-" + digits(session % 1'000, 4);
    const std::string address = "10." + digits(100 + session / 10'000 % 100, 3) + "." +
                                digits(100 + session / 100 % 100, 3) + "." + digits(100 + session % 100, 3);
    std::string text = R"({"event":)";
    text += opens ? R"("play_started","event_id":7001)" : R"("play_closed","event_id":7002)";
    text += R"(,"loglevel":"info","utc_ms":)" + now;
    text += R"(,"id":"69a54671-77aa-4d01-0000-)" + digits(session, 12);
    text += R"(","server":"edge)" + digits(session % 50, 4) + R"(.streaming.example.net","media":")" + channel;
    text += R"(","ip":")" + address + R"(","country":"DE","proto":"hls","token":null)";
    text +=
        R"(,"user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/)";
    text += digits(100 + session % 97, 4) + R"(.0.0.0 Safari/537.36","user_name":")" + channel;
    text += R"(","source_id":"69a5461b-20aa-4bd1-9f0a-57e0a1","query_string":"","security_protocol":"tlsv1.3")";
    text += R"(,"secure":true,"opened_at":)" + now + (opens ? R"(,"started_at":)" : R"(,"closed_at":)") + now;
    text += opens ? R"(,"bytes":0})" : R"(,"bytes":600000})";
    return text;
}

// Half of the events open a session, half close one of a crowd, picked all over it.
std::string body_of(std::int64_t events) {
    constexpr std::uint64_t crowd_size = 50'000;
    constexpr std::uint64_t jump = 7'919;
    std::string body = "[";
    for (std::int64_t i = 0; i < events; ++i) {
        if (i > 0) body += ',';
        const auto pair = static_cast<std::uint64_t>(i) / 2;
        body += i % 2 == 0 ? event_json(true, crowd_size + pair) : event_json(false, pair * jump % crowd_size);
    }
    return body + "]";
}

void decode(benchmark::State& state) {
    const std::string body = body_of(state.range(0));
    wire::decoder decoder;
    for (auto _ : state) {
        wire::batch batch;
        benchmark::DoNotOptimize(decoder.decode(body, batch));
        if (batch.events.size() != static_cast<std::size_t>(state.range(0))) {
            state.SkipWithError("not every event was accepted");
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void classify(benchmark::State& state) {
    crowd viewers(audience_shape{});
    event_batch events;
    viewers.arrive(events, 64, opening_time());
    std::size_t next = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(wire::classify(events.events()[next++ % events.events().size()].user_agent));
    }
}

// As the server does: into a batch that was used before, and on to the journal.
void decode_to_journal(benchmark::State& state) {
    const std::string body = body_of(state.range(0));
    wire::decoder decoder;
    wire::batch batch;
    std::size_t bytes = 0;
    for (auto _ : state) {
        batch.clear();
        benchmark::DoNotOptimize(decoder.decode(body, batch));
        bytes += wire::lead_of(opening_time()).size() + batch.encoded().size();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.counters["record"] = static_cast<double>(bytes) / static_cast<double>(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK(decode)->ArgName("events")->Arg(1)->Arg(10)->Arg(100)->Arg(1'000);
BENCHMARK(classify);
BENCHMARK(decode_to_journal)->ArgName("events")->Arg(1)->Arg(100);

BENCHMARK_MAIN();
