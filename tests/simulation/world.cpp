#include "world.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "../engine/laws.hpp"
#include "support/rows.hpp"

namespace streamstats::simulation {
namespace {

using namespace std::chrono_literals;
using testing::disk_fault;

constexpr milliseconds patience_of_senders = 10s;
constexpr minutes rest_max{60};

bool is_global(const testing::row_key& key) {
    return std::get<dimension>(key) == dimension::global;
}

}  // namespace

world::world(const scenario& plan, std::vector<std::string>* story)
    : plan_(plan),
      story_(story),
      random_(plan.seed),
      clock_(plan.begin),
      disk_(plan.seed + 1),
      seen_(plan.options.limits),
      requests_(plan.deliveries.size()) {
    store_.on_last_words = [this] { last_words_ = true; };
    if (story != nullptr) store_.tell = [this](const std::string& sentence) { tell([&] { return sentence; }); };
    for (std::size_t i = 0; i < plan.deliveries.size(); ++i) at(plan.deliveries[i].at, [this, i] { send(i); });
    for (const fault& what : plan.faults) at(what.at, [this, &what] { happen(what); });
}

template <class Sentence>
void world::tell(Sentence sentence) {
    if (story_ != nullptr) story_->push_back(testing::time_of_day(clock_.now()) + " " + sentence());
}

void world::complain(const std::string& what) {
    complaint_ += what;
}

// ---- time

void world::run_until(instant end) {
    for (;;) {
        const instant of_process = process_ ? process_->next() : instant_max;
        const instant of_world = agenda_.empty() ? instant_max : agenda_.begin()->first;
        if (std::min(of_process, of_world) > end || !complaint_.empty()) break;
        clock_.move_to(std::min(of_process, of_world));
        if (of_process < of_world || (of_process == of_world && random_.chance(50))) {
            process_->step();
        } else {
            const auto next = agenda_.extract(agenda_.begin());
            next.mapped()();
        }
        look_after_process();
    }
    clock_.move_to(end);
}

// ---- processes

void world::start() {
    if (process_ || over_) return;
    if (!disk_.powered()) disk_.restore_power();
    // A daemon that has nothing to go on from, and no store to ask, starts afresh: that is another story.
    if (!was_open_) store_is_well();
    ++processes_;
    process_ = std::make_unique<process>(surroundings{plan_, clock_, random_, disk_, store_, held_, seen_, complaint_});
    tell([] { return "the daemon starts"; });
    if (!process_->start() && disk_.powered()) return end_process("the daemon cannot start");
    look_after_process();
}

void world::look_after_process() {
    if (!process_) return;
    pending_rows_most_ = std::max(pending_rows_most_, process_->pending_rows());
    was_open_ = was_open_ || process_->started();
    if (!disk_.powered()) return end_process("the power fails");
    if (process_->broken()) return end_process("the journal has failed, the process ends");
    if (last_words_) return end_process("the process is killed");
    stopped_ = process_->stop_outcome();
    if (stopped_) return end_process("the daemon has stopped");
}

void world::end_process(const std::string& how) {
    tell([&] { return how; });
    process_->end();
    process_.reset();
    last_words_ = false;
    const milliseconds usual = 100ms + random_.up_to(10s);
    in(std::exchange(down_, std::nullopt).value_or(usual), [this] { start(); });
}

// ---- senders

void world::send(std::size_t number) {
    request& of = requests_[number];
    const std::size_t attempt = ++of.tries;
    if (!process_ || !process_->open()) {
        if (attempt == 1) tell([&] { return "request " + std::to_string(number) + " finds nobody"; });
        return in(500ms + random_.up_to(10s), [this, number] { send(number); });
    }
    std::vector<testing::sent_event> events;
    for (const std::size_t place : plan_.deliveries[number].events) events.push_back(plan_.history[place].event);
    tell([&] {
        std::string text = "request " + std::to_string(number) + (attempt > 1 ? " is sent again" : " is sent");
        if (attempt > 1) return text;
        for (const testing::sent_event& event : events) text += "\n        " + to_text(event);
        return text;
    });
    in(patience_of_senders, [this, number, attempt] {
        if (!requests_[number].acknowledged && requests_[number].tries == attempt) send(number);
    });
    process_->offer(number, std::move(events),
                    [this, number, attempt](bool taken) { got_answer(number, attempt, taken); });
}

void world::got_answer(std::size_t number, std::size_t attempt, bool taken) {
    request& of = requests_[number];
    if (!disk_.powered() || of.acknowledged || of.tries != attempt) return;
    if (answers_lost_until_ > clock_.now()) {
        tell([&] { return "the answer to request " + std::to_string(number) + " is lost"; });
        return;
    }
    tell([&] { return "request " + std::to_string(number) + " is answered with " + (taken ? "200" : "503"); });
    if (taken) {
        of.acknowledged = true;
        if (!random_.chance(3) || over_) return;
        of.tries += 1;  // it comes again all the same
    } else {
        of.tries += 1;
    }
    in(1s + random_.up_to(20s), [this, number] { send(number); });
}

bool world::all_acknowledged() const {
    return std::ranges::all_of(requests_, [](const request& one) { return one.acknowledged; });
}

// ---- faults

void world::happen(const fault& what) {
    tell([&] { return to_text(what); });
    switch (what.kind) {
        case fault_kind::kill:
            down_ = what.lasting;
            last_words_ = true;
            return;
        case fault_kind::power_cut:
            down_ = what.lasting;
            return disk_.cut_power();
        case fault_kind::operation_crashes:
            return disk_.inject(what.amount, disk_fault::crash);
        case fault_kind::operation_fails:
            return disk_.inject(what.amount, disk_fault::fail);
        case fault_kind::writes_fail:
            disk_.fail_writes(static_cast<unsigned>(what.amount));
            return in(what.lasting, [this] { disk_.fail_writes(0); });
        case fault_kind::disk_full:
            disk_.limit_bytes(disk_.bytes_in_all() + what.amount);
            return in(what.lasting, [this] { disk_.limit_bytes(UINT64_MAX); });
        case fault_kind::disk_slow:
            held_.disk_until = clock_.now() + what.lasting;
            return;
        case fault_kind::answers_lost:
            answers_lost_until_ = clock_.now() + what.lasting;
            return;
        case fault_kind::clock_steps:
            clock_stepped_ = true;
            return clock_.step(what.lasting);
        case fault_kind::drain:
            down_ = what.lasting;
            if (process_) process_->drain();
            return;
        default:
            return happen_to_store(what);
    }
}

void world::happen_to_store(const fault& what) {
    switch (what.kind) {
        case fault_kind::store_dies:
            return store_.inject(what.amount, call_fault::last_words);
        case fault_kind::store_call_fails:
            return store_.inject(what.amount, call_fault::fails);
        case fault_kind::store_call_lost:
            return store_.inject(what.amount, call_fault::answer_lost);
        default:
            break;
    }
    if (!was_open_) return;
    switch (what.kind) {
        case fault_kind::store_away:
            store_.inner.go_away(what.trouble);
            return in(what.lasting, [this] { store_.inner.come_back(); });
        case fault_kind::store_fails:
            return store_.inner.fail_next(what.call, what.trouble, static_cast<int>(what.amount));
        case fault_kind::store_answer_lost:
            return store_.inner.lose_next_answer(what.call);
        case fault_kind::store_hangs:
            held_.store_until = clock_.now() + what.lasting;
            return;
        case fault_kind::store_takes_little:
            store_.inner.limit_rows(static_cast<std::size_t>(what.amount));
            return in(what.lasting, [this] { store_.inner.limit_rows(SIZE_MAX); });
        default:
            return;
    }
}

void world::store_is_well() {
    for (std::size_t call = 0; call < testing::store_call_count; ++call) {
        store_.inner.fail_next(static_cast<testing::store_call>(call), store_trouble::away, 0);
    }
    store_.inner.come_back();
    store_.inner.limit_rows(SIZE_MAX);
    held_.store_until = {};
}

void world::end_faults() {
    disk_.inject(0, disk_fault::fail);
    disk_.fail_writes(0);
    disk_.limit_bytes(UINT64_MAX);
    store_.inject(0, call_fault::fails);
    store_is_well();
    store_.inner.lose_no_answer();
    held_ = {};
    held_.store_hesitates = false;
    answers_lost_until_ = {};
}

// ---- the end

std::string world::run() {
    while (!agenda_.empty() && agenda_.begin()->first <= plan_.begin) agenda_.extract(agenda_.begin()).mapped()();
    start();
    run_until(plan_.calm);
    end_faults();
    tell([] { return "no more faults from here on"; });
    come_to_rest();
    if (complaint_.empty()) check_after_flush();
    if (complaint_.empty()) check_after_drain();
    return complaint_;
}

void world::come_to_rest() {
    for (const instant last = clock_.now() + rest_max; complaint_.empty();) {
        run_until(clock_.now() + 5s);
        if (process_ && process_->started() && all_acknowledged()) return;
        if (clock_.now() > last) {
            complain("it does not come to rest: " + (process_ ? process_->health() : "no process is there") + "\n");
        }
    }
}

// As long as it may take until the store is asked again, then up to a flush.
void world::check_after_flush() {
    const instant now = clock_.system_now();
    const instant flush = std::chrono::ceil<minutes>(now + 150s);
    run_until(clock_.now() + (flush - now));
    const instant as_of = clock_.system_now();
    run_until(clock_.now() + 9s);
    if (!complaint_.empty()) return;
    check_files();
    check_memory();
    if (plan_.options.revision_interval <= 1s) compare_tables(as_of, "after the next flush");
}

void world::check_after_drain() {
    over_ = true;
    const instant as_of = clock_.system_now();
    process_->drain();
    run_until(clock_.now() + 8s);
    if (!complaint_.empty()) return;
    if (stopped_ != pipeline::stop_outcome::everything_stored) return complain("it does not stop in good order\n");
    compare_tables(as_of, "after a stop in good order");
    check_sessions(as_of);
    complain(store_.inner.complaint());
    for (const std::string& name : disk_.names()) {
        if (name.ends_with(".tmp")) complain("there is still " + name + "\n");
    }
}

void world::compare_tables(instant as_of, const std::string& when) {
    const testing::expectation& expected = seen_.as_of(as_of);
    const testing::rows wanted = comparable(expected.tables(plan_.options.aggregation_interval < 60s), expected);
    const testing::rows there = comparable(store_.inner.content(), expected);
    std::string problem = testing::difference(wanted, there);
    if (problem.empty()) problem = testing::unbalanced_books(store_.inner.content());
    if (problem.empty() && !clock_stepped_) problem = testing::broken_recurrence(there, expected.sessions(), as_of);
    if (problem.empty() && !expected.anything_final() && !clock_stepped_) {
        problem = testing::broken_ceilings(there, expected.sessions());
    }
    if (!problem.empty()) complain(when + ": " + problem);
}

// With a clock that steps back, a minute may have been final when an event came, and not be when it is replayed.
testing::rows world::comparable(testing::rows all, const testing::expectation& expected) const {
    for (auto& [key, numbers] : all) {
        if (plan_.late_samples && expected.anything_final()) numbers.total_bytes = 0;
        if (clock_stepped_) numbers.peak_concurrent = numbers.unique_users = 0;
    }
    std::erase_if(all, [](const auto& row) { return !is_global(row.first) && row.second.all_zero(); });
    return expected.comparable(std::move(all));
}

void world::check_sessions(instant as_of) {
    std::map<std::pair<std::string, std::string>, instant> wanted;
    for (const testing::session_facts& one : seen_.as_of(as_of).sessions()) {
        if (!one.closed) wanted[{one.server, one.id}] = one.opened;
    }
    std::map<std::pair<std::string, std::string>, instant> there;
    const auto stored = store_.inner.sessions();
    for (const auto& [key, row] : stored) there[{row.server, row.id}] = row.opened;
    if (wanted == there) return;
    std::string text = "active_sessions: expected";
    for (const auto& [key, opened] : wanted)
        text += " " + key.first + "/" + key.second + " " + testing::time_of_day(opened);
    text += ", actual";
    for (const auto& [key, opened] : there)
        text += " " + key.first + "/" + key.second + " " + testing::time_of_day(opened);
    complain(text + "\n");
}

// Rows wait once each, however often they change.
void world::check_memory() {
    const testing::rows content = store_.inner.content();
    if (content.empty()) return;
    std::set<std::pair<dimension, std::string>> values;
    for (const auto& [key, numbers] : content) values.emplace(std::get<dimension>(key), std::get<std::string>(key));
    const minute first = std::get<minute>(content.begin()->first);
    const auto minutes_in_all = (minute_of(clock_.system_now()) - first).count() + 10;
    const std::uint64_t most = values.size() * static_cast<std::uint64_t>(minutes_in_all);
    if (pending_rows_most_ > most) complain(std::to_string(pending_rows_most_) + " rows waited at once\n");
}

// The journal is as long as what came since the last checkpoint.
void world::check_files() {
    std::size_t segments = 0;
    for (const std::string& name : disk_.names()) {
        segments += name.ends_with(".seg") ? 1 : 0;
    }
    const auto& o = plan_.options;
    const std::uint64_t due = std::max<std::uint64_t>(o.checkpoint_journal_bytes, 64 << 10);
    if (segments > 4 + due / o.journal.segment_bytes) complain(std::to_string(segments) + " segments are there\n");
}

// ---- stories

std::string problem_of(const scenario& plan) {
    world one(plan);
    return one.run();
}

std::string story_of(const scenario& plan) {
    std::vector<std::string> story;
    world one(plan, &story);
    const std::string problem = one.run();
    std::string text = to_text(plan) + "\n";
    for (const std::string& sentence : story) text += sentence + "\n";
    return text + problem;
}

}  // namespace streamstats::simulation
