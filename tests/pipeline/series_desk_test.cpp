#include "streamstats/pipeline/series_desk.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "pipeline/gate.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::pipeline;
using telemetry::counter;

namespace {

// Hands out one known minute with the number 7, or fails; while it is held, reads wait.
class held_source final : public series_source {
public:
    std::optional<store_failure> read(const series_question& question,
                                      const std::function<void(const series_part&)>& each) override {
        std::unique_lock lock(mutex_);
        ++reads_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !held_; });
        if (fails_) return store_failure{{"it is away", {}}, *fails_};
        each({std::nullopt, question.from, 1, 7});
        return std::nullopt;
    }
    void hold() {
        set([this] { held_ = true; });
    }
    void let_go() {
        set([this] { held_ = false; });
    }
    void fail(store_trouble how) {
        set([this, how] { fails_ = how; });
    }
    void wait_for_reads(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return reads_ >= count; });
    }
    int reads() {
        const std::lock_guard lock(mutex_);
        return reads_;
    }

private:
    template <class Change>
    void set(Change change) {
        const std::lock_guard lock(mutex_);
        change();
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;
    std::optional<store_trouble> fails_;
    int reads_ = 0;
};

series_question one_minute() {
    series_question question;
    question.to = question.from + minutes{1};
    return question;
}

struct office {
    explicit office(milliseconds patience = series_patience) : desk(source, metrics, patience) {}
    std::uint64_t refused(counter reason) const { return metrics.total(reason); }

    held_source source;
    telemetry::metrics metrics;
    series_desk desk;
};

struct asked {
    explicit asked(series_desk& desk) {
        desk.ask(one_minute(), [this](series_answer given) { answer.open(std::move(given)); });
    }
    gate<series_answer> answer;
};

std::string reason_of(asked& question) {
    const series_answer answer = question.answer.wait();
    return answer ? "none" : answer.error().reason;
}

}  // namespace

TEST_CASE("a question is answered from the source", "[pipeline]") {
    office its;
    asked first(its.desk);
    const series_answer answer = first.answer.wait();
    REQUIRE(answer);
    CHECK(answer.value() == std::vector<series_points>{{7.0}});
}

TEST_CASE("more questions than may wait are refused at once, and the others answered", "[pipeline]") {
    office its;
    its.source.hold();
    std::vector<std::unique_ptr<asked>> questions;
    questions.push_back(std::make_unique<asked>(its.desk));
    its.source.wait_for_reads(1);
    for (std::size_t i = 0; i < series_waiting_max; ++i) questions.push_back(std::make_unique<asked>(its.desk));
    asked late(its.desk);
    CHECK(reason_of(late) == "too many questions wait for the database");
    CHECK(its.refused(counter::series_refused_crowded) == 1);
    its.source.let_go();
    for (const auto& each : questions) CHECK(reason_of(*each) == "none");
}

TEST_CASE("when the store turns out to be away, all that wait hear of it", "[pipeline]") {
    office its;
    its.source.hold();
    its.source.fail(store_trouble::away);
    asked first(its.desk);
    its.source.wait_for_reads(1);
    asked second(its.desk);
    its.source.let_go();
    CHECK(reason_of(first) == "the database cannot be asked now");
    CHECK(reason_of(second) == "the database cannot be asked now");
    CHECK(its.source.reads() == 1);
    CHECK(its.refused(counter::series_refused_away) == 2);
}

TEST_CASE("a question that takes the store too long is refused alone", "[pipeline]") {
    office its;
    its.source.fail(store_trouble::busy);
    asked first(its.desk);
    asked second(its.desk);
    CHECK(reason_of(first).find("too long") != std::string::npos);
    CHECK(reason_of(second).find("too long") != std::string::npos);
    CHECK(its.source.reads() == 2);
    CHECK(its.refused(counter::series_refused_busy) == 2);
}

TEST_CASE("a question that has waited for too long is refused and not read", "[pipeline]") {
    office its(milliseconds{0});
    asked first(its.desk);
    CHECK(reason_of(first) == "others have asked the database for too much");
    CHECK(its.source.reads() == 0);
    CHECK(its.refused(counter::series_refused_late) == 1);
}

TEST_CASE("closing answers everybody at once, also while the store hangs", "[pipeline]") {
    office its;
    its.source.hold();
    asked under_way(its.desk);
    its.source.wait_for_reads(1);
    asked waiting(its.desk);
    its.desk.close();
    asked late(its.desk);
    for (asked* each : {&under_way, &waiting, &late}) CHECK(reason_of(*each) == "shutting down");
    CHECK_FALSE(its.desk.idle());
    its.source.let_go();
}

TEST_CASE("a desk that nobody has asked anything is idle and ends at once", "[pipeline]") {
    office its;
    CHECK(its.desk.idle());
    its.desk.close();
    CHECK(its.desk.idle());
}
