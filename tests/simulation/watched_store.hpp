// A store of which a certain call can be made to go wrong: the k-th from now on, whatever it is.
#pragma once

#include <functional>

#include "support/fake_store.hpp"

namespace streamstats::simulation {

enum class call_fault : std::uint8_t {
    fails,        // it does nothing and says that the store is away
    answer_lost,  // it does its work and says the same
    last_words,   // it does its work, and then `on_last_words` is called: the process gets no answer any more
};

class watched_store final : public rollup_store {
public:
    testing::fake_store inner;
    std::function<void()> on_last_words;
    std::function<void(const std::string& sentence)> tell;  // of each call; may be empty

    void inject(std::uint64_t k, call_fault how) {
        countdown_ = k;
        how_ = how;
    }
    [[nodiscard]] std::uint64_t calls() const { return calls_; }

    std::optional<store_failure> prepare() override {
        return watched([] { return std::string("prepare"); }, [&] { return inner.prepare(); });
    }
    result<store_position, store_failure> position() override {
        store_position found;
        const auto name = [&] { return "position: flush " + std::to_string(found.flush_number); };
        auto trouble = watched(name, [&]() -> std::optional<store_failure> {
            auto answer = inner.position();
            if (!answer) return answer.error();
            found = answer.value();
            return std::nullopt;
        });
        if (trouble) return *std::move(trouble);
        return found;
    }
    std::optional<store_failure> keep_secret(const std::string& hex) override {
        return watched([] { return std::string("keep_secret"); }, [&] { return inner.keep_secret(hex); });
    }
    std::optional<store_failure> write(const flush& what) override {
        const auto name = [&] {
            return "flush " + std::to_string(what.number) + " of " + std::to_string(what.rows.size()) + " rows, " +
                   std::to_string(what.cleared.size()) + " minutes cleared";
        };
        return watched(name, [&] { return inner.write(what); });
    }
    std::optional<store_failure> sync_sessions(const session_changes& changes) override {
        const auto name = [&] {
            return "sessions: " + std::to_string(changes.open.size()) + " open, " +
                   std::to_string(changes.gone.size()) + " gone";
        };
        return watched(name, [&] { return inner.sync_sessions(changes); });
    }
    std::optional<store_failure> load_sessions(const std::function<void(const session_row&)>& each) override {
        return watched([] { return std::string("load_sessions"); }, [&] { return inner.load_sessions(each); });
    }
    std::optional<store_failure> append_rejected(std::span<const rejected_event> events) override {
        return watched([] { return std::string("append_rejected"); }, [&] { return inner.append_rejected(events); });
    }
    [[nodiscard]] std::string description() const override { return inner.description(); }

private:
    template <class Name>
    std::optional<store_failure> watched(Name name, const std::function<std::optional<store_failure>()>& call) {
        ++calls_;
        const bool now = countdown_ > 0 && --countdown_ == 0;
        std::optional<store_failure> trouble;
        if (!now || how_ != call_fault::fails) trouble = call();
        if (tell)
            tell("store, " + name() +
                 (trouble                            ? ": fails"
                  : now && how_ == call_fault::fails ? ": is not reached"
                                                     : ""));
        if (!now) return trouble;
        if (how_ == call_fault::last_words && on_last_words) on_last_words();
        store_failure lost;
        lost.what = "the connection was lost";
        return lost;
    }

    std::uint64_t calls_ = 0;
    std::uint64_t countdown_ = 0;
    call_fault how_{};
};

}  // namespace streamstats::simulation
