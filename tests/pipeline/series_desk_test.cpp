#include "streamstats/pipeline/series_desk.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "pipeline/gate.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::pipeline;

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
    held_source source;
    series_desk desk(source);
    asked first(desk);
    const series_answer answer = first.answer.wait();
    REQUIRE(answer);
    CHECK(answer.value() == std::vector<series_points>{{7.0}});
}

TEST_CASE("more questions than may wait are refused at once, and the others answered", "[pipeline]") {
    held_source source;
    source.hold();
    series_desk desk(source);
    std::vector<std::unique_ptr<asked>> questions;
    questions.push_back(std::make_unique<asked>(desk));
    source.wait_for_reads(1);
    for (std::size_t i = 0; i < series_waiting_max; ++i) questions.push_back(std::make_unique<asked>(desk));
    asked late(desk);
    CHECK(reason_of(late) == "too many questions wait for the database");
    source.let_go();
    for (const auto& each : questions) CHECK(reason_of(*each) == "none");
}

TEST_CASE("when the store turns out to be away, all that wait hear of it", "[pipeline]") {
    held_source source;
    source.hold();
    source.fail(store_trouble::away);
    series_desk desk(source);
    asked first(desk);
    source.wait_for_reads(1);
    asked second(desk);
    source.let_go();
    CHECK(reason_of(first) == "the database cannot be asked now");
    CHECK(reason_of(second) == "the database cannot be asked now");
    CHECK(source.reads() == 1);
}

TEST_CASE("a question that takes the store too long is refused alone", "[pipeline]") {
    held_source source;
    source.fail(store_trouble::busy);
    series_desk desk(source);
    asked first(desk);
    asked second(desk);
    CHECK(reason_of(first).find("too long") != std::string::npos);
    CHECK(reason_of(second).find("too long") != std::string::npos);
    CHECK(source.reads() == 2);
}

TEST_CASE("closing answers everybody at once, also while the store hangs", "[pipeline]") {
    held_source source;
    source.hold();
    series_desk desk(source);
    asked under_way(desk);
    source.wait_for_reads(1);
    asked waiting(desk);
    desk.close();
    asked late(desk);
    for (asked* each : {&under_way, &waiting, &late}) CHECK(reason_of(*each) == "shutting down");
    CHECK_FALSE(desk.idle());
    source.let_go();
}

TEST_CASE("a desk that nobody has asked anything is idle and ends at once", "[pipeline]") {
    held_source source;
    series_desk desk(source);
    CHECK(desk.idle());
    desk.close();
    CHECK(desk.idle());
}
