// What it costs to read a request: JSON to events, the class of a user agent, events to bytes for the journal.
#include <benchmark/benchmark.h>

#include <string>

#include "audience.hpp"
#include "streamstats/wire/decode.hpp"
#include "streamstats/wire/event_codec.hpp"
#include "streamstats/wire/user_agent.hpp"

using namespace streamstats;
using namespace streamstats::bench;

namespace {

event_batch some_events(std::size_t count) {
    event_batch batch;
    crowd viewers(audience_shape{});
    viewers.arrive(batch, count, opening_time());
    return batch;
}

// As media servers write it, with the fields that nobody needs.
std::string to_json(const play_event& event) {
    const std::string at = std::to_string(opening_time().time_since_epoch().count());
    std::string text = R"({"event":"play_started","id":")";
    text.append(event.id).append(R"(","server":")").append(event.server).append(R"(","media":")").append(event.channel);
    text.append(R"(","country":")").append(event.country).append(R"(","proto":")").append(event.protocol);
    text.append(R"(","ip":")").append(event.ip).append(R"(","user_agent":")").append(event.user_agent);
    text.append(
        R"(","token":"2f7a0c1d6c5b4e8f9a3d1e2b7c6a5f40","referer":"https://tv.example.org/live","session_id":")");
    text.append(event.id).append(R"(","source_id":"b6f1c8d2","user_name":")").append(event.channel);
    text.append(R"(","bytes":0,"opened_at":)").append(at).append(R"(,"utc_ms":)").append(at).append("}");
    return text;
}

void decode(benchmark::State& state) {
    const event_batch events = some_events(static_cast<std::size_t>(state.range(0)));
    std::string body = "[";
    for (const play_event& event : events.events()) body += (body.size() > 1 ? "," : "") + to_json(event);
    body += "]";
    wire::decoder decoder;
    for (auto _ : state) {
        wire::batch batch;
        benchmark::DoNotOptimize(decoder.decode(body, batch));
        if (batch.events.size() != events.events().size()) state.SkipWithError("not every event was accepted");
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void classify(benchmark::State& state) {
    const event_batch events = some_events(64);
    std::size_t next = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(wire::classify(events.events()[next++ % events.events().size()].user_agent));
    }
}

void encode(benchmark::State& state) {
    const event_batch events = some_events(static_cast<std::size_t>(state.range(0)));
    std::size_t bytes = 0;
    for (auto _ : state) bytes += wire::encode_events(events.events(), opening_time()).size();
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

}  // namespace

BENCHMARK(decode)->ArgName("events")->Arg(1)->Arg(10)->Arg(100)->Arg(1'000);
BENCHMARK(classify);
BENCHMARK(encode)->ArgName("events")->Arg(1)->Arg(100);

BENCHMARK_MAIN();
