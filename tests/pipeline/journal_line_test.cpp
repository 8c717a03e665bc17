// The way of a batch through the journal, past the engine thread where nothing has to be asked of it.
#include "pipeline/journal_line.hpp"

#include "bench.hpp"
#include "streamstats/wire/event_codec.hpp"
#include "support/catch.hpp"
#include "support/memory_disk.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using pipeline::journal_line;
using pipeline::taken_batch;

namespace {

// With an event of this session.
taken_batch batch_with(const std::string& id, std::optional<intake_answer>& answer) {
    taken_batch made;
    made.events = batch_of({started(id, "12:00:00")});
    made.weight = pipeline::weight_of(*made.events);
    made.done = [&answer](intake_answer given) { answer = std::move(given); };
    return made;
}

// A line into a journal on a disk in memory, whose writer works when it is told to.
struct scene {
    scene() {
        journal::writer_limits limits;
        limits.own_thread = false;
        log = std::move(journal::writer::open(disk, limits, {}).value());
        line.lead_to(*log);
    }
    void append(std::size_t batches) {
        for (std::size_t i = 0; i < batches; ++i) {
            taken_batch one;
            one.events = batch_of({started("s" + std::to_string(i), "12:00:00")});
            REQUIRE(line.append(one));
            clock.pass(1s);
        }
    }
    memory_disk disk{1};
    fake_clock clock{at_clock("12:00:00")};
    std::vector<journal_line::answer> answers;
    std::unique_ptr<journal::writer> log;
    journal_line line{clock, [this](const journal_line::answer& one) { answers.push_back(one); }};
};

}  // namespace

TEST_CASE("batches are stamped and answered in the order in which they were appended", "[pipeline]") {
    scene s;
    s.append(3);
    CHECK(s.line.oldest() == at_clock("12:00:00"));
    while (s.log->work()) continue;
    REQUIRE(s.answers.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(s.answers[i].number == i + 1);
        const auto batch = s.line.take(s.answers[i]);
        REQUIRE(batch);
        CHECK(batch->received == at_clock("12:00:00") + seconds{i});
    }
    CHECK_FALSE(s.line.oldest());
}

TEST_CASE("what is in the journal of a batch is the record of its events and of their receipt", "[pipeline]") {
    scene s;
    taken_batch one;
    one.events = batch_of({started("s1", "12:00:00"), closed("s2", "12:00:30", 7)});
    const auto events = one.events;
    REQUIRE(s.line.append(one));
    CHECK(one.received == at_clock("12:00:00"));
    while (s.log->work()) continue;
    std::vector<std::vector<std::byte>> records;
    const auto visit = [&](const journal::frame_header&, journal::bytes_view record) {
        records.emplace_back(record.begin(), record.end());
        return journal::visit_outcome::go_on;
    };
    REQUIRE(journal::read_journal(s.disk, 0, visit, {}));
    REQUIRE(records.size() == 1);
    CHECK(records.front() == wire::encode_events(events->events, at_clock("12:00:00")));
}

TEST_CASE("a batch is kept for the journal until it is in there, also if nobody else waits for it", "[pipeline]") {
    scene s;
    taken_batch one;
    one.events = batch_of({started("s1", "12:00:00")});
    const std::weak_ptr<const wire::batch> kept = one.events;
    REQUIRE(s.line.append(one));
    CHECK(s.line.give_up().size() == 1);
    CHECK_FALSE(kept.expired());
    while (s.log->work()) continue;
    CHECK(kept.expired());
}

TEST_CASE("an answer that comes after its batch was given up is about no other batch", "[pipeline]") {
    scene s;
    s.append(2);
    CHECK(s.line.give_up().size() == 2);
    s.append(1);
    while (s.log->work()) continue;
    REQUIRE(s.answers.size() == 3);
    CHECK_FALSE(s.line.take(s.answers[0]));
    CHECK_FALSE(s.line.take(s.answers[1]));
    CHECK(s.line.take(s.answers[2]));
}

TEST_CASE("a line that was closed takes nothing", "[pipeline]") {
    scene s;
    s.line.close();
    taken_batch one;
    one.events = batch_of({started("s1", "12:00:00")});
    CHECK_FALSE(s.line.append(one));
    CHECK_FALSE(s.line.oldest());
    CHECK_FALSE(s.log->work());
}

TEST_CASE("a batch is in the journal without the engine thread, and applied once it is durable", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench b(store, {.disk = &disk});
    b.takes_at_once(false);
    b.journal_works(false);
    std::optional<intake_answer> answer;
    taken_batch batch = batch_with("s1", answer);
    REQUIRE(b.intake.offer(batch) == pipeline::intake::offer_outcome::taken);
    CHECK(b.intake.take_all().batches.empty());
    CHECK(b.log->status().queued_bytes > 0);
    CHECK_FALSE(answer);
    while (b.log->work()) continue;
    REQUIRE(answer);
    CHECK(answer->accepted == 1);
    CHECK(b.intake.idle());
}

TEST_CASE("where sessions are full, the engine is asked before a batch goes to the journal", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench_settings settings;
    settings.disk = &disk;
    settings.options.sessions_max = 1;
    bench b(store, settings);
    REQUIRE(b.send({started("s1", "12:00:00")}).taken);
    const journal::lsn before = b.log->status().appended;
    b.takes_at_once(false);
    std::optional<intake_answer> answer;
    taken_batch batch = batch_with("s2", answer);
    REQUIRE(b.intake.offer(batch) == pipeline::intake::offer_outcome::taken);
    b.conductor.take();
    REQUIRE(answer);
    CHECK_FALSE(answer->taken);
    CHECK_FALSE(b.log->work());
    CHECK(b.log->status().appended == before);
}
