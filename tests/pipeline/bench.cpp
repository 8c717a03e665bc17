#include "bench.hpp"

#include <algorithm>
#include <stdexcept>

namespace streamstats::testing {
namespace {

using namespace std::chrono_literals;

constexpr instant day{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};

}  // namespace

instant at_clock(std::string_view text) {
    const auto number = [&](std::size_t from, std::size_t length) {
        return text.size() < from + length ? 0 : std::stoi(std::string(text.substr(from, length)));
    };
    return day + std::chrono::hours{number(0, 2)} + std::chrono::minutes{number(3, 2)} + seconds{number(6, 2)} +
           milliseconds{number(9, 3)};
}

minute at_minute(std::string_view text) {
    return minute_of(at_clock(text));
}

sent_event started(std::string id, std::string_view when) {
    sent_event event;
    event.kind = event_kind::play_started;
    event.server = "edge1";
    event.id = std::move(id);
    event.channel = "news";
    event.user_id = event.id;
    event.opened_at = at_clock(when);
    event.time = event.opened_at;
    return event;
}

sent_event closed(std::string id, std::string_view when, std::uint64_t bytes) {
    sent_event event = started(std::move(id), when);
    event.kind = event_kind::play_closed;
    event.opened_at.reset();
    event.closed_at = event.time;
    event.bytes = bytes;
    return event;
}

pipeline::pipeline_secret secret_of(std::uint8_t fill, bool just_made) {
    std::array<std::uint8_t, identity_secret::bytes> random{};
    random.fill(fill);
    return {identity_secret(random), just_made};
}

bool fake_stage::run_first(calls& of) {
    if (of.empty()) return false;
    const auto [work, then] = std::move(of.front());
    of.pop_front();
    work();
    then();
    return true;
}

void fake_stage::engine_is_busy(bool busy) {
    engine_busy_ = busy;
    while (!engine_busy_ && !engine_work_.empty()) {
        engine_work_.front()();
        engine_work_.pop_front();
    }
}

bool fake_stage::run_one() {
    return run_first(work_);
}

bool fake_stage::run_one_of_disk() {
    return run_first(disk_work_);
}

std::optional<std::pair<pipeline::alarm, pipeline::clock_source::steady_point>> fake_stage::next_alarm(
    pipeline::clock_source::steady_point until) {
    const auto next = std::min_element(alarms_.begin(), alarms_.end(), [](const auto& left, const auto& right) {
        return left && (!right || *left < *right);
    });
    if (!*next || **next > until) return std::nullopt;
    const auto which = static_cast<pipeline::alarm>(next - alarms_.begin());
    return std::pair{which, *std::exchange(*next, std::nullopt)};
}

bench::bench(fake_store& with, const bench_settings& settings)
    : store(with),
      options(settings.options),
      clock(at_clock(settings.now)),
      stage(clock),
      intake({.events_max = options.queue_events_max, .bytes_max = options.queue_bytes_max},
             [this] {
                 if (takes_at_once_) conductor.take();
             }),
      conductor(options, settings.secret, {store, metrics, clock, settings.disk}, stage, intake, board,
                {.started = [this](const pipeline::start_outcome& begun) { outcome = begun; },
                 .drained = [this](pipeline::stop_outcome end) { drained = end; },
                 .broken = [this](const std::string& reason) { broken = reason; }}) {
    store_works_ = settings.store_works;
    pipeline::recovered_run found;
    if (settings.disk != nullptr) {
        auto recovered = pipeline::recover(*settings.disk,
                                           {.limits = options.limits, .secret = settings.secret.value, .progress = {}});
        if (!recovered) throw std::runtime_error(recovered.error().what);
        found = std::move(recovered.value());
        journal::writer_limits limits = options.journal;
        limits.own_thread = false;
        limits.segment_bytes = std::uint64_t{1} << 18U;
        auto opened = journal::writer::open(*settings.disk, limits, found.journal);
        if (!opened) throw std::runtime_error(opened.error().what);
        log = std::move(opened.value());
    }
    conductor.begin(std::move(found), log.get());
    settle();
    while (!outcome) pass(100ms);
}

void bench::settle() {
    for (bool busy = true; busy;) {
        busy = store_works_ && stage.run_one();
        busy = stage.run_one_of_disk() || busy;
        busy = (log && journal_works_ && log->work()) || busy;
    }
}

bench& bench::pass(milliseconds length) {
    const auto end = clock.steady_now() + length;
    while (const auto next = stage.next_alarm(end)) {
        const auto [which, when] = *next;
        clock.pass(std::max(0ms, std::chrono::ceil<milliseconds>(when - clock.steady_now())));
        conductor.ring(which);
        settle();
    }
    clock.pass(std::chrono::ceil<milliseconds>(end - clock.steady_now()));
    return *this;
}

intake_answer bench::send(std::vector<sent_event> events) {
    for (const sent_event& event : events) receipts.push_back({event, clock.system_now()});
    const auto got = std::make_shared<std::optional<intake_answer>>();
    const auto batch = batch_of(events);
    pipeline::taken_batch taken{.events = batch,
                                .received = clock.system_now(),
                                .done = [got](intake_answer answer) { *got = std::move(answer); },
                                .weight = pipeline::weight_of(*batch),
                                .who = {}};
    intake.offer(taken);
    while (log && journal_works_ && log->work()) continue;
    return got->value_or(intake_answer{});
}

pipeline::stop_outcome bench::drain() {
    conductor.drain(8s);
    settle();
    for (int i = 0; i < 100 && !drained; ++i) pass(100ms);
    return drained.value_or(pipeline::stop_outcome::incomplete);
}

rows bench::expected() const {
    return rows_at(receipts, options.limits, clock.system_now(), options.aggregation_interval < 60s);
}

}  // namespace streamstats::testing
